//! How many bits a second a stream takes of a link, and how many each depth of it would.
//!
//! Measured from second to second on what arrives; nobody's word is taken for it.

use std::time::{Duration, Instant};

use crate::command::Depth;

/// The rate of one stream.
#[derive(Clone, Debug, Default)]
pub(crate) struct StreamRate {
    since: Option<Instant>,
    /// Bytes by spatial and temporal layer since then.
    bytes: [[u32; SIDE]; SIDE],
    /// Bits a second of each; `None` before the first second is over.
    rates: Option<[[f64; SIDE]; SIDE]>,
}

impl StreamRate {
    /// Counts a packet.
    pub(crate) fn handle_packet(&mut self, now: Instant, depth: Depth, payload: usize) {
        let since = *self.since.get_or_insert(now);
        let passed = now.saturating_duration_since(since);
        if passed >= MEASURED {
            self.settle(passed);
            self.since = Some(now);
        }
        let place = &mut self.bytes[index(depth.spatial)][index(depth.temporal)];
        *place = place.saturating_add(payload as u32 + PACKET_OVERHEAD);
    }

    /// All of it.
    pub(crate) fn whole(&self) -> Option<f64> {
        Some(self.rates?.iter().flatten().sum())
    }

    /// The smallest size at the lowest rate of pictures, if there are others.
    pub(crate) fn of_base(&self) -> Option<f64> {
        let sizes = self.rates?;
        let lowest = sizes.iter().find(|size| size.iter().sum::<f64>() > 0.0)?;
        (lowest[1..].iter().sum::<f64>() > 0.0).then_some(lowest[0])
    }

    /// Adds what can be sent of it, the least first.
    pub(crate) fn add_steps(&self, usual: f64, steps: &mut Vec<(Depth, f64)>) {
        let Some(sizes) = self.rates else {
            steps.push((Depth::ALL, usual));
            return;
        };
        let used = |size: &usize| sizes[*size].iter().sum::<f64>() > 0.0;
        let is_single = (0..SIDE).filter(used).count() == 1;
        let mut sum = 0.0;
        for spatial in (0..SIDE).filter(used) {
            let size = if is_single {
                Depth::ALL
            } else {
                Depth::of_size(spatial as u8)
            };
            if steps.is_empty()
                && let Some(rate) = self.of_base()
            {
                steps.push((
                    Depth {
                        temporal: 0,
                        ..size
                    },
                    rate,
                ));
            }
            sum += sizes[spatial].iter().sum::<f64>();
            steps.push((size, sum));
        }
        if steps.is_empty() {
            steps.push((Depth::ALL, 0.0));
        }
    }

    fn settle(&mut self, passed: Duration) {
        let bytes = std::mem::take(&mut self.bytes);
        let rates =
            bytes.map(|size| size.map(|bytes| f64::from(bytes) * 8.0 / passed.as_secs_f64()));
        self.rates = Some(match self.rates {
            None => rates,
            // A keyframe must not make it look larger than it is for long.
            Some(mut before) => {
                for (before, rate) in before.iter_mut().flatten().zip(rates.iter().flatten()) {
                    *before = *before * 0.6 + rate * 0.4;
                    if *before < NOTHING {
                        *before = 0.0;
                    }
                }
                before
            }
        });
    }
}

fn index(layer: u8) -> usize {
    usize::from(layer).min(SIDE - 1)
}

const SIDE: usize = 4;
const MEASURED: Duration = Duration::from_secs(1);
/// Bytes of IP, UDP, RTP with extensions, and SRTP on each packet.
const PACKET_OVERHEAD: u32 = 28 + 32 + 16;
/// Bits a second of a layer that is no longer sent.
const NOTHING: f64 = 100.0;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::epoch;

    #[test]
    fn a_stream_has_the_rate_it_was_seen_to_have() {
        let mut rate = StreamRate::default();
        assert_eq!(rate.whole(), None);

        play(&mut rate, |_| Depth::default());

        let whole = rate.whole().unwrap();
        assert!((390e3..410e3).contains(&whole), "{whole}");
        assert_eq!(rate.of_base(), None);
    }

    #[test]
    fn half_of_the_pictures_take_half_of_the_rate() {
        let mut rate = StreamRate::default();
        play(&mut rate, |n| Depth {
            spatial: 0,
            temporal: (n % 2) as u8,
        });
        let mut steps = Vec::new();

        rate.add_steps(1.0, &mut steps);

        let [(base, half), (all, whole)] = &steps[..] else {
            panic!("{steps:?}");
        };
        assert_eq!((base.temporal, *all), (0, Depth::ALL));
        assert!((half * 2.0 - whole).abs() < 10e3, "{steps:?}");
    }

    #[test]
    fn larger_sizes_hold_the_smaller() {
        let mut rate = StreamRate::default();
        play(&mut rate, |n| Depth {
            spatial: (n % 2) as u8,
            temporal: 0,
        });
        let mut steps = Vec::new();

        rate.add_steps(1.0, &mut steps);

        let depths: Vec<_> = steps.iter().map(|(depth, _)| *depth).collect();
        assert_eq!(depths, [Depth::of_size(0), Depth::of_size(1)]);
        assert!((steps[0].1 * 2.0 - steps[1].1).abs() < 10e3, "{steps:?}");
    }

    /// Five seconds of 50 packets a second of a kilobyte each.
    fn play(rate: &mut StreamRate, depth: impl Fn(u32) -> Depth) {
        for n in 0..250 {
            let now = epoch_plus(n);
            rate.handle_packet(now, depth(n), 1_000 - 76);
        }
    }

    fn epoch_plus(n: u32) -> Instant {
        static START: std::sync::OnceLock<Instant> = std::sync::OnceLock::new();
        *START.get_or_init(epoch) + Duration::from_millis(20) * n
    }
}
