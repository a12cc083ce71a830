//! The way of a datagram: where it comes from and which of our addresses it came to.
//!
//! A host with several addresses must answer from the one that was asked: to the other side an
//! answer from elsewhere is a stranger's, and ICE drops it (RFC 8445, section 7.2.5.2.1).

use std::net::{IpAddr, SocketAddr};

/// Both ends, as far as they matter. Two paths are one only if both ends agree.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct Path {
    /// The other side's address.
    pub remote: SocketAddr,
    /// Ours; `None` where there is only one, or the system is to choose.
    pub local: Option<IpAddr>,
}

impl From<SocketAddr> for Path {
    fn from(remote: SocketAddr) -> Self {
        Self {
            remote,
            local: None,
        }
    }
}
