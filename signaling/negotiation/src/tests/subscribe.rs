//! Receiving: offers, answers, sections that are used again, layers, policy.

use bega_media::{Codec, Command, Kind, SendSpec};
use livekit_protocol as proto;
use proto::signal_request::Message as Asked;
use proto::signal_response::Message;

use super::scene::{Scene, camera, grants, params, published};
use super::sdp::{self, attribute, sections};
use crate::{Browser, EndReason, FrameError, Grants, JoinParams, ParticipantSid};

#[test]
fn a_newcomer_is_offered_what_is_published_in_its_first_offer() {
    let mut scene = Scene::new();
    let ana = scene.arrive("ana");
    scene.publish(&ana);

    let ben = scene.join("ben");

    let offer = scene.offer(&ben);
    assert_eq!(offer.id, 1);
    let parts = sections(&offer.sdp);
    let [data, audio, video] = &parts[..] else {
        panic!("{}", offer.sdp)
    };
    assert!(data.starts_with("application"));
    let msid = |name: &str| format!("{ana}|camera {}", scene.track(&ana, name));
    assert_eq!(attribute(audio, "msid"), Some(msid("mic").as_str()));
    assert_eq!(attribute(video, "msid"), Some(msid("cam").as_str()));
    assert!(video.starts_with("video 9 UDP/TLS/RTP/SAVPF 96 97 102 103 104 105 98 99\r\n"));
    assert!(audio.contains("a=sendonly") && audio.contains("a=rtpmap:111 opus/48000/2"));
    assert!(video.contains("a=ssrc-group:FID "));
}

#[test]
fn forwarding_begins_with_the_answer() {
    let mut scene = Scene::new();
    let ana = scene.arrive("ana");
    scene.publish(&ana);
    let ben = scene.join("ben");
    scene.commands();

    scene.accept(&ben);

    let commands = scene.commands();
    let order: Vec<_> = commands.iter().map(word).collect();
    assert_eq!(
        order,
        [
            "SetRemote",
            "SetPolicy true",
            "Subscribe",
            "SetLayer Some(0)",
            "SetPolicy true",
            "Subscribe",
            "SetLayer Some(2)",
        ]
    );
    let video = subscribed(&commands).remove(1);
    assert_eq!(video.mid, "2");
    assert!(video.rtx_ssrc.is_some());
    let codecs: Vec<_> = video
        .payloads
        .iter()
        .map(|p| (p.codec, p.payload_type, p.rtx))
        .collect();
    assert_eq!(
        codecs,
        [
            (Codec::Vp8, 96, Some(97)),
            (Codec::H264, 102, Some(103)),
            (Codec::Av1, 104, Some(105)),
            (Codec::Vp9, 98, Some(99)),
        ]
    );
    assert_eq!(video.extensions.mid, Some(1));
}

#[test]
fn what_a_client_cannot_receive_is_not_sent() {
    let mut scene = Scene::new();
    let ana = scene.arrive("ana");
    scene.publish(&ana);
    let ben = scene.join("ben");
    let offer = scene.offer(&ben);
    scene.commands();
    let answer = sdp::answer(&offer.sdp, "subs")
        .replace(
            "video 9 UDP/TLS/RTP/SAVPF 96 97 102 103 104 105 98 99",
            "video 9 UDP/TLS/RTP/SAVPF 96",
        )
        .replace("m=audio 9", "m=audio 0");

    scene.ask(
        &ben,
        Asked::Answer(proto::SessionDescription {
            sdp: answer,
            id: offer.id,
            ..Default::default()
        }),
    );

    let specs = subscribed(&scene.commands());
    assert_eq!(specs.len(), 1, "the section with port 0 is refused");
    let payloads: Vec<_> = specs[0]
        .payloads
        .iter()
        .map(|p| (p.payload_type, p.rtx))
        .collect();
    assert_eq!(payloads, [(96, None)]);
}

#[test]
fn one_offer_is_on_its_way_and_changes_wait_for_its_answer() {
    let mut scene = Scene::new();
    let ben = scene.join("ben");
    let first = scene.offer(&ben);
    let (ana, eva) = (scene.arrive("ana"), scene.arrive("eva"));

    scene.publish(&ana);
    scene.publish(&eva);
    assert!(
        !scene
            .inbox(&ben)
            .iter()
            .any(|message| matches!(message, Message::Offer(_)))
    );

    scene.answer(&ben, &first);
    let second = scene.offer(&ben);
    assert_eq!(second.id, 2);
    assert_eq!(sections(&second.sdp).len(), 5);
}

#[test]
fn an_answer_to_an_older_offer_is_passed_over() {
    let mut scene = Scene::new();
    let ben = scene.join("ben");
    let offer = scene.offer(&ben);
    scene.commands();

    scene.answer(
        &ben,
        &proto::SessionDescription {
            id: 99,
            ..offer.clone()
        },
    );
    assert!(scene.commands().is_empty());
    scene.answer(&ben, &offer);
    assert_eq!(scene.commands().len(), 1);
    scene.answer(&ben, &offer);
    assert!(scene.commands().is_empty());
}

#[test]
fn an_answer_with_other_sections_than_the_offer_ends_the_participant() {
    let mut scene = Scene::new();
    let ana = scene.arrive("ana");
    scene.publish(&ana);
    let ben = scene.join("ben");
    let offer = scene.offer(&ben);
    let answer = Asked::Answer(proto::SessionDescription {
        sdp: format!("{}{}", sdp::LIBWEBRTC, sdp::application("0", "subs")),
        id: offer.id,
        ..Default::default()
    });

    let outcome = scene.try_frame(&ben, &super::scene::frame(answer));

    assert!(
        matches!(outcome, Err(FrameError::Sections { got: 1, offered: 3 })),
        "{outcome:?}"
    );
    assert_eq!(scene.ended, [(ben.clone(), EndReason::Malformed)]);
}

#[test]
fn the_section_of_a_track_that_is_gone_is_stopped_and_then_used_again() {
    let mut scene = Scene::new();
    let (ana, ben) = (scene.arrive("ana"), scene.arrive("ben"));
    scene.publish(&ana);
    scene.accept(&ben);
    scene.commands();

    scene.offer_from(&ana, 3, &published("publ", "inactive"));

    assert!(
        scene
            .commands()
            .iter()
            .any(|command| word(command) == "Unsubscribe")
    );
    let stopped = scene.offer(&ben);
    assert!(sections(&stopped.sdp)[2].starts_with("video 0 "));
    assert!(stopped.sdp.contains("a=group:BUNDLE 0 1\r\n"));

    scene.ask(&ana, Asked::AddTrack(camera("cam")));
    scene.offer_from(&ana, 4, &published("publ", "sendonly"));
    scene.answer(&ben, &stopped);
    let again = scene.offer(&ben);
    let parts = sections(&again.sdp);
    assert_eq!(
        parts.len(),
        4,
        "the client had not yet agreed that the section is free"
    );

    scene.answer(&ben, &again);
    scene.offer_from(&ana, 5, &published("publ", "inactive"));
    scene.accept(&ben);
    scene.ask(&ana, Asked::AddTrack(camera("cam")));
    scene.offer_from(&ana, 6, &published("publ", "sendonly"));
    let reused = scene.offer(&ben);
    let parts = sections(&reused.sdp);
    assert_eq!(parts.len(), 4, "no section is added while one is free");
    assert!(parts[2].starts_with("video 9 "));
    assert_eq!(
        attribute(parts[2], "mid"),
        Some("4"),
        "under a new mid, so it is a new track"
    );
    assert!(parts[3].starts_with("video 0 "));
}

#[test]
fn a_track_that_comes_and_goes_while_an_offer_is_on_its_way_leaves_no_trace() {
    let mut scene = Scene::new();
    let ben = scene.join("ben");
    let first = scene.offer(&ben);
    let ana = scene.arrive("ana");
    scene.publish(&ana);

    scene.offer_from(&ana, 3, &sdp::application("0", "publ"));
    scene.answer(&ben, &first);

    assert_eq!(sections(&scene.offer(&ben).sdp).len(), 1);
}

#[test]
fn those_who_leave_take_their_tracks_with_them() {
    let mut scene = Scene::new();
    let (ana, ben) = (scene.arrive("ana"), scene.arrive("ben"));
    scene.publish(&ana);
    scene.accept(&ben);
    scene.commands();

    scene.ask(&ana, Asked::Leave(proto::LeaveRequest::default()));

    let words: Vec<_> = scene.commands().iter().map(word).collect();
    assert_eq!(
        words,
        [
            "Unpublish",
            "Unpublish",
            "RemovePeer",
            "RemovePeer",
            "Unsubscribe",
            "Unsubscribe",
        ]
    );
    let offer = scene.offer(&ben);
    assert!(sections(&offer.sdp)[1].starts_with("audio 0 "));
    assert!(sections(&offer.sdp)[2].starts_with("video 0 "));
}

#[test]
fn nothing_is_sent_unasked_to_a_client_that_chooses_itself() {
    let mut scene = Scene::new();
    let ana = scene.arrive("ana");
    scene.publish(&ana);
    let ben = scene.join_with(
        grants("ben"),
        JoinParams {
            auto_subscribe: false,
            ..params()
        },
    );
    let first = scene.offer(&ben);
    assert_eq!(sections(&first.sdp).len(), 1);
    scene.answer(&ben, &first);

    let ask = |track: String, subscribe| {
        Asked::Subscription(proto::UpdateSubscription {
            track_sids: Vec::new(),
            subscribe,
            participant_tracks: vec![proto::ParticipantTracks {
                participant_sid: ana.to_string(),
                track_sids: vec![track],
            }],
        })
    };
    let cam = scene.track(&ana, "cam");
    scene.ask(&ben, ask(cam.clone(), true));
    let second = scene.offer(&ben);
    assert_eq!(sections(&second.sdp).len(), 2);
    scene.answer(&ben, &second);

    scene.commands();
    scene.ask(&ben, ask(cam, false));
    assert_eq!(
        scene.commands().iter().map(word).collect::<Vec<_>>(),
        ["Unsubscribe"]
    );
}

#[test]
fn a_participant_without_the_right_receives_nothing() {
    let mut scene = Scene::new();
    let ana = scene.arrive("ana");
    scene.publish(&ana);
    let ben = scene.join_with(
        Grants {
            can_subscribe: false,
            ..grants("ben")
        },
        params(),
    );

    let cam = scene.track(&ana, "cam");
    scene.accept(&ben);
    scene.ask(
        &ben,
        Asked::Subscription(proto::UpdateSubscription {
            track_sids: vec![cam],
            subscribe: true,
            ..Default::default()
        }),
    );

    assert!(
        !scene
            .inbox(&ben)
            .iter()
            .any(|message| matches!(message, Message::Offer(_)))
    );
}

#[test]
fn the_room_decides_who_may_receive_whom() {
    let mut scene = Scene::new();
    let ana = scene.arrive("ana");
    scene.room.set_policy("ben", "ana", false);
    let ben = scene.arrive("ben");

    scene.publish(&ana);
    scene.accept(&ben);
    let words: Vec<_> = scene.commands().iter().map(word).collect();
    assert!(words.contains(&"SetPolicy false".to_owned()), "{words:?}");
    assert!(!words.contains(&"SetPolicy true".to_owned()), "{words:?}");

    scene.room.set_policy("ben", "ana", true);
    scene.collect();
    let words: Vec<_> = scene.commands().iter().map(word).collect();
    assert_eq!(words, ["SetPolicy true", "SetPolicy true"]);
}

#[test]
fn the_layer_follows_what_the_client_shows() {
    let mut scene = Scene::new();
    let (ana, ben) = (scene.arrive("ana"), scene.arrive("ben"));
    scene.publish(&ana);
    scene.accept(&ben);
    let cam = scene.track(&ana, "cam");
    let mut show = |settings: proto::UpdateTrackSettings| {
        scene.commands();
        scene.ask(
            &ben,
            Asked::TrackSetting(proto::UpdateTrackSettings {
                track_sids: vec![cam.clone()],
                ..settings
            }),
        );
        scene.commands().iter().map(word).collect::<Vec<_>>()
    };
    let size = |width, height| proto::UpdateTrackSettings {
        width,
        height,
        ..Default::default()
    };
    let quality = |quality: proto::VideoQuality| proto::UpdateTrackSettings {
        quality: quality.into(),
        ..Default::default()
    };

    assert_eq!(show(size(300, 170)), ["SetLayer Some(0)"]);
    assert_eq!(show(size(310, 175)), [""; 0], "nothing to change");
    assert_eq!(show(size(640, 360)), ["SetLayer Some(1)"]);
    assert_eq!(
        show(proto::UpdateTrackSettings {
            disabled: true,
            ..size(640, 360)
        }),
        ["SetLayer None"]
    );
    assert_eq!(
        show(quality(proto::VideoQuality::High)),
        ["SetLayer Some(2)"]
    );
    assert_eq!(show(quality(proto::VideoQuality::Off)), ["SetLayer None"]);
}

#[test]
fn a_wish_that_comes_before_the_answer_is_kept() {
    let mut scene = Scene::new();
    let ana = scene.arrive("ana");
    scene.publish(&ana);
    let ben = scene.join("ben");
    let offer = scene.offer(&ben);
    let cam = scene.track(&ana, "cam");
    scene.commands();

    scene.ask(
        &ben,
        Asked::TrackSetting(proto::UpdateTrackSettings {
            track_sids: vec![cam],
            disabled: true,
            ..Default::default()
        }),
    );
    assert!(scene.commands().is_empty());
    scene.answer(&ben, &offer);

    let words: Vec<_> = scene.commands().iter().map(word).collect();
    assert_eq!(words.last().map(String::as_str), Some("SetLayer None"));
}

#[test]
fn wishes_for_tracks_that_do_not_exist_are_not_kept() {
    let mut scene = Scene::new();
    let (ana, ben) = (scene.arrive("ana"), scene.arrive("ben"));
    scene.publish(&ana);
    let cam = scene.track(&ana, "cam");
    let pause = |track: &str| {
        Asked::TrackSetting(proto::UpdateTrackSettings {
            track_sids: vec![track.to_owned()],
            disabled: true,
            ..Default::default()
        })
    };

    scene.ask(&ben, pause("TR_madeUp"));
    scene.ask(&ben, pause(&cam));
    assert_eq!(scene.room.participants[&ben].subscriber.wishes.len(), 1);

    scene.offer_from(&ana, 3, &published("publ", "inactive"));
    assert!(scene.room.participants[&ben].subscriber.wishes.is_empty());
}

#[test]
fn a_client_that_adapts_starts_with_the_smallest_layer() {
    let mut scene = Scene::new();
    let ana = scene.arrive("ana");
    scene.publish(&ana);
    let ben = scene.join_with(
        grants("ben"),
        JoinParams {
            adaptive_stream: true,
            ..params()
        },
    );
    scene.accept(&ben);

    let words: Vec<_> = scene.commands().iter().map(word).collect();
    assert_eq!(words.last().map(String::as_str), Some("SetLayer Some(0)"));
}

#[test]
fn firefox_finds_a_track_by_its_stream() {
    let mut scene = Scene::new();
    let ana = scene.arrive("ana");
    scene.publish(&ana);

    let ben = scene.join_with(
        grants("ben"),
        JoinParams {
            browser: Browser::Firefox,
            ..params()
        },
    );

    let cam = scene.track(&ana, "cam");
    let offer = scene.offer(&ben);
    assert_eq!(
        attribute(sections(&offer.sdp)[2], "msid"),
        Some(format!("{ana}|{cam} {cam}").as_str())
    );
}

#[test]
fn the_same_number_means_the_same_codec_in_all_sections() {
    let mut scene = Scene::new();
    let people: Vec<ParticipantSid> = ["ana", "eva", "ion"].map(|name| scene.arrive(name)).into();
    for one in &people {
        scene.publish(one);
    }

    let ben = scene.join("ben");

    let offer = scene.offer(&ben).sdp;
    let mut meanings = std::collections::BTreeMap::new();
    for line in offer.lines().filter(|l| {
        ["a=rtpmap:", "a=fmtp:", "a=extmap:"]
            .iter()
            .any(|p| l.starts_with(p))
    }) {
        let (number, meaning) = line.split_once(' ').unwrap();
        assert_eq!(*meanings.entry(number).or_insert(meaning), meaning);
    }
    let mids: Vec<_> = sections(&offer)
        .iter()
        .map(|s| attribute(s, "mid").unwrap())
        .collect();
    assert_eq!(mids, ["0", "1", "2", "3", "4", "5", "6"]);
    assert_eq!(kinds(&offer, Kind::Audio), 3);
}

fn kinds(offer: &str, kind: Kind) -> usize {
    let word = match kind {
        Kind::Audio => "audio",
        Kind::Video => "video",
    };
    sections(offer)
        .iter()
        .filter(|section| section.starts_with(word))
        .count()
}

fn subscribed(commands: &[Command]) -> Vec<SendSpec> {
    let specs = commands.iter().filter_map(|command| match command {
        Command::Subscribe { send, .. } => Some(send.clone()),
        _ => None,
    });
    specs.collect()
}

fn word(command: &Command) -> String {
    match command {
        Command::SetPolicy { allowed, .. } => format!("SetPolicy {allowed}"),
        Command::SetLayer { layer, .. } => {
            format!("SetLayer {:?}", layer.map(|depth| depth.spatial))
        }
        other => {
            let text = format!("{other:?}");
            text.split(' ').next().unwrap_or_default().to_owned()
        }
    }
}
