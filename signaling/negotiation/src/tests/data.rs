//! Data messages.

use bega_media::{Command, Event};
use bytes::Bytes;
use livekit_protocol as proto;
use prost::Message as _;
use proto::data_packet::Value;
use proto::signal_request::Message as Asked;

use super::scene::{Scene, grants, params};
use crate::{EndReason, Grants, ParticipantSid};

#[test]
fn who_comes_back_gets_the_reliable_messages_it_says_it_missed() {
    let mut scene = Scene::new();
    let (ana, ben) = (scene.arrive("ana"), scene.arrive("ben"));
    for sequence in 1..=3 {
        let numbered = proto::DataPacket {
            sequence,
            ..hello()
        };
        say(&mut scene, &ana, "_reliable", &numbered);
    }
    let private = proto::DataPacket {
        sequence: 4,
        destination_identities: vec!["eva".to_owned()],
        ..hello()
    };
    say(&mut scene, &ana, "_reliable", &private);
    scene.commands();

    scene.ask(
        &ben,
        Asked::SyncState(proto::SyncState {
            datachannel_receive_states: vec![proto::DataChannelReceiveState {
                publisher_sid: ana.to_string(),
                last_seq: 1,
            }],
            ..proto::SyncState::default()
        }),
    );

    let again = sent(&mut scene);
    let numbers: Vec<_> = again.iter().map(|(_, _, packet)| packet.sequence).collect();
    assert_eq!(numbers, [2, 3]);
    assert!(
        again
            .iter()
            .all(|(peer, ..)| *peer == scene.subscriber_peer(&ben))
    );
}

#[test]
fn a_message_goes_to_the_others_in_its_senders_name() {
    let mut scene = Scene::new();
    let (ana, ben, eva) = (
        scene.arrive("ana"),
        scene.arrive("ben"),
        scene.arrive("eva"),
    );

    say(
        &mut scene,
        &ana,
        "_reliable",
        &proto::DataPacket {
            participant_identity: "ben".to_owned(),
            ..hello()
        },
    );

    let sent = sent(&mut scene);
    let peers: Vec<_> = sent.iter().map(|(peer, ..)| *peer).collect();
    let mut others = [scene.subscriber_peer(&ben), scene.subscriber_peer(&eva)];
    others.sort();
    assert_eq!(sorted(peers), others);
    for (_, label, packet) in sent {
        assert_eq!(label, "_reliable");
        assert_eq!(packet.participant_identity, "ana");
        assert_eq!(packet.participant_sid, ana.as_str());
    }
}

#[test]
fn a_message_to_some_reaches_nobody_else() {
    let mut scene = Scene::new();
    let (ana, ben, _eva) = (
        scene.arrive("ana"),
        scene.arrive("ben"),
        scene.arrive("eva"),
    );

    say(
        &mut scene,
        &ana,
        "_lossy",
        &proto::DataPacket {
            destination_identities: vec!["ben".to_owned(), "nobody".to_owned()],
            ..hello()
        },
    );

    let sent = sent(&mut scene);
    assert_eq!(sent.len(), 1);
    assert_eq!(
        (sent[0].0, sent[0].1.as_str()),
        (scene.subscriber_peer(&ben), "_lossy")
    );
}

#[test]
fn those_without_the_right_are_not_heard() {
    let mut scene = Scene::new();
    let ana = scene.join_with(
        Grants {
            can_publish_data: false,
            ..grants("ana")
        },
        params(),
    );
    scene.arrive("ben");
    scene.offer_from(&ana, 1, &super::sdp::application("0", "publ"));
    scene.commands();

    say(&mut scene, &ana, "_reliable", &hello());

    assert!(scene.commands().is_empty());
}

#[test]
fn a_message_that_is_sent_again_after_a_resume_arrives_once() {
    let mut scene = Scene::new();
    let (ana, _ben) = (scene.arrive("ana"), scene.arrive("ben"));
    let numbered = |sequence| proto::DataPacket {
        sequence,
        ..hello()
    };

    for sequence in [1, 2, 1, 2, 3] {
        say(&mut scene, &ana, "_reliable", &numbered(sequence));
    }

    let sequences: Vec<_> = sent(&mut scene)
        .iter()
        .map(|(.., packet)| packet.sequence)
        .collect();
    assert_eq!(sequences, [1, 2, 3]);
}

#[test]
fn a_malformed_message_ends_its_sender() {
    let mut scene = Scene::new();
    let (ana, _ben) = (scene.arrive("ana"), scene.arrive("ben"));
    let peer = scene.publisher_peer(&ana);

    scene.event(&Event::Message {
        peer,
        label: "_reliable".to_owned(),
        payload: Bytes::from_static(b"\xff\xff\xff"),
    });

    assert_eq!(scene.ended, [(ana, EndReason::Malformed)]);
}

fn hello() -> proto::DataPacket {
    proto::DataPacket {
        value: Some(Value::User(proto::UserPacket {
            payload: b"hello".to_vec(),
            ..proto::UserPacket::default()
        })),
        ..proto::DataPacket::default()
    }
}

fn say(scene: &mut Scene, from: &ParticipantSid, label: &str, packet: &proto::DataPacket) {
    let peer = scene.publisher_peer(from);
    let payload = Bytes::from(packet.encode_to_vec());
    scene.event(&Event::Message {
        peer,
        label: label.to_owned(),
        payload,
    });
}

fn sent(scene: &mut Scene) -> Vec<(bega_media::PeerId, String, proto::DataPacket)> {
    let sent = scene
        .commands()
        .into_iter()
        .filter_map(|command| match command {
            Command::SendMessage {
                peer,
                label,
                payload,
            } => Some((peer, label, proto::DataPacket::decode(payload).unwrap())),
            _ => None,
        });
    sent.collect()
}

fn sorted<T: Ord>(mut items: Vec<T>) -> Vec<T> {
    items.sort();
    items
}
