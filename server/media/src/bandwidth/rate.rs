//! How many bits a second went by lately.

use std::collections::VecDeque;

/// Bytes in a window of time that moves on, in steps of [`STEP`].
#[derive(Debug)]
pub(crate) struct RateWindow {
    /// In microseconds.
    length: i64,
    /// The step's number and its bytes.
    steps: VecDeque<(i64, u64)>,
    bytes: u64,
    start: Option<i64>,
}

impl RateWindow {
    /// A window of so many milliseconds.
    pub(crate) fn new(length_ms: i64) -> Self {
        Self {
            length: length_ms * 1_000,
            steps: VecDeque::new(),
            bytes: 0,
            start: None,
        }
    }

    /// Counts bytes at a time in microseconds.
    pub(crate) fn add(&mut self, at: i64, bytes: u64) {
        self.start.get_or_insert(at);
        let step = at.div_euclid(STEP);
        match self.steps.back_mut() {
            // What is a little late counts as just now.
            Some((last, sum)) if *last >= step => *sum += bytes,
            _ => self.steps.push_back((step, bytes)),
        }
        self.bytes += bytes;
        self.forget(at);
    }

    /// Bits a second; `None` before half a window has passed.
    #[expect(clippy::cast_precision_loss, reason = "a window's bytes fit")]
    pub(crate) fn rate(&mut self, now: i64) -> Option<f64> {
        self.forget(now);
        let length = (now - self.start?).min(self.length);
        (length * 2 >= self.length).then(|| self.bytes as f64 * 8e6 / length as f64)
    }

    fn forget(&mut self, now: i64) {
        let oldest = (now - self.length).div_euclid(STEP);
        while let Some(&(step, bytes)) = self.steps.front()
            && step <= oldest
        {
            self.steps.pop_front();
            self.bytes -= bytes;
        }
    }
}

/// Microseconds.
const STEP: i64 = 10_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_steady_stream_has_its_rate() {
        let mut window = RateWindow::new(500);
        for n in 0..100 {
            window.add(n * 10_000, 1_000);
        }

        let rate = window.rate(1_000_000).unwrap();

        assert!((780e3..820e3).contains(&rate), "{rate}");
    }

    #[test]
    fn what_is_past_is_forgotten() {
        let mut window = RateWindow::new(500);
        for n in 0..100 {
            window.add(n * 10_000, 1_000);
        }

        assert_eq!(window.rate(2_000_000), Some(0.0));
        assert!(window.steps.is_empty());
    }

    #[test]
    fn nothing_is_said_too_soon() {
        let mut window = RateWindow::new(500);
        window.add(0, 1_000);

        assert_eq!(window.rate(100_000), None);
    }
}
