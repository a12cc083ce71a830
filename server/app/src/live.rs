//! What a live session needs of the store, and what the API and the media rooms need of it.
//!
//! ```text
//! API ── started, ended, changed ──> hub ── doors, records ──> store
//!    <── admission ────────────────   └─ gates ──────────────> media rooms
//! ```

use std::{
    error::Error,
    sync::{Arc, OnceLock},
    time::Duration,
};

use async_trait::async_trait;
use axum::{Router, http::HeaderMap};
use bega_api::{LiveSessions, as_in_query, presented_secret};
use bega_gateway::{
    Admission, Booked, Clock, LiveDoorError, LiveDoors, LiveHub, LiveRecords, LiveSeams,
    MediaGates, MediaHub, Moment, Opening, TimelineEntry, Visitor, live_router,
};
use bega_protocol::SessionView;
use bega_scheduling::{Operation, ParticipantId, Session, SessionId, permission};
use bega_store::{CallerKind, Store, StoreError};
use jiff::Timestamp;

use crate::world;

/// The live sessions of this process.
#[derive(Clone)]
pub(crate) struct Live {
    hub: LiveHub,
    gates: Arc<Gates>,
}

impl Live {
    /// Sessions kept in the store, open to pages of these origins.
    pub(crate) fn new(store: Store, origins: Vec<String>, clock: Clock) -> Self {
        let gates = Arc::new(Gates::default());
        let records = Arc::new(Records {
            store: store.clone(),
        });
        let hub = LiveHub::new(LiveSeams {
            doors: Arc::new(Doors { store, origins }),
            records,
            gates: gates.clone(),
            clock,
        });
        Self { hub, gates }
    }

    /// From now on, who is taken out of a session is taken out of its media.
    pub(crate) fn connect_media(&self, rooms: MediaHub) {
        // Set once, at the start.
        let _ = self.gates.rooms.set(rooms);
    }

    /// The WebSocket of live sessions.
    pub(crate) fn router(&self) -> Router {
        live_router(self.hub.clone()).layer(axum::middleware::from_fn(as_in_query))
    }

    /// Sends everybody away to come back.
    pub(crate) async fn drain(&self) {
        self.hub.drain().await;
    }

    /// Where a participant stands.
    pub(crate) async fn admission(
        &self,
        session: SessionId,
        participant: ParticipantId,
    ) -> Admission {
        self.hub.admission(session, participant).await
    }
}

#[async_trait]
impl LiveSessions for Live {
    async fn started(&self, session: &Session) {
        self.hub.start(session.id).await;
    }

    async fn ended(&self, session: &Session) {
        self.hub.end(session.id).await;
        self.gates.close_soon(session.id);
    }

    async fn changed(&self, session: &Session) {
        self.hub.changed(view(session)).await;
    }

    async fn cancelled(&self, session: &Session) {
        self.hub.cancel(session.id).await;
        self.gates.close_soon(session.id);
    }

    async fn admission(
        &self,
        session: SessionId,
        participant: ParticipantId,
    ) -> bega_api::Admission {
        match self.hub.admission(session, participant).await {
            Admission::Admitted => bega_api::Admission::Admitted,
            Admission::Absent | Admission::Waiting | Admission::Refused => {
                bega_api::Admission::NotAdmitted
            }
        }
    }
}

/// Who may come to which session.
struct Doors {
    store: Store,
    origins: Vec<String>,
}

#[async_trait]
impl LiveDoors for Doors {
    fn allows_origin(&self, origin: &str) -> bool {
        self.origins
            .iter()
            .any(|ours| ours.eq_ignore_ascii_case(origin))
    }

    async fn authenticate(
        &self,
        headers: &HeaderMap,
        session: SessionId,
    ) -> Result<Visitor, LiveDoorError> {
        let secret = presented_secret(headers).ok_or(LiveDoorError::Unauthenticated)?;
        let caller = self
            .store
            .caller(secret.hash(), world::now())
            .await
            .map_err(unavailable)?
            .ok_or(LiveDoorError::Unauthenticated)?;
        let session = self
            .store
            .live_session(session)
            .await
            .map_err(unavailable)?
            .ok_or(LiveDoorError::NotFound)?
            .session;
        let is_behind_the_wall = match caller.kind {
            CallerKind::Staff { .. } | CallerKind::Guest { .. } => {
                session.organisation == caller.organisation.id
            }
            // A device serves whoever has booked its room.
            CallerKind::Device { .. } => true,
        };
        let (kinds, tie) = (caller.kinds(), caller.tie(&session));
        if !is_behind_the_wall || !permission::may(&kinds, Operation::ReadSession, tie) {
            return Err(LiveDoorError::NotFound);
        }
        caller
            .participant_in(&session)
            .filter(|_| permission::may(&kinds, Operation::JoinSession, tie))
            .map(|place| Visitor {
                participant: place.id,
            })
            .ok_or(LiveDoorError::NotAllowed)
    }

    async fn open(&self, session: SessionId) -> Result<Opening, LiveDoorError> {
        let session = self
            .store
            .live_session(session)
            .await
            .map_err(unavailable)?
            .ok_or(LiveDoorError::NotFound)?
            .session;
        let timeline = self
            .store
            .timeline(session.organisation, session.id)
            .await
            .map_err(unavailable)?;
        // What a newer version has written down and this one does not know, admits nobody.
        let moments: Vec<Moment> = timeline
            .into_iter()
            .filter_map(|record| serde_json::from_value(record.entry.body).ok())
            .collect();
        Ok(Opening {
            session: view(&session),
            booked: session
                .participants
                .iter()
                .map(|participant| Booked {
                    id: participant.id,
                    name: participant.name.clone(),
                    role: participant.role,
                })
                .collect(),
            admissions: moments.iter().collect(),
        })
    }
}

#[expect(clippy::needless_pass_by_value, reason = "given to map_err")]
fn unavailable(error: StoreError) -> LiveDoorError {
    tracing::error!(%error, "a live session cannot be read");
    LiveDoorError::Unavailable
}

/// Keeps what happened in live sessions; admissions go into the audit log too.
struct Records {
    store: Store,
}

#[async_trait]
impl LiveRecords for Records {
    async fn record(
        &self,
        session: SessionId,
        entries: &[TimelineEntry],
    ) -> Result<(), Box<dyn Error + Send + Sync>> {
        for entry in entries {
            self.keep(session, entry).await?;
        }
        Ok(())
    }
}

impl Records {
    async fn keep(
        &self,
        session: SessionId,
        TimelineEntry { at, moment }: &TimelineEntry,
    ) -> Result<(), Box<dyn Error + Send + Sync>> {
        let body = serde_json::to_value(moment)?;
        let kind = body["kind"].as_str().unwrap_or_default().to_owned();
        let entry = bega_store::TimelineEntry {
            participant: participant_of(moment),
            kind,
            body,
        };
        self.store.record_timeline(session, *at, &entry).await?;
        match moment {
            Moment::Admitted { participant, by } => {
                self.store
                    .record_admission(session, *at, *participant, *by)
                    .await?;
            }
            Moment::Refused { participant, by } | Moment::Removed { participant, by } => {
                self.store
                    .withdraw_admission(session, *at, *participant, Some(*by))
                    .await?;
            }
            Moment::Waiting { .. }
            | Moment::Arrived { .. }
            | Moment::Interrupted { .. }
            | Moment::Left { .. }
            | Moment::Started
            | Moment::Ended
            | Moment::Cancelled => {}
        }
        Ok(())
    }
}

fn participant_of(moment: &Moment) -> Option<ParticipantId> {
    match moment {
        Moment::Waiting { participant }
        | Moment::Admitted { participant, .. }
        | Moment::Refused { participant, .. }
        | Moment::Removed { participant, .. }
        | Moment::Arrived { participant }
        | Moment::Interrupted { participant }
        | Moment::Left { participant, .. } => Some(*participant),
        Moment::Started | Moment::Ended | Moment::Cancelled => None,
    }
}

/// Takes people out of the media.
#[derive(Default)]
struct Gates {
    rooms: OnceLock<MediaHub>,
}

impl Gates {
    /// Closes the media of a session that is over, once everybody had time to hear that it is.
    fn close_soon(self: &Arc<Self>, session: SessionId) {
        let this = self.clone();
        tokio::spawn(async move {
            tokio::time::sleep(LAST_WORDS).await;
            if let Some(rooms) = this.rooms.get() {
                rooms.close_room(&session.to_string());
            }
        });
    }
}

impl MediaGates for Gates {
    fn admitted(&self, _: SessionId, _: ParticipantId) {
        // Those let in come by themselves; the doors of the media rooms ask where they stand.
    }

    fn withdrawn(&self, session: SessionId, participant: ParticipantId) {
        if let Some(rooms) = self.rooms.get() {
            rooms.kick(&session.to_string(), &participant.to_string());
        }
    }
}

/// A session as those in it see it.
fn view(session: &Session) -> SessionView {
    SessionView {
        id: session.id,
        kind: session.kind,
        state: session.state(),
        reference: session.reference.as_str().to_owned(),
        starts_at: text(session.slot.starts_at()),
        ends_at: text(session.slot.ends_at()),
        started_at: session.standing.started_at().map(text),
        room_name: session.room.name.clone(),
        site_name: session.room.site_name.clone(),
        time_zone: session.room.time_zone.clone(),
        language: session.language.as_str().to_owned(),
    }
}

fn text(at: Timestamp) -> String {
    format!("{at:.3}")
}

/// For `session_ended` to reach everybody before the media breaks off.
const LAST_WORDS: Duration = Duration::from_secs(1);
