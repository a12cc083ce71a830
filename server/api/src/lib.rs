//! The HTTP API: one file per operation, grouped by noun.
//!
//! ```text
//! request -> guard (origin, sign-in, permission) -> operation -> scheduling (rules)
//!                                                             -> store (one transaction)
//!         <- Json | Problem
//! ```
//!
//! Start at [`router`]: its table names every operation and who may come in. An operation is a
//! function with its request and answer types below it; refusals of the rules become problems in
//! `refusal.rs`.

mod auth;
mod caller;
mod cookies;
mod devices;
mod extract;
mod guard;
mod headers;
mod idempotency;
mod invitations;
mod limits;
mod line_checks;
mod live;
mod openapi;
mod origin;
mod page;
mod password;
mod people;
mod problem;
mod refusal;
mod rooms;
mod routes;
mod secret;
mod self_tests;
mod sessions;
mod state;
pub mod tokens;
mod version;

#[cfg(test)]
mod tests;

pub use cookies::{as_in_query, presented_secret};
pub use headers::SecurityHeaders;
pub use live::{Admission, LiveSessions};
pub use openapi::openapi;
pub use origin::is_ours as is_our_origin;
pub use password::hash_password;
pub use problem::{Code, FieldError, Problem, Resource};
pub use routes::router;
pub use secret::{LinkKey, Secret};
pub use self_tests::ROOM_PREFIX as SELF_TEST_PREFIX;
pub use sessions::join::seat;
pub use state::{Api, Chance, Clock, Config};
