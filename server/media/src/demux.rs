//! Whose datagram is this: by address once a check from there was answered, by ICE user fragment
//! before.
//!
//! Checks always go by their user fragment, so a peer that moves is followed. Everything else
//! goes by address. A datagram that belongs to nobody costs one look-up and gets no answer.

use std::collections::{HashMap, VecDeque};

use bega_transport::Path;

use crate::{peer::Peer, registry::Slot};

/// The two maps.
#[derive(Debug, Default)]
pub(crate) struct Demux {
    by_path: HashMap<Path, Slot<Peer>>,
    by_ufrag: HashMap<String, Slot<Peer>>,
}

/// The entries of one peer, so that they can be taken out.
#[derive(Debug, Default)]
pub(crate) struct Routes {
    paths: VecDeque<Path>,
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
    pub(crate) fn route(&self, from: Path, datagram: &[u8]) -> Route {
        if matches!(datagram, [0..=3, ..]) {
            bega_transport::stun_ufrag(datagram)
                .and_then(|ufrag| self.by_ufrag.get(ufrag))
                .map_or(Route::UnknownUfrag, |peer| Route::Check(*peer))
        } else {
            self.by_path
                .get(&from)
                .map_or(Route::UnknownAddress, |peer| Route::Known(*peer))
        }
    }

    /// Whether a datagram is a check for a user fragment that somebody has.
    pub(crate) fn expects(&self, datagram: &[u8]) -> bool {
        bega_transport::stun_ufrag(datagram).is_some_and(|ufrag| self.by_ufrag.contains_key(ufrag))
    }

    /// Binds a path by which a check was answered. The last valid check wins: when an
    /// address changes hands behind a NAT, the new owner is not shut out.
    pub(crate) fn bind(&mut self, peer: Slot<Peer>, routes: &mut Routes, path: Path) {
        let before = self.by_path.insert(path, peer);
        if before == Some(peer) {
            return;
        }
        routes.paths.retain(|known| *known != path);
        routes.paths.push_back(path);
        if routes.paths.len() > MAX_PATHS
            && let Some(oldest) = routes.paths.pop_front()
        {
            self.unbind(peer, oldest);
        }
    }

    /// Whether a check by this path was answered, and its peer is still there.
    pub(crate) fn has(&self, path: Path) -> bool {
        self.by_path.contains_key(&path)
    }

    /// Takes a path out and says whose it was.
    pub(crate) fn close(&mut self, path: Path) -> Option<Slot<Peer>> {
        self.by_path.remove(&path)
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
        for path in routes.paths.drain(..) {
            self.unbind(peer, path);
        }
    }

    fn unbind(&mut self, peer: Slot<Peer>, path: Path) {
        if self.by_path.get(&path) == Some(&peer) {
            self.by_path.remove(&path);
        }
    }
}

/// Browsers check from a handful of addresses; more are not remembered.
const MAX_PATHS: usize = 8;
