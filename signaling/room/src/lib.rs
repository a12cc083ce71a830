//! A live session: who is at the door, who is inside, who may do what, and what everybody is told.
//!
//! Pure: no socket, no database, no clock, no dice. What comes in are calls that say who did what
//! and when; what goes out are [`Effect`]s that somebody else carries out.
//!
//! ```text
//!   connect ──────┐                       ┌──> Send, Close      to a connection
//!   handle ───────┤   ┌───────────────┐   │
//!   disconnect ───┼──>│     Room      │───┼──> Media            who may be in the media room
//!   handle_timeout┤   │ seats · log   │   │
//!   start, end, … ┘   └───────────────┘   └──> Record           what the session's timeline keeps
//! ```
//!
//! The one law: **nobody sees, hears or says anything inside before somebody with the right has let
//! them in.** Three things keep it. [`permission`](Action) is the only place that knows which role
//! may do what. Every event carries its audience, and the same audience decides what is sent at once
//! and what a returning client is sent later. And media is granted and withdrawn in the same step as
//! the presence everybody sees, so that there are no hidden listeners.
//!
//! After each call, take effects with [`Room::poll_effect`] until there are none, and call
//! [`Room::handle_timeout`] at [`Room::poll_timeout`].
//!
//! Reading order: `room`, `lobby`, `seat`, `permission`; then `log`, `chat`, `hands`.

mod budget;
mod chat;
mod effect;
mod hands;
mod lobby;
mod log;
mod permission;
mod room;
mod seat;

pub use effect::{Admissions, ConnectionId, Effect, MediaGrant, Moment, TimelineEntry};
pub use permission::{Action, may};
pub use room::{Hello, NotBooked, Now, Room, RoomConfig};
pub use seat::{Admission, Booked};

#[cfg(test)]
mod tests;
