//! A link in virtual time for tests: a rate, a queue of limited length, a way to go, and loss.

use std::time::Duration;

use rand::{Rng as _, SeedableRng as _, rngs::StdRng};

use super::estimator::OVERHEAD;

/// A link in one direction.
#[derive(Debug)]
pub(crate) struct Link {
    /// Bits a second.
    pub(crate) rate: f64,
    /// How long a packet may wait in the queue; what would wait longer is dropped.
    pub(crate) queue: Duration,
    /// The way after the queue.
    pub(crate) latency: Duration,
    /// How many in a hundred are lost on that way.
    pub(crate) loss_percent: f64,
    free_at: Duration,
    rng: StdRng,
}

impl Link {
    /// A link of so many bits a second, with 50 ms of latency and a queue of a second.
    pub(crate) fn new(rate: f64, seed: u64) -> Self {
        Self {
            rate,
            queue: Duration::from_secs(1),
            latency: Duration::from_millis(50),
            loss_percent: 0.0,
            free_at: Duration::ZERO,
            rng: StdRng::seed_from_u64(seed),
        }
    }

    /// When a packet of so many bytes, UDP payload, arrives; `None` if it does not.
    pub(crate) fn send(&mut self, now: Duration, size: usize) -> Option<Duration> {
        if self.waiting(now) > self.queue {
            return None;
        }
        let bits = f64::from(size as u32 + OVERHEAD as u32) * 8.0;
        self.free_at = self.free_at.max(now) + Duration::from_secs_f64(bits / self.rate);
        let is_lost = self.rng.random::<f64>() * 100.0 < self.loss_percent;
        (!is_lost).then_some(self.free_at + self.latency)
    }

    /// How long a packet sent now waits.
    pub(crate) fn waiting(&self, now: Duration) -> Duration {
        self.free_at.saturating_sub(now)
    }
}
