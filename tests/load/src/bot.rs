//! One transport of a simulated participant: a socket of its own, ICE, DTLS and SRTP.

use std::{
    array,
    io::{self, IoSliceMut},
    net::{Ipv4Addr, SocketAddr},
    sync::{Arc, LazyLock},
    time::Instant,
};

use anyhow::Result;
use bega_transport::{
    Fingerprint, IceCredentials, Identity, Received, TransportEvent,
    testing::{Client, Profiles},
};
use mio::net::UdpSocket;
use quinn_udp::{BATCH_SIZE, RecvMeta, UdpSockRef, UdpSocketState};
use rand::{Rng as _, distr::Alphanumeric, rngs::StdRng};
use tokio::sync::mpsc::UnboundedSender;

use crate::{
    abuse::rubbish,
    clock,
    delays::Delays,
    rtp::{self, Arrivals, Packet, Reception},
    stream::{self, Kind, ReceiveStream, SendStream},
    stun,
};

/// A transport, before and while it runs.
pub(crate) struct Bot {
    io: UdpSocket,
    state: UdpSocketState,
    client: Client,
    local: Local,
    server: SocketAddr,
    events: UnboundedSender<Happening>,
    pub(crate) sends: Vec<SendStream>,
    receives: Vec<ReceiveStream>,
    ids: ReceiveIds,
    arrivals: Arrivals,
    transport_sequence: u16,
    sent: u64,
    refused: u64,
    keyframe_requests: u64,
    spoiled: u64,
    /// The last run of packets that was published, as it left.
    last_run: Vec<u8>,
    run_size: usize,
    keeps_runs: bool,
}

/// What our descriptions say of a transport.
#[derive(Clone, Debug)]
pub(crate) struct Local {
    pub(crate) ice: IceCredentials,
    pub(crate) fingerprint: Fingerprint,
}

/// What a transport tells the one who made it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Happening {
    /// ICE and DTLS are up.
    Connected,
    /// A packet of a stream that was not there before.
    FirstPacket(Instant),
    /// The other side is gone.
    Closed,
}

/// Numbers that a receiver must know of what it was offered.
#[derive(Clone, Debug, Default)]
pub(crate) struct ReceiveIds {
    pub(crate) transport_cc: Option<u8>,
    pub(crate) retransmissions: Vec<u8>,
    pub(crate) audio: Vec<u8>,
}

/// The sums of one or of many transports.
#[derive(Debug, Default)]
pub(crate) struct Sums {
    pub(crate) sent: u64,
    pub(crate) refused: u64,
    pub(crate) received: u64,
    pub(crate) expected: u64,
    pub(crate) streams: u64,
    pub(crate) silent_streams: u64,
    pub(crate) audio_received: u64,
    pub(crate) audio_expected: u64,
    pub(crate) keyframe_requests: u64,
    pub(crate) spoiled: u64,
}

impl Bot {
    /// Binds a socket; nothing is sent before [`Self::connect`].
    pub(crate) fn bind(events: UnboundedSender<Happening>) -> Result<Self> {
        // The system chooses the address that leads to the server, which then answers to it.
        let io = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0).into())?;
        let state = UdpSocketState::new(UdpSockRef::from(&io))?;
        let _ = state.set_recv_buffer_size(UdpSockRef::from(&io), RECEIVE_BUFFER_BYTES);
        let local = Local {
            ice: IceCredentials {
                ufrag: text(8),
                pwd: text(24),
            },
            fingerprint: *IDENTITY.fingerprint(),
        };
        let client = Client::new(IDENTITY.clone(), local.ice.clone(), Profiles::CmThenGcm);
        Ok(Self {
            server: io.local_addr()?,
            io,
            state,
            client,
            local,
            events,
            sends: Vec::new(),
            receives: Vec::new(),
            ids: ReceiveIds::default(),
            arrivals: Arrivals::default(),
            transport_sequence: 0,
            sent: 0,
            refused: 0,
            keyframe_requests: 0,
            spoiled: 0,
            last_run: Vec::new(),
            run_size: 0,
            keeps_runs: false,
        })
    }

    /// What our descriptions say.
    pub(crate) fn local(&self) -> Local {
        self.local.clone()
    }

    pub(crate) fn connect(&mut self, ice: IceCredentials, print: Fingerprint, to: SocketAddr) {
        self.server = to;
        self.client.connect(clock::now(), ice, print, to);
    }

    pub(crate) fn set_ids(&mut self, ids: ReceiveIds) {
        self.ids = ids;
    }

    pub(crate) fn source(&mut self) -> &mut impl mio::event::Source {
        &mut self.io
    }

    /// Reads what has arrived.
    pub(crate) fn read(&mut self, inbox: &mut Inbox, delays: &mut Delays) {
        loop {
            let mut buffers = inbox.storage.chunks_exact_mut(MESSAGE_BYTES);
            let mut slices: [IoSliceMut<'_>; BATCH_SIZE] =
                array::from_fn(|_| IoSliceMut::new(buffers.next().unwrap_or_default()));
            let received =
                self.state
                    .recv(UdpSockRef::from(&self.io), &mut slices, &mut inbox.metas);
            // Nothing is there, or the server's port is closed while it is restarted.
            let Ok(messages) = received else { return };
            let now = clock::now();
            let buffers = inbox.storage.chunks_exact_mut(MESSAGE_BYTES);
            for (meta, buffer) in inbox.metas.iter().zip(buffers).take(messages) {
                for datagram in buffer[..meta.len].chunks_mut(meta.stride.max(1)) {
                    self.handle_datagram(now, datagram, delays);
                }
            }
            // Readiness is told again when more arrives after a read that was not full.
            if messages < BATCH_SIZE {
                return;
            }
        }
    }

    fn handle_datagram(&mut self, now: Instant, datagram: &mut [u8], delays: &mut Delays) {
        if let [0, 1, ..] = datagram {
            if let Some(answer) = stun::answer(datagram, self.server, &self.local.ice.pwd) {
                let _ = self.send(&answer, None);
            }
            return;
        }
        match self.client.handle_datagram(now, datagram) {
            Ok(Received::Rtp(packet)) => {
                let Some(packet) = Packet::parse(packet) else {
                    return;
                };
                self.receives.receive(
                    now,
                    &packet,
                    &self.ids,
                    &mut self.arrivals,
                    &self.events,
                    delays,
                );
            }
            Ok(Received::Rtcp(compound)) => {
                if rtp::asks_for_keyframe(compound) {
                    self.keyframe_requests += 1;
                    self.sends.iter_mut().for_each(SendStream::request_keyframe);
                }
            }
            Ok(Received::Consumed) => self.settle(),
            Err(_) => self.refused += 1,
        }
    }

    /// Sends what the client has to say and tells what happened to it.
    pub(crate) fn settle(&mut self) {
        while let Some(transmit) = self.client.poll_transmit() {
            let _ = self.send(&transmit.payload, None);
        }
        while let Some(event) = self.client.poll_event() {
            let happening = match event {
                TransportEvent::Connected => Happening::Connected,
                TransportEvent::Closed(_) => Happening::Closed,
                TransportEvent::Nominated(_)
                | TransportEvent::ChannelOpen { .. }
                | TransportEvent::ChannelClosed { .. }
                | TransportEvent::Message { .. } => continue,
            };
            let _ = self.events.send(happening);
        }
    }

    /// Moves the client's time on.
    pub(crate) fn handle_timeout(&mut self, now: Instant) {
        if self.client.poll_timeout().is_some_and(|at| at <= now) {
            self.client.handle_timeout(now);
            self.settle();
        }
    }

    /// Sends one frame of a track; false while that cannot be.
    pub(crate) fn publish(&mut self, stream: usize, scratch: &mut Vec<u8>) {
        let Some(stream) = self.sends.get_mut(stream) else {
            return;
        };
        if !self.client.is_connected() {
            return;
        }
        scratch.clear();
        let now = clock::now();
        let packets = u64::from(stream.shape.packets_per_frame);
        let size = stream.write_frame(now, &mut self.client, &mut self.transport_sequence, scratch);
        if let Some(size) = size
            && self.send(scratch, Some(size)).is_ok()
        {
            self.sent += packets;
            if self.keeps_runs {
                self.last_run.clone_from(scratch);
                self.run_size = size;
            }
        }
    }

    /// Says when transport-wide numbered packets arrived.
    pub(crate) fn send_feedback(&mut self, scratch: &mut Vec<u8>) {
        let Some(first) = self.receives.first() else {
            return;
        };
        scratch.clear();
        self.arrivals.write(first.ssrc, scratch);
        self.send_rtcp(scratch);
    }

    /// Reports what was received.
    pub(crate) fn send_report(&mut self, scratch: &mut Vec<u8>) {
        if self.receives.is_empty() {
            return;
        }
        let blocks: Vec<_> = self
            .receives
            .iter()
            .map(|stream| Reception {
                ssrc: stream.ssrc,
                highest: stream.highest(),
                lost: (stream.expected() - stream.packets.min(stream.expected())) as u32,
            })
            .collect();
        scratch.clear();
        rtp::write_receiver_report(&blocks, scratch);
        self.send_rtcp(scratch);
    }

    /// Asks for keyframes and for everything again, as nobody in their right mind would.
    pub(crate) fn nag(&mut self, scratch: &mut Vec<u8>) {
        let asked: Vec<_> = self
            .receives
            .iter()
            .map(|stream| (stream.ssrc, stream.highest() as u16))
            .collect();
        for (ssrc, highest) in asked {
            scratch.clear();
            rtp::write_pli(ssrc, scratch);
            rtp::write_nack(ssrc, highest.wrapping_sub(16), scratch);
            self.send_rtcp(scratch);
        }
    }

    /// Sends something bad from a good address: the last packet again, once as it was and once
    /// with a bit turned over, or rubbish.
    pub(crate) fn spoil(&mut self, dice: &mut StdRng) {
        self.keeps_runs = true;
        let packet = self.last_run.get(..self.run_size).unwrap_or_default();
        let mut datagram = match packet {
            [] => rubbish(dice),
            _ if dice.random_ratio(1, 4) => rubbish(dice),
            packet => packet.to_vec(),
        };
        if dice.random_ratio(3, 4)
            && let Some(bit) = (datagram.len() * 8).checked_sub(1)
        {
            let bit = dice.random_range(0..=bit);
            datagram[bit / 8] ^= 1 << (bit % 8);
        }
        self.spoiled += u64::from(self.send(&datagram, None).is_ok());
    }

    fn send_rtcp(&mut self, scratch: &mut Vec<u8>) {
        if !scratch.is_empty() && self.client.seal_rtcp(scratch, 0).is_ok() {
            let _ = self.send(scratch, None);
        }
    }

    /// Counts from here on.
    pub(crate) fn begin(&mut self) {
        self.sent = 0;
        self.refused = 0;
        self.keyframe_requests = 0;
        self.spoiled = 0;
        self.receives.iter_mut().for_each(ReceiveStream::begin);
    }

    pub(crate) fn add_to(&self, sums: &mut Sums) {
        sums.sent += self.sent;
        sums.refused += self.refused;
        sums.keyframe_requests += self.keyframe_requests;
        sums.spoiled += self.spoiled;
        for stream in &self.receives {
            sums.received += stream.packets;
            sums.expected += stream.expected();
            sums.streams += 1;
            sums.silent_streams += u64::from(stream.packets == 0);
            if stream.kind == Kind::Audio {
                sums.audio_received += stream.packets;
                sums.audio_expected += stream.expected();
            }
        }
    }

    /// Says goodbye.
    pub(crate) fn close(&mut self) {
        self.client.close(clock::now());
        self.settle();
    }

    fn send(&self, contents: &[u8], segment_size: Option<usize>) -> io::Result<()> {
        let transmit = quinn_udp::Transmit {
            destination: self.server,
            ecn: None,
            contents,
            segment_size: segment_size.filter(|size| contents.len() > *size),
            src_ip: None,
        };
        self.state.try_send(UdpSockRef::from(&self.io), &transmit)
    }
}

/// What is done with a packet that arrived, apart from the client that opened it.
trait Receive {
    fn receive(
        &mut self,
        now: Instant,
        packet: &Packet<'_>,
        ids: &ReceiveIds,
        arrivals: &mut Arrivals,
        events: &UnboundedSender<Happening>,
        delays: &mut Delays,
    );
}

impl Receive for Vec<ReceiveStream> {
    fn receive(
        &mut self,
        now: Instant,
        packet: &Packet<'_>,
        ids: &ReceiveIds,
        arrivals: &mut Arrivals,
        events: &UnboundedSender<Happening>,
        delays: &mut Delays,
    ) {
        let at = clock::stamp(now);
        let transport_sequence = ids
            .transport_cc
            .and_then(|id| packet.transport_sequence(id));
        if let Some(sequence) = transport_sequence {
            arrivals.add(at, sequence);
        }
        if ids.retransmissions.contains(&packet.payload_type) {
            return;
        }
        let known = self.iter().position(|stream| stream.ssrc == packet.ssrc);
        let place = known.unwrap_or_else(|| {
            let _ = events.send(Happening::FirstPacket(now));
            let kind = if ids.audio.contains(&packet.payload_type) {
                Kind::Audio
            } else {
                Kind::Video
            };
            self.push(ReceiveStream::new(packet.ssrc, kind, packet.sequence));
            self.len() - 1
        });
        self[place].add(packet.sequence);
        if let Some(sent) = stream::sent_at(packet.payload) {
            delays.add(at.saturating_sub(sent));
        }
    }
}

/// Room for a batch of datagrams, shared by all transports of a thread.
pub(crate) struct Inbox {
    storage: Box<[u8]>,
    metas: [RecvMeta; BATCH_SIZE],
}

impl Inbox {
    pub(crate) fn new() -> Self {
        Self {
            storage: vec![0; BATCH_SIZE * MESSAGE_BYTES].into_boxed_slice(),
            metas: [RecvMeta::default(); BATCH_SIZE],
        }
    }
}

/// Random letters for ICE.
fn text(len: usize) -> String {
    #[expect(clippy::disallowed_methods, reason = "a load generator may roll dice")]
    let dice = rand::rng();
    dice.sample_iter(Alphanumeric)
        .take(len)
        .map(char::from)
        .collect()
}

/// All simulated participants show one certificate: making a thousand would cost a second.
static IDENTITY: LazyLock<Arc<Identity>> =
    LazyLock::new(|| Identity::generate().expect("a key pair can be made"));

/// The most the kernel puts together into one message.
const MESSAGE_BYTES: usize = 65_536;
const RECEIVE_BUFFER_BYTES: usize = 2 << 20;
