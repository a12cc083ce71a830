//! What the media plane is told and what it tells.
//!
//! [`Command`]s come from `signaling/negotiation` through a queue; [`Event`]s go back the same way.
//! Ids are made by the caller: a command never has to wait for an answer.

use std::{net::SocketAddr, time::Duration};

use bega_transport::{Fingerprint, IceCredentials};
use bytes::Bytes;

/// A room on one media worker. Nothing crosses from one room to another.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct RoomId(pub u64);

/// One transport of a participant: its publisher's or its subscriber's connection.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct PeerId(pub u64);

/// One published track, all its simulcast layers included.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct PublicationId(pub u64);

/// What the media plane is told.
#[derive(Clone, Debug)]
pub enum Command {
    /// Make a transport that answers ICE checks for `local`.
    AddPeer {
        /// The room it belongs to.
        room: RoomId,
        /// Its id.
        peer: PeerId,
        /// Our ICE credentials in the description that was sent.
        local: IceCredentials,
        /// Data channels we open as soon as SCTP is up.
        channels: Vec<ChannelSpec>,
    },
    /// The remote description arrived: checks and the DTLS handshake are now accepted.
    SetRemote {
        /// Whose.
        peer: PeerId,
        /// The remote ICE user fragment.
        ufrag: String,
        /// The certificate's fingerprint.
        fingerprint: Fingerprint,
    },
    /// The peer's description says that it waits for the DTLS handshake: start it. Before
    /// `SetRemote`; without it the peer starts.
    BeActive {
        /// With whom.
        peer: PeerId,
    },
    /// Accept checks for new credentials; the old ones live until the new are nominated.
    RestartIce {
        /// Whose.
        peer: PeerId,
        /// The new ones.
        local: IceCredentials,
    },
    /// Close a transport and forget what it published and subscribed to.
    RemovePeer {
        /// Which.
        peer: PeerId,
    },
    /// A media section of a publisher's offer was accepted. Sent again with the same ids after a
    /// renegotiation; bindings of SSRCs to layers survive that.
    Publish {
        /// The publisher's transport.
        peer: PeerId,
        /// The publication.
        publication: PublicationId,
        /// How its packets are recognised.
        receive: ReceiveSpec,
    },
    /// The publication is over.
    Unpublish {
        /// Which.
        publication: PublicationId,
    },
    /// The publisher muted or unmuted: muted tracks are not forwarded.
    SetMuted {
        /// Which.
        publication: PublicationId,
        /// Whether it is muted now.
        muted: bool,
    },
    /// Forward a publication of the same room to a subscriber's transport, where the policy allows
    /// it; at first the largest layer. Sent again after a renegotiation: numbers and layer go on.
    /// The SSRC must be the only one of its kind on that transport.
    Subscribe {
        /// The subscriber's transport.
        peer: PeerId,
        /// What is forwarded.
        publication: PublicationId,
        /// How its packets are written.
        send: SendSpec,
    },
    /// Stop forwarding.
    Unsubscribe {
        /// The subscriber's transport.
        peer: PeerId,
        /// What is no longer forwarded.
        publication: PublicationId,
    },
    /// Whether a subscriber may receive a publication. Without an entry: no. May come before the
    /// publication and the subscription; ends with either transport and with the publication.
    SetPolicy {
        /// The subscriber's transport.
        peer: PeerId,
        /// The publication.
        publication: PublicationId,
        /// The decision of the room.
        allowed: bool,
    },
    /// Which layers the subscriber asks for; `None` pauses the track. While that size does not
    /// arrive, the best one below it is sent, or else the smallest above. Needs the subscription to
    /// be there.
    SetLayer {
        /// The subscriber's transport.
        peer: PeerId,
        /// The publication.
        publication: PublicationId,
        /// How large and how fast.
        layer: Option<Depth>,
    },
    /// How important a publication is to a subscriber when its link does not carry everything.
    /// Needs the subscription to be there.
    SetPriority {
        /// The subscriber's transport.
        peer: PeerId,
        /// The publication.
        publication: PublicationId,
        /// Its rank.
        priority: Priority,
    },
    /// Send a message on a data channel of a peer.
    SendMessage {
        /// To whom.
        peer: PeerId,
        /// The channel's label.
        label: String,
        /// What.
        payload: Bytes,
    },
}

/// How deep into the layers of a publication: how large the picture, and how many of its pictures.
/// Each part counts from 0; more than there is means all there is.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Depth {
    /// With simulcast an index into [`ReceiveSpec::layers`], else the spatial layer inside the one
    /// stream (VP9 and AV1).
    pub spatial: u8,
    /// The temporal layer inside the stream: each adds pictures between those below it.
    pub temporal: u8,
}

impl Depth {
    /// Everything there is.
    pub const ALL: Self = Self {
        spatial: u8::MAX,
        temporal: u8::MAX,
    };

    /// A size at its full rate of pictures.
    #[must_use]
    pub fn of_size(spatial: u8) -> Self {
        Self {
            spatial,
            ..Self::ALL
        }
    }

    /// Whether a packet at `other` belongs to what this depth takes.
    #[must_use]
    pub fn holds(self, other: Self) -> bool {
        other.spatial <= self.spatial && other.temporal <= self.temporal
    }

    /// What both take.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            spatial: self.spatial.min(other.spatial),
            temporal: self.temporal.min(other.temporal),
        }
    }
}

/// A data channel we open.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ChannelSpec {
    /// Its label.
    pub label: String,
    /// Whether messages arrive in order.
    pub ordered: bool,
    /// How often a lost message is sent again; `None` without limit.
    pub max_retransmits: Option<u16>,
}

/// Which pictures a thin link is given to first. Sound is always sent.
#[derive(Clone, Copy, Debug, Default, Eq, Ord, PartialEq, PartialOrd)]
pub enum Priority {
    /// Whom the session is about, and who speaks for them.
    Principal,
    /// What the subscriber looks at or listens to.
    Prominent,
    /// The rest.
    #[default]
    Other,
}

/// Audio or video.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Kind {
    /// Sound.
    Audio,
    /// Pictures.
    Video,
}

/// The codecs we forward.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Codec {
    /// RFC 7587.
    Opus,
    /// RFC 7741.
    Vp8,
    /// RFC 6184.
    H264,
    /// RFC 9628.
    Vp9,
    /// The AV1 RTP specification.
    Av1,
}

/// How the packets of a publication are recognised on the publisher's transport.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ReceiveSpec {
    /// Audio or video.
    pub kind: Kind,
    /// The media section's MID.
    pub mid: String,
    /// Payload types and what they carry, in the publisher's order of preference.
    pub payloads: Vec<Payload>,
    /// Identifiers of the header extensions in use.
    pub extensions: ExtensionIds,
    /// SSRCs from the description, with their RTX partners, where the publisher does not use RIDs.
    pub ssrcs: Vec<SsrcPair>,
    /// RIDs, smallest picture first; empty without simulcast.
    pub layers: Vec<String>,
}

/// One payload type.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Payload {
    /// The payload type on the wire.
    pub payload_type: u8,
    /// Its RTX payload type (RFC 4588), if negotiated.
    pub rtx: Option<u8>,
    /// The payload type of its redundant form (RFC 2198), if negotiated. Sound only.
    pub red: Option<u8>,
    /// Whether missing packets may be asked for. Without RTX they come again as they were: so
    /// browsers do with sound.
    pub nack: bool,
    /// What it carries.
    pub codec: Codec,
    /// Ticks a second of the RTP timestamp.
    pub clock_rate: u32,
}

/// A media SSRC and the one its retransmissions use.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct SsrcPair {
    /// The media stream.
    pub media: u32,
    /// Its retransmissions.
    pub rtx: Option<u32>,
}

/// Identifiers of RTP header extensions (RFC 8285); `None` where not negotiated.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct ExtensionIds {
    /// `urn:ietf:params:rtp-hdrext:sdes:mid`
    pub mid: Option<u8>,
    /// `urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id`
    pub rid: Option<u8>,
    /// `urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id`
    pub repaired_rid: Option<u8>,
    /// `http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01`
    pub transport_cc: Option<u8>,
    /// `http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time`
    pub abs_send_time: Option<u8>,
    /// `urn:ietf:params:rtp-hdrext:ssrc-audio-level`
    pub audio_level: Option<u8>,
    /// The AV1 dependency descriptor.
    pub dependency_descriptor: Option<u8>,
}

/// How forwarded packets are written for one subscriber.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SendSpec {
    /// The media section's MID.
    pub mid: String,
    /// The SSRC in our offer.
    pub ssrc: u32,
    /// The SSRC of retransmissions in our offer. Without it nothing is sent again.
    pub rtx_ssrc: Option<u32>,
    /// Payload types in our offer.
    pub payloads: Vec<Payload>,
    /// Header extensions in our offer. MID, absolute send time, transport-wide numbers, audio level
    /// and the dependency descriptor are written where negotiated.
    pub extensions: ExtensionIds,
}

/// What the media plane tells.
#[derive(Clone, Debug)]
pub enum Event {
    /// ICE and DTLS are up.
    PeerConnected {
        /// Whose.
        peer: PeerId,
    },
    /// The transport is gone: closed by the other side, lost, failed, or ended after a panic.
    PeerClosed {
        /// Whose.
        peer: PeerId,
        /// Why.
        reason: CloseReason,
    },
    /// The first packet of a publication arrived.
    PublicationStarted {
        /// Which.
        publication: PublicationId,
        /// What its publisher chose to send.
        codec: Codec,
    },
    /// A picture was paused because the subscriber's link does not carry it, or goes on.
    StreamState {
        /// The subscriber's transport.
        peer: PeerId,
        /// The publication.
        publication: PublicationId,
        /// What it is now.
        state: StreamState,
    },
    /// A message came in on a data channel.
    Message {
        /// From whom.
        peer: PeerId,
        /// The channel's label.
        label: String,
        /// What.
        payload: Bytes,
    },
    /// Who speaks in a room is not what it was. Somebody who may not hear a speaker must not be told.
    SpeakersChanged {
        /// Where.
        room: RoomId,
        /// All who speak now, the loudest first.
        speakers: Vec<Speaker>,
    },
    /// How well a transport's streams went in the last seconds.
    Statistics {
        /// Whose transport.
        peer: PeerId,
        /// On the way to us.
        received: Vec<Upstream>,
        /// On the way from us.
        sent: Vec<Downstream>,
    },
    /// The peer's path changed. For the log's counters only; the address is never told to others.
    PathChanged {
        /// Whose.
        peer: PeerId,
        /// The address nominated.
        to: SocketAddr,
    },
}

/// A microphone that is loud.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Speaker {
    /// Which.
    pub publication: PublicationId,
    /// How loud, linear, in eighths of the loudest possible.
    pub level: u8,
}

/// What became of a publication's packets on their way to us since the last statistics.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Upstream {
    /// Which.
    pub publication: PublicationId,
    /// How many there were, by their numbers.
    pub expected: u32,
    /// How many of them did not arrive when they were sent first.
    pub lost: u32,
    /// How many arrived when they were sent again.
    pub recovered: u32,
    /// How unevenly they arrived (RFC 3550, section 6.4.1).
    pub jitter: Duration,
}

/// What became of a publication's packets on their way to a subscriber, by its reports.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Downstream {
    /// Which.
    pub publication: PublicationId,
    /// How many the subscriber should have got.
    pub expected: u32,
    /// How many of them did not arrive when they were sent first.
    pub lost: u32,
    /// How many were sent again.
    pub repeated: u32,
    /// There and back.
    pub round_trip: Duration,
    /// How unevenly they arrived.
    pub jitter: Duration,
}

/// Whether a subscriber's link carries a picture.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum StreamState {
    /// It is sent.
    Active,
    /// It is not, until the link carries more.
    Paused,
}

/// Why a transport is gone.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum CloseReason {
    /// The other side said goodbye.
    ClosedByPeer,
    /// No valid ICE check for 30 s (RFC 7675).
    ConsentLost,
    /// The DTLS handshake failed or took too long.
    HandshakeFailed,
    /// The certificate was not the one in the description.
    FingerprintMismatch,
    /// A defect of ours: handling a packet of this peer panicked.
    Panic,
}
