//! The whole engine: commands and datagrams in any order, and the one law of the media plane:
//! nothing of a publication reaches anybody whom the policy does not allow it.

use std::{
    collections::{BTreeMap, BTreeSet},
    net::SocketAddr,
    time::{Duration, Instant},
};

use bega_media::{
    Codec, Command, Depth, Engine, EngineConfig, Event, ExtensionIds, Kind, Payload, PeerId,
    PublicationId, ReceiveSpec, RoomId, SendSpec, SsrcPair,
};
use bega_transport::{
    Fingerprint, Received,
    testing::{Client, Profiles},
};

use crate::{
    epoch,
    input::Input,
    pair::{credentials, identity, stranger_address},
};

/// Four clients in two rooms. Every packet says in its payload which publication it belongs to; a
/// client that can read it must be allowed that publication at that moment.
pub(crate) fn secrecy(bytes: &[u8]) {
    let mut input = Input(bytes);
    let mut scene = Scene::new();
    while !input.is_empty() {
        match input.below(12) {
            0 => scene.publish(&mut input),
            1 => scene.subscribe(&mut input),
            2 | 3 => scene.allow(&mut input),
            4 => scene.adjust(&mut input),
            5 => scene.come_and_go(&mut input),
            6 | 7 => scene.film(&mut input),
            8 => scene.send_oddly(&mut input),
            9 => scene.send_feedback(&mut input),
            10 => scene.send_from_outside(&mut input),
            _ => scene.pass(Duration::from_millis(10 * u64::from(input.byte()))),
        }
        scene.exchange();
    }
    scene.pass(Duration::from_secs(2));
}

struct Scene {
    engine: Engine,
    now: Instant,
    clients: BTreeMap<PeerId, Client>,
    /// Who publishes what, and in which room.
    published: BTreeMap<PublicationId, PeerId>,
    /// Who described one of its publications by the names of another. What it sends for the one may
    /// then be the other's: its own doing, and only among its own.
    confused: BTreeSet<PeerId>,
    /// What is allowed now, worked out from the commands alone.
    allowed: BTreeSet<(PeerId, PublicationId)>,
    sequence: u16,
}

impl Scene {
    fn new() -> Self {
        let now = epoch();
        let config = EngineConfig {
            identity: identity(),
        };
        let mut scene = Self {
            engine: Engine::new(config, now),
            now,
            clients: BTreeMap::new(),
            published: BTreeMap::new(),
            confused: BTreeSet::new(),
            allowed: BTreeSet::new(),
            sequence: 0,
        };
        for peer in PEERS {
            scene.join(peer);
        }
        scene.pass(Duration::from_secs(1));
        let connected = scene.clients.values().all(Client::is_connected);
        assert!(connected, "no connection in a second");
        scene
    }

    fn join(&mut self, peer: PeerId) {
        let ours = credentials(&format!("ours{}", peer.0));
        let theirs = credentials(&format!("theirs{}", peer.0));
        let fingerprint: Fingerprint = *identity().fingerprint();
        self.command(Command::AddPeer {
            room: room(peer),
            peer,
            local: ours.clone(),
            channels: Vec::new(),
        });
        self.command(Command::SetRemote {
            peer,
            ufrag: theirs.ufrag.clone(),
            fingerprint,
        });
        let mut client = Client::new(identity(), theirs, Profiles::default());
        client.connect(self.now, ours, fingerprint, server());
        self.clients.insert(peer, client);
    }

    fn command(&mut self, command: Command) {
        self.engine.handle_command(self.now, command);
    }

    fn publish(&mut self, input: &mut Input<'_>) {
        let peer = any_peer(input);
        let publication = any_publication(input);
        let mut receive = receive(publication, input);
        if input.flag() {
            // Names and numbers that may be another's.
            self.confused.insert(peer);
            receive.mid = input.below(4).to_string();
            receive.ssrcs = vec![SsrcPair {
                media: ssrc(any_publication(input), 0),
                rtx: input.flag().then(|| ssrc(any_publication(input), 1)),
            }];
        }
        let owner = self.published.get(&publication).copied();
        let is_there = self.clients.contains_key(&peer);
        self.command(Command::Publish {
            peer,
            publication,
            receive,
        });
        if is_there && owner.is_none() {
            self.published.insert(publication, peer);
        }
    }

    fn subscribe(&mut self, input: &mut Input<'_>) {
        let (peer, publication) = (any_peer(input), any_publication(input));
        if input.below(4) == 0 {
            self.command(Command::Unsubscribe { peer, publication });
        } else {
            let send = send(publication, input);
            self.command(Command::Subscribe {
                peer,
                publication,
                send,
            });
        }
    }

    fn allow(&mut self, input: &mut Input<'_>) {
        let (peer, publication) = (any_peer(input), any_publication(input));
        let allowed = input.below(3) != 0;
        self.command(Command::SetPolicy {
            peer,
            publication,
            allowed,
        });
        if !allowed {
            self.allowed.remove(&(peer, publication));
        } else if self.clients.contains_key(&peer) {
            self.allowed.insert((peer, publication));
        }
    }

    fn adjust(&mut self, input: &mut Input<'_>) {
        let (peer, publication) = (any_peer(input), any_publication(input));
        match input.below(4) {
            0 => self.command(Command::SetMuted {
                publication,
                muted: input.flag(),
            }),
            1 => {
                self.command(Command::Unpublish { publication });
                self.forget(publication);
            }
            _ => self.command(Command::SetLayer {
                peer,
                publication,
                layer: input.flag().then(|| Depth {
                    spatial: input.byte() % 4,
                    temporal: input.byte() % 4,
                }),
            }),
        }
    }

    fn come_and_go(&mut self, input: &mut Input<'_>) {
        let peer = any_peer(input);
        match (input.below(4), self.clients.contains_key(&peer)) {
            (0, true) => {
                self.command(Command::RemovePeer { peer });
                self.leave(peer);
            }
            (_, false) => self.join(peer),
            (1, true) => self.command(Command::RestartIce {
                peer,
                local: credentials(&format!("again{}", peer.0)),
            }),
            (_, true) => self.command(Command::SendMessage {
                peer,
                label: "_reliable".into(),
                payload: bytes::Bytes::copy_from_slice(input.chunk()),
            }),
        }
    }

    /// A peer is gone, and with it what it published and what it was allowed.
    fn leave(&mut self, peer: PeerId) {
        self.clients.remove(&peer);
        self.allowed.retain(|(of, _)| *of != peer);
        let of_peer = self.published.iter().filter(|(_, by)| **by == peer);
        for publication in of_peer.map(|(id, _)| *id).collect::<Vec<_>>() {
            self.forget(publication);
        }
    }

    fn forget(&mut self, publication: PublicationId) {
        self.published.remove(&publication);
        self.allowed.retain(|(_, of)| *of != publication);
    }

    /// A publisher sends as a browser would.
    fn film(&mut self, input: &mut Input<'_>) {
        let publication = any_publication(input);
        let Some(&peer) = self.published.get(&publication) else {
            return;
        };
        let layer = input.below(2);
        let packets = 1 + input.below(4);
        let is_keyframe = input.flag();
        for _ in 0..packets {
            self.sequence = self.sequence.wrapping_add(1);
            let mut packet = header(publication, layer, self.sequence);
            packet.extend([0x10, u8::from(!is_keyframe)]);
            let of = if self.confused.contains(&peer) {
                ODD
            } else {
                publication.0 as u8
            };
            self.send_rtp(peer, packet, of);
        }
    }

    /// Somebody sends what it likes: another's SSRC, another's MID, broken extensions.
    fn send_oddly(&mut self, input: &mut Input<'_>) {
        let peer = any_peer(input);
        let publication = any_publication(input);
        let mut packet = header(publication, input.below(2), input.word());
        for _ in 0..input.below(4) {
            let at = input.below(packet.len());
            packet[at] = input.byte();
        }
        packet.extend_from_slice(input.chunk());
        // Whatever it claims to be, it is its sender's.
        self.send_rtp(peer, packet, ODD);
    }

    fn send_rtp(&mut self, peer: PeerId, mut packet: Vec<u8>, publication: u8) {
        packet.extend(MARK);
        packet.extend([peer.0 as u8, publication]);
        let Some(client) = self.clients.get_mut(&peer) else {
            return;
        };
        if client.seal_rtp(&mut packet, 0).is_ok() {
            self.give(address(peer), packet);
        }
    }

    fn send_feedback(&mut self, input: &mut Input<'_>) {
        let peer = any_peer(input);
        let publication = any_publication(input);
        let mut compound = match input.below(3) {
            0 => vec![0x81, 206, 0, 2, 0, 0, 0, 1],
            1 => vec![0x81, 205, 0, 3, 0, 0, 0, 1],
            _ => input.chunk().to_vec(),
        };
        match compound.get(1) {
            Some(206) => compound.extend(out_ssrc(publication).to_be_bytes()),
            Some(205) => {
                compound.extend(out_ssrc(publication).to_be_bytes());
                compound.extend(input.word().to_be_bytes());
                compound.extend(input.word().to_be_bytes());
            }
            _ => {}
        }
        let Some(client) = self.clients.get_mut(&peer) else {
            return;
        };
        if client.seal_rtcp(&mut compound, 0).is_ok() {
            self.give(address(peer), compound);
        }
    }

    /// Datagrams of nobody, and forged ones in the name of a client.
    fn send_from_outside(&mut self, input: &mut Input<'_>) {
        let from = if input.flag() {
            stranger_address()
        } else {
            address(any_peer(input))
        };
        let datagram = input.chunk().to_vec();
        self.give(from, datagram);
    }

    fn give(&mut self, from: SocketAddr, mut datagram: Vec<u8>) {
        self.engine.handle_datagram(self.now, from, &mut datagram);
        // At once: who may read it is decided by what holds now.
        self.deliver();
    }

    /// Takes what the engine sends to its clients, and looks into it.
    fn deliver(&mut self) -> bool {
        let mut datagrams = Vec::new();
        while let Some(transmit) = self.engine.poll_transmit() {
            let segments = transmit.bytes.chunks(transmit.segment_size);
            datagrams.extend(segments.map(|bytes| (transmit.to.remote, bytes.to_vec())));
        }
        let is_something = !datagrams.is_empty();
        for (to, mut datagram) in datagrams {
            let peer = PEERS.into_iter().find(|peer| address(*peer) == to);
            let peer = peer.expect("nobody else is answered");
            let Some(client) = self.clients.get_mut(&peer) else {
                continue;
            };
            if let Ok(Received::Rtp(packet)) = client.handle_datagram(self.now, &mut datagram) {
                let packet = packet.to_vec();
                self.check(peer, &packet);
            }
        }
        while let Some(event) = self.engine.poll_event() {
            if let Event::PeerClosed { peer, .. } = event {
                self.leave(peer);
            }
        }
        is_something
    }

    /// The law.
    fn check(&self, reader: PeerId, packet: &[u8]) {
        let marks = packet.windows(MARK.len() + 2);
        let found = marks
            .filter(|window| window.starts_with(&MARK))
            .filter_map(|window| window.last_chunk::<2>());
        for &[sender, publication] in found {
            let sender = PeerId(sender.into());
            assert_eq!(room(sender), room(reader), "a packet crossed rooms");
            let may = |id: &PublicationId| {
                self.published.get(id) == Some(&sender) && self.allowed.contains(&(reader, *id))
            };
            let is_allowed = if publication == ODD {
                self.published.keys().any(may)
            } else {
                may(&PublicationId(publication.into()))
            };
            assert!(
                is_allowed,
                "{reader:?} reads publication {publication} of {sender:?} without a right to"
            );
        }
    }

    /// Carries datagrams to and fro until both sides are silent.
    fn exchange(&mut self) {
        for _ in 0..MOST_ROUNDS {
            let mut is_quiet = !self.deliver();
            for peer in PEERS {
                while let Some(transmit) =
                    self.clients.get_mut(&peer).and_then(Client::poll_transmit)
                {
                    is_quiet = false;
                    self.give(address(peer), transmit.payload.to_vec());
                }
                while self
                    .clients
                    .get_mut(&peer)
                    .and_then(Client::poll_event)
                    .is_some()
                {}
            }
            if is_quiet {
                return;
            }
        }
    }

    fn pass(&mut self, time: Duration) {
        let end = self.now + time;
        for _ in 0..MOST_ROUNDS {
            self.exchange();
            let of_clients = self.clients.values().filter_map(Client::poll_timeout);
            match of_clients.chain(self.engine.poll_timeout()).min() {
                Some(at) if at <= end => self.now = self.now.max(at),
                _ => break,
            }
            self.engine.handle_timeout(self.now);
            for client in self.clients.values_mut() {
                client.handle_timeout(self.now);
            }
        }
        self.now = end;
    }
}

fn any_peer(input: &mut Input<'_>) -> PeerId {
    PEERS[input.below(PEERS.len())]
}

fn any_publication(input: &mut Input<'_>) -> PublicationId {
    PublicationId(1 + input.below(4) as u64)
}

/// The last one sits in another room.
fn room(peer: PeerId) -> RoomId {
    RoomId(u64::from(peer == PEERS[3]))
}

fn address(peer: PeerId) -> SocketAddr {
    ([10, 0, 0, 2], 40_000 + peer.0 as u16).into()
}

fn server() -> SocketAddr {
    ([10, 0, 0, 1], 7882).into()
}

fn ssrc(publication: PublicationId, layer: usize) -> u32 {
    1_000 * publication.0 as u32 + layer as u32
}

fn out_ssrc(publication: PublicationId) -> u32 {
    50_000 + publication.0 as u32
}

/// Header and extensions of a packet: MID and RID by name.
fn header(publication: PublicationId, layer: usize, sequence: u16) -> Vec<u8> {
    let mut packet = vec![0x90, 96];
    packet.extend(sequence.to_be_bytes());
    packet.extend((u32::from(sequence) * 3000).to_be_bytes());
    packet.extend(ssrc(publication, layer).to_be_bytes());
    let mid = b'0' + publication.0 as u8;
    let rid = if layer == 0 { b'q' } else { b'h' };
    packet.extend([0xBE, 0xDE, 0, 1, 0x10, mid, 0x20, rid]);
    packet
}

fn receive(publication: PublicationId, input: &mut Input<'_>) -> ReceiveSpec {
    let codecs = [Codec::Vp8, Codec::H264, Codec::Vp9, Codec::Av1];
    ReceiveSpec {
        kind: if input.below(4) == 0 {
            Kind::Audio
        } else {
            Kind::Video
        },
        mid: publication.0.to_string(),
        payloads: vec![Payload {
            payload_type: 96,
            rtx: Some(97),
            red: None,
            nack: true,
            codec: codecs[input.below(codecs.len())],
            clock_rate: 90_000,
        }],
        extensions: ExtensionIds {
            mid: Some(1),
            rid: Some(2),
            repaired_rid: Some(3),
            transport_cc: Some(5),
            audio_level: Some(6),
            dependency_descriptor: Some(7),
            ..ExtensionIds::default()
        },
        ssrcs: Vec::new(),
        layers: if input.flag() {
            vec!["q".into(), "h".into()]
        } else {
            Vec::new()
        },
    }
}

fn send(publication: PublicationId, input: &mut Input<'_>) -> SendSpec {
    let receive = receive(publication, input);
    SendSpec {
        mid: format!("s{}", publication.0),
        ssrc: out_ssrc(publication),
        rtx_ssrc: input.flag().then_some(60_000 + publication.0 as u32),
        payloads: receive.payloads,
        extensions: receive.extensions,
    }
}

/// Ids that fit a byte, so that a packet can say whose it is.
const PEERS: [PeerId; 4] = [PeerId(11), PeerId(12), PeerId(13), PeerId(14)];

/// Stands in front of the sender's and the publication's number.
const MARK: [u8; 6] = *b"SECRET";

/// For packets that claim to be what they are not.
const ODD: u8 = 0xFF;

const MOST_ROUNDS: usize = 200;
