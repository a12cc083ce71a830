//! Whose datagram is this: by address once a check from there was answered, by ICE user fragment
//! before.
//!
//! Checks always go by their user fragment, so a peer that moves is followed. Everything else
//! goes by address. A datagram that belongs to nobody costs one look-up and gets no answer.

use std::{
    collections::{HashMap, VecDeque},
    net::SocketAddr,
};

use crate::{peer::Peer, registry::Slot};

/// The two maps.
#[derive(Debug, Default)]
pub(crate) struct Demux {
    by_address: HashMap<SocketAddr, Slot<Peer>>,
    by_ufrag: HashMap<String, Slot<Peer>>,
}

/// The entries of one peer, so that they can be taken out.
#[derive(Debug, Default)]
pub(crate) struct Routes {
    addresses: VecDeque<SocketAddr>,
    ufrags: Vec<String>,
}

/// Where a datagram goes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Route {
    /// A check for this peer.
    Check(Slot<Peer>),
    /// Something else from an address of this peer.
    Known(Slot<Peer>),
    /// A check for a user fragment that nobody has.
    UnknownUfrag,
    /// From an address that nobody has.
    UnknownAddress,
}

impl Demux {
    /// Finds the peer of a datagram.
    pub(crate) fn route(&self, from: SocketAddr, datagram: &[u8]) -> Route {
        if matches!(datagram, [0..=3, ..]) {
            bega_transport::stun_ufrag(datagram)
                .and_then(|ufrag| self.by_ufrag.get(ufrag))
                .map_or(Route::UnknownUfrag, |peer| Route::Check(*peer))
        } else {
            self.by_address
                .get(&from)
                .map_or(Route::UnknownAddress, |peer| Route::Known(*peer))
        }
    }

    /// Binds an address from which a check was answered. The last valid check wins: when an
    /// address changes hands behind a NAT, the new owner is not shut out.
    pub(crate) fn bind(&mut self, peer: Slot<Peer>, routes: &mut Routes, address: SocketAddr) {
        let before = self.by_address.insert(address, peer);
        if before == Some(peer) {
            return;
        }
        routes.addresses.retain(|known| *known != address);
        routes.addresses.push_back(address);
        if routes.addresses.len() > MAX_ADDRESSES
            && let Some(oldest) = routes.addresses.pop_front()
        {
            self.unbind(peer, oldest);
        }
    }

    /// Makes `ufrags` the user fragments of a peer. One that another peer has stays with it.
    pub(crate) fn set_ufrags<'a>(
        &mut self,
        peer: Slot<Peer>,
        routes: &mut Routes,
        ufrags: impl Iterator<Item = &'a str>,
    ) {
        for old in routes.ufrags.drain(..) {
            self.by_ufrag.remove(&old);
        }
        for ufrag in ufrags {
            if !self.by_ufrag.contains_key(ufrag) {
                self.by_ufrag.insert(ufrag.to_owned(), peer);
                routes.ufrags.push(ufrag.to_owned());
            }
        }
    }

    /// Takes a peer out.
    pub(crate) fn remove(&mut self, peer: Slot<Peer>, routes: &mut Routes) {
        self.set_ufrags(peer, routes, std::iter::empty());
        for address in routes.addresses.drain(..) {
            self.unbind(peer, address);
        }
    }

    fn unbind(&mut self, peer: Slot<Peer>, address: SocketAddr) {
        if self.by_address.get(&address) == Some(&peer) {
            self.by_address.remove(&address);
        }
    }
}

/// Browsers check from a handful of addresses; more are not remembered.
const MAX_ADDRESSES: usize = 8;
