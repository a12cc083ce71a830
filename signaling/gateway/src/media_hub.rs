//! All media rooms of the server: finds or opens the room of a token and tells rooms what happened.
//!
//! Each room is one task that owns its [`MediaRoom`](bega_negotiation::MediaRoom), so nothing in a
//! room needs a lock. The hub only knows their names and numbers. A room is opened by the first who
//! joins; who may join, and when, the [`MediaDoors`] decide.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use bega_media::{Command, Event, Kind, RoomId};
use bega_negotiation::{
    CallError, Grants, JoinParams, ParticipantSid, Report, Reporting, ResumeError, RoomConfig,
    ServiceCall, Turn, room_of,
};
use bega_transport::{Fingerprint, sdp::Candidate};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::Instant;

use crate::Clock;
use crate::media_room::{self, Input, Socket};

/// The media plane, as far as signalling needs it.
pub trait MediaPlane: Send + Sync + 'static {
    /// Queues a command for the worker of a room.
    fn send(&self, room: RoomId, command: Command);
    /// Where the worker of a room listens.
    fn candidates(&self, room: RoomId) -> Vec<Candidate>;
    /// Relays for those who cannot reach the worker.
    fn turn(&self) -> Option<Turn> {
        None
    }
    /// Of the certificate of this process.
    fn fingerprint(&self) -> Fingerprint;
}

/// Decides who may come in.
#[async_trait]
pub trait MediaDoors: Send + Sync + 'static {
    /// Checks a token, and that its room is open to its holder now.
    async fn enter(&self, token: &str) -> Result<Entrance, DoorError>;
    /// A new token for somebody who is inside, for coming back later. `None` if it shall not.
    async fn renew(&self, room: &str, identity: &str) -> Option<Renewal>;
}

/// Hears what happens in rooms.
pub trait Reports: Send + Sync + 'static {
    /// Something happened. Never blocks.
    fn report(&self, report: Report);
}

/// A door that opened.
#[derive(Clone, Debug)]
pub struct Entrance {
    /// The room of the token.
    pub room: String,
    /// Who comes and what it may do.
    pub grants: Grants,
}

/// A new token.
pub struct Renewal {
    /// For the client; never to be logged.
    pub token: String,
    /// When it ends.
    pub expires: Instant,
}

impl fmt::Debug for Renewal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Renewal")
            .field("expires", &self.expires)
            .finish_non_exhaustive()
    }
}

/// Why a door stays shut.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum DoorError {
    /// There is no token, or it is not one of ours.
    #[error("the token is not valid")]
    InvalidToken,
    /// It was valid once.
    #[error("the token has expired")]
    TokenExpired,
    /// It is valid but does not open this door.
    #[error("the token does not allow joining")]
    NotAllowed,
    /// The holder has not been admitted, or the session is not open.
    #[error("the room is not open to the holder of the token")]
    NotAdmitted,
    /// The server cannot tell now.
    #[error("the server cannot take anybody in right now")]
    Unavailable,
}

/// All media rooms. A handle: clones are the same hub.
#[derive(Clone)]
pub struct MediaHub {
    shared: Arc<Shared>,
}

pub(crate) struct Shared {
    pub(crate) plane: Arc<dyn MediaPlane>,
    pub(crate) doors: Arc<dyn MediaDoors>,
    pub(crate) reports: Option<Arc<dyn Reports>>,
    clock: Clock,
    rooms: Mutex<Rooms>,
    /// How many rooms there are.
    open: watch::Sender<usize>,
}

#[derive(Default)]
struct Rooms {
    last: u64,
    is_draining: bool,
    by_name: HashMap<String, Handle>,
    by_id: HashMap<RoomId, String>,
    /// Decisions by room, (subscriber, publisher): kept while nobody is in the room too.
    policies: HashMap<String, HashMap<(String, String), bool>>,
}

struct Handle {
    id: RoomId,
    inputs: mpsc::UnboundedSender<Input>,
    messages: mpsc::Sender<Event>,
}

/// Data messages that wait for a room; more are dropped, as a network would.
const MESSAGE_QUEUE: usize = 1024;

impl MediaHub {
    /// A hub without rooms.
    pub fn new(
        plane: Arc<dyn MediaPlane>,
        doors: Arc<dyn MediaDoors>,
        reports: Option<Arc<dyn Reports>>,
        clock: Clock,
    ) -> Self {
        let shared = Shared {
            plane,
            doors,
            reports,
            clock,
            rooms: Mutex::default(),
            open: watch::Sender::new(0),
        };
        Self {
            shared: Arc::new(shared),
        }
    }

    /// Something happened on the media plane. Never blocks.
    pub fn media_event(&self, event: Event) {
        let rooms = self.shared.rooms();
        let Some(room) = rooms
            .by_id
            .get(&room_of(&event))
            .and_then(|name| rooms.by_name.get(name))
        else {
            return;
        };
        if matches!(event, Event::Message { .. }) {
            if room.messages.try_send(event).is_err() {
                metrics::counter!("bega_media_messages_dropped_total").increment(1);
            }
        } else {
            // A room that is ending has nobody left to tell.
            let _ = room.inputs.send(Input::Event(event));
        }
    }

    /// Removes a participant from a room.
    pub fn kick(&self, room: &str, identity: &str) {
        self.tell(room, Input::Kick(identity.to_owned()));
    }

    /// Mutes what a participant publishes of a kind.
    pub fn mute(&self, room: &str, identity: &str, kind: Kind) {
        self.tell(room, Input::Mute(identity.to_owned(), kind));
    }

    /// Whether `subscriber` may receive what `publisher` publishes. Holds until the room is closed,
    /// whether anybody is in it or not; without a decision the answer is yes.
    pub fn set_policy(&self, room: &str, subscriber: &str, publisher: &str, allowed: bool) {
        let pair = (subscriber.to_owned(), publisher.to_owned());
        let mut rooms = self.shared.rooms();
        rooms
            .policies
            .entry(room.to_owned())
            .or_default()
            .insert(pair.clone(), allowed);
        rooms.tell(room, Input::Policy { pair, allowed });
    }

    /// Sends everybody out of a room for good and forgets its policy.
    pub fn close_room(&self, room: &str) {
        let mut rooms = self.shared.rooms();
        rooms.policies.remove(room);
        rooms.tell(room, Input::Close);
    }

    /// Lets nobody in any more, and sends everybody away to come back once the server is up again.
    /// Returns when all are gone.
    pub async fn drain(&self) {
        let mut open = self.shared.open.subscribe();
        {
            let mut rooms = self.shared.rooms();
            rooms.is_draining = true;
            for room in rooms.by_name.values() {
                let _ = room.inputs.send(Input::Drain);
            }
        }
        // The sender lives in `self`.
        let _ = open.wait_for(|&open| open == 0).await;
    }

    /// Another server asks for something; returns what it is answered.
    pub(crate) async fn call(&self, call: ServiceCall) -> Result<Vec<u8>, CallError> {
        let Some(name) = call.room().map(str::to_owned) else {
            return Ok(self.list(&call).await);
        };
        let (reply, answer) = oneshot::channel();
        if call.opens_room() && !self.shared.rooms().is_draining {
            self.open(&name, Input::Call(call, reply));
        } else {
            let rooms = self.shared.rooms();
            let Some(room) = rooms.by_name.get(&name) else {
                return call.without_room();
            };
            let _ = room.inputs.send(Input::Call(call, reply));
        }
        // A room that ends before it answers is gone.
        answer.await.unwrap_or(Err(CallError::NoSuchRoom))
    }

    async fn list(&self, call: &ServiceCall) -> Vec<u8> {
        let asked: Vec<_> = {
            let rooms = self.shared.rooms();
            let listed = rooms.by_name.iter().filter(|(name, _)| call.lists(name));
            listed
                .map(|(_, room)| {
                    let (reply, answer) = oneshot::channel();
                    let _ = room.inputs.send(Input::Describe(reply));
                    answer
                })
                .collect()
        };
        let mut entries = Vec::with_capacity(asked.len());
        for answer in asked {
            entries.extend(answer.await);
        }
        call.list_of(entries)
    }

    pub(crate) async fn enter(&self, token: &str) -> Result<Entrance, DoorError> {
        if self.shared.rooms().is_draining {
            return Err(DoorError::Unavailable);
        }
        self.shared.doors.enter(token).await
    }

    /// Takes somebody in; the frame of an error is for its client.
    pub(crate) async fn join(
        &self,
        entrance: Entrance,
        params: JoinParams,
        socket: Socket,
    ) -> Result<Seat, Vec<u8>> {
        let (reply, answer) = oneshot::channel();
        let Entrance { room, grants } = entrance;
        let inputs = self.open(
            &room,
            Input::Join {
                grants,
                params,
                socket,
                reply,
            },
        );
        let (sid, generation) = answer.await.map_err(|_| ResumeError::Unknown.frame())??;
        Ok(Seat {
            sid,
            generation,
            inputs,
        })
    }

    /// Gives somebody who is inside a new socket.
    pub(crate) async fn resume(
        &self,
        entrance: Entrance,
        sid: ParticipantSid,
        socket: Socket,
    ) -> Result<Seat, Vec<u8>> {
        let (reply, answer) = oneshot::channel();
        let identity = entrance.grants.identity;
        let input = Input::Resume {
            sid: sid.clone(),
            identity,
            socket,
            reply,
        };
        let inputs = {
            let rooms = self.shared.rooms();
            let room = rooms
                .by_name
                .get(&entrance.room)
                .ok_or_else(|| ResumeError::Unknown.frame())?;
            let _ = room.inputs.send(input);
            room.inputs.clone()
        };
        let generation = answer.await.map_err(|_| ResumeError::Unknown.frame())??;
        Ok(Seat {
            sid,
            generation,
            inputs,
        })
    }

    /// Tells a room that is opened if need be. Under the lock, so that it cannot end in between.
    fn open(&self, name: &str, first: Input) -> mpsc::UnboundedSender<Input> {
        let mut rooms = self.shared.rooms();
        if !rooms.by_name.contains_key(name) {
            let handle = self.shared.start(&mut rooms, name);
            rooms.by_id.insert(handle.id, name.to_owned());
            rooms.by_name.insert(name.to_owned(), handle);
            self.shared.open.send_replace(rooms.by_name.len());
        }
        let room = &rooms.by_name[name];
        let _ = room.inputs.send(first);
        room.inputs.clone()
    }

    fn tell(&self, room: &str, input: Input) {
        self.shared.rooms().tell(room, input);
    }
}

impl fmt::Debug for MediaHub {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MediaHub")
            .field("rooms", &*self.shared.open.borrow())
            .finish_non_exhaustive()
    }
}

impl Rooms {
    fn tell(&self, room: &str, input: Input) {
        if let Some(room) = self.by_name.get(room) {
            let _ = room.inputs.send(input);
        }
    }
}

impl Shared {
    fn rooms(&self) -> MutexGuard<'_, Rooms> {
        // Every change under the lock is complete in itself.
        self.rooms.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn start(self: &Arc<Self>, rooms: &mut Rooms, name: &str) -> Handle {
        rooms.last += 1;
        let id = RoomId(rooms.last);
        let (inputs, inbox) = mpsc::unbounded_channel();
        let (messages, message_inbox) = mpsc::channel(MESSAGE_QUEUE);
        let config = RoomConfig {
            name: name.to_owned(),
            room: id,
            candidates: self.plane.candidates(id),
            turn: self.plane.turn(),
            fingerprint: self.plane.fingerprint(),
            metadata: String::new(),
            created: Instant::now().into_std(),
            created_unix_ms: (self.clock)().as_millisecond(),
            reporting: if self.reports.is_some() {
                Reporting::On
            } else {
                Reporting::Off
            },
        };
        let policy = rooms.policies.get(name).cloned().unwrap_or_default();
        tokio::spawn(media_room::run(
            Arc::clone(self),
            config,
            policy,
            inbox,
            message_inbox,
        ));
        Handle {
            id,
            inputs,
            messages,
        }
    }

    /// Forgets a room, unless something has come in that it must still handle.
    pub(crate) fn retire(&self, name: &str, id: RoomId, is_idle: impl FnOnce() -> bool) -> bool {
        let mut rooms = self.rooms();
        if !is_idle() {
            return false;
        }
        if rooms.by_id.remove(&id).is_some() {
            rooms.by_name.remove(name);
        }
        true
    }

    /// The task of a room has done the last there was to do.
    pub(crate) fn ended(&self) {
        self.open.send_replace(self.rooms().by_name.len());
    }
}

/// A participant's place in a room, held by its socket.
pub(crate) struct Seat {
    sid: ParticipantSid,
    generation: u64,
    inputs: mpsc::UnboundedSender<Input>,
}

impl Seat {
    /// A frame came in.
    pub(crate) fn frame(&self, frame: bytes::Bytes) {
        let (from, generation) = (self.sid.clone(), self.generation);
        let _ = self.inputs.send(Input::Frame {
            from,
            generation,
            frame,
        });
    }
}

impl Drop for Seat {
    /// However the socket ended: the room knows whether its participant had said goodbye.
    fn drop(&mut self) {
        let (from, generation) = (self.sid.clone(), self.generation);
        let _ = self.inputs.send(Input::Lost { from, generation });
    }
}
