//! Publishing: requests, offers, answers.

use bega_media::{Codec, Command, Event, Kind, ReceiveSpec, SsrcPair};
use livekit_protocol as proto;
use proto::request_response::Reason;
use proto::signal_request::Message as Asked;
use proto::signal_response::Message;

use super::scene::{Scene, camera, grants, microphone, params, published, updates};
use super::sdp::{self, attribute, sections};
use crate::{EndReason, Grants, Source};

#[test]
fn a_track_is_named_before_it_is_offered() {
    let mut scene = Scene::new();
    let (ana, ben) = (scene.arrive("ana"), scene.arrive("ben"));

    scene.ask(&ana, Asked::AddTrack(camera("cam")));

    let inbox = scene.inbox(&ana);
    let [Message::TrackPublished(published)] = &inbox[..] else {
        panic!("{inbox:?}")
    };
    let track = published.track.as_ref().unwrap();
    assert_eq!(published.cid, "cam");
    assert!(track.sid.starts_with("TR_") && track.sid.len() == 15);
    assert_eq!(
        (track.width, track.height, track.source()),
        (1280, 720, proto::TrackSource::Camera)
    );
    assert!(
        scene.inbox(&ben).is_empty(),
        "nobody is told before it can be received"
    );
}

#[test]
fn an_answer_echoes_the_id_and_takes_what_we_know() {
    let mut scene = Scene::new();
    let ana = scene.arrive("ana");

    scene.publish(&ana);

    let answer = answer_in(&scene.inbox(&ana));
    assert_eq!(answer.id, 2);
    let parts = sections(&answer.sdp);
    let [data, audio, video] = &parts[..] else {
        panic!("{}", answer.sdp)
    };
    assert!(data.starts_with("application 9"));
    assert!(audio.starts_with("audio 9 UDP/TLS/RTP/SAVPF 63 111\r\n"));
    assert!(video.starts_with("video 9 UDP/TLS/RTP/SAVPF 96 97 39 40 45 46 98 99\r\n"));
    assert!(video.contains("a=recvonly"));
    assert!(
        video.contains("a=rid:q recv\r\na=rid:h recv\r\na=rid:f recv\r\na=simulcast:recv q;h;f")
    );
    assert!(!video.contains("goog-remb"));
    assert!(!video.contains("video-orientation"));
    assert_eq!(attribute(video, "setup"), Some("passive"));
}

#[test]
fn the_media_plane_learns_how_to_recognise_the_packets() {
    let mut scene = Scene::new();
    let ana = scene.arrive("ana");

    scene.publish(&ana);

    let specs = received(&scene.commands());
    let [audio, video] = &specs[..] else {
        panic!("{specs:?}")
    };
    assert_eq!((audio.kind, audio.mid.as_str()), (Kind::Audio, "1"));
    assert_eq!(
        audio.ssrcs,
        [SsrcPair {
            media: 1001,
            rtx: None
        }]
    );
    assert_eq!(audio.extensions.audio_level, Some(1));
    assert_eq!(video.layers, ["q", "h", "f"]);
    assert!(video.ssrcs.is_empty());
    let codecs: Vec<_> = video
        .payloads
        .iter()
        .map(|p| (p.codec, p.payload_type, p.rtx))
        .collect();
    assert_eq!(
        codecs,
        [
            (Codec::Vp8, 96, Some(97)),
            (Codec::H264, 39, Some(40)),
            (Codec::Av1, 45, Some(46)),
            (Codec::Vp9, 98, Some(99)),
        ]
    );
    assert_eq!(video.extensions.rid, Some(10));
    assert_eq!(video.extensions.repaired_rid, Some(11));
}

#[test]
fn the_others_hear_of_a_track_once_it_is_offered() {
    let mut scene = Scene::new();
    let (ana, ben) = (scene.arrive("ana"), scene.arrive("ben"));

    scene.publish(&ana);

    let update = &updates(&scene.inbox(&ben))["ana"];
    assert!(update.is_publisher);
    let names: Vec<_> = update
        .tracks
        .iter()
        .map(|t| (t.name.as_str(), t.mime_type.as_str()))
        .collect();
    assert_eq!(names, [("mic", "audio/opus"), ("cam", "video/VP8")]);
}

#[test]
fn the_codec_a_track_was_announced_with_comes_first() {
    let mut scene = Scene::new();
    let ana = scene.arrive("ana");
    let mut wanted = camera("cam");
    wanted.simulcast_codecs = vec![proto::SimulcastCodec {
        codec: "h264".to_owned(),
        cid: "cam".to_owned(),
        ..proto::SimulcastCodec::default()
    }];

    scene.ask(&ana, Asked::AddTrack(wanted));
    let video = sdp::chromium_camera("1", "publ", "cam", "sendonly");
    scene.offer_from(&ana, 2, &(sdp::application("0", "publ") + &video));

    let answer = answer_in(&scene.inbox(&ana));
    assert!(sections(&answer.sdp)[1].starts_with("video 9 UDP/TLS/RTP/SAVPF 39 40 96 97"));
    assert_eq!(
        received(&scene.commands())[0].payloads[0].codec,
        Codec::H264
    );
}

#[test]
fn what_is_seen_on_the_wire_corrects_what_was_announced() {
    let mut scene = Scene::new();
    let (ana, ben) = (scene.arrive("ana"), scene.arrive("ben"));
    scene.publish(&ana);
    scene.inbox(&ben);
    let publication = scene.room.participants[&ana].tracks[1].publication;

    scene.event(&Event::PublicationStarted {
        publication,
        codec: Codec::Vp8,
    });
    assert!(updates(&scene.inbox(&ben)).is_empty());
    scene.event(&Event::PublicationStarted {
        publication,
        codec: Codec::Vp9,
    });

    assert_eq!(
        updates(&scene.inbox(&ben))["ana"].tracks[1].mime_type,
        "video/VP9"
    );
}

#[test]
fn a_browser_with_track_ids_of_its_own_is_matched_by_kind_and_order() {
    let mut scene = Scene::new();
    let ana = scene.arrive("ana");

    scene.ask(&ana, Asked::AddTrack(camera("cam")));
    scene.ask(
        &ana,
        Asked::Offer(proto::SessionDescription {
            sdp: format!(
                "{}{}{}",
                sdp::FIREFOX,
                sdp::application("0", "publ"),
                sdp::firefox_camera("1", "publ")
            ),
            id: 2,
            ..proto::SessionDescription::default()
        }),
    );

    let specs = received(&scene.commands());
    assert_eq!(
        specs[0].layers,
        ["q", "h", "f"],
        "smallest first, whatever the order of the offer"
    );
    assert!(specs[0].ssrcs.is_empty());
    let answer = answer_in(&scene.inbox(&ana));
    assert!(answer.sdp.contains("a=simulcast:recv f;h;q"));
}

#[test]
fn two_cameras_are_told_apart_by_their_track_ids() {
    let mut scene = Scene::new();
    let ana = scene.arrive("ana");

    scene.ask(&ana, Asked::AddTrack(camera("one")));
    scene.ask(&ana, Asked::AddTrack(camera("two")));
    let offer = [
        sdp::application("0", "publ"),
        sdp::chromium_camera("1", "publ", "two", "sendonly"),
        sdp::chromium_camera("2", "publ", "one", "sendonly"),
    ];
    scene.offer_from(&ana, 2, &offer.concat());

    let mids: Vec<_> = scene.room.participants[&ana]
        .tracks
        .iter()
        .map(|track| (track.cids[0].as_str(), track.info.mid.as_str()))
        .collect();
    assert_eq!(mids, [("one", "2"), ("two", "1")]);
}

#[test]
fn a_section_without_a_track_waits_inactive() {
    let mut scene = Scene::new();
    let ana = scene.arrive("ana");
    let offer = sdp::application("0", "publ") + &sdp::chromium_audio("1", "publ", "mic");

    scene.offer_from(&ana, 2, &offer);
    assert!(sections(&answer_in(&scene.inbox(&ana)).sdp)[1].contains("a=inactive"));

    scene.ask(&ana, Asked::AddTrack(microphone("mic")));
    scene.offer_from(&ana, 3, &offer);
    assert!(sections(&answer_in(&scene.inbox(&ana)).sdp)[1].contains("a=recvonly"));
}

#[test]
fn a_screen_is_recognised_by_its_ssrcs() {
    let mut scene = Scene::new();
    let ana = scene.arrive("ana");

    scene.ask(&ana, Asked::AddTrack(camera("screen")));
    scene.offer_from(
        &ana,
        2,
        &(sdp::application("0", "publ") + &sdp::chromium_screen("1", "publ", "screen")),
    );

    let spec = received(&scene.commands()).remove(0);
    assert_eq!(
        spec.ssrcs,
        [SsrcPair {
            media: 2001,
            rtx: Some(2002)
        }]
    );
    assert!(spec.layers.is_empty());
}

#[test]
fn a_renegotiation_that_changes_nothing_is_silent() {
    let mut scene = Scene::new();
    let (ana, ben) = (scene.arrive("ana"), scene.arrive("ben"));
    scene.publish(&ana);
    scene.inbox(&ben);
    scene.commands();

    scene.offer_from(&ana, 3, &published("publ", "sendonly"));

    assert!(scene.commands().is_empty());
    assert!(scene.inbox(&ben).is_empty());
}

#[test]
fn a_section_that_goes_inactive_unpublishes_its_track() {
    let mut scene = Scene::new();
    let (ana, ben) = (scene.arrive("ana"), scene.arrive("ben"));
    scene.publish(&ana);
    let publication = scene.room.participants[&ana].tracks[1].publication;
    scene.commands();

    scene.offer_from(&ana, 3, &published("publ", "inactive"));

    assert!(scene.commands().iter().any(
        |command| matches!(command, Command::Unpublish { publication: ended } if *ended == publication)
    ));
    assert_eq!(updates(&scene.inbox(&ben))["ana"].tracks.len(), 1);
}

#[test]
fn an_unpublished_section_can_carry_the_same_source_again() {
    let mut scene = Scene::new();
    let ana = scene.arrive("ana");
    scene.publish(&ana);
    let first = scene.track(&ana, "cam");
    scene.offer_from(&ana, 3, &published("publ", "inactive"));

    scene.ask(&ana, Asked::AddTrack(camera("cam")));
    scene.offer_from(&ana, 4, &published("publ", "sendonly"));

    let second = scene.track(&ana, "cam");
    assert_ne!(first, second);
    assert!(scene.room.participants[&ana].tracks[1].receive.is_some());
}

#[test]
fn muting_is_told_to_everybody_and_to_the_media_plane() {
    let mut scene = Scene::new();
    let (ana, ben) = (scene.arrive("ana"), scene.arrive("ben"));
    scene.publish(&ana);
    let sid = scene.track(&ana, "mic");
    scene.inbox(&ana);
    scene.inbox(&ben);
    scene.commands();

    scene.ask(
        &ana,
        Asked::Mute(proto::MuteTrackRequest {
            sid: sid.clone(),
            muted: true,
        }),
    );
    scene.ask(
        &ana,
        Asked::Mute(proto::MuteTrackRequest { sid, muted: true }),
    );

    for one in [&ana, &ben] {
        let inbox = scene.inbox(one);
        assert_eq!(
            inbox
                .iter()
                .filter(|m| matches!(m, Message::Update(_)))
                .count(),
            1
        );
        assert!(updates(&inbox)["ana"].tracks[0].muted);
    }
    let commands = scene.commands();
    assert!(
        matches!(commands[..], [Command::SetMuted { muted: true, .. }]),
        "{commands:?}"
    );
}

#[test]
fn a_track_that_is_muted_before_it_is_offered_starts_muted() {
    let mut scene = Scene::new();
    let ana = scene.arrive("ana");
    scene.ask(
        &ana,
        Asked::AddTrack(proto::AddTrackRequest {
            muted: true,
            ..microphone("mic")
        }),
    );

    scene.offer_from(
        &ana,
        2,
        &(sdp::application("0", "publ") + &sdp::chromium_audio("1", "publ", "mic")),
    );

    let commands = scene.commands();
    assert!(matches!(
        commands[..],
        [
            Command::Publish { .. },
            Command::SetMuted { muted: true, .. }
        ]
    ));
}

#[test]
fn the_room_can_mute_a_participant() {
    let mut scene = Scene::new();
    let ana = scene.arrive("ana");
    scene.publish(&ana);
    scene.inbox(&ana);

    scene.room.mute("ana", Kind::Audio);
    scene.collect();

    let sid = scene.track(&ana, "mic");
    let inbox = scene.inbox(&ana);
    let muted = Message::Mute(proto::MuteTrackRequest { sid, muted: true });
    assert!(inbox.contains(&muted), "{inbox:?}");
    assert!(updates(&inbox)["ana"].tracks[0].muted);
    assert!(!updates(&inbox)["ana"].tracks[1].muted);
}

#[test]
fn what_a_participant_may_not_publish_is_refused() {
    let mut scene = Scene::new();
    let only_voice = Grants {
        can_publish_sources: vec![Source::Microphone],
        ..grants("ana")
    };
    let ana = scene.join_with(only_voice, params());
    let listener = scene.join_with(
        Grants {
            can_publish: false,
            ..grants("ben")
        },
        params(),
    );

    scene.ask(&ana, Asked::AddTrack(camera("cam")));
    scene.ask(&ana, Asked::AddTrack(microphone("mic")));
    scene.ask(&listener, Asked::AddTrack(microphone("mic")));

    assert_eq!(refusals(&scene.inbox(&ana)), [Reason::NotAllowed]);
    assert_eq!(refusals(&scene.inbox(&listener)), [Reason::NotAllowed]);
    assert_eq!(scene.room.participants[&ana].tracks.len(), 1);
    assert!(scene.room.participants[&listener].tracks.is_empty());
}

#[test]
fn a_request_beyond_measure_is_refused() {
    let mut scene = Scene::new();
    let ana = scene.arrive("ana");
    let long = "x".repeat(1000);

    scene.ask(&ana, Asked::AddTrack(microphone(&long)));
    scene.ask(
        &ana,
        Asked::AddTrack(proto::AddTrackRequest {
            layers: vec![proto::VideoLayer::default(); 100],
            ..camera("cam")
        }),
    );

    assert_eq!(
        refusals(&scene.inbox(&ana)),
        [Reason::InvalidRequest, Reason::InvalidRequest]
    );
}

#[test]
fn nobody_adds_tracks_without_end() {
    let mut scene = Scene::new();
    let ana = scene.arrive("ana");

    for index in 0..20 {
        scene.ask(&ana, Asked::AddTrack(microphone(&index.to_string())));
    }

    assert_eq!(refusals(&scene.inbox(&ana)), [Reason::LimitExceeded; 4]);
}

#[test]
fn a_malformed_offer_ends_its_sender_and_nobody_else() {
    let mut scene = Scene::new();
    let (ana, ben) = (scene.arrive("ana"), scene.arrive("ben"));
    let offer = Asked::Offer(proto::SessionDescription {
        sdp: "v=0\r\nm=video".to_owned(),
        ..proto::SessionDescription::default()
    });

    let outcome = scene.try_frame(&ana, &super::scene::frame(offer));

    assert!(outcome.is_err());
    assert_eq!(scene.ended, [(ana.clone(), EndReason::Malformed)]);
    assert!(matches!(scene.inbox(&ana)[..], [Message::Leave(_)]));
    assert_eq!(scene.room.identities().collect::<Vec<_>>(), ["ben"]);
    assert_eq!(
        updates(&scene.inbox(&ben))["ana"].state(),
        proto::participant_info::State::Disconnected
    );
}

#[test]
fn the_metadata_of_a_participant_changes_for_everybody() {
    let mut scene = Scene::new();
    let (ana, ben) = (scene.arrive("ana"), scene.arrive("ben"));
    let say = |hand: &str| {
        Asked::UpdateMetadata(proto::UpdateParticipantMetadata {
            attributes: [("hand".to_owned(), hand.to_owned())].into(),
            request_id: 9,
            ..proto::UpdateParticipantMetadata::default()
        })
    };

    scene.ask(&ana, say("up"));

    for one in [&ana, &ben] {
        assert_eq!(updates(&scene.inbox(one))["ana"].attributes["hand"], "up");
    }
    scene.ask(&ana, say(""));
    let inbox = scene.inbox(&ana);
    assert!(updates(&inbox)["ana"].attributes.is_empty());
    assert_eq!(updates(&inbox)["ana"].name, "ANA");
    assert_eq!(refusals(&inbox), [Reason::Ok]);
}

#[test]
fn metadata_is_left_alone_without_the_right_and_beyond_its_size() {
    let mut scene = Scene::new();
    let ana = scene.join_with(
        Grants {
            can_update_metadata: false,
            ..grants("ana")
        },
        params(),
    );
    let ben = scene.join("ben");
    let update = |size: usize| {
        Asked::UpdateMetadata(proto::UpdateParticipantMetadata {
            metadata: "x".repeat(size),
            request_id: 1,
            ..proto::UpdateParticipantMetadata::default()
        })
    };

    scene.ask(&ana, update(1));
    scene.ask(&ben, update(20_000));

    assert_eq!(refusals(&scene.inbox(&ana)), [Reason::NotAllowed]);
    assert_eq!(refusals(&scene.inbox(&ben)), [Reason::LimitExceeded]);
}

#[test]
fn both_kinds_of_ping_are_answered() {
    let mut scene = Scene::new();
    let ana = scene.arrive("ana");

    scene.ask(&ana, Asked::Ping(5));
    scene.ask(
        &ana,
        Asked::PingReq(proto::Ping {
            timestamp: 6,
            rtt: 1,
        }),
    );

    let inbox = scene.inbox(&ana);
    let [Message::Pong(5), Message::PongResp(pong)] = &inbox[..] else {
        panic!("{inbox:?}")
    };
    assert_eq!(
        (pong.last_ping_timestamp, pong.timestamp),
        (6, 1_700_000_000_000)
    );
}

fn answer_in(inbox: &[Message]) -> proto::SessionDescription {
    let answer = inbox.iter().rev().find_map(|message| match message {
        Message::Answer(answer) => Some(answer.clone()),
        _ => None,
    });
    answer.expect("an answer was sent")
}

fn received(commands: &[Command]) -> Vec<ReceiveSpec> {
    let specs = commands.iter().filter_map(|command| match command {
        Command::Publish { receive, .. } => Some(receive.clone()),
        _ => None,
    });
    specs.collect()
}

fn refusals(inbox: &[Message]) -> Vec<Reason> {
    let reasons = inbox.iter().filter_map(|message| match message {
        Message::RequestResponse(response) => Some(response.reason()),
        _ => None,
    });
    reasons.collect()
}
