//! Makes one continuous stream for a subscriber out of stretches of several.
//!
//! ```text
//! layer q   .. 100 101 102 103 104 ..            each layer numbers packets, time and pictures
//! layer f             .. 7001 7002 7003 ..       by itself
//! sent      ..  50  51  52 | 53  54  55 ..       the subscriber sees one count
//!                          ^ a segment begins: three offsets hold from here on
//! ```
//!
//! A segment keeps a source's gaps, so a lost packet stays a gap that the subscriber asks for, and
//! it finds the packet behind a number that was sent, so nothing is kept per subscriber to answer.
//! Packets that are left out on purpose leave no gap: another segment begins after them. One that
//! shows only later that it is to be left out has its number by then, and goes out empty.

use std::{collections::VecDeque, time::Instant};

use super::{Unwrapper, cache::PacketInfo};
use crate::{
    codec::picture::{PictureCounters, PictureOffsets},
    command::{Codec, Depth},
};

/// One publisher's SSRC, for as long as it is bound. Never used twice.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(crate) struct SourceId(pub(crate) u64);

/// The numbers of one forwarded stream.
#[derive(Debug, Default)]
pub(crate) struct Rewriter {
    /// Oldest first; the last is the one being forwarded.
    segments: VecDeque<Segment>,
    last: Option<Sent>,
    /// The newest packet of the source that was sent or left out.
    newest: Option<u64>,
    /// The newest picture that was left out.
    left_out: Option<u16>,
}

/// A stretch of packets of one source with constant offsets.
#[derive(Clone, Copy, Debug)]
struct Segment {
    source: SourceId,
    first_in: u64,
    first_out: u64,
    timestamp_offset: u32,
    picture: PictureOffsets,
    /// What of the source goes out in it.
    depth: Depth,
}

/// The newest packet that was sent.
#[derive(Clone, Copy, Debug)]
struct Sent {
    sequence: u64,
    timestamp: u32,
    at: Instant,
    picture: PictureCounters,
}

/// A packet's numbers as the subscriber sees them.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Rewritten {
    pub(crate) sequence: u16,
    pub(crate) timestamp: u32,
    /// Whether it ends the picture as far as it is sent.
    pub(crate) marker: bool,
    /// It only fills its number: it belongs to a layer that is not sent.
    pub(crate) is_empty: bool,
    pub(crate) picture: PictureOffsets,
}

impl Rewriter {
    /// Starts a segment with its first packet.
    ///
    /// `aligned` is the timestamp offset under which the source says the same time as the one
    /// before, where sender reports of both are known. Otherwise the time that passed decides.
    pub(crate) fn begin(
        &mut self,
        now: Instant,
        source: SourceId,
        first: &PacketInfo,
        clock_rate: u32,
        aligned: Option<u32>,
    ) {
        let segment = match (self.last, self.segments.back()) {
            (Some(last), Some(before)) if before.source == source => Segment {
                first_in: first.sequence,
                first_out: last.sequence + 1,
                ..*before
            },
            (Some(last), _) => Segment {
                source,
                first_in: first.sequence,
                first_out: last.sequence + 1,
                timestamp_offset: last.follow(now, first.timestamp, clock_rate, aligned),
                picture: PictureOffsets::following(last.picture, &first.content.picture),
                depth: Depth::ALL,
            },
            (None, _) => Segment {
                source,
                first_in: first.sequence,
                first_out: first.sequence,
                timestamp_offset: 0,
                picture: PictureOffsets::default(),
                depth: Depth::ALL,
            },
        };
        self.newest = None;
        self.left_out = None;
        self.push(segment);
    }

    /// From a packet on another part of the source is sent.
    fn deepen(&mut self, packet: &PacketInfo, depth: Depth) {
        let Some(segment) = self.segments.back_mut() else {
            return;
        };
        if segment.depth == depth {
            return;
        }
        if segment.first_in == packet.sequence {
            segment.depth = depth;
        } else {
            let segment = Segment {
                first_in: packet.sequence,
                first_out: segment.number(packet.sequence),
                depth,
                ..*segment
            };
            self.push(segment);
        }
    }

    /// Leaves a packet out, with no gap where it was. One that is late has a number already, under
    /// which something has to be sent.
    pub(crate) fn leave_out(
        &mut self,
        source: SourceId,
        packet: &PacketInfo,
        depth: Depth,
    ) -> Option<Rewritten> {
        if self.source()? != source {
            return None;
        }
        if self.is_late(packet) {
            return self.rewrite_late(source, packet);
        }
        self.deepen(packet, depth);
        self.newest = Some(packet.sequence);
        let segment = self.segments.back_mut()?;
        let mut next = Segment {
            first_in: packet.sequence + 1,
            first_out: segment.number(packet.sequence),
            ..*segment
        };
        // Only VP8 counts pictures by what is sent: VP9 refers to pictures by their distance.
        let picture = packet.content.picture.id.map(|id| id.value);
        if packet.codec == Codec::Vp8 && picture.is_some() && picture != self.left_out {
            self.left_out = picture;
            next.picture.id = next.picture.id.wrapping_sub(1);
        }
        if segment.first_in == packet.sequence {
            *segment = next;
        } else {
            self.push(next);
        }
        None
    }

    fn push(&mut self, segment: Segment) {
        if self.segments.len() == REMEMBERED {
            self.segments.pop_front();
        }
        self.segments.push_back(segment);
    }

    /// The numbers of a packet of the source that is forwarded down to `depth`; `None` when it is
    /// older than the stretch, was left out, or is of another source.
    pub(crate) fn rewrite(
        &mut self,
        now: Instant,
        source: SourceId,
        packet: &PacketInfo,
        depth: Depth,
    ) -> Option<Rewritten> {
        if self.source()? != source {
            return None;
        }
        if self.is_late(packet) {
            return self.rewrite_late(source, packet);
        }
        self.deepen(packet, depth);
        self.newest = Some(packet.sequence);
        let segment = self.segments.back()?;
        let sequence = segment.number(packet.sequence);
        let rewritten = segment.apply(sequence, packet);
        self.last = Some(Sent {
            sequence,
            timestamp: rewritten.timestamp,
            at: now,
            picture: segment.picture.shift(&packet.content.picture),
        });
        Some(rewritten)
    }

    fn is_late(&self, packet: &PacketInfo) -> bool {
        let newest = self.newest.is_some_and(|newest| packet.sequence <= newest);
        let first_in = self.segments.back().map(|segment| segment.first_in);
        newest || first_in.is_some_and(|first_in| packet.sequence < first_in)
    }

    /// The numbers that were kept for a packet when newer ones overtook it.
    fn rewrite_late(&self, source: SourceId, packet: &PacketInfo) -> Option<Rewritten> {
        let mut end = u64::MAX;
        for segment in self.segments.iter().rev() {
            if segment.source == source && segment.first_in <= packet.sequence {
                let sequence = segment.number(packet.sequence);
                return (sequence < end).then(|| segment.apply(sequence, packet));
            }
            end = segment.first_out;
        }
        None
    }

    /// Which packet of which source was sent under a number.
    pub(crate) fn locate(&self, sequence: u16) -> Option<(SourceId, u64)> {
        let sequence = self.full(sequence)?;
        let segment = self.segment_of(sequence)?;
        Some((
            segment.source,
            segment.first_in + (sequence - segment.first_out),
        ))
    }

    /// The numbers a packet was sent with, for sending it again.
    pub(crate) fn rewrite_again(&self, sequence: u16, packet: &PacketInfo) -> Option<Rewritten> {
        let full = self.full(sequence)?;
        Some(self.segment_of(full)?.apply(full, packet))
    }

    /// What is added to the timestamps of a source, if it is the one being forwarded.
    pub(crate) fn timestamp_offset(&self, source: SourceId) -> Option<u32> {
        let segment = self.segments.back()?;
        (segment.source == source).then_some(segment.timestamp_offset)
    }

    /// The timestamp of the newest packet.
    pub(crate) fn timestamp(&self) -> Option<u32> {
        Some(self.last?.timestamp)
    }

    /// The source being forwarded.
    pub(crate) fn source(&self) -> Option<SourceId> {
        Some(self.segments.back()?.source)
    }

    /// A number on the wire in full; `None` if it was not sent.
    fn full(&self, sequence: u16) -> Option<u64> {
        let last = self.last?.sequence;
        Some(Unwrapper::starting_at(last).peek(sequence)).filter(|full| *full <= last)
    }

    fn segment_of(&self, sequence: u64) -> Option<&Segment> {
        self.segments
            .iter()
            .rev()
            .find(|segment| segment.first_out <= sequence)
    }
}

impl Segment {
    fn number(&self, sequence: u64) -> u64 {
        self.first_out + (sequence - self.first_in)
    }

    fn apply(&self, sequence: u64, packet: &PacketInfo) -> Rewritten {
        let place = &packet.content.place;
        // The publisher marks the end of the largest size, which may not be sent.
        let is_cut_here = place.ends_frame && place.depth.spatial == self.depth.spatial;
        Rewritten {
            sequence: sequence as u16,
            timestamp: packet.timestamp.wrapping_add(self.timestamp_offset),
            marker: packet.marker || is_cut_here,
            is_empty: !self.depth.holds(place.depth),
            picture: self.picture,
        }
    }
}

impl Sent {
    /// The offset under which a source's `timestamp` follows this packet.
    fn follow(&self, now: Instant, timestamp: u32, clock_rate: u32, aligned: Option<u32>) -> u32 {
        let passed = now.saturating_duration_since(self.at);
        let ticks = (passed.as_micros() * u128::from(clock_rate) / 1_000_000) as u32;
        let by_arrival = ticks.max(1);
        let step = aligned
            .map(|offset| timestamp.wrapping_add(offset).wrapping_sub(self.timestamp))
            // Sender reports can be wrong or old; time must go forward, and not by leaps.
            .filter(|step| (1..=by_arrival.saturating_add(clock_rate)).contains(step))
            .unwrap_or(by_arrival);
        self.timestamp.wrapping_add(step).wrapping_sub(timestamp)
    }
}

/// Older segments cannot be asked for any more: a second in which every other of sixty pictures was
/// left out, and a few switches.
const REMEMBERED: usize = 40;

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::{
        codec::{
            PayloadInfo,
            picture::{PictureFields, PictureId},
        },
        command::Codec,
        testing::epoch,
    };

    const Q: SourceId = SourceId(1);
    const F: SourceId = SourceId(2);

    #[test]
    fn a_layer_switch_continues_every_count() {
        let now = epoch();
        let mut rewriter = Rewriter::default();
        rewriter.begin(now, Q, &packet(1_000, 50_000, 7), 90_000, None);
        let last = rewriter
            .rewrite(now, Q, &packet(1_002, 53_000, 8), Depth::ALL)
            .unwrap();

        let later = now + Duration::from_millis(20);
        let keyframe = packet(900_000, 4_000_000_000, 30_000);
        rewriter.begin(later, F, &keyframe, 90_000, None);
        let first = rewriter.rewrite(later, F, &keyframe, Depth::ALL).unwrap();

        assert_eq!(first.sequence, last.sequence.wrapping_add(1));
        assert_eq!(first.timestamp, last.timestamp + 1_800);
        assert_eq!(first.picture.shift(&keyframe.content.picture).id, 9);
    }

    #[test]
    fn sender_reports_decide_the_time_where_they_are_sane() {
        let now = epoch();
        let mut rewriter = Rewriter::default();
        rewriter.begin(now, Q, &packet(1, 10_000, 0), 90_000, None);
        rewriter.rewrite(now, Q, &packet(1, 10_000, 0), Depth::ALL);
        let keyframe = packet(1, 77_000, 0);

        let aligned = 10_000u32.wrapping_add(3_000).wrapping_sub(77_000);
        rewriter.begin(now, F, &keyframe, 90_000, Some(aligned));

        assert_eq!(
            rewriter
                .rewrite(now, F, &keyframe, Depth::ALL)
                .unwrap()
                .timestamp,
            13_000
        );
    }

    #[test]
    fn time_never_goes_back_whatever_a_sender_report_says() {
        let now = epoch();
        let mut rewriter = Rewriter::default();
        rewriter.begin(now, Q, &packet(1, 10_000, 0), 90_000, None);
        rewriter.rewrite(now, Q, &packet(1, 10_000, 0), Depth::ALL);
        let keyframe = packet(1, 77_000, 0);

        let into_the_past = 9_000u32.wrapping_sub(77_000);
        rewriter.begin(now, F, &keyframe, 90_000, Some(into_the_past));

        assert_eq!(
            rewriter
                .rewrite(now, F, &keyframe, Depth::ALL)
                .unwrap()
                .timestamp,
            10_001
        );
    }

    #[test]
    fn a_pause_of_the_same_source_leaves_no_gap_in_numbers_and_a_true_one_in_time() {
        let now = epoch();
        let mut rewriter = Rewriter::default();
        rewriter.begin(now, Q, &packet(10, 0, 0), 48_000, None);
        let before = rewriter
            .rewrite(now, Q, &packet(10, 0, 0), Depth::ALL)
            .unwrap();

        let resumed = packet(500, 480_000, 0);
        rewriter.begin(now + Duration::from_secs(10), Q, &resumed, 48_000, None);
        let after = rewriter.rewrite(now, Q, &resumed, Depth::ALL).unwrap();

        assert_eq!(after.sequence, before.sequence + 1);
        assert_eq!(after.timestamp, before.timestamp + 480_000);
    }

    #[test]
    fn a_gap_of_the_source_stays_a_gap_and_is_found_again() {
        let now = epoch();
        let mut rewriter = Rewriter::default();
        rewriter.begin(now, Q, &packet(65_530, 0, 0), 90_000, None);
        rewriter.rewrite(now, Q, &packet(65_530, 0, 0), Depth::ALL);
        let after_gap = rewriter
            .rewrite(now, Q, &packet(65_540, 0, 0), Depth::ALL)
            .unwrap();

        let missing = after_gap.sequence.wrapping_sub(5);

        assert_eq!(rewriter.locate(missing), Some((Q, 65_535)));
        assert_eq!(rewriter.locate(after_gap.sequence.wrapping_add(1)), None);
    }

    #[test]
    fn numbers_sent_before_a_switch_lead_to_the_old_source() {
        let now = epoch();
        let mut rewriter = Rewriter::default();
        rewriter.begin(now, Q, &packet(100, 0, 0), 90_000, None);
        let old = rewriter
            .rewrite(now, Q, &packet(101, 0, 0), Depth::ALL)
            .unwrap();
        rewriter.begin(now, F, &packet(7_000, 0, 0), 90_000, None);
        let new = rewriter
            .rewrite(now, F, &packet(7_000, 0, 0), Depth::ALL)
            .unwrap();

        assert_eq!(rewriter.locate(old.sequence), Some((Q, 101)));
        assert_eq!(rewriter.locate(new.sequence), Some((F, 7_000)));
    }

    #[test]
    fn packets_from_before_the_switch_are_left_out() {
        let now = epoch();
        let mut rewriter = Rewriter::default();
        rewriter.begin(now, F, &packet(7_000, 0, 0), 90_000, None);

        assert_eq!(
            rewriter.rewrite(now, F, &packet(6_999, 0, 0), Depth::ALL),
            None
        );
        assert_eq!(
            rewriter.rewrite(now, Q, &packet(7_001, 0, 0), Depth::ALL),
            None
        );
    }

    #[test]
    fn what_is_left_out_leaves_no_gap_in_numbers_or_pictures() {
        let now = epoch();
        let mut rewriter = Rewriter::default();
        rewriter.begin(now, Q, &packet(100, 0, 7), 90_000, None);
        let base = rewriter.rewrite(now, Q, &packet(100, 0, 7), BASE).unwrap();
        // A picture of two packets, and another.
        for fine in [fine(101, 8), fine(102, 8), fine(103, 9)] {
            assert_eq!(rewriter.leave_out(Q, &fine, BASE), None);
        }
        let next = rewriter.rewrite(now, Q, &packet(104, 0, 10), BASE).unwrap();

        assert_eq!(next.sequence, base.sequence + 1);
        let picture = packet(104, 0, 10).content.picture;
        assert_eq!(next.picture.shift(&picture).id, 8);
        assert_eq!(rewriter.locate(base.sequence), Some((Q, 100)));
        assert_eq!(rewriter.locate(next.sequence), Some((Q, 104)));
    }

    #[test]
    fn a_lost_packet_among_those_left_out_keeps_its_number() {
        let now = epoch();
        let mut rewriter = Rewriter::default();
        rewriter.begin(now, Q, &packet(100, 0, 7), 90_000, None);
        let base = rewriter.rewrite(now, Q, &packet(100, 0, 7), BASE).unwrap();
        // 101 is missing.
        assert_eq!(rewriter.leave_out(Q, &fine(102, 8), BASE), None);
        let next = rewriter.rewrite(now, Q, &packet(103, 0, 9), BASE).unwrap();

        assert_eq!(next.sequence, base.sequence + 2);
        let missing = base.sequence + 1;
        assert_eq!(rewriter.locate(missing), Some((Q, 101)));
        let late = rewriter.rewrite(now, Q, &packet(101, 0, 7), BASE).unwrap();
        assert_eq!((late.sequence, late.is_empty), (missing, false));
        let late = rewriter.leave_out(Q, &fine(101, 8), BASE).unwrap();
        assert_eq!((late.sequence, late.is_empty), (missing, true));
        let again = rewriter.rewrite_again(missing, &fine(101, 8)).unwrap();
        assert!(again.is_empty);
    }

    #[test]
    fn a_packet_that_was_left_out_has_no_number_when_it_comes_again() {
        let now = epoch();
        let mut rewriter = Rewriter::default();
        rewriter.begin(now, Q, &packet(100, 0, 7), 90_000, None);
        rewriter.rewrite(now, Q, &packet(100, 0, 7), BASE);
        rewriter.leave_out(Q, &fine(101, 8), BASE);
        rewriter.rewrite(now, Q, &packet(102, 0, 9), BASE);

        assert_eq!(rewriter.rewrite(now, Q, &fine(101, 8), Depth::ALL), None);
    }

    #[test]
    fn the_last_packet_of_the_size_that_is_sent_ends_the_picture() {
        let now = epoch();
        let mut rewriter = Rewriter::default();
        let mut small = packet(100, 0, 7);
        small.content.place.ends_frame = true;
        rewriter.begin(now, Q, &small, 90_000, None);

        let whole = rewriter.rewrite(now, Q, &small, Depth::ALL).unwrap();
        small.sequence = 103;
        let cut = Depth::of_size(0);
        let cut = rewriter.rewrite(now, Q, &small, cut).unwrap();

        assert!(!whole.marker);
        assert!(cut.marker);
    }

    proptest::proptest! {
        #[test]
        fn whatever_is_left_out_numbers_have_no_gaps_and_lead_back(
            steps in proptest::collection::vec((proptest::bool::ANY, proptest::bool::ANY), 1..60),
        ) {
            let now = epoch();
            let mut rewriter = Rewriter::default();
            rewriter.begin(now, Q, &packet(1_000, 0, 0), 90_000, None);
            let mut sent = vec![];
            let mut missing = 0;
            for (at, (is_fine, is_lost)) in steps.into_iter().enumerate() {
                let sequence = 1_000 + at as u64;
                if is_lost && at > 0 {
                    missing += 1;
                } else if is_fine && at > 0 {
                    proptest::prop_assert_eq!(
                        rewriter.leave_out(Q, &fine(sequence, at as u16), BASE), None);
                } else {
                    let packet = packet(sequence, 0, at as u16);
                    let out = rewriter.rewrite(now, Q, &packet, BASE).unwrap();
                    sent.push((out.sequence, sequence));
                }
            }
            let (first, last) = (sent[0].0, sent[sent.len() - 1].0);
            // Each number stands for a packet that was sent or is missing.
            proptest::prop_assert!(usize::from(last - first) < sent.len() + missing);
            for (number, original) in sent {
                proptest::prop_assert_eq!(rewriter.locate(number), Some((Q, original)));
            }
        }

        #[test]
        fn every_number_sent_leads_back_to_its_packet(
            switches in proptest::collection::vec((0u64..3, 0u64..1_000_000, 1usize..60), 1..20),
        ) {
            let now = epoch();
            let mut rewriter = Rewriter::default();
            let mut sent = Vec::new();
            for (source, start, len) in switches {
                let source = SourceId(source);
                rewriter.begin(now, source, &packet(start, 0, 0), 90_000, None);
                for n in 0..len as u64 {
                    let packet = packet(start + n, 0, 0);
                    let out = rewriter.rewrite(now, source, &packet, Depth::ALL).unwrap();
                    sent.push((out.sequence, source, start + n));
                }
            }
            for window in sent.windows(2) {
                proptest::prop_assert_eq!(window[0].0.wrapping_add(1), window[1].0);
            }
            for (number, source, original) in sent {
                proptest::prop_assert_eq!(rewriter.locate(number), Some((source, original)));
            }
        }
    }

    const BASE: Depth = Depth {
        spatial: u8::MAX,
        temporal: 0,
    };

    fn fine(sequence: u64, picture: u16) -> PacketInfo {
        let mut packet = packet(sequence, 0, picture);
        packet.content.place.depth.temporal = 1;
        packet
    }

    fn packet(sequence: u64, timestamp: u32, picture: u16) -> PacketInfo {
        let id = PictureId {
            at: 2,
            is_wide: true,
            value: picture,
        };
        PacketInfo {
            sequence,
            timestamp,
            marker: false,
            codec: Codec::Vp8,
            audio_level: None,
            descriptor_len: 0,
            content: PayloadInfo {
                starts_keyframe: true,
                picture: PictureFields {
                    id: Some(id),
                    ..PictureFields::default()
                },
                ..PayloadInfo::default()
            },
        }
    }
}
