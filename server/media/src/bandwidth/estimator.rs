//! What one link can carry, from the fate of the packets sent over it.
//!
//! Three witnesses are heard. The trend of the delay ([`super::delay`]) says early that too much
//! is sent. The delay itself, against the shortest one seen, says how much waits in a queue and
//! so how much less must be sent until it is gone. Loss ([`super::loss`]) speaks up where a link
//! drops instead of queueing. While all are silent the estimate grows, by a share where the limit
//! is unknown and by steps near where it was met; but never far beyond what was really delivered:
//! for that there are probes ([`super::probe`]).
//!
//! Nothing here reads a clock. `now` counts from any fixed moment, the same as in the history.

use std::time::Duration;

use super::{
    delay::{DelayTrend, Usage},
    history::Acknowledged,
    loss::LossControl,
    probe::ProbeResults,
    rate::RateWindow,
};

/// The estimate for one transport. Rates are in bits a second on the wire, UDP and IP included.
#[derive(Debug)]
pub(crate) struct Estimator {
    trend: DelayTrend,
    loss: LossControl,
    results: ProbeResults,
    /// What arrives, on the receiver's clock: a steady figure and a quick one.
    delivered: RateWindow,
    delivered_lately: RateWindow,
    queue: QueueDelay,
    delay_based: f64,
    /// Where the link was full: mean and deviation.
    limit: Option<(f64, f64)>,
    decreased_at: Option<Duration>,
    increased_at: Duration,
    overused_at: Option<Duration>,
    round_trip: Duration,
    /// When the newest feedback came.
    heard_at: Option<Duration>,
}

/// The time packets wait on the way.
#[derive(Debug, Default)]
struct QueueDelay {
    /// The shortest delay of this and of the last stretch of time; the clocks at both ends differ,
    /// so only differences mean something. Microseconds.
    shortest: Option<i64>,
    shortest_before: Option<i64>,
    stretch_began: Duration,
    now: i64,
    /// Since when it is long, and how long it was then.
    standing: Option<(Duration, i64)>,
}

impl Estimator {
    /// Begins with a guess.
    pub(crate) fn new(first: f64) -> Self {
        Self {
            trend: DelayTrend::default(),
            loss: LossControl::default(),
            results: ProbeResults::default(),
            delivered: RateWindow::new(500),
            delivered_lately: RateWindow::new(200),
            queue: QueueDelay::default(),
            delay_based: first,
            limit: None,
            decreased_at: None,
            increased_at: Duration::ZERO,
            overused_at: None,
            round_trip: Duration::from_millis(100),
            heard_at: None,
        }
    }

    /// Takes what a feedback said that was new.
    pub(crate) fn handle_feedback(&mut self, now: Duration, told: &[Acknowledged]) {
        let Some(newest) = told.iter().rev().find(|one| one.arrived.is_some()) else {
            return;
        };
        self.heard_at = Some(now);
        let sent = Duration::from_micros(newest.sent);
        self.round_trip = now.saturating_sub(sent).min(MAX_ROUND_TRIP);
        let mut usage = Usage::Normal;
        let mut latest = 0;
        let mut shortest = i64::MAX;
        for one in told {
            let Some(arrived) = one.arrived else {
                continue;
            };
            let bytes = u64::from(one.size) + OVERHEAD;
            self.delivered.add(arrived, bytes);
            self.delivered_lately.add(arrived, bytes);
            self.trend.handle_packet(one.sent, arrived);
            if self.trend.usage() != Usage::Normal && usage != Usage::Over {
                usage = self.trend.usage();
            }
            shortest = shortest.min(arrived - one.sent.cast_signed());
            latest = latest.max(arrived);
            self.results.handle_packet(one, arrived);
        }
        self.queue.handle_feedback(now, shortest);
        let steady = self.delivered.rate(latest);
        let lately = self.delivered_lately.rate(latest).or(steady);
        self.steer(now, usage, steady, lately);
        let lost = told.iter().filter(|one| one.arrived.is_none()).count();
        let is_queueing = self.queue.now > SOME_QUEUE;
        self.loss.handle_packets(
            now,
            told.len() as u32,
            lost as u32,
            steady.unwrap_or(self.delay_based),
            is_queueing,
        );
        if let Some(measured) = self.results.take()
            && measured > self.delay_based
            && usage != Usage::Over
        {
            self.delay_based = measured.min(MAX);
            self.limit = None;
        }
    }

    /// What the link carries.
    pub(crate) fn estimate(&self) -> f64 {
        let bound = self.loss.bound().unwrap_or(MAX);
        self.delay_based.min(bound).clamp(MIN, MAX)
    }

    /// What may be sent now: less than the link carries while something waits to be delivered, so
    /// that the queue is gone within about a second.
    pub(crate) fn target(&self, now: Duration) -> f64 {
        let waiting = self.queue(now).saturating_sub(TOLERATED_QUEUE);
        let share = (1.0 - waiting.as_secs_f64() / DRAIN_TIME).max(0.0);
        self.estimate() * share
    }

    /// How long packets wait on the way, as far as is known.
    fn queue(&self, now: Duration) -> Duration {
        let queue = Duration::from_micros(self.queue.now.max(0).cast_unsigned());
        // What is heard of no more has moved on in the meantime.
        let since = now.saturating_sub(self.heard_at.unwrap_or_default());
        queue.saturating_sub(since.saturating_sub(FEEDBACK_INTERVAL))
    }

    /// From sending a packet until its fate is known.
    pub(crate) fn round_trip(&self) -> Duration {
        self.round_trip
    }

    /// Whether the link was full a moment ago: no time to try for more.
    pub(crate) fn is_congested(&self, now: Duration) -> bool {
        let is_recent = |at| now.saturating_sub(at) < CALM;
        let queue = self.queue(now).as_micros() as i64;
        queue > SOME_QUEUE || self.overused_at.is_some_and(is_recent)
    }

    /// Whether anything was ever heard from the other side.
    pub(crate) fn has_heard(&self) -> bool {
        self.heard_at.is_some()
    }

    /// Something was sent at `since`, and no feedback has come yet: the way there or the way back is
    /// broken.
    pub(crate) fn handle_silence(&mut self, now: Duration, since: Duration) {
        let since = self.decreased_at.map_or(since, |at| at.max(since));
        if now.saturating_sub(since) > SILENCE {
            self.delay_based = (self.delay_based / 2.0).max(MIN);
            self.decreased_at = Some(now);
        }
    }

    /// Takes a rate without a proof.
    pub(crate) fn trust(&mut self, rate: f64) {
        self.delay_based = self.delay_based.max(rate.min(MAX));
    }

    fn steer(&mut self, now: Duration, usage: Usage, steady: Option<f64>, lately: Option<f64>) {
        match usage {
            Usage::Over => {
                self.overused_at = Some(now);
                if let Some(lately) = lately {
                    self.decrease(now, lately);
                }
            }
            // The queue of another moment empties. Let it.
            Usage::Under => {}
            Usage::Normal if self.queue.now > SOME_QUEUE => {
                // It does not grow, but it stands: that is the rate at which it never empties.
                if self.queue.now > STANDING_QUEUE
                    && let Some(lately) = lately
                {
                    self.decrease(now, lately);
                }
            }
            Usage::Normal => self.increase(now, steady),
        }
    }

    fn decrease(&mut self, now: Duration, delivered: f64) {
        let is_soon = |at| now.saturating_sub(at) < self.round_trip + BETWEEN_DECREASES;
        if self.decreased_at.is_some_and(is_soon) {
            return;
        }
        // With a queue the link was busy, and what it delivered is all it can. Without, there may
        // just have been little to send.
        let carried = if self.queue.now > SOME_QUEUE {
            delivered
        } else {
            delivered.max(self.delay_based * DECREASE)
        };
        self.delay_based = self.delay_based.min(carried * DECREASE).max(MIN);
        self.decreased_at = Some(now);
        let (mean, deviation) = self.limit.unwrap_or((delivered, delivered * 0.1));
        let error = (delivered - mean).abs();
        self.limit = Some(if error > 3.0 * deviation {
            (delivered, delivered * 0.1)
        } else {
            (
                mean + 0.2 * (delivered - mean),
                deviation + 0.2 * (error - deviation),
            )
        });
    }

    fn increase(&mut self, now: Duration, delivered: Option<f64>) {
        let passed = now.saturating_sub(self.increased_at).min(LONGEST_STEP);
        self.increased_at = now;
        let Some(delivered) = delivered else {
            return;
        };
        if let Some((mean, deviation)) = self.limit
            && delivered > mean + 3.0 * deviation.max(mean * 0.05)
        {
            self.limit = None;
        }
        let grown = if self.limit.is_some() {
            // A packet a round trip.
            let response = self.round_trip + Duration::from_millis(100);
            let slope = (PACKET_BITS / response.as_secs_f64()).max(MIN_SLOPE);
            self.delay_based + slope * passed.as_secs_f64()
        } else {
            self.delay_based * GROWTH.powf(passed.as_secs_f64())
        };
        let limit = delivered * BEYOND_DELIVERED + 10_000.0;
        self.delay_based = self.delay_based.max(grown.min(limit)).min(MAX);
    }
}

impl QueueDelay {
    fn handle_feedback(&mut self, now: Duration, delay: i64) {
        if now.saturating_sub(self.stretch_began) > STRETCH {
            self.stretch_began = now;
            self.shortest_before = self.shortest.take();
        }
        let shortest = self.shortest.map_or(delay, |shortest| shortest.min(delay));
        self.shortest = Some(shortest);
        let base = self
            .shortest_before
            .map_or(shortest, |before| before.min(shortest));
        self.now = delay - base;
        self.standing = match self.standing {
            _ if self.now < STANDING_QUEUE => None,
            None => Some((now, delay)),
            Some((since, first)) if now.saturating_sub(since) > PATIENCE => {
                if delay > first - SOME_QUEUE / 2 {
                    // Less was sent and nothing changed: it is no queue, the way is longer now.
                    self.shortest = Some(delay);
                    self.shortest_before = None;
                    self.now = 0;
                }
                Some((now, delay))
            }
            standing => standing,
        };
    }
}

/// Bytes of UDP and IPv4 on each packet.
pub(crate) const OVERHEAD: u64 = 28;
/// Less than any audio needs: below it nothing is to be gained.
const MIN: f64 = 30e3;
/// More than a browser sends or takes in one session.
const MAX: f64 = 200e6;
const MAX_ROUND_TRIP: Duration = Duration::from_secs(2);
/// Microseconds: more than jitter, less than anybody notices.
const SOME_QUEUE: i64 = 50_000;
const STANDING_QUEUE: i64 = 120_000;
const TOLERATED_QUEUE: Duration = Duration::from_millis(100);
/// For a queue to shrink when less is sent.
const PATIENCE: Duration = Duration::from_secs(2);
/// The longest that browsers let pass between two feedbacks while packets come.
const FEEDBACK_INTERVAL: Duration = Duration::from_millis(250);
/// Seconds.
const DRAIN_TIME: f64 = 0.7;
const CALM: Duration = Duration::from_secs(1);
const SILENCE: Duration = Duration::from_millis(800);
const BETWEEN_DECREASES: Duration = Duration::from_millis(50);
const DECREASE: f64 = 0.85;
/// In a second.
const GROWTH: f64 = 1.08;
const BEYOND_DELIVERED: f64 = 1.5;
const LONGEST_STEP: Duration = Duration::from_secs(1);
const PACKET_BITS: f64 = 9_600.0;
const MIN_SLOPE: f64 = 4_000.0;
/// How long a shortest delay is believed: clocks drift by some milliseconds in that time.
const STRETCH: Duration = Duration::from_secs(30);
