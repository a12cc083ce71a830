//! The media conversation of one room, sans-IO: joins, offers, answers, publications, subscriptions.
//!
//! [`MediaRoom`] speaks the media signalling protocol (protobuf over WebSocket, two peer connections
//! to a participant) and is the only code that knows its messages: the gateway moves bytes, the media
//! plane gets [`Command`](bega_media::Command)s. Calls go in by `handle_*`, wishes of the server by
//! `set_*`, `mute` and `kick`; what must happen comes out of [`MediaRoom::poll_effect`]. Time is an
//! argument and chance is given once, so a scene plays the same way every time.
//!
//! ```text
//!  frame ──> room ──> publisher   offer  -> answer, Publish, SetRemote
//!            │  │     subscriber  answer -> Subscribe, SetLayer, SetPolicy
//!            │  └───> data        message -> SendMessage to the others
//!            └──────> settle      who should receive what -> one new offer for each subscriber
//! ```
//!
//! Handlers only change what a participant publishes or wants. `settle` then brings every
//! subscriber's sections in line, so that no order of messages can leave a subscription behind.

pub mod client;
mod codecs;
mod data;
mod dynacast;
mod end;
mod grants;
mod ids;
mod join;
mod layers;
mod lifetime;
mod metadata;
mod participant;
mod permission;
mod priority;
mod publisher;
mod quality;
mod report;
mod resume;
mod room;
mod service;
mod speakers;
mod subscriber;
mod subscription;
mod timers;
mod track;
mod turn;

#[cfg(test)]
mod tests;

pub use end::EndReason;
pub use grants::{Browser, Grants, JoinParams, Source};
pub use ids::{ParticipantSid, room_of};
pub use join::JoinError;
pub use report::{Report, Reporting};
pub use resume::ResumeError;
pub use room::{Effect, FrameError, MediaRoom, RoomConfig};
pub use service::{CallError, Encoding, Needs, RoomEntry, ServiceCall};
pub use turn::Turn;
