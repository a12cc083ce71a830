//! Coming back on a new socket.

use std::time::Duration;

use bega_media::{CloseReason, Command, Event};
use livekit_protocol as proto;
use prost::Message as _;
use proto::signal_request::Message as Asked;
use proto::signal_response::Message;

use super::scene::{Scene, published, updates};
use super::sdp::{attribute, sections};
use crate::{EndReason, ParticipantSid, ResumeError};

#[test]
fn a_client_that_comes_back_is_told_everything_in_order() {
    let mut scene = Scene::new();
    let (ana, ben) = (scene.arrive("ana"), scene.arrive("ben"));
    scene.publish(&ana);
    scene.accept(&ben);
    scene.room.handle_socket_lost(scene.now, &ben);
    scene.pass(Duration::from_secs(29));
    scene.commands();

    scene.room.handle_resume(scene.now, &ben, "ben").unwrap();
    scene.collect();

    let inbox = scene.inbox(&ben);
    let [
        Message::Reconnect(resumed),
        Message::Update(update),
        Message::RoomUpdate(_),
        Message::Offer(offer),
    ] = &inbox[..]
    else {
        panic!("{inbox:?}")
    };
    assert_eq!(update.participants.len(), 2);
    assert!(!resumed.ice_servers[0].credential.is_empty());
    let commands = scene.commands();
    let [Command::RestartIce { peer, local }] = &commands[..] else {
        panic!("{commands:?}")
    };
    assert_eq!(*peer, scene.subscriber_peer(&ben));
    assert_eq!(
        attribute(sections(&offer.sdp)[0], "ice-ufrag"),
        Some(local.ufrag.as_str())
    );
    assert_eq!(sections(&offer.sdp).len(), 3);
}

#[test]
fn the_client_restarts_the_transport_of_what_it_publishes() {
    let mut scene = Scene::new();
    let ana = scene.arrive("ana");
    scene.publish(&ana);
    scene.commands();

    scene.offer_from(&ana, 3, &published("anew", "sendonly"));

    let commands = scene.commands();
    let [
        Command::RestartIce { peer, local },
        Command::SetRemote { ufrag, .. },
    ] = &commands[..]
    else {
        panic!("{commands:?}")
    };
    assert_eq!(
        (*peer, ufrag.as_str()),
        (scene.publisher_peer(&ana), "anew")
    );
    let inbox = scene.inbox(&ana);
    let Some(Message::Answer(answer)) = inbox.last() else {
        panic!("{inbox:?}")
    };
    assert_eq!(
        attribute(sections(&answer.sdp)[0], "ice-ufrag"),
        Some(local.ufrag.as_str())
    );
}

#[test]
fn an_offer_that_was_lost_with_the_socket_is_made_again() {
    let mut scene = Scene::new();
    let (ana, ben) = (scene.arrive("ana"), scene.arrive("ben"));
    scene.publish(&ana);
    let lost = scene.offer(&ben);
    scene.room.handle_socket_lost(scene.now, &ben);
    scene.commands();

    scene.room.handle_resume(scene.now, &ben, "ben").unwrap();
    scene.collect();
    scene.answer(&ben, &lost);
    assert!(
        !scene
            .commands()
            .iter()
            .any(|c| matches!(c, Command::Subscribe { .. }))
    );

    scene.accept(&ben);
    let subscribed = scene
        .commands()
        .iter()
        .filter(|c| matches!(c, Command::Subscribe { .. }))
        .count();
    assert_eq!(subscribed, 2);
}

#[test]
fn nothing_is_sent_while_the_socket_is_lost() {
    let mut scene = Scene::new();
    let (ana, ben) = (scene.arrive("ana"), scene.arrive("ben"));
    scene.room.handle_socket_lost(scene.now, &ben);

    scene.publish(&ana);

    assert!(scene.inbox(&ben).is_empty());
    scene.room.handle_resume(scene.now, &ben, "ben").unwrap();
    scene.collect();
    assert_eq!(sections(&scene.offer(&ben).sdp).len(), 3, "it catches up");
}

#[test]
fn what_the_client_asked_for_meanwhile_is_applied() {
    let mut scene = Scene::new();
    let (ana, ben) = (scene.arrive("ana"), scene.arrive("ben"));
    scene.publish(&ana);
    scene.accept(&ben);
    let (mic, cam) = (scene.track(&ana, "mic"), scene.track(&ana, "cam"));
    scene.commands();

    scene.ask(
        &ben,
        Asked::SyncState(proto::SyncState {
            subscription: Some(proto::UpdateSubscription {
                track_sids: vec![mic],
                subscribe: false,
                ..Default::default()
            }),
            track_sids_disabled: vec![cam],
            ..Default::default()
        }),
    );

    let commands = scene.commands();
    assert!(
        matches!(
            commands[..],
            [
                Command::Unsubscribe { .. },
                Command::SetLayer { layer: None, .. }
            ]
        ),
        "{commands:?}"
    );
}

#[test]
fn the_others_do_not_notice_a_short_absence() {
    let mut scene = Scene::new();
    let (ana, ben) = (scene.arrive("ana"), scene.arrive("ben"));
    scene.room.handle_socket_lost(scene.now, &ben);
    scene.pass(Duration::from_secs(20));
    scene.room.handle_resume(scene.now, &ben, "ben").unwrap();
    scene.pass(Duration::from_mins(1));

    assert!(updates(&scene.inbox(&ana)).is_empty());
    assert!(scene.ended.is_empty());
}

#[test]
fn a_participant_that_does_not_come_back_is_gone_after_half_a_minute() {
    let mut scene = Scene::new();
    let (ana, ben) = (scene.arrive("ana"), scene.arrive("ben"));
    scene.room.handle_socket_lost(scene.now, &ben);

    scene.pass(Duration::from_secs(30));

    assert_eq!(scene.ended, [(ben.clone(), EndReason::ResumeExpired)]);
    let update = &updates(&scene.inbox(&ana))["ben"];
    assert_eq!(update.state(), proto::participant_info::State::Disconnected);
    assert_eq!(
        scene.room.handle_resume(scene.now, &ben, "ben"),
        Err(ResumeError::Unknown)
    );
}

#[test]
fn an_unknown_participant_is_sent_to_join_anew() {
    let mut scene = Scene::new();
    let ana = scene.arrive("ana");

    let unknown = scene
        .room
        .handle_resume(scene.now, &ParticipantSid::new("PA_unknown"), "ana");
    let stolen = scene.room.handle_resume(scene.now, &ana, "ben");

    assert_eq!(unknown, Err(ResumeError::Unknown));
    assert_eq!(stolen, Err(ResumeError::Unknown));
    let frame = proto::SignalResponse::decode(&ResumeError::Unknown.frame()[..]).unwrap();
    let Some(Message::Leave(leave)) = frame.message else {
        panic!()
    };
    assert_eq!(leave.action(), proto::leave_request::Action::Reconnect);
}

#[test]
fn a_transport_that_is_gone_cannot_be_resumed() {
    let mut scene = Scene::new();
    let ana = scene.arrive("ana");
    let peer = scene.subscriber_peer(&ana);

    scene.event(&Event::PeerClosed {
        peer,
        reason: CloseReason::ClosedByPeer,
    });

    assert!(scene.ended.is_empty(), "its client is about to say goodbye");
    assert_eq!(
        scene.room.handle_resume(scene.now, &ana, "ana"),
        Err(ResumeError::TransportGone)
    );
    scene.collect();
    assert_eq!(scene.ended, [(ana.clone(), EndReason::TransportLost)]);
}
