//! The other side of the wire, for tests and the load generator: sans-IO like the rest.
//!
//! [`Client`] does what a browser does towards an ICE-lite server; [`Network`] carries datagrams
//! in virtual time and loses, doubles and reorders some of them by a seed.

mod client;
mod network;

pub use client::{Client, Profiles};
pub use network::{Conditions, Datagram, Network};

/// Puts the CRC32c of an SCTP packet in its place (RFC 9260, appendix A), bit by bit.
pub(crate) fn with_checksum(mut packet: Vec<u8>) -> Vec<u8> {
    let mut sum = u32::MAX;
    for byte in &packet {
        sum ^= u32::from(*byte);
        for _ in 0..8 {
            sum = sum >> 1 ^ 0x82F6_3B78 & (sum & 1).wrapping_neg();
        }
    }
    if let Some(place) = packet.get_mut(8..12) {
        place.copy_from_slice(&(!sum).to_le_bytes());
    }
    packet
}
