//! Who may enter a media room.
//!
//! A token alone opens nothing: its holder must have been admitted by the live room, now. Two kinds
//! of room have no live session: trials of a line, whose tokens name a room nobody else can know,
//! and in `--dev` whatever a token of the development key names.

use std::time::Duration;

use async_trait::async_trait;
use bega_api::{
    SELF_TEST_PREFIX, seat,
    tokens::{Claims, TokenError, Tokens},
};
use bega_gateway::{Admission, DoorError, Entrance, MediaDoors, Renewal};
use bega_negotiation::{Grants, Source};
use bega_scheduling::{ParticipantId, SessionId, SessionState};
use bega_store::Store;
use jiff::Timestamp;
use tokio::time;
use uuid::Uuid;

use crate::{live::Live, world};

/// The doors of all media rooms.
pub(crate) struct Doors {
    pub(crate) tokens: Tokens,
    pub(crate) store: Store,
    pub(crate) live: Live,
}

#[async_trait]
impl MediaDoors for Doors {
    async fn enter(&self, token: &str) -> Result<Entrance, DoorError> {
        let now = world::now();
        let claims = self.tokens.check(now, token).map_err(|error| match error {
            TokenError::Expired => DoorError::TokenExpired,
            TokenError::Invalid(why) => {
                tracing::info!(why, "refused a media token");
                DoorError::InvalidToken
            }
            _ => DoorError::InvalidToken,
        })?;
        if !claims.video.room_join || claims.video.room.is_empty() {
            return Err(DoorError::NotAllowed);
        }
        let is_free =
            !self.tokens.is_own(&claims.iss) || claims.video.room.starts_with(SELF_TEST_PREFIX);
        if !is_free {
            self.check_admission(&claims).await?;
        }
        Ok(Entrance {
            room: claims.video.room.clone(),
            grants: grants(now, claims),
        })
    }

    async fn renew(&self, room: &str, identity: &str) -> Option<Renewal> {
        let (session, participant) = (room.parse().ok()?, identity.parse().ok()?);
        if self.live.admission(session, participant).await != Admission::Admitted {
            return None;
        }
        let live = self.store.live_session(session).await.ok()??;
        let seat = seat(session, live.session.participant(participant)?);
        let now = world::now();
        let token = self
            .tokens
            .make(now, Uuid::from_bytes(world::random()), seat);
        Some(Renewal {
            expires: (world::instant() + until(now, token.expires_at)).into(),
            token: token.text,
        })
    }
}

impl Doors {
    async fn check_admission(&self, claims: &Claims) -> Result<(), DoorError> {
        let session: SessionId = claims
            .video
            .room
            .parse()
            .map_err(|_| DoorError::NotAllowed)?;
        let participant: ParticipantId = claims.sub.parse().map_err(|_| DoorError::NotAllowed)?;
        match self.live.admission(session, participant).await {
            Admission::Admitted => Ok(()),
            Admission::Waiting | Admission::Refused => Err(DoorError::NotAdmitted),
            Admission::Absent => self.wait_for(session, participant).await,
        }
    }

    /// After a restart both sockets of a participant come back at once, and this one may be first.
    /// Who was inside before is given a moment to be there again; nobody is heard who is not seen.
    async fn wait_for(
        &self,
        session: SessionId,
        participant: ParticipantId,
    ) -> Result<(), DoorError> {
        let live = self.store.live_session(session).await.map_err(|error| {
            tracing::error!(%error, "a session cannot be read");
            DoorError::Unavailable
        })?;
        if !live.is_some_and(|live| {
            is_open(live.session.state()) && live.admitted.contains(&participant)
        }) {
            return Err(DoorError::NotAdmitted);
        }
        let mut look = time::interval(LOOK_EVERY);
        let there = time::timeout(PATIENCE, async {
            loop {
                look.tick().await;
                if self.live.admission(session, participant).await == Admission::Admitted {
                    return;
                }
            }
        });
        there.await.map_err(|_| DoorError::NotAdmitted)
    }
}

/// What a token allows, in the words of the media conversation.
fn grants(now: Timestamp, claims: Claims) -> Grants {
    let expires_at = Timestamp::from_second(claims.exp).unwrap_or(now);
    let named = &claims.video.can_publish_sources;
    let sources: Vec<_> = named.iter().filter_map(|name| parse_source(name)).collect();
    // An empty list means all sources; a list of unknown ones means none.
    let publishes = sources.is_empty() == named.is_empty();
    Grants {
        identity: claims.sub,
        name: claims.name,
        metadata: claims.metadata,
        attributes: claims.attributes,
        can_publish: claims.video.can_publish.unwrap_or(true) && publishes,
        can_subscribe: claims.video.can_subscribe.unwrap_or(true),
        can_publish_data: claims.video.can_publish_data.unwrap_or(true),
        can_publish_sources: sources,
        can_update_metadata: claims.video.can_update_own_metadata.unwrap_or(false),
        hidden: claims.video.hidden,
        expires: Some(world::instant() + until(now, expires_at)),
    }
}

fn parse_source(name: &str) -> Option<Source> {
    match name.to_ascii_lowercase().as_str() {
        "camera" => Some(Source::Camera),
        "microphone" => Some(Source::Microphone),
        "screen_share" => Some(Source::ScreenShare),
        "screen_share_audio" => Some(Source::ScreenShareAudio),
        _ => None,
    }
}

fn until(now: Timestamp, then: Timestamp) -> Duration {
    Duration::try_from(then.duration_since(now)).unwrap_or_default()
}

/// Whether people may be in the live room of a session in this state.
fn is_open(state: SessionState) -> bool {
    match state {
        SessionState::Planned | SessionState::Live => true,
        SessionState::Ended | SessionState::Cancelled => false,
    }
}

/// Clients give up after 15 s.
const PATIENCE: Duration = Duration::from_secs(8);
const LOOK_EVERY: Duration = Duration::from_millis(100);
