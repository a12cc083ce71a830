//! How sound is made to survive a bad line: redundancy, requests for lost packets, silence that is
//! not sent.

use bega_media::{Command, Payload};
use livekit_protocol as proto;
use proto::signal_request::Message as Asked;
use proto::signal_response::Message;

use super::scene::{Scene, microphone};
use super::sdp::{self, sections};
use crate::ParticipantSid;

#[test]
fn sound_is_taken_with_redundancy_first_and_lost_packets_are_asked_for() {
    let mut scene = Scene::new();
    let ana = scene.arrive("ana");

    let answer = speak(&mut scene, &ana, microphone("mic"));

    assert!(answer.starts_with("audio 9 UDP/TLS/RTP/SAVPF 63 111\r\n"));
    assert!(answer.contains("a=rtpmap:63 red/48000/2\r\n"));
    assert!(answer.contains("a=fmtp:63 111/111\r\n"));
    assert!(answer.contains("a=rtcp-fb:111 nack\r\n"));
    let taken = received(&scene.commands());
    assert_eq!((taken.payload_type, taken.red), (111, Some(63)));
    assert!(taken.nack);
}

#[test]
fn what_a_publisher_does_not_offer_is_not_asked_of_it() {
    let mut scene = Scene::new();
    let ana = scene.arrive("ana");
    let firefox = sdp::chromium_audio("1", "publ", "mic").replace("SAVPF 111 63", "SAVPF 111");

    let answer = speak_as(&mut scene, &ana, microphone("mic"), &firefox);

    assert!(answer.starts_with("audio 9 UDP/TLS/RTP/SAVPF 111\r\n"));
    assert!(!answer.contains("nack"));
    let taken = received(&scene.commands());
    assert_eq!((taken.red, taken.nack), (None, false));
}

#[test]
fn redundancy_is_left_out_where_the_publisher_says_so() {
    let mut scene = Scene::new();
    let ana = scene.arrive("ana");
    let wanted = proto::AddTrackRequest {
        disable_red: true,
        ..microphone("mic")
    };

    let answer = speak(&mut scene, &ana, wanted);

    assert!(answer.starts_with("audio 9 UDP/TLS/RTP/SAVPF 111\r\n"));
    let offer = heard_by_a_newcomer(&mut scene);
    assert!(offer.starts_with("audio 9 UDP/TLS/RTP/SAVPF 111\r\n"));
}

#[test]
fn encrypted_sound_is_never_taken_apart() {
    let mut scene = Scene::new();
    let ana = scene.arrive("ana");
    let wanted = proto::AddTrackRequest {
        encryption: proto::encryption::Type::Gcm.into(),
        ..microphone("mic")
    };

    let answer = speak(&mut scene, &ana, wanted);

    assert!(answer.starts_with("audio 9 UDP/TLS/RTP/SAVPF 111\r\n"));
    let offer = heard_by_a_newcomer(&mut scene);
    assert!(offer.starts_with("audio 9 UDP/TLS/RTP/SAVPF 111\r\n"));
}

#[test]
fn a_subscriber_takes_redundancy_and_asks_for_lost_sound_where_it_can() {
    let mut scene = Scene::new();
    let ana = scene.arrive("ana");
    speak(&mut scene, &ana, microphone("mic"));

    let taken = subscribed(&mut scene, "ben", |answer| answer);
    assert_eq!((taken.payload_type, taken.red), (111, Some(63)));
    assert!(taken.nack);
    assert_eq!(taken.rtx, None);

    let plain = subscribed(&mut scene, "eva", |answer| {
        answer
            .replace("SAVPF 63 111", "SAVPF 111")
            .replace("a=rtcp-fb:111 nack\r\n", "")
    });
    assert_eq!((plain.payload_type, plain.red), (111, None));
    assert!(!plain.nack);
}

#[test]
fn silence_is_not_sent_unless_it_may_be_music() {
    let mut scene = Scene::new();
    let (ana, ben) = (scene.arrive("ana"), scene.arrive("ben"));
    let music = proto::AddTrackRequest {
        audio_features: vec![proto::AudioTrackFeature::TfNoDtx.into()],
        ..microphone("mic")
    };

    let speech = speak(&mut scene, &ana, microphone("mic"));
    let music = speak(&mut scene, &ben, music);

    assert!(speech.contains("a=fmtp:111 minptime=10;useinbandfec=1;usedtx=1\r\n"));
    assert!(music.contains("a=fmtp:111 minptime=10;useinbandfec=1\r\n"));
}

/// Publishes a microphone as Chromium does, and gives the answer's section.
fn speak(scene: &mut Scene, who: &ParticipantSid, wanted: proto::AddTrackRequest) -> String {
    speak_as(scene, who, wanted, &sdp::chromium_audio("1", "publ", "mic"))
}

fn speak_as(
    scene: &mut Scene,
    who: &ParticipantSid,
    wanted: proto::AddTrackRequest,
    section: &str,
) -> String {
    scene.ask(who, Asked::AddTrack(wanted));
    scene.offer_from(who, 2, &[&sdp::application("0", "publ"), section].concat());
    let answer = scene
        .inbox(who)
        .into_iter()
        .find_map(|message| match message {
            Message::Answer(answer) => Some(answer.sdp),
            _ => None,
        });
    sections(&answer.unwrap())[1].to_owned()
}

/// The section of the first offer to somebody who comes.
fn heard_by_a_newcomer(scene: &mut Scene) -> String {
    let ben = scene.join("ben");
    sections(&scene.offer(&ben).sdp)[1].to_owned()
}

fn subscribed(scene: &mut Scene, who: &str, change: impl Fn(String) -> String) -> Payload {
    let sid = scene.join(who);
    let offer = scene.offer(&sid);
    scene.commands();
    scene.ask(
        &sid,
        Asked::Answer(proto::SessionDescription {
            r#type: "answer".to_owned(),
            sdp: change(sdp::answer(&offer.sdp, "subs")),
            id: offer.id,
            ..proto::SessionDescription::default()
        }),
    );
    let sent = scene
        .commands()
        .into_iter()
        .find_map(|command| match command {
            Command::Subscribe { send, .. } => Some(send.payloads[0]),
            _ => None,
        });
    sent.unwrap()
}

fn received(commands: &[Command]) -> Payload {
    let taken = commands.iter().find_map(|command| match command {
        Command::Publish { receive, .. } => Some(receive.payloads[0]),
        _ => None,
    });
    taken.unwrap()
}
