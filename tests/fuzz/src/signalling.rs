//! The media conversation: frames of clients, and data messages from the media plane.

use std::time::{Duration, Instant};

use bega_media::{Command, Event, PeerId, RoomId};
use bega_negotiation::{
    Browser, Effect, Grants, JoinParams, MediaRoom, ParticipantSid, Reporting, RoomConfig,
};
use bega_transport::{Protocol, sdp::Candidate};
use bytes::Bytes;
use livekit_protocol as proto;
use prost::Message as _;
use proto::{signal_request::Message as Asked, signal_response::Message as Told};
use rand::{SeedableRng as _, rngs::StdRng};

use crate::{epoch, input::Input, pair::identity};

/// Three participants say anything, in any order.
pub(crate) fn frames(bytes: &[u8]) {
    let mut input = Input(bytes);
    let mut scene = Scene::new();
    while !input.is_empty() {
        let who = input.below(PEOPLE.len());
        match input.below(8) {
            0 => scene.say_bytes(who, input.chunk()),
            1 => scene.say(who, Asked::Offer(description("offer", &mut input))),
            2 => scene.answer(who, &mut input),
            3 => scene.say(who, Asked::AddTrack(track(&mut input))),
            4 => scene.ask_for_tracks(who, &mut input),
            5 => scene.tell(who, &mut input),
            6 => scene.come_and_go(who, &mut input),
            _ => scene.pass(Duration::from_millis(100 * u64::from(input.byte()))),
        }
        scene.settle();
    }
}

/// Two participants with data channels, on which one says anything.
pub(crate) fn data_packets(bytes: &[u8]) {
    let mut scene = Scene::new();
    scene.say(0, Asked::Offer(application()));
    scene.settle();
    let Some(peer) = scene.added.last().copied() else {
        return;
    };
    let mut input = Input(bytes);
    let label = if input.flag() { "_reliable" } else { "_lossy" };
    scene
        .room
        .handle_media_event(scene.now, &Event::PeerConnected { peer });
    let message = Event::Message {
        peer,
        label: label.into(),
        payload: Bytes::copy_from_slice(input.rest()),
    };
    scene.room.handle_media_event(scene.now, &message);
    for command in scene.settle() {
        if let Command::SendMessage { payload, .. } = command {
            let packet = proto::DataPacket::decode(payload).expect("we wrote it");
            assert_eq!(packet.participant_identity, PEOPLE[0], "in another's name");
        }
    }
}

/// A room and who is in it.
struct Scene {
    room: MediaRoom,
    now: Instant,
    sids: Vec<Option<ParticipantSid>>,
    /// Transports, in the order they were made.
    added: Vec<PeerId>,
    /// The newest offer to each.
    offers: Vec<Option<proto::SessionDescription>>,
    /// Sids of tracks that were announced.
    tracks: Vec<String>,
}

impl Scene {
    fn new() -> Self {
        let now = epoch();
        let config = RoomConfig {
            name: "interview".into(),
            room: RoomId(7),
            candidates: vec![Candidate {
                address: ([192, 0, 2, 1], 7882).into(),
                protocol: Protocol::Udp,
            }],
            turn: None,
            fingerprint: *identity().fingerprint(),
            metadata: String::new(),
            created: now,
            created_unix_ms: 1_700_000_000_000,
            reporting: Reporting::On,
        };
        let mut scene = Self {
            room: MediaRoom::new(config, Box::new(StdRng::seed_from_u64(1))),
            now,
            sids: vec![None; PEOPLE.len()],
            added: Vec::new(),
            offers: vec![None; PEOPLE.len()],
            tracks: Vec::new(),
        };
        for who in 0..PEOPLE.len() {
            scene.join(who);
        }
        scene.settle();
        scene
    }

    fn join(&mut self, who: usize) {
        let grants = Grants {
            identity: PEOPLE[who].into(),
            name: "Somebody".into(),
            can_publish: true,
            can_subscribe: true,
            can_publish_data: true,
            can_update_metadata: true,
            hidden: who == 2,
            ..Grants::default()
        };
        let params = JoinParams {
            protocol: 16,
            auto_subscribe: true,
            adaptive_stream: who == 1,
            browser: if who == 1 {
                Browser::Firefox
            } else {
                Browser::Other
            },
        };
        self.sids[who] = self.room.handle_join(self.now, grants, params).ok();
    }

    fn say(&mut self, who: usize, asked: Asked) {
        let request = proto::SignalRequest {
            message: Some(asked),
        };
        self.say_bytes(who, &request.encode_to_vec());
    }

    fn say_bytes(&mut self, who: usize, frame: &[u8]) {
        if let Some(sid) = self.sids[who].clone() {
            // One that cannot be read ends its sender's presence; the others stay.
            let others = self.room.identities().count();
            if self.room.handle_frame(self.now, &sid, frame).is_err() {
                assert!(self.room.identities().count() + 1 >= others);
            }
        }
    }

    fn answer(&mut self, who: usize, input: &mut Input<'_>) {
        let Some(offer) = self.offers[who].clone() else {
            return;
        };
        // As a client would, word by word, and then with some of its own.
        let mut sdp = offer.sdp.replace("a=sendonly", "a=recvonly");
        sdp = sdp.replace("a=setup:actpass", "a=setup:active");
        if input.flag() {
            sdp.push_str(&String::from_utf8_lossy(input.chunk()));
        }
        let answer = proto::SessionDescription {
            r#type: "answer".into(),
            sdp,
            id: offer.id.wrapping_add(u32::from(input.byte() / 128)),
            ..proto::SessionDescription::default()
        };
        self.say(who, Asked::Answer(answer));
    }

    fn track(&self, input: &mut Input<'_>) -> String {
        let which = usize::from(input.byte());
        let track = self.tracks.get(which % self.tracks.len().max(1));
        track.cloned().unwrap_or_default()
    }

    fn ask_for_tracks(&mut self, who: usize, input: &mut Input<'_>) {
        let track = self.track(input);
        if input.flag() {
            self.say(
                who,
                Asked::Subscription(proto::UpdateSubscription {
                    track_sids: vec![track],
                    subscribe: input.flag(),
                    ..proto::UpdateSubscription::default()
                }),
            );
        } else {
            self.say(
                who,
                Asked::TrackSetting(proto::UpdateTrackSettings {
                    track_sids: vec![track],
                    disabled: input.flag(),
                    quality: i32::from(input.byte()),
                    width: u32::from(input.word()),
                    height: u32::from(input.word()),
                    ..proto::UpdateTrackSettings::default()
                }),
            );
        }
    }

    /// Something happens on the media plane.
    fn tell(&mut self, who: usize, input: &mut Input<'_>) {
        let which = usize::from(input.byte());
        let Some(&peer) = self.added.get(which % self.added.len().max(1)) else {
            return;
        };
        match input.below(3) {
            0 => self
                .room
                .handle_media_event(self.now, &Event::PeerConnected { peer }),
            1 => {
                let payload = Bytes::copy_from_slice(input.chunk());
                let label = "_reliable".into();
                let message = Event::Message {
                    peer,
                    label,
                    payload,
                };
                self.room.handle_media_event(self.now, &message);
            }
            _ => {
                let track = self.track(input);
                let muted = input.flag();
                self.say(
                    who,
                    Asked::Mute(proto::MuteTrackRequest { sid: track, muted }),
                );
            }
        }
    }

    fn come_and_go(&mut self, who: usize, input: &mut Input<'_>) {
        match (input.below(4), self.sids[who].clone()) {
            (0, Some(sid)) => self.room.handle_socket_lost(self.now, &sid),
            (1, Some(sid)) => {
                // The presence may have ended meanwhile.
                let _ = self.room.handle_resume(self.now, &sid, PEOPLE[who]);
            }
            (2, _) => {
                self.room
                    .set_policy(PEOPLE[who], PEOPLE[input.below(PEOPLE.len())], input.flag());
            }
            _ => self.join(who),
        }
    }

    fn pass(&mut self, time: Duration) {
        self.now += time;
        if self.room.poll_timeout().is_some_and(|at| at <= self.now) {
            self.room.handle_timeout(self.now);
        }
    }

    /// Carries the effects out as far as this scene does; the commands are handed back.
    fn settle(&mut self) -> Vec<Command> {
        let mut commands = Vec::new();
        while let Some(effect) = self.room.poll_effect() {
            match effect {
                Effect::Send { to, frame } => self.hear(&to, &frame),
                Effect::Media(command) => {
                    if let Command::AddPeer { peer, .. } = &command {
                        self.added.push(*peer);
                    }
                    commands.push(command);
                }
                Effect::Disconnect { .. } | Effect::WantToken { .. } | Effect::Report(_) => {}
            }
        }
        commands
    }

    fn hear(&mut self, to: &ParticipantSid, frame: &[u8]) {
        let response = proto::SignalResponse::decode(frame).expect("we wrote it");
        let who = self.sids.iter().position(|sid| sid.as_ref() == Some(to));
        match response.message {
            Some(Told::Offer(offer)) => {
                if let Some(who) = who {
                    self.offers[who] = Some(offer);
                }
            }
            Some(Told::TrackPublished(published)) => {
                self.tracks.extend(published.track.map(|track| track.sid));
            }
            _ => {}
        }
    }
}

/// A description whose sections are real ones or any text.
fn description(kind: &str, input: &mut Input<'_>) -> proto::SessionDescription {
    let mut sdp = String::from("v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n");
    sdp.push_str(TRANSPORT);
    for section in 0..input.below(8) {
        let text = match input.below(5) {
            0 => format!("m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\na=mid:{section}\r\n"),
            1 => format!("{AUDIO}a=mid:{section}\r\na=msid:- mic\r\n"),
            2 => format!("{VIDEO}a=mid:{section}\r\na=msid:- cam\r\n"),
            3 => format!("{AUDIO}a=mid:{section}\r\na=inactive\r\n"),
            _ => String::from_utf8_lossy(input.chunk()).into_owned(),
        };
        sdp.push_str(&text);
    }
    proto::SessionDescription {
        r#type: kind.into(),
        sdp,
        id: u32::from(input.byte()),
        ..proto::SessionDescription::default()
    }
}

fn application() -> proto::SessionDescription {
    description("offer", &mut Input(&[1, 0, 1]))
}

fn track(input: &mut Input<'_>) -> proto::AddTrackRequest {
    let is_video = input.flag();
    let kind = if is_video {
        proto::TrackType::Video
    } else {
        proto::TrackType::Audio
    };
    proto::AddTrackRequest {
        cid: if input.flag() { "mic" } else { "cam" }.into(),
        name: String::from_utf8_lossy(input.chunk()).into_owned(),
        r#type: kind.into(),
        source: i32::from(input.byte() % 6),
        muted: input.flag(),
        layers: (0..input.byte() % 20)
            .map(|quality| proto::VideoLayer {
                quality: i32::from(quality),
                width: u32::from(input.word()),
                height: u32::from(input.word()),
                ..proto::VideoLayer::default()
            })
            .collect(),
        ..proto::AddTrackRequest::default()
    }
}

const PEOPLE: [&str; 3] = ["officer", "interpreter", "observer"];

const TRANSPORT: &str = "\
a=ice-ufrag:abcd\r\n\
a=ice-pwd:0123456789abcdef01234567\r\n\
a=fingerprint:sha-256 11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF:00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF:00\r\n\
a=setup:actpass\r\n";

const AUDIO: &str = "\
m=audio 9 UDP/TLS/RTP/SAVPF 111 63\r\n\
a=sendonly\r\n\
a=rtpmap:111 opus/48000/2\r\n\
a=rtcp-fb:111 transport-cc\r\n\
a=rtpmap:63 red/48000/2\r\n\
a=fmtp:63 111/111\r\n\
a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid\r\n\
a=ssrc:1001 cname:x\r\n";

const VIDEO: &str = "\
m=video 9 UDP/TLS/RTP/SAVPF 96 97\r\n\
a=sendonly\r\n\
a=rtpmap:96 VP8/90000\r\n\
a=rtcp-fb:96 nack pli\r\n\
a=rtpmap:97 rtx/90000\r\n\
a=fmtp:97 apt=96\r\n\
a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid\r\n\
a=extmap:10 urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id\r\n\
a=rid:q send\r\n\
a=rid:h send\r\n\
a=simulcast:send q;h\r\n";
