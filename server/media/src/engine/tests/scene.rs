//! One engine and its clients, over a network in virtual time.

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, OnceLock},
    time::{Duration, Instant},
};

use bega_transport::{
    IceCredentials, Identity, Received, TransportEvent,
    testing::{Client, Conditions, Datagram, Network, Profiles},
};
use rand::{SeedableRng as _, rngs::StdRng};

use super::requests;
use crate::{
    bandwidth::link::Link,
    command::{
        ChannelSpec, Codec, Command, Depth, Event, ExtensionIds, Kind, Payload, PeerId,
        PublicationId, ReceiveSpec, RoomId, SendSpec,
    },
    engine::{Engine, EngineConfig},
    rtcp::{
        parse::{ReportBlock, Rtcp},
        transport_cc::Arrivals,
    },
    rtp::{Header, Packet},
    testing::epoch,
};

/// The engine, its clients and what was seen.
pub(super) struct Scene {
    pub(super) engine: Engine,
    pub(super) now: Instant,
    pub(super) start: Instant,
    pub(super) room: RoomId,
    pub(super) events: Vec<Event>,
    /// Peers that were given up after a panic.
    pub(super) abandoned: Vec<PeerId>,
    /// The most segments that left in one go.
    pub(super) longest_run: usize,
    network: Network,
    clients: BTreeMap<PeerId, Visitor>,
    rng: StdRng,
}

struct Visitor {
    client: Client,
    packets: Vec<Seen>,
    compounds: Vec<Vec<u8>>,
    messages: Vec<Vec<u8>>,
    datagrams: usize,
    is_cut: bool,
    is_closed: bool,
    /// What is between the server and the client, if it is not just the network.
    link: Option<Link>,
    arrivals: Arrivals,
}

/// An RTP packet as a client received it.
#[derive(Clone, Debug)]
pub(super) struct Seen {
    pub(super) header: Header,
    pub(super) mid: Option<String>,
    pub(super) at: Instant,
    /// Its number among all packets to this client.
    pub(super) number: Option<u16>,
    pub(super) payload: Vec<u8>,
}

impl Seen {
    /// Which layer the camera put it on.
    pub(super) fn layer(&self) -> u8 {
        self.payload[5]
    }

    /// Which temporal layer, of a camera that has some.
    pub(super) fn rate(&self) -> u8 {
        self.payload[5] >> 6
    }

    /// How long it was on its way from the publisher.
    pub(super) fn took(&self, start: Instant) -> Duration {
        let sent = u64::from_be_bytes(*self.payload[6..].first_chunk().unwrap());
        (self.at - start).saturating_sub(Duration::from_micros(sent))
    }

    pub(super) fn picture(&self) -> u16 {
        u16::from_be_bytes([self.payload[2] & 0x7F, self.payload[3]])
    }
}

impl Scene {
    pub(super) fn new() -> Self {
        let now = epoch();
        let identity = identity();
        let conditions = Conditions {
            latency: Duration::from_millis(5),
            ..Conditions::default()
        };
        Self {
            engine: Engine::new(EngineConfig { identity }, now),
            now,
            start: now,
            room: RoomId(1),
            events: Vec::new(),
            abandoned: Vec::new(),
            longest_run: 0,
            network: Network::new(conditions, 1),
            clients: BTreeMap::new(),
            rng: StdRng::seed_from_u64(1),
        }
    }

    /// A client comes into the room and connects.
    pub(super) fn join(&mut self) -> PeerId {
        let peer = self.knock();
        for _ in 0..100 {
            self.run(Duration::from_millis(20));
            if self.is_connected(peer) {
                return peer;
            }
        }
        panic!("the client did not connect within two seconds");
    }

    /// A client comes into the room and is about to connect.
    pub(super) fn knock(&mut self) -> PeerId {
        let peer = PeerId(self.clients.len() as u64 + 10);
        let server_side = IceCredentials::generate(&mut self.rng);
        let client_side = IceCredentials::generate(&mut self.rng);
        let identity = identity();
        self.command(Command::AddPeer {
            room: self.room,
            peer,
            local: server_side.clone(),
            channels: vec![ChannelSpec {
                label: "_reliable".into(),
                ordered: true,
                max_retransmits: None,
            }],
        });
        self.command(Command::SetRemote {
            peer,
            ufrag: client_side.ufrag.clone(),
            fingerprint: *identity.fingerprint(),
        });
        let mut client = Client::new(identity.clone(), client_side, Profiles::default());
        client.connect(self.now, server_side, *identity.fingerprint(), server());
        self.clients.insert(
            peer,
            Visitor {
                client,
                packets: Vec::new(),
                compounds: Vec::new(),
                messages: Vec::new(),
                datagrams: 0,
                is_cut: false,
                is_closed: false,
                link: None,
                arrivals: Arrivals::new(self.now),
            },
        );
        peer
    }

    /// Whether both sides say so.
    pub(super) fn is_connected(&self, peer: PeerId) -> bool {
        let connected =
            |event: &Event| matches!(event, Event::PeerConnected { peer: whose } if *whose == peer);
        self.clients[&peer].client.is_connected() && self.events.iter().any(connected)
    }

    pub(super) fn restart_ice(&mut self, peer: PeerId) {
        let server_side = IceCredentials::generate(&mut self.rng);
        let client_side = IceCredentials::generate(&mut self.rng);
        self.command(Command::RestartIce {
            peer,
            local: server_side.clone(),
        });
        self.command(Command::SetRemote {
            peer,
            ufrag: client_side.ufrag.clone(),
            fingerprint: *identity().fingerprint(),
        });
        let now = self.now;
        self.client(peer)
            .client
            .restart_ice(now, client_side, server_side);
        self.run(Duration::from_millis(200));
    }

    pub(super) fn command(&mut self, command: Command) {
        self.engine.handle_command(self.now, command);
        self.drain();
    }

    pub(super) fn publish(&mut self, camera: &Camera) {
        self.command(Command::Publish {
            peer: camera.publisher,
            publication: camera.id,
            receive: camera.receive(),
        });
    }

    pub(super) fn subscribe(&mut self, peer: PeerId, camera: &Camera) {
        self.allow(peer, camera, true);
        self.subscribe_without_policy(peer, camera);
    }

    pub(super) fn subscribe_without_policy(&mut self, peer: PeerId, camera: &Camera) {
        self.command(Command::Subscribe {
            peer,
            publication: camera.id,
            send: camera.send(),
        });
    }

    pub(super) fn allow(&mut self, peer: PeerId, camera: &Camera, allowed: bool) {
        self.command(Command::SetPolicy {
            peer,
            publication: camera.id,
            allowed,
        });
    }

    pub(super) fn ask_layer(&mut self, peer: PeerId, camera: &Camera, layer: Option<u8>) {
        self.command(Command::SetLayer {
            peer,
            publication: camera.id,
            layer: layer.map(Depth::of_size),
        });
    }

    pub(super) fn ask_depth(&mut self, peer: PeerId, camera: &Camera, depth: Depth) {
        self.command(Command::SetLayer {
            peer,
            publication: camera.id,
            layer: Some(depth),
        });
    }

    pub(super) fn mute(&mut self, camera: &Camera, muted: bool) {
        self.command(Command::SetMuted {
            publication: camera.id,
            muted,
        });
    }

    /// Lets time pass, and everything happen that is due in it.
    pub(super) fn run(&mut self, duration: Duration) {
        let end = self.now + duration;
        loop {
            self.drain();
            let clients = self.clients.values().filter(|one| !one.is_cut);
            let next = clients
                .filter_map(|one| one.client.poll_timeout())
                .chain(self.engine.poll_timeout())
                .chain(self.network.poll_timeout())
                .min()
                .unwrap_or(end);
            if next > end {
                self.now = end;
                return;
            }
            self.now = self.now.max(next);
            self.step();
        }
    }

    fn step(&mut self) {
        let now = self.now;
        while let Some(mut datagram) = self.network.receive(now) {
            if datagram.to == server() {
                let (from, payload) = (datagram.from, &mut datagram.payload);
                let engine = &mut self.engine;
                let handled = catch_unwind(AssertUnwindSafe(|| {
                    engine.handle_datagram(now, from, payload);
                }));
                if handled.is_err() {
                    self.abandoned.extend(self.engine.abandon_in_hand());
                }
            } else if let Some(visitor) =
                self.clients.get_mut(&PeerId(u64::from(datagram.to.port())))
            {
                visitor.receive(now, &mut datagram.payload);
            }
        }
        self.engine.handle_timeout(now);
        for visitor in self.clients.values_mut().filter(|one| !one.is_cut) {
            visitor.client.handle_timeout(now);
        }
    }

    fn drain(&mut self) {
        while let Some(transmit) = self.engine.poll_transmit() {
            let segments = transmit.bytes.chunks(transmit.segment_size);
            self.longest_run = self.longest_run.max(segments.len());
            for segment in segments {
                let datagram = Datagram {
                    from: server(),
                    to: transmit.to.remote,
                    payload: segment.to_vec(),
                };
                let peer = PeerId(u64::from(datagram.to.port()));
                let link = self
                    .clients
                    .get_mut(&peer)
                    .and_then(|one| one.link.as_mut());
                if let Some(link) = link {
                    let now = self.now - self.start;
                    if let Some(at) = link.send(now, segment.len()) {
                        self.network.send_to_arrive_at(self.start + at, datagram);
                    }
                } else {
                    self.network.send(self.now, datagram);
                }
            }
        }
        self.events
            .extend(std::iter::from_fn(|| self.engine.poll_event()));
        for (peer, visitor) in &mut self.clients {
            while let Some(transmit) = visitor.client.poll_transmit() {
                let datagram = Datagram {
                    from: address(peer.0),
                    to: transmit.to.remote,
                    payload: transmit.payload.to_vec(),
                };
                if !visitor.is_cut {
                    self.network.send(self.now, datagram);
                }
            }
            while let Some(event) = visitor.client.poll_event() {
                match event {
                    TransportEvent::Message { payload, .. } => {
                        visitor.messages.push(payload.to_vec());
                    }
                    TransportEvent::Closed(_) => visitor.is_closed = true,
                    _ => {}
                }
            }
        }
    }

    /// Seals an RTP packet with the client's keys and sends it, unless it is too odd to be sealed.
    pub(super) fn send_rtp(&mut self, peer: PeerId, packet: &[u8]) {
        if let Some(sealed) = self.seal_rtp(peer, packet) {
            self.send(peer, sealed);
        }
    }

    pub(super) fn seal_rtp(&mut self, peer: PeerId, packet: &[u8]) -> Option<Vec<u8>> {
        let mut buffer = packet.to_vec();
        let sealed = self.client(peer).client.seal_rtp(&mut buffer, 0);
        sealed.is_ok().then_some(buffer)
    }

    /// The same for an RTCP compound.
    pub(super) fn send_rtcp(&mut self, peer: PeerId, compound: &[u8]) {
        let mut buffer = compound.to_vec();
        if self.client(peer).client.seal_rtcp(&mut buffer, 0).is_ok() {
            self.send(peer, buffer);
        }
    }

    /// What happens to datagrams from now on.
    pub(super) fn set_conditions(&mut self, conditions: Conditions) {
        self.network.set_conditions(conditions);
    }

    pub(super) fn send(&mut self, peer: PeerId, payload: Vec<u8>) {
        let datagram = Datagram {
            from: address(peer.0),
            to: server(),
            payload,
        };
        self.network.send(self.now, datagram);
    }

    pub(super) fn nack(&mut self, peer: PeerId, camera: &Camera, sequences: &[u16]) {
        let missing: Vec<_> = sequences.iter().copied().map(u64::from).collect();
        let mut compound = Vec::new();
        crate::rtcp::write::nack(camera.send().ssrc, &missing, &mut compound);
        self.send_rtcp(peer, &compound);
    }

    pub(super) fn request_keyframe(&mut self, peer: PeerId, camera: &Camera) {
        let mut compound = Vec::new();
        crate::rtcp::write::picture_loss(camera.send().ssrc, &mut compound);
        self.send_rtcp(peer, &compound);
    }

    pub(super) fn full_intra(&mut self, peer: PeerId, camera: &Camera) {
        let mut compound = vec![0x84, 206, 0, 4, 0, 0, 0, 1, 0, 0, 0, 0];
        compound.extend_from_slice(&camera.send().ssrc.to_be_bytes());
        compound.extend_from_slice(&[1, 0, 0, 0]);
        self.send_rtcp(peer, &compound);
    }

    pub(super) fn sender_report(&mut self, peer: PeerId, ssrc: u32, ntp: u64, rtp: u32) {
        let report = crate::rtcp::write::SenderReport {
            ssrc,
            ntp,
            rtp,
            packets: 1,
            octets: 1,
        };
        let mut compound = Vec::new();
        crate::rtcp::write::sender_report(&report, &mut compound);
        self.send_rtcp(peer, &compound);
    }

    pub(super) fn say(&mut self, peer: PeerId, label: &str, payload: &[u8]) {
        let now = self.now;
        self.client(peer)
            .client
            .send_message(now, label, true, payload)
            .unwrap();
    }

    /// Puts a link between the server and a client, or changes it.
    pub(super) fn link(&mut self, peer: PeerId) -> &mut Option<Link> {
        &mut self.client(peer).link
    }

    /// A client tells when packets arrived.
    pub(super) fn tell_arrivals(&mut self, peer: PeerId) {
        let mut compound = Vec::new();
        self.client(peer).arrivals.write(1, &mut compound);
        if !compound.is_empty() {
            self.send_rtcp(peer, &compound);
        }
    }

    /// The network under a client is gone.
    pub(super) fn cut(&mut self, peer: PeerId) {
        self.client(peer).is_cut = true;
    }

    /// Forgets what a client heard so far.
    pub(super) fn forget(&mut self, peer: PeerId) {
        self.client(peer).compounds.clear();
    }

    /// How many datagrams came to a client, of any kind.
    pub(super) fn datagrams(&self, peer: PeerId) -> usize {
        self.clients[&peer].datagrams
    }

    pub(super) fn packets(&self, peer: PeerId) -> &[Seen] {
        &self.clients[&peer].packets
    }

    /// What came as media.
    pub(super) fn media(&self, peer: PeerId) -> Vec<Seen> {
        let packets = self.packets(peer).iter();
        packets
            .filter(|packet| packet.header.payload_type == SENT_VP8)
            .cloned()
            .collect()
    }

    /// What came as sound.
    pub(super) fn sound(&self, peer: PeerId) -> Vec<Seen> {
        let packets = self.packets(peer).iter();
        packets
            .filter(|packet| packet.header.payload_type == SENT_OPUS)
            .cloned()
            .collect()
    }

    /// What came as a retransmission.
    pub(super) fn retransmissions(&self, peer: PeerId) -> Vec<Seen> {
        let packets = self.packets(peer).iter();
        packets
            .filter(|packet| packet.header.payload_type == SENT_RTX)
            .cloned()
            .collect()
    }

    /// How far each media packet is from the first, in order.
    pub(super) fn sorted_sequences(&self, peer: PeerId) -> Vec<u16> {
        let media = self.media(peer);
        let first = media.first().map_or(0, |packet| packet.header.sequence);
        let mut distances: Vec<_> = media
            .iter()
            .map(|packet| packet.header.sequence.wrapping_sub(first))
            .collect();
        distances.sort_unstable();
        distances
    }

    /// SSRCs a publisher was asked for a keyframe of.
    pub(super) fn keyframe_requests(&self, peer: PeerId) -> Vec<u32> {
        requests(&self.clients[&peer].compounds)
            .filter_map(|packet| match packet {
                Rtcp::PictureLoss { media } => Some(media),
                _ => None,
            })
            .collect()
    }

    /// Packets a publisher was asked for again.
    pub(super) fn nacks(&self, peer: PeerId) -> Vec<(u32, u16)> {
        requests(&self.clients[&peer].compounds)
            .filter_map(|packet| match packet {
                Rtcp::Nack { media, missing } => Some(missing.map(move |one| (media, one))),
                _ => None,
            })
            .flatten()
            .collect()
    }

    pub(super) fn report_blocks(&self, peer: PeerId) -> Vec<ReportBlock> {
        requests(&self.clients[&peer].compounds)
            .filter_map(|packet| match packet {
                Rtcp::ReceiverReport { blocks } => Some(blocks),
                _ => None,
            })
            .flatten()
            .collect()
    }

    /// How many transport-wide feedback packets came.
    pub(super) fn transport_feedback(&self, peer: PeerId) -> usize {
        let compounds = self.clients[&peer].compounds.iter();
        compounds
            .filter(|compound| compound[0] & 0x1F == 15 && compound[1] == 205)
            .count()
    }

    /// NTP and RTP times a subscriber was told.
    pub(super) fn sender_reports(&self, peer: PeerId, camera: &Camera) -> Vec<(u64, u32)> {
        requests(&self.clients[&peer].compounds)
            .filter_map(|packet| match packet {
                Rtcp::SenderReport { ssrc, ntp, rtp } if ssrc == camera.send().ssrc => {
                    Some((ntp, rtp))
                }
                _ => None,
            })
            .collect()
    }

    /// What was added to the timestamps of a layer on the way to a subscriber.
    pub(super) fn timestamp_offset(&self, peer: PeerId, camera: &Camera, layer: usize) -> u32 {
        let mut packets = self.packets(peer).iter();
        let last = packets
            .rfind(|packet| packet.header.ssrc == camera.send().ssrc)
            .unwrap();
        last.header
            .timestamp
            .wrapping_sub(camera.layers[layer].timestamp)
    }

    pub(super) fn heard(&self, peer: PeerId) -> &[Vec<u8>] {
        &self.clients[&peer].messages
    }

    pub(super) fn is_closed(&self, peer: PeerId) -> bool {
        self.clients[&peer].is_closed
    }

    fn client(&mut self, peer: PeerId) -> &mut Visitor {
        self.clients.get_mut(&peer).unwrap()
    }
}

impl Visitor {
    fn receive(&mut self, now: Instant, datagram: &mut [u8]) {
        self.datagrams += 1;
        match self.client.handle_datagram(now, datagram) {
            Ok(Received::Rtp(bytes)) => {
                let packet = Packet::parse(bytes).unwrap();
                let number = packet.extensions.transport_sequence(&numbered());
                if let Some(number) = number {
                    self.arrivals.handle_packet(now, number);
                }
                self.packets.push(Seen {
                    at: now,
                    header: packet.header,
                    mid: packet.extensions.text(Some(SENT_MID)).map(str::to_owned),
                    number,
                    payload: packet.payload.to_vec(),
                });
            }
            Ok(Received::Rtcp(compound)) => self.compounds.push(compound.to_vec()),
            Ok(Received::Consumed) | Err(_) => {}
        }
    }
}

/// Something that sends RTP as a browser does.
pub(super) struct Camera {
    pub(super) publisher: PeerId,
    pub(super) id: PublicationId,
    /// Whether packets carry MID and RID.
    pub(super) is_named: bool,
    /// The temporal layers of its pictures, over and over; without any if empty.
    pub(super) rates: &'static [u8],
    /// In dB below the loudest, where packets say so.
    pub(super) level: Option<u8>,
    shots: usize,
    /// Whether subscribers get transport-wide numbers.
    pub(super) is_numbered: bool,
    kind: Kind,
    layers: Vec<CameraLayer>,
    transport_sequence: u16,
}

struct CameraLayer {
    sequence: u16,
    timestamp: u32,
    picture: u16,
}

/// A packet that was made and not sent.
pub(super) struct Lost {
    pub(super) sequence: u16,
    timestamp: u32,
    is_last: bool,
    payload: Vec<u8>,
}

impl Camera {
    pub(super) fn new(publisher: PeerId, id: u64) -> Self {
        // Every layer counts from somewhere else, one of them close to the wrap.
        let layers = [
            (65_530, 5_000, 0x7FFE),
            (900, 4_294_967_000, 3),
            (20_000, 77, 500),
        ];
        Self::with_layers(publisher, id, Kind::Video, &layers)
    }

    pub(super) fn microphone(publisher: PeerId, id: u64) -> Self {
        Self::with_layers(publisher, id, Kind::Audio, &[(1, 2, 0)])
    }

    fn with_layers(publisher: PeerId, id: u64, kind: Kind, layers: &[(u16, u32, u16)]) -> Self {
        let layers = layers
            .iter()
            .map(|&(sequence, timestamp, picture)| CameraLayer {
                sequence,
                timestamp,
                picture,
            });
        Self {
            publisher,
            id: PublicationId(id),
            is_named: true,
            rates: &[],
            level: None,
            shots: 0,
            is_numbered: false,
            kind,
            layers: layers.collect(),
            transport_sequence: 0,
        }
    }

    /// The SSRC of a layer.
    pub(super) fn ssrc(&self, layer: u8) -> u32 {
        self.id.0 as u32 * 1_000 + u32::from(layer)
    }

    /// Sends pictures on some layers, 33 ms apart, of one packet each.
    pub(super) fn film(
        &mut self,
        scene: &mut Scene,
        pictures: usize,
        layers: &[u8],
        starts_with_keyframe: bool,
    ) {
        for picture in 0..pictures {
            for &layer in layers {
                self.shoot(scene, layer, starts_with_keyframe && picture == 0);
            }
            scene.run(Duration::from_millis(33));
        }
    }

    /// Sends packets of one layer without a pause.
    pub(super) fn burst(&mut self, scene: &mut Scene, layer: u8, packets: usize) {
        for _ in 0..packets {
            self.shoot(scene, layer, false);
        }
        scene.run(Duration::from_millis(33));
    }

    fn shoot(&mut self, scene: &mut Scene, layer: u8, is_keyframe: bool) {
        let next = self.next(layer, is_keyframe);
        let packet = self.packet(layer, &next, None);
        scene.send_rtp(self.publisher, &packet);
    }

    /// Sends one picture or one piece of sound of so many bytes, in as many packets as it takes.
    /// Each carries the time since the scene began.
    pub(super) fn expose(&mut self, scene: &mut Scene, layer: u8, is_keyframe: bool, bytes: usize) {
        let mut packet = self.next(layer, is_keyframe);
        let since = (scene.now - scene.start).as_micros() as u64;
        let mut left = bytes;
        while left > 0 {
            let len = left.min(MAX_PAYLOAD);
            left -= len;
            packet.payload.truncate(6);
            packet.payload.extend_from_slice(&since.to_be_bytes());
            packet.payload.resize(len.max(14), 0xAB);
            packet.is_last = left == 0;
            let bytes = self.packet(layer, &packet, None);
            scene.send_rtp(self.publisher, &bytes);
            if left > 0 {
                let state = &mut self.layers[usize::from(layer)];
                state.sequence = state.sequence.wrapping_add(1);
                packet.sequence = state.sequence;
                // Not the first packet of the picture.
                packet.payload[0] &= !0x10;
            }
        }
    }

    /// Makes a packet and does not send it.
    pub(super) fn lose(&mut self, layer: u8) -> Lost {
        self.transport_sequence += 1;
        self.next(layer, false)
    }

    /// Sends a packet on the retransmission stream of its layer.
    pub(super) fn retransmit(&mut self, scene: &mut Scene, layer: u8, lost: &Lost) {
        let packet = self.packet(layer, lost, Some(77));
        scene.send_rtp(self.publisher, &packet);
    }

    fn next(&mut self, layer: u8, is_keyframe: bool) -> Lost {
        let state = &mut self.layers[usize::from(layer)];
        state.sequence = state.sequence.wrapping_add(1);
        state.timestamp = state.timestamp.wrapping_add(3_000);
        state.picture = (state.picture + 1) & 0x7FFF;
        let [high, low] = state.picture.to_be_bytes();
        let mut payload = if let Some(rate) = self.rates.get(self.shots % self.rates.len().max(1)) {
            let base_pictures = (self.shots / self.rates.len()) as u8;
            // The first of a higher layer in each round needs the base layer only.
            let is_sync = *rate > 0 && self.shots % self.rates.len() < 3;
            let key = rate << 6 | u8::from(is_sync) << 5;
            vec![
                0x90,
                0xE0,
                0x80 | high,
                low,
                base_pictures,
                key,
                u8::from(!is_keyframe),
            ]
        } else {
            vec![0x90, 0x80, 0x80 | high, low, u8::from(!is_keyframe), layer]
        };
        self.shots += 1;
        payload.extend_from_slice(&[0xAB; 200]);
        Lost {
            sequence: state.sequence,
            timestamp: state.timestamp,
            is_last: true,
            payload,
        }
    }

    fn packet(&mut self, layer: u8, what: &Lost, retransmission: Option<u16>) -> Vec<u8> {
        self.transport_sequence += 1;
        let ids = extensions();
        let number = self.transport_sequence.to_be_bytes();
        let mut elements = vec![(ids.transport_cc, number.to_vec())];
        if let Some(level) = self.level {
            elements.push((ids.audio_level, vec![level]));
        }
        let rid = RIDS[usize::from(layer)].as_bytes().to_vec();
        if self.is_named {
            elements.push((ids.mid, self.receive().mid.into_bytes()));
            if self.kind == Kind::Video {
                let id = if retransmission.is_some() {
                    ids.repaired_rid
                } else {
                    ids.rid
                };
                elements.push((id, rid));
            }
        }
        let mut block = vec![0xBE, 0xDE, 0, 0];
        for (id, value) in elements {
            block.push(id.unwrap() << 4 | (value.len() as u8 - 1));
            block.extend_from_slice(&value);
        }
        block.resize(block.len().next_multiple_of(4), 0);
        block[3] = (block.len() / 4 - 1) as u8;
        let payload = self.receive().payloads[0];
        let header = Header {
            marker: what.is_last,
            payload_type: match retransmission {
                Some(_) => payload.rtx.unwrap(),
                None => payload.payload_type,
            },
            sequence: retransmission.unwrap_or(what.sequence),
            timestamp: what.timestamp,
            ssrc: self.ssrc(layer) + if retransmission.is_some() { 500 } else { 0 },
        };
        let mut packet = Vec::new();
        header.write(&block, &mut packet);
        if retransmission.is_some() {
            packet.extend_from_slice(&what.sequence.to_be_bytes());
        }
        packet.extend_from_slice(&what.payload);
        packet
    }

    pub(super) fn receive(&self) -> ReceiveSpec {
        let is_video = self.kind == Kind::Video;
        ReceiveSpec {
            kind: self.kind,
            mid: self.id.0.to_string(),
            payloads: vec![Payload {
                payload_type: if is_video { 96 } else { 111 },
                rtx: is_video.then_some(97),
                red: None,
                nack: true,
                codec: if is_video { Codec::Vp8 } else { Codec::Opus },
                clock_rate: if is_video { 90_000 } else { 48_000 },
            }],
            extensions: extensions(),
            ssrcs: Vec::new(),
            layers: if is_video {
                RIDS.map(str::to_owned).to_vec()
            } else {
                Vec::new()
            },
        }
    }

    pub(super) fn send(&self) -> SendSpec {
        let is_video = self.kind == Kind::Video;
        SendSpec {
            mid: format!("s{}", self.id.0),
            ssrc: 50_000 + self.id.0 as u32,
            rtx_ssrc: is_video.then_some(60_000 + self.id.0 as u32),
            payloads: vec![Payload {
                payload_type: if is_video { SENT_VP8 } else { SENT_OPUS },
                rtx: is_video.then_some(SENT_RTX),
                red: None,
                nack: true,
                ..self.receive().payloads[0]
            }],
            extensions: ExtensionIds {
                transport_cc: numbered().transport_cc.filter(|_| self.is_numbered),
                mid: Some(SENT_MID),
                abs_send_time: Some(4),
                ..ExtensionIds::default()
            },
        }
    }
}

pub(super) fn address(port: u64) -> SocketAddr {
    SocketAddr::from(([10, 0, 0, 2], port as u16))
}

fn server() -> SocketAddr {
    SocketAddr::from(([10, 0, 0, 1], 7880))
}

fn extensions() -> ExtensionIds {
    ExtensionIds {
        mid: Some(1),
        rid: Some(2),
        repaired_rid: Some(3),
        transport_cc: Some(5),
        audio_level: Some(6),
        ..ExtensionIds::default()
    }
}

fn numbered() -> ExtensionIds {
    ExtensionIds {
        transport_cc: Some(6),
        ..ExtensionIds::default()
    }
}

/// One for all tests: making a certificate takes a while.
fn identity() -> Arc<Identity> {
    static IDENTITY: OnceLock<Arc<Identity>> = OnceLock::new();
    IDENTITY
        .get_or_init(|| Identity::generate().unwrap())
        .clone()
}

/// As browsers cut pictures.
const MAX_PAYLOAD: usize = 1_100;
const RIDS: [&str; 3] = ["q", "h", "f"];
const SENT_OPUS: u8 = 110;
const SENT_VP8: u8 = 120;
const SENT_RTX: u8 = 121;
const SENT_MID: u8 = 9;
