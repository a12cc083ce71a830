//! Short bursts that show whether a link carries more than is sent over it.
//!
//! Nothing can be learned of a link above the rate that is sent. So when there is more to send
//! than the estimate allows and the link is not full, a few packets go out closer together. How far
//! apart they arrive is the answer. A success is followed by a burst twice as fast at once; after a
//! failure the next one waits, longer each time.

use std::{num::NonZeroU8, time::Duration};

use super::{
    estimator::OVERHEAD,
    history::{Acknowledged, Cluster},
};

/// When and how fast to probe one transport.
#[derive(Debug)]
pub(crate) struct Prober {
    state: State,
    cluster: NonZeroU8,
    pause: Duration,
}

#[derive(Clone, Copy, Debug)]
enum State {
    /// Until then there is nothing to try.
    Resting { until: Duration },
    /// A burst is going out.
    Sending(Burst),
    /// A burst is on its way.
    Waiting { rate: f64, until: Duration },
}

/// A burst while it is sent.
#[derive(Clone, Copy, Debug)]
struct Burst {
    rate: f64,
    began: Duration,
    bytes: u64,
    packets: u32,
}

/// What is known when it is decided.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Situation {
    /// Bits a second: the estimate, and what would be sent if the link carried it.
    pub(crate) estimate: f64,
    pub(crate) wanted: f64,
    pub(crate) is_congested: bool,
}

impl Prober {
    /// Decides whether to begin, or what a burst that was sent has shown. True if one begins.
    pub(crate) fn handle_timeout(&mut self, now: Duration, situation: &Situation) -> bool {
        if let State::Waiting { rate, until } = self.state {
            let is_success = situation.estimate >= rate * SUCCESS;
            if !is_success && now < until && !situation.is_congested {
                return false;
            }
            let pause = if is_success {
                self.pause = FIRST_PAUSE;
                Duration::ZERO
            } else {
                {
                    let longer = (self.pause * 2).min(LONGEST_PAUSE);
                    std::mem::replace(&mut self.pause, longer)
                }
            };
            self.state = State::Resting { until: now + pause };
        }
        let State::Resting { until } = self.state else {
            return false;
        };
        let is_enough = situation.wanted <= situation.estimate;
        if now < until || is_enough || situation.is_congested {
            return false;
        }
        self.cluster = self.cluster.checked_add(1).unwrap_or(NonZeroU8::MIN);
        self.state = State::Sending(Burst {
            rate: (situation.estimate * FASTER).min(situation.wanted * MARGIN),
            began: now,
            bytes: 0,
            packets: 0,
        });
        true
    }

    /// The cluster of packets sent now: those of media belong to it, too.
    pub(crate) fn cluster(&self) -> Cluster {
        matches!(self.state, State::Sending(_)).then_some(self.cluster)
    }

    /// When the next packet of the burst is due.
    pub(crate) fn next_packet(&self) -> Option<Duration> {
        match &self.state {
            State::Sending(burst) => Some(burst.due()),
            State::Resting { .. } | State::Waiting { .. } => None,
        }
    }

    /// A packet of any kind was sent while the burst goes on.
    pub(crate) fn handle_sent(&mut self, now: Duration, size: usize, round_trip: Duration) {
        let State::Sending(burst) = &mut self.state else {
            return;
        };
        burst.bytes += size as u64 + OVERHEAD;
        burst.packets += 1;
        if burst.is_complete(now) {
            self.state = State::Waiting {
                rate: burst.rate,
                until: now + round_trip + PATIENCE,
            };
        }
    }

    /// There is nothing to send a burst with. Says how fast it would have been.
    pub(crate) fn give_up(&mut self, now: Duration) -> Option<f64> {
        let State::Sending(burst) = self.state else {
            return None;
        };
        self.state = State::Resting {
            until: now + self.pause,
        };
        Some(burst.rate)
    }
}

impl Default for Prober {
    fn default() -> Self {
        Self {
            state: State::Resting {
                until: Duration::ZERO,
            },
            cluster: NonZeroU8::MIN,
            pause: FIRST_PAUSE,
        }
    }
}

impl Burst {
    fn due(&self) -> Duration {
        #[expect(clippy::cast_precision_loss, reason = "a burst is short")]
        let bits = self.bytes as f64 * 8.0;
        self.began + Duration::from_secs_f64(bits / self.rate)
    }

    fn is_complete(&self, now: Duration) -> bool {
        let lasted = self.due().max(now).saturating_sub(self.began);
        self.packets >= MIN_PACKETS && lasted >= LENGTH || self.packets >= MAX_PACKETS
    }
}

/// Measures bursts by how they arrived.
#[derive(Debug, Default)]
pub(crate) struct ProbeResults {
    cluster: Cluster,
    packets: u32,
    bytes: u64,
    first_size: u64,
    last_size: u64,
    sent: (u64, u64),
    arrived: (i64, i64),
    measured: Option<f64>,
}

impl ProbeResults {
    /// Takes a packet that arrived, of a burst or not.
    pub(crate) fn handle_packet(&mut self, packet: &Acknowledged, arrived: i64) {
        if packet.cluster.is_none() {
            return;
        }
        let size = u64::from(packet.size) + OVERHEAD;
        if packet.cluster != self.cluster {
            *self = Self {
                cluster: packet.cluster,
                first_size: size,
                sent: (packet.sent, packet.sent),
                arrived: (arrived, arrived),
                ..Self::default()
            };
        }
        self.packets += 1;
        self.bytes += size;
        if packet.sent >= self.sent.1 {
            self.last_size = size;
        }
        self.sent = (self.sent.0.min(packet.sent), self.sent.1.max(packet.sent));
        self.arrived = (self.arrived.0.min(arrived), self.arrived.1.max(arrived));
        self.measured = self.measure();
    }

    /// The rate the newest burst has shown the link to carry, in bits a second. Said once for each
    /// packet that made it known better.
    pub(crate) fn take(&mut self) -> Option<f64> {
        self.measured.take()
    }

    #[expect(clippy::cast_precision_loss, reason = "a burst is short")]
    fn measure(&self) -> Option<f64> {
        if self.packets < MIN_PACKETS - 1 {
            return None;
        }
        let sent_in = (self.sent.1 - self.sent.0) as f64;
        let arrived_in = (self.arrived.1 - self.arrived.0) as f64;
        if !(MIN_MICROS..=MAX_MICROS).contains(&sent_in) || arrived_in > MAX_MICROS {
            return None;
        }
        let send_rate = (self.bytes - self.last_size) as f64 * 8e6 / sent_in;
        let arrival_rate = (self.bytes - self.first_size) as f64 * 8e6 / arrived_in.max(MIN_MICROS);
        // The link was the limit: leave some room below it.
        Some(if arrival_rate < send_rate * 0.9 {
            arrival_rate * 0.95
        } else {
            send_rate.min(arrival_rate)
        })
    }
}

const FASTER: f64 = 2.0;
/// More than what is wanted, so that what is found carries it with something to spare.
const MARGIN: f64 = 1.3;
/// Of the rate tried, that a burst must have shown.
const SUCCESS: f64 = 0.7;
const LENGTH: Duration = Duration::from_millis(20);
const MIN_PACKETS: u32 = 5;
const MAX_PACKETS: u32 = 200;
const FIRST_PAUSE: Duration = Duration::from_secs(2);
/// A link that got better is noticed within that time.
const LONGEST_PAUSE: Duration = Duration::from_secs(8);
/// After the round trip: the other side collects arrivals for up to a quarter of a second.
const PATIENCE: Duration = Duration::from_millis(400);
/// Shorter is not measured well, longer is not one burst.
const MIN_MICROS: f64 = 1_000.0;
const MAX_MICROS: f64 = 1_000_000.0;
