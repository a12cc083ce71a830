//! Missions, cases, rooms, people and bookings: the rules and their errors.
//!
//! Pure: no SQL, no HTTP, no clock. What these types accept is what the platform allows; `store`
//! keeps it and `api` speaks it.

mod noun;

pub use noun::{Role, SessionKind, SessionState};
