//! What programs outside are told of a room: the events of signed webhooks.

use livekit_protocol as proto;
use proto::WebhookEvent;

use crate::room::{Effect, MediaRoom};

/// Whether a room tells the world outside what happens in it.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Reporting {
    /// It does.
    On,
    /// Nobody wants to hear.
    #[default]
    Off,
}

/// Something happened that programs outside may want to know.
#[derive(Clone, Debug)]
pub struct Report {
    // Large, and rare among the effects of a room.
    event: Box<WebhookEvent>,
}

impl Report {
    /// What happened, such as `participant_joined`.
    pub fn event(&self) -> &str {
        &self.event.event
    }

    /// Names this report, so that one who gets it twice can tell.
    pub fn id(&self) -> &str {
        &self.event.id
    }

    /// The body of the webhook, for a report made at `unix_seconds`.
    pub fn json(mut self, unix_seconds: i64) -> Vec<u8> {
        self.event.created_at = unix_seconds;
        serde_json::to_vec(&self.event).expect("numbers of enums are ours and known")
    }
}

/// What can happen.
pub(crate) enum Happening<'a> {
    RoomStarted,
    RoomFinished,
    ParticipantJoined(&'a proto::ParticipantInfo),
    ParticipantLeft(&'a proto::ParticipantInfo),
    /// It left before media could flow, so nobody was told that it had joined.
    ConnectionAborted(&'a proto::ParticipantInfo),
    TrackPublished(&'a proto::ParticipantInfo, &'a proto::TrackInfo),
    TrackUnpublished(&'a proto::ParticipantInfo, &'a proto::TrackInfo),
}

impl Happening<'_> {
    fn name(&self) -> &'static str {
        match self {
            Self::RoomStarted => "room_started",
            Self::RoomFinished => "room_finished",
            Self::ParticipantJoined(_) => "participant_joined",
            Self::ParticipantLeft(_) => "participant_left",
            Self::ConnectionAborted(_) => "participant_connection_aborted",
            Self::TrackPublished(..) => "track_published",
            Self::TrackUnpublished(..) => "track_unpublished",
        }
    }

    fn participant(&self) -> Option<proto::ParticipantInfo> {
        match self {
            Self::RoomStarted | Self::RoomFinished => None,
            Self::ParticipantJoined(info)
            | Self::ParticipantLeft(info)
            | Self::ConnectionAborted(info) => Some((*info).clone()),
            // The track stands beside it.
            Self::TrackPublished(info, _) | Self::TrackUnpublished(info, _) => {
                Some(proto::ParticipantInfo {
                    tracks: Vec::new(),
                    ..(*info).clone()
                })
            }
        }
    }

    fn track(&self) -> Option<proto::TrackInfo> {
        match self {
            Self::TrackPublished(_, track) | Self::TrackUnpublished(_, track) => {
                Some((*track).clone())
            }
            Self::RoomStarted
            | Self::RoomFinished
            | Self::ParticipantJoined(_)
            | Self::ParticipantLeft(_)
            | Self::ConnectionAborted(_) => None,
        }
    }
}

impl MediaRoom {
    /// The room has ended: the last that is reported of it.
    pub fn finish(&mut self) {
        self.report(&Happening::RoomFinished);
    }

    pub(crate) fn report(&mut self, what: &Happening<'_>) {
        match self.config.reporting {
            Reporting::Off => return,
            Reporting::On => {}
        }
        let event = Box::new(WebhookEvent {
            event: what.name().to_owned(),
            id: self.ids.sid("EV_"),
            room: Some(self.room_info()),
            participant: what.participant(),
            track: what.track(),
            ..WebhookEvent::default()
        });
        self.effects.push_back(Effect::Report(Report { event }));
    }
}
