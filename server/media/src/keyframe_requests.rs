//! How often a publisher is asked for a keyframe of one layer.
//!
//! A keyframe is several times as large as another picture. Fifty subscribers that lose the same
//! packet all ask; the publisher hears one of them, and no client can make it work without bound.

use std::time::{Duration, Instant};

/// The requests for one layer.
#[derive(Debug, Default)]
pub(crate) struct KeyframeRequests {
    asked_at: Option<Instant>,
    is_pending: bool,
}

impl KeyframeRequests {
    /// Whether to ask the publisher now. If it is too soon, the request is kept for later.
    pub(crate) fn request(&mut self, now: Instant) -> bool {
        let is_due = self.next_at().is_none_or(|at| at <= now);
        self.is_pending = !is_due;
        if is_due {
            self.asked_at = Some(now);
        }
        is_due
    }

    /// A keyframe came, whoever it was for.
    pub(crate) fn handle_keyframe(&mut self) {
        self.is_pending = false;
    }

    /// When [`Self::handle_timeout`] must be called next.
    pub(crate) fn poll_timeout(&self) -> Option<Instant> {
        self.next_at().filter(|_| self.is_pending)
    }

    /// Moves time on to `now` and says whether to ask.
    pub(crate) fn handle_timeout(&mut self, now: Instant) -> bool {
        self.is_pending && self.request(now)
    }

    fn next_at(&self) -> Option<Instant> {
        Some(self.asked_at? + MIN_INTERVAL)
    }
}

/// Two a second.
const MIN_INTERVAL: Duration = Duration::from_millis(500);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::epoch;

    #[test]
    fn requests_close_together_become_one_later() {
        let now = epoch();
        let mut requests = KeyframeRequests::default();

        assert!(requests.request(now));
        assert!(!requests.request(now + Duration::from_millis(10)));
        assert!(!requests.request(now + Duration::from_millis(20)));

        assert_eq!(requests.poll_timeout(), Some(now + MIN_INTERVAL));
        assert!(requests.handle_timeout(now + MIN_INTERVAL));
        assert!(!requests.handle_timeout(now + MIN_INTERVAL));
    }

    #[test]
    fn a_keyframe_that_comes_in_between_is_enough() {
        let now = epoch();
        let mut requests = KeyframeRequests::default();
        requests.request(now);
        requests.request(now);

        requests.handle_keyframe();

        assert_eq!(requests.poll_timeout(), None);
        assert!(!requests.handle_timeout(now + MIN_INTERVAL));
    }
}
