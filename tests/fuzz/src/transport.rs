//! Whole transports: before, during and after the handshake, and behind it.

use std::time::Duration;

use crate::{
    input::Input,
    pair::{CHANNEL, Pair, client_address, stranger_address},
};

/// A handshake into which somebody speaks who can send from the client's address.
pub(crate) fn handshake(bytes: &[u8]) {
    let mut input = Input(bytes);
    let mut pair = Pair::new();
    for _ in 0..input.below(4) {
        pair.pass(Duration::from_millis(50));
    }
    while !input.is_empty() {
        match input.below(4) {
            0 => pair.give(client_address().into(), input.chunk()),
            1 => {
                let datagram = dtls(&mut input);
                pair.give(client_address().into(), &datagram);
            }
            2 => replay(&mut pair, &mut input, client_address()),
            _ => pair.pass(Duration::from_millis(10 * u64::from(input.byte()))),
        }
        pair.exchange();
    }
    pair.pass(Duration::from_secs(2));
    let_nobody_else_be_answered(&pair);
}

/// An established connection and somebody who can send from anywhere, the client's address
/// included, but has no keys. The connection does not care.
pub(crate) fn connected(bytes: &[u8]) {
    let mut input = Input(bytes);
    let mut pair = Pair::connected();
    while !input.is_empty() {
        let from = if input.flag() {
            client_address()
        } else {
            stranger_address()
        };
        match input.below(5) {
            0 => pair.give(from.into(), input.chunk()),
            1 => {
                let datagram = dtls(&mut input);
                pair.give(from.into(), &datagram);
            }
            2 => replay(&mut pair, &mut input, stranger_address()),
            3 => replay(&mut pair, &mut input, client_address()),
            _ => pair.pass(Duration::from_millis(10 * u64::from(input.byte()))),
        }
        pair.exchange();
    }
    pair.pass(Duration::from_secs(3));
    let_nobody_else_be_answered(&pair);
    assert!(!pair.is_closed, "a stranger ended the connection");

    let opened = pair.opened.len();
    let mut packet = [
        &[0x80, 96, 0xF0, 0, 0, 0, 0, 1, 0, 0, 0x77, 7][..],
        b"media",
    ]
    .concat();
    let client = &mut pair.client;
    client.seal_rtp(&mut packet, 0).expect("a client with keys");
    pair.give(client_address().into(), &packet);
    assert_eq!(pair.opened.len(), opened + 1, "media no longer arrives");

    let sent = pair
        .client
        .send_message(pair.now, CHANNEL, true, b"last words");
    sent.expect("the channel is open");
    pair.pass(Duration::from_secs(5));
    assert!(
        pair.messages.iter().any(|message| message == b"last words"),
        "messages no longer arrive"
    );
}

/// A participant with keys who sends what it likes: RTP, RTCP, SCTP packets, messages on streams.
/// It may end its own connection, and nothing else.
pub(crate) fn channels(bytes: &[u8]) {
    let mut input = Input(bytes);
    let mut pair = Pair::connected();
    while !input.is_empty() && !pair.is_closed {
        let now = pair.now;
        match input.below(6) {
            0 => {
                let mut packet = input.chunk().to_vec();
                if pair.client.seal_rtp(&mut packet, 0).is_ok() {
                    pair.give(client_address().into(), &packet);
                }
            }
            1 => {
                let mut packet = input.chunk().to_vec();
                if pair.client.seal_rtcp(&mut packet, 0).is_ok() {
                    pair.give(client_address().into(), &packet);
                }
            }
            2 => pair.client.send_sctp_chunks(now, input.chunk()),
            3 => {
                let (stream, protocol) = (input.word(), u32::from(input.byte()));
                pair.client
                    .send_on_stream(now, stream, protocol, input.chunk());
            }
            4 => {
                // Ours may be full, closed or gone by now.
                let _ = pair
                    .server
                    .send_message(now, CHANNEL, input.flag(), input.chunk());
            }
            _ => pair.pass(Duration::from_millis(10 * u64::from(input.byte()))),
        }
        pair.exchange();
    }
    pair.pass(Duration::from_secs(1));
    let_nobody_else_be_answered(&pair);
}

/// A datagram of the client once more, damaged in a few places.
fn replay(pair: &mut Pair, input: &mut Input<'_>, from: std::net::SocketAddr) {
    let which = usize::from(input.word());
    let Some(datagram) = pair.sent.get(which % pair.sent.len().max(1)) else {
        return;
    };
    let mut datagram = datagram.clone();
    // Checks are authentic as they are: from elsewhere they open a path, as a browser that moved
    // would. What is asserted here is about everybody without the password.
    let damages = 1 + input.below(4);
    for _ in 0..damages {
        let at = usize::from(input.word()) % datagram.len().max(1);
        if let Some(byte) = datagram.get_mut(at) {
            *byte ^= input.byte() | 1;
        }
    }
    if !pair.sent.contains(&datagram) {
        pair.give(from.into(), &datagram);
    }
}

/// A record with a header that fits its body, so that the body is looked at.
fn dtls(input: &mut Input<'_>) -> Vec<u8> {
    let mut datagram = Vec::new();
    for _ in 0..=input.below(3) {
        let (content, epoch, sequence) = (20 + input.byte() % 8, input.byte() % 3, input.byte());
        let body = input.chunk();
        datagram.extend([content, 0xFE, 0xFD, 0, epoch, 0, 0, 0, 0, 0, sequence]);
        datagram.extend((body.len() as u16).to_be_bytes());
        datagram.extend(body);
    }
    datagram
}

fn let_nobody_else_be_answered(pair: &Pair) {
    let client = client_address().into();
    let elsewhere = pair.answered.iter().find(|(to, _)| *to != client);
    assert!(
        elsewhere.is_none(),
        "a stranger was answered: {elsewhere:?}"
    );
}
