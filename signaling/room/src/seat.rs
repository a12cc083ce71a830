//! One participant's place in a session: booked, at the door, inside, lost for a moment, or gone.

use std::time::{Duration, Instant};

use bega_protocol::{Participant, ParticipantId, Presence, Role};

use crate::{
    budget::Budget,
    effect::ConnectionId,
    permission::{Action, may},
};

/// Somebody the session is booked for.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Booked {
    /// Stable over the session.
    pub id: ParticipantId,
    /// The name to show.
    pub name: String,
    /// What they are here.
    pub role: Role,
}

/// Where a participant stands, for those who hand out media tokens.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Admission {
    /// Not here, or not booked.
    Absent,
    /// At the door.
    Waiting,
    /// Inside, or lost a moment ago: may be in the media room.
    Admitted,
    /// Turned away or removed.
    Refused,
}

/// What the room knows of one participant.
#[derive(Debug)]
pub(crate) struct Seat {
    pub(crate) booked: Booked,
    pub(crate) place: Place,
    /// Let in once; stays so until taken out.
    pub(crate) admitted: bool,
    /// Taken out; must wait even where the role need not.
    pub(crate) removed: bool,
    pub(crate) connection: Option<ConnectionId>,
    /// When the hand went up: order, and the time to show.
    pub(crate) hand: Option<Hand>,
    /// The event since which the participant sees what it now sees; a client that stopped before it
    /// needs a welcome. `None` until welcomed.
    pub(crate) view_since: Option<u64>,
    pub(crate) lines: Budget,
    pub(crate) hands: Budget,
}

/// A hand that is up.
#[derive(Clone, Debug)]
pub(crate) struct Hand {
    pub(crate) raised_at: String,
}

/// Where a participant is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Place {
    Away,
    /// At the door; with a deadline while the connection is lost.
    Waiting {
        back_by: Option<Instant>,
    },
    /// In the session; with a deadline while the connection is lost.
    Inside {
        back_by: Option<Instant>,
    },
    /// Outside, and the door stays shut until then.
    TurnedAway {
        until: Instant,
        /// From inside, so that everybody there saw it.
        removed: bool,
    },
}

/// A person may write ten lines at once, and one a second.
const LINES: (u32, Duration) = (10, Duration::from_secs(1));
/// A hand may go up and down five times at once, and once in two seconds.
const HANDS: (u32, Duration) = (5, Duration::from_secs(2));

impl Seat {
    pub(crate) fn new(booked: Booked, admitted: bool, removed: bool) -> Self {
        Self {
            booked,
            place: Place::Away,
            admitted,
            removed,
            connection: None,
            hand: None,
            view_since: None,
            lines: Budget::new(LINES.0, LINES.1),
            hands: Budget::new(HANDS.0, HANDS.1),
        }
    }

    pub(crate) fn is_inside(&self) -> bool {
        matches!(self.place, Place::Inside { .. })
    }

    /// Whether this participant is inside and of a role that may do this.
    pub(crate) fn may(&self, action: Action) -> bool {
        self.admitted && may(self.booked.role, action)
    }

    /// Whether the door is open without anybody's word.
    pub(crate) fn enters_unasked(&self) -> bool {
        self.admitted || (may(self.booked.role, Action::Enter) && !self.removed)
    }

    pub(crate) fn admission(&self) -> Admission {
        match self.place {
            Place::Away => Admission::Absent,
            Place::Waiting { .. } => Admission::Waiting,
            Place::Inside { .. } => Admission::Admitted,
            Place::TurnedAway { .. } => Admission::Refused,
        }
    }

    pub(crate) fn deadline(&self) -> Option<Instant> {
        match self.place {
            Place::Waiting { back_by } | Place::Inside { back_by } => back_by,
            Place::Away | Place::TurnedAway { .. } => None,
        }
    }

    /// The participant as those inside who may admit see it.
    pub(crate) fn view(&self) -> Participant {
        Participant {
            id: self.booked.id,
            name: self.booked.name.clone(),
            role: self.booked.role,
            presence: match self.place {
                Place::Away => Presence::Absent,
                Place::Waiting { .. } => Presence::Waiting,
                Place::Inside { back_by: None } => Presence::Present,
                Place::Inside { back_by: Some(_) } => Presence::Reconnecting,
                Place::TurnedAway { .. } => Presence::Refused,
            },
            hand_raised_at: self.hand.as_ref().map(|hand| hand.raised_at.clone()),
            may_admit: may(self.booked.role, Action::Admit),
        }
    }
}
