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

use std::{collections::VecDeque, time::Instant};

use super::{Unwrapper, cache::PacketInfo};
use crate::codec::picture::{PictureCounters, PictureOffsets};

/// One publisher's SSRC, for as long as it is bound. Never used twice.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(crate) struct SourceId(pub(crate) u64);

/// The numbers of one forwarded stream.
#[derive(Debug, Default)]
pub(crate) struct Rewriter {
    /// Oldest first; the last is the one being forwarded.
    segments: VecDeque<Segment>,
    last: Option<Sent>,
}

/// A stretch of packets of one source with constant offsets.
#[derive(Clone, Copy, Debug)]
struct Segment {
    source: SourceId,
    first_in: u64,
    first_out: u64,
    timestamp_offset: u32,
    picture: PictureOffsets,
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
            },
            (None, _) => Segment {
                source,
                first_in: first.sequence,
                first_out: first.sequence,
                timestamp_offset: 0,
                picture: PictureOffsets::default(),
            },
        };
        if self.segments.len() == REMEMBERED {
            self.segments.pop_front();
        }
        self.segments.push_back(segment);
    }

    /// The numbers of a packet of the current segment; `None` when it is older than the segment or
    /// of another source.
    pub(crate) fn rewrite(
        &mut self,
        now: Instant,
        source: SourceId,
        packet: &PacketInfo,
    ) -> Option<Rewritten> {
        let segment = self
            .segments
            .back()
            .filter(|segment| segment.source == source)?;
        let sequence = segment.first_out + packet.sequence.checked_sub(segment.first_in)?;
        let rewritten = segment.apply(sequence, packet);
        if self.last.is_none_or(|last| last.sequence < sequence) {
            self.last = Some(Sent {
                sequence,
                timestamp: rewritten.timestamp,
                at: now,
                picture: segment.picture.shift(&packet.content.picture),
            });
        }
        Some(rewritten)
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
    fn apply(&self, sequence: u64, packet: &PacketInfo) -> Rewritten {
        Rewritten {
            sequence: sequence as u16,
            timestamp: packet.timestamp.wrapping_add(self.timestamp_offset),
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

/// Older segments cannot be asked for any more.
const REMEMBERED: usize = 32;

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
        let last = rewriter.rewrite(now, Q, &packet(1_002, 53_000, 8)).unwrap();

        let later = now + Duration::from_millis(20);
        let keyframe = packet(900_000, 4_000_000_000, 30_000);
        rewriter.begin(later, F, &keyframe, 90_000, None);
        let first = rewriter.rewrite(later, F, &keyframe).unwrap();

        assert_eq!(first.sequence, last.sequence.wrapping_add(1));
        assert_eq!(first.timestamp, last.timestamp + 1_800);
        assert_eq!(first.picture.shift(&keyframe.content.picture).id, 9);
    }

    #[test]
    fn sender_reports_decide_the_time_where_they_are_sane() {
        let now = epoch();
        let mut rewriter = Rewriter::default();
        rewriter.begin(now, Q, &packet(1, 10_000, 0), 90_000, None);
        rewriter.rewrite(now, Q, &packet(1, 10_000, 0));
        let keyframe = packet(1, 77_000, 0);

        let aligned = 10_000u32.wrapping_add(3_000).wrapping_sub(77_000);
        rewriter.begin(now, F, &keyframe, 90_000, Some(aligned));

        assert_eq!(
            rewriter.rewrite(now, F, &keyframe).unwrap().timestamp,
            13_000
        );
    }

    #[test]
    fn time_never_goes_back_whatever_a_sender_report_says() {
        let now = epoch();
        let mut rewriter = Rewriter::default();
        rewriter.begin(now, Q, &packet(1, 10_000, 0), 90_000, None);
        rewriter.rewrite(now, Q, &packet(1, 10_000, 0));
        let keyframe = packet(1, 77_000, 0);

        let into_the_past = 9_000u32.wrapping_sub(77_000);
        rewriter.begin(now, F, &keyframe, 90_000, Some(into_the_past));

        assert_eq!(
            rewriter.rewrite(now, F, &keyframe).unwrap().timestamp,
            10_001
        );
    }

    #[test]
    fn a_pause_of_the_same_source_leaves_no_gap_in_numbers_and_a_true_one_in_time() {
        let now = epoch();
        let mut rewriter = Rewriter::default();
        rewriter.begin(now, Q, &packet(10, 0, 0), 48_000, None);
        let before = rewriter.rewrite(now, Q, &packet(10, 0, 0)).unwrap();

        let resumed = packet(500, 480_000, 0);
        rewriter.begin(now + Duration::from_secs(10), Q, &resumed, 48_000, None);
        let after = rewriter.rewrite(now, Q, &resumed).unwrap();

        assert_eq!(after.sequence, before.sequence + 1);
        assert_eq!(after.timestamp, before.timestamp + 480_000);
    }

    #[test]
    fn a_gap_of_the_source_stays_a_gap_and_is_found_again() {
        let now = epoch();
        let mut rewriter = Rewriter::default();
        rewriter.begin(now, Q, &packet(65_530, 0, 0), 90_000, None);
        rewriter.rewrite(now, Q, &packet(65_530, 0, 0));
        let after_gap = rewriter.rewrite(now, Q, &packet(65_540, 0, 0)).unwrap();

        let missing = after_gap.sequence.wrapping_sub(5);

        assert_eq!(rewriter.locate(missing), Some((Q, 65_535)));
        assert_eq!(rewriter.locate(after_gap.sequence.wrapping_add(1)), None);
    }

    #[test]
    fn numbers_sent_before_a_switch_lead_to_the_old_source() {
        let now = epoch();
        let mut rewriter = Rewriter::default();
        rewriter.begin(now, Q, &packet(100, 0, 0), 90_000, None);
        let old = rewriter.rewrite(now, Q, &packet(101, 0, 0)).unwrap();
        rewriter.begin(now, F, &packet(7_000, 0, 0), 90_000, None);
        let new = rewriter.rewrite(now, F, &packet(7_000, 0, 0)).unwrap();

        assert_eq!(rewriter.locate(old.sequence), Some((Q, 101)));
        assert_eq!(rewriter.locate(new.sequence), Some((F, 7_000)));
    }

    #[test]
    fn packets_from_before_the_switch_are_left_out() {
        let now = epoch();
        let mut rewriter = Rewriter::default();
        rewriter.begin(now, F, &packet(7_000, 0, 0), 90_000, None);

        assert_eq!(rewriter.rewrite(now, F, &packet(6_999, 0, 0)), None);
        assert_eq!(rewriter.rewrite(now, Q, &packet(7_001, 0, 0)), None);
    }

    proptest::proptest! {
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
                    let out = rewriter.rewrite(now, source, &packet).unwrap();
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
            content: PayloadInfo {
                starts_keyframe: true,
                picture: PictureFields {
                    id: Some(id),
                    ..PictureFields::default()
                },
            },
        }
    }
}
