//! The other side of the wire, for tests and the load generator: sans-IO like the rest.
//!
//! [`Client`] does what a browser does towards an ICE-lite server; [`Network`] carries datagrams
//! in virtual time and loses, doubles and reorders some of them by a seed.

mod client;
mod network;

pub use client::{Client, Profiles};
pub use network::{Conditions, Datagram, Network};
