//! What a client and the server say to each other in a live session.
//!
//! One JSON object to a frame, told apart by `type`. The client opens with [`ClientMessage::Hello`]
//! and is answered by [`ServerMessage::Welcome`], the whole state; from then on every change is a
//! numbered [`ServerMessage::Event`]. A client that lost its socket names the last number it saw and
//! gets only what it missed. `signaling/README.md` tells the whole conversation.
//!
//! Field names are camelCase; types, codes, states and roles are snake_case. Unknown fields are
//! ignored, unknown events must be ignored by clients, and a code never changes its meaning.
//! `web-client/src/signaling/protocol.gen.ts` is generated from this crate.

mod client;
mod close;
mod server;
mod typescript;

pub use bega_scheduling::{ParticipantId, Role, SessionId, SessionKind, SessionState};
pub use client::{ClientMessage, Request, Resume};
pub use close::CloseCode;
pub use server::{
    ChatLine, ErrorCode, Event, EventKind, LeaveReason, Participant, Presence, ServerMessage,
    SessionView, Snapshot,
};
pub use typescript::typescript;

/// The version of the protocol this crate describes; clients name it in their hello.
pub const PROTOCOL: u32 = 1;

#[cfg(test)]
mod tests;
