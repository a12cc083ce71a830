//! What people go by: who speaks, how well everybody is connected, what is needed and allowed.

use std::time::Duration;

use bega_media::{Command, Downstream, Event, PublicationId, RoomId, Speaker, Upstream};
use livekit_protocol as proto;
use proto::signal_request::Message as Asked;
use proto::signal_response::Message;
use proto::{ConnectionQuality, VideoQuality};

use super::scene::{Scene, params, updates};
use super::sdp;
use crate::{JoinParams, ParticipantSid};

const SECOND: Duration = Duration::from_secs(1);

#[test]
fn who_speaks_is_told_once_and_again_when_it_ends() {
    let mut scene = Scene::new();
    let (ana, ben) = (scene.arrive("ana"), scene.arrive("ben"));
    scene.publish(&ana);
    scene.forget();

    speak(&mut scene, &[(&ana, 4)]);
    assert_eq!(heard(&mut scene, &ben), [(ana.clone(), 0.5, true)]);
    assert_eq!(heard(&mut scene, &ana), [(ana.clone(), 0.5, true)]);
    speak(&mut scene, &[(&ana, 4)]);
    assert!(heard(&mut scene, &ben).is_empty());

    speak(&mut scene, &[]);
    assert_eq!(heard(&mut scene, &ben), [(ana, 0.0, false)]);
}

#[test]
fn nobody_is_told_of_a_speaker_it_may_not_hear() {
    let mut scene = Scene::new();
    let (ana, ben) = (scene.arrive("ana"), scene.arrive("ben"));
    scene.publish(&ana);
    scene.room.set_policy("ben", "ana", false);
    scene.collect();
    scene.forget();

    speak(&mut scene, &[(&ana, 4)]);
    assert!(heard(&mut scene, &ben).is_empty());

    scene.room.set_policy("ben", "ana", true);
    scene.collect();
    assert_eq!(heard(&mut scene, &ben), [(ana.clone(), 0.5, true)]);
    scene.room.set_policy("ben", "ana", false);
    scene.collect();
    assert_eq!(heard(&mut scene, &ben), [(ana, 0.0, false)]);
}

#[test]
fn whom_a_publisher_shuts_out_is_not_told_that_it_speaks() {
    let mut scene = Scene::new();
    let (ana, ben) = (scene.arrive("ana"), scene.arrive("ben"));
    scene.publish(&ana);
    speak(&mut scene, &[(&ana, 4)]);
    scene.forget();

    permit(&mut scene, &ana, false, Vec::new());

    assert_eq!(heard(&mut scene, &ben), [(ana, 0.0, false)]);
}

#[test]
fn loss_on_the_way_up_makes_a_connection_poor_for_everybody_at_once() {
    let mut scene = Scene::new();
    let (ana, ben) = (scene.arrive("ana"), scene.arrive("ben"));
    scene.publish(&ana);
    scene.forget();

    upstream(&mut scene, &ana, "mic", 250, 75);

    for sid in [&ana, &ben] {
        assert_eq!(
            quality(&mut scene, sid),
            [(ana.clone(), ConnectionQuality::Poor)]
        );
    }
    upstream(&mut scene, &ana, "mic", 250, 0);
    assert_eq!(
        quality(&mut scene, &ben),
        [(ana, ConnectionQuality::Excellent)]
    );
}

#[test]
fn a_slow_way_down_makes_a_connection_worse() {
    let mut scene = Scene::new();
    let (ana, ben) = (scene.arrive("ana"), scene.arrive("ben"));
    scene.publish(&ana);
    scene.forget();

    let sent = Downstream {
        publication: publication(&scene, &ana, "mic"),
        expected: 100,
        lost: 0,
        repeated: 0,
        round_trip: Duration::from_millis(700),
        jitter: Duration::from_millis(10),
    };
    scene.event(&Event::Statistics {
        peer: scene.subscriber_peer(&ben),
        received: Vec::new(),
        sent: vec![sent],
    });

    assert_eq!(quality(&mut scene, &ana), [(ben, ConnectionQuality::Good)]);
}

#[test]
fn an_open_microphone_of_which_nothing_comes_is_poor_and_a_muted_one_is_not() {
    let mut scene = Scene::new();
    let ana = scene.arrive("ana");
    scene.publish(&ana);
    scene.forget();

    upstream(&mut scene, &ana, "cam", 0, 0);
    assert!(quality(&mut scene, &ana).is_empty());
    upstream(&mut scene, &ana, "mic", 0, 0);
    assert_eq!(
        quality(&mut scene, &ana),
        [(ana.clone(), ConnectionQuality::Poor)]
    );
    let sid = scene.track(&ana, "mic");
    scene.ask(
        &ana,
        Asked::Mute(proto::MuteTrackRequest { sid, muted: true }),
    );
    upstream(&mut scene, &ana, "mic", 0, 0);
    assert_eq!(
        quality(&mut scene, &ana),
        [(ana, ConnectionQuality::Excellent)]
    );
}

#[test]
fn a_publisher_is_told_after_a_while_what_nobody_needs_and_at_once_what_somebody_does() {
    let mut scene = Scene::new();
    let (ana, ben) = (scene.arrive("ana"), scene.arrive("ben"));
    scene.publish(&ana);
    scene.accept(&ben);
    let cam = scene.track(&ana, "cam");
    let show = |scene: &mut Scene, width, height| {
        let settings = proto::UpdateTrackSettings {
            track_sids: vec![cam.clone()],
            width,
            height,
            ..proto::UpdateTrackSettings::default()
        };
        scene.ask(&ben, Asked::TrackSetting(settings));
        scene.pass(Duration::from_millis(1));
    };
    scene.pass(SECOND);
    assert!(demands(&mut scene, &ana).is_empty());

    show(&mut scene, 160, 90);
    assert!(demands(&mut scene, &ana).is_empty());
    scene.pass(SECOND * 6);
    assert_eq!(demands(&mut scene, &ana), [[true, false, false]]);

    show(&mut scene, 640, 360);
    assert_eq!(demands(&mut scene, &ana), [[true, true, false]]);
}

#[test]
fn what_nobody_receives_need_not_be_encoded_until_somebody_comes() {
    let mut scene = Scene::new();
    let ana = scene.arrive("ana");
    scene.publish(&ana);

    scene.pass(SECOND * 6);
    assert_eq!(demands(&mut scene, &ana), [[false; 3]]);

    scene.arrive("ben");
    scene.pass(Duration::from_millis(1));
    // Arriving throws the mail away that came meanwhile: what was told is remembered.
    let track = &scene.room.participants[&ana].tracks[1];
    assert_eq!(track.demand.told(), Some(VideoQuality::High));
}

#[test]
fn a_client_that_comes_back_hears_again_what_is_needed() {
    let mut scene = Scene::new();
    let ana = scene.arrive("ana");
    scene.publish(&ana);
    scene.room.handle_socket_lost(scene.now, &ana);
    scene.pass(SECOND * 6);
    assert!(demands(&mut scene, &ana).is_empty());

    scene.room.handle_resume(scene.now, &ana, "ana").unwrap();
    scene.collect();

    assert_eq!(demands(&mut scene, &ana), [[false; 3]]);
}

#[test]
fn the_codec_is_named_as_clients_name_it() {
    let mut scene = Scene::new();
    let ana = scene.arrive("ana");
    scene.publish(&ana);
    scene.pass(SECOND * 6);

    let inbox = scene.inbox(&ana);
    let update = inbox.iter().find_map(|message| match message {
        Message::SubscribedQualityUpdate(update) => Some(update),
        _ => None,
    });

    let update = update.unwrap();
    assert_eq!(update.track_sid, scene.track(&ana, "cam"));
    assert_eq!(update.subscribed_codecs[0].codec, "vp8");
}

#[test]
fn a_publisher_hears_of_its_first_subscriber() {
    let mut scene = Scene::new();
    let (ana, ben) = (scene.arrive("ana"), scene.arrive("ben"));
    let eva = scene.arrive("eva");
    scene.publish(&ana);
    let tracks = [scene.track(&ana, "mic"), scene.track(&ana, "cam")];
    scene.inbox(&ana);

    scene.accept(&ben);
    scene.accept(&eva);

    let inbox = scene.inbox(&ana);
    let subscribed = inbox.iter().filter_map(|message| match message {
        Message::TrackSubscribed(subscribed) => Some(subscribed.track_sid.clone()),
        _ => None,
    });
    assert_eq!(subscribed.collect::<Vec<_>>(), tracks);
}

#[test]
fn a_publisher_decides_itself_who_may_have_its_tracks() {
    let mut scene = Scene::new();
    let (ana, ben, eva) = (
        scene.arrive("ana"),
        scene.arrive("ben"),
        scene.arrive("eva"),
    );
    scene.publish(&ana);
    scene.accept(&ben);
    scene.accept(&eva);
    let (mic, cam) = (scene.track(&ana, "mic"), scene.track(&ana, "cam"));
    scene.forget();

    let only_ben = proto::TrackPermission {
        participant_identity: "ben".to_owned(),
        track_sids: vec![mic.clone()],
        ..proto::TrackPermission::default()
    };
    permit(&mut scene, &ana, false, vec![only_ben]);

    assert_eq!(permissions(&mut scene, &ben), [(cam.clone(), false)]);
    assert_eq!(
        permissions(&mut scene, &eva),
        [(mic.clone(), false), (cam.clone(), false)]
    );
    let closed: Vec<bool> = policies(&mut scene);
    assert_eq!(closed, [false; 3]);
    permit(&mut scene, &ana, true, Vec::new());
    assert_eq!(permissions(&mut scene, &ben), [(cam, true)]);
    assert_eq!(policies(&mut scene), [true; 3]);
}

#[test]
fn the_room_stands_above_what_a_publisher_allows() {
    let mut scene = Scene::new();
    let (ana, ben) = (scene.arrive("ana"), scene.arrive("ben"));
    scene.room.set_policy("ben", "ana", false);
    scene.publish(&ana);
    permit(&mut scene, &ana, true, Vec::new());

    scene.accept(&ben);

    assert!(policies(&mut scene).iter().all(|allowed| !allowed));
}

#[test]
fn a_client_is_told_why_it_does_not_get_a_track() {
    let mut scene = Scene::new();
    let (ana, ben) = (scene.arrive("ana"), scene.arrive("ben"));
    scene.publish(&ana);
    let offer = scene.offer(&ben);
    let answer = sdp::answer(&offer.sdp, "subs").replace("m=video 9", "m=video 0");
    scene.ask(
        &ben,
        Asked::Answer(proto::SessionDescription {
            sdp: answer,
            id: offer.id,
            ..proto::SessionDescription::default()
        }),
    );
    scene.ask(
        &ben,
        Asked::Subscription(proto::UpdateSubscription {
            track_sids: vec!["TR_none".to_owned()],
            subscribe: true,
            ..proto::UpdateSubscription::default()
        }),
    );

    let inbox = scene.inbox(&ben);
    let failures: Vec<_> = inbox
        .iter()
        .filter_map(|message| match message {
            Message::SubscriptionResponse(one) => Some((one.track_sid.clone(), one.err())),
            _ => None,
        })
        .collect();
    assert_eq!(
        failures,
        [
            (
                scene.track(&ana, "cam"),
                proto::SubscriptionError::SeCodecUnsupported
            ),
            (
                "TR_none".to_owned(),
                proto::SubscriptionError::SeTrackNotfound
            ),
        ]
    );
}

#[test]
fn a_track_that_changes_is_announced() {
    let mut scene = Scene::new();
    let (ana, ben) = (scene.arrive("ana"), scene.arrive("ben"));
    scene.publish(&ana);
    scene.forget();

    scene.ask(
        &ana,
        Asked::UpdateVideoTrack(proto::UpdateLocalVideoTrack {
            track_sid: scene.track(&ana, "cam"),
            width: 720,
            height: 1280,
        }),
    );
    scene.ask(
        &ana,
        Asked::UpdateAudioTrack(proto::UpdateLocalAudioTrack {
            track_sid: scene.track(&ana, "mic"),
            features: vec![proto::AudioTrackFeature::TfNoiseSuppression.into()],
        }),
    );

    let info = &updates(&scene.inbox(&ben))["ana"];
    let track = |name: &str| info.tracks.iter().find(|track| track.name == name).unwrap();
    assert_eq!((track("cam").width, track("cam").height), (720, 1280));
    assert_eq!(track("mic").audio_features.len(), 1);
}

#[test]
fn a_client_that_chooses_itself_needs_nothing_until_it_asks() {
    let mut scene = Scene::new();
    let ana = scene.arrive("ana");
    scene.join_with(
        super::scene::grants("ben"),
        JoinParams {
            auto_subscribe: false,
            ..params()
        },
    );
    scene.publish(&ana);

    scene.pass(SECOND * 6);

    assert_eq!(demands(&mut scene, &ana), [[false; 3]]);
}

fn publication(scene: &Scene, of: &ParticipantSid, name: &str) -> PublicationId {
    let tracks = &scene.room.participants[of].tracks;
    let track = tracks.iter().find(|track| track.info.name == name);
    track.unwrap().publication
}

fn speak(scene: &mut Scene, speakers: &[(&ParticipantSid, u8)]) {
    let speakers = speakers
        .iter()
        .map(|(who, level)| Speaker {
            publication: publication(scene, who, "mic"),
            level: *level,
        })
        .collect();
    scene.event(&Event::SpeakersChanged {
        room: RoomId(7),
        speakers,
    });
}

fn heard(scene: &mut Scene, by: &ParticipantSid) -> Vec<(ParticipantSid, f32, bool)> {
    let inbox = scene.inbox(by);
    let changes = inbox.into_iter().filter_map(|message| match message {
        Message::SpeakersChanged(changed) => Some(changed.speakers),
        _ => None,
    });
    changes
        .flatten()
        .map(|one| (ParticipantSid::new(one.sid), one.level, one.active))
        .collect()
}

fn upstream(scene: &mut Scene, of: &ParticipantSid, name: &str, expected: u32, lost: u32) {
    let received = Upstream {
        publication: publication(scene, of, name),
        expected,
        lost,
        recovered: 0,
        jitter: Duration::from_millis(5),
    };
    scene.event(&Event::Statistics {
        peer: scene.publisher_peer(of),
        received: vec![received],
        sent: Vec::new(),
    });
}

fn quality(scene: &mut Scene, told: &ParticipantSid) -> Vec<(ParticipantSid, ConnectionQuality)> {
    let inbox = scene.inbox(told);
    let updates = inbox.into_iter().filter_map(|message| match message {
        Message::ConnectionQuality(update) => Some(update.updates),
        _ => None,
    });
    updates
        .flatten()
        .map(|one| {
            let quality = one.quality();
            (ParticipantSid::new(one.participant_sid), quality)
        })
        .collect()
}

/// Which of the three qualities a publisher was told that are needed, message by message.
fn demands(scene: &mut Scene, told: &ParticipantSid) -> Vec<[bool; 3]> {
    let inbox = scene.inbox(told);
    let updates = inbox.into_iter().filter_map(|message| match message {
        Message::SubscribedQualityUpdate(update) => Some(update),
        _ => None,
    });
    updates
        .map(|update| {
            let qualities = &update.subscribed_codecs[0].qualities;
            [0, 1, 2].map(|quality| qualities[quality].enabled)
        })
        .collect()
}

fn permit(
    scene: &mut Scene,
    publisher: &ParticipantSid,
    all_participants: bool,
    track_permissions: Vec<proto::TrackPermission>,
) {
    scene.ask(
        publisher,
        Asked::SubscriptionPermission(proto::SubscriptionPermission {
            all_participants,
            track_permissions,
        }),
    );
}

fn permissions(scene: &mut Scene, told: &ParticipantSid) -> Vec<(String, bool)> {
    let inbox = scene.inbox(told);
    let updates = inbox.into_iter().filter_map(|message| match message {
        Message::SubscriptionPermissionUpdate(update) => Some(update),
        _ => None,
    });
    updates
        .map(|update| (update.track_sid, update.allowed))
        .collect()
}

fn policies(scene: &mut Scene) -> Vec<bool> {
    let commands = scene.commands();
    let policies = commands.iter().filter_map(|command| match command {
        Command::SetPolicy { allowed, .. } => Some(*allowed),
        _ => None,
    });
    policies.collect()
}
