//! What a room wants done in the world.

use std::collections::BTreeSet;

use bega_protocol::{LeaveReason, ParticipantId, ServerMessage};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// One client's socket, as the gateway numbers them; never used twice in a room's life.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct ConnectionId(pub u64);

/// Something to carry out, in this order.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Effect {
    /// Send the message.
    Send {
        /// To whom.
        to: ConnectionId,
        /// What.
        message: Box<ServerMessage>,
    },
    /// Say goodbye and close; the room has forgotten the connection already.
    Close {
        /// Whose.
        to: ConnectionId,
        /// Why.
        reason: LeaveReason,
    },
    /// Tell the media side.
    Media(MediaGrant),
    /// Keep in the session's timeline.
    Record(TimelineEntry),
}

/// Who may be in the media room.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum MediaGrant {
    /// From now on.
    Admitted(ParticipantId),
    /// No longer; disconnect them.
    Withdrawn(ParticipantId),
}

/// What happened to a session, for those who ask later who was there, and when.
///
/// Never what was said: the chat is not kept.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct TimelineEntry {
    /// When.
    pub at: Timestamp,
    /// What.
    #[serde(flatten)]
    pub moment: Moment,
}

/// One thing that happened.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(
    tag = "kind",
    rename_all = "snake_case",
    rename_all_fields = "camelCase"
)]
pub enum Moment {
    /// Somebody came to the door.
    Waiting {
        /// Who.
        participant: ParticipantId,
    },
    /// Somebody was let in.
    Admitted {
        /// Who.
        participant: ParticipantId,
        /// By whom; absent where the role needs no admission.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        by: Option<ParticipantId>,
    },
    /// Somebody was turned away at the door.
    Refused {
        /// Who.
        participant: ParticipantId,
        /// By whom.
        by: ParticipantId,
    },
    /// Somebody was taken out.
    Removed {
        /// Who.
        participant: ParticipantId,
        /// By whom.
        by: ParticipantId,
    },
    /// An admitted participant is here, for the first time or again.
    Arrived {
        /// Who.
        participant: ParticipantId,
    },
    /// The connection of an admitted participant broke.
    Interrupted {
        /// Who.
        participant: ParticipantId,
    },
    /// A participant went, from the door or from inside.
    Left {
        /// Who.
        participant: ParticipantId,
        /// Why.
        reason: LeaveReason,
    },
    /// The session was started.
    Started,
    /// The session was ended.
    Ended,
    /// The session was called off.
    Cancelled,
}

/// Who was let in and who was taken out: what a room must know of its earlier lives.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Admissions {
    /// May come straight in again.
    pub admitted: BTreeSet<ParticipantId>,
    /// Must wait, whatever their role.
    pub removed: BTreeSet<ParticipantId>,
}

impl Admissions {
    /// Takes up one entry of the timeline; call with each, in order.
    pub fn note(&mut self, moment: &Moment) {
        match moment {
            Moment::Admitted { participant, .. } => {
                self.admitted.insert(*participant);
                self.removed.remove(participant);
            }
            Moment::Removed { participant, .. } => {
                self.admitted.remove(participant);
                self.removed.insert(*participant);
            }
            Moment::Waiting { .. }
            | Moment::Refused { .. }
            | Moment::Arrived { .. }
            | Moment::Interrupted { .. }
            | Moment::Left { .. }
            | Moment::Started
            | Moment::Ended
            | Moment::Cancelled => {}
        }
    }
}

impl<'a> FromIterator<&'a Moment> for Admissions {
    fn from_iter<T: IntoIterator<Item = &'a Moment>>(moments: T) -> Self {
        let mut admissions = Self::default();
        for moment in moments {
            admissions.note(moment);
        }
        admissions
    }
}
