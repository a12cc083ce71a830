//! How often a person may do a thing: a bucket of tokens that fills with time.

use std::time::{Duration, Instant};

/// What is left of somebody's allowance.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Budget {
    capacity: u32,
    every: Duration,
    tokens: u32,
    filled_at: Option<Instant>,
}

impl Budget {
    /// So many at once, and one more each `every`.
    pub(crate) fn new(capacity: u32, every: Duration) -> Self {
        Self {
            capacity,
            every,
            tokens: capacity,
            filled_at: None,
        }
    }

    /// Takes one, if there is one.
    pub(crate) fn take(&mut self, now: Instant) -> bool {
        let filled_at = *self.filled_at.get_or_insert(now);
        let gained = now.saturating_duration_since(filled_at).as_nanos() / self.every.as_nanos();
        let gained = u32::try_from(gained).unwrap_or(u32::MAX);
        if gained >= self.capacity - self.tokens {
            self.tokens = self.capacity;
            self.filled_at = Some(now);
        } else {
            self.tokens += gained;
            self.filled_at = Some(filled_at + self.every * gained);
        }
        match self.tokens.checked_sub(1) {
            Some(rest) => {
                self.tokens = rest;
                true
            }
            None => false,
        }
    }
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "any instant will do")]
mod tests {
    use super::*;

    #[test]
    fn a_burst_is_allowed_and_then_one_at_a_time() {
        let start = Instant::now();
        let mut budget = Budget::new(3, Duration::from_secs(1));

        assert!((0..3).all(|_| budget.take(start)));
        assert!(!budget.take(start));
        assert!(!budget.take(start + Duration::from_millis(999)));
        assert!(budget.take(start + Duration::from_secs(1)));
        assert!(!budget.take(start + Duration::from_secs(1)));
    }

    #[test]
    fn a_long_rest_gives_no_more_than_a_burst() {
        let start = Instant::now();
        let mut budget = Budget::new(3, Duration::from_secs(1));
        assert!(budget.take(start));

        let later = start + Duration::from_hours(1);

        assert!((0..3).all(|_| budget.take(later)));
        assert!(!budget.take(later));
    }
}
