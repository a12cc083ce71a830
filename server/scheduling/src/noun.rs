//! The words that every part shares: kinds and states of sessions, and roles in them.

use serde::{Deserialize, Serialize};
use ts_rs::TS;
use utoipa::ToSchema;

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
