//! How long a room waits for people while nobody is in it.
//!
//! A room that somebody opened by joining ends with its last participant. One that another server
//! made beforehand waits for the first to come, and a little after the last has gone.

use std::time::{Duration, Instant};

use crate::room::MediaRoom;

#[derive(Debug, Default)]
pub(crate) struct Lifetime {
    /// How long it waits for the first participant.
    pub(crate) unused: Duration,
    /// How long it waits after the last has gone.
    pub(crate) left: Duration,
    has_been_used: bool,
    empty_since: Option<Instant>,
}

impl Lifetime {
    /// From now on an empty room is over at once.
    pub(crate) fn close(&mut self) {
        self.unused = Duration::ZERO;
        self.left = Duration::ZERO;
    }

    pub(crate) fn poll_timeout(&self) -> Option<Instant> {
        let patience = if self.has_been_used {
            self.left
        } else {
            self.unused
        };
        self.empty_since.map(|since| since + patience)
    }
}

impl MediaRoom {
    /// Whether nobody is here and nobody is waited for. To be asked after everything that happens.
    pub fn is_over(&mut self, now: Instant) -> bool {
        if self.is_empty() {
            self.lifetime.empty_since.get_or_insert(now);
        } else {
            self.lifetime.has_been_used = true;
            self.lifetime.empty_since = None;
        }
        self.lifetime.poll_timeout().is_some_and(|due| due <= now)
    }
}
