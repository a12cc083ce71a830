//! The SFU, sans-IO: who publishes what, who may receive it, and how each packet is rewritten.
//!
//! [`Engine`] is the whole of it; [`Command`] and [`Event`] are what it is told and what it tells.
//! Nothing here owns a socket or reads a clock. Good places to start reading, in this order:
//!
//! 1. `layer_selector`: one decision, alone and tested; `thinner` decides inside one stream
//! 2. `rtp::rewriter`: how stretches of several streams become one
//! 3. `engine::forward`: the packet path
//!
//! What is not here yet has its place: bandwidth estimation and pacing in `bandwidth`, between
//! `subscription` and `outbox`.

mod bandwidth;
mod codec;
mod command;
mod counters;
mod demux;
mod engine;
#[cfg(feature = "testing")]
pub mod fuzzing;
mod handshakes;
mod keyframe_requests;
mod layer_selector;
mod outbox;
mod packer;
mod peer;
mod policy;
mod publication;
mod registry;
mod repair_budget;
mod rtcp;
mod rtp;
mod speakers;
mod stream_rate;
mod streams;
mod subscription;
#[cfg(test)]
mod testing;
mod thinner;
mod timers;

pub use command::{
    ChannelSpec, CloseReason, Codec, Command, Depth, Downstream, Event, ExtensionIds, Kind,
    Payload, PeerId, Priority, PublicationId, ReceiveSpec, RoomId, SendSpec, Speaker, SsrcPair,
    StreamState, Upstream,
};
pub use counters::{Counters, DropReason};
pub use engine::{Engine, EngineConfig, Links};
pub use outbox::Transmit;
