//! What was sent on a transport under which transport-wide number, until its fate is known.
//!
//! One place of eight bytes for each packet, in a ring that starts small and doubles while packets
//! younger than [`RETAIN`] would be forgotten. A feedback of a few bytes can speak of thousands of
//! packets: every packet sent pays for a few looks at it, and a feedback nothing is left for is
//! not read. So no subscriber can make us work more than a little for what we sent it.

use std::{num::NonZeroU8, time::Duration};

use crate::rtcp::transport_feedback::TransportFeedback;

/// The packets of one transport, oldest first.
#[derive(Debug, Default)]
pub(crate) struct History {
    /// The packet with number n is at n modulo the length, which is a power of two.
    places: Vec<Place>,
    /// The number of the next packet.
    next: u64,
    /// The largest number whose fate is known, plus one.
    known: u64,
    /// Bytes sent and not spoken of.
    in_flight: u64,
    looks: u32,
    /// The receiver's clock at the last feedback, in units of 64 ms, unwrapped.
    reference: Option<i64>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Place {
    /// Microseconds, of which 32 bits are kept: more than an hour.
    sent: u32,
    size: u16,
    state: State,
    cluster: Cluster,
}

#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
enum State {
    /// Nothing is to be learned of it any more.
    #[default]
    Known,
    Flying,
    Lost,
}

/// The probe that a packet belongs to, if it was sent for one.
pub(crate) type Cluster = Option<NonZeroU8>;

/// A packet whose fate became known.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Acknowledged {
    /// When it was sent, in microseconds since the transport's start.
    pub(crate) sent: u64,
    /// When it arrived, in microseconds on the receiver's clock; `None` if it is lost.
    pub(crate) arrived: Option<i64>,
    /// Its bytes on the wire.
    pub(crate) size: u32,
    pub(crate) cluster: Cluster,
}

impl History {
    /// The number of the next packet, for its header.
    pub(crate) fn next_number(&self) -> u16 {
        self.next as u16
    }

    /// Notes that the next packet was sent.
    pub(crate) fn record(&mut self, now: Duration, size: usize, cluster: Cluster) {
        let sent = now.as_micros() as u32;
        self.make_room(sent);
        if self.next - self.known == self.places.len() as u64 {
            // Nobody ever spoke of the one that is overwritten now.
            self.settle(self.known + 1);
        }
        let slot = self.slot(self.next);
        self.places[slot] = Place {
            sent,
            size: size as u16,
            state: State::Flying,
            cluster,
        };
        self.in_flight += size as u64;
        self.next += 1;
        self.looks = (self.looks + LOOKS_PER_PACKET).min(MAX_LOOKS);
    }

    /// Bytes sent whose fate is not known.
    #[cfg(test)]
    pub(crate) fn in_flight(&self) -> u64 {
        self.in_flight
    }

    /// Appends to `out` what a feedback says that was not known, in order of sending. False if it
    /// speaks of more than it may.
    pub(crate) fn handle_feedback(
        &mut self,
        now: Duration,
        feedback: &TransportFeedback<'_>,
        out: &mut Vec<Acknowledged>,
    ) -> bool {
        let Some(looks) = self.looks.checked_sub(u32::from(feedback.count)) else {
            return false;
        };
        self.looks = looks;
        let reference = self.unwrap_reference(feedback.reference) * REFERENCE_MICROS;
        let behind = (self.next as u16).wrapping_sub(feedback.base);
        let Some(base) = self.next.checked_sub(u64::from(behind)) else {
            return true;
        };
        let now = now.as_micros() as u64;
        for (number, arrived) in (base..self.next).zip(feedback.arrivals()) {
            if number + (self.places.len() as u64) < self.next {
                // Overwritten.
                continue;
            }
            self.settle(number + 1);
            let slot = self.slot(number);
            let place = &mut self.places[slot];
            place.state = match (place.state, arrived) {
                (State::Known, _) | (State::Lost, None) => continue,
                (State::Flying, None) => State::Lost,
                // It was only late.
                (State::Flying | State::Lost, Some(_)) => State::Known,
            };
            let age = (now as u32).wrapping_sub(place.sent);
            out.push(Acknowledged {
                sent: now.saturating_sub(u64::from(age)),
                arrived: arrived.map(|after| reference + after),
                size: u32::from(place.size),
                cluster: place.cluster,
            });
        }
        true
    }

    /// Packets before this number are no longer on their way, whatever became of them.
    fn settle(&mut self, number: u64) {
        while self.known < number {
            let size = self.places[self.slot(self.known)].size;
            self.in_flight = self.in_flight.saturating_sub(u64::from(size));
            self.known += 1;
        }
    }

    /// The 24 bits on the wire, taken to be near to the last.
    fn unwrap_reference(&mut self, wire: u32) -> i64 {
        let wire = i64::from(wire);
        let full = match self.reference {
            None => wire,
            Some(last) => {
                let step = (wire - last) & 0x00FF_FFFF;
                let step = if step >= 1 << 23 {
                    step - (1 << 24)
                } else {
                    step
                };
                last + step
            }
        };
        self.reference = Some(full);
        full
    }

    fn slot(&self, number: u64) -> usize {
        number as usize & self.places.len().wrapping_sub(1)
    }

    /// Doubles the ring if the next packet would push out one that may still be spoken of.
    fn make_room(&mut self, now: u32) {
        if self.places.is_empty() {
            self.places = vec![Place::default(); FIRST_PLACES];
        }
        let oldest = self.places[self.slot(self.next)];
        let is_young = u128::from(now.wrapping_sub(oldest.sent)) < RETAIN.as_micros();
        if oldest.state == State::Known || !is_young || self.places.len() >= MAX_PLACES {
            return;
        }
        let old = std::mem::take(&mut self.places);
        self.places = vec![Place::default(); old.len() * 2];
        for number in self.next.saturating_sub(old.len() as u64)..self.next {
            let slot = self.slot(number);
            self.places[slot] = old[number as usize & (old.len() - 1)];
        }
    }
}

/// Longer than any feedback takes that is worth waiting for.
const RETAIN: Duration = Duration::from_secs(2);
const FIRST_PLACES: usize = 64;
/// Two seconds of 20 Mbit/s. Numbers have 16 bits: half of them must never be in flight.
const MAX_PLACES: usize = 4096;
/// A feedback repeats what was late in the one before; twice would do.
const LOOKS_PER_PACKET: u32 = 4;
const MAX_LOOKS: u32 = 4 * MAX_PLACES as u32;
const REFERENCE_MICROS: i64 = 64_000;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        rtcp::{
            parse::{Rtcp, packets},
            transport_cc::Arrivals,
        },
        testing::epoch,
    };

    const MS: Duration = Duration::from_millis(1);

    #[test]
    fn a_feedback_says_what_arrived_and_what_is_lost() {
        let mut history = History::default();
        let numbers: Vec<_> = (0..4)
            .map(|n| send(&mut history, n * 10 * MS, 100 + n as usize))
            .collect();

        let told = tell(
            &mut history,
            &[(numbers[0], 50), (numbers[1], 61), (numbers[3], 79)],
        );

        let fates: Vec<_> = told
            .iter()
            .map(|one| (one.sent, one.arrived, one.size))
            .collect();
        assert_eq!(
            fates,
            [
                (0, Some(50_000), 100),
                (10_000, Some(61_000), 101),
                (20_000, None, 102),
                (30_000, Some(79_000), 103)
            ]
        );
        assert_eq!(history.in_flight(), 0);
    }

    #[test]
    fn a_late_packet_is_told_again_and_a_known_one_is_not() {
        let mut history = History::default();
        let numbers: Vec<_> = (0..3).map(|n| send(&mut history, n * MS, 100)).collect();
        assert_eq!(
            tell(&mut history, &[(numbers[0], 50), (numbers[2], 52)]).len(),
            3
        );

        let told = tell(&mut history, &[(numbers[1], 60), (numbers[2], 61)]);

        assert_eq!(told.len(), 1);
        assert_eq!(told[0].arrived, Some(60_000));
    }

    #[test]
    fn bytes_are_in_flight_until_something_later_is_spoken_of() {
        let mut history = History::default();
        let numbers: Vec<_> = (0..5).map(|n| send(&mut history, n * MS, 100)).collect();
        assert_eq!(history.in_flight(), 500);

        tell(&mut history, &[(numbers[2], 50)]);

        assert_eq!(history.in_flight(), 200);
    }

    #[test]
    fn memory_follows_what_is_in_flight() {
        let mut history = History::default();
        for n in 0..10_000u32 {
            let number = send(&mut history, n * MS, 100);
            if n % 50 == 0 {
                tell(&mut history, &[(number, u64::from(n))]);
            }
        }
        // What is skipped by feedback stays until it is two seconds old.
        assert!(history.places.len() <= 2048);

        for n in 0..100_000u32 {
            send(&mut history, 10_000 * MS + n * MS / 10, 100);
        }
        assert_eq!(history.places.len(), MAX_PLACES);
        assert_eq!(history.in_flight(), 100 * MAX_PLACES as u64);
    }

    #[test]
    fn a_feedback_about_more_than_was_sent_is_not_read() {
        let mut history = History::default();
        let number = send(&mut history, MS, 100);
        let body = [
            &[0x8F, 205, 0, 5, 0, 0, 0, 1, 0, 0, 0, 2][..],
            &number.to_be_bytes(),
            &[0x1F, 0xFF, 0, 0, 1, 0, 0x1F, 0xFF, 0, 0],
        ]
        .concat();
        let Some(Rtcp::TransportFeedback(feedback)) = packets(&body).next() else {
            panic!("a feedback was made");
        };

        assert!(!history.handle_feedback(MS, &feedback, &mut Vec::new()));
    }

    #[test]
    fn the_receivers_clock_goes_on_across_its_wrap() {
        let mut history = History::default();
        assert_eq!(history.unwrap_reference(0x00FF_FFFE), 0x00FF_FFFE);
        assert_eq!(history.unwrap_reference(3), 0x0100_0003);
        assert_eq!(history.unwrap_reference(0x00FF_FFFF), 0x00FF_FFFF);
    }

    proptest::proptest! {
        #[test]
        fn any_feedback_is_taken_without_a_panic(
            steps in proptest::collection::vec((0u32..50, proptest::num::u16::ANY, 1u16..300), 1..200),
        ) {
            let mut history = History::default();
            let mut now = Duration::ZERO;
            for (sent, base, count) in steps {
                for _ in 0..sent {
                    now += MS;
                    send(&mut history, now, 1200);
                }
                let base = if sent % 2 == 0 { base } else { history.next_number().wrapping_sub(base % 64) };
                let mut body = vec![0x8F, 205, 0, 4, 0, 0, 0, 1, 0, 0, 0, 2];
                body.extend_from_slice(&base.to_be_bytes());
                body.extend_from_slice(&count.to_be_bytes());
                body.extend_from_slice(&[0, 0, 1, 0]);
                body.extend_from_slice(&(0x2000 | count).to_be_bytes());
                body.resize((body.len() + usize::from(count)).next_multiple_of(4), 1);
                body[3] = (body.len() / 4 - 1) as u8;
                if let Some(Rtcp::TransportFeedback(feedback)) = packets(&body).next() {
                    history.handle_feedback(now, &feedback, &mut Vec::new());
                }
            }
            proptest::prop_assert!(history.in_flight() <= 1200 * MAX_PLACES as u64);
        }
    }

    fn send(history: &mut History, now: Duration, size: usize) -> u16 {
        let number = history.next_number();
        history.record(now, size, None);
        number
    }

    /// Tells of arrivals at a number of milliseconds.
    fn tell(history: &mut History, packets_at: &[(u16, u64)]) -> Vec<Acknowledged> {
        let start = epoch();
        let mut arrivals = Arrivals::new(start);
        for (number, at) in packets_at {
            arrivals.handle_packet(start + Duration::from_millis(*at), *number);
        }
        let mut compound = Vec::new();
        arrivals.write(1, &mut compound);
        let Some(Rtcp::TransportFeedback(feedback)) = packets(&compound).next() else {
            panic!("a feedback was written");
        };
        let mut told = Vec::new();
        assert!(history.handle_feedback(Duration::from_secs(100), &feedback, &mut told));
        told
    }
}
