//! One published track: its layers as they arrive, and who gets them.

use std::time::{Duration, Instant};

use crate::{
    codec::{
        self, Packing, PayloadInfo,
        dependency::{Descriptor, Structure},
        red::{Earlier, Redundant},
    },
    command::{Codec, Depth, Payload, PeerId, PublicationId, ReceiveSpec, Upstream},
    keyframe_requests::KeyframeRequests,
    layer_selector::{Layer, best_layer},
    packer::Before,
    peer::Peer,
    registry::Slot,
    rtcp::{
        clock::SourceClock,
        missing::{Arrival, Missing},
        reception::Reception,
    },
    rtp::{
        Packet, PacketCache, Unwrapper,
        cache::{Inserted, PacketInfo},
        rewriter::SourceId,
        rtx,
    },
    stream_rate::StreamRate,
    streams::{Form, layer_count},
    subscription::Subscription,
};

/// A publication.
#[derive(Debug)]
pub(crate) struct Publication {
    pub(crate) id: PublicationId,
    pub(crate) publisher: Slot<Peer>,
    pub(crate) publisher_id: PeerId,
    pub(crate) receive: ReceiveSpec,
    pub(crate) is_muted: bool,
    pub(crate) has_started: bool,
    pub(crate) layers: Vec<LayerStream>,
    pub(crate) subscriptions: Vec<Subscription>,
}

/// One layer as it comes from the publisher.
#[derive(Debug, Default)]
pub(crate) struct LayerStream {
    pub(crate) ssrc: Option<u32>,
    pub(crate) source: Option<SourceId>,
    pub(crate) clock_rate: u32,
    pub(crate) clock: Option<SourceClock>,
    pub(crate) cache: PacketCache,
    pub(crate) keyframes: KeyframeRequests,
    pub(crate) missing: Missing,
    /// What dependency descriptors refer to.
    structure: Option<Structure>,
    recovered: u32,
    reception: Reception,
    unwrapper: Unwrapper,
    last_packet: Option<Instant>,
    pub(crate) is_live: bool,
    rate: StreamRate,
}

/// A packet that is new to us.
#[derive(Debug)]
pub(crate) struct Accepted<'a> {
    pub(crate) info: PacketInfo,
    /// Its dependency descriptor; empty where it has none.
    pub(crate) descriptor: &'a [u8],
    pub(crate) payload: &'a [u8],
    /// Packets before it that did not arrive and were found inside it, oldest first.
    pub(crate) found: Vec<(PacketInfo, &'a [u8])>,
    /// It arrived because it was asked for.
    pub(crate) is_recovered: bool,
    /// It showed that others are missing.
    pub(crate) has_new_gap: bool,
    /// The layer was not arriving before.
    pub(crate) is_revived: bool,
}

/// Why a packet is not forwarded.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Refused {
    /// Its payload type was not negotiated.
    UnknownPayload,
    /// Its redundancy contradicts itself.
    Malformed,
    /// A duplicate, too late, or probing padding.
    Redundant,
}

impl Publication {
    /// Makes a publication that nobody receives yet.
    pub(crate) fn new(
        id: PublicationId,
        publisher: Slot<Peer>,
        publisher_id: PeerId,
        receive: ReceiveSpec,
    ) -> Self {
        let mut publication = Self {
            id,
            publisher,
            publisher_id,
            receive,
            is_muted: false,
            has_started: false,
            layers: Vec::new(),
            subscriptions: Vec::new(),
        };
        publication.make_layers();
        publication
    }

    /// Takes the section of a later offer.
    pub(crate) fn renegotiate(&mut self, receive: ReceiveSpec) {
        self.receive = receive;
        self.make_layers();
    }

    /// Takes a packet of a layer. On `Ok` it is in the cache and must be forwarded.
    pub(crate) fn handle_packet<'a>(
        &mut self,
        now: Instant,
        since_start: Duration,
        layer: Layer,
        packet: &Packet<'a>,
    ) -> Result<Accepted<'a>, Refused> {
        let header = &packet.header;
        let (payload, form) = self
            .payload(header.payload_type)
            .ok_or(Refused::UnknownPayload)?;
        let (sequence, content) = match form {
            Form::Plain | Form::Redundant => (header.sequence, packet.payload),
            Form::Retransmission => rtx::unwrap(packet.payload).ok_or(Refused::Redundant)?,
        };
        let redundant = match form {
            Form::Plain | Form::Retransmission => None,
            Form::Redundant => Some(unpack(content, &payload).ok_or(Refused::Malformed)?),
        };
        let kind = self.receive.kind;
        let level = packet
            .extensions
            .find_negotiated(self.receive.extensions.audio_level);
        let descriptor = packet
            .extensions
            .find_negotiated(self.receive.extensions.dependency_descriptor)
            .unwrap_or_default();
        let stream = self
            .layers
            .get_mut(usize::from(layer))
            .ok_or(Refused::UnknownPayload)?;
        stream.clock_rate = payload.clock_rate;
        let sequence = match form {
            Form::Plain | Form::Redundant => stream.unwrapper.unwrap(sequence),
            // There is nothing to repair in a layer that has not begun.
            Form::Retransmission if stream.source.is_none() => return Err(Refused::Redundant),
            Form::Retransmission => stream.unwrapper.peek(sequence),
        };
        let arrival = if payload.nack {
            stream.missing.handle_packet(now, kind, sequence)
        } else {
            Arrival::Next
        };
        // Sound comes again as it was; that, too, was lost before.
        let is_recovered = form == Form::Retransmission || arrival == Arrival::Answer;
        if !is_recovered {
            stream.count(since_start, sequence, header.timestamp);
        }
        let info = PacketInfo {
            sequence,
            timestamp: header.timestamp,
            marker: header.marker,
            codec: payload.codec,
            audio_level: level.and_then(|level| level.first().copied()),
            descriptor_len: descriptor.len() as u8,
            content: match &redundant {
                None => stream.inspect(payload.codec, descriptor, content),
                Some(redundant) => PayloadInfo {
                    packing: Packing::Redundant {
                        payload_type: redundant.payload_type,
                        primary_at: redundant.primary_at,
                    },
                    ..PayloadInfo::default()
                },
            },
        };
        if stream.cache.insert(now, info, descriptor, content) != Inserted::New {
            return Err(Refused::Redundant);
        }
        if info.content.starts_keyframe {
            stream.keyframes.handle_keyframe();
        }
        stream.recovered += u32::from(is_recovered);
        stream.last_packet = Some(now);
        stream
            .rate
            .handle_packet(now, info.content.place.depth, content.len());
        let earlier = redundant.iter().flat_map(Redundant::earlier);
        Ok(Accepted {
            found: earlier
                .filter_map(|earlier| stream.find(now, &info, earlier))
                .collect(),
            info,
            descriptor,
            payload: content,
            is_recovered,
            has_new_gap: arrival == Arrival::AfterGap,
            is_revived: !std::mem::replace(&mut stream.is_live, true),
        })
    }

    /// Binds a layer to an SSRC. What is kept of an earlier one is of no use any more.
    pub(crate) fn bind(&mut self, now: Instant, layer: Layer, ssrc: u32, source: SourceId) {
        let Some(stream) = self.layers.get_mut(usize::from(layer)) else {
            return;
        };
        let is_replaced = stream.ssrc.is_some();
        *stream = LayerStream {
            ssrc: Some(ssrc),
            source: Some(source),
            clock_rate: stream.clock_rate,
            is_live: stream.is_live,
            last_packet: stream.last_packet,
            keyframes: std::mem::take(&mut stream.keyframes),
            ..LayerStream::default()
        };
        for subscription in &mut self.subscriptions {
            if is_replaced && subscription.selector.forwarding() == Some(layer) {
                subscription.selector.restart(now);
            }
        }
    }

    /// Steers every subscription towards its best layer.
    pub(crate) fn steer(&mut self, now: Instant) {
        for index in 0..self.subscriptions.len() {
            self.steer_one(now, index);
        }
    }

    /// Steers one subscription.
    pub(crate) fn steer_one(&mut self, now: Instant, index: usize) {
        let layers = &self.layers;
        let is_live = |layer: Layer| layers[usize::from(layer)].is_live;
        let Some(subscription) = self.subscriptions.get_mut(index) else {
            return;
        };
        let depth = subscription.wanted();
        if let Some(depth) = depth {
            // Sizes are either streams of their own or layers inside the only one.
            let spatial = match layers.len() {
                1 => depth.spatial,
                _ => Depth::ALL.spatial,
            };
            subscription.thinner.want(Depth { spatial, ..depth });
        }
        let target = depth.filter(|_| !self.is_muted).map(
            |Depth {
                 spatial: wanted, ..
             }| {
                let is_idle = !layers.iter().any(|layer| layer.is_live);
                match subscription.selector.target() {
                    // A still picture sends next to nothing. While no layer is better, none is worse.
                    Some(current) if is_idle && layers.len() > 1 => current.min(wanted),
                    _ => best_layer(wanted, is_live, layers.len() as Layer),
                }
            },
        );
        subscription.selector.want(now, target);
    }

    /// What can be sent of it, from the least to everything that arrives, and the bits a second each
    /// takes of a link.
    pub(crate) fn steps(&self) -> Vec<(Depth, f64)> {
        let count = self.layers.len();
        let mut steps = Vec::new();
        for (at, layer) in self.layers.iter().enumerate() {
            if !layer.is_live {
                continue;
            }
            let usual = match at {
                _ if count == 1 => 1.5e6,
                0 => 160e3,
                1 => 500e3,
                _ => 1.5e6,
            };
            if count == 1 {
                layer.rate.add_steps(usual, &mut steps);
            } else {
                let size = Depth::of_size(at as Layer);
                if steps.is_empty()
                    && let Some(rate) = layer.rate.of_base()
                {
                    steps.push((
                        Depth {
                            temporal: 0,
                            ..size
                        },
                        rate,
                    ));
                }
                steps.push((size, layer.rate.whole().unwrap_or(usual)));
            }
        }
        steps
    }

    /// Finds layers that stopped arriving; `true` if there are any.
    pub(crate) fn expire_layers(&mut self, now: Instant) -> bool {
        let mut has_expired = false;
        for layer in self.layers.iter_mut().filter(|layer| layer.is_live) {
            let is_silent = layer
                .last_packet
                .is_none_or(|at| now.saturating_duration_since(at) >= SILENCE);
            layer.is_live = !is_silent;
            has_expired |= is_silent;
        }
        has_expired
    }

    /// Whether anybody has a use for a layer, so that repairing it is worth the publisher's link.
    pub(crate) fn is_used(&self, layer: Layer) -> bool {
        !self.is_muted
            && self
                .subscriptions
                .iter()
                .any(|one| one.selector.uses(layer))
    }

    /// When missing packets of a layer must be asked for.
    pub(crate) fn next_request(&self, layer: Layer) -> Option<Instant> {
        self.layers.get(usize::from(layer))?.missing.poll_timeout()
    }

    /// How its packets arrived since this was asked last.
    pub(crate) fn upstream(&mut self) -> Upstream {
        let mut sum = Upstream {
            publication: self.id,
            expected: 0,
            lost: 0,
            recovered: 0,
            jitter: Duration::ZERO,
        };
        for layer in &mut self.layers {
            let (expected, lost) = layer.reception.interval();
            sum.expected += expected as u32;
            sum.lost += lost as u32;
            sum.recovered += std::mem::take(&mut layer.recovered);
            let ticks = layer.reception.jitter();
            let jitter =
                Duration::from_secs_f64(f64::from(ticks) / f64::from(layer.clock_rate.max(1)));
            sum.jitter = sum.jitter.max(jitter);
        }
        sum
    }

    /// The name under which sound and picture of one publisher belong together (RFC 3550, 6.5.1).
    pub(crate) fn canonical_name(&self) -> String {
        format!("{:x}", self.publisher_id.0)
    }

    /// The place of a peer's subscription.
    pub(crate) fn position(&self, peer: PeerId) -> Option<usize> {
        self.subscriptions
            .iter()
            .position(|one| one.peer_id == peer)
    }

    /// The layer that a source feeds.
    pub(crate) fn layer_of(layers: &[LayerStream], source: SourceId) -> Option<&LayerStream> {
        layers.iter().find(|layer| layer.source == Some(source))
    }

    /// The sound of the packet before a plain one.
    pub(crate) fn before<'a>(
        layers: &'a [LayerStream],
        layer: Layer,
        packet: &PacketInfo,
    ) -> Option<Before<'a>> {
        if packet.codec != Codec::Opus || packet.content.packing != Packing::Plain {
            return None;
        }
        let cache = &layers.get(usize::from(layer))?.cache;
        let (before, _, payload) = cache.find(packet.sequence.checked_sub(1)?)?;
        Some(Before {
            offset: packet.timestamp.wrapping_sub(before.timestamp),
            payload: before.content.packing.primary(payload),
        })
    }

    /// What a payload type carries, and how.
    fn payload(&self, payload_type: u8) -> Option<(Payload, Form)> {
        let mut payloads = self.receive.payloads.iter();
        payloads.find_map(|payload| Some((*payload, Form::of(payload_type, payload)?)))
    }

    fn make_layers(&mut self) {
        let clock_rate = self
            .receive
            .payloads
            .first()
            .map_or(90_000, |first| first.clock_rate);
        self.layers
            .resize_with(layer_count(&self.receive), || LayerStream {
                clock_rate,
                ..LayerStream::default()
            });
    }

    /// Any publication, for tests that only need one to be there.
    #[cfg(test)]
    pub(crate) fn for_tests() -> Self {
        let mut peers = crate::registry::Registry::<u8, Peer>::default();
        Self {
            id: PublicationId(0),
            publisher: peers.reserve_for_tests(),
            publisher_id: PeerId(0),
            receive: ReceiveSpec {
                kind: crate::command::Kind::Audio,
                mid: String::new(),
                payloads: Vec::new(),
                extensions: crate::command::ExtensionIds::default(),
                ssrcs: Vec::new(),
                layers: Vec::new(),
            },
            is_muted: false,
            has_started: false,
            layers: Vec::new(),
            subscriptions: Vec::new(),
        }
    }
}

impl LayerStream {
    /// Looks into a packet. What the dependency descriptor says holds over what the payload says:
    /// it is clear where the payload may be encrypted.
    fn inspect(&mut self, codec: Codec, descriptor: &[u8], payload: &[u8]) -> PayloadInfo {
        let mut info = codec::inspect(codec, payload);
        if let Some(described) = Descriptor::parse(descriptor, self.structure.as_ref()) {
            info.picture.frame = Some(described.frame);
            info.place = described.place;
            info.starts_keyframe = described.place.starts_frame && described.structure.is_some();
            if described.structure.is_some() {
                self.structure = described.structure;
            }
        }
        info
    }

    /// Counts a packet for the receiver report.
    fn count(&mut self, since_start: Duration, sequence: u64, timestamp: u32) {
        let arrival = (since_start.as_micros() * u128::from(self.clock_rate) / 1_000_000) as u32;
        self.reception.handle_packet(sequence, timestamp, arrival);
    }

    /// Takes a packet that did not arrive out of a later one. It is a packet like any other then.
    fn find<'a>(
        &mut self,
        now: Instant,
        later: &PacketInfo,
        earlier: Earlier<'a>,
    ) -> Option<(PacketInfo, &'a [u8])> {
        let info = PacketInfo {
            sequence: later.sequence.checked_sub(earlier.distance)?,
            timestamp: later.timestamp.wrapping_sub(earlier.offset),
            marker: false,
            descriptor_len: 0,
            content: PayloadInfo::default(),
            ..*later
        };
        if self.cache.insert(now, info, &[], earlier.payload) != Inserted::New {
            return None;
        }
        self.missing.handle_found(info.sequence);
        Some((info, earlier.payload))
    }

    /// What is said to the publisher about this layer.
    pub(crate) fn report(&mut self, now: Instant) -> Option<crate::rtcp::parse::ReportBlock> {
        self.reception.report(now, self.ssrc?, self.clock.as_ref())
    }
}

/// Takes redundant sound apart, if what is in it was negotiated.
fn unpack<'a>(content: &'a [u8], payload: &Payload) -> Option<Redundant<'a>> {
    Redundant::parse(content).filter(|redundant| redundant.payload_type == payload.payload_type)
}

/// After that long without a packet a layer counts as not sent. A shared screen that stands still
/// repeats itself about once a second.
const SILENCE: Duration = Duration::from_secs(2);
/// How often silence is looked for.
pub(crate) const LIVENESS_INTERVAL: Duration = Duration::from_millis(500);
