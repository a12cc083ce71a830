//! Scenes of whole conversations, with clients that speak the real messages.

mod addresses;
mod data;
mod end;
mod join;
mod priority;
mod publish;
mod resume;
mod scene;
mod sdp;
mod service;
mod signals;
mod sound;
mod subscribe;
