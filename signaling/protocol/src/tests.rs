//! The wire forms, and the TypeScript made of them.

use std::{fs, path::Path};

use insta::assert_snapshot;
use serde::{Serialize, de::DeserializeOwned};
use uuid::Uuid;

use super::*;

#[test]
fn a_request_is_one_flat_object() {
    let request = Request {
        id: 7,
        message: ClientMessage::Say {
            key: Uuid::nil(),
            text: "Good morning".into(),
        },
    };

    assert_snapshot!(
        json(&request),
        @r#"{"id":7,"type":"say","key":"00000000-0000-0000-0000-000000000000","text":"Good morning"}"#
    );
}

#[test]
fn a_first_hello_names_only_the_protocol() {
    let hello = Request {
        id: 1,
        message: ClientMessage::Hello {
            protocol: PROTOCOL,
            resume: None,
        },
    };

    assert_snapshot!(json(&hello), @r#"{"id":1,"type":"hello","protocol":1}"#);
}

#[test]
fn a_hello_after_a_lost_socket_names_what_the_client_holds() {
    let hello = Request {
        id: 1,
        message: ClientMessage::Hello {
            protocol: PROTOCOL,
            resume: Some(Resume {
                epoch: Uuid::nil(),
                number: 42,
            }),
        },
    };

    assert_snapshot!(
        json(&hello),
        @r#"{"id":1,"type":"hello","protocol":1,"resume":{"epoch":"00000000-0000-0000-0000-000000000000","number":42}}"#
    );
}

#[test]
fn a_refusal_carries_a_code_to_match_on() {
    let refusal = ServerMessage::Failed {
        id: 7,
        code: ErrorCode::NotAllowed,
        detail: "only an officer admits".into(),
    };

    assert_snapshot!(
        json(&refusal),
        @r#"{"type":"failed","id":7,"code":"not_allowed","detail":"only an officer admits"}"#
    );
}

#[test]
fn an_event_is_one_flat_object() {
    let event = event(EventKind::Admitted {
        participant: somebody(),
        by: None,
    });

    assert_snapshot!(
        json(&event),
        @r#"{"type":"event","number":3,"at":"2030-01-07T09:00:00.000Z","kind":"admitted","participant":"00000000-0000-0000-0000-000000000000"}"#
    );
}

#[test]
fn a_chat_event_keeps_the_time_of_the_line_apart_from_its_own() {
    let event = event(EventKind::Chat { line: line() });

    assert_snapshot!(
        json(&event),
        @r#"{"type":"event","number":3,"at":"2030-01-07T09:00:00.000Z","kind":"chat","line":{"key":"00000000-0000-0000-0000-000000000000","from":"00000000-0000-0000-0000-000000000000","at":"2030-01-07T09:00:00.000Z","text":"Good morning"}}"#
    );
}

#[test]
fn a_welcome_holds_the_whole_state() {
    assert_snapshot!(
        json(&welcome()),
        @r#"{"type":"welcome","epoch":"00000000-0000-0000-0000-000000000000","number":3,"you":"00000000-0000-0000-0000-000000000000","snapshot":{"session":{"id":"00000000-0000-0000-0000-000000000000","kind":"interview","state":"live","reference":"NLD-2030-014","startsAt":"2030-01-07T09:00:00.000Z","endsAt":"2030-01-07T09:00:00.000Z","startedAt":"2030-01-07T09:00:00.000Z","roomName":"Room 2","siteName":"ETC Timișoara","timeZone":"Europe/Bucharest","language":"ti"},"participants":[{"id":"00000000-0000-0000-0000-000000000000","name":"Ms de Vries","role":"lead_officer","presence":"present","mayAdmit":true}],"chat":[{"key":"00000000-0000-0000-0000-000000000000","from":"00000000-0000-0000-0000-000000000000","at":"2030-01-07T09:00:00.000Z","text":"Good morning"}]}}"#
    );
}

#[test]
fn an_unknown_field_is_ignored_so_a_newer_client_may_connect() {
    let request: Request =
        serde_json::from_str(r#"{"id":1,"type":"leave","reason":"lunch"}"#).unwrap();

    assert_eq!(request.message, ClientMessage::Leave);
}

#[test]
fn an_unknown_type_is_an_error() {
    assert!(serde_json::from_str::<Request>(r#"{"id":1,"type":"dance"}"#).is_err());
}

#[test]
fn every_request_survives_the_wire() {
    let messages = [
        ClientMessage::Hello {
            protocol: PROTOCOL,
            resume: Some(Resume {
                epoch: Uuid::max(),
                number: u64::from(u32::MAX),
            }),
        },
        ClientMessage::Admit {
            participant: somebody(),
        },
        ClientMessage::Refuse {
            participant: somebody(),
        },
        ClientMessage::Remove {
            participant: somebody(),
        },
        ClientMessage::RaiseHand,
        ClientMessage::LowerHand { participant: None },
        ClientMessage::LowerHand {
            participant: Some(somebody()),
        },
        ClientMessage::Say {
            key: Uuid::max(),
            text: "ሰላም \u{2028} \"quoted\"".into(),
        },
        ClientMessage::Ping,
        ClientMessage::Leave,
    ];

    for message in messages {
        survives(&Request { id: 1, message });
    }
}

#[test]
fn every_answer_and_event_survives_the_wire() {
    let ServerMessage::Welcome { snapshot, .. } = welcome() else {
        unreachable!("that is what it is");
    };
    let [participant] = <[Participant; 1]>::try_from(snapshot.participants.clone()).unwrap();
    let who = somebody();
    let kinds = [
        EventKind::Waiting { participant: who },
        EventKind::Admitted {
            participant: who,
            by: Some(who),
        },
        EventKind::Refused {
            participant: who,
            by: who,
        },
        EventKind::ParticipantArrived { participant },
        EventKind::ParticipantReconnecting { participant: who },
        EventKind::ParticipantLeft {
            participant: who,
            reason: LeaveReason::Lost,
        },
        EventKind::HandRaised { participant: who },
        EventKind::HandLowered { participant: who },
        EventKind::Chat { line: line() },
        EventKind::SessionStarted,
        EventKind::SessionEnded,
        EventKind::SessionChanged {
            session: snapshot.session,
        },
    ];

    for kind in kinds {
        survives(&event(kind));
    }
    survives(&welcome());
    survives(&ServerMessage::Resumed { number: 9 });
    survives(&ServerMessage::Done { id: 9 });
    survives(&ServerMessage::Failed {
        id: 9,
        code: ErrorCode::UnsupportedProtocol,
        detail: String::new(),
    });
    survives(&ServerMessage::Closing {
        reason: LeaveReason::ServerStopping,
    });
}

#[test]
fn close_codes_are_distinct_and_in_order() {
    let codes = CloseCode::ALL.map(CloseCode::code);

    assert!(codes.is_sorted_by(|a, b| a < b));
}

#[test]
fn the_committed_typescript_is_current() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../web-client/src/signaling/protocol.gen.ts");

    let committed = fs::read_to_string(path).expect("protocol.gen.ts is committed");

    assert!(
        committed == typescript(),
        "protocol.gen.ts is out of date: run `make generate`"
    );
}

fn survives<T: DeserializeOwned + PartialEq + Serialize + std::fmt::Debug>(message: &T) {
    assert_eq!(&serde_json::from_str::<T>(&json(message)).unwrap(), message);
}

fn json(message: &impl Serialize) -> String {
    serde_json::to_string(message).unwrap()
}

fn event(kind: EventKind) -> ServerMessage {
    ServerMessage::Event(Event {
        number: 3,
        at: at(),
        kind,
    })
}

fn welcome() -> ServerMessage {
    ServerMessage::Welcome {
        epoch: Uuid::nil(),
        number: 3,
        you: somebody(),
        snapshot: Snapshot {
            session: SessionView {
                id: SessionId(Uuid::nil()),
                kind: SessionKind::Interview,
                state: SessionState::Live,
                reference: "NLD-2030-014".into(),
                starts_at: at(),
                ends_at: at(),
                started_at: Some(at()),
                room_name: "Room 2".into(),
                site_name: "ETC Timișoara".into(),
                time_zone: "Europe/Bucharest".into(),
                language: "ti".into(),
            },
            participants: vec![Participant {
                id: somebody(),
                name: "Ms de Vries".into(),
                role: Role::LeadOfficer,
                presence: Presence::Present,
                hand_raised_at: None,
                may_admit: true,
            }],
            chat: vec![line()],
        },
    }
}

fn line() -> ChatLine {
    ChatLine {
        key: Uuid::nil(),
        from: somebody(),
        at: at(),
        text: "Good morning".into(),
    }
}

fn somebody() -> ParticipantId {
    ParticipantId(Uuid::nil())
}

fn at() -> String {
    "2030-01-07T09:00:00.000Z".into()
}
