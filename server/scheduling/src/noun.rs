//! The words that every part shares: kinds and states of sessions, and roles in them.

use serde::{Deserialize, Serialize};
use ts_rs::TS;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{Language, RoomId, UserId};

/// What a session is for.
#[derive(
    Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize, ToSchema, TS,
)]
#[serde(rename_all = "snake_case")]
pub enum SessionKind {
    /// A selection officer interviews a case.
    Interview,
    /// Pre-departure orientation for a group.
    Orientation,
    /// A resettled person talks with people before their departure.
    PeerCall,
    /// A trial run without applicants.
    Rehearsal,
}

/// Where a session stands. Only forward: planned, then live, then ended; or planned, then cancelled.
#[derive(
    Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize, ToSchema, TS,
)]
#[serde(rename_all = "snake_case")]
pub enum SessionState {
    /// Booked; people may wait in its lobby.
    Planned,
    /// Started by the lead and not yet over.
    Live,
    /// Over.
    Ended,
    /// Called off before it started.
    Cancelled,
}

/// What a participant is in one session. Decides what the person may do there.
#[derive(
    Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize, ToSchema, TS,
)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// The selection officer who leads: admits, starts and ends.
    LeadOfficer,
    /// A further member of the delegation.
    Officer,
    /// Interprets between the applicant's language and the officer's.
    Interpreter,
    /// The device in the centre's room, with the applicants before it.
    RoomDevice,
    /// Guardian or representative of a minor.
    Guardian,
    /// Lawyer or other adviser of the applicant.
    LegalAdviser,
    /// Declared observer of another state: watches, never speaks.
    Observer,
    /// Staff of the centre beside the applicant.
    Supporter,
    /// Leads an orientation session.
    Trainer,
    /// A person resettled before.
    Peer,
}

impl Role {
    /// Every role there is.
    pub const ALL: [Self; 10] = [
        Self::LeadOfficer,
        Self::Officer,
        Self::Interpreter,
        Self::RoomDevice,
        Self::Guardian,
        Self::LegalAdviser,
        Self::Observer,
        Self::Supporter,
        Self::Trainer,
        Self::Peer,
    ];

    /// Whether the role leads: enters unasked, admits others, starts and ends.
    pub fn leads(self) -> bool {
        match self {
            Self::LeadOfficer | Self::Officer | Self::Trainer => true,
            Self::Interpreter
            | Self::RoomDevice
            | Self::Guardian
            | Self::LegalAdviser
            | Self::Observer
            | Self::Supporter
            | Self::Peer => false,
        }
    }

    /// What a member of staff must be to hold the role; `None` where anybody may.
    pub fn asks_for(self) -> Option<StaffRole> {
        match self {
            Self::LeadOfficer | Self::Officer => Some(StaffRole::Officer),
            Self::Interpreter => Some(StaffRole::Interpreter),
            Self::Trainer => Some(StaffRole::Trainer),
            Self::RoomDevice
            | Self::Guardian
            | Self::LegalAdviser
            | Self::Observer
            | Self::Supporter
            | Self::Peer => None,
        }
    }

    /// The name of the role in the database and on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::LeadOfficer => "lead_officer",
            Self::Officer => "officer",
            Self::Interpreter => "interpreter",
            Self::RoomDevice => "room_device",
            Self::Guardian => "guardian",
            Self::LegalAdviser => "legal_adviser",
            Self::Observer => "observer",
            Self::Supporter => "supporter",
            Self::Trainer => "trainer",
            Self::Peer => "peer",
        }
    }
}

/// What a member of staff is in their organisation. One person may be several.
#[derive(
    Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize, ToSchema, TS,
)]
#[serde(rename_all = "snake_case")]
pub enum StaffRole {
    /// Plans: books, changes and cancels sessions, pairs devices.
    Coordinator,
    /// Interviews.
    Officer,
    /// Interprets.
    Interpreter,
    /// Leads orientation sessions.
    Trainer,
    /// Looks after people, devices and the audit log.
    Admin,
}

/// A member of staff, as those who plan see them.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Person {
    /// Their id.
    pub id: UserId,
    /// Their name.
    pub name: String,
    /// What they are.
    pub roles: Vec<StaffRole>,
    /// What they speak, best first.
    pub languages: Vec<Language>,
}

/// Where a participant's personal link stands.
#[derive(
    Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize, ToSchema, TS,
)]
#[serde(rename_all = "snake_case")]
pub enum InvitationState {
    /// None was made.
    None,
    /// Made and not yet opened.
    Sent,
    /// Opened at least once.
    Used,
    /// Taken back; it opens nothing any more.
    Revoked,
}

/// What a slot is claimed of.
#[derive(
    Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize, ToSchema, TS,
)]
#[serde(rename_all = "snake_case")]
pub enum ResourceKind {
    /// A room.
    Room,
    /// A member of staff.
    Person,
}

/// Something that can be in one session at a time, named without saying whose session it is in.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Resource {
    /// What it is.
    pub kind: ResourceKind,
    /// Its id.
    pub id: Uuid,
    /// Its name.
    pub name: String,
}

impl Resource {
    /// A room.
    pub fn room(id: RoomId, name: impl Into<String>) -> Self {
        Self {
            kind: ResourceKind::Room,
            id: id.0,
            name: name.into(),
        }
    }

    /// A member of staff.
    pub fn person(id: UserId, name: impl Into<String>) -> Self {
        Self {
            kind: ResourceKind::Person,
            id: id.0,
            name: name.into(),
        }
    }
}
