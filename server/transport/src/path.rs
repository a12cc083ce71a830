//! The way of a datagram: where it comes from, which of our addresses it came to, and by what.
//!
//! A host with several addresses must answer from the one that was asked: to the other side an
//! answer from elsewhere is a stranger's, and ICE drops it (RFC 8445, section 7.2.5.2.1).

use std::net::{IpAddr, SocketAddr};

/// Both ends and what is between them. Two paths are one only if all of it agrees.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct Path {
    /// The other side's address.
    pub remote: SocketAddr,
    /// Ours; `None` where there is only one, or the system is to choose.
    pub local: Option<IpAddr>,
    /// What carries the datagrams.
    pub protocol: Protocol,
}

/// What carries datagrams between us and a participant.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Protocol {
    /// As they are.
    Udp,
    /// As frames of a stream that the other side opened ([`crate::framing`]).
    Tcp,
}

impl From<SocketAddr> for Path {
    /// By UDP.
    fn from(remote: SocketAddr) -> Self {
        Self {
            remote,
            local: None,
            protocol: Protocol::Udp,
        }
    }
}
