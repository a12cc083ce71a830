//! Appends RTCP packets to a buffer. Several in a row make a compound.

use super::parse::{
    NACK, PAYLOAD_FEEDBACK, PICTURE_LOSS, RECEIVER_REPORT, ReportBlock, SENDER_REPORT,
    SOURCE_DESCRIPTION, TRANSPORT_FEEDBACK,
};

/// The SSRC we report under. We have no media of our own; browsers take any.
pub(crate) const OUR_SSRC: u32 = 1;

/// What a sender report says (RFC 3550, section 6.4.1).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct SenderReport {
    pub(crate) ssrc: u32,
    pub(crate) ntp: u64,
    pub(crate) rtp: u32,
    pub(crate) packets: u32,
    pub(crate) octets: u32,
}

/// Appends a sender report without blocks.
pub(crate) fn sender_report(report: &SenderReport, out: &mut Vec<u8>) {
    let start = begin(out, 0, SENDER_REPORT);
    out.extend_from_slice(&report.ssrc.to_be_bytes());
    out.extend_from_slice(&report.ntp.to_be_bytes());
    out.extend_from_slice(&report.rtp.to_be_bytes());
    out.extend_from_slice(&report.packets.to_be_bytes());
    out.extend_from_slice(&report.octets.to_be_bytes());
    finish(out, start);
}

/// Appends a receiver report. More than 31 blocks do not fit; the rest is left out.
pub(crate) fn receiver_report(blocks: &[ReportBlock], out: &mut Vec<u8>) {
    let blocks = &blocks[..blocks.len().min(MAX_BLOCKS)];
    let start = begin(out, blocks.len() as u8, RECEIVER_REPORT);
    out.extend_from_slice(&OUR_SSRC.to_be_bytes());
    for block in blocks {
        let lost = u32::from(block.fraction_lost) << 24 | block.cumulative_lost & 0x00FF_FFFF;
        for word in [
            block.ssrc,
            lost,
            block.highest_sequence,
            block.jitter,
            block.last_sender_report,
            block.delay_since_sender_report,
        ] {
            out.extend_from_slice(&word.to_be_bytes());
        }
    }
    finish(out, start);
}

/// Appends a source description with the canonical name (RFC 3550, section 6.5).
pub(crate) fn canonical_name(ssrc: u32, name: &str, out: &mut Vec<u8>) {
    let name = &name.as_bytes()[..name.len().min(255)];
    let start = begin(out, 1, SOURCE_DESCRIPTION);
    out.extend_from_slice(&ssrc.to_be_bytes());
    out.extend_from_slice(&[1, name.len() as u8]);
    out.extend_from_slice(name);
    // The list of items ends with at least one zero, at a word boundary.
    out.push(0);
    while !(out.len() - start).is_multiple_of(4) {
        out.push(0);
    }
    finish(out, start);
}

/// Appends a request for a keyframe (RFC 4585, section 6.3.1).
pub(crate) fn picture_loss(media: u32, out: &mut Vec<u8>) {
    let start = begin(out, PICTURE_LOSS, PAYLOAD_FEEDBACK);
    out.extend_from_slice(&OUR_SSRC.to_be_bytes());
    out.extend_from_slice(&media.to_be_bytes());
    finish(out, start);
}

/// Appends a request for missing packets, given in ascending order (RFC 4585, section 6.2.1).
pub(crate) fn nack(media: u32, missing: &[u64], out: &mut Vec<u8>) {
    let start = begin(out, NACK, TRANSPORT_FEEDBACK);
    out.extend_from_slice(&OUR_SSRC.to_be_bytes());
    out.extend_from_slice(&media.to_be_bytes());
    let mut rest = missing;
    while let Some((first, after)) = rest.split_first() {
        let together = after.iter().take_while(|n| **n - first <= 16).count();
        let bits = after[..together]
            .iter()
            .fold(0u16, |bits, n| bits | 1 << (n - first - 1));
        out.extend_from_slice(&(*first as u16).to_be_bytes());
        out.extend_from_slice(&bits.to_be_bytes());
        rest = &after[together..];
    }
    finish(out, start);
}

/// Appends a header and gives its place for [`finish`].
pub(super) fn begin(out: &mut Vec<u8>, count: u8, packet_type: u8) -> usize {
    let start = out.len();
    out.extend_from_slice(&[0x80 | count, packet_type, 0, 0]);
    start
}

/// Writes the length of a packet that is complete.
pub(super) fn finish(out: &mut [u8], start: usize) {
    let words = ((out.len() - start) / 4 - 1) as u16;
    out[start + 2..start + 4].copy_from_slice(&words.to_be_bytes());
}

const MAX_BLOCKS: usize = 31;

#[cfg(test)]
mod tests {
    use super::super::parse::{Rtcp, packets};
    use super::*;

    #[test]
    fn a_nack_is_read_back() {
        let mut out = Vec::new();
        let missing = [65_530, 65_531, 65_546, 65_547, 70_000];

        nack(42, &missing, &mut out);

        let Some(Rtcp::Nack {
            media,
            missing: read,
        }) = packets(&out).next()
        else {
            panic!("a NACK was written");
        };
        assert_eq!(media, 42);
        assert_eq!(read.collect::<Vec<_>>(), missing.map(|n| n as u16));
    }

    #[test]
    fn reports_are_read_back_from_a_compound() {
        let report = SenderReport {
            ssrc: 5,
            ntp: 0x0102_0304_0506_0708,
            rtp: 9,
            packets: 10,
            octets: 11,
        };
        let block = ReportBlock {
            ssrc: 6,
            fraction_lost: 7,
            cumulative_lost: 8,
            highest_sequence: 9,
            jitter: 10,
            last_sender_report: 11,
            delay_since_sender_report: 12,
        };
        let mut out = Vec::new();

        sender_report(&report, &mut out);
        canonical_name(5, "anna", &mut out);
        receiver_report(&[block], &mut out);
        picture_loss(6, &mut out);

        let found: Vec<_> = packets(&out).collect();
        let Rtcp::SenderReport { ssrc, ntp, rtp, .. } = found[0] else {
            panic!("a sender report was written");
        };
        assert_eq!((ssrc, ntp, rtp), (report.ssrc, report.ntp, report.rtp));
        let Rtcp::ReceiverReport { blocks } = &found[1] else {
            panic!("a receiver report was written");
        };
        assert_eq!(blocks.clone().collect::<Vec<_>>(), [block]);
        assert!(matches!(found[2], Rtcp::PictureLoss { media: 6 }));
    }

    #[test]
    fn a_name_of_any_length_fills_whole_words() {
        for len in 0..20 {
            let mut out = Vec::new();
            canonical_name(1, &"x".repeat(len), &mut out);
            assert_eq!(out.len() % 4, 0, "length {len}");
            assert_eq!(out.last(), Some(&0));
        }
    }
}
