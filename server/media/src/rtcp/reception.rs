//! How well one source arrives, for the receiver reports that its sender steers by
//! (RFC 3550, appendix A.3 and A.8).

use std::time::Instant;

use super::{clock::SourceClock, parse::ReportBlock};

/// Counts the packets of one source. Retransmissions are not counted: they repair the loss, but
/// the sender should know of it.
#[derive(Debug, Default)]
pub(crate) struct Reception {
    first: Option<u64>,
    highest: u64,
    received: u64,
    expected_before: u64,
    received_before: u64,
    /// What was expected and received when statistics were taken last.
    measured: (u64, u64),
    /// In timestamp units, times 16.
    jitter: u32,
    last_transit: Option<u32>,
}

impl Reception {
    /// Counts a packet. `arrival` is in the units of its timestamp.
    pub(crate) fn handle_packet(&mut self, sequence: u64, timestamp: u32, arrival: u32) {
        self.first = Some(self.first.map_or(sequence, |first| first.min(sequence)));
        self.highest = self.highest.max(sequence);
        self.received += 1;
        let transit = arrival.wrapping_sub(timestamp);
        if let Some(last) = self.last_transit {
            let difference = transit.wrapping_sub(last).cast_signed().unsigned_abs();
            // A leap is a restarted clock, not jitter.
            if difference < MAX_JITTER {
                self.jitter = self.jitter + difference - ((self.jitter + 8) >> 4);
            }
        }
        self.last_transit = Some(transit);
    }

    /// How many packets there were since this was asked last, and how many of them did not arrive.
    pub(crate) fn interval(&mut self) -> (u64, u64) {
        let Some(first) = self.first else {
            return (0, 0);
        };
        let now = (self.highest - first + 1, self.received);
        let before = std::mem::replace(&mut self.measured, now);
        let expected = now.0 - before.0;
        (expected, expected.saturating_sub(now.1 - before.1))
    }

    /// How unevenly packets arrive, in timestamp units.
    pub(crate) fn jitter(&self) -> u32 {
        self.jitter >> 4
    }

    /// Says how it went since the last report; `None` if nothing ever arrived.
    pub(crate) fn report(
        &mut self,
        now: Instant,
        ssrc: u32,
        clock: Option<&SourceClock>,
    ) -> Option<ReportBlock> {
        let expected = self.highest - self.first? + 1;
        let expected_now = expected - self.expected_before;
        let received_now = self.received - self.received_before;
        self.expected_before = expected;
        self.received_before = self.received;
        let lost_now = expected_now.saturating_sub(received_now);
        let fraction_lost = (lost_now * 256)
            .checked_div(expected_now)
            .unwrap_or(0)
            .min(255);
        let lost = expected.saturating_sub(self.received).min(MAX_LOST);
        Some(ReportBlock {
            ssrc,
            fraction_lost: fraction_lost as u8,
            cumulative_lost: lost as u32,
            highest_sequence: self.highest as u32,
            jitter: self.jitter >> 4,
            last_sender_report: clock.map_or(0, SourceClock::compact),
            delay_since_sender_report: clock.map_or(0, |clock| clock.delay(now)),
        })
    }
}

/// Ten seconds of 90 kHz.
const MAX_JITTER: u32 = 900_000;
/// The largest positive value of a signed 24-bit field.
const MAX_LOST: u64 = 0x007F_FFFF;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::epoch;

    #[test]
    fn loss_is_reported_for_the_interval_and_in_sum() {
        let mut reception = Reception::default();
        for sequence in (0..100).filter(|n| n % 4 != 1) {
            reception.handle_packet(sequence, 0, 0);
        }

        let first = reception.report(epoch(), 7, None).unwrap();
        for sequence in 100..200 {
            reception.handle_packet(sequence, 0, 0);
        }
        let second = reception.report(epoch(), 7, None).unwrap();

        assert_eq!((first.fraction_lost, first.cumulative_lost), (64, 25));
        assert_eq!((second.fraction_lost, second.cumulative_lost), (0, 25));
        assert_eq!(second.highest_sequence, 199);
    }

    #[test]
    fn steady_arrival_has_no_jitter_and_uneven_has_some() {
        let mut steady = Reception::default();
        let mut uneven = Reception::default();
        for n in 0..200u32 {
            steady.handle_packet(u64::from(n), n * 960, n * 960 + 77);
            uneven.handle_packet(u64::from(n), n * 960, n * 960 + (n % 2) * 480);
        }

        assert_eq!(steady.report(epoch(), 1, None).unwrap().jitter, 0);
        let jitter = uneven.report(epoch(), 1, None).unwrap().jitter;
        assert!((400..=480).contains(&jitter), "{jitter}");
    }

    #[test]
    fn a_source_that_never_sent_is_not_reported() {
        assert!(Reception::default().report(epoch(), 1, None).is_none());
    }

    #[test]
    fn each_interval_is_counted_by_itself() {
        let mut reception = Reception::default();
        for sequence in (0..100).filter(|n| n % 4 != 1) {
            reception.handle_packet(sequence, 0, 0);
        }
        assert_eq!(reception.interval(), (100, 25));

        reception.handle_packet(100, 0, 0);

        assert_eq!(reception.interval(), (1, 0));
        assert_eq!(reception.interval(), (0, 0));
    }

    #[test]
    fn a_late_first_packet_does_not_break_the_count() {
        let mut reception = Reception::default();
        reception.handle_packet(10, 0, 0);
        reception.report(epoch(), 1, None);
        reception.handle_packet(8, 0, 0);

        let block = reception.report(epoch(), 1, None).unwrap();

        assert_eq!(block.cumulative_lost, 1);
    }
}
