//! How well each participant is connected, from what was measured on its way to us and back.
//!
//! The figure is the transmission rating of the E-model (ITU-T G.107), simplified: what delay and
//! what loss take away from a perfect call. The worst stream of a participant counts.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use bega_media::{Downstream, Kind, PeerId, PublicationId, Upstream};
use livekit_protocol as proto;
use proto::ConnectionQuality;
use proto::signal_response::Message;

use crate::participant::Presence;
use crate::room::MediaRoom;

/// What was measured last, one rating for each direction.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Quality {
    up: Option<Rating>,
    down: Option<Rating>,
}

/// From 0 to 100: above 80 everybody is satisfied, below 60 nearly nobody (G.107, annex B).
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
struct Rating(f64);

impl Rating {
    const BEST: Self = Self(93.2);
    const WORST: Self = Self(0.0);

    /// Of one stream. `lost` is the share that stayed lost, `repaired` the share that was lost and
    /// came late.
    fn new(lost: f64, repaired: f64, round_trip: Duration, jitter: Duration) -> Self {
        let percent = 100.0 * (lost + repaired * REPAIRED_WEIGHT);
        let impairment = 95.0 * percent / (percent + ROBUSTNESS);
        // One way, and what receivers wait to even out the jitter.
        let delay = 1000.0 * (round_trip.as_secs_f64() / 2.0 + jitter.as_secs_f64() * 2.0);
        let beyond = (delay - 177.3).max(0.0);
        Self((Self::BEST.0 - impairment - 0.024 * delay - 0.11 * beyond).clamp(0.0, 100.0))
    }

    fn quality(self) -> ConnectionQuality {
        match self.0 {
            rating if rating >= 80.0 => ConnectionQuality::Excellent,
            rating if rating >= 60.0 => ConnectionQuality::Good,
            // Never `Lost`, on which clients tear their session down: a transport that is lost is
            // told by the end of its participant.
            _ => ConnectionQuality::Poor,
        }
    }

    /// The mean opinion score, 1 to 5 (G.107, annex B).
    fn score(self) -> f64 {
        let rating = self.0;
        1.0 + 0.035 * rating + rating * (rating - 60.0) * (100.0 - rating) * 7e-6
    }
}

impl Quality {
    fn rating(&self) -> Rating {
        let both = [self.up, self.down].into_iter().flatten();
        both.fold(
            Rating::BEST,
            |worst, one| if one < worst { one } else { worst },
        )
    }
}

impl MediaRoom {
    /// What was measured on a participant's transports in the last seconds.
    pub(crate) fn handle_statistics(
        &mut self,
        peer: PeerId,
        received: &[Upstream],
        sent: &[Downstream],
    ) {
        let Some(participant) = self.by_peer(peer) else {
            return;
        };
        let before = participant.quality.rating().quality();
        if participant.subscriber.peer == peer {
            participant.quality.down = sent.iter().map(rate_delivery).reduce(worse);
        } else {
            let audible: BTreeMap<PublicationId, bool> = participant
                .published()
                .map(|track| {
                    let is_heard = track.kind() == Kind::Audio && !track.info.muted;
                    (track.publication, is_heard)
                })
                .collect();
            participant.quality.up = received
                .iter()
                .filter_map(|one| rate_reception(one, audible.get(&one.publication) == Some(&true)))
                .reduce(worse);
        }
        if participant.quality.rating().quality() != before {
            let sid = participant.sid.clone();
            self.report_quality(|one| one.sid == sid);
        }
    }

    pub(crate) fn start_quality_reports(&mut self, now: Instant) {
        self.report_quality(|_| true);
        self.quality_due.get_or_insert(now + INTERVAL);
    }

    pub(crate) fn handle_quality_timeout(&mut self, now: Instant) {
        if self.quality_due.is_some_and(|due| due <= now) {
            self.report_quality(|_| true);
            self.quality_due = self.any_active().then(|| now + INTERVAL);
        }
    }

    fn report_quality(&mut self, whose: impl Fn(&crate::participant::Participant) -> bool) {
        let updates: Vec<_> = self
            .participants
            .values()
            .filter(|one| one.presence == Presence::Active && !one.grants.hidden)
            .filter(|one| whose(one))
            .map(|one| {
                let rating = one.quality.rating();
                proto::ConnectionQualityInfo {
                    participant_sid: one.sid.to_string(),
                    quality: rating.quality().into(),
                    score: rating.score() as f32,
                }
            })
            .collect();
        if !updates.is_empty() {
            self.broadcast(&Message::ConnectionQuality(
                proto::ConnectionQualityUpdate { updates },
            ));
        }
    }

    fn any_active(&self) -> bool {
        self.participants
            .values()
            .any(|one| one.presence == Presence::Active)
    }
}

fn worse(one: Rating, other: Rating) -> Rating {
    if one < other { one } else { other }
}

/// An open microphone is never silent, even in a quiet room. A camera may be: nobody watches it.
fn rate_reception(one: &Upstream, is_heard: bool) -> Option<Rating> {
    if one.expected == 0 {
        return is_heard.then_some(Rating::WORST);
    }
    let repaired = one.recovered.min(one.lost);
    let share = |packets: u32| f64::from(packets) / f64::from(one.expected);
    Some(Rating::new(
        share(one.lost - repaired),
        share(repaired),
        Duration::ZERO,
        one.jitter,
    ))
}

fn rate_delivery(one: &Downstream) -> Rating {
    let expected = one.expected.max(1);
    let share = |packets: u32| f64::from(packets.min(expected)) / f64::from(expected);
    // What was asked for again arrived late, if it arrived.
    let repaired = one.repeated.min(one.lost);
    Rating::new(
        share(one.lost - repaired),
        share(repaired),
        one.round_trip,
        one.jitter,
    )
}

/// How often clients expect to hear of the quality of connections.
const INTERVAL: Duration = Duration::from_secs(5);
/// How much loss a decoder conceals: 10 for plain Opus, twice that with its error correction.
const ROBUSTNESS: f64 = 20.0;
/// A packet that came late may have come in time.
const REPAIRED_WEIGHT: f64 = 0.3;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clean_path_is_excellent_and_heavy_loss_or_delay_is_poor() {
        let rate = |lost, round_trip_ms, jitter_ms| {
            let ms = Duration::from_millis;
            Rating::new(lost, 0.0, ms(round_trip_ms), ms(jitter_ms)).quality()
        };

        assert_eq!(rate(0.0, 50, 5), ConnectionQuality::Excellent);
        assert_eq!(rate(0.02, 150, 10), ConnectionQuality::Excellent);
        assert_eq!(rate(0.05, 150, 10), ConnectionQuality::Good);
        assert_eq!(rate(0.2, 150, 10), ConnectionQuality::Poor);
        assert_eq!(rate(0.0, 1_200, 10), ConnectionQuality::Poor);
    }

    #[test]
    fn loss_that_was_repaired_weighs_less() {
        let lost = Rating::new(0.1, 0.0, Duration::ZERO, Duration::ZERO);
        let repaired = Rating::new(0.0, 0.1, Duration::ZERO, Duration::ZERO);

        assert!(repaired > lost);
        assert_eq!(repaired.quality(), ConnectionQuality::Excellent);
    }

    #[test]
    fn scores_lie_between_one_and_five() {
        assert!(Rating::BEST.score() > 4.3 && Rating::BEST.score() < 5.0);
        assert!((Rating::WORST.score() - 1.0).abs() < 0.01);
    }
}
