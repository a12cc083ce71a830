//! A token bucket: how fast one client may speak.

use std::time::Duration;

use tokio::time::Instant;

/// Lets a burst through and then one message at an interval.
#[derive(Debug)]
pub(crate) struct Bucket {
    interval: Duration,
    burst: u32,
    /// When the bucket would be full again, were nothing more taken.
    full_at: Instant,
}

impl Bucket {
    /// A full bucket.
    pub(crate) fn new(now: Instant, per_second: u32, burst: u32) -> Self {
        Self {
            interval: Duration::from_secs(1) / per_second,
            burst,
            full_at: now,
        }
    }

    /// When the next message may be taken; not before `now`.
    pub(crate) fn ready_at(&self, now: Instant) -> Instant {
        let free = self.interval * (self.burst - 1);
        self.full_at
            .checked_sub(free)
            .map_or(now, |ready| ready.max(now))
    }

    /// A message was taken.
    pub(crate) fn take(&mut self, now: Instant) {
        self.full_at = self.full_at.max(now) + self.interval;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_burst_passes_and_then_the_rate_holds() {
        let now = Instant::now();
        let mut bucket = Bucket::new(now, 50, 100);

        for _ in 0..100 {
            assert_eq!(bucket.ready_at(now), now);
            bucket.take(now);
        }

        assert_eq!(bucket.ready_at(now), now + Duration::from_millis(20));
        let later = now + Duration::from_secs(1);
        assert_eq!(bucket.ready_at(later), later);
    }
}
