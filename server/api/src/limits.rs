//! Limits on attempts, kept in memory: who guesses passwords or codes soon has to wait.
//!
//! Each key (an e-mail, an address) has a bucket of attempts that refills steadily, so nobody is
//! locked out for long, an attacked person included.

use std::{collections::HashMap, hash::Hash, sync::Mutex};

use jiff::{SignedDuration, Timestamp};

/// Buckets of attempts, one for each key.
#[derive(Debug)]
pub(crate) struct Limit<K> {
    burst: u32,
    refill: SignedDuration,
    buckets: Mutex<HashMap<K, Bucket>>,
}

impl<K: Clone + Eq + Hash> Limit<K> {
    /// Allows `burst` attempts at once and one more for every `refill` that passes.
    pub(crate) fn new(burst: u32, refill: SignedDuration) -> Self {
        Self {
            burst,
            refill,
            buckets: Mutex::default(),
        }
    }

    /// Takes one attempt, or says how long to wait for the next.
    pub(crate) fn take(&self, now: Timestamp, key: &K) -> Result<(), SignedDuration> {
        let mut buckets = self.buckets.lock().expect("nothing panics under the lock");
        if buckets.len() >= MOST_KEYS {
            buckets.retain(|_, bucket| self.refilled(bucket, now).left < self.burst);
        }
        let bucket = buckets.entry(key.clone()).or_insert(Bucket {
            left: self.burst,
            since: now,
        });
        *bucket = self.refilled(bucket, now);
        if bucket.left == 0 {
            let waited = now.duration_since(bucket.since);
            return Err(self.refill.saturating_sub(waited));
        }
        if bucket.left == self.burst {
            bucket.since = now;
        }
        bucket.left -= 1;
        Ok(())
    }

    /// Gives an attempt back: it was no guess.
    pub(crate) fn give_back(&self, key: &K) {
        let mut buckets = self.buckets.lock().expect("nothing panics under the lock");
        if let Some(bucket) = buckets.get_mut(key) {
            bucket.left = (bucket.left + 1).min(self.burst);
        }
    }

    fn refilled(&self, bucket: &Bucket, now: Timestamp) -> Bucket {
        let passed = now.duration_since(bucket.since).max(SignedDuration::ZERO);
        let whole = passed.as_millis() / self.refill.as_millis();
        let left = i128::from(bucket.left) + whole;
        if left >= i128::from(self.burst) {
            return Bucket {
                left: self.burst,
                since: now,
            };
        }
        let whole = u32::try_from(whole).expect("less than the burst");
        Bucket {
            left: bucket.left + whole,
            since: bucket.since + self.refill * i32::try_from(whole).expect("less than the burst"),
        }
    }
}

#[derive(Clone, Copy, Debug)]
struct Bucket {
    left: u32,
    /// When the last whole attempt came back.
    since: Timestamp,
}

/// Above this many keys the full buckets are forgotten; about 2 MB.
const MOST_KEYS: usize = 20_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn after_the_burst_one_has_to_wait_for_a_refill() {
        let limit = Limit::new(3, SignedDuration::from_secs(30));
        let start = Timestamp::UNIX_EPOCH;
        for _ in 0..3 {
            assert_eq!(limit.take(start, &"a"), Ok(()));
        }

        assert_eq!(
            limit.take(start + SignedDuration::from_secs(10), &"a"),
            Err(SignedDuration::from_secs(20))
        );
        let refilled = start + SignedDuration::from_secs(30);
        assert_eq!(limit.take(refilled, &"a"), Ok(()));
        assert!(limit.take(refilled, &"a").is_err());
    }

    #[test]
    fn keys_do_not_share_a_bucket() {
        let limit = Limit::new(1, SignedDuration::from_secs(30));
        let now = Timestamp::UNIX_EPOCH;

        assert_eq!(limit.take(now, &"a"), Ok(()));
        assert_eq!(limit.take(now, &"b"), Ok(()));
        assert!(limit.take(now, &"a").is_err());
    }

    #[test]
    fn an_attempt_that_succeeded_costs_nothing() {
        let limit = Limit::new(1, SignedDuration::from_secs(30));
        let now = Timestamp::UNIX_EPOCH;

        for _ in 0..10 {
            assert_eq!(limit.take(now, &"a"), Ok(()));
            limit.give_back(&"a");
        }
    }
}
