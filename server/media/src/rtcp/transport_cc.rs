//! Transport-wide congestion control feedback
//! (draft-holmer-rmcat-transport-wide-cc-extensions-01): when each packet of a publisher arrived.
//!
//! Without it a browser does not dare to send more than a few hundred kilobits, and the larger
//! simulcast layers never come up.

use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

use super::{
    parse::{TRANSPORT_CC, TRANSPORT_FEEDBACK},
    write::{OUR_SSRC, begin, finish},
};
use crate::rtp::Unwrapper;

/// The arrivals on one transport since the last feedback.
#[derive(Debug)]
pub(crate) struct Arrivals {
    start: Instant,
    unwrapper: Unwrapper,
    /// The number of the first place.
    base: u64,
    /// Microseconds since the start; `None` where nothing arrived.
    times: VecDeque<Option<u64>>,
    feedback_count: u8,
}

impl Arrivals {
    /// Counts time from `start`.
    pub(crate) fn new(start: Instant) -> Self {
        Self {
            start,
            unwrapper: Unwrapper::default(),
            base: 0,
            times: VecDeque::new(),
            feedback_count: 0,
        }
    }

    /// Notes a packet. One from before the last feedback was reported as lost and stays so.
    pub(crate) fn handle_packet(&mut self, now: Instant, sequence: u16) {
        let first = self.unwrapper.highest().is_none();
        let sequence = self.unwrapper.unwrap(sequence);
        if first || sequence.saturating_sub(self.base) > MAX_PACKETS {
            // A leap: numbers in between were never sent.
            self.times.clear();
            self.base = sequence;
        }
        let Some(place) = sequence.checked_sub(self.base) else {
            return;
        };
        let place = place as usize;
        if self.times.len() <= place {
            self.times.resize(place + 1, None);
        }
        let passed = now.saturating_duration_since(self.start);
        self.times[place].get_or_insert(passed.as_micros() as u64);
    }

    /// Whether there is something to report.
    pub(crate) fn is_empty(&self) -> bool {
        self.times.is_empty()
    }

    /// Appends a feedback packet about everything since the last one. `media` is any SSRC of the
    /// publisher.
    pub(crate) fn write(&mut self, media: u32, out: &mut Vec<u8>) {
        let Some(first_time) = self.times.iter().flatten().next().copied() else {
            return;
        };
        let reference = first_time / REFERENCE_UNIT;
        let start = begin(out, TRANSPORT_CC, TRANSPORT_FEEDBACK);
        out.extend_from_slice(&OUR_SSRC.to_be_bytes());
        out.extend_from_slice(&media.to_be_bytes());
        out.extend_from_slice(&(self.base as u16).to_be_bytes());
        out.extend_from_slice(&(self.times.len() as u16).to_be_bytes());
        out.extend_from_slice(&(reference as u32).to_be_bytes()[1..]);
        out.push(self.feedback_count);
        self.write_symbols(reference, out);
        self.write_deltas(reference, out);
        pad(out, start);
        finish(out, start);
        self.base += self.times.len() as u64;
        self.times.clear();
        self.feedback_count = self.feedback_count.wrapping_add(1);
    }

    /// Status vectors of seven two-bit symbols. Runs would be shorter for lossless stretches, but
    /// at a feedback every 50 ms there are only a few of them.
    fn write_symbols(&self, reference: u64, out: &mut Vec<u8>) {
        let mut word = TWO_BIT_VECTOR;
        let mut shift = 14;
        for delta in self.deltas(reference) {
            shift -= 2;
            let symbol = match delta {
                None => 0,
                Some(delta) if is_small(delta) => 1,
                Some(_) => 2,
            };
            word |= symbol << shift;
            if shift == 0 {
                out.extend_from_slice(&word.to_be_bytes());
                (word, shift) = (TWO_BIT_VECTOR, 14);
            }
        }
        if shift < 14 {
            out.extend_from_slice(&word.to_be_bytes());
        }
    }

    fn write_deltas(&self, reference: u64, out: &mut Vec<u8>) {
        for delta in self.deltas(reference).flatten() {
            let [high, low] = (delta as i16).to_be_bytes();
            if !is_small(delta) {
                out.push(high);
            }
            out.push(low);
        }
    }

    /// The distance of each arrival from the one before, in units of 250 µs. Rounding errors do
    /// not add up, because each distance is between rounded times.
    fn deltas(&self, reference: u64) -> impl Iterator<Item = Option<i64>> {
        let mut before = (reference * REFERENCE_UNIT / DELTA_UNIT).cast_signed();
        self.times.iter().map(move |time| {
            let time = ((*time)? / DELTA_UNIT).cast_signed();
            let delta = (time - before).clamp(i64::from(i16::MIN), i64::from(i16::MAX));
            before += delta;
            Some(delta)
        })
    }
}

fn is_small(delta: i64) -> bool {
    (0..256).contains(&delta)
}

/// Fills the last word; the padding's length is its last byte.
fn pad(out: &mut Vec<u8>, start: usize) {
    let padding = (out.len() - start).wrapping_neg() % 4;
    if padding > 0 {
        out[start] |= 0x20;
        out.resize(out.len() + padding - 1, 0);
        out.push(padding as u8);
    }
}

/// How often a publisher is told. As libwebrtc does at a good bitrate.
pub(crate) const INTERVAL: Duration = Duration::from_millis(50);
/// Microseconds.
const REFERENCE_UNIT: u64 = 64_000;
const DELTA_UNIT: u64 = 250;
const TWO_BIT_VECTOR: u16 = 0xC000;
/// In one feedback, so that it fits a datagram with room to spare.
const MAX_PACKETS: u64 = 400;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::epoch;

    #[test]
    fn arrivals_and_losses_are_reported_as_the_draft_says() {
        let start = epoch();
        let mut arrivals = Arrivals::new(start);
        let at = |micros| start + Duration::from_micros(micros);
        arrivals.handle_packet(at(128_000 + 1_000), 65_534);
        arrivals.handle_packet(at(128_000 + 2_000), 65_535);
        arrivals.handle_packet(at(128_000 + 102_000), 1);
        arrivals.handle_packet(at(128_000 + 101_750), 2);
        let mut out = Vec::new();

        arrivals.write(0x0A0B_0C0D, &mut out);

        let expected = [
            &[0x8F, 205, 0, 6, 0, 0, 0, 1, 0x0A, 0x0B, 0x0C, 0x0D][..],
            &[0xFF, 0xFE, 0, 5, 0, 0, 2, 0],
            // received small, small, lost, large, large
            &[0b1101_0100, 0b1010_0000],
            &[4, 4, 0x01, 0x90, 0xFF, 0xFF],
        ]
        .concat();
        assert_eq!(out, expected);
        assert!(arrivals.is_empty());
    }

    #[test]
    fn the_next_feedback_goes_on_where_the_last_ended() {
        let start = epoch();
        let mut arrivals = Arrivals::new(start);
        arrivals.handle_packet(start, 7);
        arrivals.write(1, &mut Vec::new());
        arrivals.handle_packet(start, 9);
        arrivals.handle_packet(start, 6);
        let mut out = Vec::new();

        arrivals.write(1, &mut out);

        // Base 8, two packets, the second feedback; packet 6 came too late to be told.
        assert_eq!(out[12..16], [0, 8, 0, 2]);
        assert_eq!(out[19], 1);
    }

    #[test]
    fn nothing_is_written_when_nothing_arrived() {
        let mut out = Vec::new();

        Arrivals::new(epoch()).write(1, &mut out);

        assert!(out.is_empty());
    }

    #[test]
    fn a_leap_starts_over() {
        let start = epoch();
        let mut arrivals = Arrivals::new(start);
        arrivals.handle_packet(start, 7);
        arrivals.handle_packet(start, 20_000);
        let mut out = Vec::new();

        arrivals.write(1, &mut out);

        assert_eq!(out[12..16], [0x4E, 0x20, 0, 1]);
    }

    proptest::proptest! {
        #[test]
        fn any_arrivals_make_a_packet_of_whole_words(
            packets in proptest::collection::vec((proptest::num::u16::ANY, 0u64..20_000), 0..300),
        ) {
            let start = epoch();
            let mut arrivals = Arrivals::new(start);
            let mut now = start;
            let mut out = Vec::new();
            for (sequence, micros) in packets {
                now += Duration::from_micros(micros);
                arrivals.handle_packet(now, sequence % 1_000);
            }
            arrivals.write(1, &mut out);
            proptest::prop_assert_eq!(out.len() % 4, 0);
            if !out.is_empty() {
                let words = usize::from(u16::from_be_bytes([out[2], out[3]]));
                proptest::prop_assert_eq!(out.len(), 4 * (words + 1));
            }
        }
    }
}
