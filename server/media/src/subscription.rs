//! One publication on its way to one subscriber: which layer, under which numbers, how often again.

use std::time::{Duration, Instant};

use crate::{
    command::{Codec, Depth, Downstream, Kind, Payload, PeerId, Priority, PublicationId, SendSpec},
    layer_selector::{Layer, LayerSelector, Verdict},
    packer::{Before, Packer},
    peer::{Numbering, Peer},
    publication::{LayerStream, Publication},
    registry::Slot,
    rtcp::{
        clock::{compact_ntp, from_compact},
        parse::ReportBlock,
        write::SenderReport,
    },
    rtp::{
        Header,
        cache::PacketInfo,
        extensions::{ExtensionTemplate, Stamps},
        rewriter::{Rewriter, Rewritten},
        rtx::Attempts,
        sealed::Sealed,
    },
    thinner::Thinner,
};

/// A subscription.
#[derive(Debug)]
pub(crate) struct Subscription {
    pub(crate) peer: Slot<Peer>,
    pub(crate) peer_id: PeerId,
    pub(crate) send: SendSpec,
    pub(crate) kind: Kind,
    /// The room's decision. Asked for every packet, first of all.
    pub(crate) is_allowed: bool,
    /// The subscriber's transport is up.
    pub(crate) is_connected: bool,
    /// What the subscriber asks for; `None` pauses.
    pub(crate) asked_for: Option<Depth>,
    /// What its link has room for; `None` pauses. The lesser of both is sent.
    pub(crate) granted: Option<Depth>,
    pub(crate) priority: Priority,
    /// When its link last had less room than before.
    pub(crate) shrunk_at: Option<Duration>,
    /// Which stream of the publication is sent.
    pub(crate) selector: LayerSelector,
    /// Which layers inside that stream are.
    pub(crate) thinner: Thinner,
    pub(crate) rewriter: Rewriter,
    template: ExtensionTemplate,
    packer: Packer,
    attempts: Attempts,
    /// Sound as it was sent; only where it can be asked for and there is no other way to repeat it.
    sealed: Sealed,
    /// The newest sender report, by the name a receiver report calls it.
    reported: Option<(u32, Instant)>,
    round_trip: Duration,
    rtx_sequence: u16,
    packets: u32,
    octets: u32,
    /// The newest report, and the newest when statistics were taken last.
    report: Option<ReportBlock>,
    measured: Option<ReportBlock>,
    /// How many packets were sent again since then.
    repeated: u32,
}

/// A packet that was sent, for sending it again.
#[derive(Debug)]
pub(crate) struct Sent<'a> {
    info: &'a PacketInfo,
    /// Its dependency descriptor and its payload.
    pub(crate) content: (&'a [u8], &'a [u8]),
    numbers: Rewritten,
}

impl Subscription {
    /// Makes a subscription to the best layer there is.
    pub(crate) fn new(peer: Slot<Peer>, peer_id: PeerId, kind: Kind, send: SendSpec) -> Self {
        Self {
            peer,
            peer_id,
            kind,
            is_allowed: false,
            is_connected: false,
            asked_for: Some(Depth::ALL),
            granted: Some(Depth::ALL),
            priority: Priority::default(),
            shrunk_at: None,
            selector: LayerSelector::default(),
            thinner: Thinner::default(),
            rewriter: Rewriter::default(),
            template: ExtensionTemplate::new(&send.extensions, &send.mid),
            packer: Packer::default(),
            attempts: Attempts::default(),
            sealed: Sealed::default(),
            reported: None,
            round_trip: Duration::ZERO,
            rtx_sequence: 0,
            packets: 0,
            octets: 0,
            report: None,
            measured: None,
            repeated: 0,
            send,
        }
    }

    /// Takes the section of a later offer. The numbers go on.
    pub(crate) fn renegotiate(&mut self, send: SendSpec) {
        self.template = ExtensionTemplate::new(&send.extensions, &send.mid);
        if send.ssrc != self.send.ssrc {
            self.rewriter = Rewriter::default();
            self.attempts = Attempts::default();
            self.sealed = Sealed::default();
        }
        self.send = send;
    }

    /// How much it should get, if anything may be sent at all.
    pub(crate) fn wanted(&self) -> Option<Depth> {
        let depth = self.asked_for?.and(self.granted?);
        (self.is_allowed && self.is_connected).then_some(depth)
    }

    /// When the keyframe it waits for must be asked for. Sound starts anywhere.
    pub(crate) fn next_keyframe_request(&self) -> Option<Instant> {
        let at = [self.selector.poll_timeout(), self.thinner.poll_timeout()];
        at.into_iter()
            .flatten()
            .min()
            .filter(|_| self.kind == Kind::Video)
    }

    /// Moves time on to `now` and names the layer whose publisher must be asked for a keyframe.
    pub(crate) fn handle_keyframe_timeout(&mut self, now: Instant) -> Option<Layer> {
        let is_for_size = self.thinner.handle_timeout(now);
        self.selector
            .handle_timeout(now)
            .or_else(|| self.selector.forwarding().filter(|_| is_for_size))
    }

    /// Decides on a packet and gives the numbers it is sent with.
    pub(crate) fn accept(
        &mut self,
        now: Instant,
        layer: Layer,
        layers: &[LayerStream],
        packet: &PacketInfo,
    ) -> Option<Rewritten> {
        if !self.is_allowed {
            return None;
        }
        let can_start = self.kind == Kind::Audio || packet.content.starts_keyframe;
        let stream = layers.get(usize::from(layer))?;
        let source = stream.source?;
        match self.selector.handle_packet(layer, can_start) {
            Verdict::Drop => return None,
            Verdict::Forward => {
                if self.thinner.handle_packet(now, packet) == Verdict::Drop {
                    let depth = self.thinner.depth();
                    return self.rewriter.leave_out(source, packet, depth);
                }
            }
            Verdict::Begin => {
                self.thinner.begin(packet);
                let aligned = self.aligned_offset(stream, layers);
                self.rewriter
                    .begin(now, source, packet, stream.clock_rate, aligned);
            }
        }
        let depth = self.thinner.depth();
        self.rewriter.rewrite(now, source, packet, depth)
    }

    /// Writes a packet as this subscriber must see it; `false` if it cannot take the codec.
    pub(crate) fn write(
        &mut self,
        stamps: Stamps,
        packet: &PacketInfo,
        (descriptor, payload): (&[u8], &[u8]),
        before: Option<Before<'_>>,
        numbers: &Rewritten,
        out: &mut Vec<u8>,
    ) -> bool {
        let Some(target) = self.payload(packet.codec).copied() else {
            return false;
        };
        let packing = packet.content.packing;
        let (payload_type, form) = self.packer.pack(packing, &target, before);
        let header = Header {
            marker: numbers.marker,
            payload_type,
            sequence: numbers.sequence,
            timestamp: numbers.timestamp,
            ssrc: self.send.ssrc,
        };
        self.write_header(&header, stamps, packet, descriptor, numbers, out);
        let start = out.len();
        if !numbers.is_empty {
            form.append(packing, payload, target.payload_type, out);
            let picture = &packet.content.picture;
            numbers.picture.apply(picture, &mut out[start..]);
        }
        let payload = &out[start..];
        self.packets = self.packets.wrapping_add(1);
        self.octets = self.octets.wrapping_add(payload.len() as u32);
        true
    }

    /// Whether its packets are counted by the subscriber's transport-wide feedback.
    pub(crate) fn numbering(&self) -> Numbering {
        if self.template.is_numbered() {
            Numbering::TransportWide
        } else {
            Numbering::None
        }
    }

    /// Whether packets are kept as they were sent, because there is no other way to send them again.
    pub(crate) fn keeps(&self, codec: Codec) -> bool {
        self.kind == Kind::Audio
            && self
                .payload(codec)
                .is_some_and(|payload| payload.nack && payload.rtx.is_none())
    }

    /// Keeps a packet as it was sent.
    pub(crate) fn keep(&mut self, numbers: &Rewritten, sealed: &[u8]) {
        self.sealed.keep(numbers.sequence, sealed);
    }

    /// A packet as it was sent.
    pub(crate) fn sealed(&self, sequence: u16) -> Option<&[u8]> {
        self.sealed.find(sequence)
    }

    /// The packet behind a number that was sent, if there is a stream to send it again on.
    pub(crate) fn find<'a>(&self, sequence: u16, layers: &'a [LayerStream]) -> Option<Sent<'a>> {
        self.send.rtx_ssrc?;
        let (source, original) = self.rewriter.locate(sequence)?;
        let (info, descriptor, payload) = Publication::layer_of(layers, source)?
            .cache
            .find(original)?;
        Some(Sent {
            info,
            content: (descriptor, payload),
            numbers: self.rewriter.rewrite_again(sequence, info)?,
        })
    }

    /// Whether a packet may be sent once more.
    pub(crate) fn may_retransmit(&self, since_start: Duration, sequence: u16) -> bool {
        self.attempts.allows(since_start, self.round_trip, sequence)
    }

    /// Counts a packet that was sent once more.
    pub(crate) fn count_retransmission(&mut self, since_start: Duration, sequence: u16) {
        self.repeated += 1;
        self.attempts.count(since_start, sequence);
    }

    /// Learns from the subscriber's report how long the way there and back is, and how lossy.
    pub(crate) fn handle_report(&mut self, now: Instant, block: &ReportBlock) {
        self.report = Some(*block);
        self.packer.handle_report(block.fraction_lost);
        if let Some((name, at)) = self.reported
            && name == block.last_sender_report
        {
            let held = from_compact(block.delay_since_sender_report);
            self.round_trip = now
                .saturating_duration_since(at)
                .saturating_sub(held)
                .min(MAX_ROUND_TRIP);
        }
    }

    /// How its packets arrived since this was asked last, as far as the subscriber reported.
    pub(crate) fn downstream(&mut self, publication: PublicationId) -> Downstream {
        let before = std::mem::replace(&mut self.measured, self.report);
        let (expected, lost) = match (before, self.report) {
            (Some(before), Some(now)) => {
                let expected = now.highest_sequence.wrapping_sub(before.highest_sequence);
                let lost = now.cumulative_lost.wrapping_sub(before.cumulative_lost);
                // Both are 24 bits wide; duplicates can make it less than before.
                let lost = (lost << 8).cast_signed() >> 8;
                (expected.cast_signed().max(0), lost.max(0))
            }
            (None | Some(_), _) => (0, 0),
        };
        let rate = self
            .send
            .payloads
            .first()
            .map_or(90_000, |one| one.clock_rate);
        let jitter = self.report.map_or(0, |report| report.jitter);
        Downstream {
            publication,
            expected: expected.unsigned_abs(),
            lost: lost.min(expected).unsigned_abs(),
            repeated: std::mem::take(&mut self.repeated),
            round_trip: self.round_trip,
            jitter: Duration::from_secs_f64(f64::from(jitter) / f64::from(rate.max(1))),
        }
    }

    /// Writes a packet again, on the stream of retransmissions; `false` if there is none. On its
    /// own SSRC it must not be repeated: another extension under the same number would be another
    /// text under the same nonce.
    pub(crate) fn write_again(
        &mut self,
        stamps: Stamps,
        sent: &Sent<'_>,
        out: &mut Vec<u8>,
    ) -> bool {
        let Sent {
            info,
            content: (descriptor, payload),
            numbers,
        } = sent;
        let rtx = self.payload(info.codec).and_then(|payload| payload.rtx);
        let (Some(payload_type), Some(ssrc)) = (rtx, self.send.rtx_ssrc) else {
            return false;
        };
        self.rtx_sequence = self.rtx_sequence.wrapping_add(1);
        let header = Header {
            marker: numbers.marker,
            payload_type,
            sequence: self.rtx_sequence,
            timestamp: numbers.timestamp,
            ssrc,
        };
        self.write_header(&header, stamps, info, descriptor, numbers, out);
        out.extend_from_slice(&numbers.sequence.to_be_bytes());
        if !numbers.is_empty {
            let start = out.len();
            out.extend_from_slice(payload);
            let picture = &info.content.picture;
            numbers.picture.apply(picture, &mut out[start..]);
        }
        true
    }

    fn write_header(
        &mut self,
        header: &Header,
        stamps: Stamps,
        packet: &PacketInfo,
        descriptor: &[u8],
        numbers: &Rewritten,
        out: &mut Vec<u8>,
    ) {
        let block = self.template.fill(stamps, packet.audio_level);
        if descriptor.is_empty() || numbers.is_empty {
            header.write(block, out);
        } else {
            let frame = numbers.picture.shift(&packet.content.picture).frame;
            header.write(self.template.describe(descriptor, frame), out);
        }
    }

    /// Writes a packet of padding on the stream of retransmissions; `false` if there is none.
    pub(crate) fn write_padding(&mut self, stamps: Stamps, len: u8, out: &mut Vec<u8>) -> bool {
        let rtx = self.send.payloads.iter().find_map(|payload| payload.rtx);
        let (Some(payload_type), Some(ssrc)) = (rtx, self.send.rtx_ssrc) else {
            return false;
        };
        self.rtx_sequence = self.rtx_sequence.wrapping_add(1);
        let header = Header {
            marker: false,
            payload_type,
            sequence: self.rtx_sequence,
            timestamp: self.rewriter.timestamp().unwrap_or_default(),
            ssrc,
        };
        header.write_padded(self.template.fill(stamps, None), len, out);
        true
    }

    /// What the subscriber is told of the time of what it gets. Nothing before the publisher said
    /// it, and nothing while nothing is forwarded.
    pub(crate) fn sender_report(
        &mut self,
        now: Instant,
        layers: &[LayerStream],
    ) -> Option<SenderReport> {
        let _forwarding = self.selector.forwarding()?;
        let source = self.rewriter.source()?;
        let (ntp, rtp) = Publication::layer_of(layers, source)?.clock?.at(now);
        self.reported = Some((compact_ntp(ntp), now));
        Some(SenderReport {
            ssrc: self.send.ssrc,
            ntp,
            rtp: rtp.wrapping_add(self.rewriter.timestamp_offset(source)?),
            packets: self.packets,
            octets: self.octets,
        })
    }

    /// The timestamp offset under which a layer says the same time as the one forwarded so far.
    fn aligned_offset(&self, stream: &LayerStream, layers: &[LayerStream]) -> Option<u32> {
        let before = self.rewriter.source()?;
        let offset = self.rewriter.timestamp_offset(before)?;
        let clock = Publication::layer_of(layers, before)?.clock?;
        Some(stream.clock?.align(&clock, offset))
    }

    fn payload(&self, codec: Codec) -> Option<&Payload> {
        self.send
            .payloads
            .iter()
            .find(|payload| payload.codec == codec)
    }
}

/// A report that says more is a mistake; and it must not keep us from repairing for long.
const MAX_ROUND_TRIP: Duration = Duration::from_millis(500);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        codec::PayloadInfo, command::ExtensionIds, registry::Registry, rtp::rewriter::SourceId,
        testing::epoch,
    };

    #[test]
    fn every_packet_passes_the_policy_whatever_the_selector_says() {
        let now = epoch();
        let mut subscription = forwarding(now);
        assert!(
            subscription
                .accept(now, 0, &[layer()], &packet(2))
                .is_some()
        );

        subscription.is_allowed = false;

        assert_eq!(subscription.accept(now, 0, &[layer()], &packet(3)), None);
    }

    #[test]
    fn a_codec_that_was_not_negotiated_is_not_written() {
        let now = epoch();
        let mut subscription = forwarding(now);
        let packet = PacketInfo {
            codec: Codec::Av1,
            ..packet(2)
        };
        let numbers = subscription.accept(now, 0, &[layer()], &packet).unwrap();
        let mut out = Vec::new();

        assert!(!subscription.write(
            Stamps::default(),
            &packet,
            (b"", b"payload"),
            None,
            &numbers,
            &mut out
        ));
        assert!(out.is_empty());
    }

    #[test]
    fn nothing_is_sent_again_under_its_own_number() {
        let now = epoch();
        let mut subscription = forwarding(now);
        subscription.send.rtx_ssrc = None;
        let mut layer = layer();
        layer.cache.insert(now, packet(2), &[], b"payload");
        let layers = [layer];
        let numbers = subscription.accept(now, 0, &layers, &packet(2)).unwrap();

        assert!(subscription.find(numbers.sequence, &layers).is_none());
        subscription.send.rtx_ssrc = Some(2);
        assert!(subscription.find(numbers.sequence, &layers).is_some());
    }

    #[test]
    fn the_way_there_and_back_is_learned_from_reports() {
        let now = epoch();
        let mut subscription = forwarding(now);
        subscription.reported = Some((7, now));
        let block = ReportBlock {
            last_sender_report: 7,
            // Half a second.
            delay_since_sender_report: 1 << 15,
            ..ReportBlock::default()
        };

        subscription.handle_report(now + Duration::from_millis(580), &block);

        assert_eq!(subscription.round_trip, Duration::from_millis(80));
    }

    #[test]
    fn statistics_are_the_difference_of_two_reports() {
        let mut subscription = forwarding(epoch());
        let report = |highest_sequence, cumulative_lost| ReportBlock {
            highest_sequence,
            cumulative_lost,
            jitter: 900,
            ..ReportBlock::default()
        };
        subscription.handle_report(epoch(), &report(1_000, 5));
        assert_eq!(subscription.downstream(PublicationId(1)).expected, 0);

        subscription.handle_report(epoch(), &report(1_100, 15));

        let measured = subscription.downstream(PublicationId(1));
        assert_eq!((measured.expected, measured.lost), (100, 10));
        assert_eq!(measured.jitter, Duration::from_millis(10));
    }

    fn forwarding(now: Instant) -> Subscription {
        let send = SendSpec {
            mid: "0".into(),
            ssrc: 1,
            rtx_ssrc: Some(2),
            payloads: vec![Payload {
                payload_type: 96,
                rtx: Some(97),
                red: None,
                nack: true,
                codec: Codec::Vp8,
                clock_rate: 90_000,
            }],
            extensions: ExtensionIds::default(),
        };
        let slot = Registry::<u8, Peer>::default().reserve_for_tests();
        let mut subscription = Subscription::new(slot, PeerId(1), Kind::Video, send);
        subscription.is_allowed = true;
        subscription.selector.want(now, Some(0));
        assert!(
            subscription
                .accept(now, 0, &[layer()], &packet(1))
                .is_some()
        );
        subscription
    }

    fn layer() -> LayerStream {
        let mut layer = LayerStream::default();
        layer.source = Some(SourceId(1));
        layer.clock_rate = 90_000;
        layer
    }

    fn packet(sequence: u64) -> PacketInfo {
        PacketInfo {
            sequence,
            timestamp: 0,
            marker: true,
            codec: Codec::Vp8,
            audio_level: None,
            descriptor_len: 0,
            content: PayloadInfo {
                starts_keyframe: true,
                ..PayloadInfo::default()
            },
        }
    }
}
