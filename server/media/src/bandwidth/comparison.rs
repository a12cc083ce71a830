//! Our estimator and the one of `rtc::interceptor` over the same link, in virtual time.
//!
//! A source sends as much as it is allowed, 2.5 Mbit/s at most. The link carries 2 Mbit/s, falls
//! to 300 kbit/s after 30 s and recovers 30 s later. To see the table:
//! `cargo test -p bega-media comparison -- --ignored --nocapture`.

use std::time::{Duration, Instant};

use rtc::{
    interceptor::{BandwidthEstimator as _, Gcc, PacketReport},
    rtcp::transport_feedbacks::cc_feedback_report::Ecn,
};

use super::{
    estimator::Estimator,
    history::{Acknowledged, Cluster},
    link::Link,
    probe::{Prober, Situation},
};
use crate::testing::epoch;

#[test]
fn ours_gives_way_in_time_and_comes_back_in_time() {
    let course = play(&mut Ours::default(), 0.0);

    assert!(course.before >= 1.6e6, "{course:?}");
    assert!(course.drained < 3.0, "{course:?}");
    assert!(course.during >= 200e3, "{course:?}");
    assert!(course.back < 20.0, "{course:?}");
}

#[test]
#[ignore = "prints a table to decide by"]
fn both_side_by_side() {
    for loss in [0.0, 5.0, 20.0] {
        println!(
            "{loss} % loss, ours:    {:?}",
            play(&mut Ours::default(), loss)
        );
        println!(
            "{loss} % loss, theirs:  {:?}",
            play(&mut Theirs::new(), loss)
        );
    }
}

/// What was seen.
#[derive(Debug)]
struct Course {
    /// Bits a second that arrived in the last ten seconds before the fall.
    before: f64,
    /// Seconds until the queue stayed under half a second.
    drained: f64,
    /// Bits a second in the last ten seconds of the thin link.
    during: f64,
    /// Seconds until 80 % of the recovered link was used.
    back: f64,
}

trait Subject {
    fn handle_feedback(&mut self, now: Duration, told: &[Acknowledged]);
    fn target(&mut self, now: Duration) -> f64;
    /// Packets of a burst that are due, and which.
    fn burst(&mut self, _now: Duration) -> Cluster {
        None
    }
}

#[expect(clippy::cast_precision_loss, reason = "bits of a minute")]
fn play(subject: &mut impl Subject, loss_percent: f64) -> Course {
    let mut link = Link::new(2e6, 7);
    link.loss_percent = loss_percent;
    let mut flying: Vec<Acknowledged> = Vec::new();
    let (mut tokens, mut before, mut during, mut back) = (0.0, 0.0, 0.0, None);
    let (mut last_full, mut delivered_lately) = (FALL, Vec::new());
    for millis in 0..90_000u64 {
        let now = Duration::from_millis(millis);
        link.rate = if (FALL..RECOVERY).contains(&millis) {
            300e3
        } else {
            2e6
        };
        tokens = (tokens + subject.target(now).min(2.5e6) / 1e3).min(20_000.0);
        loop {
            let cluster = subject.burst(now);
            if tokens < 0.0 && cluster.is_none() {
                break;
            }
            tokens -= 8.0 * (SIZE as f64 + 28.0);
            let arrived = link.send(now, SIZE).map(|at| at.as_micros() as i64);
            flying.push(Acknowledged {
                sent: now.as_micros() as u64,
                arrived,
                size: SIZE as u32,
                cluster,
            });
        }
        if millis % 50 == 0 {
            // What happened is known 50 ms later.
            let known = now.saturating_sub(Duration::from_millis(50)).as_micros() as i64;
            let count = flying
                .iter()
                .position(|one| one.arrived.is_some_and(|at| at > known))
                .unwrap_or(flying.len());
            let told: Vec<_> = flying.drain(..count).collect();
            let bits: f64 = told
                .iter()
                .filter(|one| one.arrived.is_some())
                .map(|_| 8.0 * SIZE as f64)
                .sum();
            delivered_lately.push(bits);
            subject.handle_feedback(now, &told);
        }
        if millis > FALL && millis < RECOVERY && link.waiting(now) > Duration::from_millis(500) {
            last_full = millis;
        }
        let rate = |seconds: usize| {
            let from = delivered_lately.len().saturating_sub(seconds * 20);
            delivered_lately[from..].iter().sum::<f64>() / seconds as f64
        };
        match millis {
            FALL => before = rate(10),
            RECOVERY => during = rate(10),
            _ if millis > RECOVERY && back.is_none() && rate(1) > 1.6e6 => {
                back = Some((millis - RECOVERY) as f64 / 1e3);
            }
            _ => {}
        }
    }
    Course {
        before,
        drained: (last_full - FALL) as f64 / 1e3,
        during,
        back: back.unwrap_or(f64::INFINITY),
    }
}

struct Ours {
    estimator: Estimator,
    prober: Prober,
}

impl Default for Ours {
    fn default() -> Self {
        Self {
            estimator: Estimator::new(800e3),
            prober: Prober::default(),
        }
    }
}

impl Subject for Ours {
    fn handle_feedback(&mut self, now: Duration, told: &[Acknowledged]) {
        self.estimator.handle_feedback(now, told);
    }

    fn target(&mut self, now: Duration) -> f64 {
        let situation = Situation {
            estimate: self.estimator.estimate(),
            wanted: 2.5e6,
            is_congested: self.estimator.is_congested(now),
        };
        self.prober.handle_timeout(now, &situation);
        self.estimator.target(now)
    }

    fn burst(&mut self, now: Duration) -> Cluster {
        let cluster = self.prober.cluster();
        let is_due = self.prober.next_packet().is_some_and(|at| at <= now);
        if is_due {
            self.prober
                .handle_sent(now, SIZE, self.estimator.round_trip());
        }
        cluster.filter(|_| is_due)
    }
}

struct Theirs {
    gcc: Gcc,
    start: Instant,
    id: u64,
}

impl Theirs {
    fn new() -> Self {
        Self {
            gcc: Gcc::new(800e3, 30e3, 200e6),
            start: epoch(),
            id: 0,
        }
    }
}

impl Subject for Theirs {
    fn handle_feedback(&mut self, now: Duration, told: &[Acknowledged]) {
        let reports: Vec<_> = told
            .iter()
            .map(|one| {
                self.id += 1;
                PacketReport {
                    ssrc: 1,
                    id: self.id,
                    rtp_sequence_number: self.id as u16,
                    is_twcc: true,
                    twcc_sequence_number: self.id as u16,
                    size: one.size as usize,
                    arrived: one.arrived.is_some(),
                    departure: self.start + Duration::from_micros(one.sent),
                    arrival: one
                        .arrived
                        .map(|at| Duration::from_micros(at.cast_unsigned())),
                    ecn: Ecn::NotEct,
                }
            })
            .collect();
        self.gcc.on_reports(self.start + now, &reports);
    }

    fn target(&mut self, _now: Duration) -> f64 {
        self.gcc.target_bitrate()
    }
}

/// Milliseconds.
const FALL: u64 = 30_000;
const RECOVERY: u64 = 60_000;
const SIZE: usize = 1_000;
