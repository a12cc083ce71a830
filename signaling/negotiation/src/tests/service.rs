//! What other servers ask of a room, and what they are told of it.

use std::time::Duration;

use bega_media::Command;
use livekit_protocol as proto;
use prost::Message as _;
use proto::data_packet::Value;
use proto::signal_request::Message as Asked;
use proto::signal_response::Message;
use serde_json::json;

use super::scene::{Scene, grants, params, published, updates};
use crate::{CallError, Encoding, EndReason, Grants, JoinError, Needs, ServiceCall};

#[test]
fn a_call_says_what_its_caller_must_be_allowed_to_do() {
    for (method, body, needs, room) in [
        (
            "CreateRoom",
            json!({"name": "a"}),
            Needs::CreateRooms,
            Some("a"),
        ),
        ("ListRooms", json!({"names": ["a"]}), Needs::ListRooms, None),
        (
            "DeleteRoom",
            json!({"room": "a"}),
            Needs::CreateRooms,
            Some("a"),
        ),
        (
            "ListParticipants",
            json!({"room": "a"}),
            Needs::RuleRoom,
            Some("a"),
        ),
        ("SendData", json!({"room": "a"}), Needs::RuleRoom, Some("a")),
    ] {
        let call = parse(method, &body).unwrap();

        assert_eq!((call.needs(), call.room()), (needs, room), "{method}");
        assert_eq!(call.method(), method);
    }
}

#[test]
fn a_body_that_is_no_message_and_a_room_without_a_name_are_refused() {
    let parse = |method, encoding, body: &[u8]| ServiceCall::parse(method, encoding, body).err();

    assert_eq!(
        parse("Unknown", Encoding::Json, b"{}"),
        Some(CallError::NoSuchMethod)
    );
    assert_eq!(
        parse("ListRooms", Encoding::Json, b"[1"),
        Some(CallError::Malformed)
    );
    assert_eq!(
        parse("ListRooms", Encoding::Protobuf, b"\xff\xff"),
        Some(CallError::Malformed)
    );
    let longest = proto::DeleteRoomRequest {
        room: "a".repeat(257),
    };
    for body in [Vec::new(), longest.encode_to_vec()] {
        assert_eq!(
            parse("DeleteRoom", Encoding::Protobuf, &body),
            Some(CallError::Invalid("room"))
        );
    }
}

#[test]
fn those_who_are_in_the_room_are_listed_in_either_encoding() {
    let mut scene = Scene::new();
    scene.arrive("ana");
    scene.arrive("ben");

    let listed = call(
        &mut scene,
        "ListParticipants",
        &json!({"room": "interview"}),
    )
    .unwrap();
    let body = proto::ListParticipantsRequest {
        room: "interview".to_owned(),
    };
    let asked = ServiceCall::parse(
        "ListParticipants",
        Encoding::Protobuf,
        &body.encode_to_vec(),
    );
    let binary = scene.room.handle_call(&asked.unwrap()).unwrap();

    assert_eq!(listed["participants"][0]["state"], "ACTIVE");
    let binary = proto::ListParticipantsResponse::decode(&binary[..]).unwrap();
    let names: Vec<_> = binary
        .participants
        .iter()
        .map(|one| &one.identity)
        .collect();
    let listed: Vec<_> = (0..2)
        .map(|at| listed["participants"][at]["identity"].as_str().unwrap())
        .collect();
    assert_eq!(names, listed);
}

#[test]
fn one_who_is_not_there_is_not_found() {
    let mut scene = Scene::new();
    scene.arrive("ana");

    for method in [
        "GetParticipant",
        "RemoveParticipant",
        "MutePublishedTrack",
        "UpdateParticipant",
        "UpdateSubscriptions",
    ] {
        let body = json!({"room": "interview", "identity": "nobody"});
        assert_eq!(
            call(&mut scene, method, &body),
            Err(CallError::NoSuchParticipant),
            "{method}"
        );
    }
}

#[test]
fn one_whom_a_server_removes_does_not_come_back() {
    let mut scene = Scene::new();
    let ana = scene.arrive("ana");

    let body = json!({"room": "interview", "identity": "ana"});
    call(&mut scene, "RemoveParticipant", &body).unwrap();

    assert_eq!(scene.ended, [(ana, EndReason::Removed)]);
}

#[test]
fn a_server_mutes_a_track_but_opens_no_microphone() {
    let mut scene = Scene::new();
    let (ana, ben) = (scene.arrive("ana"), scene.arrive("ben"));
    scene.publish(&ana);
    scene.forget();
    let sid = scene.track(&ana, "mic");
    let body =
        |muted| json!({"room": "interview", "identity": "ana", "trackSid": sid, "muted": muted});

    let answer = call(&mut scene, "MutePublishedTrack", &body(true)).unwrap();

    assert_eq!(answer["track"]["muted"], true);
    assert!(scene.inbox(&ana).iter().any(|message| matches!(
        message,
        Message::Mute(mute) if mute.sid == sid && mute.muted
    )));
    assert!(updates(&scene.inbox(&ben))["ana"].tracks[0].muted);
    assert!(matches!(
        scene.commands()[..],
        [Command::SetMuted { muted: true, .. }]
    ));
    assert_eq!(
        call(&mut scene, "MutePublishedTrack", &body(false)),
        Err(CallError::NoRemoteUnmute)
    );
    let unknown = json!({"room": "interview", "identity": "ana", "trackSid": "TR_none"});
    assert_eq!(
        call(&mut scene, "MutePublishedTrack", &unknown),
        Err(CallError::NoSuchTrack)
    );
}

#[test]
fn what_is_said_of_a_participant_reaches_everybody() {
    let mut scene = Scene::new();
    let (_ana, ben) = (scene.arrive("ana"), scene.arrive("ben"));

    let body = json!({
        "room": "interview", "identity": "ana", "name": "Ana B.", "metadata": "m",
        "attributes": {"seat": "1"},
    });
    let answer = call(&mut scene, "UpdateParticipant", &body).unwrap();

    assert_eq!(answer["name"], "Ana B.");
    let seen = &updates(&scene.inbox(&ben))["ana"];
    assert_eq!((&*seen.name, &*seen.metadata), ("Ana B.", "m"));
    assert_eq!(seen.attributes["seat"], "1");
    let much = json!({"room": "interview", "identity": "ana", "metadata": "m".repeat(17_000)});
    assert!(matches!(
        call(&mut scene, "UpdateParticipant", &much),
        Err(CallError::Invalid(_))
    ));
}

#[test]
fn one_who_may_no_longer_publish_is_no_longer_heard() {
    let mut scene = Scene::new();
    let (ana, ben) = (scene.arrive("ana"), scene.arrive("ben"));
    scene.publish(&ana);
    scene.accept(&ben);
    scene.forget();
    let camera = scene.track(&ana, "cam");

    let permission = json!({
        "canSubscribe": true, "canPublish": true, "canPublishSources": ["MICROPHONE"], "hidden": true,
    });
    let body = json!({"room": "interview", "identity": "ana", "permission": permission});
    let answer = call(&mut scene, "UpdateParticipant", &body).unwrap();

    let tracks = answer["tracks"].as_array().unwrap();
    assert_eq!(tracks.len(), 1, "the microphone stays");
    assert!(scene.inbox(&ana).iter().any(|message| matches!(
        message,
        Message::TrackUnpublished(gone) if gone.track_sid == camera
    )));
    let commands = scene.commands();
    assert!(
        commands
            .iter()
            .any(|c| matches!(c, Command::Unpublish { .. }))
    );
    assert!(
        commands
            .iter()
            .any(|c| matches!(c, Command::Unsubscribe { .. }))
    );
    assert_eq!(events(&scene), ["track_unpublished"]);
    let seen = updates(&scene.inbox(&ben));
    assert!(
        !seen["ana"].permission.as_ref().unwrap().hidden,
        "nobody is hidden from those it hears"
    );
}

#[test]
fn a_server_ends_a_subscription_and_begins_it_again() {
    let mut scene = Scene::new();
    let (ana, ben) = (scene.arrive("ana"), scene.arrive("ben"));
    scene.publish(&ana);
    scene.accept(&ben);
    scene.forget();
    let sid = scene.track(&ana, "mic");
    let body = |subscribe| json!({"room": "interview", "identity": "ben", "trackSids": [sid], "subscribe": subscribe});

    call(&mut scene, "UpdateSubscriptions", &body(false)).unwrap();
    assert!(matches!(
        scene.commands()[..],
        [Command::Unsubscribe { .. }]
    ));
    scene.accept(&ben);

    call(&mut scene, "UpdateSubscriptions", &body(true)).unwrap();
    scene.accept(&ben);
    let subscribed = scene
        .commands()
        .into_iter()
        .filter(|command| matches!(command, Command::Subscribe { .. }))
        .count();
    assert_eq!(subscribed, 1);
}

#[test]
fn a_servers_data_reaches_those_it_is_meant_for() {
    let mut scene = Scene::new();
    let (_ana, ben) = (scene.arrive("ana"), scene.arrive("ben"));

    let body = json!({
        "room": "interview", "data": "aGVsbG8=", "kind": "LOSSY", "topic": "t",
        "destinationIdentities": ["ben"],
    });
    call(&mut scene, "SendData", &body).unwrap();

    let [
        Command::SendMessage {
            peer,
            label,
            payload,
        },
    ] = &scene.commands()[..]
    else {
        panic!("one message")
    };
    assert_eq!((*peer, &**label), (scene.subscriber_peer(&ben), "_lossy"));
    let packet = proto::DataPacket::decode(payload.clone()).unwrap();
    assert_eq!(packet.participant_identity, "", "no participant said it");
    let Some(Value::User(user)) = packet.value else {
        panic!("a user packet")
    };
    assert_eq!((&*user.payload, user.topic()), (&b"hello"[..], "t"));
}

#[test]
fn the_metadata_of_the_room_is_told_to_everybody() {
    let mut scene = Scene::new();
    let ana = scene.arrive("ana");

    let body = json!({"room": "interview", "metadata": "paused"});
    let answer = call(&mut scene, "UpdateRoomMetadata", &body).unwrap();

    assert_eq!(answer["metadata"], "paused");
    assert_eq!(answer["numParticipants"], 1);
    assert!(scene.inbox(&ana).iter().any(|message| matches!(
        message,
        Message::RoomUpdate(update) if update.room.as_ref().unwrap().metadata == "paused"
    )));
}

#[test]
fn a_room_that_was_made_waits_for_people_and_one_that_was_not_does_not() {
    let mut scene = Scene::new();
    assert!(scene.room.is_over(scene.now), "nobody made it");

    let mut scene = Scene::new();
    let body = json!({"name": "interview", "emptyTimeout": 60, "departureTimeout": 10});
    call(&mut scene, "CreateRoom", &body).unwrap();
    assert!(!scene.room.is_over(scene.now));
    scene.pass(Duration::from_secs(59));
    let ana = scene.join("ana");
    assert!(!scene.room.is_over(scene.now));
    scene.pass(Duration::from_mins(10));
    assert!(!scene.room.is_over(scene.now), "somebody is here");

    scene.ask(&ana, Asked::Leave(proto::LeaveRequest::default()));
    assert!(!scene.room.is_over(scene.now));
    scene.pass(Duration::ZERO);
    assert_eq!(
        scene.room.poll_timeout(),
        Some(scene.now + Duration::from_secs(10))
    );
    scene.pass(Duration::from_secs(10));
    assert!(scene.room.is_over(scene.now));
}

#[test]
fn a_room_that_is_ended_by_a_server_waits_for_nobody() {
    let mut scene = Scene::new();
    call(&mut scene, "CreateRoom", &json!({"name": "interview"})).unwrap();
    let ana = scene.join("ana");
    assert!(!scene.room.is_over(scene.now));

    call(&mut scene, "DeleteRoom", &json!({"room": "interview"})).unwrap();

    assert_eq!(scene.ended, [(ana, EndReason::RoomClosed)]);
    assert!(scene.room.is_over(scene.now));
}

#[test]
fn a_full_room_takes_nobody_but_one_who_comes_again() {
    let mut scene = Scene::new();
    let body = json!({"name": "interview", "maxParticipants": 1});
    call(&mut scene, "CreateRoom", &body).unwrap();
    scene.join("ana");

    let refused = scene.room.handle_join(scene.now, grants("ben"), params());
    assert_eq!(refused, Err(JoinError::Full));
    scene.join("ana");
}

#[test]
fn what_happens_is_reported_in_order_and_each_report_has_its_id() {
    let mut scene = Scene::new();
    let ana = scene.arrive("ana");
    scene.publish(&ana);
    scene.offer_from(&ana, 3, &published("publ", "inactive"));
    scene.ask(&ana, Asked::Leave(proto::LeaveRequest::default()));
    scene.room.finish();
    scene.collect();

    assert_eq!(
        events(&scene),
        [
            "room_started",
            "participant_joined",
            "track_published",
            "track_published",
            "track_unpublished",
            "track_unpublished",
            "participant_left",
            "room_finished"
        ]
    );
    let mut ids: Vec<_> = scene
        .reports
        .iter()
        .map(|report| report.id().to_owned())
        .collect();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 8);
    let body = scene.reports[2].clone().json(1_700_000_001);
    let body: serde_json::Value = serde_json::from_slice(&body).unwrap();
    assert_eq!(body["event"], "track_published");
    assert_eq!(body["room"]["name"], "interview");
    assert_eq!(body["participant"]["identity"], "ana");
    assert_eq!(body["track"]["source"], "MICROPHONE");
    assert_eq!(body["createdAt"], "1700000001");
}

#[test]
fn one_who_never_came_through_is_reported_as_such() {
    let mut scene = Scene::new();
    let ana = scene.join("ana");

    scene.ask(&ana, Asked::Leave(proto::LeaveRequest::default()));

    assert_eq!(
        events(&scene),
        ["room_started", "participant_connection_aborted"]
    );
}

#[test]
fn a_call_for_a_hidden_participant_finds_it() {
    let mut scene = Scene::new();
    scene.join_with(
        Grants {
            hidden: true,
            ..grants("eva")
        },
        params(),
    );

    let body = json!({"room": "interview", "identity": "eva"});
    assert!(call(&mut scene, "GetParticipant", &body).is_ok());
}

fn parse(method: &str, body: &serde_json::Value) -> Result<ServiceCall, CallError> {
    ServiceCall::parse(method, Encoding::Json, body.to_string().as_bytes())
}

fn call(
    scene: &mut Scene,
    method: &str,
    body: &serde_json::Value,
) -> Result<serde_json::Value, CallError> {
    let answer = scene.room.handle_call(&parse(method, body)?);
    scene.collect();
    Ok(serde_json::from_slice(&answer?).unwrap())
}

fn events(scene: &Scene) -> Vec<&str> {
    scene.reports.iter().map(crate::Report::event).collect()
}
