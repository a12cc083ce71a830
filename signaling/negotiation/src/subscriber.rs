//! What a participant receives: our offers, its answers, and the sections between the two.
//!
//! ```text
//!            offered            answered
//!    New ──────────> Offered ───────────> Live          Subscribe, SetPolicy, SetLayer
//!     │                 └─────┬────────────┘
//!     v                       v          offered, answered
//!    Free <─────────────── Released ───────────────────> Free: another track may take its place
//! ```
//!
//! One offer is on its way at a time: what changes meanwhile goes into the next. A section whose
//! track is gone is stopped, and taken again under a new MID once the client has agreed. It is not
//! merely set inactive: a browser keeps the track's id with the section, and clients go by that id.

use std::collections::HashMap;

use bega_media::{
    ChannelSpec, Command, Depth, Kind, PeerId, Priority, PublicationId, RoomId, SendSpec,
};
use bega_transport::sdp::{
    self, Candidate, Local, Msid, Offer, OfferSection, SectionKind, SessionDescription, Setup,
};
use bega_transport::{Fingerprint, IceCredentials};
use livekit_protocol as proto;

use crate::codecs::{self, Format};
use crate::data::{LOSSY, RELIABLE};
use crate::ids::Ids;
use crate::layers::Wish;
use crate::publisher::Remote;
use crate::room::{FrameError, MediaRoom};
use crate::subscription::{Published, first_wish};
use crate::{Browser, JoinParams, ParticipantSid};

/// The transport of what a participant receives.
pub(crate) struct Subscriber {
    pub(crate) peer: PeerId,
    pub(crate) auto_subscribe: bool,
    /// What the client asked for by track, against what is so without asking.
    pub(crate) wanted: HashMap<String, bool>,
    /// How large it wants a track.
    pub(crate) wishes: HashMap<String, Wish>,
    /// How important it is to it, 1 the most.
    pub(crate) ranks: HashMap<String, u32>,
    adaptive_stream: bool,
    local: IceCredentials,
    remote: Option<Remote>,
    session_id: u64,
    /// Of the newest offer; its answer carries it too.
    offer_id: u32,
    exchange: Exchange,
    /// After the one for data channels, which is always there and always first.
    slots: Vec<Slot>,
    /// How many of them the newest offer had.
    offered: usize,
    next_mid: u32,
}

/// How far the newest offer is behind.
#[derive(Clone, Copy, Eq, PartialEq)]
enum Exchange {
    /// It holds everything and is answered.
    Done,
    /// An offer is due.
    Due,
    /// It holds everything; its answer is missing.
    InFlight,
    /// Its answer is missing, and then the next is due.
    InFlightThenDue,
}

impl Exchange {
    fn changed(self) -> Self {
        match self {
            Self::Done | Self::Due => Self::Due,
            Self::InFlight | Self::InFlightThenDue => Self::InFlightThenDue,
        }
    }

    fn answered(self) -> Self {
        match self {
            Self::Done | Self::InFlight => Self::Done,
            Self::Due | Self::InFlightThenDue => Self::Due,
        }
    }

    fn is_in_flight(self) -> bool {
        matches!(self, Self::InFlight | Self::InFlightThenDue)
    }
}

/// A place in the description: they are never taken away, only used again.
struct Slot {
    kind: Kind,
    mid: String,
    state: State,
}

enum State {
    /// May carry another track, under a new MID.
    Free,
    /// Carries a track.
    Taken {
        subscription: Box<Subscription>,
        stage: Stage,
    },
    /// Its track is gone, which the client has to hear of and agree to.
    Released { is_offered: bool },
}

#[derive(Clone, Copy, Eq, PartialEq)]
enum Stage {
    /// The client does not know of it.
    New,
    /// The client was told.
    Offered,
    /// Packets flow.
    Live,
    /// The client cannot receive any of the codecs.
    Refused,
}

struct Subscription {
    track: String,
    publication: PublicationId,
    msid: Msid,
    cname: String,
    ssrc: u32,
    rtx_ssrc: Option<u32>,
    formats: Vec<Format>,
    layer: Option<Depth>,
    is_allowed: bool,
    priority: Priority,
}

/// What our descriptions say of the server.
pub(crate) struct Description<'a> {
    pub(crate) fingerprint: &'a Fingerprint,
    pub(crate) candidates: &'a [Candidate],
}

impl Subscriber {
    pub(crate) fn new(ids: &mut Ids, room: RoomId, params: JoinParams) -> (Self, Command) {
        let peer = ids.peer();
        let local = IceCredentials::generate(&mut ids.rng());
        let add = Command::AddPeer {
            room,
            peer,
            local: local.clone(),
            channels: vec![
                ChannelSpec {
                    label: RELIABLE.to_owned(),
                    ordered: true,
                    max_retransmits: None,
                },
                ChannelSpec {
                    label: LOSSY.to_owned(),
                    ordered: false,
                    max_retransmits: Some(0),
                },
            ],
        };
        let subscriber = Self {
            peer,
            auto_subscribe: params.auto_subscribe,
            wanted: HashMap::new(),
            wishes: HashMap::new(),
            ranks: HashMap::new(),
            adaptive_stream: params.adaptive_stream,
            local,
            remote: None,
            session_id: ids.session(),
            offer_id: 0,
            // The first offer goes out even if it holds nothing but the data channels.
            exchange: Exchange::Due,
            slots: Vec::new(),
            offered: 0,
            next_mid: 1,
        };
        (subscriber, add)
    }

    /// New credentials and a new offer, whatever became of the one before.
    pub(crate) fn restart(&mut self, ids: &mut Ids) -> Command {
        self.local = IceCredentials::generate(&mut ids.rng());
        self.exchange = Exchange::Due;
        Command::RestartIce {
            peer: self.peer,
            local: self.local.clone(),
        }
    }

    pub(crate) fn wish(&self, track: &str) -> Wish {
        self.wishes
            .get(track)
            .copied()
            .unwrap_or_else(|| first_wish(self.adaptive_stream))
    }

    /// These tracks are over and their sids never come back.
    pub(crate) fn forget<'a>(&mut self, tracks: impl Iterator<Item = &'a str>) {
        for track in tracks {
            self.wanted.remove(track);
            self.wishes.remove(track);
            self.ranks.remove(track);
        }
    }

    /// Stops what is no longer wanted.
    pub(crate) fn drop_unwanted(&mut self, is_wanted: impl Fn(&str) -> bool) -> Vec<Command> {
        let mut commands = Vec::new();
        for slot in &mut self.slots {
            let State::Taken {
                subscription,
                stage,
            } = &slot.state
            else {
                continue;
            };
            if is_wanted(&subscription.track) {
                continue;
            }
            if *stage == Stage::Live {
                commands.push(Command::Unsubscribe {
                    peer: self.peer,
                    publication: subscription.publication,
                });
            }
            slot.state = match stage {
                Stage::New => State::Free,
                Stage::Offered | Stage::Live | Stage::Refused => {
                    State::Released { is_offered: false }
                }
            };
            self.exchange = self.exchange.changed();
        }
        // What was never offered need not be taken back.
        let mut index = 0..;
        let offered = self.offered;
        self.slots.retain(|slot| {
            index.next().is_some_and(|index| index < offered) || !matches!(slot.state, State::Free)
        });
        commands
    }

    /// Takes a section for a track, or adjusts how it is received.
    pub(crate) fn want(
        &mut self,
        track: &Published,
        browser: Browser,
        layer: Option<Depth>,
        is_allowed: bool,
        ids: &mut Ids,
    ) -> Vec<Command> {
        let peer = self.peer;
        if let Some((subscription, stage)) = self.taken(&track.track) {
            let is_live = stage == Stage::Live;
            let policy = (subscription.is_allowed != is_allowed).then(|| {
                subscription.is_allowed = is_allowed;
                subscription.set_policy(peer)
            });
            let size = (subscription.layer != layer).then(|| {
                subscription.layer = layer;
                subscription.set_layer(peer)
            });
            return policy.into_iter().chain(size).filter(|_| is_live).collect();
        }

        let subscription = Subscription {
            track: track.track.clone(),
            publication: track.publication,
            msid: Msid {
                stream: match browser {
                    Browser::Other => format!("{}|{}", track.publisher, track.stream),
                    Browser::Firefox => format!("{}|{}", track.publisher, track.track),
                },
                track: track.track.clone(),
            },
            cname: track.publisher.to_string(),
            ssrc: ids.ssrc(),
            rtx_ssrc: (track.kind == Kind::Video).then(|| ids.ssrc()),
            formats: track
                .codecs
                .iter()
                .map(|&codec| codecs::offered(codec, track.redundancy))
                .collect(),
            layer,
            is_allowed,
            priority: Priority::default(),
        };
        let mid = self.next_mid.to_string();
        self.next_mid += 1;
        let state = State::Taken {
            subscription: Box::new(subscription),
            stage: Stage::New,
        };
        let is_free =
            |slot: &&mut Slot| matches!(slot.state, State::Free) && slot.kind == track.kind;
        match self.slots.iter_mut().find(is_free) {
            Some(slot) => (slot.mid, slot.state) = (mid, state),
            None => self.slots.push(Slot {
                kind: track.kind,
                mid,
                state,
            }),
        }
        self.exchange = self.exchange.changed();
        Vec::new()
    }

    /// Says how important a track is where the link does not carry everything.
    pub(crate) fn rank(&mut self, track: &str, priority: Priority) -> Option<Command> {
        let peer = self.peer;
        let (subscription, stage) = self.taken(track)?;
        let is_new = std::mem::replace(&mut subscription.priority, priority) != priority;
        (is_new && stage == Stage::Live).then(|| subscription.set_priority(peer))
    }

    /// The next offer, if one is due and none is on its way.
    pub(crate) fn offer(
        &mut self,
        description: &Description<'_>,
    ) -> Option<proto::SessionDescription> {
        if self.exchange != Exchange::Due {
            return None;
        }
        self.exchange = Exchange::InFlight;
        self.offer_id += 1;
        self.offered = self.slots.len();

        let data = OfferSection::Application {
            mid: DATA_MID.to_owned(),
        };
        let sections = std::iter::once(data)
            .chain(self.slots.iter_mut().map(Slot::offer))
            .collect();
        let offer = Offer {
            local: Local {
                session_id: self.session_id,
                version: self.offer_id.into(),
                ice: self.local.clone(),
                fingerprint: *description.fingerprint,
                candidates: description.candidates.to_vec(),
            },
            sections,
        };
        Some(proto::SessionDescription {
            r#type: "offer".to_owned(),
            sdp: offer.to_string(),
            id: self.offer_id,
            ..proto::SessionDescription::default()
        })
    }

    /// What follows from an answer. One that is late or unasked for changes nothing.
    fn answered(&mut self, answer: &proto::SessionDescription) -> Result<Vec<Command>, FrameError> {
        // Clients of old protocols leave the id out.
        if !self.exchange.is_in_flight() || (answer.id != 0 && answer.id != self.offer_id) {
            return Ok(Vec::new());
        }
        let description = SessionDescription::parse(&answer.sdp)?;
        let Some((_data, sections)) = description
            .sections
            .split_first()
            .filter(|(_, media)| media.len() == self.offered)
        else {
            return Err(FrameError::Sections {
                got: description.sections.len(),
                offered: 1 + self.offered,
            });
        };
        self.exchange = self.exchange.answered();

        let mut commands = Vec::new();
        let remote = Remote::of(&description);
        if self.remote.as_ref() != Some(&remote) {
            // Only the first handshake has roles to give; later ones change nothing.
            if self.remote.is_none() && description.setup == Setup::Passive {
                commands.push(Command::BeActive { peer: self.peer });
            }
            commands.push(remote.set(self.peer));
            self.remote = Some(remote);
        }
        for (slot, section) in self.slots.iter_mut().zip(sections) {
            commands.extend(slot.answered(self.peer, section));
        }
        Ok(commands)
    }

    /// Tracks of which the client can receive no codec.
    fn refused(&self) -> Vec<String> {
        self.slots
            .iter()
            .filter_map(|slot| match &slot.state {
                State::Taken {
                    subscription,
                    stage: Stage::Refused,
                } => Some(subscription.track.clone()),
                State::Taken { .. } | State::Free | State::Released { .. } => None,
            })
            .collect()
    }

    fn taken(&mut self, track: &str) -> Option<(&mut Subscription, Stage)> {
        self.slots
            .iter_mut()
            .find_map(|slot| match &mut slot.state {
                State::Taken {
                    subscription,
                    stage,
                } if subscription.track == track => Some((&mut **subscription, *stage)),
                State::Taken { .. } | State::Free | State::Released { .. } => None,
            })
    }
}

impl Slot {
    fn offer(&mut self) -> OfferSection {
        let kind = codecs::section_kind(self.kind);
        match &mut self.state {
            State::Taken {
                subscription,
                stage,
            } => {
                if *stage == Stage::New {
                    *stage = Stage::Offered;
                }
                OfferSection::Send(subscription.describe(kind, &self.mid))
            }
            State::Released { is_offered } => {
                *is_offered = true;
                OfferSection::Rejected {
                    kind,
                    mid: self.mid.clone(),
                }
            }
            State::Free => OfferSection::Rejected {
                kind,
                mid: self.mid.clone(),
            },
        }
    }

    fn answered(&mut self, peer: PeerId, section: &sdp::Section) -> Vec<Command> {
        match &mut self.state {
            State::Taken {
                subscription,
                stage: stage @ Stage::Offered,
            } => {
                let accepted = subscription.accepted(&self.mid, section);
                *stage = if accepted.is_some() {
                    Stage::Live
                } else {
                    Stage::Refused
                };
                accepted.map_or_else(Vec::new, |send| subscription.start(peer, send))
            }
            State::Released { is_offered: true } => {
                self.state = State::Free;
                Vec::new()
            }
            // Changed after the offer had gone out: the next answer is theirs.
            State::Taken {
                stage: Stage::New | Stage::Live | Stage::Refused,
                ..
            }
            | State::Released { is_offered: false }
            | State::Free => Vec::new(),
        }
    }
}

impl Subscription {
    fn describe(&self, kind: SectionKind, mid: &str) -> sdp::Send {
        sdp::Send {
            kind,
            mid: mid.to_owned(),
            codecs: self.formats.iter().flat_map(Format::descriptions).collect(),
            extensions: codecs::sent(match kind {
                SectionKind::Audio | SectionKind::Application => Kind::Audio,
                SectionKind::Video => Kind::Video,
            }),
            msid: self.msid.clone(),
            ssrc: self.ssrc,
            rtx_ssrc: self.rtx_ssrc,
            cname: self.cname.clone(),
        }
    }

    /// How packets are written for a client that answered so; `None` if it takes none of them.
    fn accepted(&self, mid: &str, section: &sdp::Section) -> Option<SendSpec> {
        if section.rejected || !section.direction.receives() {
            return None;
        }
        let payloads: Vec<_> = self
            .formats
            .iter()
            .filter_map(|format| {
                let offered = format.payload();
                let answered = section
                    .codecs
                    .iter()
                    .find(|one| one.payload_type == offered.payload_type)?;
                let has = |payload_type: u8| {
                    let mut codecs = section.codecs.iter();
                    codecs.any(|one| one.payload_type == payload_type)
                };
                Some(bega_media::Payload {
                    rtx: offered.rtx.filter(|_| answered.rtx == offered.rtx),
                    red: offered.red.filter(|&red| has(red)),
                    nack: answered.feedback.iter().any(|one| one == "nack"),
                    ..offered
                })
            })
            .collect();
        (!payloads.is_empty()).then(|| SendSpec {
            mid: mid.to_owned(),
            ssrc: self.ssrc,
            rtx_ssrc: self.rtx_ssrc,
            payloads,
            extensions: codecs::extension_ids(&section.extensions),
        })
    }

    /// The policy first: what is not allowed must not slip through for a moment.
    fn start(&self, peer: PeerId, send: SendSpec) -> Vec<Command> {
        let subscribe = Command::Subscribe {
            peer,
            publication: self.publication,
            send,
        };
        let mut commands = vec![self.set_policy(peer), subscribe, self.set_layer(peer)];
        if self.priority != Priority::default() {
            commands.push(self.set_priority(peer));
        }
        commands
    }

    fn set_policy(&self, peer: PeerId) -> Command {
        Command::SetPolicy {
            peer,
            publication: self.publication,
            allowed: self.is_allowed,
        }
    }

    fn set_priority(&self, peer: PeerId) -> Command {
        Command::SetPriority {
            peer,
            publication: self.publication,
            priority: self.priority,
        }
    }

    fn set_layer(&self, peer: PeerId) -> Command {
        Command::SetLayer {
            peer,
            publication: self.publication,
            layer: self.layer,
        }
    }
}

impl MediaRoom {
    pub(crate) fn handle_answer(
        &mut self,
        from: &ParticipantSid,
        answer: &proto::SessionDescription,
    ) -> Result<(), FrameError> {
        let Some(participant) = self.participants.get_mut(from) else {
            return Ok(());
        };
        let before = participant.subscriber.refused();
        let commands = participant.subscriber.answered(answer)?;
        let refused = participant.subscriber.refused();
        self.tell_first_subscriptions(&commands);
        self.command_all(commands);
        for track in refused.iter().filter(|track| !before.contains(track)) {
            self.tell_failure(from, track, proto::SubscriptionError::SeCodecUnsupported);
        }
        // What changed while the offer was on its way is due now.
        self.unsettled.add(from);
        Ok(())
    }
}

/// The first section is the one for data channels: it is there before anything is published.
const DATA_MID: &str = "0";
