//! What nobody can do: be somebody else, or make us work for nothing.

use super::{
    MS, SECOND,
    scene::{Camera, Scene, address},
};
use crate::{
    command::{Command, PeerId, PublicationId},
    counters::DropReason,
    handshakes::Handshakes,
};

#[test]
fn a_flood_of_checks_for_nobody_leaves_nothing_behind_and_is_not_answered() {
    let mut scene = Scene::new();
    scene.join();
    let (now, before) = (scene.now, format!("{:?}", scene.engine.demux));
    let timeout = scene.engine.poll_timeout();

    for number in 0..1_000_u16 {
        let mut check = check_for(&format!("{number:08}:them"));
        let from = address(u64::from(number));
        scene.engine.handle_datagram(now, from, &mut check);
    }

    assert!(scene.engine.poll_transmit().is_none());
    assert!(scene.engine.poll_event().is_none());
    assert_eq!(format!("{:?}", scene.engine.demux), before);
    assert_eq!(scene.engine.poll_timeout(), timeout);
    let counters = scene.engine.counters();
    assert_eq!(counters.dropped(DropReason::UnknownUfrag), 1_000);
}

#[test]
fn a_hello_from_where_no_check_came_from_is_not_answered() {
    let mut scene = Scene::new();
    scene.knock();
    let now = scene.now;

    for (content, from) in [(22, 10), (22, 99), (20, 99), (128, 99)] {
        let mut datagram = [content; 200];
        scene
            .engine
            .handle_datagram(now, address(from), &mut datagram);
    }

    assert!(scene.engine.poll_transmit().is_none());
    let counters = scene.engine.counters();
    assert_eq!(counters.dropped(DropReason::UnknownAddress), 4);
}

#[test]
fn a_handshake_too_many_waits_and_then_gets_through() {
    let mut scene = Scene::new();
    scene.engine.handshakes = Handshakes::with_limits(1, 10);
    let (other, from) = (PeerId(999), address(0).ip());
    scene.engine.handshakes.note(other, from, true);

    let late = scene.knock();
    scene.run(SECOND);
    assert!(!scene.is_connected(late));
    let counters = scene.engine.counters();
    assert!(counters.dropped(DropReason::TooManyHandshakes) > 0);

    scene.engine.handshakes.forget(other);
    scene.run(3 * SECOND);
    assert!(scene.is_connected(late));
    // And it takes up no room any more.
    scene.join();
}

#[test]
fn a_handshake_that_a_peer_took_along_makes_room() {
    let mut scene = Scene::new();
    scene.engine.handshakes = Handshakes::with_limits(1, 10);
    let late = scene.knock();
    while scene.engine.handshakes.admit(PeerId(999), address(0).ip()) {
        scene.run(5 * MS);
    }

    scene.command(Command::RemovePeer { peer: late });

    assert!(scene.engine.handshakes.admit(PeerId(999), address(0).ip()));
}

#[test]
fn nobody_speaks_under_the_ssrc_or_the_mid_of_another() {
    let mut scene = Scene::new();
    let (anna, ben, carol) = (scene.join(), scene.join(), scene.join());
    let camera = Camera::new(anna, 1);
    scene.publish(&camera);
    scene.subscribe(carol, &camera);

    // Ben publishes nothing, then something else, and each time sends as Anna's camera does.
    let mut forged = Camera::new(ben, 1);
    forged.film(&mut scene, 5, &[0, 1, 2], true);
    scene.publish(&Camera::new(ben, 2));
    forged.film(&mut scene, 5, &[0, 1, 2], true);

    assert!(scene.packets(carol).is_empty());
    let counters = scene.engine.counters();
    assert_eq!(counters.dropped(DropReason::UnknownSource), 30);
}

#[test]
fn two_publishers_with_the_same_names_and_numbers_stay_apart() {
    let mut scene = Scene::new();
    let (anna, ben) = (scene.join(), scene.join());
    let (carol, dora) = (scene.join(), scene.join());
    let mut camera = Camera::new(anna, 1);
    scene.publish(&camera);
    // The same MID, RIDs and SSRCs on another transport.
    let mut double = Camera::new(ben, 1);
    let second = PublicationId(2);
    scene.command(Command::Publish {
        peer: ben,
        publication: second,
        receive: double.receive(),
    });
    scene.subscribe(carol, &camera);
    scene.command(Command::SetPolicy {
        peer: dora,
        publication: second,
        allowed: true,
    });
    scene.command(Command::Subscribe {
        peer: dora,
        publication: second,
        send: double.send(),
    });

    camera.film(&mut scene, 3, &[0], true);
    assert_eq!(scene.media(carol).len(), 3);
    assert!(scene.media(dora).is_empty());

    double.film(&mut scene, 4, &[0], true);
    assert_eq!(scene.media(carol).len(), 3);
    assert_eq!(scene.media(dora).len(), 4);
}

/// A binding request as a stranger can write it: with a user name and nothing else.
fn check_for(username: &str) -> Vec<u8> {
    let mut attribute = vec![0, 6, 0, username.len() as u8];
    attribute.extend_from_slice(username.as_bytes());
    attribute.resize(attribute.len().next_multiple_of(4), 0);
    let mut check = vec![0, 1, 0, attribute.len() as u8, 0x21, 0x12, 0xA4, 0x42];
    check.extend_from_slice(&[7; 12]);
    check.extend_from_slice(&attribute);
    check
}
