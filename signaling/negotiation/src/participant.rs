//! One presence in the room: what it may do, what it publishes, its two transports.

use std::collections::BTreeSet;
use std::time::Instant;

use bega_media::{Command, PeerId};
use livekit_protocol as proto;
use proto::DisconnectReason;
use proto::participant_info::State;

use crate::permission::Permission;
use crate::publisher::Publisher;
use crate::quality::Quality;
use crate::speakers::Levels;
use crate::subscriber::Subscriber;
use crate::track::Track;
use crate::{Browser, Grants, ParticipantSid};

pub(crate) struct Participant {
    pub(crate) sid: ParticipantSid,
    pub(crate) grants: Grants,
    pub(crate) browser: Browser,
    pub(crate) joined_unix_ms: i64,
    pub(crate) presence: Presence,
    /// Whether media could flow at some time: only then the world outside heard of it.
    pub(crate) has_been_active: bool,
    pub(crate) socket: Socket,
    /// Rises with every change: clients ignore what is not newer than what they have.
    pub(crate) version: u32,
    pub(crate) publisher: Publisher,
    pub(crate) subscriber: Subscriber,
    pub(crate) tracks: Vec<Track>,
    /// The newest reliable message, so that what is sent again after a resume is told apart.
    pub(crate) last_message: u32,
    /// Whom it lets subscribe to what.
    pub(crate) permission: Permission,
    /// Tracks that it was told their publishers keep from it.
    pub(crate) withheld: BTreeSet<String>,
    /// Who it was told speaks.
    pub(crate) heard: Levels,
    pub(crate) quality: Quality,
    /// When a new token is due.
    pub(crate) token_due: Option<Instant>,
}

/// How far the participant has come.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Presence {
    /// It has joined; no transport is up yet.
    Joined,
    /// Media can flow.
    Active,
    /// A transport closed: it cannot be resumed, only joined anew.
    Broken,
}

/// Its signalling connection.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Socket {
    /// There.
    Open,
    /// Lost without a goodbye; the presence is kept until then.
    Lost(Instant),
}

impl Participant {
    pub(crate) fn info(&self) -> proto::ParticipantInfo {
        let state = match self.presence {
            Presence::Joined => State::Joined,
            Presence::Active | Presence::Broken => State::Active,
        };
        proto::ParticipantInfo {
            sid: self.sid.to_string(),
            identity: self.grants.identity.clone(),
            state: state.into(),
            tracks: self.published().map(|track| track.info.clone()).collect(),
            metadata: self.grants.metadata.clone(),
            joined_at: self.joined_unix_ms / 1000,
            joined_at_ms: self.joined_unix_ms,
            name: self.grants.name.clone(),
            version: self.version,
            permission: Some(self.grants.permission()),
            is_publisher: self.published().next().is_some(),
            attributes: self.grants.attributes.clone().into_iter().collect(),
            ..proto::ParticipantInfo::default()
        }
    }

    /// The last that is said of it.
    pub(crate) fn last_info(&mut self, why: DisconnectReason) -> proto::ParticipantInfo {
        self.version += 1;
        proto::ParticipantInfo {
            state: State::Disconnected.into(),
            disconnect_reason: why.into(),
            ..self.info()
        }
    }

    /// The tracks the others know of.
    pub(crate) fn published(&self) -> impl Iterator<Item = &Track> {
        self.tracks.iter().filter(|track| track.receive.is_some())
    }

    pub(crate) fn has_peer(&self, peer: PeerId) -> bool {
        self.subscriber.peer == peer || self.publisher.peer() == Some(peer)
    }

    /// What frees everything it holds on the media plane.
    pub(crate) fn farewell(&self) -> Vec<Command> {
        let publications = self.published().map(|track| Command::Unpublish {
            publication: track.publication,
        });
        let peers = self
            .publisher
            .peer()
            .into_iter()
            .chain([self.subscriber.peer])
            .map(|peer| Command::RemovePeer { peer });
        publications.chain(peers).collect()
    }
}
