//! A room with a clock, and clients that take up what they are sent as the web client does.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use bega_protocol::{
    ClientMessage, ErrorCode, EventKind, LeaveReason, Participant, ParticipantId, Presence,
    Request, Resume, Role, ServerMessage, SessionId, SessionKind, SessionState, SessionView,
    Snapshot,
};
use jiff::Timestamp;
use uuid::Uuid;

use crate::{
    Admissions, Booked, ConnectionId, Effect, Hello, MediaGrant, NotBooked, Now, Room, RoomConfig,
    TimelineEntry,
};

pub(super) const LEAD: ParticipantId = id(1);
pub(super) const OFFICER: ParticipantId = id(2);
pub(super) const DEVICE: ParticipantId = id(3);
pub(super) const INTERPRETER: ParticipantId = id(4);
pub(super) const OBSERVER: ParticipantId = id(5);
pub(super) const SECOND_OFFICER: ParticipantId = id(6);
pub(super) const EVERYBODY: [(ParticipantId, Role); 6] = [
    (LEAD, Role::LeadOfficer),
    (OFFICER, Role::Officer),
    (DEVICE, Role::RoomDevice),
    (INTERPRETER, Role::Interpreter),
    (OBSERVER, Role::Observer),
    (SECOND_OFFICER, Role::Officer),
];

const fn id(number: u128) -> ParticipantId {
    ParticipantId(Uuid::from_u128(number))
}

/// A line under a new key.
pub(super) fn line(text: &str) -> ClientMessage {
    use std::sync::atomic::{AtomicU64, Ordering};
    static KEY: AtomicU64 = AtomicU64::new(1);
    ClientMessage::Say {
        key: Uuid::from_u64_pair(1, KEY.fetch_add(1, Ordering::Relaxed)),
        text: text.into(),
    }
}

pub(super) struct Scene {
    pub(super) room: Room,
    now: Now,
    session: SessionView,
    next_connection: u64,
    pub(super) clients: BTreeMap<ConnectionId, Client>,
    /// All there were.
    pub(super) effects: Vec<Effect>,
    pub(super) timeline: Vec<TimelineEntry>,
    media: Vec<MediaGrant>,
}

/// One connection's client.
pub(super) struct Client {
    pub(super) participant: ParticipantId,
    pub(super) received: Vec<ServerMessage>,
    pub(super) known: Option<Known>,
    pub(super) closed: Option<LeaveReason>,
    pub(super) dropped: bool,
    next_request: u32,
}

/// What a client holds.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Known {
    pub(super) epoch: Uuid,
    pub(super) number: u64,
    pub(super) snapshot: Snapshot,
}

impl Scene {
    pub(super) fn new() -> Self {
        Self::after(Admissions::default())
    }

    pub(super) fn after(admissions: Admissions) -> Self {
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
        #[expect(clippy::disallowed_methods, reason = "any instant will do")]
        let instant = Instant::now();
        Self {
            room: Room::new(RoomConfig {
                epoch: Uuid::from_u128(8),
                session: session.clone(),
                booked: EVERYBODY.map(booked).to_vec(),
                admissions,
            }),
            now: Now {
                instant,
                wall: "2030-01-07T09:00:00Z".parse::<Timestamp>().unwrap(),
            },
            session,
            next_connection: 1,
            clients: BTreeMap::new(),
            effects: Vec::new(),
            timeline: Vec::new(),
            media: Vec::new(),
        }
    }

    // What happens.

    pub(super) fn connect(&mut self, participant: ParticipantId) -> ConnectionId {
        self.greet(participant, None).expect("is booked")
    }

    pub(super) fn try_connect(
        &mut self,
        participant: ParticipantId,
    ) -> Result<ConnectionId, NotBooked> {
        self.greet(participant, None)
    }

    /// Connects again with what that client holds.
    pub(super) fn resume(&mut self, connection: ConnectionId) -> ConnectionId {
        let client = &self.clients[&connection];
        let known = client.known.clone();
        self.greet(client.participant, known).expect("is booked")
    }

    fn greet(
        &mut self,
        participant: ParticipantId,
        known: Option<Known>,
    ) -> Result<ConnectionId, NotBooked> {
        let connection = ConnectionId(self.next_connection);
        self.next_connection += 1;
        let resume = known.as_ref().map(|known| Resume {
            epoch: known.epoch,
            number: known.number,
        });
        self.clients.insert(
            connection,
            Client {
                participant,
                received: Vec::new(),
                known,
                closed: None,
                dropped: false,
                next_request: 2,
            },
        );
        let hello = Hello { id: 1, resume };
        self.room
            .connect(self.now, connection, participant, hello)?;
        self.carry_out();
        Ok(connection)
    }

    pub(super) fn disconnect(&mut self, connection: ConnectionId) {
        self.clients.get_mut(&connection).unwrap().dropped = true;
        self.room.disconnect(self.now, connection);
        self.carry_out();
    }

    pub(super) fn request(&mut self, connection: ConnectionId, message: ClientMessage) -> u32 {
        let client = self.clients.get_mut(&connection).unwrap();
        let id = client.next_request;
        client.next_request += 1;
        self.room
            .handle(self.now, connection, Request { id, message });
        self.carry_out();
        id
    }

    pub(super) fn done(&mut self, connection: ConnectionId, message: ClientMessage) {
        let id = self.request(connection, message);
        let done = ServerMessage::Done { id };
        assert!(
            self.received(connection).contains(&done),
            "{:?}",
            self.received(connection).last()
        );
    }

    pub(super) fn failed(&mut self, connection: ConnectionId, message: ClientMessage) -> ErrorCode {
        let request = self.request(connection, message);
        match self.received(connection).last() {
            Some(ServerMessage::Failed { id, code, .. }) if *id == request => *code,
            other => panic!("the request was not refused: {other:?}"),
        }
    }

    pub(super) fn admit(&mut self, by: ConnectionId, participant: ParticipantId) {
        self.done(by, ClientMessage::Admit { participant });
    }

    /// Lets time pass, with every timeout on its time.
    pub(super) fn pass(&mut self, time: Duration) {
        let end = self.now.instant + time;
        while let Some(at) = self.room.poll_timeout().filter(|at| *at <= end) {
            self.step(at);
            self.room.handle_timeout(self.now);
            self.carry_out();
        }
        self.step(end);
    }

    fn step(&mut self, to: Instant) {
        let passed = to.saturating_duration_since(self.now.instant);
        self.now.instant += passed;
        self.now.wall += passed;
    }

    pub(super) fn start(&mut self) {
        self.room.start(self.now);
        self.carry_out();
    }

    pub(super) fn end(&mut self) {
        self.room.end(self.now);
        self.carry_out();
    }

    pub(super) fn cancel(&mut self) {
        self.room.cancel(self.now);
        self.carry_out();
    }

    pub(super) fn stop(&mut self) {
        self.room.stop();
        self.carry_out();
    }

    pub(super) fn change(&mut self, how: impl FnOnce(&mut SessionView)) {
        how(&mut self.session);
        self.room.change(self.now, self.session.clone());
        self.carry_out();
    }

    pub(super) fn book(&mut self, participant: ParticipantId) {
        self.room.book(vec![booked((participant, Role::Supporter))]);
        self.carry_out();
    }

    // What can be seen.

    pub(super) fn received(&self, connection: ConnectionId) -> &[ServerMessage] {
        &self.clients[&connection].received
    }

    pub(super) fn events(&self, connection: ConnectionId) -> Vec<EventKind> {
        self.received(connection)
            .iter()
            .filter_map(|message| match message {
                ServerMessage::Event(event) => Some(event.kind.clone()),
                _ => None,
            })
            .collect()
    }

    pub(super) fn known(&self, connection: ConnectionId) -> &Known {
        self.clients[&connection].known.as_ref().expect("welcomed")
    }

    pub(super) fn known_mut(&mut self, connection: ConnectionId) -> &mut Known {
        let client = self.clients.get_mut(&connection).unwrap();
        client.known.as_mut().expect("welcomed")
    }

    pub(super) fn presence(&self, connection: ConnectionId, of: ParticipantId) -> Option<Presence> {
        self.participant(connection, of).map(|p| p.presence)
    }

    pub(super) fn hand(&self, connection: ConnectionId, of: ParticipantId) -> Option<&str> {
        self.participant(connection, of)?.hand_raised_at.as_deref()
    }

    fn participant(&self, connection: ConnectionId, of: ParticipantId) -> Option<&Participant> {
        let participants = &self.known(connection).snapshot.participants;
        participants.iter().find(|p| p.id == of)
    }

    pub(super) fn closed(&self, connection: ConnectionId) -> Option<LeaveReason> {
        self.clients[&connection].closed
    }

    /// The grants since the last call.
    pub(super) fn media(&mut self) -> Vec<MediaGrant> {
        std::mem::take(&mut self.media)
    }

    fn carry_out(&mut self) {
        while let Some(effect) = self.room.poll_effect() {
            self.effects.push(effect.clone());
            match effect {
                Effect::Send { to, message } => {
                    let client = self.clients.get_mut(&to).expect("the connection exists");
                    assert_eq!(client.closed, None, "nothing is sent after closing");
                    client.take(*message);
                }
                Effect::Close { to, reason } => {
                    let client = self.clients.get_mut(&to).expect("the connection exists");
                    assert_eq!(client.closed.replace(reason), None, "closed twice");
                }
                Effect::Media(grant) => self.media.push(grant),
                Effect::Record(entry) => self.timeline.push(entry),
            }
        }
    }
}

impl Client {
    fn take(&mut self, message: ServerMessage) {
        match &message {
            ServerMessage::Welcome {
                epoch,
                number,
                snapshot,
                ..
            } => {
                self.known = Some(Known {
                    epoch: *epoch,
                    number: *number,
                    snapshot: snapshot.clone(),
                });
            }
            ServerMessage::Event(event) => {
                let known = self.known.as_mut().expect("greeted before events");
                assert!(event.number > known.number, "numbers rise");
                known.number = event.number;
                known.snapshot.take(&event.kind, &event.at);
            }
            ServerMessage::Resumed { .. }
            | ServerMessage::Done { .. }
            | ServerMessage::Failed { .. }
            | ServerMessage::Closing { .. } => {}
        }
        self.received.push(message);
    }
}

trait Take {
    fn take(&mut self, kind: &EventKind, at: &str);
    fn change(&mut self, id: ParticipantId, how: impl FnOnce(&mut Participant));
}

impl Take for Snapshot {
    fn take(&mut self, kind: &EventKind, at: &str) {
        match kind {
            EventKind::Waiting { participant } => {
                self.change(*participant, |p| p.presence = Presence::Waiting);
            }
            EventKind::Admitted { participant, .. } => {
                self.change(*participant, |p| p.presence = Presence::Present);
            }
            EventKind::Refused { participant, .. } => {
                self.change(*participant, |p| p.presence = Presence::Refused);
            }
            EventKind::ParticipantArrived { participant } => {
                if !self.participants.iter().any(|p| p.id == participant.id) {
                    self.participants.push(participant.clone());
                }
                self.change(participant.id, |p| *p = participant.clone());
            }
            EventKind::ParticipantReconnecting { participant } => {
                self.change(*participant, |p| p.presence = Presence::Reconnecting);
            }
            EventKind::ParticipantLeft {
                participant,
                reason,
            } => self.change(*participant, |p| {
                p.hand_raised_at = None;
                p.presence = if *reason == LeaveReason::Removed {
                    Presence::Refused
                } else {
                    Presence::Absent
                };
            }),
            EventKind::HandRaised { participant } => {
                self.change(*participant, |p| p.hand_raised_at = Some(at.into()));
            }
            EventKind::HandLowered { participant } => {
                self.change(*participant, |p| p.hand_raised_at = None);
            }
            EventKind::Chat { line } => self.chat.push(line.clone()),
            EventKind::SessionStarted => {
                self.session.state = SessionState::Live;
                self.session.started_at = Some(at.into());
            }
            EventKind::SessionEnded => self.session.state = SessionState::Ended,
            EventKind::SessionChanged { session } => self.session = session.clone(),
        }
    }

    fn change(&mut self, id: ParticipantId, how: impl FnOnce(&mut Participant)) {
        if let Some(participant) = self.participants.iter_mut().find(|p| p.id == id) {
            how(participant);
        }
    }
}

fn booked((id, role): (ParticipantId, Role)) -> Booked {
    Booked {
        id,
        name: format!("{role:?}"),
        role,
    }
}
