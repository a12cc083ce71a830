//! How long things took: counts by microsecond, so that adding one is one addition.

use std::time::Duration;

/// The delays of many packets, or of many joins.
#[derive(Clone, Debug)]
pub(crate) struct Delays {
    /// How many took that many microseconds; the last place is for all that took longer.
    counts: Vec<u32>,
}

impl Delays {
    /// What takes longer than the longest counts as taking that long.
    pub(crate) fn new(longest: Duration) -> Self {
        Self {
            counts: vec![0; longest.as_micros() as usize + 1],
        }
    }

    pub(crate) fn add(&mut self, nanoseconds: u64) {
        let place = ((nanoseconds / 1_000) as usize).min(self.counts.len() - 1);
        self.counts[place] += 1;
    }

    /// The delay in milliseconds that this share of the packets did not exceed.
    pub(crate) fn quantile_ms(&self, share: f64) -> Option<f64> {
        let total: u64 = self.counts.iter().map(|count| u64::from(*count)).sum();
        let wanted = ((total as f64 * share).ceil() as u64).max(1);
        let mut seen = 0;
        let place = self.counts.iter().position(|count| {
            seen += u64::from(*count);
            seen >= wanted
        })?;
        Some(place as f64 / 1_000.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn a_quantile_is_the_delay_that_so_many_did_not_exceed() {
        let mut delays = Delays::new(SECOND);
        for milliseconds in 1..=100 {
            delays.add(milliseconds * 1_000_000);
        }

        assert_eq!(delays.quantile_ms(0.5), Some(50.0));
        assert_eq!(delays.quantile_ms(0.99), Some(99.0));
    }

    #[test]
    fn without_packets_there_is_no_delay() {
        assert_eq!(Delays::new(SECOND).quantile_ms(0.5), None);
    }
}
