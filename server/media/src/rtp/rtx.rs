//! Retransmissions (RFC 4588): a stream of their own, whose payload begins with the original
//! sequence number.

use std::time::Duration;

/// Takes a retransmission's payload apart. `None` for the padding that browsers send on this
/// stream to probe the link.
pub(crate) fn unwrap(payload: &[u8]) -> Option<(u16, &[u8])> {
    let (sequence, rest) = payload.split_first_chunk::<2>()?;
    (!rest.is_empty()).then_some((u16::from_be_bytes(*sequence), rest))
}

/// How often, and when, each packet was sent again to one subscriber.
///
/// Without this a client that asks for ever would make us send for ever.
#[derive(Debug, Default)]
pub(crate) struct Attempts {
    /// Empty until the first request; then one place for each recent number.
    recent: Vec<Attempt>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Attempt {
    sequence: u16,
    count: u8,
    at_ms: u32,
}

impl Attempts {
    /// Whether a packet may be sent once more. While the last copy may still be on its way, it may
    /// not. Time is since any fixed moment.
    pub(crate) fn allows(&self, now: Duration, round_trip: Duration, sequence: u16) -> bool {
        let Some(attempt) = self.of(sequence) else {
            return true;
        };
        let passed = (now.as_millis() as u32).wrapping_sub(attempt.at_ms);
        u128::from(passed) >= round_trip.as_millis() && attempt.count < MAX_ATTEMPTS
    }

    /// Counts a packet that was sent once more.
    pub(crate) fn count(&mut self, now: Duration, sequence: u16) {
        let count = self.of(sequence).map_or(0, |attempt| attempt.count) + 1;
        if self.recent.is_empty() {
            self.recent = vec![Attempt::default(); REMEMBERED];
        }
        self.recent[usize::from(sequence) % REMEMBERED] = Attempt {
            sequence,
            count,
            at_ms: now.as_millis() as u32,
        };
    }

    fn of(&self, sequence: u16) -> Option<&Attempt> {
        self.recent
            .get(usize::from(sequence) % REMEMBERED)
            .filter(|attempt| attempt.count > 0 && attempt.sequence == sequence)
    }
}

const MAX_ATTEMPTS: u8 = 3;
/// More than a cache holds of all but the densest streams, so that no number pushes out another
/// that can still be asked for.
const REMEMBERED: usize = 1024;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_original_number_comes_first() {
        assert_eq!(unwrap(&[0x12, 0x34, 9, 8]), Some((0x1234, &[9, 8][..])));
    }

    #[test]
    fn probing_padding_is_not_a_packet() {
        assert_eq!(unwrap(&[]), None);
        assert_eq!(unwrap(&[0x12]), None);
        assert_eq!(unwrap(&[0x12, 0x34]), None);
    }

    #[test]
    fn a_packet_is_sent_again_three_times_at_most() {
        let mut attempts = Attempts::default();

        let answers: Vec<_> = (0..5)
            .map(|_| take(&mut attempts, NOW, Duration::ZERO, 7))
            .collect();

        assert_eq!(answers, [true, true, true, false, false]);
        assert!(take(&mut attempts, NOW, Duration::ZERO, 8));
        assert!(take(&mut attempts, NOW, Duration::ZERO, 0));
    }

    #[test]
    fn a_packet_that_is_still_on_its_way_is_not_sent_again() {
        let mut attempts = Attempts::default();
        let round_trip = Duration::from_millis(80);

        assert!(take(&mut attempts, NOW, round_trip, 7));
        assert!(!take(&mut attempts, NOW + round_trip / 2, round_trip, 7));
        assert!(take(&mut attempts, NOW + round_trip, round_trip, 7));
    }

    fn take(attempts: &mut Attempts, now: Duration, round_trip: Duration, sequence: u16) -> bool {
        let is_allowed = attempts.allows(now, round_trip, sequence);
        if is_allowed {
            attempts.count(now, sequence);
        }
        is_allowed
    }

    const NOW: Duration = Duration::from_secs(5);
}
