//! Leaving, of one's own will or not.

use bega_media::{CloseReason, Command, Event};
use livekit_protocol as proto;
use proto::leave_request::Action;
use proto::signal_request::Message as Asked;
use proto::signal_response::Message;
use proto::{DisconnectReason, participant_info::State};

use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};

use super::scene::{Scene, camera, frame, microphone, published, updates};
use super::sdp;
use crate::{EndReason, FrameError, ParticipantSid};

#[test]
fn goodbye_ends_the_presence_at_once() {
    let mut scene = Scene::new();
    let (ana, ben) = (scene.arrive("ana"), scene.arrive("ben"));

    scene.ask(&ana, Asked::Leave(proto::LeaveRequest::default()));

    assert_eq!(scene.ended, [(ana.clone(), EndReason::Left)]);
    assert!(scene.inbox(&ana).is_empty());
    let update = &updates(&scene.inbox(&ben))["ana"];
    assert_eq!(update.state(), State::Disconnected);
    assert_eq!(
        update.disconnect_reason(),
        DisconnectReason::ClientInitiated
    );
    let removed = scene
        .commands()
        .iter()
        .filter(|c| matches!(c, Command::RemovePeer { .. }))
        .count();
    assert_eq!(removed, 2);
}

#[test]
fn one_who_is_removed_does_not_come_back() {
    let mut scene = Scene::new();
    let (ana, ben) = (scene.arrive("ana"), scene.arrive("ben"));

    scene.room.kick("ana");
    scene.room.kick("nobody");
    scene.collect();

    assert_eq!(
        leave(&mut scene, &ana),
        (DisconnectReason::ParticipantRemoved, Action::Disconnect)
    );
    assert_eq!(scene.ended, [(ana, EndReason::Removed)]);
    assert_eq!(scene.room.identities().collect::<Vec<_>>(), ["ben"]);
    assert!(updates(&scene.inbox(&ben)).contains_key("ana"));
}

#[test]
fn a_room_that_closes_sends_everybody_away() {
    let mut scene = Scene::new();
    let (ana, ben) = (scene.arrive("ana"), scene.arrive("ben"));

    scene.room.close();
    scene.collect();

    assert!(scene.room.is_empty());
    for one in [ana, ben] {
        assert_eq!(
            leave(&mut scene, &one),
            (DisconnectReason::RoomDeleted, Action::Disconnect)
        );
    }
    assert_eq!(
        scene.room.poll_timeout().filter(|&due| due < scene.now),
        None
    );
}

#[test]
fn clients_come_back_by_themselves_after_a_restart() {
    let mut scene = Scene::new();
    let ana = scene.arrive("ana");

    scene.room.drain();
    scene.collect();

    assert_eq!(
        leave(&mut scene, &ana),
        (DisconnectReason::ServerShutdown, Action::Reconnect)
    );
}

#[test]
fn a_client_whose_transport_is_lost_joins_anew() {
    let mut scene = Scene::new();
    let ana = scene.arrive("ana");
    let peer = scene.subscriber_peer(&ana);

    scene.event(&Event::PeerClosed {
        peer,
        reason: CloseReason::ConsentLost,
    });

    assert_eq!(
        leave(&mut scene, &ana),
        (DisconnectReason::MediaFailure, Action::Reconnect)
    );
    assert_eq!(scene.ended, [(ana.clone(), EndReason::TransportLost)]);
}

#[test]
fn one_who_vanished_without_a_word_is_gone_when_its_transport_says_goodbye() {
    let mut scene = Scene::new();
    let ana = scene.arrive("ana");
    let peer = scene.subscriber_peer(&ana);
    scene.room.handle_socket_lost(scene.now, &ana);

    scene.event(&Event::PeerClosed {
        peer,
        reason: CloseReason::ClosedByPeer,
    });

    assert_eq!(scene.ended, [(ana.clone(), EndReason::Left)]);
}

#[test]
fn bytes_that_are_no_message_end_their_sender_and_nobody_else() {
    let mut scene = Scene::new();
    let (ana, ben) = (scene.arrive("ana"), scene.arrive("ben"));

    let outcome = scene.try_frame(&ana, b"\xff\xff not protobuf");

    assert!(matches!(outcome, Err(FrameError::Protobuf(_))));
    assert_eq!(scene.ended, [(ana, EndReason::Malformed)]);
    assert_eq!(scene.room.identities().collect::<Vec<_>>(), ["ben"]);
    scene.ask(&ben, Asked::Ping(1));
    assert!(scene.inbox(&ben).contains(&Message::Pong(1)));
}

#[test]
fn a_message_we_do_not_know_is_passed_over() {
    let mut scene = Scene::new();
    let ana = scene.arrive("ana");

    // Field 900, length-delimited, two bytes: something of a later protocol.
    scene
        .try_frame(&ana, &[0xA2, 0x38, 0x02, 0x08, 0x01])
        .unwrap();

    assert!(scene.ended.is_empty());
}

fn leave(scene: &mut Scene, who: &ParticipantSid) -> (DisconnectReason, Action) {
    let leave = scene
        .inbox(who)
        .into_iter()
        .find_map(|message| match message {
            Message::Leave(leave) => Some((leave.reason(), leave.action())),
            _ => None,
        });
    leave.expect("it was told to leave")
}

#[test]
fn no_damage_to_a_message_harms_the_others() {
    let mut dice = StdRng::seed_from_u64(7);
    let mut scene = Scene::new();
    let ben = scene.arrive("ben");
    for _ in 0..1500 {
        let ana = scene.arrive("ana");
        scene.ask(&ana, Asked::AddTrack(camera("cam")));
        let offer = format!("{}{}", sdp::LIBWEBRTC, published("publ", "sendonly"));
        let messages = [
            Asked::Offer(description(offer)),
            Asked::Answer(description(sdp::answer(&scene.newest_offer[&ana], "subs"))),
            Asked::AddTrack(microphone("mic")),
        ];

        for message in messages {
            let mut bytes = frame(message);
            for _ in 0..dice.random_range(1..4) {
                let at = dice.random_range(0..bytes.len());
                bytes[at] = dice.random();
            }
            // Refused or not, as chance will have it.
            let _ = scene.try_frame(&ana, &bytes);
        }
        scene.ask(&ben, Asked::Ping(1));
        assert!(scene.inbox(&ben).contains(&Message::Pong(1)));
        scene.forget();
    }
}

fn description(sdp: String) -> proto::SessionDescription {
    proto::SessionDescription {
        sdp,
        ..proto::SessionDescription::default()
    }
}
