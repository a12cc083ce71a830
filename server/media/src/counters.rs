//! Sums for `/metrics`: what went through and what was dropped, by reason.

/// Sums since the engine was made.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Counters {
    /// RTP packets that were decrypted.
    pub received: u64,
    /// RTP packets sent to subscribers, retransmissions not counted.
    pub forwarded: u64,
    /// Packets sent to subscribers again.
    pub retransmitted: u64,
    /// Packets of publishers that arrived because they were asked for and were of use.
    pub recovered: u64,
    /// Packets of publishers that did not arrive and were found in the redundancy of later ones.
    pub found: u64,
    /// Packets that publishers were asked to send again.
    pub requested: u64,
    /// Keyframes that publishers were asked for.
    pub keyframe_requests: u64,
    /// Packets that subscribers reported as lost on the way to them. Some were only late.
    pub lost: u64,
    /// Packets that waited for a subscriber's link before they were forwarded.
    pub paced: u64,
    /// Packets that waited too long and were left out.
    pub given_up: u64,
    /// Packets of padding, sent to find out what links carry.
    pub padding: u64,
    /// How often a picture was paused because a link did not carry it.
    pub pauses: u64,
    /// Peers ended after a panic.
    pub panics: u64,
    dropped: [u64; DropReason::ALL.len()],
}

impl Counters {
    /// Datagrams and packets dropped for a reason.
    pub fn dropped(&self, reason: DropReason) -> u64 {
        self.dropped[reason as usize]
    }

    pub(crate) fn count_drop(&mut self, reason: DropReason) {
        self.dropped[reason as usize] += 1;
    }
}

/// Why a datagram, a packet or a command was dropped.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum DropReason {
    /// A check for a user fragment that nobody has.
    UnknownUfrag,
    /// From an address that no peer has.
    UnknownAddress,
    /// A check that is malformed or has the wrong password.
    RejectedCheck,
    /// A DTLS record that is malformed or came at the wrong time.
    RejectedDtls,
    /// The beginning of a handshake while too many are under way.
    TooManyHandshakes,
    /// A packet that cannot be decrypted, or came twice.
    RejectedSrtp,
    /// For a transport that cannot take it: closed, or without a valid check from there.
    RejectedPath,
    /// Not a protocol we speak.
    UnknownProtocol,
    /// An RTP packet whose lengths contradict one another.
    MalformedRtp,
    /// An SSRC that no publication claims.
    UnknownSource,
    /// A payload type that was not negotiated.
    UnknownPayload,
    /// Probing padding, or a packet that was there already or came too late.
    Redundant,
    /// A command about something that is not there, or that would cross rooms.
    IgnoredCommand,
    /// Transport-wide feedback about more packets than were sent.
    ExcessFeedback,
}

impl DropReason {
    /// All of them.
    pub const ALL: [Self; 14] = [
        Self::UnknownUfrag,
        Self::UnknownAddress,
        Self::RejectedCheck,
        Self::RejectedDtls,
        Self::TooManyHandshakes,
        Self::RejectedSrtp,
        Self::RejectedPath,
        Self::UnknownProtocol,
        Self::MalformedRtp,
        Self::UnknownSource,
        Self::UnknownPayload,
        Self::Redundant,
        Self::IgnoredCommand,
        Self::ExcessFeedback,
    ];

    /// Its name as a metrics label.
    pub fn label(self) -> &'static str {
        match self {
            Self::UnknownUfrag => "unknown_ufrag",
            Self::UnknownAddress => "unknown_address",
            Self::RejectedCheck => "rejected_check",
            Self::RejectedDtls => "rejected_dtls",
            Self::TooManyHandshakes => "too_many_handshakes",
            Self::RejectedSrtp => "rejected_srtp",
            Self::RejectedPath => "rejected_path",
            Self::UnknownProtocol => "unknown_protocol",
            Self::MalformedRtp => "malformed_rtp",
            Self::UnknownSource => "unknown_source",
            Self::UnknownPayload => "unknown_payload",
            Self::Redundant => "redundant",
            Self::IgnoredCommand => "ignored_command",
            Self::ExcessFeedback => "excess_feedback",
        }
    }
}

impl From<&bega_transport::ReceiveError> for DropReason {
    fn from(error: &bega_transport::ReceiveError) -> Self {
        use bega_transport::ReceiveError as Error;
        match error {
            Error::UnknownPath | Error::Closed => Self::RejectedPath,
            Error::Ice(_) => Self::RejectedCheck,
            Error::Dtls(_) => Self::RejectedDtls,
            Error::Srtp(_) => Self::RejectedSrtp,
            _ => Self::UnknownProtocol,
        }
    }
}
