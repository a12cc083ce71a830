//! Who this server is in a DTLS handshake: one certificate for the life of the process.

use std::{fmt, str::FromStr, sync::Arc};

use rtc::{
    crypto::{RTCCryptoProvider, providers::AwsLcRsProvider},
    dtls::{
        config::{ClientAuthType, ConfigBuilder, ExtendedMasterSecretType, HandshakeConfig},
        crypto::Certificate,
        extension::extension_use_srtp::SrtpProtectionProfile,
    },
    sctp::{EndpointConfig, ServerConfig, TransportConfig},
};
use thiserror::Error;

use crate::sdp::{MAX_MESSAGE_SIZE_BYTES, SCTP_PORT};

/// The certificate of this process and what all its transports share.
///
/// Sharing the configurations saves a kilobyte and more per idle peer; that is why the other
/// side's fingerprint is compared after the handshake and not in a callback of it.
pub struct Identity {
    fingerprint: Fingerprint,
    pub(crate) provider: Arc<dyn RTCCryptoProvider>,
    /// Two server configurations, because the `rtc` DTLS server follows the client's order of SRTP
    /// profiles, and Chromium puts the slow one first.
    pub(crate) gcm: Arc<HandshakeConfig>,
    pub(crate) cm: Arc<HandshakeConfig>,
    /// For peers that wait for the handshake.
    pub(crate) active: Arc<HandshakeConfig>,
    pub(crate) sctp_endpoint: Arc<EndpointConfig>,
    pub(crate) sctp_server: Arc<ServerConfig>,
    #[cfg(feature = "testing")]
    certificate: Certificate,
}

impl Identity {
    /// Makes a key pair and a self-signed certificate (ECDSA P-256).
    pub fn generate() -> Result<Arc<Self>, IdentityError> {
        let provider: Arc<dyn RTCCryptoProvider> = Arc::new(AwsLcRsProvider::new());
        let certificate = Certificate::generate_self_signed(vec!["bega".into()], provider.crypto())
            .map_err(IdentityError::certificate)?;
        let der = certificate
            .certificate
            .first()
            .ok_or(IdentityError::Certificate(String::new()))?;
        let server = |profile| {
            config(&provider, &certificate, &[profile])
                .build(false, None)
                .map(Arc::new)
                .map_err(IdentityError::certificate)
        };
        Ok(Arc::new(Self {
            fingerprint: Fingerprint::of(der.as_ref()),
            gcm: server(SrtpProtectionProfile::Srtp_Aead_Aes_128_Gcm)?,
            cm: server(SrtpProtectionProfile::Srtp_Aes128_Cm_Hmac_Sha1_80)?,
            active: config(
                &provider,
                &certificate,
                &[
                    SrtpProtectionProfile::Srtp_Aead_Aes_128_Gcm,
                    SrtpProtectionProfile::Srtp_Aes128_Cm_Hmac_Sha1_80,
                ],
            )
            .build(true, None)
            .map(Arc::new)
            .map_err(IdentityError::certificate)?,
            sctp_endpoint: Arc::new(EndpointConfig::default()),
            sctp_server: Arc::new(ServerConfig::new(sctp_transport())),
            provider,
            #[cfg(feature = "testing")]
            certificate,
        }))
    }

    /// What descriptions say of us.
    pub fn fingerprint(&self) -> &Fingerprint {
        &self.fingerprint
    }

    /// The configuration of the other side, offering these SRTP profiles in this order.
    #[cfg(feature = "testing")]
    pub(crate) fn client(
        &self,
        profiles: &[SrtpProtectionProfile],
    ) -> Result<Arc<HandshakeConfig>, IdentityError> {
        let config = config(&self.provider, &self.certificate, profiles);
        config
            .build(true, None)
            .map(Arc::new)
            .map_err(IdentityError::certificate)
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Identity")
            .field("fingerprint", &self.fingerprint)
            .finish_non_exhaustive()
    }
}

/// Why a certificate could not be made.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
#[non_exhaustive]
pub enum IdentityError {
    /// The crypto library refused.
    #[error("cannot make a certificate: {0}")]
    Certificate(String),
}

impl IdentityError {
    fn certificate(error: impl fmt::Display) -> Self {
        Self::Certificate(error.to_string())
    }
}

fn config(
    provider: &Arc<dyn RTCCryptoProvider>,
    certificate: &Certificate,
    profiles: &[SrtpProtectionProfile],
) -> ConfigBuilder {
    ConfigBuilder::default()
        .with_crypto_provider(provider.clone())
        .with_certificates(vec![certificate.clone()])
        .with_srtp_protection_profiles(profiles.to_vec())
        .with_client_auth(ClientAuthType::RequireAnyClientCert)
        // Peers are known by fingerprint, not by a chain; the signature over the handshake is
        // still checked.
        .with_insecure_skip_verify(true)
        .with_extended_master_secret(ExtendedMasterSecretType::Require)
}

pub(crate) fn sctp_transport() -> TransportConfig {
    TransportConfig::default()
        .with_sctp_port(SCTP_PORT)
        .with_max_message_size(MAX_MESSAGE_SIZE_BYTES as u32)
        .with_max_receive_buffer_size(RECEIVE_BUFFER_BYTES)
}

/// What a peer can make us hold in unfinished messages.
pub(crate) const RECEIVE_BUFFER_BYTES: u32 = 256 * 1024;

/// SHA-256 of a certificate; written as upper-case hex pairs joined by colons (RFC 8122).
#[derive(Clone, Copy, Eq, Hash, PartialEq)]
pub struct Fingerprint([u8; 32]);

impl Fingerprint {
    /// Of a certificate in DER.
    pub fn of(certificate: &[u8]) -> Self {
        let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, certificate);
        let mut hash = [0; 32];
        hash.copy_from_slice(digest.as_ref());
        Self(hash)
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, byte) in self.0.iter().enumerate() {
            let colon = if index == 0 { "" } else { ":" };
            write!(f, "{colon}{byte:02X}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Fingerprint({self})")
    }
}

impl FromStr for Fingerprint {
    type Err = InvalidFingerprint;

    fn from_str(text: &str) -> Result<Self, InvalidFingerprint> {
        let mut hash = [0; 32];
        let mut pairs = text.split(':');
        for byte in &mut hash {
            let pair = pairs
                .next()
                .filter(|pair| pair.len() == 2 && pair.bytes().all(|c| c.is_ascii_hexdigit()));
            *byte = pair
                .and_then(|pair| u8::from_str_radix(pair, 16).ok())
                .ok_or(InvalidFingerprint)?;
        }
        match pairs.next() {
            None => Ok(Self(hash)),
            Some(_) => Err(InvalidFingerprint),
        }
    }
}

/// Not 32 hex pairs joined by colons.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
#[error("not a SHA-256 fingerprint")]
pub struct InvalidFingerprint;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fingerprint_is_read_in_either_case_and_written_in_upper_case() {
        let fingerprint = Fingerprint::of(b"certificate");
        let text = fingerprint.to_string();

        assert_eq!(text.len(), 95);
        assert_eq!(text.parse(), Ok(fingerprint));
        assert_eq!(text.to_lowercase().parse(), Ok(fingerprint));
    }

    #[test]
    fn a_fingerprint_of_another_length_or_alphabet_is_refused() {
        let text = Fingerprint::of(b"certificate").to_string();

        for wrong in [
            "",
            "AA",
            &text[3..],
            &format!("{text}:00"),
            &text.replace(':', "-"),
            &text.replacen(':', ":+", 1),
        ] {
            assert_eq!(
                wrong.parse::<Fingerprint>(),
                Err(InvalidFingerprint),
                "{wrong}"
            );
        }
    }

    #[test]
    fn every_identity_is_another() {
        let one = Identity::generate().unwrap();
        let other = Identity::generate().unwrap();

        assert_ne!(one.fingerprint(), other.fingerprint());
    }
}
