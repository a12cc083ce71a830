//! Which packets a publisher is asked for again.
//!
//! A number that is skipped is asked for after a moment, in case the packet was only overtaken,
//! and again at growing distances. After that the frame is given up, and the subscribers' own
//! requests for a keyframe take over.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

/// The missing packets of one source.
#[derive(Debug, Default)]
pub(crate) struct Missing {
    highest: Option<u64>,
    gaps: BTreeMap<u64, Gap>,
}

#[derive(Clone, Copy, Debug)]
struct Gap {
    ask_at: Instant,
    asked: u8,
}

impl Missing {
    /// Notes a packet that arrived, in whatever way. `true` if it shows that others are missing.
    pub(crate) fn handle_packet(&mut self, now: Instant, sequence: u64) -> bool {
        let highest = *self.highest.get_or_insert(sequence);
        if sequence <= highest {
            self.gaps.remove(&sequence);
            return false;
        }
        self.highest = Some(sequence);
        if sequence - highest > MAX_BURST {
            // Not a loss that can be repaired: the source paused or leapt.
            self.gaps.clear();
            return false;
        }
        if sequence == highest + 1 {
            return false;
        }
        let gap = Gap {
            ask_at: now + OVERTAKEN,
            asked: 0,
        };
        self.gaps
            .extend((highest + 1..sequence).map(|missing| (missing, gap)));
        while self.gaps.len() > MAX_GAPS {
            self.gaps.pop_first();
        }
        true
    }

    /// When [`Self::handle_timeout`] must be called next.
    pub(crate) fn poll_timeout(&self) -> Option<Instant> {
        self.gaps.values().map(|gap| gap.ask_at).min()
    }

    /// Moves time on to `now` and puts the numbers to ask for into `ask`, in ascending order.
    pub(crate) fn handle_timeout(&mut self, now: Instant, ask: &mut Vec<u64>) {
        self.gaps.retain(|sequence, gap| {
            if gap.ask_at > now {
                return true;
            }
            if gap.asked == MAX_REQUESTS {
                return false;
            }
            ask.push(*sequence);
            gap.ask_at = now + FIRST_RETRY * (1 << gap.asked);
            gap.asked += 1;
            true
        });
    }
}

/// Packets overtake one another by a few milliseconds on Wi-Fi and mobile links.
const OVERTAKEN: Duration = Duration::from_millis(10);
/// Waits of 50, 100, 200 and 400 ms: the first suits a good link, the last a satellite.
const FIRST_RETRY: Duration = Duration::from_millis(50);
const MAX_REQUESTS: u8 = 4;
/// More at once is an outage; a keyframe is cheaper than repair.
const MAX_BURST: u64 = 300;
const MAX_GAPS: usize = 500;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::epoch;

    #[test]
    fn a_skipped_packet_is_asked_for_after_a_moment() {
        let now = epoch();
        let mut missing = received(now, &[10, 13]);

        assert!(ask(&mut missing, now).is_empty());
        assert_eq!(ask(&mut missing, now + OVERTAKEN), [11, 12]);
    }

    #[test]
    fn a_packet_that_was_only_overtaken_is_not_asked_for() {
        let now = epoch();
        let mut missing = received(now, &[10, 12, 11]);

        assert_eq!(missing.poll_timeout(), None);
        assert!(ask(&mut missing, now + OVERTAKEN).is_empty());
    }

    #[test]
    fn requests_grow_rarer_and_end() {
        let start = epoch();
        let mut missing = received(start, &[1, 3]);
        let mut times = Vec::new();

        while let Some(at) = missing.poll_timeout() {
            if !ask(&mut missing, at).is_empty() {
                times.push((at - start).as_millis());
            }
        }

        assert_eq!(times, [10, 60, 160, 360]);
    }

    #[test]
    fn a_leap_is_not_repaired() {
        let now = epoch();
        let missing = received(now, &[1, 5_000]);

        assert_eq!(missing.poll_timeout(), None);
    }

    fn received(now: Instant, sequences: &[u64]) -> Missing {
        let mut missing = Missing::default();
        for sequence in sequences {
            missing.handle_packet(now, *sequence);
        }
        missing
    }

    fn ask(missing: &mut Missing, now: Instant) -> Vec<u64> {
        let mut ask = Vec::new();
        missing.handle_timeout(now, &mut ask);
        ask
    }
}
