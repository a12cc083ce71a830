//! What a participant may do and how its client wants to be served.

use std::collections::BTreeMap;
use std::time::Instant;

use livekit_protocol as proto;

/// Who joins and what the token allows.
#[derive(Clone, Debug, Default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "the token's flags, one to one"
)]
pub struct Grants {
    /// Unique in the room: a second join with it replaces the first.
    pub identity: String,
    /// Shown to the others.
    pub name: String,
    /// Free text of the application.
    pub metadata: String,
    /// Free pairs of the application.
    pub attributes: BTreeMap<String, String>,
    /// May publish tracks.
    pub can_publish: bool,
    /// May receive tracks.
    pub can_subscribe: bool,
    /// May send data messages.
    pub can_publish_data: bool,
    /// What may be published; empty means everything.
    pub can_publish_sources: Vec<Source>,
    /// May change its own name, metadata and attributes.
    pub can_update_metadata: bool,
    /// Not shown to the others, who receive nothing from it.
    pub hidden: bool,
    /// When the token ends; a new one is asked for before.
    pub expires: Option<Instant>,
}

/// Where a track comes from.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Source {
    /// A camera.
    Camera,
    /// A microphone.
    Microphone,
    /// A shared screen or window.
    ScreenShare,
    /// The sound of a shared screen.
    ScreenShareAudio,
}

/// What the client said about itself while connecting.
#[derive(Clone, Copy, Debug)]
pub struct JoinParams {
    /// The client's protocol number.
    pub protocol: u32,
    /// Subscribe to everything without being asked.
    pub auto_subscribe: bool,
    /// The client will say which size it shows: start with the smallest layer.
    pub adaptive_stream: bool,
    /// Which WebRTC implementation it is, as far as that matters.
    pub browser: Browser,
}

/// The difference between clients that matters here.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Browser {
    /// Takes track ids from the description and plays the tracks of one stream in step.
    #[default]
    Other,
    /// Makes up its own track ids: a track must be found by its stream.
    Firefox,
}

impl Grants {
    pub(crate) fn allows(&self, source: proto::TrackSource) -> bool {
        self.can_publish
            && (self.can_publish_sources.is_empty()
                || self
                    .can_publish_sources
                    .iter()
                    .any(|&allowed| wire_source(allowed) == source))
    }

    pub(crate) fn permission(&self) -> proto::ParticipantPermission {
        proto::ParticipantPermission {
            can_subscribe: self.can_subscribe,
            can_publish: self.can_publish,
            can_publish_data: self.can_publish_data,
            can_publish_sources: self
                .can_publish_sources
                .iter()
                .map(|&source| wire_source(source).into())
                .collect(),
            hidden: self.hidden,
            can_update_metadata: self.can_update_metadata,
            ..proto::ParticipantPermission::default()
        }
    }
}

impl Source {
    pub(crate) fn named(source: proto::TrackSource) -> Option<Self> {
        match source {
            proto::TrackSource::Camera => Some(Self::Camera),
            proto::TrackSource::Microphone => Some(Self::Microphone),
            proto::TrackSource::ScreenShare => Some(Self::ScreenShare),
            proto::TrackSource::ScreenShareAudio => Some(Self::ScreenShareAudio),
            proto::TrackSource::Unknown => None,
        }
    }
}

fn wire_source(source: Source) -> proto::TrackSource {
    match source {
        Source::Camera => proto::TrackSource::Camera,
        Source::Microphone => proto::TrackSource::Microphone,
        Source::ScreenShare => proto::TrackSource::ScreenShare,
        Source::ScreenShareAudio => proto::TrackSource::ScreenShareAudio,
    }
}
