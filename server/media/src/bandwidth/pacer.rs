//! When a packet may leave for one subscriber.
//!
//! Sound and repeated packets never wait. A picture leaves at once while the link is not owed more
//! than a short burst, so in fair weather nothing is ever queued. Otherwise its packets wait here,
//! as references into the packet cache that all subscribers share, and follow in time. What waits
//! too long is of no use any more and is given up.

use std::{collections::VecDeque, time::Duration};

use super::estimator::OVERHEAD;
use crate::{command::PublicationId, layer_selector::Layer, rtp::rewriter::Rewritten};

/// The pace of one transport, and the packets that wait.
#[derive(Debug, Default)]
pub(crate) struct Pacer {
    /// When all that was sent is paid for.
    paid_at: Duration,
    /// Of a byte; zero means there is no limit.
    seconds_per_byte: f64,
    burst: Duration,
    waiting: VecDeque<Waiting>,
}

/// A packet that waits. Its payload stays in the cache.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Waiting {
    pub(crate) publication: PublicationId,
    pub(crate) layer: Layer,
    /// The publisher's number, in full.
    pub(crate) sequence: u64,
    /// The numbers it is sent with.
    pub(crate) numbers: Rewritten,
    pub(crate) since: Duration,
}

/// What becomes of a packet now.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Admission {
    /// Send it.
    Now,
    /// Let it wait.
    Later,
}

impl Pacer {
    /// Sets the pace: bits a second, and how much may leave at once.
    pub(crate) fn set_rate(&mut self, rate: f64, burst: Duration) {
        self.seconds_per_byte = 8.0 / rate;
        self.burst = burst;
    }

    /// Whether a packet of a picture may leave now.
    pub(crate) fn admit(&self, now: Duration) -> Admission {
        if self.waiting.is_empty() && self.paid_at <= now + self.burst {
            Admission::Now
        } else {
            Admission::Later
        }
    }

    /// A packet of any kind left.
    pub(crate) fn handle_sent(&mut self, now: Duration, size: usize) {
        if self.seconds_per_byte > 0.0 {
            let bytes = f64::from(size as u32 + OVERHEAD as u32);
            let cost = Duration::from_secs_f64(bytes * self.seconds_per_byte);
            self.paid_at = self.paid_at.max(now) + cost;
        }
    }

    /// Lets a packet wait; `false` if there are too many, and then all are given up.
    pub(crate) fn wait(&mut self, packet: Waiting) -> bool {
        if self.waiting.len() == MAX_WAITING {
            return false;
        }
        self.waiting.push_back(packet);
        true
    }

    /// The next packet that may leave.
    pub(crate) fn take(&mut self, now: Duration) -> Option<Waiting> {
        if self.paid_at > now + self.burst {
            return None;
        }
        self.waiting.pop_front()
    }

    /// When [`Self::take`] has the next.
    pub(crate) fn next_at(&self) -> Option<Duration> {
        let _first = self.waiting.front()?;
        Some(self.paid_at.saturating_sub(self.burst))
    }

    /// Whether the first one waits so long that its picture comes too late.
    pub(crate) fn is_stale(&self, now: Duration) -> bool {
        let first = self.waiting.front();
        first.is_some_and(|first| now.saturating_sub(first.since) > MAX_WAIT)
    }

    /// Whether no more can wait.
    pub(crate) fn is_full(&self) -> bool {
        self.waiting.len() == MAX_WAITING
    }

    /// How many packets wait.
    pub(crate) fn len(&self) -> usize {
        self.waiting.len()
    }

    /// Gives up everything that waits.
    pub(crate) fn give_up(&mut self) -> VecDeque<Waiting> {
        std::mem::take(&mut self.waiting)
    }
}

/// A keyframe of a large picture, and then some.
const MAX_WAITING: usize = 512;
/// The cache keeps packets for a second.
const MAX_WAIT: Duration = Duration::from_millis(600);

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    #[test]
    fn a_burst_leaves_at_once_and_the_rest_in_time() {
        let mut pacer = Pacer::default();
        pacer.set_rate(800e3, 10 * MS);
        // 10 ms of it are 1000 bytes.
        for _ in 0..3 {
            assert_eq!(pacer.admit(Duration::ZERO), Admission::Now);
            pacer.handle_sent(Duration::ZERO, 472);
        }

        assert_eq!(pacer.admit(Duration::ZERO), Admission::Later);
        assert!(pacer.wait(packet(Duration::ZERO)));
        assert_eq!(pacer.next_at(), Some(5 * MS));
        assert!(pacer.take(4 * MS).is_none());
        assert!(pacer.take(5 * MS).is_some());
    }

    #[test]
    fn nothing_overtakes_what_waits() {
        let mut pacer = Pacer::default();
        pacer.wait(packet(Duration::ZERO));

        assert_eq!(pacer.admit(100 * MS), Admission::Later);
    }

    #[test]
    fn without_a_rate_nothing_waits() {
        let mut pacer = Pacer::default();
        for _ in 0..10_000 {
            pacer.handle_sent(Duration::ZERO, 1200);
        }

        assert_eq!(pacer.admit(Duration::ZERO), Admission::Now);
    }

    #[test]
    fn what_waits_is_bounded_in_number_and_in_time() {
        let mut pacer = Pacer::default();
        while pacer.wait(packet(Duration::ZERO)) {}

        assert!(pacer.is_full());
        assert!(!pacer.is_stale(MAX_WAIT));
        assert!(pacer.is_stale(MAX_WAIT + MS));
    }

    fn packet(since: Duration) -> Waiting {
        Waiting {
            publication: PublicationId(1),
            layer: 0,
            sequence: 1,
            numbers: Rewritten {
                sequence: 1,
                timestamp: 1,
                marker: true,
                is_empty: false,
                picture: crate::codec::picture::PictureOffsets::default(),
            },
            since,
        }
    }
}
