//! A room with clients at hand: they send real messages and what they are sent is sorted for them.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::time::{Duration, Instant};

use bega_media::{Command, Event, PeerId, RoomId};
use bega_transport::{Protocol, sdp::Candidate};
use livekit_protocol as proto;
use prost::Message as _;
use proto::signal_request::Message as Asked;
use proto::signal_response::Message;
use rand::SeedableRng;
use rand::rngs::StdRng;

use super::sdp;
use crate::{
    Browser, Effect, EndReason, FrameError, Grants, JoinParams, MediaRoom, ParticipantSid, Report,
    Reporting, RoomConfig, Turn,
};

pub(super) struct Scene {
    pub(super) room: MediaRoom,
    pub(super) now: Instant,
    pub(super) commands: Vec<Command>,
    pub(super) reports: Vec<Report>,
    pub(super) ended: Vec<(ParticipantSid, EndReason)>,
    pub(super) tokens_wanted: Vec<String>,
    /// The newest offer to each, as text.
    pub(super) newest_offer: HashMap<ParticipantSid, String>,
    inboxes: HashMap<ParticipantSid, VecDeque<Message>>,
}

impl Scene {
    pub(super) fn new() -> Self {
        #[expect(clippy::disallowed_methods, reason = "any instant will do")]
        let now = Instant::now();
        let config = RoomConfig {
            name: "interview".to_owned(),
            room: RoomId(7),
            candidates: vec![Candidate {
                address: "192.0.2.1:7882".parse().unwrap(),
                protocol: Protocol::Udp,
            }],
            turn: Some(Turn::new(vec!["turns:relay.example".into()], "secret")),
            fingerprint: [["AB"; 32].join(":")].concat().parse().unwrap(),
            metadata: String::new(),
            created: now,
            created_unix_ms: 1_700_000_000_000,
            reporting: Reporting::On,
        };
        Self {
            room: MediaRoom::new(config, Box::new(StdRng::seed_from_u64(1))),
            now,
            commands: Vec::new(),
            reports: Vec::new(),
            ended: Vec::new(),
            tokens_wanted: Vec::new(),
            newest_offer: HashMap::new(),
            inboxes: HashMap::new(),
        }
    }

    pub(super) fn join(&mut self, identity: &str) -> ParticipantSid {
        self.join_with(grants(identity), params())
    }

    pub(super) fn join_with(&mut self, grants: Grants, params: JoinParams) -> ParticipantSid {
        let sid = self.room.handle_join(self.now, grants, params).unwrap();
        self.collect();
        sid
    }

    pub(super) fn ask(&mut self, from: &ParticipantSid, asked: Asked) {
        self.try_frame(from, &frame(asked)).unwrap();
    }

    pub(super) fn try_frame(
        &mut self,
        from: &ParticipantSid,
        frame: &[u8],
    ) -> Result<(), FrameError> {
        let outcome = self.room.handle_frame(self.now, from, frame);
        self.collect();
        outcome
    }

    pub(super) fn event(&mut self, event: &Event) {
        self.room.handle_media_event(self.now, event);
        self.collect();
    }

    pub(super) fn pass(&mut self, duration: Duration) {
        let until = self.now + duration;
        while let Some(due) = self.room.poll_timeout().filter(|&due| due <= until) {
            // What is overdue happens now.
            self.now = self.now.max(due);
            self.room.handle_timeout(self.now);
            self.collect();
            if self.room.is_over(due) {
                break;
            }
        }
        self.now = until;
    }

    /// Takes what the room wants done to where a test can see it.
    pub(super) fn collect(&mut self) {
        while let Some(effect) = self.room.poll_effect() {
            match effect {
                Effect::Send { to, frame } => {
                    let message = proto::SignalResponse::decode(&frame[..])
                        .unwrap()
                        .message
                        .unwrap();
                    if let Message::Offer(offer) = &message {
                        self.newest_offer.insert(to.clone(), offer.sdp.clone());
                    }
                    self.inboxes.entry(to).or_default().push_back(message);
                }
                Effect::Disconnect { to, why } => {
                    self.ended.push((to, why));
                }
                Effect::WantToken { identity, .. } => self.tokens_wanted.push(identity),
                Effect::Media(command) => self.commands.push(command),
                Effect::Report(report) => self.reports.push(report),
            }
        }
    }

    /// Lets go of everything that was seen.
    pub(super) fn forget(&mut self) {
        self.inboxes.clear();
        self.newest_offer.clear();
        self.commands.clear();
        self.reports.clear();
        self.ended.clear();
    }

    pub(super) fn inbox(&mut self, of: &ParticipantSid) -> Vec<Message> {
        self.inboxes.remove(of).unwrap_or_default().into()
    }

    pub(super) fn commands(&mut self) -> Vec<Command> {
        std::mem::take(&mut self.commands)
    }

    /// The newest offer to a participant, out of its inbox.
    pub(super) fn offer(&mut self, to: &ParticipantSid) -> proto::SessionDescription {
        let mut offers = self
            .inbox(to)
            .into_iter()
            .filter_map(|message| match message {
                Message::Offer(offer) => Some(offer),
                _ => None,
            });
        offers.next_back().expect("an offer was sent")
    }

    pub(super) fn answer(&mut self, from: &ParticipantSid, offer: &proto::SessionDescription) {
        self.answer_with(from, offer, sdp::answer(&offer.sdp, "subs"));
    }

    pub(super) fn answer_with(
        &mut self,
        from: &ParticipantSid,
        offer: &proto::SessionDescription,
        sdp: String,
    ) {
        self.ask(
            from,
            Asked::Answer(proto::SessionDescription {
                r#type: "answer".to_owned(),
                sdp,
                id: offer.id,
                ..proto::SessionDescription::default()
            }),
        );
    }

    /// Reads and answers what it was offered.
    pub(super) fn accept(&mut self, who: &ParticipantSid) {
        let offer = self.offer(who);
        self.answer(who, &offer);
    }

    /// Joins, connects both transports and reads all its mail.
    pub(super) fn arrive(&mut self, identity: &str) -> ParticipantSid {
        let sid = self.join(identity);
        let offer = self.offer(&sid);
        self.offer_from(&sid, 1, &sdp::application("0", "publ"));
        self.answer(&sid, &offer);
        for peer in self.peers_added() {
            self.event(&Event::PeerConnected { peer });
        }
        self.inboxes.clear();
        self.commands.clear();
        sid
    }

    pub(super) fn offer_from(&mut self, from: &ParticipantSid, id: u32, sections: &str) {
        self.ask(
            from,
            Asked::Offer(proto::SessionDescription {
                r#type: "offer".to_owned(),
                sdp: format!("{}{sections}", sdp::LIBWEBRTC),
                id,
                ..proto::SessionDescription::default()
            }),
        );
    }

    /// Publishes a microphone and a camera with three layers, after the data channels.
    pub(super) fn publish(&mut self, who: &ParticipantSid) {
        self.ask(who, Asked::AddTrack(microphone("mic")));
        self.ask(who, Asked::AddTrack(camera("cam")));
        self.offer_from(who, 2, &published("publ", "sendonly"));
    }

    /// Transports made since the commands were last taken, newest last.
    pub(super) fn peers_added(&self) -> Vec<PeerId> {
        let added = self.commands.iter().filter_map(|command| match command {
            Command::AddPeer { peer, .. } => Some(*peer),
            _ => None,
        });
        added.collect()
    }

    pub(super) fn subscriber_peer(&self, of: &ParticipantSid) -> PeerId {
        self.room.participants[of].subscriber.peer
    }

    pub(super) fn publisher_peer(&self, of: &ParticipantSid) -> PeerId {
        self.room.participants[of].publisher.peer().unwrap()
    }

    /// The sid of a published track by its name.
    pub(super) fn track(&self, of: &ParticipantSid, name: &str) -> String {
        let tracks = &self.room.participants[of].tracks;
        tracks
            .iter()
            .find(|track| track.info.name == name)
            .unwrap()
            .info
            .sid
            .clone()
    }
}

pub(super) fn frame(asked: Asked) -> Vec<u8> {
    proto::SignalRequest {
        message: Some(asked),
    }
    .encode_to_vec()
}

pub(super) fn grants(identity: &str) -> Grants {
    Grants {
        identity: identity.to_owned(),
        name: identity.to_uppercase(),
        metadata: String::new(),
        attributes: BTreeMap::new(),
        can_publish: true,
        can_subscribe: true,
        can_publish_data: true,
        can_publish_sources: Vec::new(),
        can_update_metadata: true,
        hidden: false,
        expires: None,
    }
}

pub(super) fn params() -> JoinParams {
    JoinParams {
        protocol: 16,
        auto_subscribe: true,
        adaptive_stream: false,
        browser: Browser::Other,
    }
}

pub(super) fn microphone(cid: &str) -> proto::AddTrackRequest {
    proto::AddTrackRequest {
        cid: cid.to_owned(),
        name: "mic".to_owned(),
        r#type: proto::TrackType::Audio.into(),
        source: proto::TrackSource::Microphone.into(),
        ..proto::AddTrackRequest::default()
    }
}

pub(super) fn camera(cid: &str) -> proto::AddTrackRequest {
    let layer = |quality: proto::VideoQuality, width, height| proto::VideoLayer {
        quality: quality.into(),
        width,
        height,
        ..proto::VideoLayer::default()
    };
    proto::AddTrackRequest {
        cid: cid.to_owned(),
        name: "cam".to_owned(),
        r#type: proto::TrackType::Video.into(),
        source: proto::TrackSource::Camera.into(),
        width: 1280,
        height: 720,
        layers: vec![
            layer(proto::VideoQuality::Low, 320, 180),
            layer(proto::VideoQuality::Medium, 640, 360),
            layer(proto::VideoQuality::High, 1280, 720),
        ],
        ..proto::AddTrackRequest::default()
    }
}

/// The sections of an offer with data channels, a microphone `mic` and a camera `cam`.
pub(super) fn published(ufrag: &str, camera: &str) -> String {
    [
        sdp::application("0", ufrag),
        sdp::chromium_audio("1", ufrag, "mic"),
        sdp::chromium_camera("2", ufrag, "cam", camera),
    ]
    .concat()
}

/// What the newest update says of each participant, by identity.
pub(super) fn updates(messages: &[Message]) -> BTreeMap<String, proto::ParticipantInfo> {
    messages
        .iter()
        .filter_map(|message| match message {
            Message::Update(update) => Some(&update.participants),
            _ => None,
        })
        .flatten()
        .map(|info| (info.identity.clone(), info.clone()))
        .collect()
}
