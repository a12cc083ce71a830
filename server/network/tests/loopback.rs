//! Clients on real sockets of this machine, through a real worker.

use std::{
    io::{ErrorKind, Read as _, Write as _},
    net::{Ipv4Addr, SocketAddr, TcpStream, UdpSocket},
    num::NonZeroUsize,
    sync::{Arc, mpsc},
    time::{Duration, Instant},
};

use bega_media::{
    ChannelSpec, CloseReason, Codec, Command, Event, ExtensionIds, Kind, Payload, PeerId,
    PublicationId, ReceiveSpec, RoomId, SendSpec, SsrcPair,
};
use bega_network::{Config, MediaHandle, MediaPlane};
use bega_transport::{
    CloseReason as TransportClose, IceCredentials, Identity, Protocol, Received, TransportEvent,
    framing::{FrameReader, write_frame},
    testing::{Client, Profiles},
};
use rand::{SeedableRng as _, rngs::StdRng};

#[test]
fn a_client_connects_and_talks_over_a_data_channel() {
    let stage = Stage::new();
    let mut ana = stage.client(1);
    stage.wait_for("ana connects", &mut [&mut ana], |event| {
        matches!(event, Event::PeerConnected { peer: PeerId(1) })
    });

    run_until("the channel is open", &mut [&mut ana], |clients| {
        clients[0].events.contains(&TransportEvent::ChannelOpen {
            label: "events".into(),
        })
    });
    ana.client
        .send_message(now(), "events", false, b"hello")
        .unwrap();

    stage.wait_for(
        "the message arrives",
        &mut [&mut ana],
        |event| matches!(event, Event::Message { payload, .. } if &payload[..] == b"hello"),
    );
}

#[test]
fn sound_goes_from_one_client_to_another() {
    let stage = Stage::new();
    let (mut ana, mut ben) = (stage.client(1), stage.client(2));
    stage.publish_and_subscribe(PeerId(1), PeerId(2));
    run_until("both are connected", &mut [&mut ana, &mut ben], |clients| {
        clients.iter().all(|one| one.client.is_connected())
    });

    let mut sequence = 0_u16;
    run_until(
        "ben has heard enough",
        &mut [&mut ana, &mut ben],
        |clients| {
            sequence = sequence.wrapping_add(1);
            clients[0].send_sound(sequence);
            clients[1].heard.len() >= 50
        },
    );

    assert!(ben.heard.iter().all(|packet| packet.ends_with(b"sound")));
}

#[test]
fn sound_goes_over_tcp_where_udp_is_blocked() {
    let stage = Stage::new();
    let (mut ana, mut ben) = (
        stage.client_by(1, Protocol::Tcp),
        stage.client_by(2, Protocol::Tcp),
    );
    stage.publish_and_subscribe(PeerId(1), PeerId(2));
    run_until("both are connected", &mut [&mut ana, &mut ben], |clients| {
        clients.iter().all(|one| one.client.is_connected())
    });

    let mut sequence = 0_u16;
    run_until(
        "ben has heard enough",
        &mut [&mut ana, &mut ben],
        |clients| {
            sequence = sequence.wrapping_add(1);
            clients[0].send_sound(sequence);
            clients[1].heard.len() >= 50
        },
    );
}

#[test]
fn a_stream_that_does_not_begin_with_a_check_for_a_peer_is_closed() {
    let stage = Stage::new();
    let address = stage.handle().candidates(ROOM)[0].address;
    let mut check = vec![0, 1, 0, 8, 0x21, 0x12, 0xA4, 0x42];
    check.extend([0; 12]);
    check.extend(b"\0\x06\0\x04no:b");
    for first in [
        b"GET / HTTP/1.1\r\n\r\n".to_vec(),
        framed(b"\x16 DTLS, too early"),
        framed(&check),
    ] {
        let mut stream = TcpStream::connect(address).unwrap();
        stream
            .set_read_timeout(Some(Duration::from_secs(5)))
            .unwrap();

        stream.write_all(&first).unwrap();

        // Closed at once, not only after the ten seconds that a stream has to prove itself; with or
        // without bytes of ours unread.
        let answer = stream.read(&mut [0; 100]);
        assert!(
            matches!(answer, Ok(0))
                || answer.is_err_and(|error| error.kind() == ErrorKind::ConnectionReset),
        );
    }
}

#[test]
fn a_peer_whose_stream_is_cut_goes_on_over_another() {
    let stage = Stage::new();
    let mut ana = stage.client_by(1, Protocol::Tcp);
    stage.wait_for("ana connects", &mut [&mut ana], |event| {
        matches!(event, Event::PeerConnected { peer: PeerId(1) })
    });

    ana.wire = Wire::new(Protocol::Tcp, ana.server);
    ana.client
        .restart_ice(now(), credentials(101), credentials(1));
    run_until("the channel is open", &mut [&mut ana], |clients| {
        clients[0].events.contains(&TransportEvent::ChannelOpen {
            label: "events".into(),
        })
    });
    ana.client
        .send_message(now(), "events", false, b"hello")
        .unwrap();

    stage.wait_for(
        "the message arrives",
        &mut [&mut ana],
        |event| matches!(event, Event::Message { payload, .. } if &payload[..] == b"hello"),
    );
}

#[test]
fn what_one_client_receives_names_no_address_of_another() {
    let stage = Stage::new();
    let mut ana = stage.client(1);
    let hidden = Ipv4Addr::new(127, 0, 0, 77);
    ana.wire = Wire::Udp(udp(hidden, ana.server));
    let mut ben = stage.client(2);
    stage.publish_and_subscribe(PeerId(1), PeerId(2));
    run_until("both are connected", &mut [&mut ana, &mut ben], |clients| {
        clients.iter().all(|one| one.client.is_connected())
    });

    let mut sequence = 0_u16;
    run_until(
        "ben has heard enough",
        &mut [&mut ana, &mut ben],
        |clients| {
            sequence = sequence.wrapping_add(1);
            clients[0].send_sound(sequence);
            clients[1].heard.len() >= 50
        },
    );

    let is_hidden = |bytes: &[u8]| bytes == hidden.octets() || bytes == b"127.0.0.77";
    assert!(
        !ben.received
            .windows(4)
            .chain(ben.received.windows(10))
            .any(is_hidden)
    );
    assert!(ana.received.len() > 100 && ben.received.len() > 1000);
}

#[test]
fn a_panic_ends_the_peer_in_hand_and_nobody_else() {
    let stage = Stage::new();
    let (mut ana, mut ben) = (stage.client(1), stage.client(2));
    run_until(
        "both channels are open",
        &mut [&mut ana, &mut ben],
        |clients| {
            let opened = TransportEvent::ChannelOpen {
                label: "events".into(),
            };
            clients.iter().all(|one| one.events.contains(&opened))
        },
    );

    stage.handle().fail_next_packet(ROOM, PeerId(1));
    ana.send_sound(1);
    stage.wait_for("ana is ended", &mut [&mut ana, &mut ben], |event| {
        matches!(
            event,
            Event::PeerClosed {
                peer: PeerId(1),
                reason: CloseReason::Panic
            }
        )
    });

    ben.client
        .send_message(now(), "events", false, b"still here")
        .unwrap();
    stage.wait_for("ben goes on", &mut [&mut ben], |event| {
        matches!(
            event,
            Event::Message {
                peer: PeerId(2),
                ..
            }
        )
    });
    let mut eva = stage.client(3);
    stage.wait_for("others can come", &mut [&mut eva], |event| {
        matches!(event, Event::PeerConnected { peer: PeerId(3) })
    });
}

#[test]
fn shutting_down_says_goodbye() {
    let mut stage = Stage::new();
    let mut ana = stage.client(1);
    run_until("ana connects", &mut [&mut ana], |clients| {
        clients[0].client.is_connected()
    });

    stage.plane.take().unwrap().shutdown();

    run_until("ana has heard it", &mut [&mut ana], |clients| {
        clients[0]
            .events
            .contains(&TransportEvent::Closed(TransportClose::ClosedByPeer))
    });
}

/// A media plane with one worker, and what it tells.
struct Stage {
    plane: Option<MediaPlane>,
    handle: MediaHandle,
    identity: Arc<Identity>,
    events: mpsc::Receiver<Event>,
}

impl Stage {
    fn new() -> Self {
        let config = Config {
            workers: NonZeroUsize::MIN,
            listen: Ipv4Addr::LOCALHOST.into(),
            port: 0,
            public_ips: Vec::new(),
        };
        let identity = Identity::generate().unwrap();
        let (sender, events) = mpsc::channel();
        let sink = move |event| {
            // The test may be over.
            let _ = sender.send(event);
        };
        let plane = MediaPlane::start(&config, &identity, sink).unwrap();
        Self {
            handle: plane.handle(),
            plane: Some(plane),
            identity,
            events,
        }
    }

    fn handle(&self) -> &MediaHandle {
        &self.handle
    }

    /// Lets a client in whose peer has this id, with one channel of ours.
    fn client(&self, id: u64) -> Peer {
        self.client_by(id, Protocol::Udp)
    }

    fn client_by(&self, id: u64, protocol: Protocol) -> Peer {
        let ours = credentials(id);
        let theirs = credentials(100 + id);
        let identity = Identity::generate().unwrap();
        let peer = PeerId(id);
        let channels = vec![ChannelSpec {
            label: "events".into(),
            ordered: true,
            max_retransmits: None,
        }];
        self.handle.send(
            ROOM,
            Command::AddPeer {
                room: ROOM,
                peer,
                local: ours.clone(),
                channels,
            },
        );
        let fingerprint = *identity.fingerprint();
        self.handle.send(
            ROOM,
            Command::SetRemote {
                peer,
                ufrag: theirs.ufrag.clone(),
                fingerprint,
            },
        );

        let candidates = self.handle.candidates(ROOM);
        let address = candidates
            .iter()
            .find(|candidate| candidate.protocol == protocol)
            .unwrap()
            .address;
        let mut client = Client::new(identity, theirs, Profiles::default());
        client.connect(now(), ours, *self.identity.fingerprint(), address);
        Peer {
            client,
            wire: Wire::new(protocol, address),
            server: address,
            events: Vec::new(),
            heard: Vec::new(),
            received: Vec::new(),
        }
    }

    fn publish_and_subscribe(&self, from: PeerId, to: PeerId) {
        let publication = PublicationId(1);
        let payload = Payload {
            payload_type: 111,
            rtx: None,
            red: None,
            nack: false,
            codec: Codec::Opus,
            clock_rate: 48_000,
        };
        let receive = ReceiveSpec {
            kind: Kind::Audio,
            mid: "0".into(),
            payloads: vec![payload],
            extensions: ExtensionIds::default(),
            ssrcs: vec![SsrcPair {
                media: 7,
                rtx: None,
            }],
            layers: Vec::new(),
        };
        let send = SendSpec {
            mid: "0".into(),
            ssrc: 8,
            rtx_ssrc: None,
            payloads: vec![payload],
            extensions: ExtensionIds::default(),
        };
        for command in [
            Command::Publish {
                peer: from,
                publication,
                receive,
            },
            Command::SetPolicy {
                peer: to,
                publication,
                allowed: true,
            },
            Command::Subscribe {
                peer: to,
                publication,
                send,
            },
        ] {
            self.handle.send(ROOM, command);
        }
    }

    /// Drives the clients until the plane has told this.
    fn wait_for(&self, what: &str, clients: &mut [&mut Peer], is_it: impl Fn(&Event) -> bool) {
        run_until(what, clients, |_| {
            self.events.try_iter().any(|event| is_it(&event))
        });
    }
}

fn run_until(
    what: &str,
    clients: &mut [&mut Peer],
    mut done: impl FnMut(&mut [&mut Peer]) -> bool,
) {
    let limit = now() + Duration::from_secs(20);
    while !done(clients) {
        assert!(now() < limit, "{what}: not after 20 s");
        for client in &mut *clients {
            client.drive();
        }
        std::thread::yield_now();
    }
}

/// How a client reaches the server. Blocking on the way out: tests send little.
enum Wire {
    Udp(UdpSocket),
    Tcp(TcpStream, FrameReader),
}

impl Wire {
    fn new(protocol: Protocol, server: SocketAddr) -> Self {
        match protocol {
            Protocol::Udp => Self::Udp(udp(Ipv4Addr::LOCALHOST, server)),
            Protocol::Tcp => {
                let stream = TcpStream::connect(server).unwrap();
                stream.set_nonblocking(true).unwrap();
                Self::Tcp(stream, FrameReader::default())
            }
        }
    }

    fn send(&mut self, datagram: &[u8]) {
        match self {
            Self::Udp(socket) => {
                // The other side may have closed its port.
                let _ = socket.send(datagram);
            }
            Self::Tcp(stream, _) => stream.write_all(&framed(datagram)).unwrap(),
        }
    }

    fn receive(&mut self, buffer: &mut [u8]) -> Option<usize> {
        match self {
            Self::Udp(socket) => socket.recv(buffer).ok(),
            Self::Tcp(stream, reader) => loop {
                if let Some(frame) = reader.next_frame().unwrap() {
                    buffer[..frame.len()].copy_from_slice(frame);
                    return Some(frame.len());
                }
                let length = stream.read(buffer).ok().filter(|length| *length > 0)?;
                reader.push(&buffer[..length]);
            },
        }
    }
}

fn udp(from: Ipv4Addr, server: SocketAddr) -> UdpSocket {
    let socket = UdpSocket::bind((from, 0)).unwrap();
    socket.connect(server).unwrap();
    socket.set_nonblocking(true).unwrap();
    socket
}

fn framed(datagram: &[u8]) -> Vec<u8> {
    let mut frame = Vec::new();
    assert!(write_frame(datagram, &mut frame));
    frame
}

/// A client and its socket.
struct Peer {
    client: Client,
    wire: Wire,
    server: SocketAddr,
    events: Vec<TransportEvent>,
    heard: Vec<Vec<u8>>,
    /// All of it, decrypted where the client can.
    received: Vec<u8>,
}

impl Peer {
    fn drive(&mut self) {
        let mut buffer = [0; 2000];
        while let Some(length) = self.wire.receive(&mut buffer) {
            match self.client.handle_datagram(now(), &mut buffer[..length]) {
                Ok(Received::Rtp(packet)) => self.heard.push(packet.to_vec()),
                Ok(Received::Rtcp(_) | Received::Consumed) | Err(_) => {}
            }
            self.received.extend_from_slice(&buffer[..length]);
        }
        if self.client.poll_timeout().is_some_and(|due| due <= now()) {
            self.client.handle_timeout(now());
        }
        while let Some(transmit) = self.client.poll_transmit() {
            self.wire.send(&transmit.payload);
        }
        self.events
            .extend(std::iter::from_fn(|| self.client.poll_event()));
    }

    fn send_sound(&mut self, sequence: u16) {
        let mut packet = vec![0x80, 111];
        packet.extend(sequence.to_be_bytes());
        packet.extend((u32::from(sequence) * 960).to_be_bytes());
        packet.extend([0, 0, 0, 7]);
        packet.extend(b"sound");
        self.client.seal_rtp(&mut packet, 0).unwrap();
        self.wire.send(&packet);
    }
}

fn credentials(seed: u64) -> IceCredentials {
    IceCredentials::generate(&mut StdRng::seed_from_u64(seed))
}

#[expect(
    clippy::disallowed_methods,
    reason = "the sockets are real, and so is the time"
)]
fn now() -> Instant {
    Instant::now()
}

const ROOM: RoomId = RoomId(1);
