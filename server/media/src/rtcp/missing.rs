//! Which packets a publisher is asked for again.
//!
//! A number that is skipped is asked for after a moment, in case the packet was only overtaken,
//! and again whenever the answer should have been here. How long that takes is learned from the
//! answers. What comes too late to be played is given up, and for pictures the subscribers' own
//! requests for a keyframe take over.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use crate::command::Kind;

/// The missing packets of one source.
#[derive(Debug, Default)]
pub(crate) struct Missing {
    highest: Option<u64>,
    gaps: BTreeMap<u64, Gap>,
    /// From asking to having.
    round_trip: Option<Duration>,
    /// Numbers asked for that no arrival has paid for yet.
    debt: u32,
}

#[derive(Clone, Copy, Debug)]
struct Gap {
    give_up_at: Instant,
    ask_at: Instant,
    first_asked: Option<Instant>,
    asked: u8,
}

/// What the arrival of a packet means.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Arrival {
    /// The one after the newest, or further on after a leap.
    Next,
    /// Others are missing before it.
    AfterGap,
    /// Older than the newest: it was overtaken, or comes twice.
    Late,
    /// It was asked for.
    Answer,
}

impl Missing {
    /// Notes a packet that arrived, in whatever way.
    pub(crate) fn handle_packet(&mut self, now: Instant, kind: Kind, sequence: u64) -> Arrival {
        let highest = *self.highest.get_or_insert(sequence);
        if sequence <= highest {
            let Some(gap) = self.gaps.remove(&sequence) else {
                return Arrival::Late;
            };
            return match gap.first_asked {
                Some(asked_at) => {
                    self.learn(now.saturating_duration_since(asked_at), gap.asked);
                    Arrival::Answer
                }
                None => Arrival::Late,
            };
        }
        self.highest = Some(sequence);
        self.debt = self.debt.saturating_sub(1);
        let patience = Patience::of(kind);
        if sequence - highest > patience.leap {
            // Not a loss that can be repaired: the source paused or leapt.
            self.gaps.clear();
            return Arrival::Next;
        }
        if sequence == highest + 1 {
            return Arrival::Next;
        }
        let gap = Gap {
            give_up_at: now + patience.give_up,
            ask_at: now + OVERTAKEN,
            first_asked: None,
            asked: 0,
        };
        self.gaps
            .extend((highest + 1..sequence).map(|missing| (missing, gap)));
        while self.gaps.len() > MAX_GAPS {
            self.gaps.pop_first();
        }
        Arrival::AfterGap
    }

    /// Notes a packet that was found inside another.
    pub(crate) fn handle_found(&mut self, sequence: u64) {
        self.gaps.remove(&sequence);
    }

    /// When [`Self::handle_timeout`] must be called next.
    pub(crate) fn poll_timeout(&self) -> Option<Instant> {
        self.gaps.values().map(|gap| gap.ask_at).min()
    }

    /// Moves time on to `now` and puts the numbers to ask for into `ask`, in ascending order.
    pub(crate) fn handle_timeout(&mut self, now: Instant, ask: &mut Vec<u64>) {
        let Self {
            gaps,
            debt,
            round_trip,
            ..
        } = self;
        gaps.retain(|sequence, gap| {
            if gap.ask_at > now {
                return true;
            }
            if gap.asked == MAX_REQUESTS || gap.give_up_at <= now {
                return false;
            }
            gap.ask_at = now + retry_after(*round_trip, gap.asked);
            if *debt < MAX_DEBT {
                *debt += 1;
                ask.push(*sequence);
                gap.first_asked.get_or_insert(now);
                gap.asked += 1;
            }
            true
        });
    }

    /// Learns from an answer. After several requests nobody knows which was answered; then the
    /// time since the first stands in until there is a better measure.
    fn learn(&mut self, since_first: Duration, asked: u8) {
        let sample = since_first.min(MAX_ROUND_TRIP);
        self.round_trip = match self.round_trip {
            None => Some(sample),
            Some(known) if asked == 1 => Some((known * 7 + sample) / 8),
            known => known,
        };
    }
}

/// How long one waits for an answer.
fn retry_after(round_trip: Option<Duration>, asked: u8) -> Duration {
    match round_trip {
        Some(known) => (known + known / 4 + OVERTAKEN).max(MIN_RETRY),
        None => FIRST_RETRY * (1 << asked),
    }
}

/// For how long, and how much of it, a loss is worth repair.
#[derive(Clone, Copy, Debug)]
struct Patience {
    /// More at once is an outage.
    leap: u64,
    give_up: Duration,
}

impl Patience {
    fn of(kind: Kind) -> Self {
        match kind {
            // Half a second of packets; no voice is played later than that.
            Kind::Audio => Self {
                leap: 50,
                give_up: Duration::from_millis(500),
            },
            // Beyond that a keyframe is cheaper. A second is as long as anything is kept.
            Kind::Video => Self {
                leap: 300,
                give_up: Duration::from_secs(1),
            },
        }
    }
}

/// Packets overtake one another by a few milliseconds on Wi-Fi and mobile links.
const OVERTAKEN: Duration = Duration::from_millis(10);
/// Before anything is known: waits of 50, 100, 200 and 400 ms. The first suits a good link, the
/// last a satellite.
const FIRST_RETRY: Duration = Duration::from_millis(50);
/// On the shortest line a publisher may still need a moment.
const MIN_RETRY: Duration = Duration::from_millis(20);
const MAX_ROUND_TRIP: Duration = Duration::from_millis(500);
/// Where every third packet is lost, six times leave one in 700 of those lost.
const MAX_REQUESTS: u8 = 6;
const MAX_GAPS: usize = 500;
/// Beyond this no more is asked for than arrives: a line that carries nothing is not made worse.
const MAX_DEBT: u32 = 300;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::epoch;

    const MS: Duration = Duration::from_millis(1);

    #[test]
    fn a_skipped_packet_is_asked_for_after_a_moment() {
        let now = epoch();
        let mut missing = received(now, &[10, 13]);

        assert!(ask(&mut missing, now).is_empty());
        assert_eq!(ask(&mut missing, now + OVERTAKEN), [11, 12]);
    }

    #[test]
    fn a_packet_that_was_only_overtaken_is_not_asked_for() {
        let now = epoch();
        let mut missing = received(now, &[10, 12]);

        let arrival = missing.handle_packet(now + 5 * MS, Kind::Video, 11);

        assert_eq!(arrival, Arrival::Late);
        assert_eq!(missing.poll_timeout(), None);
        assert!(ask(&mut missing, now + OVERTAKEN).is_empty());
    }

    #[test]
    fn without_an_answer_requests_grow_rarer_and_end() {
        let start = epoch();
        let mut missing = received(start, &[1, 3]);

        assert_eq!(times(&mut missing, start), [10, 60, 160, 360, 760]);
    }

    #[test]
    fn requests_follow_the_round_trip_once_an_answer_came() {
        let start = epoch();
        let mut missing = received(start, &[1, 3]);
        ask(&mut missing, start + 10 * MS);
        assert_eq!(
            missing.handle_packet(start + 50 * MS, Kind::Video, 2),
            Arrival::Answer
        );

        missing.handle_packet(start, Kind::Video, 5);

        // 40 ms there and back, a quarter more, and what overtaking may take.
        assert_eq!(times(&mut missing, start), [10, 70, 130, 190, 250, 310]);
    }

    #[test]
    fn on_a_long_line_the_first_answer_teaches_patience() {
        let start = epoch();
        let mut missing = received(start, &[1, 3]);
        for at in [10, 60, 160] {
            ask(&mut missing, start + at * MS);
        }
        missing.handle_packet(start + 310 * MS, Kind::Video, 2);

        missing.handle_packet(start, Kind::Video, 5);

        assert_eq!(times(&mut missing, start), [10, 395, 780]);
    }

    #[test]
    fn sound_is_given_up_when_it_cannot_be_played_any_more() {
        let start = epoch();
        let mut missing = Missing::default();
        missing.handle_packet(start, Kind::Audio, 1);
        missing.handle_packet(start, Kind::Audio, 3);

        assert_eq!(times(&mut missing, start), [10, 60, 160, 360]);
    }

    #[test]
    fn a_leap_is_not_repaired() {
        let now = epoch();
        let missing = received(now, &[1, 5_000]);

        assert_eq!(missing.poll_timeout(), None);
    }

    #[test]
    fn where_hardly_anything_arrives_hardly_anything_is_asked_for() {
        let mut now = epoch();
        let mut missing = Missing::default();
        let mut asked = 0;

        // One in ten arrives, for ten seconds.
        for sequence in (0..5_000).step_by(10) {
            missing.handle_packet(now, Kind::Video, sequence);
            for _ in 0..10 {
                now += 2 * MS;
                asked += ask(&mut missing, now).len();
            }
        }

        assert!(asked <= 500 + MAX_DEBT as usize, "{asked}");
        assert!(asked > 300, "{asked}");
    }

    /// When it asks if nothing comes, in milliseconds.
    fn times(missing: &mut Missing, start: Instant) -> Vec<u128> {
        let mut times = Vec::new();
        while let Some(at) = missing.poll_timeout() {
            if !ask(missing, at).is_empty() {
                times.push((at - start).as_millis());
            }
        }
        times
    }

    fn received(now: Instant, sequences: &[u64]) -> Missing {
        let mut missing = Missing::default();
        for sequence in sequences {
            missing.handle_packet(now, Kind::Video, *sequence);
        }
        missing
    }

    fn ask(missing: &mut Missing, now: Instant) -> Vec<u64> {
        let mut ask = Vec::new();
        missing.handle_timeout(now, &mut ask);
        ask
    }
}
