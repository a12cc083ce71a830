//! Coming in.

use std::time::Duration;

use bega_media::{Command, Event};
use livekit_protocol as proto;
use proto::participant_info::State;
use proto::signal_response::Message;

use super::scene::{Scene, grants, params, updates};
use super::sdp;
use crate::{EndReason, Grants, JoinError, JoinParams};

#[test]
fn a_newcomer_is_told_of_the_room_and_offered_data_channels_at_once() {
    let mut scene = Scene::new();

    let ana = scene.join("ana");

    let inbox = scene.inbox(&ana);
    let [Message::Join(join), Message::Offer(offer)] = &inbox[..] else {
        panic!("{inbox:?}")
    };
    assert!(join.subscriber_primary && join.fast_publish);
    assert_eq!((join.ping_interval, join.ping_timeout), (5, 15));
    assert!(join.server_info.as_ref().unwrap().protocol < 18);
    let room = join.room.as_ref().unwrap();
    assert_eq!(room.name, "interview");
    assert!(room.sid.starts_with("RM_") && room.sid.len() == 15);
    let me = join.participant.as_ref().unwrap();
    assert!(me.sid.starts_with("PA_") && me.sid.len() == 15);
    assert_eq!((me.identity.as_str(), me.name.as_str()), ("ana", "ANA"));
    assert_eq!(me.joined_at_ms, 1_700_000_000_000);
    assert!(join.other_participants.is_empty());
    assert_eq!(offer.id, 1);
    insta::assert_snapshot!(hide_chance(&offer.sdp), @r"
    v=0
    o=- ID 1 IN IP4 127.0.0.1
    s=-
    t=0 0
    a=group:BUNDLE 0
    a=extmap-allow-mixed
    a=msid-semantic: WMS *
    a=ice-lite
    m=application 9 UDP/DTLS/SCTP webrtc-datachannel
    c=IN IP4 0.0.0.0
    a=ice-ufrag:UFRAG
    a=ice-pwd:PWD
    a=fingerprint:sha-256 AB
    a=setup:actpass
    a=mid:0
    a=candidate:1 1 udp 2130706431 192.0.2.1 7882 typ host
    a=end-of-candidates
    a=sctp-port:5000
    a=max-message-size:65536
    ");
}

#[test]
fn our_data_channels_are_made_before_the_offer_is_sent() {
    let mut scene = Scene::new();

    scene.join("ana");

    let [Command::AddPeer { room, channels, .. }] = &scene.commands[..] else {
        panic!()
    };
    assert_eq!(room.0, 7);
    let labels: Vec<_> = channels
        .iter()
        .map(|channel| channel.label.as_str())
        .collect();
    assert_eq!(labels, ["_reliable", "_lossy"]);
    assert!(channels[0].ordered && channels[0].max_retransmits.is_none());
    assert!(!channels[1].ordered && channels[1].max_retransmits == Some(0));
}

#[test]
fn an_answer_lets_the_client_connect() {
    let mut scene = Scene::new();
    let ana = scene.join("ana");
    scene.commands();

    scene.accept(&ana);

    let commands = scene.commands();
    let [Command::SetRemote { peer, ufrag, .. }] = &commands[..] else {
        panic!("{commands:?}")
    };
    assert_eq!(
        (*peer, ufrag.as_str()),
        (scene.subscriber_peer(&ana), "subs")
    );
}

#[test]
fn a_client_that_waits_for_the_handshake_is_called_once() {
    let mut scene = Scene::new();
    let ana = scene.join("ana");
    scene.commands();
    let passive = |offer: &proto::SessionDescription, ufrag| {
        sdp::answer(&offer.sdp, ufrag).replace("a=setup:active", "a=setup:passive")
    };

    let offer = scene.offer(&ana);
    scene.answer_with(&ana, &offer, passive(&offer, "subs"));

    let peer = scene.subscriber_peer(&ana);
    assert!(matches!(
        scene.commands()[..],
        [Command::BeActive { peer: one }, Command::SetRemote { peer: other, .. }]
            if one == peer && other == peer
    ));
}

#[test]
fn a_newcomer_is_told_of_the_relays() {
    let mut scene = Scene::new();

    let ana = scene.join("ana");

    let inbox = scene.inbox(&ana);
    let Message::Join(join) = &inbox[0] else {
        panic!()
    };
    let [server] = &join.ice_servers[..] else {
        panic!("{:?}", join.ice_servers)
    };
    assert_eq!(server.urls, ["turns:relay.example"]);
    assert!(server.username.ends_with(ana.as_str()));
}

#[test]
fn those_who_are_here_hear_of_the_newcomer() {
    let mut scene = Scene::new();
    let ana = scene.join("ana");
    scene.inbox(&ana);

    let ben = scene.join("ben");

    assert_eq!(updates(&scene.inbox(&ana))["ben"].sid, ben.as_str());
    let inbox = scene.inbox(&ben);
    let Message::Join(join) = &inbox[0] else {
        panic!()
    };
    assert_eq!(join.other_participants[0].identity, "ana");
}

#[test]
fn the_first_transport_that_connects_makes_a_participant_active() {
    let mut scene = Scene::new();
    let (ana, ben) = (scene.join("ana"), scene.join("ben"));
    scene.inbox(&ana);
    scene.inbox(&ben);

    scene.event(&Event::PeerConnected {
        peer: scene.subscriber_peer(&ben),
    });

    for sid in [&ana, &ben] {
        let inbox = scene.inbox(sid);
        let update = &updates(&inbox)["ben"];
        assert_eq!((update.state(), update.version), (State::Active, 2));
        let quality = inbox.iter().find_map(|message| match message {
            Message::ConnectionQuality(quality) => Some(quality.updates[0].quality()),
            _ => None,
        });
        assert_eq!(quality, Some(proto::ConnectionQuality::Excellent));
    }
}

#[test]
fn quality_is_reported_again_and_again_while_somebody_is_connected() {
    let mut scene = Scene::new();
    let ana = scene.arrive("ana");

    scene.pass(Duration::from_secs(16));

    assert_eq!(scene.inbox(&ana).len(), 3);
}

#[test]
fn a_client_that_is_too_old_is_told_so() {
    let mut scene = Scene::new();
    let old = JoinParams {
        protocol: 12,
        ..params()
    };

    let refused = scene.room.handle_join(scene.now, grants("ana"), old);

    assert_eq!(refused, Err(JoinError::ProtocolTooOld(12)));
    assert!(scene.room.is_empty());
}

#[test]
fn a_second_join_replaces_the_first() {
    let mut scene = Scene::new();
    let ben = scene.arrive("ben");
    let first = scene.arrive("ana");
    scene.inbox(&ben);

    let second = scene.join("ana");

    let inbox = scene.inbox(&first);
    let [Message::Leave(leave)] = &inbox[..] else {
        panic!("{inbox:?}")
    };
    assert_eq!(leave.reason(), proto::DisconnectReason::DuplicateIdentity);
    assert_eq!(leave.action(), proto::leave_request::Action::Disconnect);
    assert_eq!(scene.ended, [(first.clone(), EndReason::Replaced)]);
    let told = scene.inbox(&ben);
    let sids: Vec<_> = told
        .iter()
        .filter_map(|message| match message {
            Message::Update(update) => Some((
                update.participants[0].sid.as_str(),
                update.participants[0].state(),
            )),
            _ => None,
        })
        .collect();
    assert_eq!(
        sids,
        [
            (first.as_str(), State::Disconnected),
            (second.as_str(), State::Joined)
        ]
    );
}

#[test]
fn the_others_never_hear_of_a_hidden_participant() {
    let mut scene = Scene::new();
    let ana = scene.arrive("ana");
    let hidden = scene.join_with(
        Grants {
            hidden: true,
            ..grants("eve")
        },
        params(),
    );

    scene.publish(&hidden);
    let ben = scene.join("ben");

    assert!(!updates(&scene.inbox(&ana)).contains_key("eve"));
    let inbox = scene.inbox(&ben);
    let Message::Join(join) = &inbox[0] else {
        panic!()
    };
    assert_eq!(join.other_participants.len(), 1);
    assert_eq!(sdp::sections(&scene_offer(&inbox)).len(), 1);
    assert!(updates(&scene.inbox(&hidden)).contains_key("eve"));
}

#[test]
fn a_new_token_is_asked_for_before_the_old_one_ends() {
    let mut scene = Scene::new();
    let life = Duration::from_mins(10);
    let ana = scene.join_with(
        Grants {
            expires: Some(scene.now + life),
            ..grants("ana")
        },
        params(),
    );

    scene.pass(Duration::from_secs(449));
    assert!(scene.tokens_wanted.is_empty());
    scene.pass(Duration::from_secs(1));
    assert_eq!(scene.tokens_wanted, ["ana"]);

    scene.inbox(&ana);
    scene
        .room
        .refresh_token(scene.now, &ana, "fresh".to_owned(), scene.now + life);
    scene.collect();
    assert_eq!(
        scene.inbox(&ana),
        [Message::RefreshToken("fresh".to_owned())]
    );
    scene.pass(Duration::from_secs(450));
    assert_eq!(scene.tokens_wanted.len(), 2);
}

fn scene_offer(inbox: &[Message]) -> String {
    let offer = inbox.iter().find_map(|message| match message {
        Message::Offer(offer) => Some(offer.sdp.clone()),
        _ => None,
    });
    offer.unwrap()
}

fn hide_chance(sdp: &str) -> String {
    let hidden = sdp.lines().map(|line| {
        let words: Vec<_> = line.split(' ').collect();
        match line.split_once(':') {
            Some((name @ "a=ice-ufrag", _)) => format!("{name}:UFRAG"),
            Some((name @ "a=ice-pwd", _)) => format!("{name}:PWD"),
            Some((name @ "a=fingerprint", _)) => format!("{name}:sha-256 AB"),
            _ if line.starts_with("o=") => line.replace(words[1], "ID"),
            _ => line.to_owned(),
        }
    });
    hidden.collect::<Vec<_>>().join("\n")
}
