//! Reads transport-wide congestion control feedback
//! (draft-holmer-rmcat-transport-wide-cc-extensions-01): when each packet of ours arrived.
//!
//! `transport_cc` writes the same packet for publishers. A feedback of a few bytes may speak of
//! thousands of packets, so whoever walks over one must first ask how many.

/// A feedback packet. Times are on the receiver's clock.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TransportFeedback<'a> {
    /// The number of the first packet it speaks of.
    pub(crate) base: u16,
    /// Of how many it speaks.
    pub(crate) count: u16,
    /// Where the arrival times count from: units of 64 ms, of which 24 bits are known.
    pub(crate) reference: u32,
    chunks: &'a [u8],
    deltas: &'a [u8],
}

impl<'a> TransportFeedback<'a> {
    /// Takes the body of a packet apart; `None` when its chunks do not reach as far as its count.
    pub(super) fn read(body: &'a [u8]) -> Option<Self> {
        let (fixed, rest) = body.split_first_chunk::<16>()?;
        let count = u16::from_be_bytes([fixed[10], fixed[11]]);
        let mut covered = 0;
        let mut len = 0;
        while covered < u32::from(count) {
            covered += u32::from(Chunk::read(rest.get(len..)?)?.symbols);
            len += 2;
        }
        let (chunks, deltas) = rest.split_at(len);
        Some(Self {
            base: u16::from_be_bytes([fixed[8], fixed[9]]),
            count,
            reference: u32::from_be_bytes([0, fixed[12], fixed[13], fixed[14]]),
            chunks,
            deltas,
        })
    }

    /// The fate of each packet in order: microseconds from the reference time to its arrival, or
    /// `None` for one that has not arrived. Ends early when arrival times are missing.
    pub(crate) fn arrivals(&self) -> Arrivals<'a> {
        Arrivals {
            left: self.count,
            chunk: Chunk::default(),
            chunks: self.chunks,
            deltas: self.deltas,
            at: 0,
        }
    }
}

/// Walks over the packets of a feedback.
#[derive(Clone, Debug)]
pub(crate) struct Arrivals<'a> {
    left: u16,
    chunk: Chunk,
    chunks: &'a [u8],
    deltas: &'a [u8],
    at: i64,
}

impl Iterator for Arrivals<'_> {
    type Item = Option<i64>;

    fn next(&mut self) -> Option<Option<i64>> {
        self.left = self.left.checked_sub(1)?;
        if self.chunk.symbols == 0 {
            self.chunk = Chunk::read(self.chunks)?;
            self.chunks = &self.chunks[2..];
        }
        let units = match self.chunk.take() {
            Symbol::NotReceived => return Some(None),
            Symbol::SmallDelta => {
                let (&byte, rest) = self.deltas.split_first()?;
                self.deltas = rest;
                i64::from(byte)
            }
            Symbol::LargeDelta => {
                let (bytes, rest) = self.deltas.split_first_chunk::<2>()?;
                self.deltas = rest;
                i64::from(i16::from_be_bytes(*bytes))
            }
        };
        self.at += units * DELTA_MICROS;
        Some(Some(self.at))
    }
}

/// What is left of a chunk of symbols.
#[derive(Clone, Copy, Debug, Default)]
struct Chunk {
    symbols: u16,
    form: Form,
}

#[derive(Clone, Copy, Debug)]
enum Form {
    /// The same symbol for all.
    Run(Symbol),
    /// One bit or two for each symbol; the next is in the highest bits.
    Vector { bits_per_symbol: u32, bits: u16 },
}

#[derive(Clone, Copy, Debug, Default)]
enum Symbol {
    #[default]
    NotReceived,
    SmallDelta,
    LargeDelta,
}

impl Default for Form {
    fn default() -> Self {
        Self::Run(Symbol::default())
    }
}

impl Chunk {
    fn read(bytes: &[u8]) -> Option<Self> {
        let word = u16::from_be_bytes(*bytes.first_chunk()?);
        Some(if word & 0x8000 == 0 {
            Self {
                // A run of nothing would be read for ever.
                symbols: Some(word & 0x1FFF).filter(|len| *len > 0)?,
                form: Form::Run(Symbol::from(word >> 13)),
            }
        } else if word & 0x4000 == 0 {
            Self {
                symbols: 14,
                form: Form::Vector {
                    bits_per_symbol: 1,
                    bits: word << 2,
                },
            }
        } else {
            Self {
                symbols: 7,
                form: Form::Vector {
                    bits_per_symbol: 2,
                    bits: word << 2,
                },
            }
        })
    }

    fn take(&mut self) -> Symbol {
        self.symbols -= 1;
        match &mut self.form {
            Form::Run(symbol) => *symbol,
            Form::Vector {
                bits_per_symbol,
                bits,
            } => {
                let symbol = *bits >> (16 - *bits_per_symbol);
                *bits <<= *bits_per_symbol;
                Symbol::from(symbol)
            }
        }
    }
}

impl From<u16> for Symbol {
    fn from(bits: u16) -> Self {
        match bits & 3 {
            1 => Self::SmallDelta,
            2 => Self::LargeDelta,
            // 3 is reserved, and nothing is known of a time with it.
            _ => Self::NotReceived,
        }
    }
}

const DELTA_MICROS: i64 = 250;

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::*;
    use crate::{
        rtcp::{
            parse::{Rtcp, packets},
            transport_cc,
        },
        testing::epoch,
    };

    #[test]
    fn what_we_tell_publishers_is_read_back() {
        let start = epoch();
        let at = |micros| start + Duration::from_micros(micros);
        let compound = written(
            start,
            &[
                (at(129_000), 65_534),
                (at(130_000), 65_535),
                (at(230_000), 1),
                (at(229_750), 2),
            ],
        );

        let feedback = read(&compound);

        assert_eq!(feedback.base, 65_534);
        assert_eq!(feedback.reference, 2);
        let arrivals: Vec<_> = feedback.arrivals().collect();
        assert_eq!(
            arrivals,
            [Some(1_000), Some(2_000), None, Some(102_000), Some(101_750)]
        );
    }

    #[test]
    fn every_form_of_chunk_is_read() {
        let chunks = [
            // Three lost in a row; one bit each: received, lost, received; two bits each: a large
            // and a small delta.
            [0x00, 0x03],
            [0b1010_1000, 0],
            [0b1110_0100, 0],
        ];
        let deltas = [4, 8, 0xFF, 0xFF, 1];
        let mut body = vec![0, 0, 0, 1, 0, 0, 0, 2, 0, 10, 0, 19, 0, 0, 1, 0];
        body.extend_from_slice(&chunks.concat());
        body.extend_from_slice(&deltas);

        let feedback = TransportFeedback::read(&body).unwrap();

        let arrivals: Vec<_> = feedback.arrivals().collect();
        assert_eq!(arrivals.len(), 19);
        let arrived: Vec<_> = arrivals
            .iter()
            .enumerate()
            .filter_map(|(at, arrival)| Some((at, (*arrival)?)))
            .collect();
        assert_eq!(arrived, [(3, 1_000), (5, 3_000), (17, 2_750), (18, 3_000)]);
    }

    #[test]
    fn a_count_beyond_the_chunks_is_refused() {
        let body = [
            0, 0, 0, 1, 0, 0, 0, 2, 0, 10, 0xFF, 0xFF, 0, 0, 1, 0, 0x1F, 0xFF,
        ];

        assert!(TransportFeedback::read(&body).is_none());
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(body in proptest::collection::vec(proptest::num::u8::ANY, 0..200)) {
            if let Some(feedback) = TransportFeedback::read(&body) {
                proptest::prop_assert!(feedback.arrivals().count() <= usize::from(feedback.count));
            }
        }

        #[test]
        fn whatever_is_written_is_read_back(
            packets in proptest::collection::vec((1u64..4, 0u64..60_000), 1..120),
        ) {
            let start = epoch();
            let mut sent = Vec::new();
            let (mut sequence, mut micros) = (65_500u64, 0);
            for (step, pause) in packets {
                sequence += step;
                micros += pause;
                sent.push((start + Duration::from_micros(micros), sequence as u16));
            }

            let compound = written(start, &sent);
            let feedback = read(&compound);

            let reference = start + Duration::from_millis(64 * u64::from(feedback.reference));
            let mut expected = sent.iter();
            for (at, arrival) in feedback.arrivals().enumerate() {
                let Some(arrival) = arrival else { continue };
                let (when, number) = expected.next().unwrap();
                proptest::prop_assert_eq!(*number, feedback.base.wrapping_add(at as u16));
                let read = reference + Duration::from_micros(arrival.unsigned_abs());
                let error = when.saturating_duration_since(read);
                proptest::prop_assert!(error < Duration::from_micros(250), "{:?}", error);
            }
            proptest::prop_assert!(expected.next().is_none());
        }
    }

    fn written(start: Instant, packets: &[(Instant, u16)]) -> Vec<u8> {
        let mut arrivals = transport_cc::Arrivals::new(start);
        for (at, sequence) in packets {
            arrivals.handle_packet(*at, *sequence);
        }
        let mut out = Vec::new();
        arrivals.write(1, &mut out);
        out
    }

    fn read(compound: &[u8]) -> TransportFeedback<'_> {
        match packets(compound).next() {
            Some(Rtcp::TransportFeedback(feedback)) => feedback,
            other => panic!("a feedback was written, not {other:?}"),
        }
    }
}
