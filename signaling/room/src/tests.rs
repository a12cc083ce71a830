//! Scenes from live sessions, told through what each client receives.

mod properties;
mod scene;

use std::time::Duration;

use bega_protocol::{
    ClientMessage, ErrorCode, EventKind, LeaveReason, Presence, ServerMessage, SessionState,
};
use insta::assert_snapshot;
use uuid::Uuid;

use crate::{Admission, Admissions, MediaGrant, Moment};
use scene::{DEVICE, INTERPRETER, LEAD, OBSERVER, OFFICER, Scene, line};

#[test]
fn the_lead_comes_straight_in() {
    let mut scene = Scene::new();

    let lead = scene.connect(LEAD);

    assert_eq!(scene.room.admission(LEAD), Admission::Admitted);
    assert_eq!(scene.media(), [MediaGrant::Admitted(LEAD)]);
    assert_eq!(scene.presence(lead, LEAD), Some(Presence::Present));
    assert_eq!(scene.presence(lead, DEVICE), Some(Presence::Absent));
}

#[test]
fn others_wait_until_somebody_with_the_right_lets_them_in() {
    let mut scene = Scene::new();
    let lead = scene.connect(LEAD);
    let device = scene.connect(DEVICE);
    assert_eq!(scene.room.admission(DEVICE), Admission::Waiting);
    assert_eq!(scene.presence(lead, DEVICE), Some(Presence::Waiting));
    assert_eq!(scene.media(), [MediaGrant::Admitted(LEAD)]);

    scene.done(
        lead,
        ClientMessage::Admit {
            participant: DEVICE,
        },
    );

    assert_eq!(scene.room.admission(DEVICE), Admission::Admitted);
    assert_eq!(scene.media(), [MediaGrant::Admitted(DEVICE)]);
    assert_eq!(scene.presence(device, DEVICE), Some(Presence::Present));
}

#[test]
fn who_waits_sees_names_and_roles_of_those_inside_and_no_more() {
    let mut scene = Scene::new();
    let lead = scene.connect(LEAD);
    let interpreter = scene.connect(INTERPRETER);
    scene.done(lead, line("before the door opens"));
    scene.done(lead, ClientMessage::RaiseHand);

    let device = scene.connect(DEVICE);

    let seen = scene.known(device);
    let ids: Vec<_> = seen.snapshot.participants.iter().map(|p| p.id).collect();
    assert_eq!(ids, [LEAD, DEVICE]);
    assert_eq!(seen.snapshot.participants[0].hand_raised_at, None);
    assert!(seen.snapshot.chat.is_empty());
    assert_eq!(seen.snapshot.session.reference, "");
    assert_eq!(scene.events(interpreter), Vec::<EventKind>::new());
}

#[test]
fn being_let_in_brings_the_whole_state() {
    let mut scene = Scene::new();
    let lead = scene.connect(LEAD);
    let device = scene.connect(DEVICE);
    scene.done(lead, line("good morning"));

    scene.done(
        lead,
        ClientMessage::Admit {
            participant: DEVICE,
        },
    );

    let seen = scene.known(device);
    assert_eq!(seen.snapshot.chat.len(), 1);
    assert_eq!(seen.snapshot.session.reference, "NLD-2030-014");
}

#[test]
fn an_interpreter_does_not_learn_the_reference() {
    let mut scene = Scene::new();
    let lead = scene.connect(LEAD);
    let interpreter = scene.connect(INTERPRETER);
    scene.admit(lead, INTERPRETER);

    scene.change(|session| session.room_name = "Room 3".into());

    let session = &scene.known(interpreter).snapshot.session;
    assert_eq!(session.room_name, "Room 3");
    assert_eq!(session.reference, "");
}

#[test]
fn who_waits_may_not_let_anybody_in_nor_write() {
    let mut scene = Scene::new();
    let device = scene.connect(DEVICE);

    let admit = ClientMessage::Admit {
        participant: DEVICE,
    };
    assert_eq!(scene.failed(device, admit), ErrorCode::NotAdmitted);
    assert_eq!(scene.failed(device, line("hello?")), ErrorCode::NotAdmitted);
    assert_eq!(
        scene.failed(device, ClientMessage::RaiseHand),
        ErrorCode::NotAdmitted
    );
    scene.done(device, ClientMessage::Ping);
}

#[test]
fn an_interpreter_may_not_admit_and_an_observer_may_not_write() {
    let mut scene = Scene::new();
    let lead = scene.connect(LEAD);
    let interpreter = scene.connect(INTERPRETER);
    let observer = scene.connect(OBSERVER);
    scene.admit(lead, INTERPRETER);
    scene.admit(lead, OBSERVER);
    scene.connect(DEVICE);

    let admit = ClientMessage::Admit {
        participant: DEVICE,
    };
    assert_eq!(scene.failed(interpreter, admit), ErrorCode::NotAllowed);
    assert_eq!(scene.failed(observer, line("psst")), ErrorCode::NotAllowed);
    assert_eq!(
        scene.failed(observer, ClientMessage::RaiseHand),
        ErrorCode::NotAllowed
    );
}

#[test]
fn somebody_turned_away_may_knock_again_after_a_while() {
    let mut scene = Scene::new();
    let lead = scene.connect(LEAD);
    let device = scene.connect(DEVICE);

    scene.done(
        lead,
        ClientMessage::Refuse {
            participant: DEVICE,
        },
    );
    assert_eq!(scene.closed(device), Some(LeaveReason::Removed));
    assert_eq!(scene.room.admission(DEVICE), Admission::Refused);

    let at_once = scene.connect(DEVICE);
    assert_eq!(scene.closed(at_once), Some(LeaveReason::Removed));

    scene.pass(Duration::from_secs(30));
    let later = scene.connect(DEVICE);
    assert_eq!(scene.closed(later), None);
    assert_eq!(scene.room.admission(DEVICE), Admission::Waiting);
}

#[test]
fn somebody_taken_out_loses_the_media_and_must_be_let_in_again() {
    let mut scene = Scene::new();
    let lead = scene.connect(LEAD);
    let device = scene.connect(DEVICE);
    scene.admit(lead, DEVICE);
    scene.media();

    scene.done(
        lead,
        ClientMessage::Remove {
            participant: DEVICE,
        },
    );

    assert_eq!(scene.closed(device), Some(LeaveReason::Removed));
    assert_eq!(scene.media(), [MediaGrant::Withdrawn(DEVICE)]);
    scene.pass(Duration::from_secs(30));
    scene.connect(DEVICE);
    assert_eq!(scene.room.admission(DEVICE), Admission::Waiting);
    assert_eq!(scene.media(), []);
}

#[test]
fn an_officer_taken_out_by_the_lead_must_wait_like_others() {
    let mut scene = Scene::new();
    let lead = scene.connect(LEAD);
    let officer = scene.connect(OFFICER);
    let remove = |participant| ClientMessage::Remove { participant };
    assert_eq!(scene.failed(officer, remove(LEAD)), ErrorCode::NotAllowed);
    assert_eq!(
        scene.failed(officer, remove(OFFICER)),
        ErrorCode::NotAllowed
    );

    scene.done(lead, remove(OFFICER));
    scene.pass(Duration::from_secs(30));
    scene.connect(OFFICER);

    assert_eq!(scene.room.admission(OFFICER), Admission::Waiting);
}

#[test]
fn a_seat_is_kept_for_a_minute() {
    let mut scene = Scene::new();
    let lead = scene.connect(LEAD);
    let device = scene.connect(DEVICE);
    scene.admit(lead, DEVICE);
    scene.done(device, ClientMessage::RaiseHand);
    scene.media();

    scene.disconnect(device);
    assert_eq!(scene.presence(lead, DEVICE), Some(Presence::Reconnecting));
    scene.pass(Duration::from_secs(59));
    scene.connect(DEVICE);

    assert_eq!(scene.presence(lead, DEVICE), Some(Presence::Present));
    assert!(scene.hand(lead, DEVICE).is_some());
    assert_eq!(scene.media(), []);
}

#[test]
fn after_a_minute_the_seat_is_given_up_but_the_admission_is_kept() {
    let mut scene = Scene::new();
    let lead = scene.connect(LEAD);
    let device = scene.connect(DEVICE);
    scene.admit(lead, DEVICE);
    scene.done(device, ClientMessage::RaiseHand);
    scene.media();

    scene.disconnect(device);
    scene.pass(Duration::from_mins(1));

    assert_eq!(scene.presence(lead, DEVICE), Some(Presence::Absent));
    assert_eq!(scene.hand(lead, DEVICE), None);
    assert_eq!(scene.media(), [MediaGrant::Withdrawn(DEVICE)]);
    scene.connect(DEVICE);
    assert_eq!(scene.presence(lead, DEVICE), Some(Presence::Present));
    assert_eq!(scene.media(), [MediaGrant::Admitted(DEVICE)]);
}

#[test]
fn somebody_lost_at_the_door_is_no_longer_shown_after_a_moment() {
    let mut scene = Scene::new();
    let lead = scene.connect(LEAD);
    let device = scene.connect(DEVICE);

    scene.disconnect(device);
    assert_eq!(scene.presence(lead, DEVICE), Some(Presence::Waiting));
    scene.pass(Duration::from_secs(15));

    assert_eq!(scene.presence(lead, DEVICE), Some(Presence::Absent));
    assert!(!scene.room.is_empty());
    scene.done(lead, ClientMessage::Leave);
    assert!(scene.room.is_empty());
}

#[test]
fn somebody_let_in_while_lost_is_welcomed_inside() {
    let mut scene = Scene::new();
    let lead = scene.connect(LEAD);
    let device = scene.connect(DEVICE);
    scene.done(lead, line("good morning"));
    scene.disconnect(device);

    scene.admit(lead, DEVICE);
    assert_eq!(scene.presence(lead, DEVICE), Some(Presence::Reconnecting));
    let again = scene.resume(device);

    assert_eq!(scene.known(again).snapshot.chat.len(), 1);
    assert_eq!(scene.presence(again, DEVICE), Some(Presence::Present));
}

#[test]
fn a_second_window_replaces_the_first() {
    let mut scene = Scene::new();
    let first = scene.connect(LEAD);
    let device = scene.connect(DEVICE);

    let second = scene.connect(LEAD);

    assert_eq!(scene.closed(first), Some(LeaveReason::Replaced));
    scene.disconnect(first);
    assert_eq!(scene.presence(second, LEAD), Some(Presence::Present));
    scene.admit(second, DEVICE);
    assert_eq!(scene.presence(device, DEVICE), Some(Presence::Present));
}

#[test]
fn a_resumed_client_is_sent_what_it_missed() {
    let mut scene = Scene::new();
    let lead = scene.connect(LEAD);
    let officer = scene.connect(OFFICER);
    scene.disconnect(officer);
    scene.done(lead, line("are you there?"));
    scene.done(lead, ClientMessage::RaiseHand);

    let again = scene.resume(officer);

    assert!(matches!(
        scene.received(again)[0],
        ServerMessage::Resumed { .. }
    ));
    let [
        EventKind::ParticipantReconnecting { .. },
        EventKind::Chat { .. },
        EventKind::HandRaised { .. },
        EventKind::ParticipantArrived { .. },
    ] = &scene.events(again)[..]
    else {
        panic!("{:?}", scene.events(again));
    };
}

#[test]
fn a_client_of_another_life_of_the_room_is_welcomed_anew() {
    let mut scene = Scene::new();
    let lead = scene.connect(LEAD);
    scene.disconnect(lead);
    scene.known_mut(lead).epoch = Uuid::max();

    let again = scene.resume(lead);

    assert!(matches!(
        scene.received(again)[0],
        ServerMessage::Welcome { .. }
    ));
}

#[test]
fn a_line_sent_again_is_one_line() {
    let mut scene = Scene::new();
    let lead = scene.connect(LEAD);
    let said = line("only once");

    scene.done(lead, said.clone());
    scene.disconnect(lead);
    let again = scene.resume(lead);
    scene.done(again, said);

    assert_eq!(scene.known(again).snapshot.chat.len(), 1);
}

#[test]
fn a_line_has_some_text_and_not_too_much() {
    let mut scene = Scene::new();
    let lead = scene.connect(LEAD);

    assert_eq!(scene.failed(lead, line("  \n ")), ErrorCode::BadText);
    assert_eq!(
        scene.failed(lead, line(&"ሀ".repeat(2_001))),
        ErrorCode::BadText
    );
    scene.done(lead, line(&"ሀ".repeat(2_000)));
}

#[test]
fn nobody_floods_the_chat_or_the_hands() {
    let mut scene = Scene::new();
    let lead = scene.connect(LEAD);
    for _ in 0..10 {
        scene.done(lead, line("quick"));
    }
    for _ in 0..5 {
        scene.done(lead, ClientMessage::RaiseHand);
        scene.done(lead, ClientMessage::LowerHand { participant: None });
    }

    assert_eq!(scene.failed(lead, line("too quick")), ErrorCode::TooMany);
    assert_eq!(
        scene.failed(lead, ClientMessage::RaiseHand),
        ErrorCode::TooMany
    );
    scene.pass(Duration::from_secs(2));
    scene.done(lead, line("calm"));
    scene.done(lead, ClientMessage::RaiseHand);
}

#[test]
fn hands_are_shown_in_the_order_they_went_up() {
    let mut scene = Scene::new();
    let lead = scene.connect(LEAD);
    let officer = scene.connect(OFFICER);
    scene.done(officer, ClientMessage::RaiseHand);
    scene.pass(Duration::from_secs(1));
    scene.done(lead, ClientMessage::RaiseHand);
    scene.pass(Duration::from_secs(1));
    scene.done(officer, ClientMessage::RaiseHand);

    assert!(scene.hand(lead, OFFICER) < scene.hand(lead, LEAD));
    scene.done(
        lead,
        ClientMessage::LowerHand {
            participant: Some(OFFICER),
        },
    );
    assert_eq!(scene.hand(officer, OFFICER), None);
}

#[test]
fn only_those_who_keep_order_take_down_anothers_hand() {
    let mut scene = Scene::new();
    let lead = scene.connect(LEAD);
    let device = scene.connect(DEVICE);
    scene.admit(lead, DEVICE);
    scene.done(lead, ClientMessage::RaiseHand);

    let lower = ClientMessage::LowerHand {
        participant: Some(LEAD),
    };

    assert_eq!(scene.failed(device, lower), ErrorCode::NotAllowed);
}

#[test]
fn people_may_be_let_in_before_the_session_starts() {
    let mut scene = Scene::new();
    let lead = scene.connect(LEAD);
    let device = scene.connect(DEVICE);
    scene.admit(lead, DEVICE);

    scene.start();

    let session = &scene.known(device).snapshot.session;
    assert_eq!(session.state, SessionState::Live);
    assert!(session.started_at.is_some());
}

#[test]
fn at_the_end_everybody_is_told_and_sent_away() {
    let mut scene = Scene::new();
    let lead = scene.connect(LEAD);
    let device = scene.connect(DEVICE);
    scene.start();
    scene.media();

    scene.end();

    for client in [lead, device] {
        assert_eq!(scene.events(client).last(), Some(&EventKind::SessionEnded));
        assert_eq!(scene.closed(client), Some(LeaveReason::SessionOver));
    }
    assert_eq!(scene.media(), [MediaGrant::Withdrawn(LEAD)]);
    assert!(scene.room.is_empty());
    let late = scene.connect(LEAD);
    assert_eq!(scene.closed(late), Some(LeaveReason::SessionOver));
}

#[test]
fn a_session_called_off_sends_everybody_away() {
    let mut scene = Scene::new();
    let lead = scene.connect(LEAD);

    scene.cancel();

    assert_eq!(
        scene.known(lead).snapshot.session.state,
        SessionState::Cancelled
    );
    assert_eq!(scene.closed(lead), Some(LeaveReason::SessionOver));
}

#[test]
fn when_the_server_stops_nobody_loses_the_media_grant() {
    let mut scene = Scene::new();
    let lead = scene.connect(LEAD);
    scene.media();

    scene.stop();

    assert_eq!(scene.closed(lead), Some(LeaveReason::ServerStopping));
    assert_eq!(scene.media(), []);
}

#[test]
fn a_restarted_server_remembers_who_was_let_in_and_who_was_taken_out() {
    let mut scene = Scene::new();
    let lead = scene.connect(LEAD);
    scene.connect(OFFICER);
    scene.connect(DEVICE);
    scene.connect(INTERPRETER);
    scene.admit(lead, DEVICE);
    scene.admit(lead, INTERPRETER);
    for participant in [OFFICER, INTERPRETER] {
        scene.done(lead, ClientMessage::Remove { participant });
    }
    let admissions: Admissions = scene.timeline.iter().map(|entry| &entry.moment).collect();

    let mut scene = Scene::after(admissions);
    for participant in [LEAD, OFFICER, DEVICE, INTERPRETER] {
        scene.connect(participant);
    }

    assert_eq!(scene.room.admission(DEVICE), Admission::Admitted);
    assert_eq!(scene.room.admission(OFFICER), Admission::Waiting);
    assert_eq!(scene.room.admission(INTERPRETER), Admission::Waiting);
}

#[test]
fn somebody_booked_later_is_shown_to_everybody() {
    let mut scene = Scene::new();
    let lead = scene.connect(LEAD);
    let newcomer = bega_protocol::ParticipantId(Uuid::from_u128(99));
    assert!(scene.try_connect(newcomer).is_err());

    scene.book(newcomer);
    let client = scene.connect(newcomer);

    assert_eq!(scene.presence(lead, newcomer), Some(Presence::Waiting));
    assert_eq!(scene.presence(client, newcomer), Some(Presence::Waiting));
}

#[test]
fn a_second_hello_is_refused() {
    let mut scene = Scene::new();
    let lead = scene.connect(LEAD);

    let hello = ClientMessage::Hello {
        protocol: 1,
        resume: None,
    };

    assert_eq!(scene.failed(lead, hello), ErrorCode::BadMessage);
}

#[test]
fn the_timeline_tells_who_was_there_and_when() {
    let mut scene = Scene::new();
    let lead = scene.connect(LEAD);
    let device = scene.connect(DEVICE);
    scene.admit(lead, DEVICE);
    scene.start();
    scene.disconnect(device);
    scene.pass(Duration::from_mins(1));
    scene.end();

    let timeline: Vec<_> = scene
        .timeline
        .iter()
        .map(|entry| serde_json::to_string(entry).unwrap())
        .collect();
    assert_snapshot!(timeline.join("\n"), @r#"
    {"at":"2030-01-07T09:00:00Z","kind":"admitted","participant":"00000000-0000-0000-0000-000000000001"}
    {"at":"2030-01-07T09:00:00Z","kind":"arrived","participant":"00000000-0000-0000-0000-000000000001"}
    {"at":"2030-01-07T09:00:00Z","kind":"waiting","participant":"00000000-0000-0000-0000-000000000003"}
    {"at":"2030-01-07T09:00:00Z","kind":"admitted","participant":"00000000-0000-0000-0000-000000000003","by":"00000000-0000-0000-0000-000000000001"}
    {"at":"2030-01-07T09:00:00Z","kind":"arrived","participant":"00000000-0000-0000-0000-000000000003"}
    {"at":"2030-01-07T09:00:00Z","kind":"started"}
    {"at":"2030-01-07T09:00:00Z","kind":"interrupted","participant":"00000000-0000-0000-0000-000000000003"}
    {"at":"2030-01-07T09:01:00Z","kind":"left","participant":"00000000-0000-0000-0000-000000000003","reason":"lost"}
    {"at":"2030-01-07T09:01:00Z","kind":"ended"}
    "#);
    let back: Moment = serde_json::from_str(r#"{"kind":"started","at":"later"}"#).unwrap();
    assert_eq!(back, Moment::Started);
}

#[test]
fn a_late_request_of_a_closed_connection_does_nothing() {
    let mut scene = Scene::new();
    let first = scene.connect(LEAD);
    scene.connect(LEAD);

    let before = scene.effects.len();

    scene.request(first, line("from the old window"));

    assert_eq!(scene.effects.len(), before);
}
