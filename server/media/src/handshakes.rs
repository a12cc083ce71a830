//! How many handshakes may be under way: from one address, and in all.
//!
//! A handshake is what a peer costs most for: about a third of a millisecond, and memory until it
//! ends. Only who has a token gets so far, but a token opens many windows and a program may hold
//! many tokens. Over the limit the first flight is dropped; a client repeats it, so a crowd that is
//! real queues up and one that is not waits in front.

use std::{
    collections::{HashMap, hash_map::Entry},
    net::{IpAddr, Ipv6Addr},
};

use crate::command::PeerId;

/// Those under way.
#[derive(Debug)]
pub(crate) struct Handshakes {
    origins: HashMap<PeerId, IpAddr>,
    by_origin: HashMap<IpAddr, usize>,
    most_from_one: usize,
    most: usize,
}

impl Default for Handshakes {
    fn default() -> Self {
        Self::with_limits(MOST_FROM_ONE, MOST)
    }
}

impl Handshakes {
    pub(crate) fn with_limits(most_from_one: usize, most: usize) -> Self {
        Self {
            origins: HashMap::new(),
            by_origin: HashMap::new(),
            most_from_one,
            most,
        }
    }

    /// Whether a peer's handshake may go on, or begin.
    pub(crate) fn admit(&self, peer: PeerId, from: IpAddr) -> bool {
        let from_there = self.by_origin.get(&origin(from)).copied().unwrap_or(0);
        self.origins.contains_key(&peer)
            || self.origins.len() < self.most && from_there < self.most_from_one
    }

    /// Notes whether a peer's handshake is under way. It counts where it began.
    pub(crate) fn note(&mut self, peer: PeerId, from: IpAddr, is_under_way: bool) {
        if !is_under_way {
            self.forget(peer);
        } else if let Entry::Vacant(place) = self.origins.entry(peer) {
            place.insert(origin(from));
            *self.by_origin.entry(origin(from)).or_default() += 1;
        }
    }

    /// A peer is gone, or connected.
    pub(crate) fn forget(&mut self, peer: PeerId) {
        let Some(origin) = self.origins.remove(&peer) else {
            return;
        };
        if let Some(count) = self.by_origin.get_mut(&origin) {
            *count -= 1;
            if *count == 0 {
                self.by_origin.remove(&origin);
            }
        }
    }
}

/// An address, or with IPv6 the network of which one customer has all addresses.
fn origin(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => {
            let network = u128::from(address) >> 64 << 64;
            IpAddr::V6(Ipv6Addr::from(network))
        }
        address @ IpAddr::V4(_) => address,
    }
}

/// A centre behind one address has some hundreds of tablets, with two connections each.
const MOST_FROM_ONE: usize = 1024;
/// Some two hundred megabytes if each holds as much as a transport lets it.
const MOST: usize = 4096;

#[cfg(test)]
mod tests {
    use super::*;

    const CENTRE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 1));
    const OFFICE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(198, 51, 100, 1));

    #[test]
    fn one_address_does_not_shut_out_another() {
        let mut handshakes = under_way(2, 100, 2, CENTRE);

        assert!(!handshakes.admit(PeerId(9), CENTRE));
        assert!(handshakes.admit(PeerId(9), OFFICE));
        assert!(handshakes.admit(PeerId(1), CENTRE), "it has begun");

        handshakes.note(PeerId(1), CENTRE, false);
        assert!(handshakes.admit(PeerId(9), CENTRE));
    }

    #[test]
    fn all_together_are_limited_too() {
        let handshakes = under_way(100, 2, 2, CENTRE);

        assert!(!handshakes.admit(PeerId(9), OFFICE));
    }

    #[test]
    fn a_network_of_ipv6_counts_as_one_address() {
        let handshakes = under_way(1, 100, 1, "2001:db8:0:1::1".parse().unwrap());

        let same = "2001:db8:0:1:ffff::2".parse().unwrap();
        let other = "2001:db8:0:2::1".parse().unwrap();
        assert!(!handshakes.admit(PeerId(9), same));
        assert!(handshakes.admit(PeerId(9), other));
    }

    #[test]
    fn nothing_is_kept_of_handshakes_that_are_over() {
        let mut handshakes = under_way(10, 10, 2, CENTRE);

        handshakes.note(PeerId(0), CENTRE, false);
        handshakes.forget(PeerId(1));
        handshakes.forget(PeerId(1));

        assert!(handshakes.origins.is_empty());
        assert!(handshakes.by_origin.is_empty());
    }

    fn under_way(most_from_one: usize, most: usize, count: u64, from: IpAddr) -> Handshakes {
        let mut handshakes = Handshakes::with_limits(most_from_one, most);
        for peer in 0..count {
            handshakes.note(PeerId(peer), from, true);
        }
        handshakes
    }
}
