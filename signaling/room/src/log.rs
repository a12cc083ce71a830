//! The room's events, numbered, each with those who may know of it.
//!
//! The audience is kept with the event rather than a list of receivers, and a participant whose view
//! changes is welcomed anew. So asking the audience later gives the same answer as asking at once,
//! and a client that comes back is sent exactly what it would have been sent.

use std::collections::VecDeque;

use bega_protocol::{Event, EventKind, ParticipantId};

use crate::{permission::Action, seat::Seat};

/// Enough for a minute's absence from the busiest session, and for an hour's from a quiet one.
pub(crate) const KEPT: usize = 1_000;

/// Who may know of an event.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Audience {
    /// All, also those who wait.
    Everybody,
    /// Those who were let in.
    Inside,
    /// Those who were let in, and whom it is about.
    InsideAnd(ParticipantId),
    /// Those who may admit, and whom it is about.
    KeepersAnd(ParticipantId),
}

impl Audience {
    pub(crate) fn includes(self, seat: &Seat) -> bool {
        match self {
            Self::Everybody => true,
            Self::Inside => seat.admitted,
            Self::InsideAnd(about) => seat.admitted || seat.booked.id == about,
            Self::KeepersAnd(about) => seat.may(Action::Admit) || seat.booked.id == about,
        }
    }
}

/// The last events.
#[derive(Debug, Default)]
pub(crate) struct Log {
    last: u64,
    kept: VecDeque<(Event, Audience)>,
}

impl Log {
    /// The number of the last event; 0 before the first.
    pub(crate) fn last(&self) -> u64 {
        self.last
    }

    pub(crate) fn push(&mut self, at: String, kind: EventKind, audience: Audience) -> Event {
        self.last += 1;
        let event = Event {
            number: self.last,
            at,
            kind,
        };
        if self.kept.len() == KEPT {
            self.kept.pop_front();
        }
        self.kept.push_back((event.clone(), audience));
        event
    }

    /// The events after that one, or `None` where some are no longer kept or it has not happened.
    pub(crate) fn since(
        &self,
        number: u64,
    ) -> Option<impl Iterator<Item = &(Event, Audience)> + use<'_>> {
        let missed = usize::try_from(self.last.checked_sub(number)?).ok()?;
        let skipped = self.kept.len().checked_sub(missed)?;
        Some(self.kept.iter().skip(skipped))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_longer_kept_cannot_be_told() {
        let mut log = Log::default();
        for _ in 0..=KEPT {
            log.push(String::new(), EventKind::SessionStarted, Audience::Inside);
        }

        assert!(log.since(0).is_none());
        assert_eq!(log.since(1).map(Iterator::count), Some(KEPT));
        assert_eq!(log.since(log.last()).map(Iterator::count), Some(0));
        assert!(log.since(log.last() + 1).is_none());
    }
}
