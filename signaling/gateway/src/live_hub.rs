//! All live sessions of the server: finds or opens the room of a session and tells rooms what
//! happened outside.
//!
//! Each room is one task that owns its [`Room`](bega_room::Room), opened by the first who comes and
//! closed some minutes after the last has gone. What a room must know is in the database before
//! anybody tells the hub of it. So a room that opens while the news is under way reads it there, and
//! one that is open already is told: opening and telling take turns at a session's slot, and no
//! order of the two loses anything.

use std::{
    collections::HashMap,
    error::Error,
    fmt,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use async_trait::async_trait;
use axum::http::HeaderMap;
use bega_protocol::{ParticipantId, SessionId, SessionView};
use bega_room::{
    Admission, Admissions, Booked, ConnectionId, Hello, Room, RoomConfig, TimelineEntry,
};
use tokio::sync::{mpsc, oneshot, watch};
use uuid::Uuid;

use crate::{
    Clock,
    live_room::{self, Input, Outbox},
};

/// Decides who may come to which session, and knows the sessions.
#[async_trait]
pub trait LiveDoors: Send + Sync + 'static {
    /// Whether a page of this origin may open a socket here.
    fn allows_origin(&self, origin: &str) -> bool;
    /// Who asks, by cookie or bearer token, and which of the session's participants that is.
    async fn authenticate(
        &self,
        headers: &HeaderMap,
        session: SessionId,
    ) -> Result<Visitor, LiveDoorError>;
    /// What a room starts with.
    async fn open(&self, session: SessionId) -> Result<Opening, LiveDoorError>;
}

/// Somebody who may come to a session.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Visitor {
    /// As whom.
    pub participant: ParticipantId,
}

/// What a room starts with.
#[derive(Clone, Debug)]
pub struct Opening {
    /// The session.
    pub session: SessionView,
    /// Everybody it is booked for.
    pub booked: Vec<Booked>,
    /// Who was let in and taken out before, from the recorded timeline.
    pub admissions: Admissions,
}

/// Why somebody may not come.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum LiveDoorError {
    /// Nobody the server knows.
    #[error("sign in, or open your invitation again")]
    Unauthenticated,
    /// Known, and not a participant of this session.
    #[error("you do not take part in this session")]
    NotAllowed,
    /// No such session, or not of the caller's organisation.
    #[error("there is no such session")]
    NotFound,
    /// The database does not answer, or the server stops.
    #[error("the service cannot answer now; try again in a moment")]
    Unavailable,
}

/// Keeps the sessions' timelines.
#[async_trait]
pub trait LiveRecords: Send + Sync + 'static {
    /// Appends, durably. Called again with the same entries after an error.
    async fn record(
        &self,
        session: SessionId,
        entries: &[TimelineEntry],
    ) -> Result<(), Box<dyn Error + Send + Sync>>;
}

/// Tells the media side who may be there.
pub trait MediaGates: Send + Sync + 'static {
    /// From now on.
    fn admitted(&self, session: SessionId, participant: ParticipantId);
    /// No longer: disconnect them.
    fn withdrawn(&self, session: SessionId, participant: ParticipantId);
}

/// What the hub works with.
#[derive(Clone)]
pub struct LiveSeams {
    /// Who may come.
    pub doors: Arc<dyn LiveDoors>,
    /// Where timelines are kept.
    pub records: Arc<dyn LiveRecords>,
    /// Where media grants go.
    pub gates: Arc<dyn MediaGates>,
    /// The time that people read.
    pub clock: Clock,
}

/// The live sessions of this process.
#[derive(Clone)]
pub struct LiveHub {
    shared: Arc<Shared>,
}

struct Shared {
    seams: LiveSeams,
    slots: Mutex<HashMap<SessionId, Arc<Slot>>>,
    next_connection: AtomicU64,
    /// True once the server stops. Every task holds a receiver, so it closes when all have ended.
    stopping: watch::Sender<bool>,
}

/// A session's place in the hub. The lock is held while a room is loaded.
#[derive(Default)]
pub(crate) struct Slot {
    pub(crate) room: tokio::sync::Mutex<Option<mpsc::Sender<Input>>>,
}

/// A session that can be entered, or one that is over.
pub(crate) enum Opened {
    Room(mpsc::Sender<Input>),
    Over,
}

/// Why a connection came to no room.
pub(crate) enum ConnectError {
    Over,
    NotBooked,
    Unavailable,
}

/// More than a busy room takes in before it is scheduled again; then senders wait.
const INPUT_QUEUE: usize = 256;

impl LiveHub {
    /// A hub without rooms.
    pub fn new(seams: LiveSeams) -> Self {
        Self {
            shared: Arc::new(Shared {
                seams,
                slots: Mutex::default(),
                next_connection: AtomicU64::new(1),
                stopping: watch::Sender::new(false),
            }),
        }
    }

    /// The session was started.
    pub async fn start(&self, session: SessionId) {
        self.tell(session, Input::Start).await;
    }

    /// The session was ended: everybody in it is told and sent away.
    pub async fn end(&self, session: SessionId) {
        self.tell(session, Input::End).await;
    }

    /// The session was called off: everybody in it is told and sent away.
    pub async fn cancel(&self, session: SessionId) {
        self.tell(session, Input::Cancel).await;
    }

    /// Time, place or language of the session changed.
    pub async fn changed(&self, session: SessionView) {
        self.tell(session.id, Input::Change(Box::new(session)))
            .await;
    }

    /// Where a participant stands.
    pub async fn admission(&self, session: SessionId, participant: ParticipantId) -> Admission {
        let (reply, answer) = oneshot::channel();
        self.tell(session, Input::Admission { participant, reply })
            .await;
        answer.await.unwrap_or(Admission::Absent)
    }

    /// Tells every client to connect again, takes no more, and waits until all rooms have written
    /// down what happened in them. Bound the wait: a database may be gone.
    pub async fn drain(&self) {
        self.shared.stopping.send_replace(true);
        self.shared.stopping.closed().await;
    }

    pub(crate) fn doors(&self) -> &dyn LiveDoors {
        &*self.shared.seams.doors
    }

    /// For a task to hold as long as it runs, and to see whether the server stops.
    pub(crate) fn stopping(&self) -> watch::Receiver<bool> {
        self.shared.stopping.subscribe()
    }

    /// Makes sure that the session can be entered, before a socket is opened for it.
    pub(crate) async fn prepare(&self, session: SessionId) -> Result<(), LiveDoorError> {
        self.open(session).await.map(|_| ())
    }

    /// Brings a client that said hello into its room.
    pub(crate) async fn connect(
        &self,
        session: SessionId,
        participant: ParticipantId,
        hello: Hello,
        mut outbox: Outbox,
    ) -> Result<(ConnectionId, mpsc::Sender<Input>), ConnectError> {
        let next = &self.shared.next_connection;
        let connection = ConnectionId(next.fetch_add(1, Ordering::Relaxed));
        let mut reloaded = false;
        loop {
            let room = match self.open(session).await {
                Ok(Opened::Room(room)) => room,
                Ok(Opened::Over) => return Err(ConnectError::Over),
                Err(_) => return Err(ConnectError::Unavailable),
            };
            let (reply, answer) = oneshot::channel();
            let input = Input::Connect {
                connection,
                participant,
                hello: hello.clone(),
                outbox,
                reply,
            };
            if let Err(mpsc::error::SendError(input)) = room.send(input).await {
                // The room closed a moment ago; the next one takes it.
                let Input::Connect { outbox: back, .. } = input else {
                    return Err(ConnectError::Unavailable);
                };
                outbox = back;
                continue;
            }
            match answer.await {
                Ok(Ok(())) => return Ok((connection, room)),
                Ok(Err(_)) if reloaded => return Err(ConnectError::NotBooked),
                Ok(Err(back)) => {
                    // Booked after the room was opened.
                    let opening = self.shared.seams.doors.open(session).await;
                    let opening = opening.map_err(|_| ConnectError::Unavailable)?;
                    let _ = room.send(Input::Book(opening.booked)).await;
                    outbox = back;
                    reloaded = true;
                }
                Err(_) => return Err(ConnectError::Unavailable),
            }
        }
    }

    /// The session's room, opened if need be.
    async fn open(&self, session: SessionId) -> Result<Opened, LiveDoorError> {
        let slot = Arc::clone(self.slots().entry(session).or_default());
        let opened = self.open_in(&slot, session).await;
        self.let_go(session, slot).await;
        opened
    }

    async fn open_in(&self, slot: &Arc<Slot>, session: SessionId) -> Result<Opened, LiveDoorError> {
        let mut place = slot.room.lock().await;
        if let Some(room) = place.as_ref().filter(|room| !room.is_closed()) {
            return Ok(Opened::Room(room.clone()));
        }
        let stopping = self.stopping();
        if *stopping.borrow() {
            return Err(LiveDoorError::Unavailable);
        }
        let opening = self.shared.seams.doors.open(session).await?;
        let room = Room::new(RoomConfig {
            epoch: Uuid::new_v4(),
            session: opening.session,
            booked: opening.booked,
            admissions: opening.admissions,
        });
        if room.is_over() {
            return Ok(Opened::Over);
        }
        let (sender, inputs) = mpsc::channel(INPUT_QUEUE);
        *place = Some(sender.clone());
        let (hub, slot) = (self.clone(), Arc::clone(slot));
        let seams = self.shared.seams.clone();
        tokio::spawn(async move {
            live_room::run(session, room, inputs, &slot, seams, stopping).await;
            hub.let_go(session, slot).await;
        });
        Ok(Opened::Room(sender))
    }

    /// Tells an open room; a room that is not open reads the database when it opens.
    async fn tell(&self, session: SessionId, input: Input) {
        let Some(slot) = self.slots().get(&session).map(Arc::clone) else {
            return;
        };
        // Not sent under the lock: the room may need it to take its next input.
        let room = slot.room.lock().await.clone();
        if let Some(room) = room {
            let _ = room.send(input).await;
        }
        self.let_go(session, slot).await;
    }

    /// Forgets a slot that holds no room and that nobody else is using.
    async fn let_go(&self, session: SessionId, slot: Arc<Slot>) {
        let mut place = slot.room.lock().await;
        if place.as_ref().is_some_and(mpsc::Sender::is_closed) {
            *place = None;
        }
        let empty = place.is_none();
        drop(place);
        let mut slots = self.slots();
        // This one and the map's: clones are only made under the map's lock.
        if empty && Arc::strong_count(&slot) == 2 {
            slots.remove(&session);
        }
    }

    fn slots(&self) -> MutexGuard<'_, HashMap<SessionId, Arc<Slot>>> {
        let slots = self.shared.slots.lock();
        slots.unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for LiveHub {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LiveHub")
            .field("rooms", &self.slots().len())
            .finish_non_exhaustive()
    }
}
