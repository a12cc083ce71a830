//! Takes RTCP compounds apart without allocating.

use super::transport_feedback::TransportFeedback;

/// The packets of a compound. What we have no use for is skipped; the walk ends at the first
/// packet whose length does not fit.
pub(crate) fn packets(compound: &[u8]) -> Packets<'_> {
    Packets { rest: compound }
}

/// Walks over a compound.
#[derive(Clone, Debug)]
pub(crate) struct Packets<'a> {
    rest: &'a [u8],
}

/// A packet we have a use for.
#[derive(Clone, Debug)]
pub(crate) enum Rtcp<'a> {
    /// What time a source's timestamps mean.
    SenderReport { ssrc: u32, ntp: u64, rtp: u32 },
    /// How well sources arrive.
    ReceiverReport { blocks: Blocks<'a> },
    /// Sources that ended.
    Goodbye { sources: Words<'a> },
    /// Packets to be sent again.
    Nack { media: u32, missing: NackItems<'a> },
    /// A picture that cannot be decoded.
    PictureLoss { media: u32 },
    /// Sources asked for a keyframe.
    FullIntra { requests: FullIntraItems<'a> },
    /// When packets of ours arrived.
    TransportFeedback(TransportFeedback<'a>),
}

/// What one receiver says of one source (RFC 3550, section 6.4.1).
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct ReportBlock {
    pub(crate) ssrc: u32,
    pub(crate) fraction_lost: u8,
    pub(crate) cumulative_lost: u32,
    pub(crate) highest_sequence: u32,
    pub(crate) jitter: u32,
    pub(crate) last_sender_report: u32,
    pub(crate) delay_since_sender_report: u32,
}

impl<'a> Iterator for Packets<'a> {
    type Item = Rtcp<'a>;

    fn next(&mut self) -> Option<Rtcp<'a>> {
        loop {
            let header: &[u8; 4] = self.rest.first_chunk()?;
            if header[0] >> 6 != 2 {
                return None;
            }
            let len = 4 + 4 * usize::from(u16::from_be_bytes([header[2], header[3]]));
            let packet = self.rest.get(..len)?;
            self.rest = &self.rest[len..];
            let mut body = &packet[4..];
            if header[0] & 0x20 != 0 {
                let padding = usize::from(*body.last()?);
                body = body.get(..body.len().checked_sub(padding)?)?;
            }
            if let Some(found) = read(header[1], header[0] & 0x1F, body) {
                return Some(found);
            }
        }
    }
}

fn read(packet_type: u8, count: u8, body: &[u8]) -> Option<Rtcp<'_>> {
    match (packet_type, count) {
        (SENDER_REPORT, _) => Some(Rtcp::SenderReport {
            ssrc: word(body, 0)?,
            ntp: u64::from(word(body, 4)?) << 32 | u64::from(word(body, 8)?),
            rtp: word(body, 12)?,
        }),
        (RECEIVER_REPORT, count) => Some(Rtcp::ReceiverReport {
            blocks: Blocks::new(body.get(4..)?, count),
        }),
        (GOODBYE, count) => Some(Rtcp::Goodbye {
            sources: Words(body.get(..4 * usize::from(count))?),
        }),
        (TRANSPORT_FEEDBACK, NACK) => Some(Rtcp::Nack {
            media: word(body, 4)?,
            missing: NackItems {
                words: Words(body.get(8..)?),
                current: None,
            },
        }),
        (PAYLOAD_FEEDBACK, PICTURE_LOSS) => Some(Rtcp::PictureLoss {
            media: word(body, 4)?,
        }),
        (PAYLOAD_FEEDBACK, FULL_INTRA) => Some(Rtcp::FullIntra {
            requests: FullIntraItems(Words(body.get(8..)?)),
        }),
        (TRANSPORT_FEEDBACK, TRANSPORT_CC) => {
            TransportFeedback::read(body).map(Rtcp::TransportFeedback)
        }
        // Source descriptions, REMB, extended reports.
        _ => None,
    }
}

/// The report blocks of a report.
#[derive(Clone, Debug)]
pub(crate) struct Blocks<'a> {
    rest: &'a [u8],
}

impl<'a> Blocks<'a> {
    fn new(bytes: &'a [u8], count: u8) -> Self {
        let len = bytes.len().min(BLOCK_LEN * usize::from(count));
        Self {
            rest: &bytes[..len],
        }
    }
}

impl Iterator for Blocks<'_> {
    type Item = ReportBlock;

    fn next(&mut self) -> Option<ReportBlock> {
        let (block, rest) = self.rest.split_at_checked(BLOCK_LEN)?;
        self.rest = rest;
        Some(ReportBlock {
            ssrc: word(block, 0)?,
            fraction_lost: block[4],
            cumulative_lost: word(block, 4)? & 0x00FF_FFFF,
            highest_sequence: word(block, 8)?,
            jitter: word(block, 12)?,
            last_sender_report: word(block, 16)?,
            delay_since_sender_report: word(block, 20)?,
        })
    }
}

/// Big-endian words.
#[derive(Clone, Debug)]
pub(crate) struct Words<'a>(&'a [u8]);

impl Iterator for Words<'_> {
    type Item = u32;

    fn next(&mut self) -> Option<u32> {
        let (word, rest) = self.0.split_first_chunk::<4>()?;
        self.0 = rest;
        Some(u32::from_be_bytes(*word))
    }
}

/// The sequence numbers in a NACK: each word names one and, by bits, 16 after it.
#[derive(Clone, Debug)]
pub(crate) struct NackItems<'a> {
    words: Words<'a>,
    current: Option<(u16, u32)>,
}

impl Iterator for NackItems<'_> {
    type Item = u16;

    fn next(&mut self) -> Option<u16> {
        let (first, bits) = match self.current {
            Some(current) => current,
            // The bit of the number itself is put in front of the others.
            None => self
                .words
                .next()
                .map(|word| ((word >> 16) as u16, (word & 0xFFFF) << 1 | 1))?,
        };
        let step = bits.trailing_zeros();
        let left = bits & (bits - 1);
        self.current = (left != 0).then_some((first, left));
        Some(first.wrapping_add(step as u16))
    }
}

/// The sources named in a full intra request.
#[derive(Clone, Debug)]
pub(crate) struct FullIntraItems<'a>(Words<'a>);

impl Iterator for FullIntraItems<'_> {
    type Item = u32;

    fn next(&mut self) -> Option<u32> {
        let ssrc = self.0.next()?;
        let _command_number = self.0.next();
        Some(ssrc)
    }
}

fn word(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_be_bytes(*bytes.get(at..)?.first_chunk()?))
}

pub(super) const SENDER_REPORT: u8 = 200;
pub(super) const RECEIVER_REPORT: u8 = 201;
pub(super) const SOURCE_DESCRIPTION: u8 = 202;
const GOODBYE: u8 = 203;
pub(super) const TRANSPORT_FEEDBACK: u8 = 205;
pub(super) const PAYLOAD_FEEDBACK: u8 = 206;
pub(super) const NACK: u8 = 1;
pub(super) const PICTURE_LOSS: u8 = 1;
const FULL_INTRA: u8 = 4;
pub(super) const TRANSPORT_CC: u8 = 15;
const BLOCK_LEN: usize = 24;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_nack_names_a_number_and_those_after_it_by_bits() {
        let packet = [
            0x81, 205, 0, 3, 0, 0, 0, 1, 0, 0, 0, 9, 0xFF, 0xFE, 0x80, 0x03,
        ];

        let Some(Rtcp::Nack { media, missing }) = packets(&packet).next() else {
            panic!("a NACK was expected");
        };

        assert_eq!(media, 9);
        assert_eq!(missing.collect::<Vec<_>>(), [65_534, 65_535, 0, 14]);
    }

    #[test]
    fn every_packet_of_a_compound_is_seen() {
        // Receiver report without blocks, an SDES, a PLI, a FIR.
        let compound = [
            &[0x80, 201, 0, 1, 0, 0, 0, 1][..],
            &[0x81, 202, 0, 2, 0, 0, 0, 1, 1, 1, b'c', 0],
            &[0x81, 206, 0, 2, 0, 0, 0, 1, 0, 0, 0, 7],
            &[
                0x84, 206, 0, 4, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 8, 5, 0, 0, 0,
            ],
        ]
        .concat();

        let found: Vec<_> = packets(&compound).collect();

        assert!(matches!(found[0], Rtcp::ReceiverReport { .. }));
        assert!(matches!(found[1], Rtcp::PictureLoss { media: 7 }));
        let Rtcp::FullIntra { requests } = &found[2] else {
            panic!("a FIR was expected");
        };
        assert_eq!(requests.clone().collect::<Vec<_>>(), [8]);
    }

    #[test]
    fn a_goodbye_names_its_sources() {
        let packet = [0x82, 203, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2];

        let Some(Rtcp::Goodbye { sources }) = packets(&packet).next() else {
            panic!("a BYE was expected");
        };

        assert_eq!(sources.collect::<Vec<_>>(), [1, 2]);
    }

    #[test]
    fn a_packet_longer_than_the_compound_ends_the_walk() {
        assert!(packets(&[0x81, 206, 0, 9, 0, 0, 0, 1]).next().is_none());
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_are_walked_without_a_panic(
            mut bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..200),
            types in proptest::collection::vec(200u8..208, 50),
        ) {
            // Make the headers plausible, or hardly any input would get past them.
            for (at, kind) in types.into_iter().enumerate() {
                if let Some(chunk) = bytes.get_mut(at * 4..at * 4 + 4) && at % 3 == 0 {
                    chunk[0] = chunk[0] & 0x3F | 0x80;
                    chunk[1] = kind;
                    chunk[2] = 0;
                    chunk[3] &= 0x0F;
                }
            }
            for packet in packets(&bytes) {
                match packet {
                    Rtcp::ReceiverReport { blocks } => drop(blocks.count()),
                    Rtcp::Goodbye { sources } => drop(sources.count()),
                    Rtcp::Nack { missing, .. } => drop(missing.count()),
                    Rtcp::FullIntra { requests } => drop(requests.count()),
                    Rtcp::TransportFeedback(feedback) => drop(feedback.arrivals().count()),
                    Rtcp::SenderReport { .. } | Rtcp::PictureLoss { .. } => {}
                }
            }
        }
    }
}
