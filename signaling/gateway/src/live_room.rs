//! The task that owns one live session's room: feeds it what happens and carries out its effects.
//!
//! Nothing here waits for a client or for the database. A client that does not read what it is sent
//! is cut off when its queue is full, and the timeline is written by a task of its own that tries
//! until it succeeds: an interview goes on while the database is away.

use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use bega_protocol::{LeaveReason, ParticipantId, Request, ServerMessage, SessionId, SessionView};
use bega_room::{
    Admission, Booked, ConnectionId, Effect, Hello, MediaGrant, Now, Room, TimelineEntry,
};
use tokio::{
    sync::{mpsc, oneshot, watch},
    time::{Instant, sleep, sleep_until},
};

use crate::live_hub::{LiveRecords, LiveSeams, Slot};

/// How long a room without anybody stays open: a break in a bad connection shall not cost the chat.
const IDLE: Duration = Duration::from_mins(5);
/// Messages that wait for a client: a resume after the longest absence, and some more.
const WRITE_QUEUE: usize = 1_280;
/// Between two attempts to write the timeline, at first and at most.
const RETRY: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(5));
/// Attempts when the server stops meanwhile.
const LAST_ATTEMPTS: u32 = 5;

/// What can happen to a room.
pub(crate) enum Input {
    Connect {
        connection: ConnectionId,
        participant: ParticipantId,
        hello: Hello,
        outbox: Outbox,
        /// Gets the outbox back where the participant is not booked.
        reply: oneshot::Sender<Result<(), Outbox>>,
    },
    Request {
        connection: ConnectionId,
        request: Request,
    },
    Disconnect {
        connection: ConnectionId,
    },
    Start,
    End,
    Cancel,
    Change(Box<SessionView>),
    Book(Vec<Booked>),
    Admission {
        participant: ParticipantId,
        reply: oneshot::Sender<Admission>,
    },
}

/// The room's end of a client's queue.
#[derive(Debug)]
pub(crate) struct Outbox {
    queue: mpsc::Sender<Outgoing>,
    cut: mpsc::Sender<LeaveReason>,
}

/// The socket's end of a client's queue.
#[derive(Debug)]
pub(crate) struct Inbox {
    pub(crate) queue: mpsc::Receiver<Outgoing>,
    pub(crate) cut: Cut,
}

/// For a client.
#[derive(Debug)]
pub(crate) enum Outgoing {
    Message(Box<ServerMessage>),
    Close(LeaveReason),
}

/// A client's queue.
pub(crate) fn queue() -> (Outbox, Inbox) {
    let (sender, receiver) = mpsc::channel(WRITE_QUEUE);
    let (cut, is_cut) = mpsc::channel(1);
    let outbox = Outbox { queue: sender, cut };
    let inbox = Inbox {
        queue: receiver,
        cut: Cut(is_cut),
    };
    (outbox, inbox)
}

/// The room's power to end a connection past what is still queued for it.
#[derive(Debug)]
pub(crate) struct Cut(mpsc::Receiver<LeaveReason>);

impl Cut {
    /// Waits for it. A room that lets go of a connection in any other way says so in the queue.
    pub(crate) async fn wait(&mut self) -> LeaveReason {
        match self.0.recv().await {
            Some(reason) => reason,
            None => std::future::pending().await,
        }
    }
}

/// Runs the room until it is over, idle, or the server stops.
pub(crate) async fn run(
    session: SessionId,
    room: Room,
    mut inputs: mpsc::Receiver<Input>,
    slot: &Slot,
    seams: LiveSeams,
    mut stopping: watch::Receiver<bool>,
) {
    tracing::info!(session.id = %session, "live session opened");
    let recorder = Recorder::start(session, Arc::clone(&seams.records), stopping.clone());
    let mut actor = Actor {
        session,
        room,
        outboxes: HashMap::new(),
        recorder,
        seams,
    };
    let mut idle_since = Some(Instant::now());
    while !actor.room.is_over() {
        let timeout = actor.room.poll_timeout().map(Instant::from_std);
        let idle_at = idle_since.map(|since| since + IDLE);
        tokio::select! {
            input = inputs.recv() => match input {
                Some(input) => actor.take(input),
                None => break,
            },
            () = until(timeout) => actor.room.handle_timeout(actor.now()),
            () = until(idle_at) => {
                // Nobody finds the room while its slot is looked at.
                let mut place = slot.room.lock().await;
                if inputs.is_empty() && actor.recorder.is_done() {
                    *place = None;
                    inputs.close();
                    break;
                }
                drop(place);
                idle_since = None;
            }
            () = stops(&mut stopping) => actor.room.stop(),
        }
        actor.carry_out();
        if *stopping.borrow() {
            break;
        }
        idle_since = actor
            .room
            .is_empty()
            .then(|| idle_since.unwrap_or_else(Instant::now));
    }
    tracing::info!(session.id = %session, "live session closed");
}

/// Waits until the server stops.
pub(crate) async fn stops(stopping: &mut watch::Receiver<bool>) {
    let _ = stopping.wait_for(|stops| *stops).await;
}

async fn until(at: Option<Instant>) {
    match at {
        Some(at) => sleep_until(at).await,
        None => std::future::pending().await,
    }
}

struct Actor {
    session: SessionId,
    room: Room,
    outboxes: HashMap<ConnectionId, Outbox>,
    recorder: Recorder,
    seams: LiveSeams,
}

impl Actor {
    fn now(&self) -> Now {
        Now {
            instant: Instant::now().into_std(),
            wall: (self.seams.clock)(),
        }
    }

    fn take(&mut self, input: Input) {
        let now = self.now();
        match input {
            Input::Connect {
                connection,
                participant,
                hello,
                outbox,
                reply,
            } => {
                let answer = match self.room.connect(now, connection, participant, hello) {
                    Ok(()) => {
                        self.outboxes.insert(connection, outbox);
                        Ok(())
                    }
                    Err(_not_booked) => Err(outbox),
                };
                let _ = reply.send(answer);
            }
            Input::Request {
                connection,
                request,
            } => self.room.handle(now, connection, request),
            Input::Disconnect { connection } => {
                self.outboxes.remove(&connection);
                self.room.disconnect(now, connection);
            }
            Input::Start => self.room.start(now),
            Input::End => self.room.end(now),
            Input::Cancel => self.room.cancel(now),
            Input::Change(session) => self.room.change(now, *session),
            Input::Book(booked) => self.room.book(booked),
            Input::Admission { participant, reply } => {
                let _ = reply.send(self.room.admission(participant));
            }
        }
    }

    fn carry_out(&mut self) {
        while let Some(effect) = self.room.poll_effect() {
            match effect {
                Effect::Send { to, message } => {
                    let Some(outbox) = self.outboxes.get(&to) else {
                        continue;
                    };
                    let full = outbox.queue.try_send(Outgoing::Message(message));
                    if let Err(mpsc::error::TrySendError::Full(_)) = full {
                        tracing::info!(session.id = %self.session, "a client reads too slowly");
                        self.cut(to, LeaveReason::TooSlow);
                        self.room.disconnect(self.now(), to);
                    }
                }
                Effect::Close { to, reason } => {
                    let Some(outbox) = self.outboxes.get(&to) else {
                        continue;
                    };
                    match outbox.queue.try_send(Outgoing::Close(reason)) {
                        Ok(()) => {
                            self.outboxes.remove(&to);
                        }
                        Err(_) => self.cut(to, reason),
                    }
                }
                Effect::Media(MediaGrant::Admitted(participant)) => {
                    self.seams.gates.admitted(self.session, participant);
                }
                Effect::Media(MediaGrant::Withdrawn(participant)) => {
                    self.seams.gates.withdrawn(self.session, participant);
                }
                Effect::Record(entry) => self.recorder.record(entry),
            }
        }
    }

    fn cut(&mut self, connection: ConnectionId, reason: LeaveReason) {
        if let Some(outbox) = self.outboxes.remove(&connection) {
            let _ = outbox.cut.try_send(reason);
        }
    }
}

/// Writes a session's timeline, in order, however long it takes.
struct Recorder {
    entries: mpsc::UnboundedSender<TimelineEntry>,
    /// Entries that are not yet written.
    open: Arc<AtomicUsize>,
}

impl Recorder {
    fn start(
        session: SessionId,
        records: Arc<dyn LiveRecords>,
        stopping: watch::Receiver<bool>,
    ) -> Self {
        // Without a bound: it holds what people do, at the pace of people.
        let (entries, queue) = mpsc::unbounded_channel();
        let open = Arc::new(AtomicUsize::new(0));
        tokio::spawn(write(session, records, queue, Arc::clone(&open), stopping));
        Self { entries, open }
    }

    fn record(&self, entry: TimelineEntry) {
        self.open.fetch_add(1, Ordering::SeqCst);
        let _ = self.entries.send(entry);
    }

    fn is_done(&self) -> bool {
        self.open.load(Ordering::SeqCst) == 0
    }
}

async fn write(
    session: SessionId,
    records: Arc<dyn LiveRecords>,
    mut queue: mpsc::UnboundedReceiver<TimelineEntry>,
    open: Arc<AtomicUsize>,
    stopping: watch::Receiver<bool>,
) {
    let mut entries = Vec::new();
    while queue.recv_many(&mut entries, 64).await > 0 {
        let mut attempts = 0;
        let mut pause = RETRY.0;
        while let Err(error) = records.record(session, &entries).await {
            attempts += 1;
            if attempts == 1 {
                tracing::error!(session.id = %session, %error, "timeline not written yet");
            }
            if *stopping.borrow() && attempts >= LAST_ATTEMPTS {
                tracing::error!(session.id = %session, entries = entries.len(), "timeline lost");
                break;
            }
            sleep(pause).await;
            pause = (pause * 2).min(RETRY.1);
        }
        open.fetch_sub(entries.len(), Ordering::SeqCst);
        entries.clear();
    }
}

#[cfg(test)]
mod tests {
    use std::error::Error;

    use axum::http::HeaderMap;
    use bega_protocol::{Role, SessionKind, SessionState};
    use bega_room::{Admissions, RoomConfig};
    use uuid::Uuid;

    use super::*;
    use crate::live_hub::{LiveDoorError, LiveDoors, MediaGates, Opening, Visitor};

    const LEAD: ParticipantId = ParticipantId(Uuid::from_u128(1));
    const OFFICER: ParticipantId = ParticipantId(Uuid::from_u128(2));

    #[tokio::test]
    async fn a_client_that_does_not_read_is_cut_off_and_delays_nobody() {
        let (inputs, session) = open();
        let mut slow = connect(&inputs, 1, LEAD).await;
        let mut quick = connect(&inputs, 2, OFFICER).await;

        for number in 0..=WRITE_QUEUE {
            let mut session = session.clone();
            session.room_name = format!("Room {number}");
            inputs.send(Input::Change(Box::new(session))).await.unwrap();
            quick.queue.recv().await.unwrap();
        }

        assert_eq!(slow.cut.wait().await, LeaveReason::TooSlow);
        let (reply, answer) = oneshot::channel();
        let participant = LEAD;
        inputs
            .send(Input::Admission { participant, reply })
            .await
            .unwrap();
        assert_eq!(
            answer.await.unwrap(),
            Admission::Admitted,
            "the seat is kept"
        );
    }

    fn open() -> (mpsc::Sender<Input>, SessionView) {
        let session = SessionView {
            id: SessionId(Uuid::from_u128(7)),
            kind: SessionKind::Interview,
            state: SessionState::Planned,
            reference: "NLD-2030-014".into(),
            starts_at: "2030-01-07T09:00:00.000Z".into(),
            ends_at: "2030-01-07T11:00:00.000Z".into(),
            started_at: None,
            room_name: "Room 2".into(),
            site_name: "ETC Timișoara".into(),
            time_zone: "Europe/Bucharest".into(),
            language: "ti".into(),
        };
        let booked = |(id, role)| Booked {
            id,
            name: format!("{role:?}"),
            role,
        };
        let room = Room::new(RoomConfig {
            epoch: Uuid::nil(),
            session: session.clone(),
            booked: [(LEAD, Role::LeadOfficer), (OFFICER, Role::Officer)]
                .map(booked)
                .into(),
            admissions: Admissions::default(),
        });
        let seams = LiveSeams {
            doors: Arc::new(Nothing),
            records: Arc::new(Nothing),
            gates: Arc::new(Nothing),
            clock: Arc::new(|| jiff::Timestamp::UNIX_EPOCH),
        };
        let (inputs, queue) = mpsc::channel(8);
        let id = session.id;
        tokio::spawn(async move {
            let stopping = watch::Sender::new(false);
            let receiver = stopping.subscribe();
            run(id, room, queue, &Slot::default(), seams, receiver).await;
        });
        (inputs, session)
    }

    async fn connect(inputs: &mpsc::Sender<Input>, number: u64, who: ParticipantId) -> Inbox {
        let (outbox, inbox) = queue();
        let (reply, answer) = oneshot::channel();
        inputs
            .send(Input::Connect {
                connection: ConnectionId(number),
                participant: who,
                hello: Hello {
                    id: 1,
                    resume: None,
                },
                outbox,
                reply,
            })
            .await
            .unwrap();
        answer.await.unwrap().expect("is booked");
        inbox
    }

    struct Nothing;

    #[async_trait::async_trait]
    impl LiveDoors for Nothing {
        fn allows_origin(&self, _: &str) -> bool {
            false
        }

        async fn authenticate(
            &self,
            _: &HeaderMap,
            _: SessionId,
        ) -> Result<Visitor, LiveDoorError> {
            Err(LiveDoorError::Unavailable)
        }

        async fn open(&self, _: SessionId) -> Result<Opening, LiveDoorError> {
            Err(LiveDoorError::Unavailable)
        }
    }

    #[async_trait::async_trait]
    impl LiveRecords for Nothing {
        async fn record(
            &self,
            _: SessionId,
            _: &[TimelineEntry],
        ) -> Result<(), Box<dyn Error + Send + Sync>> {
            Ok(())
        }
    }

    impl MediaGates for Nothing {
        fn admitted(&self, _: SessionId, _: ParticipantId) {}

        fn withdrawn(&self, _: SessionId, _: ParticipantId) {}
    }
}
