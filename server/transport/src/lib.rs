//! One peer's transport, sans-IO: ICE-lite, DTLS, SRTP, SCTP and SDP.

/// SHA-256 fingerprint of a certificate, upper-case hex pairs joined by colons (RFC 8122).
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Fingerprint(pub String);

/// ICE user fragment and password (RFC 8445, section 5.3).
#[derive(Clone, Eq, PartialEq)]
pub struct IceCredentials {
    /// The user fragment.
    pub ufrag: String,
    /// The password: never logged.
    pub pwd: String,
}

impl std::fmt::Debug for IceCredentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("IceCredentials").field("ufrag", &self.ufrag).finish_non_exhaustive()
    }
}
