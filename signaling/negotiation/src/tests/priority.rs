//! Thin links: whose picture goes first, and what a client is told of a pause.

use bega_media::{Command, Event, PeerId, Priority, PublicationId, StreamState};
use livekit_protocol as proto;
use proto::signal_request::Message as Asked;
use proto::signal_response::Message;

use super::scene::{Scene, grants, params};
use crate::{Grants, ParticipantSid};

#[test]
fn applicants_and_interpreters_come_first() {
    for (role, expected) in [
        ("room_device", vec![Priority::Principal; 2]),
        ("interpreter", vec![Priority::Principal; 2]),
        ("officer", vec![]),
    ] {
        let mut scene = Scene::new();
        let ana = arrive_as(&mut scene, role, false);
        scene.publish(&ana);
        let ben = scene.join("ben");
        scene.commands();

        scene.accept(&ben);

        let told = priorities(&scene.commands());
        assert_eq!(told, expected, "{role}");
    }
}

#[test]
fn nobody_gives_oneself_a_role() {
    let mut scene = Scene::new();
    let ana = arrive_as(&mut scene, "interpreter", true);
    scene.publish(&ana);
    let ben = scene.join("ben");
    scene.commands();

    scene.accept(&ben);

    assert!(priorities(&scene.commands()).is_empty());
}

#[test]
fn what_is_shown_large_or_ranked_first_comes_before_the_rest() {
    let mut scene = Scene::new();
    let ana = scene.arrive("ana");
    scene.publish(&ana);
    let ben = scene.join("ben");
    scene.accept(&ben);
    scene.commands();
    let track = scene.track(&ana, "cam");
    let mut show = |settings: proto::UpdateTrackSettings| {
        let settings = proto::UpdateTrackSettings {
            track_sids: vec![track.clone()],
            ..settings
        };
        scene.ask(&ben, Asked::TrackSetting(settings));
        priorities(&scene.commands())
    };
    let size = |width, height| proto::UpdateTrackSettings {
        width,
        height,
        ..Default::default()
    };

    assert_eq!(show(size(1280, 720)), [Priority::Prominent]);
    assert_eq!(show(size(320, 180)), [Priority::Other]);
    assert_eq!(
        show(proto::UpdateTrackSettings {
            priority: 1,
            ..size(320, 180)
        }),
        [Priority::Prominent]
    );
}

#[test]
fn a_client_is_told_when_its_link_does_not_carry_a_picture() {
    let mut scene = Scene::new();
    let ana = scene.arrive("ana");
    scene.publish(&ana);
    let ben = scene.join("ben");
    scene.commands();
    scene.accept(&ben);
    let (peer, publication) = last_subscription(&scene.commands());
    scene.inbox(&ben);
    scene.inbox(&ana);

    for (state, expected) in [
        (StreamState::Paused, proto::StreamState::Paused),
        (StreamState::Active, proto::StreamState::Active),
    ] {
        scene.event(&Event::StreamState {
            peer,
            publication,
            state,
        });

        let inbox = scene.inbox(&ben);
        let [Message::StreamStateUpdate(update)] = &inbox[..] else {
            panic!("{inbox:?}");
        };
        let [info] = &update.stream_states[..] else {
            panic!("{update:?}");
        };
        assert_eq!(info.participant_sid, ana.to_string());
        assert_eq!(info.track_sid, scene.track(&ana, "cam"));
        assert_eq!(info.state(), expected);
    }
    assert!(scene.inbox(&ana).is_empty());
}

fn arrive_as(scene: &mut Scene, role: &str, can_update_metadata: bool) -> ParticipantSid {
    let sid = scene.join_with(
        Grants {
            attributes: [("role".to_owned(), role.to_owned())].into(),
            can_update_metadata,
            ..grants("ana")
        },
        params(),
    );
    let offer = scene.offer(&sid);
    scene.offer_from(&sid, 1, &super::sdp::application("0", "publ"));
    scene.answer(&sid, &offer);
    sid
}

fn priorities(commands: &[Command]) -> Vec<Priority> {
    commands
        .iter()
        .filter_map(|command| match command {
            Command::SetPriority { priority, .. } => Some(*priority),
            _ => None,
        })
        .collect()
}

fn last_subscription(commands: &[Command]) -> (PeerId, PublicationId) {
    let subscribed = commands.iter().filter_map(|command| match command {
        Command::Subscribe {
            peer, publication, ..
        } => Some((*peer, *publication)),
        _ => None,
    });
    subscribed.last().unwrap()
}
