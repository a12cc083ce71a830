//! What time a source's timestamps mean.
//!
//! A publisher stamps all its sources with one clock of its own (the NTP part of its sender
//! reports). Subscribers are told in that same clock, extrapolated to now. So sound and picture of
//! one participant share a time base exactly, and the browser can keep lips and voice together
//! whatever the two clocks at both ends of the line do.

use std::time::{Duration, Instant};

/// The newest sender report of a source.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SourceClock {
    ntp: u64,
    rtp: u32,
    at: Instant,
    rate: u32,
}

impl SourceClock {
    /// Takes a sender report that arrived at `at`, of a source with `rate` ticks a second.
    pub(crate) fn new(ntp: u64, rtp: u32, at: Instant, rate: u32) -> Self {
        Self { ntp, rtp, at, rate }
    }

    /// The publisher's clock and the source's timestamp at `now`.
    pub(crate) fn at(&self, now: Instant) -> (u64, u32) {
        let passed = now.saturating_duration_since(self.at);
        (
            self.ntp.wrapping_add(ntp_duration(passed)),
            self.rtp.wrapping_add(ticks(passed, self.rate)),
        )
    }

    /// The timestamp offset under which `self` says the same time as `other` under `offset`.
    pub(crate) fn align(&self, other: &Self, offset: u32) -> u32 {
        // How far the publisher's clock went from the other's report to this one; either may be
        // the older.
        let apart = self.ntp.wrapping_sub(other.ntp).cast_signed();
        let ticks = (i128::from(apart) * i128::from(self.rate)) >> 32;
        other
            .rtp
            .wrapping_add(ticks.cast_unsigned() as u32)
            .wrapping_sub(self.rtp)
            .wrapping_add(offset)
    }

    /// The middle of the NTP time, by which a receiver report names this sender report.
    pub(crate) fn compact(&self) -> u32 {
        compact_ntp(self.ntp)
    }

    /// How long ago the report arrived, in the units of a receiver report.
    pub(crate) fn delay(&self, now: Instant) -> u32 {
        compact_duration(now.saturating_duration_since(self.at))
    }
}

/// The middle 32 bits of an NTP time.
pub(crate) fn compact_ntp(ntp: u64) -> u32 {
    (ntp >> 16) as u32
}

/// A duration in 1/65536 seconds.
fn compact_duration(duration: Duration) -> u32 {
    (ntp_duration(duration) >> 16) as u32
}

/// The other way round.
pub(crate) fn from_compact(compact: u32) -> Duration {
    Duration::from_nanos((u64::from(compact) * 1_000_000_000) >> 16)
}

/// The absolute send time of the header extension: 6 bits of seconds, 18 of fractions.
pub(crate) fn abs_send_time(since_start: Duration) -> u32 {
    (ntp_duration(since_start) >> 14) as u32 & 0x00FF_FFFF
}

fn ntp_duration(duration: Duration) -> u64 {
    let fraction = (u64::from(duration.subsec_nanos()) << 32) / 1_000_000_000;
    duration.as_secs() << 32 | fraction
}

fn ticks(duration: Duration, rate: u32) -> u32 {
    (duration.as_micros() * u128::from(rate) / 1_000_000) as u32
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::epoch;

    const SECOND: u64 = 1 << 32;

    #[test]
    fn sound_and_picture_of_one_moment_stay_at_one_moment() {
        let start = epoch();
        let audio = SourceClock::new(100 * SECOND, 5_000, start, 48_000);
        let video_report = start + Duration::from_millis(300);
        let video = SourceClock::new(100 * SECOND + SECOND / 2, 9_000, video_report, 90_000);
        let now = start + Duration::from_secs(2);

        let (audio_time, audio_stamp) = audio.at(now);
        let (video_time, video_stamp) = video.at(now);

        // Both lines must still go through the points the publisher reported.
        let micros = |ntp: u64| (ntp * 1_000) >> 22;
        let audio_passed = u64::from(audio_stamp - 5_000) * 1_024_000 / 48_000;
        let video_passed = u64::from(video_stamp - 9_000) * 1_024_000 / 90_000;
        let audio_expected = micros(audio_time - 100 * SECOND);
        let video_expected = micros(video_time - 100 * SECOND - SECOND / 2);
        assert!(audio_expected.abs_diff(audio_passed) < 50);
        assert!(video_expected.abs_diff(video_passed) < 50);
    }

    #[test]
    fn aligned_layers_say_the_same_time() {
        let now = epoch();
        let small = SourceClock::new(10 * SECOND, 1_000, now, 90_000);
        let large = SourceClock::new(12 * SECOND, 500_000, now, 90_000);

        let offset = large.align(&small, 77);

        // At 12 s the small layer is at 1,000 + 180,000, and is sent 77 later.
        assert_eq!(500_000u32.wrapping_add(offset), 181_077);
        let back = small.align(&large, offset);
        assert_eq!(back, 77);
    }

    #[test]
    fn the_send_time_wraps_after_64_seconds() {
        assert_eq!(abs_send_time(Duration::from_secs(1)), 1 << 18);
        assert_eq!(abs_send_time(Duration::from_secs(65)), 1 << 18);
    }
}
