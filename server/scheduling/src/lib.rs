//! Missions, cases, rooms, people and bookings: the rules and their errors.
//!
//! Pure: no SQL, no HTTP, no clock, no dice; time and random bytes are arguments. What these types
//! accept is what the platform allows; `store` keeps it and `api` speaks it.
//!
//! Reading order: [`Slot`] and the ids, then [`Booking`] (what makes a session valid),
//! [`Standing`] (what may happen to it), [`permission`] (who may do what), and [`Act`] (what is
//! written down about it). [`planner`] stands apart: it plans a whole mission.

mod audit;
mod booking;
mod id;
mod line_check;
mod noun;
mod pairing;
pub mod permission;
pub mod planner;
mod session;
mod slot;
mod text;

pub use audit::{Act, Actor, AuditedParticipant, Subject};
pub use booking::{BookedParticipant, Booking, NewParticipant, NewSession, Violation, Who};
pub use id::{
    DeviceId, InvitationId, OrganisationId, PairingId, ParticipantId, RoomId, SessionId, SiteId,
    UserId,
};
pub use line_check::{LineCheck, LinePath, LineResult, LineVerdict, Way};
pub use noun::{
    InvitationState, Person, Resource, ResourceKind, Role, SessionKind, SessionState, StaffRole,
};
pub use pairing::{BadPairingCode, PairingCode};
pub use permission::{ActorKind, Operation, Reach, Tie};
pub use session::{
    Change, ChangeError, Changed, Participant, RoomRef, Session, Standing, WrongState,
    invitation_expires_at,
};
pub use slot::{Slot, SlotError};
pub use text::{GuestName, Language, Reference, TextError};
