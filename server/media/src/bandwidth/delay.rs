//! Finds out from arrival times whether a queue grows somewhere on the way.
//!
//! Packets that were sent together are one group. If one group arrives farther behind the last
//! than it was sent, a queue grew by the difference. The slope of the sum of these differences
//! says whether it goes on growing (the trendline of "Analysis and Design of the Google Congestion
//! Control", Carlucci et al. 2017, with the constants of libwebrtc); a threshold that follows the
//! usual slope keeps a path that is only uneven from being taken for a full one.

use std::collections::VecDeque;

/// What the slope says of the link.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) enum Usage {
    /// A queue shrinks: what waits is being delivered.
    Under,
    /// No queue changes.
    #[default]
    Normal,
    /// A queue grows: more is sent than the link carries.
    Over,
}

/// The trend of the delay of one transport.
#[derive(Debug)]
pub(crate) struct DelayTrend {
    group: Option<Group>,
    before: Option<Group>,
    /// Arrival times and sums of differences, in milliseconds.
    points: VecDeque<(f64, f64)>,
    differences: u32,
    sum: f64,
    smoothed: f64,
    threshold: f64,
    threshold_at: Option<f64>,
    /// For how long the slope was over the threshold, in milliseconds, and how often.
    over: Option<(f64, u32)>,
    slope: f64,
    usage: Usage,
}

/// Packets sent together; times in milliseconds on their own clocks.
#[derive(Clone, Copy, Debug)]
struct Group {
    first_sent: f64,
    last_sent: f64,
    first_arrived: f64,
    last_arrived: f64,
}

impl DelayTrend {
    /// Takes a packet that arrived, in order of sending. Microseconds on the two clocks.
    pub(crate) fn handle_packet(&mut self, sent: u64, arrived: i64) {
        #[expect(clippy::cast_precision_loss, reason = "centuries of microseconds fit")]
        let (sent, arrived) = (sent as f64 / 1e3, arrived as f64 / 1e3);
        let Some(group) = &mut self.group else {
            self.group = Some(Group::new(sent, arrived));
            return;
        };
        if sent < group.first_sent {
            return;
        }
        if group.takes(sent, arrived) {
            group.last_sent = group.last_sent.max(sent);
            group.last_arrived = group.last_arrived.max(arrived);
            return;
        }
        let complete = std::mem::replace(group, Group::new(sent, arrived));
        if let Some(before) = self.before.replace(complete) {
            self.handle_groups(&before, &complete);
        }
    }

    /// What the last groups showed.
    pub(crate) fn usage(&self) -> Usage {
        self.usage
    }

    fn handle_groups(&mut self, before: &Group, group: &Group) {
        let apart = group.last_sent - before.last_sent;
        let difference = group.last_arrived - before.last_arrived - apart;
        if difference.abs() > LEAP {
            // The clock of the receiver was set, or the path stood still: begin anew.
            *self = Self::default();
            return;
        }
        self.differences += 1;
        self.sum += difference;
        self.smoothed = SMOOTHING * self.smoothed + (1.0 - SMOOTHING) * self.sum;
        self.points.push_back((group.last_arrived, self.smoothed));
        if self.points.len() > POINTS {
            self.points.pop_front();
        }
        let slope = if self.points.len() == POINTS {
            slope(&self.points)
        } else {
            self.slope
        };
        self.judge(apart, slope, group.last_arrived);
    }

    fn judge(&mut self, apart: f64, slope: f64, now: f64) {
        let weight = f64::from(self.differences.min(MAX_WEIGHT));
        let trend = weight * slope * GAIN;
        if trend > self.threshold {
            let (time, count) = self
                .over
                .map_or((apart / 2.0, 1), |(time, count)| (time + apart, count + 1));
            self.over = Some((time, count));
            if time > OVERUSE_TIME && count > 1 && slope >= self.slope {
                self.over = Some((0.0, 0));
                self.usage = Usage::Over;
            }
        } else {
            self.over = None;
            self.usage = if trend < -self.threshold {
                Usage::Under
            } else {
                Usage::Normal
            };
        }
        self.slope = slope;
        self.follow(trend.abs(), now);
    }

    /// Moves the threshold towards the usual slope, quickly down and slowly up.
    fn follow(&mut self, trend: f64, now: f64) {
        let passed = (now - self.threshold_at.replace(now).unwrap_or(now)).clamp(0.0, 100.0);
        if trend > self.threshold + OUTLIER {
            return;
        }
        let speed = if trend < self.threshold {
            0.039
        } else {
            0.0087
        };
        self.threshold += speed * (trend - self.threshold) * passed;
        self.threshold = self.threshold.clamp(6.0, 600.0);
    }
}

impl Default for DelayTrend {
    fn default() -> Self {
        Self {
            group: None,
            before: None,
            points: VecDeque::new(),
            differences: 0,
            sum: 0.0,
            smoothed: 0.0,
            threshold: FIRST_THRESHOLD,
            threshold_at: None,
            over: None,
            slope: 0.0,
            usage: Usage::Normal,
        }
    }
}

impl Group {
    fn new(sent: f64, arrived: f64) -> Self {
        Self {
            first_sent: sent,
            last_sent: sent,
            first_arrived: arrived,
            last_arrived: arrived,
        }
    }

    /// Whether a packet belongs to it: sent right after, or held back and delivered with it.
    fn takes(&self, sent: f64, arrived: f64) -> bool {
        if sent - self.first_sent <= TOGETHER {
            return true;
        }
        let arrived_apart = arrived - self.last_arrived;
        let grew = arrived_apart - (sent - self.last_sent);
        grew < 0.0 && arrived_apart <= TOGETHER && arrived - self.first_arrived < MAX_BURST
    }
}

/// The slope of the line that fits best.
fn slope(points: &VecDeque<(f64, f64)>) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "there are twenty")]
    let count = points.len() as f64;
    let (x_sum, y_sum) = points
        .iter()
        .fold((0.0, 0.0), |(xs, ys), (x, y)| (xs + x, ys + y));
    let (x_mean, y_mean) = (x_sum / count, y_sum / count);
    let (over, under) = points.iter().fold((0.0, 0.0), |(over, under), (x, y)| {
        let apart = x - x_mean;
        (over + apart * (y - y_mean), under + apart * apart)
    });
    if under > 0.0 { over / under } else { 0.0 }
}

/// Milliseconds, here and below.
const TOGETHER: f64 = 5.0;
const MAX_BURST: f64 = 100.0;
const LEAP: f64 = 3_000.0;
const SMOOTHING: f64 = 0.9;
const POINTS: usize = 20;
const GAIN: f64 = 4.0;
const MAX_WEIGHT: u32 = 60;
const FIRST_THRESHOLD: f64 = 12.5;
const OUTLIER: f64 = 15.0;
const OVERUSE_TIME: f64 = 10.0;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_even_path_is_normal() {
        let mut trend = DelayTrend::default();

        assert!(!play(&mut trend, 0..300, |n| n * 20_000 + 40_000));
    }

    #[test]
    fn a_queue_that_grows_is_noticed_within_half_a_second() {
        let mut trend = DelayTrend::default();
        play(&mut trend, 0..100, |n| n * 20_000 + 40_000);

        // A tenth more than the link carries.
        assert!(play(&mut trend, 100..125, |n| {
            n * 20_000 + 40_000 + (n - 100) * 2_000
        }));
    }

    #[test]
    fn jitter_alone_is_no_queue() {
        let mut trend = DelayTrend::default();

        assert!(!play(&mut trend, 0..2_000, |n| {
            n * 20_000 + 40_000 + n * 7_919 % 13 * 1_000
        }));
    }

    #[test]
    fn what_was_held_back_and_comes_at_once_is_one_group() {
        let mut trend = DelayTrend::default();
        play(&mut trend, 0..100, |n| n * 20_000 + 40_000);

        // Nothing comes for 100 ms, as when a phone changes its antenna.
        assert!(!play(&mut trend, 100..110, |n| (n * 20_000 + 40_000)
            .max(2_180_000)));
    }

    /// Packets 20 ms apart; whether an overuse was seen.
    fn play(
        trend: &mut DelayTrend,
        packets: std::ops::Range<i64>,
        arrival: impl Fn(i64) -> i64,
    ) -> bool {
        packets.fold(false, |seen, n| {
            trend.handle_packet(n.cast_unsigned() * 20_000, arrival(n));
            seen | (trend.usage() == Usage::Over)
        })
    }
}
