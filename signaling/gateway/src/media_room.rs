//! The task of one media room: everything that happens in it, one thing after the other.

use std::collections::HashMap;
use std::sync::Arc;

use bega_media::{Event, Kind, RoomId};
use bega_negotiation::{
    CallError, Effect, EndReason, Grants, JoinParams, MediaRoom, ParticipantSid, RoomConfig,
    RoomEntry, ServiceCall,
};
use bytes::Bytes;
use rand::SeedableRng;
use rand::rngs::StdRng;
use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;

use crate::media_hub::{Renewal, Shared};

/// Where frames for a client go. When it is full, the client is too slow and is let go.
pub(crate) type Socket = mpsc::Sender<Outgoing>;

/// What a socket is told to do.
#[derive(Debug)]
pub(crate) enum Outgoing {
    /// Send a binary frame.
    Frame(Vec<u8>),
    /// Close: the presence has ended.
    Close(EndReason),
}

/// What a room is told.
pub(crate) enum Input {
    Join {
        grants: Grants,
        params: JoinParams,
        socket: Socket,
        /// The new participant and the generation of its socket, or what its client is told.
        reply: oneshot::Sender<Result<(ParticipantSid, u64), Vec<u8>>>,
    },
    Resume {
        sid: ParticipantSid,
        identity: String,
        socket: Socket,
        reply: oneshot::Sender<Result<u64, Vec<u8>>>,
    },
    Frame {
        from: ParticipantSid,
        generation: u64,
        frame: Bytes,
    },
    Lost {
        from: ParticipantSid,
        generation: u64,
    },
    Event(Event),
    Token {
        of: ParticipantSid,
        renewal: Renewal,
    },
    Policy {
        pair: (String, String),
        allowed: bool,
    },
    /// Another server asks.
    Call(ServiceCall, oneshot::Sender<Result<Vec<u8>, CallError>>),
    /// What the list of rooms says of this one.
    Describe(oneshot::Sender<RoomEntry>),
    Mute(String, Kind),
    Kick(String),
    Close,
    Drain,
}

/// Runs a room until nobody is left in it.
pub(crate) async fn run(
    hub: Arc<Shared>,
    config: RoomConfig,
    policy: HashMap<(String, String), bool>,
    mut inputs: mpsc::UnboundedReceiver<Input>,
    mut messages: mpsc::Receiver<Event>,
) {
    let _guard = Guard {
        hub: Arc::clone(&hub),
        name: config.name.clone(),
        id: config.room,
    };
    let (own, mut renewals) = mpsc::unbounded_channel();
    let mut actor = Actor {
        name: config.name.clone(),
        id: config.room,
        room: MediaRoom::new(config, Box::new(StdRng::from_os_rng())),
        sockets: HashMap::new(),
        generation: 0,
        own,
        hub,
    };
    for ((subscriber, publisher), allowed) in policy {
        actor.room.set_policy(&subscriber, &publisher, allowed);
    }

    loop {
        let due = actor.room.poll_timeout().map(Instant::from_std);
        let timeout = async {
            match due {
                Some(due) => tokio::time::sleep_until(due).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            Some(input) = inputs.recv() => actor.handle(input),
            Some(input) = renewals.recv() => actor.handle(input),
            Some(event) = messages.recv() => actor.handle(Input::Event(event)),
            () = timeout => actor.room.handle_timeout(now()),
        }
        actor.carry_out();

        let is_over = actor.room.is_over(now())
            && actor
                .hub
                .retire(&actor.name, actor.id, || inputs.is_empty());
        if is_over {
            actor.room.finish();
            actor.carry_out();
            tracing::debug!(room = %actor.id.0, "media room ended");
            return;
        }
    }
}

struct Actor {
    name: String,
    id: RoomId,
    room: MediaRoom,
    /// The socket each participant has now, and its generation: what an older one says is stale.
    sockets: HashMap<ParticipantSid, (u64, Socket)>,
    generation: u64,
    /// For answers to what the room itself asked for.
    own: mpsc::UnboundedSender<Input>,
    hub: Arc<Shared>,
}

impl Actor {
    fn handle(&mut self, input: Input) {
        match input {
            Input::Join {
                grants,
                params,
                socket,
                reply,
            } => {
                let outcome = self.join(grants, params, socket);
                self.reply(reply, outcome);
            }
            Input::Resume {
                sid,
                identity,
                socket,
                reply,
            } => {
                let outcome = self.resume(&sid, &identity, socket);
                self.reply(reply, outcome);
            }
            Input::Frame {
                from,
                generation,
                frame,
            } => {
                if self.is_current(&from, generation)
                    && let Err(error) = self.room.handle_frame(now(), &from, &frame)
                {
                    // The text of a parse error holds positions, never content.
                    tracing::info!(room = %self.id.0, participant = %from, %error, "frame refused");
                    metrics::counter!("bega_media_malformed_total").increment(1);
                }
            }
            Input::Lost { from, generation } => {
                if self.is_current(&from, generation) {
                    self.lose(&from);
                }
            }
            Input::Event(event) => self.room.handle_media_event(now(), &event),
            Input::Token { of, renewal } => {
                let Renewal { token, expires } = renewal;
                self.room
                    .refresh_token(now(), &of, token, expires.into_std());
            }
            Input::Policy {
                pair: (subscriber, publisher),
                allowed,
            } => {
                self.room.set_policy(&subscriber, &publisher, allowed);
            }
            Input::Call(call, reply) => {
                // One who no longer waits has been served all the same.
                let _ = reply.send(self.room.handle_call(&call));
            }
            Input::Describe(reply) => {
                let _ = reply.send(self.room.entry());
            }
            Input::Mute(identity, kind) => self.room.mute(&identity, kind),
            Input::Kick(identity) => self.room.kick(&identity),
            Input::Close => self.room.close(),
            Input::Drain => self.room.drain(),
        }
    }

    fn join(
        &mut self,
        grants: Grants,
        params: JoinParams,
        socket: Socket,
    ) -> Result<(ParticipantSid, u64), Vec<u8>> {
        let sid = self
            .room
            .handle_join(now(), grants, params)
            .map_err(|error| error.frame())?;
        metrics::counter!("bega_media_joins_total").increment(1);
        metrics::gauge!("bega_media_participants").increment(1.0);
        let generation = self.seat(sid.clone(), socket);
        Ok((sid, generation))
    }

    fn resume(
        &mut self,
        sid: &ParticipantSid,
        identity: &str,
        socket: Socket,
    ) -> Result<u64, Vec<u8>> {
        self.room
            .handle_resume(now(), sid, identity)
            .map_err(|error| error.frame())?;
        metrics::counter!("bega_media_resumes_total").increment(1);
        Ok(self.seat(sid.clone(), socket))
    }

    fn seat(&mut self, sid: ParticipantSid, socket: Socket) -> u64 {
        self.generation += 1;
        // An older socket of the same participant closes when its sender is dropped here.
        self.sockets.insert(sid, (self.generation, socket));
        self.generation
    }

    /// One who has gone away while waiting for the answer has lost its socket already.
    fn reply<T>(
        &mut self,
        reply: oneshot::Sender<Result<T, Vec<u8>>>,
        outcome: Result<T, Vec<u8>>,
    ) {
        let generation = self.generation;
        let is_in = outcome.is_ok();
        if reply.send(outcome).is_err() && is_in {
            let newest = self
                .sockets
                .iter()
                .find(|(_, (theirs, _))| *theirs == generation);
            if let Some(sid) = newest.map(|(sid, _)| sid.clone()) {
                self.lose(&sid);
            }
        }
    }

    fn is_current(&self, sid: &ParticipantSid, generation: u64) -> bool {
        self.sockets
            .get(sid)
            .is_some_and(|(current, _)| *current == generation)
    }

    fn lose(&mut self, sid: &ParticipantSid) {
        self.sockets.remove(sid);
        self.room.handle_socket_lost(now(), sid);
    }

    fn carry_out(&mut self) {
        while let Some(effect) = self.room.poll_effect() {
            match effect {
                Effect::Send { to, frame } => {
                    let sent = self
                        .sockets
                        .get(&to)
                        .map(|(_, socket)| socket.try_send(Outgoing::Frame(frame)));
                    if let Some(Err(_)) = sent {
                        tracing::info!(room = %self.id.0, participant = %to, "socket too slow");
                        self.lose(&to);
                    }
                }
                Effect::Disconnect { to, why } => {
                    tracing::info!(room = %self.id.0, participant = %to, why = why.code(), "participant ended");
                    metrics::gauge!("bega_media_participants").decrement(1.0);
                    metrics::counter!("bega_media_ends_total", "why" => why.code()).increment(1);
                    if let Some((_, socket)) = self.sockets.remove(&to) {
                        // If there is no room for it, dropping the sender closes the socket too.
                        let _ = socket.try_send(Outgoing::Close(why));
                    }
                }
                Effect::WantToken { of, identity } => self.renew(of, identity),
                Effect::Media(command) => self.hub.plane.send(self.id, command),
                Effect::Report(report) => {
                    if let Some(reports) = &self.hub.reports {
                        reports.report(report);
                    }
                }
            }
        }
    }

    fn renew(&self, of: ParticipantSid, identity: String) {
        let (hub, room, own) = (Arc::clone(&self.hub), self.name.clone(), self.own.clone());
        tokio::spawn(async move {
            if let Some(renewal) = hub.doors.renew(&room, &identity).await {
                let _ = own.send(Input::Token { of, renewal });
            }
        });
    }
}

/// Forgets the room even if its task panicked: its clients lose their sockets and join anew.
struct Guard {
    hub: Arc<Shared>,
    name: String,
    id: RoomId,
}

impl Drop for Guard {
    fn drop(&mut self) {
        self.hub.retire(&self.name, self.id, || true);
        self.hub.ended();
    }
}

fn now() -> std::time::Instant {
    Instant::now().into_std()
}
