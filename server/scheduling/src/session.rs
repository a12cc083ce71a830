//! A booked session: what it is, where it stands, and what may still be changed.

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use crate::{
    InvitationId, InvitationState, Language, OrganisationId, ParticipantId, Reference, Role,
    RoomId, SessionId, SessionKind, SessionState, SiteId, Slot, TextError, UserId, Violation,
    booking::check_time,
};

/// A session, as kept.
#[derive(Clone, Debug, PartialEq)]
pub struct Session {
    /// Its id.
    pub id: SessionId,
    /// Whose it is.
    pub organisation: OrganisationId,
    /// What it is for.
    pub kind: SessionKind,
    /// Where it stands.
    pub standing: Standing,
    /// The case or group, by its pseudonymous reference.
    pub reference: Reference,
    /// When.
    pub slot: Slot,
    /// Where.
    pub room: RoomRef,
    /// The applicants' language.
    pub language: Language,
    /// Who, leading roles first.
    pub participants: Vec<Participant>,
    /// Counts its changes; the ETag.
    pub version: i64,
}

impl Session {
    /// Where it stands, without the details.
    pub fn state(&self) -> SessionState {
        self.standing.state()
    }

    /// The place of a participant.
    pub fn participant(&self, id: ParticipantId) -> Option<&Participant> {
        self.participants.iter().find(|p| p.id == id)
    }

    /// The place of a member of staff.
    pub fn participant_of(&self, user: UserId) -> Option<&Participant> {
        self.participants.iter().find(|p| p.user == Some(user))
    }

    /// The place of the room's device.
    pub fn room_device(&self) -> Option<&Participant> {
        self.participants
            .iter()
            .find(|p| p.role == Role::RoomDevice)
    }

    /// When its invitations stop to work.
    pub fn invitations_expire_at(&self) -> Timestamp {
        invitation_expires_at(self.slot.ends_at())
    }

    /// Applies a change to a planned session. A live one can only be made longer or shorter, and
    /// have its reference and language put right; what is over stays as it was.
    pub fn changed(&self, now: Timestamp, change: &Change) -> Result<Changed, ChangeError> {
        match &self.standing {
            Standing::Planned => {}
            Standing::Live { .. } => {
                let moves = change.room.is_some_and(|room| room != self.room.id)
                    || change
                        .starts_at
                        .is_some_and(|at| at != self.slot.starts_at());
                if moves {
                    return Err(ChangeError::WrongState(WrongState(SessionState::Live)));
                }
            }
            Standing::Ended { .. } | Standing::Cancelled { .. } => {
                return Err(ChangeError::WrongState(WrongState(self.state())));
            }
        }

        let mut violations = Vec::new();
        let starts_at = change.starts_at.unwrap_or(self.slot.starts_at());
        let ends_at = change.ends_at.unwrap_or(self.slot.ends_at());
        let slot = if change.starts_at.is_none() && change.ends_at.is_none() {
            self.slot
        } else {
            let checked = match self.standing {
                Standing::Planned => check_time(now, starts_at, ends_at),
                // A session that runs keeps its start, however long ago that was.
                Standing::Live { .. } | Standing::Ended { .. } | Standing::Cancelled { .. } => {
                    Slot::new(starts_at, ends_at).map_err(Violation::Slot)
                }
            };
            checked.unwrap_or_else(|violation| {
                violations.push(violation);
                self.slot
            })
        };
        let mut keep = |violation: fn(TextError) -> Violation, error: TextError| {
            violations.push(violation(error));
        };
        let reference = match change.reference.as_deref().map(Reference::parse) {
            None => self.reference.clone(),
            Some(Ok(reference)) => reference,
            Some(Err(error)) => {
                keep(Violation::Reference, error);
                self.reference.clone()
            }
        };
        let language = match change.language.as_deref().map(Language::parse) {
            None => self.language.clone(),
            Some(Ok(language)) => language,
            Some(Err(error)) => {
                keep(Violation::Language, error);
                self.language.clone()
            }
        };
        if !violations.is_empty() {
            return Err(ChangeError::Invalid(violations));
        }
        Ok(Changed {
            slot,
            room: change.room.unwrap_or(self.room.id),
            reference,
            language,
        })
    }
}

/// Where a session stands, with what is known then. Only forward: planned, live, ended; or planned,
/// cancelled.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Standing {
    /// Booked.
    Planned,
    /// Started and not yet over.
    Live {
        /// When the lead started it.
        started_at: Timestamp,
    },
    /// Over.
    Ended {
        /// When the lead started it.
        started_at: Timestamp,
        /// When it ended.
        ended_at: Timestamp,
    },
    /// Called off before it started.
    Cancelled {
        /// When.
        cancelled_at: Timestamp,
        /// Why, in the coordinator's words.
        reason: String,
    },
}

impl Standing {
    /// The most characters a reason may have.
    pub const LONGEST_REASON: usize = 500;

    /// Without the details.
    pub fn state(&self) -> SessionState {
        match self {
            Self::Planned => SessionState::Planned,
            Self::Live { .. } => SessionState::Live,
            Self::Ended { .. } => SessionState::Ended,
            Self::Cancelled { .. } => SessionState::Cancelled,
        }
    }

    /// The lead starts it.
    pub fn start(self, now: Timestamp) -> Result<Self, WrongState> {
        match self {
            Self::Planned => Ok(Self::Live { started_at: now }),
            Self::Live { .. } | Self::Ended { .. } | Self::Cancelled { .. } => {
                Err(WrongState(self.state()))
            }
        }
    }

    /// Somebody with the right ends it.
    pub fn end(self, now: Timestamp) -> Result<Self, WrongState> {
        match self {
            Self::Live { started_at } => Ok(Self::Ended {
                started_at,
                ended_at: now.max(started_at),
            }),
            Self::Planned | Self::Ended { .. } | Self::Cancelled { .. } => {
                Err(WrongState(self.state()))
            }
        }
    }

    /// The coordinator calls it off.
    pub fn cancel(self, now: Timestamp, reason: String) -> Result<Self, WrongState> {
        match self {
            Self::Planned => Ok(Self::Cancelled {
                cancelled_at: now,
                reason,
            }),
            Self::Live { .. } | Self::Ended { .. } | Self::Cancelled { .. } => {
                Err(WrongState(self.state()))
            }
        }
    }

    /// When it was started, if it was.
    pub fn started_at(&self) -> Option<Timestamp> {
        match self {
            Self::Live { started_at } | Self::Ended { started_at, .. } => Some(*started_at),
            Self::Planned | Self::Cancelled { .. } => None,
        }
    }

    /// When it ended, if it did.
    pub fn ended_at(&self) -> Option<Timestamp> {
        match self {
            Self::Ended { ended_at, .. } => Some(*ended_at),
            Self::Planned | Self::Live { .. } | Self::Cancelled { .. } => None,
        }
    }

    /// Why it was called off, if it was.
    pub fn cancel_reason(&self) -> Option<&str> {
        match self {
            Self::Cancelled { reason, .. } => Some(reason),
            Self::Planned | Self::Live { .. } | Self::Ended { .. } => None,
        }
    }
}

/// The session does not stand where this can be done; it stands here.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{}", match .0 {
    SessionState::Planned => "the session has not started",
    SessionState::Live => "the session has started",
    SessionState::Ended => "the session is over",
    SessionState::Cancelled => "the session was cancelled",
})]
pub struct WrongState(pub SessionState);

/// Somebody's or a room device's place in a session.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Participant {
    /// Its id.
    pub id: ParticipantId,
    /// What they are here.
    pub role: Role,
    /// The name to show.
    pub name: String,
    /// The account, where there is one.
    pub user: Option<UserId>,
    /// Where the personal link stands.
    pub invitation: InvitationState,
    /// The newest personal link.
    pub invitation_id: Option<InvitationId>,
}

/// The room of a session, with what one needs to find it.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RoomRef {
    /// Its id.
    pub id: RoomId,
    /// Its name.
    pub name: String,
    /// Its site.
    pub site_id: SiteId,
    /// The site's name.
    pub site_name: String,
    /// The site's IANA time zone.
    pub time_zone: String,
}

/// What somebody wants changed; the rest stays.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Change {
    /// A new start.
    pub starts_at: Option<Timestamp>,
    /// A new end.
    pub ends_at: Option<Timestamp>,
    /// Another room.
    pub room: Option<RoomId>,
    /// Another language.
    pub language: Option<String>,
    /// Another reference.
    pub reference: Option<String>,
}

/// A session's changeable parts after a change.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Changed {
    /// When.
    pub slot: Slot,
    /// Where.
    pub room: RoomId,
    /// The case or group.
    pub reference: Reference,
    /// The applicants' language.
    pub language: Language,
}

/// Why a change is refused.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ChangeError {
    /// The session has gone too far for this change.
    #[error(transparent)]
    WrongState(WrongState),
    /// The session would break these rules.
    #[error("the session would not be valid")]
    Invalid(Vec<Violation>),
}

/// How long after the planned end a personal link still opens the session.
const GRACE: SignedDuration = SignedDuration::from_hours(2);

/// When the invitations to a session with this end stop to work.
pub fn invitation_expires_at(ends_at: Timestamp) -> Timestamp {
    ends_at
        .saturating_add(GRACE)
        .expect("a fixed duration is no calendar unit")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_goes_from_planned_to_live_to_ended() {
        let live = Standing::Planned.start(at(10)).unwrap();
        let ended = live.end(at(70)).unwrap();

        assert_eq!(ended.started_at(), Some(at(10)));
        assert_eq!(ended.ended_at(), Some(at(70)));
    }

    #[test]
    fn a_started_session_cannot_be_cancelled() {
        let live = Standing::Planned.start(at(10)).unwrap();

        assert_eq!(
            live.cancel(at(11), "late".into()),
            Err(WrongState(SessionState::Live))
        );
    }

    #[test]
    fn nothing_follows_the_end() {
        let over = [
            Standing::Planned.start(at(1)).unwrap().end(at(2)).unwrap(),
            Standing::Planned.cancel(at(1), "flight".into()).unwrap(),
        ];

        for standing in over {
            let state = standing.state();
            assert_eq!(standing.clone().start(at(3)), Err(WrongState(state)));
            assert_eq!(standing.clone().end(at(3)), Err(WrongState(state)));
            assert_eq!(
                standing.cancel(at(3), String::new()),
                Err(WrongState(state))
            );
        }
    }

    #[test]
    fn a_clock_that_went_back_does_not_end_a_session_before_its_start() {
        let ended = Standing::Planned.start(at(10)).unwrap().end(at(5)).unwrap();

        assert_eq!(ended.ended_at(), Some(at(10)));
    }

    #[test]
    fn a_planned_session_moves_as_a_whole() {
        let changed = session(Standing::Planned)
            .changed(
                at(0),
                &Change {
                    starts_at: Some(at(120)),
                    ends_at: Some(at(180)),
                    ..Change::default()
                },
            )
            .unwrap();

        assert_eq!(changed.slot, Slot::new(at(120), at(180)).unwrap());
        assert_eq!(changed.reference.as_str(), "NLD-2026-014");
    }

    #[test]
    fn a_live_session_may_run_longer_but_not_move() {
        let live = session(Standing::Live { started_at: at(60) });

        let longer = Change {
            ends_at: Some(at(150)),
            ..Change::default()
        };
        assert_eq!(
            live.changed(at(61), &longer).unwrap().slot.ends_at(),
            at(150)
        );
        let elsewhere = Change {
            room: Some(RoomId::new(at(0), [9; 10])),
            ..Change::default()
        };
        assert_eq!(
            live.changed(at(61), &elsewhere),
            Err(ChangeError::WrongState(WrongState(SessionState::Live)))
        );
    }

    #[test]
    fn a_change_names_every_rule_it_breaks() {
        let change = Change {
            ends_at: Some(at(30)),
            language: Some("tigrinya".into()),
            reference: Some(" ".into()),
            ..Change::default()
        };

        let Err(ChangeError::Invalid(violations)) =
            session(Standing::Planned).changed(at(0), &change)
        else {
            panic!("the change must be refused");
        };
        let paths: Vec<_> = violations.iter().map(Violation::path).collect();
        assert_eq!(paths, ["endsAt", "reference", "language"]);
    }

    fn at(minutes: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + 60 * minutes).unwrap()
    }

    fn session(standing: Standing) -> Session {
        Session {
            id: SessionId::new(at(0), [1; 10]),
            organisation: OrganisationId::new(at(0), [2; 10]),
            kind: SessionKind::Interview,
            standing,
            reference: Reference::parse("NLD-2026-014").unwrap(),
            slot: Slot::new(at(60), at(120)).unwrap(),
            room: RoomRef {
                id: RoomId::new(at(0), [3; 10]),
                name: "Room 1".into(),
                site_id: SiteId::new(at(0), [4; 10]),
                site_name: "ETC Timișoara".into(),
                time_zone: "Europe/Bucharest".into(),
            },
            language: Language::parse("ti").unwrap(),
            participants: Vec::new(),
            version: 1,
        }
    }
}
