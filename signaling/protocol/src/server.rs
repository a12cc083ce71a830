//! From the server to a client.

use bega_scheduling::{ParticipantId, Role, SessionId, SessionKind, SessionState};
use serde::{Deserialize, Serialize};
use ts_rs::TS;
use uuid::Uuid;

/// From the server to a client.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize, TS)]
#[serde(
    tag = "type",
    rename_all = "snake_case",
    rename_all_fields = "camelCase"
)]
pub enum ServerMessage {
    /// The whole state. The first message to a client that brings nothing, or too little, to resume;
    /// and again whenever the client may see more or less than before, such as on being admitted. It
    /// replaces all the client holds.
    Welcome {
        /// Names this life of the room; changes when the server restarts.
        epoch: Uuid,
        /// The number of the last event the snapshot contains.
        #[ts(type = "number")]
        number: u64,
        /// Which of the participants the client is.
        you: ParticipantId,
        /// The state.
        snapshot: Snapshot,
    },
    /// The events that were missed follow.
    Resumed {
        /// The number of the last event that follows.
        #[ts(type = "number")]
        number: u64,
    },
    /// Something changed.
    Event(Event),
    /// The request was carried out.
    Done {
        /// The request's number.
        id: u32,
    },
    /// The request was refused; the connection stays open.
    Failed {
        /// The request's number.
        id: u32,
        /// What a client may match on.
        code: ErrorCode,
        /// What a person may read.
        detail: String,
    },
    /// The server closes the connection after this.
    Closing {
        /// Why.
        reason: LeaveReason,
    },
}

/// A numbered change.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize, TS)]
#[ts(type = "{ number: number; at: string } & EventKind")]
pub struct Event {
    /// Rises with each event of the room; gaps are events this client may not see.
    pub number: u64,
    /// When, RFC 3339 UTC.
    pub at: String,
    /// What.
    #[serde(flatten)]
    pub kind: EventKind,
}

/// What changed.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize, TS)]
#[serde(
    tag = "kind",
    rename_all = "snake_case",
    rename_all_fields = "camelCase"
)]
pub enum EventKind {
    /// Somebody came to the door and waits.
    Waiting {
        /// Who.
        participant: ParticipantId,
    },
    /// Somebody was let in.
    Admitted {
        /// Who.
        participant: ParticipantId,
        /// By whom; absent where the role needs no admission.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        by: Option<ParticipantId>,
    },
    /// Somebody was turned away.
    Refused {
        /// Who.
        participant: ParticipantId,
        /// By whom.
        by: ParticipantId,
    },
    /// An admitted participant is here, for the first time or again.
    ParticipantArrived {
        /// Who, as the room now sees them.
        participant: Participant,
    },
    /// A participant lost the connection a moment ago; the seat is kept.
    ParticipantReconnecting {
        /// Who.
        participant: ParticipantId,
    },
    /// A participant went, was removed, or was lost for longer than the grace period.
    ParticipantLeft {
        /// Who.
        participant: ParticipantId,
        /// Why.
        reason: LeaveReason,
    },
    /// Somebody asks for the floor.
    HandRaised {
        /// Who.
        participant: ParticipantId,
    },
    /// The hand is down again.
    HandLowered {
        /// Whose.
        participant: ParticipantId,
    },
    /// A line was written.
    Chat {
        /// The line.
        line: ChatLine,
    },
    /// The lead started the session.
    SessionStarted,
    /// The session is over.
    SessionEnded,
    /// Time, room or people of the session changed.
    SessionChanged {
        /// The session as it now is.
        session: SessionView,
    },
}

/// A line of the chat.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ChatLine {
    /// Made by the writer's client.
    pub key: Uuid,
    /// Who wrote it.
    pub from: ParticipantId,
    /// When, RFC 3339 UTC.
    pub at: String,
    /// The line.
    pub text: String,
}

/// The state of a room as one participant may see it.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Snapshot {
    /// The session.
    pub session: SessionView,
    /// Everybody booked, present or not. To a participant who still waits: names and roles only of
    /// those who are there.
    pub participants: Vec<Participant>,
    /// The chat so far; empty for one who waits.
    pub chat: Vec<ChatLine>,
}

/// A session as its participants see it.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct SessionView {
    /// Its id.
    pub id: SessionId,
    /// What it is for.
    pub kind: SessionKind,
    /// Where it stands.
    pub state: SessionState,
    /// The pseudonymous reference of the case or group; empty to those who may not see it.
    pub reference: String,
    /// Planned start, RFC 3339 UTC.
    pub starts_at: String,
    /// Planned end, RFC 3339 UTC.
    pub ends_at: String,
    /// When the lead started it, RFC 3339 UTC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub started_at: Option<String>,
    /// The room's name, such as "Room 2".
    pub room_name: String,
    /// The site's name, such as "ETC Timișoara".
    pub site_name: String,
    /// The site's IANA time zone.
    pub time_zone: String,
    /// The applicant's language, BCP 47.
    pub language: String,
}

/// Somebody in the session.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Participant {
    /// Stable over the session; also the identity in the media conversation.
    pub id: ParticipantId,
    /// The name to show.
    pub name: String,
    /// What they are here.
    pub role: Role,
    /// Whether they are here.
    pub presence: Presence,
    /// When the hand went up, RFC 3339 UTC; hands are taken in this order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub hand_raised_at: Option<String>,
    /// Whether they may admit others, start and end.
    pub may_admit: bool,
}

/// Whether a participant is here.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Presence {
    /// Not here.
    Absent,
    /// At the door.
    Waiting,
    /// In the session.
    Present,
    /// Lost a moment ago; the seat is kept and no new admission is needed.
    Reconnecting,
    /// Turned away or removed.
    Refused,
}

/// Why a participant is no longer here.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum LeaveReason {
    /// Their own choice.
    Left,
    /// The connection did not come back in time.
    Lost,
    /// Somebody with the right took them out or turned them away.
    Removed,
    /// The same participant joined from elsewhere.
    Replaced,
    /// The session is over or was cancelled.
    SessionOver,
    /// The server stops; connect again.
    ServerStopping,
    /// The client broke the rules of the conversation.
    ProtocolError,
    /// The client did not read what it was sent.
    TooSlow,
}

/// Why a request was refused. A code never changes meaning; new ones may be added.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ErrorCode {
    /// The role does not allow this.
    NotAllowed,
    /// No such participant, or not in that state.
    UnknownParticipant,
    /// The participant must be admitted first.
    NotAdmitted,
    /// The session is over.
    SessionOver,
    /// Longer than allowed, or empty.
    BadText,
    /// More requests than a person can make.
    TooMany,
    /// The message has no meaning here.
    BadMessage,
    /// The server does not speak this version of the protocol.
    UnsupportedProtocol,
}
