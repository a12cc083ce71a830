//! The SFU, sans-IO: who publishes what, who may receive it, and how each packet is rewritten.

mod command;

pub use command::{
    ChannelSpec, CloseReason, Codec, Command, Event, ExtensionIds, Kind, Payload, PeerId,
    PublicationId, ReceiveSpec, RoomId, SendSpec, SsrcPair,
};
