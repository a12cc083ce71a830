//! Joining: what the newcomer is told of the room, and the room of the newcomer.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use livekit_protocol as proto;
use prost::Message as _;
use proto::DisconnectReason;
use proto::leave_request::Action;
use proto::signal_response::Message;

use crate::codecs;
use crate::end::{EndReason, leave};
use crate::participant::{Participant, Presence, Socket};
use crate::permission::Permission;
use crate::publisher::Publisher;
use crate::quality::Quality;
use crate::room::MediaRoom;
use crate::speakers::Levels;
use crate::subscriber::Subscriber;
use crate::timers;
use crate::{Grants, JoinParams, ParticipantSid};

/// Clients below do not know the action of a Leave and would not come back after a restart.
const OLDEST_PROTOCOL: u32 = 13;

/// At 18 a client may number the data channels itself, which this conversation does not do.
const PROTOCOL: i32 = 16;

/// What clients compare features against.
const VERSION: &str = "1.9.0";

const PING_INTERVAL: Duration = Duration::from_secs(5);
const PING_TIMEOUT: Duration = Duration::from_secs(15);

/// Why nobody joined.
#[derive(Debug, thiserror::Error, Eq, PartialEq)]
#[non_exhaustive]
pub enum JoinError {
    /// The client is too old.
    #[error("client protocol {0} is older than {OLDEST_PROTOCOL}")]
    ProtocolTooOld(u32),
    /// As many are here as may be.
    #[error("the room is full")]
    Full,
}

impl JoinError {
    /// What the client is told before its socket closes.
    pub fn frame(&self) -> Vec<u8> {
        let leave = leave(DisconnectReason::JoinFailure, Action::Disconnect);
        proto::SignalResponse {
            message: Some(Message::Leave(leave)),
        }
        .encode_to_vec()
    }
}

impl MediaRoom {
    /// A participant comes in; an older presence of the same identity ends.
    pub fn handle_join(
        &mut self,
        now: Instant,
        grants: Grants,
        params: JoinParams,
    ) -> Result<ParticipantSid, JoinError> {
        if params.protocol < OLDEST_PROTOCOL {
            return Err(JoinError::ProtocolTooOld(params.protocol));
        }
        if let Some(older) = self.sid_of(&grants.identity) {
            self.end(&older, EndReason::Replaced);
        } else if self.is_full() {
            return Err(JoinError::Full);
        }

        let sid = ParticipantSid::new(self.ids.sid("PA_"));
        let (subscriber, add_peer) = Subscriber::new(&mut self.ids, self.config.room, params);
        let participant = Participant {
            sid: sid.clone(),
            browser: params.browser,
            joined_unix_ms: self.unix_ms(now),
            presence: Presence::Joined,
            has_been_active: false,
            socket: Socket::Open,
            version: 1,
            publisher: Publisher::new(&mut self.ids),
            subscriber,
            tracks: Vec::new(),
            last_message: 0,
            permission: Permission::default(),
            withheld: BTreeSet::new(),
            heard: Levels::new(),
            quality: Quality::default(),
            token_due: timers::token_due(now, grants.expires),
            grants,
        };

        self.command(add_peer);
        self.send_to(&participant, Message::Join(self.welcome(now, &participant)));
        if !participant.grants.hidden {
            self.broadcast(&Message::Update(proto::ParticipantUpdate {
                participants: vec![participant.info()],
            }));
        }
        self.participants.insert(sid.clone(), participant);
        self.unsettled.add(&sid);
        self.settle();
        Ok(sid)
    }

    fn is_full(&self) -> bool {
        let most = self.most_participants as usize;
        most > 0 && self.participants.len() >= most
    }

    fn welcome(&self, now: Instant, newcomer: &Participant) -> proto::JoinResponse {
        proto::JoinResponse {
            room: Some(self.room_info()),
            participant: Some(newcomer.info()),
            other_participants: self
                .participants
                .values()
                .filter(|other| !other.grants.hidden)
                .map(Participant::info)
                .collect(),
            server_version: VERSION.to_owned(),
            subscriber_primary: true,
            ping_timeout: seconds(PING_TIMEOUT),
            ping_interval: seconds(PING_INTERVAL),
            server_info: Some(server_info()),
            enabled_publish_codecs: codecs::enabled(),
            ice_servers: self.ice_servers(now, &newcomer.sid),
            // The publisher's connection is set up while nothing is published yet.
            fast_publish: true,
            ..proto::JoinResponse::default()
        }
    }
}

pub(crate) fn server_info() -> proto::ServerInfo {
    proto::ServerInfo {
        version: VERSION.to_owned(),
        protocol: PROTOCOL,
        ..proto::ServerInfo::default()
    }
}

fn seconds(duration: Duration) -> i32 {
    i32::try_from(duration.as_secs()).expect("a few seconds")
}
