//! The room: who is in it, and the way of every input to the code that knows it.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::time::Instant;

use bega_media::{CloseReason, Command, Event, PeerId, RoomId};
use bega_transport::{Fingerprint, sdp::Candidate};
use livekit_protocol as proto;
use prost::Message as _;
use proto::request_response::{Reason, Request};
use proto::signal_request::Message as Asked;
use proto::signal_response::Message;
use rand::RngCore;

use crate::data::Recent;
use crate::ids::Ids;
use crate::lifetime::Lifetime;
use crate::participant::{Participant, Presence, Socket};
use crate::report::{Happening, Report, Reporting};
use crate::speakers::Levels;
use crate::subscription::Unsettled;
use crate::{EndReason, ParticipantSid, Turn};

/// The media conversation of one room.
pub struct MediaRoom {
    pub(crate) config: RoomConfig,
    pub(crate) sid: String,
    pub(crate) ids: Ids,
    pub(crate) participants: BTreeMap<ParticipantSid, Participant>,
    /// Decisions from outside: by the subscriber's identity, then the publisher's. What is not here
    /// is allowed.
    pub(crate) policy: HashMap<String, HashMap<String, bool>>,
    pub(crate) quality_due: Option<Instant>,
    /// Who speaks, and how loud.
    pub(crate) speakers: Levels,
    /// What subscribers need may be something else than publishers were told.
    pub(crate) has_new_demand: bool,
    /// Reliable messages for those who may have missed them.
    pub(crate) recent: Recent,
    pub(crate) lifetime: Lifetime,
    /// How many may be in at once; 0 means any number.
    pub(crate) most_participants: u32,
    /// Who may be receiving something else than it should.
    pub(crate) unsettled: Unsettled,
    pub(crate) effects: VecDeque<Effect>,
}

/// What a room needs to know.
#[derive(Clone, Debug)]
pub struct RoomConfig {
    /// Its name in tokens.
    pub name: String,
    /// Its number on the media plane, less than 2³².
    pub room: RoomId,
    /// Where its media worker listens.
    pub candidates: Vec<Candidate>,
    /// Relays for those who reach us in no other way.
    pub turn: Option<Turn>,
    /// Of our certificate.
    pub fingerprint: Fingerprint,
    /// Shown to clients.
    pub metadata: String,
    /// When it was opened.
    pub created: Instant,
    /// The same instant in Unix time, in milliseconds.
    pub created_unix_ms: i64,
    /// Whether anybody wants to hear what happens.
    pub reporting: Reporting,
}

/// What must happen now.
#[derive(Clone, Debug)]
pub enum Effect {
    /// Send a binary frame on a participant's socket.
    Send {
        /// Whose.
        to: ParticipantSid,
        /// What.
        frame: Vec<u8>,
    },
    /// Close a participant's socket after what was sent before: its presence has ended.
    Disconnect {
        /// Whose.
        to: ParticipantSid,
        /// Why.
        why: EndReason,
    },
    /// Make a new token and give it to [`MediaRoom::refresh_token`].
    WantToken {
        /// For whose socket.
        of: ParticipantSid,
        /// For whom.
        identity: String,
    },
    /// Tell the media plane.
    Media(Command),
    /// Tell those outside who want to hear of it.
    Report(Report),
}

/// What a client sent cannot be read; its presence has ended.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FrameError {
    /// It is not a protobuf message of this protocol.
    #[error("malformed message: {0}")]
    Protobuf(#[from] prost::DecodeError),
    /// The session description is malformed or lacks what every one has.
    #[error("malformed session description: {0}")]
    Sdp(#[from] bega_transport::sdp::SdpError),
    /// An answer that does not fit the offer.
    #[error("the answer has {got} media sections, the offer {offered}")]
    Sections {
        /// In the answer.
        got: usize,
        /// In the offer.
        offered: usize,
    },
}

impl MediaRoom {
    /// An empty room. All its names, SSRCs and passwords come from `rng`.
    pub fn new(config: RoomConfig, rng: Box<dyn RngCore + Send>) -> Self {
        let mut ids = Ids::new(config.room, rng);
        let mut room = Self {
            sid: ids.sid("RM_"),
            ids,
            config,
            participants: BTreeMap::new(),
            policy: HashMap::new(),
            quality_due: None,
            speakers: Levels::new(),
            has_new_demand: false,
            recent: Recent::default(),
            lifetime: Lifetime::default(),
            most_participants: 0,
            unsettled: Unsettled::Nobody,
            effects: VecDeque::new(),
        };
        room.report(&Happening::RoomStarted);
        room
    }

    /// Whether nobody is here.
    pub fn is_empty(&self) -> bool {
        self.participants.is_empty()
    }

    /// The identities of those who are here.
    pub fn identities(&self) -> impl Iterator<Item = &str> {
        self.participants
            .values()
            .map(|one| one.grants.identity.as_str())
    }

    /// The next thing to do, in order.
    pub fn poll_effect(&mut self) -> Option<Effect> {
        self.effects.pop_front()
    }

    /// A frame came from a client. On an error its presence has ended.
    pub fn handle_frame(
        &mut self,
        now: Instant,
        from: &ParticipantSid,
        frame: &[u8],
    ) -> Result<(), FrameError> {
        let outcome = match proto::SignalRequest::decode(frame) {
            Ok(request) => self.handle_request(now, from, request),
            Err(error) => Err(error.into()),
        };
        if outcome.is_err() {
            self.end(from, EndReason::Malformed);
        }
        self.settle();
        outcome
    }

    /// Something happened on the media plane.
    pub fn handle_media_event(&mut self, now: Instant, event: &Event) {
        match event {
            Event::PeerConnected { peer } => self.handle_connected(now, *peer),
            Event::PeerClosed { peer, reason } => self.handle_closed(*peer, *reason),
            Event::PublicationStarted { publication, codec } => {
                let owner = self.participants.values_mut().find_map(|one| {
                    let track = one
                        .tracks
                        .iter_mut()
                        .find(|t| t.publication == *publication)?;
                    track.set_codec(*codec).then(|| one.sid.clone())
                });
                if let Some(sid) = owner {
                    self.announce(&sid);
                }
            }
            Event::Message {
                peer,
                label,
                payload,
            } => self.handle_message(*peer, label, payload),
            Event::SpeakersChanged { speakers, .. } => self.handle_speakers(speakers),
            Event::Statistics {
                peer,
                received,
                sent,
            } => self.handle_statistics(*peer, received, sent),
            Event::StreamState {
                peer,
                publication,
                state,
            } => self.handle_stream_state(*peer, *publication, *state),
            Event::PathChanged { .. } => {}
        }
        self.settle();
    }

    /// Whether `subscriber` may receive what `publisher` publishes, both by identity. Without a
    /// decision: yes, as far as its grants go.
    pub fn set_policy(&mut self, subscriber: &str, publisher: &str, allowed: bool) {
        self.policy
            .entry(subscriber.to_owned())
            .or_default()
            .insert(publisher.to_owned(), allowed);
        if let Some(sid) = self.sid_of(subscriber) {
            self.unsettled.add(&sid);
            self.settle();
            self.tell_speakers_to(&sid);
        }
    }

    fn handle_request(
        &mut self,
        now: Instant,
        from: &ParticipantSid,
        request: proto::SignalRequest,
    ) -> Result<(), FrameError> {
        let Some(asked) = request.message else {
            return Ok(());
        };
        if !self.participants.contains_key(from) {
            return Ok(());
        }
        match asked {
            Asked::Offer(offer) => self.handle_offer(from, &offer)?,
            Asked::Answer(answer) => self.handle_answer(from, &answer)?,
            Asked::AddTrack(wanted) => self.handle_add_track(from, wanted),
            Asked::Mute(mute) => self.handle_mute(from, &mute),
            Asked::Subscription(wanted) => self.handle_subscription(from, &wanted),
            Asked::TrackSetting(settings) => self.handle_settings(from, &settings),
            Asked::UpdateMetadata(wanted) => self.handle_metadata(from, wanted),
            Asked::SyncState(state) => self.handle_sync_state(from, state),
            Asked::SubscriptionPermission(wanted) => self.handle_permission(from, wanted),
            Asked::UpdateAudioTrack(update) => self.handle_audio_track(from, update),
            Asked::UpdateVideoTrack(update) => self.handle_video_track(from, &update),
            Asked::Leave(_) => self.end(from, EndReason::Left),
            Asked::Ping(sent) => self.send(from, Message::Pong(sent)),
            Asked::PingReq(ping) => self.send(
                from,
                Message::PongResp(proto::Pong {
                    last_ping_timestamp: ping.timestamp,
                    timestamp: self.unix_ms(now),
                }),
            ),
            // We never check a client's addresses: ours are in the description, it checks them.
            // What else there is has no meaning here, and newer clients may say more.
            _ => {}
        }
        Ok(())
    }

    fn handle_connected(&mut self, now: Instant, peer: PeerId) {
        let Some(participant) = self.by_peer(peer) else {
            return;
        };
        if participant.presence == Presence::Joined {
            participant.presence = Presence::Active;
            participant.has_been_active = true;
            let sid = participant.sid.clone();
            let info = participant.info();
            self.announce(&sid);
            self.report(&Happening::ParticipantJoined(&info));
            self.start_quality_reports(now);
        }
    }

    fn handle_closed(&mut self, peer: PeerId, reason: CloseReason) {
        let Some(participant) = self.by_peer(peer) else {
            return;
        };
        let sid = participant.sid.clone();
        match (reason, participant.socket) {
            // The client is about to say more: a goodbye or a new join.
            (CloseReason::ClosedByPeer, Socket::Open) => participant.presence = Presence::Broken,
            (CloseReason::ClosedByPeer, Socket::Lost(_)) => self.end(&sid, EndReason::Left),
            (
                CloseReason::ConsentLost
                | CloseReason::HandshakeFailed
                | CloseReason::FingerprintMismatch
                | CloseReason::Panic,
                _,
            ) => self.end(&sid, EndReason::TransportLost),
        }
    }
}

/// What all parts of the conversation use.
impl MediaRoom {
    pub(crate) fn sid_of(&self, identity: &str) -> Option<ParticipantSid> {
        self.participants
            .values()
            .find(|one| one.grants.identity == identity)
            .map(|one| one.sid.clone())
    }

    pub(crate) fn by_peer(&mut self, peer: PeerId) -> Option<&mut Participant> {
        self.participants
            .values_mut()
            .find(|one| one.has_peer(peer))
    }

    pub(crate) fn command(&mut self, command: Command) {
        self.effects.push_back(Effect::Media(command));
    }

    pub(crate) fn command_all(&mut self, commands: impl IntoIterator<Item = Command>) {
        self.effects.extend(commands.into_iter().map(Effect::Media));
    }

    /// Sends to one who is here. A lost socket misses it: a resume tells everything anew.
    pub(crate) fn send(&mut self, to: &ParticipantSid, message: Message) {
        if let Some(participant) = self.participants.get(to) {
            let effect = effect(participant, message);
            self.effects.extend(effect);
        }
    }

    /// Sends to one who is not in the room yet, or no longer.
    pub(crate) fn send_to(&mut self, participant: &Participant, message: Message) {
        self.effects.extend(effect(participant, message));
    }

    pub(crate) fn broadcast(&mut self, message: &Message) {
        let frame = encode(message.clone());
        let open = self
            .participants
            .values()
            .filter(|one| one.socket == Socket::Open);
        self.effects.extend(open.map(|one| Effect::Send {
            to: one.sid.clone(),
            frame: frame.clone(),
        }));
    }

    /// Tells everybody, the participant included, how it is now.
    pub(crate) fn announce(&mut self, sid: &ParticipantSid) {
        let Some(participant) = self.participants.get_mut(sid) else {
            return;
        };
        participant.version += 1;
        let update = Message::Update(proto::ParticipantUpdate {
            participants: vec![participant.info()],
        });
        if participant.grants.hidden {
            self.send(sid, update);
        } else {
            self.broadcast(&update);
        }
    }

    pub(crate) fn respond(
        &mut self,
        to: &ParticipantSid,
        request_id: u32,
        reason: Reason,
        request: Request,
    ) {
        self.send(
            to,
            Message::RequestResponse(proto::RequestResponse {
                request_id,
                reason: reason.into(),
                message: reason.as_str_name().to_lowercase(),
                request: Some(request),
            }),
        );
    }

    pub(crate) fn room_info(&self) -> proto::Room {
        proto::Room {
            sid: self.sid.clone(),
            name: self.config.name.clone(),
            creation_time: self.config.created_unix_ms / 1000,
            creation_time_ms: self.config.created_unix_ms,
            metadata: self.config.metadata.clone(),
            num_participants: self.participants.len() as u32,
            num_publishers: self
                .participants
                .values()
                .filter(|one| one.published().next().is_some())
                .count() as u32,
            max_participants: self.most_participants,
            empty_timeout: self.lifetime.unused.as_secs() as u32,
            departure_timeout: self.lifetime.left.as_secs() as u32,
            ..proto::Room::default()
        }
    }

    /// The relays a participant may use, with fresh credentials.
    pub(crate) fn ice_servers(&self, now: Instant, sid: &ParticipantSid) -> Vec<proto::IceServer> {
        let turn = self.config.turn.as_ref();
        turn.map(|turn| turn.server(self.unix_ms(now), sid.as_str()))
            .into_iter()
            .collect()
    }

    pub(crate) fn unix_ms(&self, now: Instant) -> i64 {
        let age = now.saturating_duration_since(self.config.created);
        self.config.created_unix_ms + i64::try_from(age.as_millis()).unwrap_or(i64::MAX / 2)
    }

    pub(crate) fn is_allowed(&self, subscriber: &str, publisher: &str) -> bool {
        let decided = self.policy.get(subscriber).and_then(|of| of.get(publisher));
        decided.copied().unwrap_or(true)
    }
}

fn effect(to: &Participant, message: Message) -> Option<Effect> {
    (to.socket == Socket::Open).then(|| Effect::Send {
        to: to.sid.clone(),
        frame: encode(message),
    })
}

fn encode(message: Message) -> Vec<u8> {
    proto::SignalResponse {
        message: Some(message),
    }
    .encode_to_vec()
}
