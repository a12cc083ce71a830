//! Hands: who asks for the floor, in the order they asked.

use bega_protocol::{EventKind, ParticipantId};

use crate::{
    log::Audience,
    permission::Action,
    room::{Now, RequestError, Room},
    seat::Hand,
};

impl Room {
    /// Puts the hand up; nothing happens where it is up.
    pub(crate) fn raise_hand(
        &mut self,
        now: Now,
        participant: ParticipantId,
    ) -> Result<(), RequestError> {
        let seat = self.inside(participant)?;
        if !seat.may(Action::RaiseHand) {
            return Err(RequestError::NotAllowed);
        }
        if seat.hand.is_some() {
            return Ok(());
        }
        if !seat.hands.take(now.instant) {
            return Err(RequestError::TooMany);
        }
        seat.hand = Some(Hand {
            raised_at: now.text(),
        });
        self.tell(now, EventKind::HandRaised { participant }, Audience::Inside);
        Ok(())
    }

    /// Takes a hand down; nothing happens where it is down.
    pub(crate) fn lower_hand(
        &mut self,
        now: Now,
        by: ParticipantId,
        of: Option<ParticipantId>,
    ) -> Result<(), RequestError> {
        let participant = of.unwrap_or(by);
        let seat = self.inside(by)?;
        if participant != by && !seat.may(Action::LowerHands) {
            return Err(RequestError::NotAllowed);
        }
        let seat = self
            .seats
            .get_mut(&participant)
            .ok_or(RequestError::UnknownParticipant)?;
        if seat.hand.take().is_some() {
            self.tell(
                now,
                EventKind::HandLowered { participant },
                Audience::Inside,
            );
        }
        Ok(())
    }
}
