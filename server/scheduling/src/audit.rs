//! The vocabulary of the audit log: who did what to what.
//!
//! Entries hold ids, codes and times, never names or words of a conversation. An act's name and
//! fields are written into a hash chain; rename nothing, only add.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    DeviceId, InvitationId, OrganisationId, ParticipantId, Role, RoomId, SessionId, SessionKind,
    SiteId, StaffRole, UserId,
};

/// Who did it.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[serde(tag = "kind", content = "id", rename_all = "snake_case")]
pub enum Actor {
    /// A member of staff.
    User(UserId),
    /// Somebody who came by invitation.
    Participant(ParticipantId),
    /// A room's device.
    Device(DeviceId),
    /// Whoever may use the command line of the server.
    Operator,
    /// The server by itself.
    System,
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::User(id) => write!(f, "user:{id}"),
            Self::Participant(id) => write!(f, "participant:{id}"),
            Self::Device(id) => write!(f, "device:{id}"),
            Self::Operator => f.write_str("operator"),
            Self::System => f.write_str("system"),
        }
    }
}

/// What it was done to.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Subject {
    /// An organisation.
    Organisation(OrganisationId),
    /// A member of staff.
    User(UserId),
    /// A site.
    Site(SiteId),
    /// A room.
    Room(RoomId),
    /// A device.
    Device(DeviceId),
    /// A session.
    Session(SessionId),
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Organisation(id) => write!(f, "organisation:{id}"),
            Self::User(id) => write!(f, "user:{id}"),
            Self::Site(id) => write!(f, "site:{id}"),
            Self::Room(id) => write!(f, "room:{id}"),
            Self::Device(id) => write!(f, "device:{id}"),
            Self::Session(id) => write!(f, "session:{id}"),
        }
    }
}

/// What was done.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(tag = "act", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Act {
    /// The organisation was set up; always its first entry.
    OrganisationCreated,
    /// An account was made.
    UserCreated {
        /// What they are.
        roles: Vec<StaffRole>,
    },
    /// A password was set.
    PasswordSet,
    /// Somebody signed in with a password.
    SignedIn,
    /// Somebody signed out.
    SignedOut,
    /// A site was set up.
    SiteCreated,
    /// An organisation may use a site.
    SiteGranted {
        /// Which organisation.
        organisation: OrganisationId,
    },
    /// A room was set up.
    RoomCreated {
        /// Its site.
        site: SiteId,
    },
    /// A device was confirmed for a room.
    DevicePaired {
        /// Which room.
        room: RoomId,
    },
    /// A device took its credential.
    DeviceClaimed,
    /// A device was shut out.
    DeviceRevoked,
    /// A session was booked.
    SessionBooked {
        /// What it is for.
        kind: SessionKind,
        /// Where.
        room: RoomId,
        /// From when.
        starts_at: Timestamp,
        /// Until when.
        ends_at: Timestamp,
        /// Who.
        participants: Vec<AuditedParticipant>,
    },
    /// A session was moved or corrected.
    SessionChanged {
        /// The version after the change.
        version: i64,
        /// Where.
        room: RoomId,
        /// From when.
        starts_at: Timestamp,
        /// Until when.
        ends_at: Timestamp,
    },
    /// A session was called off.
    SessionCancelled,
    /// A session was started.
    SessionStarted,
    /// A session ended.
    SessionEnded,
    /// A new personal link was made; the older ones are dead.
    InvitationIssued {
        /// Whose.
        participant: ParticipantId,
        /// Which.
        invitation: InvitationId,
    },
    /// A personal link was opened.
    InvitationExchanged {
        /// Whose.
        participant: ParticipantId,
        /// Which.
        invitation: InvitationId,
    },
    /// Somebody was let into a live session.
    ParticipantAdmitted {
        /// Who.
        participant: ParticipantId,
    },
    /// Somebody was turned away from or taken out of a live session.
    ParticipantRemoved {
        /// Who.
        participant: ParticipantId,
    },
}

/// A participant as the audit log knows them.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct AuditedParticipant {
    /// Their place.
    pub id: ParticipantId,
    /// As what.
    pub role: Role,
    /// The account, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<UserId>,
}
