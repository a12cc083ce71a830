//! Every timer of an engine, in one heap.
//!
//! A timer that is moved to a later time leaves its old entry in the heap; when that comes up it
//! is put back at the right place. So moving a timer on, which happens all the time, costs one
//! look-up and no heap operation.

use std::{
    cmp::Reverse,
    collections::{BinaryHeap, HashMap},
    hash::Hash,
    time::Instant,
};

/// Timers by what they are for.
#[derive(Debug)]
pub(crate) struct Timers<K> {
    heap: BinaryHeap<Reverse<(Instant, K)>>,
    armed: HashMap<K, Armed>,
}

#[derive(Clone, Copy, Debug)]
struct Armed {
    at: Instant,
    /// The entry in the heap that will look at this timer, never later than `at`.
    queued: Instant,
}

impl<K: Copy + Eq + Hash + Ord> Timers<K> {
    /// Arms a timer, moves it, or with `None` disarms it.
    pub(crate) fn set(&mut self, key: K, at: Option<Instant>) {
        let Some(at) = at else {
            self.armed.remove(&key);
            return;
        };
        match self.armed.get_mut(&key) {
            Some(armed) if armed.queued <= at => armed.at = at,
            _ => {
                self.armed.insert(key, Armed { at, queued: at });
                self.heap.push(Reverse((at, key)));
            }
        }
    }

    /// Arms a timer unless it is due sooner.
    pub(crate) fn set_by(&mut self, key: K, at: Instant) {
        if self.armed.get(&key).is_none_or(|armed| at < armed.at) {
            self.set(key, Some(at));
        }
    }

    /// When [`Self::pop_due`] is worth a call. May be early, never late.
    pub(crate) fn next(&self) -> Option<Instant> {
        self.heap.peek().map(|Reverse((at, _))| *at)
    }

    /// A timer that is due, which is then no longer armed.
    pub(crate) fn pop_due(&mut self, now: Instant) -> Option<K> {
        while let Some(&Reverse((queued, key))) = self.heap.peek() {
            if queued > now {
                return None;
            }
            self.heap.pop();
            let Some(armed) = self
                .armed
                .get_mut(&key)
                .filter(|armed| armed.queued == queued)
            else {
                continue;
            };
            if armed.at <= now {
                self.armed.remove(&key);
                return Some(key);
            }
            armed.queued = armed.at;
            self.heap.push(Reverse((armed.at, key)));
        }
        None
    }
}

impl<K: Ord> Default for Timers<K> {
    fn default() -> Self {
        Self {
            heap: BinaryHeap::new(),
            armed: HashMap::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::testing::epoch;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn timers_come_up_in_order_and_once() {
        let now = epoch();
        let mut timers = Timers::default();
        timers.set('b', Some(now + SECOND * 2));
        timers.set('a', Some(now + SECOND));

        assert_eq!(timers.pop_due(now), None);
        assert_eq!(timers.pop_due(now + SECOND * 2), Some('a'));
        assert_eq!(timers.pop_due(now + SECOND * 2), Some('b'));
        assert_eq!(timers.pop_due(now + SECOND * 9), None);
    }

    #[test]
    fn a_timer_moved_on_waits_for_its_new_time() {
        let now = epoch();
        let mut timers = Timers::default();
        timers.set('a', Some(now + SECOND));
        timers.set('a', Some(now + SECOND * 5));

        assert_eq!(timers.pop_due(now + SECOND), None);
        assert_eq!(timers.next(), Some(now + SECOND * 5));
        assert_eq!(timers.pop_due(now + SECOND * 5), Some('a'));
    }

    #[test]
    fn a_timer_moved_forward_comes_up_early_and_once() {
        let now = epoch();
        let mut timers = Timers::default();
        timers.set('a', Some(now + SECOND * 5));
        timers.set('a', Some(now + SECOND));

        assert_eq!(timers.pop_due(now + SECOND), Some('a'));
        assert_eq!(timers.pop_due(now + SECOND * 9), None);
    }

    #[test]
    fn a_disarmed_timer_stays_silent() {
        let now = epoch();
        let mut timers = Timers::default();
        timers.set('a', Some(now));
        timers.set('a', None);

        assert_eq!(timers.pop_due(now), None);
    }

    #[test]
    fn the_sooner_of_two_times_holds() {
        let now = epoch();
        let mut timers = Timers::default();
        timers.set_by('a', now + SECOND);
        timers.set_by('a', now + SECOND * 3);

        assert_eq!(timers.pop_due(now + SECOND), Some('a'));
    }
}
