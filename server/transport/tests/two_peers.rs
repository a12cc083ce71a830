//! Two peers over a network in virtual time: everything between them happens in these tests, and
//! nothing waits.

#![expect(
    clippy::disallowed_methods,
    reason = "the clock only gives virtual time its origin"
)]

use std::{
    net::SocketAddr,
    sync::{Arc, LazyLock},
    time::{Duration, Instant},
};

use bega_transport::{
    CloseReason, Fingerprint, IceCredentials, Identity, ReceiveError, Received, SendError,
    Transport, TransportEvent, stun_ufrag,
    testing::{Client, Conditions, Datagram, Network, Profiles},
};
use rand::{SeedableRng as _, rngs::StdRng};

#[test]
fn a_client_connects_and_nominates() {
    let mut pair = Pair::new(GOOD, 1);

    pair.run_until_connected();

    assert!(
        pair.server_events
            .contains(&TransportEvent::Nominated(pair.client_address.into()))
    );
    assert_eq!(pair.server.destination(), Some(pair.client_address.into()));
    assert_eq!(
        pair.client.uses_gcm(),
        Some(true),
        "although the client prefers the other"
    );
}

#[test]
fn a_client_without_gcm_gets_the_older_profile() {
    let mut pair = Pair::with_profiles(GOOD, 2, Profiles::Cm);
    pair.run_until_connected();
    assert_eq!(pair.client.uses_gcm(), Some(false));

    pair.send_rtp_from_client(b"hello");
    pair.send_rtp_from_server(b"hello");
    pair.run_for(SECOND);

    assert_eq!(pair.server_rtp, [packet(b"hello", 0)]);
    assert_eq!(pair.client_rtp, [packet(b"hello", 0)]);
}

#[test]
fn a_peer_that_waits_for_the_handshake_is_called() {
    for (conditions, seed) in [(GOOD, 1), (BAD, 2), (BAD, 3)] {
        let mut pair = Pair::new(conditions, seed);
        pair.server.be_active();
        pair.client.be_passive();
        pair.server.open_channel(pair.now, "ours", true, None);
        pair.client.open_channel(pair.now, "theirs", true, None);

        pair.run_until("both channels are open", |pair| {
            ["ours", "theirs"].into_iter().all(|label| {
                pair.server_events.contains(&opened(label))
                    && pair.client_events.contains(&opened(label))
            })
        });

        pair.send_rtp_from_client(b"hello");
        pair.send_rtp_from_server(b"hello");
        pair.run_for(SECOND);
        if conditions == GOOD {
            assert_eq!(pair.server_rtp, [packet(b"hello", 0)]);
            assert_eq!(pair.client_rtp, [packet(b"hello", 0)]);
        }
    }
}

#[test]
fn the_handshake_survives_loss_reordering_and_duplication() {
    for seed in 0..40 {
        let mut pair = Pair::new(BAD, seed);

        pair.run_until_connected();

        assert!(pair.elapsed() < Duration::from_secs(10), "seed {seed}");
    }
}

#[test]
fn media_flows_both_ways_and_comes_once_over_a_bad_network() {
    let mut pair = Pair::new(BAD, 7);
    pair.run_until_connected();

    for number in 0..200 {
        pair.send_rtp_from_client(&[number; 900]);
        pair.send_rtp_from_server(&[number; 900]);
        pair.send_rtcp_from_client();
        pair.send_rtcp_from_server();
        pair.run_for(Duration::from_millis(5));
    }
    pair.run_for(SECOND);

    for received in [&pair.server_rtp, &pair.client_rtp] {
        assert!(
            (120..200).contains(&received.len()),
            "{} of 200",
            received.len()
        );
        for packet in received {
            let times = received.iter().filter(|other| *other == packet).count();
            assert_eq!(times, 1);
        }
    }
    assert!((120..200).contains(&pair.server_rtcp.len()));
    assert!((120..200).contains(&pair.client_rtcp.len()));
}

#[test]
fn channels_carry_text_and_bytes_both_ways() {
    let mut pair = Pair::new(GOOD, 3);
    pair.server.open_channel(pair.now, "events", true, None);
    pair.client.open_channel(pair.now, "chat", false, Some(0));
    pair.server
        .send_message(pair.now, "events", false, b"sent before anything is up")
        .unwrap();

    pair.run_until("both channels are open", |pair| {
        pair.server_events.contains(&opened("chat"))
            && pair.client_events.contains(&opened("events"))
    });
    let large = vec![9; 65_536];
    pair.server
        .send_message(pair.now, "chat", true, &large)
        .unwrap();
    pair.client
        .send_message(pair.now, "events", false, "grüße".as_bytes())
        .unwrap();
    pair.client
        .send_message(pair.now, "chat", false, b"")
        .unwrap();
    pair.run_for(SECOND);

    assert!(
        pair.client_events
            .contains(&message("events", false, b"sent before anything is up"))
    );
    assert!(pair.client_events.contains(&message("chat", true, &large)));
    assert!(
        pair.server_events
            .contains(&message("events", false, "grüße".as_bytes()))
    );
    assert!(pair.server_events.contains(&message("chat", false, b"")));
}

#[test]
fn a_reliable_channel_keeps_everything_in_order_over_a_bad_network() {
    let mut pair = Pair::new(BAD, 11);
    pair.server.open_channel(pair.now, "_reliable", true, None);
    pair.run_until("the channel is open", |pair| {
        pair.server_events.contains(&opened("_reliable"))
    });

    for number in 0..50_u8 {
        pair.server
            .send_message(pair.now, "_reliable", true, &[number; 3000])
            .unwrap();
        pair.client
            .send_message(pair.now, "_reliable", true, &[number; 100])
            .unwrap();
    }
    pair.run_until("all messages have arrived", |pair| {
        [&pair.server_events, &pair.client_events]
            .iter()
            .all(|events| messages(events).len() == 50)
    });

    let expected: Vec<u8> = (0..50).collect();
    assert_eq!(messages(&pair.client_events), expected);
    assert_eq!(messages(&pair.server_events), expected);
}

#[test]
fn a_message_for_no_channel_or_too_large_is_refused() {
    let mut pair = Pair::new(GOOD, 4);
    pair.server.open_channel(pair.now, "events", true, None);
    let now = pair.now;

    assert_eq!(
        pair.server.send_message(now, "other", true, b""),
        Err(SendError::NoChannel)
    );
    assert_eq!(
        pair.server
            .send_message(now, "events", true, &vec![0; 65_537]),
        Err(SendError::TooLarge)
    );
    let full = (0..20).find_map(|_| {
        pair.server
            .send_message(now, "events", true, &vec![0; 65_536])
            .err()
    });
    assert_eq!(full, Some(SendError::Full));
}

#[test]
fn an_ice_restart_moves_the_path_and_keeps_everything_else() {
    let mut pair = Pair::new(GOOD, 5);
    pair.server.open_channel(pair.now, "events", true, None);
    pair.run_until("the channel is open", |pair| {
        pair.server_events.contains(&opened("events"))
    });
    let old = pair.client_address;

    pair.restart_ice("10.0.0.7:50000");
    pair.run_until("the new path is chosen", |pair| {
        pair.server.destination() == Some(pair.client_address.into())
    });
    pair.send_rtp_from_client(b"after");
    pair.send_rtp_from_server(b"after");
    pair.server
        .send_message(pair.now, "events", false, b"after")
        .unwrap();
    pair.run_for(SECOND);

    assert_ne!(old, pair.client_address);
    assert_eq!(pair.server_rtp, [packet(b"after", 0)]);
    assert_eq!(pair.client_rtp, [packet(b"after", 0)]);
    assert!(
        pair.client_events
            .contains(&message("events", false, b"after"))
    );
    let handshakes = pair
        .client_events
        .iter()
        .filter(|event| **event == TransportEvent::Connected);
    assert_eq!(handshakes.count(), 1);
    assert_eq!(
        pair.server.local_ufrags().count(),
        1,
        "the old credentials are gone"
    );
}

#[test]
fn old_credentials_answer_until_the_new_ones_are_nominated() {
    let mut pair = Pair::new(GOOD, 6);
    pair.run_until_connected();

    pair.server.restart_ice(credentials(77));
    pair.run_for(40 * SECOND);

    assert_eq!(pair.server.local_ufrags().count(), 2);
    assert!(pair.server.is_connected(), "the old checks keep consent");
}

#[test]
fn media_follows_a_restart_that_is_nominated_late() {
    let mut pair = Pair::new(GOOD, 8);
    pair.run_until_connected();

    pair.restart_ice("10.0.0.8:50000");
    pair.client.set_nominates(false);
    pair.run_for(SECOND);

    assert_eq!(pair.server.destination(), Some(pair.client_address.into()));
    assert_eq!(
        pair.server.local_ufrags().count(),
        2,
        "it is not nominated yet"
    );
}

#[test]
fn the_wrong_certificate_ends_both_sides() {
    let mut pair = Pair::new(GOOD, 9);
    pair.server
        .set_remote(pair.now, "clie", Fingerprint::of(b"somebody else"));

    pair.run_until("the server has given up", |pair| {
        !pair.server_events.iter().all(|event| !is_closed(event))
    });
    pair.run_for(SECOND);

    assert_eq!(
        pair.server_events.last(),
        Some(&TransportEvent::Closed(CloseReason::FingerprintMismatch))
    );
    assert!(
        pair.client_events
            .contains(&TransportEvent::Closed(CloseReason::ClosedByPeer))
    );
    assert!(!pair.server.is_connected());
}

#[test]
fn forged_records_do_not_freeze_the_connection() {
    let mut pair = Pair::new(GOOD, 10);
    pair.client.open_channel(pair.now, "chat", true, None);
    pair.run_until("the channel is open", |pair| {
        pair.client_events.contains(&opened("chat"))
    });

    // A change of cipher in plaintext, for the epoch that is in use.
    for epoch in [0, 1, 2] {
        for content in 20..=25 {
            let mut forged = vec![content, 0xFE, 0xFD, 0, epoch, 0, 0, 0, 0, 0, 77, 0, 1, 1];
            let _ = pair
                .server
                .handle_datagram(pair.now, pair.client_address, &mut forged);
        }
    }
    pair.client
        .send_message(pair.now, "chat", false, b"still here")
        .unwrap();
    pair.run_for(SECOND);

    assert!(
        pair.server_events
            .contains(&message("chat", false, b"still here"))
    );
}

#[test]
fn consent_ends_thirty_seconds_after_the_last_check() {
    let mut pair = Pair::new(GOOD, 12);
    pair.run_until_connected();
    pair.run_for(60 * SECOND);
    assert!(pair.server.is_connected());

    pair.client.stop_checks();
    pair.run_for(26 * SECOND);
    assert!(pair.server.is_connected());
    pair.run_for(5 * SECOND);

    assert_eq!(
        pair.server_events.last(),
        Some(&TransportEvent::Closed(CloseReason::ConsentLost))
    );
    assert_eq!(pair.server.poll_timeout(), None);
}

#[test]
fn a_handshake_that_stops_half_way_is_given_up_after_ten_seconds() {
    let mut pair = Pair::new(GOOD, 13);
    // Just behind the hello that carries the cookie.
    pair.run_for(Duration::from_millis(105));
    pair.network.set_conditions(Conditions {
        loss_percent: 100.0,
        ..GOOD
    });

    pair.run_until("the server has given up", |pair| {
        pair.server_events.iter().any(is_closed)
    });

    assert_eq!(
        pair.server_events.last(),
        Some(&TransportEvent::Closed(CloseReason::HandshakeFailed))
    );
    assert!(
        (Duration::from_secs(6)..Duration::from_secs(11)).contains(&pair.elapsed()),
        "{:?}",
        pair.elapsed()
    );
}

#[test]
fn half_a_first_flight_is_given_up_after_ten_seconds() {
    let mut pair = Pair::new(GOOD, 13);
    pair.run_until("a check has come", |pair| {
        pair.server.destination().is_some()
    });
    pair.client = Client::new(CLIENT.clone(), credentials(3), Profiles::default());
    // The first half of a ClientHello of 512 bytes.
    let mut half = vec![22, 0xFE, 0xFD, 0, 0, 0, 0, 0, 0, 0, 0, 0, 12 + 4];
    half.extend([1, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0xFE, 0xFD, 0, 0]);
    let began = pair.now;

    let taken = pair
        .server
        .handle_datagram(pair.now, pair.client_address, &mut half);
    assert_eq!(taken, Ok(Received::Consumed));
    assert!(pair.server.is_shaking_hands());
    pair.run_until("the server has given up", |pair| {
        pair.server_events.iter().any(is_closed)
    });

    assert_eq!(
        pair.server_events.last(),
        Some(&TransportEvent::Closed(CloseReason::HandshakeFailed))
    );
    assert_eq!(pair.now - began, 10 * SECOND);
    assert!(!pair.server.is_shaking_hands());
}

#[test]
fn a_client_cannot_open_channels_without_end() {
    let mut pair = Pair::new(GOOD, 13);
    pair.client
        .open_channel(pair.now, &"long ".repeat(100), true, None);
    for channel in 0..100 {
        let label = format!("channel {channel}");
        pair.client.open_channel(pair.now, &label, true, None);
    }

    pair.run_until_connected();
    pair.run_for(SECOND);

    let labels: Vec<_> = pair
        .server_events
        .iter()
        .filter_map(|event| match event {
            TransportEvent::ChannelOpen { label } => Some(label.as_str()),
            _ => None,
        })
        .collect();
    assert_eq!(labels.len(), 32);
    assert!(labels.iter().all(|label| label.starts_with("channel")));
}

#[test]
fn a_goodbye_reaches_the_other_side() {
    let mut pair = Pair::new(GOOD, 14);
    pair.run_until_connected();

    pair.client.close(pair.now);
    pair.run_for(SECOND);

    assert_eq!(
        pair.server_events.last(),
        Some(&TransportEvent::Closed(CloseReason::ClosedByPeer))
    );
    let mut late = b"\x80\x60 anything".to_vec();
    let result = pair
        .server
        .handle_datagram(pair.now, pair.client_address, &mut late);
    assert_eq!(result, Err(ReceiveError::Closed));
}

#[test]
fn nothing_but_checks_is_taken_from_an_unknown_address() {
    let mut pair = Pair::new(GOOD, 15);
    pair.run_until_connected();
    let stranger: SocketAddr = "10.9.9.9:9".parse().unwrap();
    let mut sealed = packet(b"replayed from elsewhere", 3);
    pair.client.seal_rtp(&mut sealed, 0).unwrap();

    let mut replayed = sealed.clone();
    let result = pair
        .server
        .handle_datagram(pair.now, stranger, &mut replayed);

    assert_eq!(result, Err(ReceiveError::UnknownPath));
    assert!(
        pair.server
            .handle_datagram(pair.now, pair.client_address, &mut sealed)
            .is_ok()
    );
}

#[test]
fn checks_before_the_remote_description_are_met_with_silence() {
    let mut server = Transport::new(SERVER.clone(), credentials(1));
    let mut client = Client::new(CLIENT.clone(), credentials(2), Profiles::default());
    let now = Instant::now();
    client.connect(
        now,
        credentials(1),
        *SERVER.fingerprint(),
        address(SERVER_ADDRESS),
    );
    let check = client.poll_transmit().unwrap();

    let mut datagram = check.payload.to_vec();
    let result = server.handle_datagram(now, address(CLIENT_ADDRESS), &mut datagram);

    assert!(matches!(result, Err(ReceiveError::Ice(_))));
    assert_eq!(server.poll_transmit(), None);
    assert_eq!(
        stun_ufrag(&check.payload),
        Some(credentials(1).ufrag.as_str())
    );
}

#[test]
fn an_idle_connection_wants_no_wakeup_but_consent() {
    let mut pair = Pair::new(GOOD, 16);
    pair.run_until_connected();

    let wait = pair.server.poll_timeout().unwrap() - pair.now;

    assert!(wait > 25 * SECOND, "{wait:?}");
}

#[test]
fn no_datagram_makes_a_transport_panic() {
    let mut pair = Pair::new(GOOD, 17);
    pair.run_until_connected();
    let mut rng = StdRng::seed_from_u64(17);

    for _ in 0..20_000 {
        let mut datagram = random_datagram(&mut rng);
        let _ = pair
            .server
            .handle_datagram(pair.now, pair.client_address, &mut datagram);
        while pair.server.poll_transmit().is_some() {}
    }
    pair.send_rtp_from_client(b"alive");
    pair.run_for(SECOND);

    assert_eq!(pair.server_rtp, [packet(b"alive", 0)]);
}

/// Both sides, the network between them and what came out.
struct Pair {
    start: Instant,
    now: Instant,
    network: Network,
    server: Transport,
    client: Client,
    client_address: SocketAddr,
    server_events: Vec<TransportEvent>,
    client_events: Vec<TransportEvent>,
    server_rtp: Vec<Vec<u8>>,
    client_rtp: Vec<Vec<u8>>,
    server_rtcp: Vec<Vec<u8>>,
    client_rtcp: Vec<Vec<u8>>,
    sequence: [u16; 2],
}

impl Pair {
    fn new(conditions: Conditions, seed: u64) -> Self {
        Self::with_profiles(conditions, seed, Profiles::default())
    }

    fn with_profiles(conditions: Conditions, seed: u64, profiles: Profiles) -> Self {
        let start = Instant::now();
        let mut server = Transport::new(SERVER.clone(), credentials(1));
        server.set_remote(start, "clie", *CLIENT.fingerprint());
        let local = IceCredentials {
            ufrag: "clie".into(),
            pwd: "a password that is long".into(),
        };
        let mut client = Client::new(CLIENT.clone(), local, profiles);
        client.connect(
            start,
            credentials(1),
            *SERVER.fingerprint(),
            address(SERVER_ADDRESS),
        );
        Self {
            start,
            now: start,
            network: Network::new(conditions, seed),
            server,
            client,
            client_address: address(CLIENT_ADDRESS),
            server_events: Vec::new(),
            client_events: Vec::new(),
            server_rtp: Vec::new(),
            client_rtp: Vec::new(),
            server_rtcp: Vec::new(),
            client_rtcp: Vec::new(),
            sequence: [0; 2],
        }
    }

    fn elapsed(&self) -> Duration {
        self.now - self.start
    }

    fn run_until_connected(&mut self) {
        self.run_until("both are connected", |pair| {
            pair.server.is_connected() && pair.client.is_connected()
        });
    }

    fn run_until(&mut self, what: &str, done: impl Fn(&Self) -> bool) {
        let limit = self.now + 60 * SECOND;
        while !done(self) {
            assert!(self.step(limit), "{what}: not after a minute");
        }
    }

    fn run_for(&mut self, time: Duration) {
        let end = self.now + time;
        while self.step(end) {}
        self.now = end;
    }

    /// Goes to the next thing that happens; false if that is after the limit.
    fn step(&mut self, limit: Instant) -> bool {
        self.flush();
        let timeouts = [
            self.network.poll_timeout(),
            self.server.poll_timeout(),
            self.client.poll_timeout(),
        ];
        let Some(next) = timeouts
            .into_iter()
            .flatten()
            .min()
            .filter(|next| *next <= limit)
        else {
            return false;
        };
        self.now = self.now.max(next);
        while let Some(datagram) = self.network.receive(self.now) {
            self.deliver(datagram);
            self.flush();
        }
        self.server.handle_timeout(self.now);
        self.client.handle_timeout(self.now);
        self.flush();
        true
    }

    fn deliver(
        &mut self,
        Datagram {
            from,
            to,
            mut payload,
        }: Datagram,
    ) {
        if to == address(SERVER_ADDRESS) {
            match self.server.handle_datagram(self.now, from, &mut payload) {
                Ok(Received::Rtp(packet)) => self.server_rtp.push(packet.to_vec()),
                Ok(Received::Rtcp(packet)) => self.server_rtcp.push(packet.to_vec()),
                Ok(Received::Consumed) | Err(_) => {}
            }
        } else if to == self.client_address {
            match self.client.handle_datagram(self.now, &mut payload) {
                Ok(Received::Rtp(packet)) => self.client_rtp.push(packet.to_vec()),
                Ok(Received::Rtcp(packet)) => self.client_rtcp.push(packet.to_vec()),
                Ok(Received::Consumed) | Err(_) => {}
            }
        }
    }

    fn flush(&mut self) {
        while let Some(transmit) = self.server.poll_transmit() {
            self.send(
                address(SERVER_ADDRESS),
                transmit.to.remote,
                transmit.payload.to_vec(),
            );
        }
        while let Some(transmit) = self.client.poll_transmit() {
            self.send(
                self.client_address,
                transmit.to.remote,
                transmit.payload.to_vec(),
            );
        }
        self.server_events
            .extend(std::iter::from_fn(|| self.server.poll_event()));
        self.client_events
            .extend(std::iter::from_fn(|| self.client.poll_event()));
    }

    fn send(&mut self, from: SocketAddr, to: SocketAddr, payload: Vec<u8>) {
        self.network.send(self.now, Datagram { from, to, payload });
    }

    fn restart_ice(&mut self, new_address: &str) {
        let local = IceCredentials {
            ufrag: "cli2".into(),
            pwd: "another password as long".into(),
        };
        self.client_address = address(new_address);
        self.server.restart_ice(credentials(2));
        self.server
            .set_remote(self.now, &local.ufrag, *CLIENT.fingerprint());
        self.client.restart_ice(self.now, local, credentials(2));
    }

    fn send_rtp_from_client(&mut self, payload: &[u8]) {
        let mut packet = packet(payload, self.sequence[0]);
        self.sequence[0] += 1;
        self.client.seal_rtp(&mut packet, 0).unwrap();
        self.send(self.client_address, address(SERVER_ADDRESS), packet);
    }

    fn send_rtp_from_server(&mut self, payload: &[u8]) {
        let mut buffer = b"in front".to_vec();
        buffer.extend(packet(payload, self.sequence[1]));
        self.sequence[1] += 1;
        self.server.seal_rtp(&mut buffer, 8).unwrap();
        self.send(
            address(SERVER_ADDRESS),
            self.server.destination().unwrap().remote,
            buffer[8..].to_vec(),
        );
    }

    fn send_rtcp_from_client(&mut self) {
        let mut report = RECEIVER_REPORT.to_vec();
        self.client.seal_rtcp(&mut report, 0).unwrap();
        self.send(self.client_address, address(SERVER_ADDRESS), report);
    }

    fn send_rtcp_from_server(&mut self) {
        let mut report = RECEIVER_REPORT.to_vec();
        self.server.seal_rtcp(&mut report, 0).unwrap();
        self.send(
            address(SERVER_ADDRESS),
            self.server.destination().unwrap().remote,
            report,
        );
    }
}

fn packet(payload: &[u8], sequence: u16) -> Vec<u8> {
    let mut packet = vec![0x80, 96];
    packet.extend(sequence.to_be_bytes());
    packet.extend([0, 0, 0, 1, 0, 0, 0, 2]);
    packet.extend(payload);
    packet
}

/// Something that looks like one of the protocols at first.
fn random_datagram(rng: &mut StdRng) -> Vec<u8> {
    use rand::Rng as _;
    let first = [0, 1, 20, 21, 22, 23, 26, 128, 144, 176][rng.random_range(0..10)];
    let mut datagram = vec![first];
    datagram.extend((0..rng.random_range(0..120)).map(|_| rng.random::<u8>()));
    let length = datagram.len();
    match first {
        // A header that reaches the attributes.
        0 | 1 if length > 20 => {
            datagram[1] = 1;
            datagram[2..4].copy_from_slice(&(length as u16 - 20).to_be_bytes());
            datagram[4..8].copy_from_slice(&[0x21, 0x12, 0xA4, 0x42]);
        }
        // One record of the epoch in use or of plaintext.
        20..=26 if length > 13 => {
            datagram[1..5].copy_from_slice(&[0xFE, 0xFD, 0, rng.random_range(0..3)]);
            datagram[11..13].copy_from_slice(&(length as u16 - 13).to_be_bytes());
        }
        _ => {}
    }
    datagram
}

fn opened(label: &str) -> TransportEvent {
    TransportEvent::ChannelOpen {
        label: label.into(),
    }
}

fn message(label: &str, binary: bool, payload: &[u8]) -> TransportEvent {
    TransportEvent::Message {
        label: label.into(),
        binary,
        payload: payload.to_vec().into(),
    }
}

/// The first bytes of all messages.
fn messages(events: &[TransportEvent]) -> Vec<u8> {
    let first = |event: &TransportEvent| match event {
        TransportEvent::Message { payload, .. } => Some(payload[0]),
        _ => None,
    };
    events.iter().filter_map(first).collect()
}

fn is_closed(event: &TransportEvent) -> bool {
    matches!(event, TransportEvent::Closed(_))
}

fn credentials(seed: u64) -> IceCredentials {
    IceCredentials::generate(&mut StdRng::seed_from_u64(seed))
}

fn address(text: &str) -> SocketAddr {
    text.parse().unwrap()
}

static SERVER: LazyLock<Arc<Identity>> = LazyLock::new(|| Identity::generate().unwrap());
static CLIENT: LazyLock<Arc<Identity>> = LazyLock::new(|| Identity::generate().unwrap());

const SERVER_ADDRESS: &str = "192.0.2.1:40000";
const CLIENT_ADDRESS: &str = "198.51.100.2:51000";

const SECOND: Duration = Duration::from_secs(1);

const GOOD: Conditions = Conditions {
    latency: Duration::from_millis(20),
    jitter: Duration::ZERO,
    loss_percent: 0.0,
    duplication_percent: 0.0,
};

const BAD: Conditions = Conditions {
    latency: Duration::from_millis(40),
    jitter: Duration::from_millis(30),
    loss_percent: 20.0,
    duplication_percent: 10.0,
};

const RECEIVER_REPORT: [u8; 8] = [0x80, 201, 0, 1, 0, 0, 0, 9];
