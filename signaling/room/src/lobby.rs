//! The door: who waits, who is let in, turned away or taken out, and what those outside may know.
//!
//! ```text
//!             ┌───── comes back within the grace period ─────┐
//!             v                                              │
//!   Away ──> Waiting ── admit ──> Inside ── connection lost ─┘── grace over ──> Away
//!     │         │                   ^  │
//!     │         └ refuse ─┐  ┌──────┘  └ remove ─┐
//!     └─ may enter ───────┼──┘                   v
//!        unasked          └──────────────> TurnedAway ── knocks again later ──> Waiting
//! ```

use bega_protocol::{EventKind, LeaveReason, Participant, ParticipantId, Presence, SessionView};

use crate::{
    effect::{Effect, MediaGrant, Moment},
    log::Audience,
    permission::Action,
    room::{GRACE, KNOCK_AGAIN, Now, RequestError, Room},
    seat::{Place, Seat},
};

impl Room {
    /// Brings a participant whose socket just opened to the door, or straight inside.
    pub(crate) fn come(&mut self, now: Now, participant: ParticipantId) {
        let Some(seat) = self.seats.get_mut(&participant) else {
            return;
        };
        match seat.place {
            Place::Away | Place::TurnedAway { .. } if seat.enters_unasked() => {
                let known = seat.admitted;
                seat.admitted = true;
                seat.place = Place::Inside { back_by: None };
                if !known {
                    self.admitted(now, participant, None);
                }
                self.effects
                    .push_back(Effect::Media(MediaGrant::Admitted(participant)));
                self.arrived(now, participant);
            }
            Place::Away | Place::TurnedAway { .. } => {
                seat.place = Place::Waiting { back_by: None };
                self.tell(
                    now,
                    EventKind::Waiting { participant },
                    Audience::KeepersAnd(participant),
                );
                self.record(now, Moment::Waiting { participant });
            }
            Place::Waiting { .. } => seat.place = Place::Waiting { back_by: None },
            Place::Inside { back_by: Some(_) } => {
                seat.place = Place::Inside { back_by: None };
                self.arrived(now, participant);
            }
            // The same person in a second window.
            Place::Inside { back_by: None } => {}
        }
    }

    /// Lets somebody in who waits.
    pub(crate) fn admit(
        &mut self,
        now: Now,
        by: ParticipantId,
        participant: ParticipantId,
    ) -> Result<(), RequestError> {
        self.keeper(by)?;
        let seat = self.at_the_door(participant)?;
        let connected = seat.connection.is_some();
        seat.admitted = true;
        seat.removed = false;
        seat.view_since = None;
        seat.place = Place::Inside {
            back_by: (!connected).then(|| now.instant + GRACE),
        };
        self.admitted(now, participant, Some(by));
        self.effects
            .push_back(Effect::Media(MediaGrant::Admitted(participant)));
        self.arrived(now, participant);
        self.welcome(participant);
        Ok(())
    }

    /// Turns somebody away who waits.
    pub(crate) fn refuse(
        &mut self,
        now: Now,
        by: ParticipantId,
        participant: ParticipantId,
    ) -> Result<(), RequestError> {
        self.keeper(by)?;
        self.at_the_door(participant)?.place = Place::TurnedAway {
            until: now.instant + KNOCK_AGAIN,
            removed: false,
        };
        self.tell(
            now,
            EventKind::Refused { participant, by },
            Audience::KeepersAnd(participant),
        );
        self.record(now, Moment::Refused { participant, by });
        self.close(participant, LeaveReason::Removed);
        Ok(())
    }

    /// Takes somebody out who was let in, here or not.
    pub(crate) fn remove(
        &mut self,
        now: Now,
        by: ParticipantId,
        participant: ParticipantId,
    ) -> Result<(), RequestError> {
        let may_remove_staff = self.keeper(by)?.may(Action::RemoveStaff);
        let seat = self
            .seats
            .get_mut(&participant)
            .filter(|seat| seat.admitted)
            .ok_or(RequestError::UnknownParticipant)?;
        // Whoever may take out staff cannot be taken out: a session never loses its lead.
        if seat.may(Action::RemoveStaff) || (seat.may(Action::Enter) && !may_remove_staff) {
            return Err(RequestError::NotAllowed);
        }
        let was_inside = seat.is_inside();
        seat.hand = None;
        seat.place = Place::TurnedAway {
            until: now.instant + KNOCK_AGAIN,
            removed: true,
        };
        // Told before the view narrows: who is taken out may see that it happened.
        self.tell(
            now,
            EventKind::ParticipantLeft {
                participant,
                reason: LeaveReason::Removed,
            },
            Audience::Everybody,
        );
        if let Some(seat) = self.seats.get_mut(&participant) {
            seat.admitted = false;
            seat.removed = true;
            seat.view_since = None;
        }
        self.record(now, Moment::Removed { participant, by });
        if was_inside {
            self.effects
                .push_back(Effect::Media(MediaGrant::Withdrawn(participant)));
        }
        self.close(participant, LeaveReason::Removed);
        Ok(())
    }

    /// Somebody goes, or has been lost for too long.
    pub(crate) fn go(&mut self, now: Now, participant: ParticipantId, reason: LeaveReason) {
        let Some(seat) = self.seats.get_mut(&participant) else {
            return;
        };
        let audience = match seat.place {
            Place::Away | Place::TurnedAway { .. } => return,
            Place::Waiting { .. } => Audience::KeepersAnd(participant),
            Place::Inside { .. } => {
                self.effects
                    .push_back(Effect::Media(MediaGrant::Withdrawn(participant)));
                Audience::Everybody
            }
        };
        seat.hand = None;
        seat.place = Place::Away;
        self.tell(
            now,
            EventKind::ParticipantLeft {
                participant,
                reason,
            },
            audience,
        );
        self.record(
            now,
            Moment::Left {
                participant,
                reason,
            },
        );
        self.close(participant, reason);
    }

    fn admitted(&mut self, now: Now, participant: ParticipantId, by: Option<ParticipantId>) {
        self.tell(
            now,
            EventKind::Admitted { participant, by },
            Audience::InsideAnd(participant),
        );
        self.record(now, Moment::Admitted { participant, by });
    }

    fn arrived(&mut self, now: Now, participant: ParticipantId) {
        let Some(seat) = self.seats.get(&participant) else {
            return;
        };
        let (view, connected) = (seat.view(), seat.deadline().is_none());
        self.tell(
            now,
            EventKind::ParticipantArrived { participant: view },
            Audience::Everybody,
        );
        if connected {
            self.record(now, Moment::Arrived { participant });
        }
    }

    /// The participant, if inside and allowed to admit.
    fn keeper(&mut self, by: ParticipantId) -> Result<&Seat, RequestError> {
        let seat = self.inside(by)?;
        if seat.may(Action::Admit) {
            Ok(seat)
        } else {
            Err(RequestError::NotAllowed)
        }
    }

    fn at_the_door(&mut self, participant: ParticipantId) -> Result<&mut Seat, RequestError> {
        self.seats
            .get_mut(&participant)
            .filter(|seat| matches!(seat.place, Place::Waiting { .. }))
            .ok_or(RequestError::UnknownParticipant)
    }
}

/// A participant as `viewer` may see it, or `None` where it may not.
pub(crate) fn participant_for(viewer: &Seat, seat: &Seat) -> Option<Participant> {
    let mut view = seat.view();
    if viewer.booked.id == seat.booked.id || viewer.may(Action::Admit) {
        return Some(view);
    }
    if viewer.admitted {
        // Who knocks is between them and those who keep the door.
        if let Place::Waiting { .. } | Place::TurnedAway { removed: false, .. } = seat.place {
            view.presence = Presence::Absent;
        }
        return Some(view);
    }
    seat.is_inside().then(|| through_the_door(view))
}

/// A session as `viewer` may see it.
pub(crate) fn session_for(viewer: &Seat, session: &SessionView) -> SessionView {
    let mut session = session.clone();
    if !viewer.may(Action::SeeReference) {
        session.reference.clear();
    }
    session
}

/// An event as `viewer`, who is in its audience, may see it.
pub(crate) fn event_for(viewer: &Seat, kind: &EventKind) -> EventKind {
    match kind {
        EventKind::SessionChanged { session } => EventKind::SessionChanged {
            session: session_for(viewer, session),
        },
        EventKind::ParticipantArrived { participant }
            if !viewer.admitted && participant.id != viewer.booked.id =>
        {
            EventKind::ParticipantArrived {
                participant: through_the_door(participant.clone()),
            }
        }
        // Why somebody went is for those inside.
        EventKind::ParticipantLeft { participant, .. }
            if !viewer.admitted && *participant != viewer.booked.id =>
        {
            EventKind::ParticipantLeft {
                participant: *participant,
                reason: LeaveReason::Left,
            }
        }
        other => other.clone(),
    }
}

/// Name and role, and that they are there.
fn through_the_door(participant: Participant) -> Participant {
    Participant {
        presence: Presence::Present,
        hand_raised_at: None,
        ..participant
    }
}
