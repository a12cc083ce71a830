//! The room itself: seats, the log of events, and the calls that change them.

use std::{
    collections::{BTreeMap, VecDeque},
    time::{Duration, Instant},
};

use bega_protocol::{
    ClientMessage, ErrorCode, Event, EventKind, LeaveReason, ParticipantId, Request, Resume,
    ServerMessage, SessionState, SessionView, Snapshot,
};
use jiff::Timestamp;
use uuid::Uuid;

use crate::{
    chat::Chat,
    effect::{Admissions, ConnectionId, Effect, MediaGrant, Moment, TimelineEntry},
    lobby::{event_for, participant_for, session_for},
    log::{Audience, Log},
    seat::{Admission, Booked, Place, Seat},
};

/// How long the seat of somebody inside is kept after the connection broke.
pub(crate) const GRACE: Duration = Duration::from_mins(1);
/// How long somebody at the door is still shown after the connection broke: long enough for a
/// socket to come back, short enough that nobody is let in who went away.
const GRACE_AT_THE_DOOR: Duration = Duration::from_secs(15);
/// How long the door stays shut for somebody turned away, so that knocking is no weapon.
pub(crate) const KNOCK_AGAIN: Duration = Duration::from_secs(30);

/// The two clocks at the time of a call.
#[derive(Clone, Copy, Debug)]
pub struct Now {
    /// For what must not jump: grace periods and rates.
    pub instant: Instant,
    /// For what people read.
    pub wall: Timestamp,
}

impl Now {
    /// As it stands in messages.
    pub(crate) fn text(self) -> String {
        format!("{:.3}", self.wall)
    }
}

/// What a room starts with.
#[derive(Clone, Debug)]
pub struct RoomConfig {
    /// Names this life of the room; a client that holds another cannot resume.
    pub epoch: Uuid,
    /// The session.
    pub session: SessionView,
    /// Everybody it is booked for.
    pub booked: Vec<Booked>,
    /// Who was let in and taken out in the room's earlier lives.
    pub admissions: Admissions,
}

/// The first message of a connection.
#[derive(Clone, Debug)]
pub struct Hello {
    /// The request's number.
    pub id: u32,
    /// What the client already holds.
    pub resume: Option<Resume>,
}

/// The session is not booked for this participant.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("the session is not booked for this participant")]
pub struct NotBooked;

/// A live session.
#[derive(Debug)]
pub struct Room {
    epoch: Uuid,
    session: SessionView,
    pub(crate) seats: BTreeMap<ParticipantId, Seat>,
    connections: BTreeMap<ConnectionId, ParticipantId>,
    log: Log,
    pub(crate) chat: Chat,
    pub(crate) effects: VecDeque<Effect>,
}

impl Room {
    /// A room with nobody in it.
    pub fn new(config: RoomConfig) -> Self {
        let RoomConfig {
            epoch,
            session,
            booked,
            admissions,
        } = config;
        let seats = booked
            .into_iter()
            .map(|booked| {
                let admitted = admissions.admitted.contains(&booked.id);
                let removed = admissions.removed.contains(&booked.id);
                (booked.id, Seat::new(booked, admitted, removed))
            })
            .collect();
        Self {
            epoch,
            session,
            seats,
            connections: BTreeMap::new(),
            log: Log::default(),
            chat: Chat::default(),
            effects: VecDeque::new(),
        }
    }

    // Input.

    /// A client opened a connection and said hello. An older one of the same participant is closed.
    ///
    /// # Errors
    ///
    /// When the participant is not booked; nothing has happened then.
    pub fn connect(
        &mut self,
        now: Now,
        connection: ConnectionId,
        participant: ParticipantId,
        hello: Hello,
    ) -> Result<(), NotBooked> {
        let seat = self.seats.get(&participant).ok_or(NotBooked)?;
        if self.is_over() {
            self.effects.push_back(Effect::Close {
                to: connection,
                reason: LeaveReason::SessionOver,
            });
            return Ok(());
        }
        if let Place::TurnedAway { until, .. } = seat.place
            && now.instant < until
        {
            self.effects.push_back(Effect::Close {
                to: connection,
                reason: LeaveReason::Removed,
            });
            return Ok(());
        }

        self.close(participant, LeaveReason::Replaced);
        self.come(now, participant);
        self.connections.insert(connection, participant);
        if let Some(seat) = self.seats.get_mut(&participant) {
            seat.connection = Some(connection);
        }
        let resumed = hello
            .resume
            .is_some_and(|resume| self.resume(participant, &resume));
        if !resumed {
            self.welcome(participant);
        }
        self.effects.push_back(Effect::Send {
            to: connection,
            message: Box::new(ServerMessage::Done { id: hello.id }),
        });
        Ok(())
    }

    /// A client asks for something.
    pub fn handle(&mut self, now: Now, connection: ConnectionId, request: Request) {
        let Some(&participant) = self.connections.get(&connection) else {
            // It was closed while the request was on its way.
            return;
        };
        let leaves = request.message == ClientMessage::Leave;
        let message = match self.carry_out(now, participant, request.message) {
            Ok(()) => ServerMessage::Done { id: request.id },
            Err(error) => ServerMessage::Failed {
                id: request.id,
                code: ErrorCode::from(error),
                detail: error.to_string(),
            },
        };
        self.effects.push_back(Effect::Send {
            to: connection,
            message: Box::new(message),
        });
        if leaves {
            self.go(now, participant, LeaveReason::Left);
        }
    }

    /// A connection broke.
    pub fn disconnect(&mut self, now: Now, connection: ConnectionId) {
        let Some(participant) = self.connections.remove(&connection) else {
            return;
        };
        let Some(seat) = self.seats.get_mut(&participant) else {
            return;
        };
        seat.connection = None;
        match seat.place {
            Place::Waiting { .. } => {
                seat.place = Place::Waiting {
                    back_by: Some(now.instant + GRACE_AT_THE_DOOR),
                };
            }
            Place::Inside { .. } => {
                seat.place = Place::Inside {
                    back_by: Some(now.instant + GRACE),
                };
                self.tell(
                    now,
                    EventKind::ParticipantReconnecting { participant },
                    Audience::Inside,
                );
                self.record(now, Moment::Interrupted { participant });
            }
            Place::Away | Place::TurnedAway { .. } => {}
        }
    }

    /// Time has passed.
    pub fn handle_timeout(&mut self, now: Now) {
        let lost: Vec<_> = self
            .seats
            .values()
            .filter(|seat| seat.deadline().is_some_and(|at| at <= now.instant))
            .map(|seat| seat.booked.id)
            .collect();
        for participant in lost {
            self.go(now, participant, LeaveReason::Lost);
        }
    }

    /// The session was started.
    pub fn start(&mut self, now: Now) {
        if self.session.state != SessionState::Planned {
            return;
        }
        self.session.state = SessionState::Live;
        self.session.started_at = Some(now.text());
        self.tell(now, EventKind::SessionStarted, Audience::Everybody);
        self.record(now, Moment::Started);
    }

    /// The session was ended: everybody is told, and out.
    pub fn end(&mut self, now: Now) {
        if self.is_over() {
            return;
        }
        self.session.state = SessionState::Ended;
        self.tell(now, EventKind::SessionEnded, Audience::Everybody);
        self.record(now, Moment::Ended);
        self.send_all_away();
    }

    /// The session was called off: everybody is told, and out.
    pub fn cancel(&mut self, now: Now) {
        if self.is_over() {
            return;
        }
        self.session.state = SessionState::Cancelled;
        let session = self.session.clone();
        self.tell(
            now,
            EventKind::SessionChanged { session },
            Audience::Everybody,
        );
        self.record(now, Moment::Cancelled);
        self.send_all_away();
    }

    /// Time, place or language of the session changed. Its state is not taken from here: see
    /// [`Room::start`], [`Room::end`] and [`Room::cancel`].
    pub fn change(&mut self, now: Now, session: SessionView) {
        let session = SessionView {
            state: self.session.state,
            started_at: self.session.started_at.clone(),
            ..session
        };
        if self.is_over() || self.session == session {
            return;
        }
        self.session = session.clone();
        self.tell(
            now,
            EventKind::SessionChanged { session },
            Audience::Everybody,
        );
    }

    /// More people were booked, or under other names or roles. Everybody is welcomed anew.
    pub fn book(&mut self, booked: Vec<Booked>) {
        let mut changed = false;
        for booked in booked {
            match self.seats.get_mut(&booked.id) {
                Some(seat) if seat.booked == booked => {}
                Some(seat) => {
                    seat.booked = booked;
                    changed = true;
                }
                None => {
                    self.seats
                        .insert(booked.id, Seat::new(booked, false, false));
                    changed = true;
                }
            }
        }
        if changed {
            for seat in self.seats.values_mut() {
                seat.view_since = None;
            }
            let present: Vec<_> = self.connections.values().copied().collect();
            for participant in present {
                self.welcome(participant);
            }
        }
    }

    /// The server stops: everybody is told to connect again. Nothing else changes, so that who was
    /// inside comes straight back.
    pub fn stop(&mut self) {
        for to in std::mem::take(&mut self.connections).into_keys() {
            self.effects.push_back(Effect::Close {
                to,
                reason: LeaveReason::ServerStopping,
            });
        }
        for seat in self.seats.values_mut() {
            seat.connection = None;
        }
    }

    // Output.

    /// The next thing to carry out.
    pub fn poll_effect(&mut self) -> Option<Effect> {
        self.effects.pop_front()
    }

    /// When to call [`Room::handle_timeout`].
    pub fn poll_timeout(&self) -> Option<Instant> {
        self.seats.values().filter_map(Seat::deadline).min()
    }

    /// Where a participant stands.
    pub fn admission(&self, participant: ParticipantId) -> Admission {
        self.seats
            .get(&participant)
            .map_or(Admission::Absent, Seat::admission)
    }

    /// Whether nobody is connected and nobody is expected back.
    pub fn is_empty(&self) -> bool {
        self.connections.is_empty() && self.poll_timeout().is_none()
    }

    /// Whether the session was ended or called off.
    pub fn is_over(&self) -> bool {
        match self.session.state {
            SessionState::Planned | SessionState::Live => false,
            SessionState::Ended | SessionState::Cancelled => true,
        }
    }

    // Within.

    fn carry_out(
        &mut self,
        now: Now,
        from: ParticipantId,
        message: ClientMessage,
    ) -> Result<(), RequestError> {
        match message {
            ClientMessage::Hello { .. } => Err(RequestError::SecondHello),
            ClientMessage::Admit { participant } => self.admit(now, from, participant),
            ClientMessage::Refuse { participant } => self.refuse(now, from, participant),
            ClientMessage::Remove { participant } => self.remove(now, from, participant),
            ClientMessage::RaiseHand => self.raise_hand(now, from),
            ClientMessage::LowerHand { participant } => self.lower_hand(now, from, participant),
            ClientMessage::Say { key, text } => self.say(now, from, key, &text),
            ClientMessage::Ping | ClientMessage::Leave => Ok(()),
        }
    }

    /// The seat of a participant who is inside.
    pub(crate) fn inside(&mut self, participant: ParticipantId) -> Result<&mut Seat, RequestError> {
        self.seats
            .get_mut(&participant)
            .filter(|seat| seat.is_inside())
            .ok_or(RequestError::NotAdmitted)
    }

    /// Numbers an event, keeps it, and sends it to those of its audience who are connected.
    pub(crate) fn tell(&mut self, now: Now, kind: EventKind, audience: Audience) {
        let event = self.log.push(now.text(), kind, audience);
        for (to, participant) in &self.connections {
            let Some(seat) = self.seats.get(participant) else {
                continue;
            };
            if audience.includes(seat) {
                let kind = event_for(seat, &event.kind);
                self.effects.push_back(Effect::Send {
                    to: *to,
                    message: Box::new(ServerMessage::Event(Event {
                        kind,
                        ..event.clone()
                    })),
                });
            }
        }
    }

    pub(crate) fn record(&mut self, now: Now, moment: Moment) {
        self.effects.push_back(Effect::Record(TimelineEntry {
            at: now.wall,
            moment,
        }));
    }

    /// Sends the whole state, where the participant is connected.
    pub(crate) fn welcome(&mut self, participant: ParticipantId) {
        let Some(viewer) = self.seats.get(&participant) else {
            return;
        };
        let Some(to) = viewer.connection else {
            return;
        };
        let snapshot = Snapshot {
            session: session_for(viewer, &self.session),
            participants: self
                .seats
                .values()
                .filter_map(|seat| participant_for(viewer, seat))
                .collect(),
            chat: if viewer.admitted {
                self.chat.lines()
            } else {
                Vec::new()
            },
        };
        let number = self.log.last();
        self.effects.push_back(Effect::Send {
            to,
            message: Box::new(ServerMessage::Welcome {
                epoch: self.epoch,
                number,
                you: participant,
                snapshot,
            }),
        });
        if let Some(seat) = self.seats.get_mut(&participant) {
            seat.view_since.get_or_insert(number);
        }
    }

    /// Sends what was missed, if that is all known and the client's view is still the same.
    fn resume(&mut self, participant: ParticipantId, resume: &Resume) -> bool {
        let Some(viewer) = self.seats.get(&participant) else {
            return false;
        };
        let (Some(to), Some(view_since)) = (viewer.connection, viewer.view_since) else {
            return false;
        };
        if resume.epoch != self.epoch || resume.number < view_since {
            return false;
        }
        let Some(missed) = self.log.since(resume.number) else {
            return false;
        };
        self.effects.push_back(Effect::Send {
            to,
            message: Box::new(ServerMessage::Resumed {
                number: self.log.last(),
            }),
        });
        for (event, audience) in missed {
            if audience.includes(viewer) {
                self.effects.push_back(Effect::Send {
                    to,
                    message: Box::new(ServerMessage::Event(Event {
                        kind: event_for(viewer, &event.kind),
                        ..event.clone()
                    })),
                });
            }
        }
        true
    }

    /// Closes the participant's connection, if there is one.
    pub(crate) fn close(&mut self, participant: ParticipantId, reason: LeaveReason) {
        let connection = self
            .seats
            .get_mut(&participant)
            .and_then(|seat| seat.connection.take());
        if let Some(to) = connection {
            self.connections.remove(&to);
            self.effects.push_back(Effect::Close { to, reason });
        }
    }

    fn send_all_away(&mut self) {
        for seat in self.seats.values_mut() {
            if seat.is_inside() {
                self.effects
                    .push_back(Effect::Media(MediaGrant::Withdrawn(seat.booked.id)));
            }
            seat.place = Place::Away;
            seat.hand = None;
            if let Some(to) = seat.connection.take() {
                self.effects.push_back(Effect::Close {
                    to,
                    reason: LeaveReason::SessionOver,
                });
            }
        }
        self.connections.clear();
    }
}

/// Why a request was refused.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub(crate) enum RequestError {
    /// The role does not allow it.
    #[error("your role does not allow this")]
    NotAllowed,
    /// The asker waits at the door.
    #[error("you have not been admitted yet")]
    NotAdmitted,
    /// Nobody like that, or not where it would make sense.
    #[error("there is no such participant in that state")]
    UnknownParticipant,
    /// Empty or too long.
    #[error("a line has 1 to 2,000 characters")]
    BadText,
    /// Faster than a person can.
    #[error("too many requests; wait a moment")]
    TooMany,
    /// Only the first message is a hello.
    #[error("hello is only the first message")]
    SecondHello,
}

impl From<RequestError> for ErrorCode {
    fn from(error: RequestError) -> Self {
        match error {
            RequestError::NotAllowed => Self::NotAllowed,
            RequestError::NotAdmitted => Self::NotAdmitted,
            RequestError::UnknownParticipant => Self::UnknownParticipant,
            RequestError::BadText => Self::BadText,
            RequestError::TooMany => Self::TooMany,
            RequestError::SecondHello => Self::BadMessage,
        }
    }
}
