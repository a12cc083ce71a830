//! A transport and its client, without a network in between.

use std::{
    net::SocketAddr,
    sync::{Arc, OnceLock},
    time::{Duration, Instant},
};

use bega_transport::{
    IceCredentials, Identity, Path, Received, Transport, TransportEvent,
    testing::{Client, Profiles},
};

use crate::epoch;

/// Both ends of one connection.
pub(crate) struct Pair {
    pub(crate) now: Instant,
    pub(crate) server: Transport,
    pub(crate) client: Client,
    /// What the server received in the clear.
    pub(crate) opened: Vec<Vec<u8>>,
    /// Messages on data channels of the server.
    pub(crate) messages: Vec<Vec<u8>>,
    /// Datagrams of the client, as they were sent.
    pub(crate) sent: Vec<Vec<u8>>,
    /// Where anything of the server's went to, and how many bytes.
    pub(crate) answered: Vec<(Path, usize)>,
    pub(crate) is_closed: bool,
}

impl Pair {
    /// Before anything was sent.
    pub(crate) fn new() -> Self {
        let now = epoch();
        let (ours, theirs) = (credentials("ours"), credentials("theirs"));
        let mut server = Transport::new(identity(), ours.clone());
        server.set_remote(now, &theirs.ufrag, *identity().fingerprint());
        let mut client = Client::new(identity(), theirs, Profiles::default());
        client.open_channel(now, CHANNEL, true, None);
        client.connect(now, ours, *identity().fingerprint(), server_address());
        Self {
            now,
            server,
            client,
            opened: Vec::new(),
            messages: Vec::new(),
            sent: Vec::new(),
            answered: Vec::new(),
            is_closed: false,
        }
    }

    /// With the handshake done and a data channel open.
    pub(crate) fn connected() -> Self {
        let mut pair = Self::new();
        for _ in 0..20 {
            pair.pass(Duration::from_millis(50));
        }
        assert!(pair.server.is_connected(), "no connection in a second");
        pair
    }

    /// Carries everything to and fro until both are silent.
    pub(crate) fn exchange(&mut self) {
        for _ in 0..MOST_ROUNDS {
            let mut is_quiet = true;
            while let Some(transmit) = self.client.poll_transmit() {
                is_quiet = false;
                self.sent.push(transmit.payload.to_vec());
                self.give(client_address().into(), &transmit.payload);
            }
            self.collect();
            let mut to_client = Vec::new();
            while let Some(transmit) = self.server.poll_transmit() {
                self.answered.push((transmit.to, transmit.payload.len()));
                to_client.push(transmit.payload.to_vec());
            }
            for mut datagram in to_client {
                is_quiet = false;
                let _ = self.client.handle_datagram(self.now, &mut datagram);
            }
            while self.client.poll_event().is_some() {}
            if is_quiet {
                return;
            }
        }
    }

    /// A datagram reaches the server.
    pub(crate) fn give(&mut self, from: Path, datagram: &[u8]) {
        let mut datagram = datagram.to_vec();
        match self.server.handle_datagram(self.now, from, &mut datagram) {
            Ok(Received::Rtp(packet) | Received::Rtcp(packet)) => self.opened.push(packet.to_vec()),
            Ok(Received::Consumed) | Err(_) => {}
        }
        self.collect();
    }

    /// Time passes on both sides.
    pub(crate) fn pass(&mut self, time: Duration) {
        let end = self.now + time;
        for _ in 0..MOST_ROUNDS {
            self.exchange();
            let due = [self.server.poll_timeout(), self.client.poll_timeout()];
            match due.into_iter().flatten().min() {
                Some(at) if at <= end => self.now = self.now.max(at),
                _ => break,
            }
            self.server.handle_timeout(self.now);
            self.client.handle_timeout(self.now);
            self.collect();
        }
        self.now = end;
    }

    fn collect(&mut self) {
        while let Some(event) = self.server.poll_event() {
            match event {
                TransportEvent::Message { payload, .. } => self.messages.push(payload.to_vec()),
                TransportEvent::Closed(_) => self.is_closed = true,
                TransportEvent::Nominated(_)
                | TransportEvent::Connected
                | TransportEvent::ChannelOpen { .. }
                | TransportEvent::ChannelClosed { .. } => {}
            }
        }
    }
}

pub(crate) fn credentials(ufrag: &str) -> IceCredentials {
    IceCredentials {
        ufrag: ufrag.into(),
        pwd: "0123456789abcdef01234567".into(),
    }
}

/// One for all: making a certificate takes a while.
pub(crate) fn identity() -> Arc<Identity> {
    static IDENTITY: OnceLock<Arc<Identity>> = OnceLock::new();
    IDENTITY
        .get_or_init(|| Identity::generate().expect("the crypto library makes certificates"))
        .clone()
}

pub(crate) fn client_address() -> SocketAddr {
    ([10, 0, 0, 2], 40_000).into()
}

pub(crate) fn stranger_address() -> SocketAddr {
    ([203, 0, 113, 9], 666).into()
}

fn server_address() -> SocketAddr {
    ([10, 0, 0, 1], 7882).into()
}

/// The data channel of every pair.
pub(crate) const CHANNEL: &str = "_reliable";

/// Two ends that never fall silent are a defect of their own, but not of this harness.
const MOST_ROUNDS: usize = 200;
