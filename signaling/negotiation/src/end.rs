//! How a participant's presence ends: of its own will, by a newer one, by the room, by a fault.

use livekit_protocol as proto;
use proto::DisconnectReason;
use proto::leave_request::Action;
use proto::signal_response::Message;

use crate::ParticipantSid;
use crate::participant::Participant;
use crate::report::Happening;
use crate::room::{Effect, MediaRoom};
use crate::subscription::Unsettled;

/// Why a participant's presence ended.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum EndReason {
    /// It said goodbye.
    Left,
    /// The same identity joined again.
    Replaced,
    /// It was removed from the room.
    Removed,
    /// The room closed.
    RoomClosed,
    /// The server is going down; the client comes back by itself.
    Draining,
    /// It sent something that cannot be read.
    Malformed,
    /// Its media transport was lost or failed.
    TransportLost,
    /// It did not come back in time after its socket was lost.
    ResumeExpired,
}

impl EndReason {
    /// For programs: the close frame, the log, a counter's label.
    pub fn code(self) -> &'static str {
        match self {
            Self::Left => "left",
            Self::Replaced => "replaced",
            Self::Removed => "removed",
            Self::RoomClosed => "room_closed",
            Self::Draining => "draining",
            Self::Malformed => "malformed",
            Self::TransportLost => "transport_lost",
            Self::ResumeExpired => "resume_expired",
        }
    }

    /// What the client is told before its socket closes.
    fn leave(self) -> Option<proto::LeaveRequest> {
        let (reason, action) = match self {
            Self::Left | Self::ResumeExpired => return None,
            Self::Replaced => (DisconnectReason::DuplicateIdentity, Action::Disconnect),
            Self::Removed => (DisconnectReason::ParticipantRemoved, Action::Disconnect),
            Self::RoomClosed => (DisconnectReason::RoomDeleted, Action::Disconnect),
            Self::Draining => (DisconnectReason::ServerShutdown, Action::Reconnect),
            Self::Malformed => (DisconnectReason::JoinFailure, Action::Disconnect),
            Self::TransportLost => (DisconnectReason::MediaFailure, Action::Reconnect),
        };
        Some(leave(reason, action))
    }

    /// What the others are told.
    fn disconnect_reason(self) -> DisconnectReason {
        match self {
            Self::Left => DisconnectReason::ClientInitiated,
            Self::Replaced => DisconnectReason::DuplicateIdentity,
            Self::Removed => DisconnectReason::ParticipantRemoved,
            Self::RoomClosed => DisconnectReason::RoomDeleted,
            Self::Draining => DisconnectReason::ServerShutdown,
            Self::Malformed => DisconnectReason::UnknownReason,
            Self::TransportLost => DisconnectReason::MediaFailure,
            Self::ResumeExpired => DisconnectReason::SignalClose,
        }
    }
}

pub(crate) fn leave(reason: DisconnectReason, action: Action) -> proto::LeaveRequest {
    proto::LeaveRequest {
        // Read only by clients that do not know `action`.
        can_reconnect: action != Action::Disconnect,
        reason: reason.into(),
        action: action.into(),
        ..proto::LeaveRequest::default()
    }
}

impl MediaRoom {
    /// Removes a participant; its client does not come back.
    pub fn kick(&mut self, identity: &str) {
        if let Some(sid) = self.sid_of(identity) {
            self.end(&sid, EndReason::Removed);
            self.settle();
        }
    }

    /// Ends the room for everybody.
    pub fn close(&mut self) {
        self.lifetime.close();
        self.end_all(EndReason::RoomClosed);
    }

    /// Sends everybody away to come back at once: the server is being restarted.
    pub fn drain(&mut self) {
        self.lifetime.close();
        self.end_all(EndReason::Draining);
    }

    /// The participant is gone: tell it, tell the others, free its transports.
    pub(crate) fn end(&mut self, sid: &ParticipantSid, why: EndReason) {
        let Some(mut gone) = self.participants.remove(sid) else {
            return;
        };

        if let Some(leave) = why.leave() {
            self.send_to(&gone, Message::Leave(leave));
        }
        self.effects.push_back(Effect::Disconnect {
            to: sid.clone(),
            why,
        });
        self.command_all(gone.farewell());
        self.speakers.remove(sid);
        for one in self.participants.values_mut() {
            one.heard.remove(sid);
        }
        self.report_end(&gone, why);
        self.forget_wishes(&std::mem::take(&mut gone.tracks));

        let info = gone.last_info(why.disconnect_reason());
        if !gone.grants.hidden {
            self.broadcast(&Message::Update(proto::ParticipantUpdate {
                participants: vec![info],
            }));
        }
        self.unsettled = Unsettled::Everybody;
    }

    fn end_all(&mut self, why: EndReason) {
        // Nobody is left to be told about the others or to be offered less.
        while let Some((_, gone)) = self.participants.pop_first() {
            if let Some(leave) = why.leave() {
                self.send_to(&gone, Message::Leave(leave));
            }
            self.effects.push_back(Effect::Disconnect {
                to: gone.sid.clone(),
                why,
            });
            self.command_all(gone.farewell());
            self.report_end(&gone, why);
        }
    }

    fn report_end(&mut self, gone: &Participant, why: EndReason) {
        let info = proto::ParticipantInfo {
            state: proto::participant_info::State::Disconnected.into(),
            disconnect_reason: why.disconnect_reason().into(),
            ..gone.info()
        };
        for track in gone.published() {
            self.report(&Happening::TrackUnpublished(&info, &track.info));
        }
        self.report(&if gone.has_been_active {
            Happening::ParticipantLeft(&info)
        } else {
            Happening::ConnectionAborted(&info)
        });
    }
}
