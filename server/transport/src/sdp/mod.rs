//! Session descriptions (RFC 8866), in the two shapes an SFU needs.
//!
//! ```text
//! publisher's offer   --parse-->  SessionDescription   we answer with  Answer   (receive, reject)
//! subscriber's answer --parse-->  SessionDescription   to our own      Offer    (send, inactive)
//! ```
//!
//! Everything is bundled on one transport, so ICE, DTLS and SCTP parameters belong to the
//! description and not to its sections. What is parsed is bounded and free of control characters:
//! any token of it can be written back into another description.

mod parse;
mod write;

pub use parse::SdpError;
pub use write::{Answer, AnswerSection, Candidate, Local, Offer, OfferSection, Receive, Send};

use crate::{Fingerprint, IceCredentials};

/// What the other side sent.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SessionDescription {
    /// ICE credentials of the bundled transport.
    pub ice: IceCredentials,
    /// The certificate the other side will show in the DTLS handshake.
    pub fingerprint: Fingerprint,
    /// Which DTLS role the other side takes.
    pub setup: Setup,
    /// The media sections, in their order; an answer must keep it.
    pub sections: Vec<Section>,
}

impl SessionDescription {
    /// Reads a description. Unknown attributes are ignored.
    pub fn parse(text: &str) -> Result<Self, SdpError> {
        parse::parse(text)
    }
}

/// The DTLS role of the other side (RFC 5763, section 5).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Setup {
    /// It starts the handshake, as browsers do when they may choose.
    Active,
    /// It waits for ours, as some libraries do when the other side is ICE-lite.
    Passive,
    /// It does either; only in offers.
    ActPass,
}

/// One `m=` section.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Section {
    /// What it carries.
    pub kind: SectionKind,
    /// Its identifier (RFC 5888).
    pub mid: String,
    /// Whether its port is zero: refused or stopped.
    pub rejected: bool,
    /// Seen from the side that wrote it.
    pub direction: Direction,
    /// In order of preference; RTX payload types are folded into [`Codec::rtx`].
    pub codecs: Vec<Codec>,
    /// RTP header extensions.
    pub extensions: Vec<Extension>,
    /// RIDs it sends (RFC 8851), in the order of `a=simulcast` where that is present.
    pub rids: Vec<String>,
    /// SSRCs it sends (RFC 5576); those of retransmissions are folded into [`Source::rtx`].
    pub sources: Vec<Source>,
    /// The stream and track it belongs to.
    pub msid: Option<Msid>,
}

/// What a section carries.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum SectionKind {
    /// Sound.
    Audio,
    /// Pictures.
    Video,
    /// Data channels over SCTP.
    Application,
}

/// Who sends in a section, seen from the side that wrote it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Direction {
    /// Both.
    SendReceive,
    /// Only the writer.
    SendOnly,
    /// Only the reader.
    ReceiveOnly,
    /// Nobody.
    Inactive,
}

impl Direction {
    /// Whether the writer of the section sends.
    pub fn sends(self) -> bool {
        matches!(self, Self::SendReceive | Self::SendOnly)
    }

    /// Whether the writer of the section receives.
    pub fn receives(self) -> bool {
        matches!(self, Self::SendReceive | Self::ReceiveOnly)
    }
}

/// One payload type and what belongs to it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Codec {
    /// The payload type on the wire.
    pub payload_type: u8,
    /// Its encoding name, as written by the other side: compare with [`Codec::is`].
    pub name: String,
    /// Ticks a second of the RTP timestamp.
    pub clock_rate: u32,
    /// Audio channels, where given.
    pub channels: Option<u8>,
    /// The value of `a=fmtp`, empty if there is none.
    pub parameters: String,
    /// Values of `a=rtcp-fb`, for example `nack pli`.
    pub feedback: Vec<String>,
    /// The payload type of its retransmissions (RFC 4588).
    pub rtx: Option<u8>,
}

impl Codec {
    /// Whether this is the named encoding; names are case-insensitive.
    pub fn is(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name)
    }

    /// The value of one `key=value` in [`Codec::parameters`].
    pub fn parameter(&self, key: &str) -> Option<&str> {
        self.parameters.split(';').find_map(|pair| {
            let (name, value) = pair.split_once('=')?;
            name.trim().eq_ignore_ascii_case(key).then(|| value.trim())
        })
    }
}

/// One RTP header extension (RFC 8285).
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Extension {
    /// Its identifier on the wire, 1 to 14 here.
    pub id: u8,
    /// What it is; see [`extension`].
    pub uri: String,
}

/// An SSRC and the one its retransmissions use.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Source {
    /// The media stream.
    pub ssrc: u32,
    /// Its retransmissions (`a=ssrc-group:FID`).
    pub rtx: Option<u32>,
}

/// The stream and track of a section (RFC 8830).
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Msid {
    /// The stream; `-` for none.
    pub stream: String,
    /// The track; empty where the writer leaves it out.
    pub track: String,
}

/// URIs of the header extensions this server knows.
pub mod extension {
    /// The section's MID (RFC 9143).
    pub const MID: &str = "urn:ietf:params:rtp-hdrext:sdes:mid";
    /// The RID of a simulcast layer (RFC 8852).
    pub const RID: &str = "urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id";
    /// The RID of the layer a retransmission repairs (RFC 8852).
    pub const REPAIRED_RID: &str = "urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id";
    /// A sequence number for the whole transport, for bandwidth estimation.
    pub const TRANSPORT_CC: &str =
        "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01";
    /// When the packet was sent, in 6.18 fixed point seconds.
    pub const ABS_SEND_TIME: &str = "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time";
    /// How loud the packet is (RFC 6464).
    pub const AUDIO_LEVEL: &str = "urn:ietf:params:rtp-hdrext:ssrc-audio-level";
    /// Which frames an AV1 or VP9 frame depends on.
    pub const DEPENDENCY_DESCRIPTOR: &str =
        "https://aomediacodec.github.io/av1-rtp-spec/#dependency-descriptor-rtp-header-extension";
}

/// The SCTP port inside the DTLS association; the only one WebRTC uses.
pub const SCTP_PORT: u16 = 5000;

/// The largest data-channel message either side may send, in bytes.
pub const MAX_MESSAGE_SIZE_BYTES: usize = 65_536;

#[cfg(test)]
mod tests;
