//! Names of things: for the wire `PA_…` and `TR_…`, for the media plane numbers that carry the room.

use std::borrow::Borrow;
use std::fmt;

use bega_media::{Event, PeerId, PublicationId, RoomId};
use rand::{Rng, RngCore};

/// One presence of a participant in the room: a new one at every join, the same after a resume.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct ParticipantSid(String);

impl ParticipantSid {
    /// As a client named it; it need not exist.
    pub fn new(sid: impl Into<String>) -> Self {
        Self(sid.into())
    }

    /// As it is on the wire.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ParticipantSid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Borrow<str> for ParticipantSid {
    fn borrow(&self) -> &str {
        &self.0
    }
}

/// The room an event belongs to: peers and publications carry its number in their upper half.
pub fn room_of(event: &Event) -> RoomId {
    let id = match event {
        Event::PeerConnected { peer }
        | Event::PeerClosed { peer, .. }
        | Event::Message { peer, .. }
        | Event::PathChanged { peer, .. }
        | Event::StreamState { peer, .. }
        | Event::Statistics { peer, .. } => peer.0,
        Event::SpeakersChanged { room, .. } => return *room,
        Event::PublicationStarted { publication, .. } => publication.0,
    };
    RoomId(id >> 32)
}

/// Hands out the names of one room.
pub(crate) struct Ids {
    room: RoomId,
    next: u32,
    rng: Box<dyn RngCore + Send>,
}

impl Ids {
    pub(crate) fn new(room: RoomId, rng: Box<dyn RngCore + Send>) -> Self {
        debug_assert!(
            u32::try_from(room.0).is_ok(),
            "the room's number fills the upper half of an id"
        );
        Self { room, next: 0, rng }
    }

    pub(crate) fn rng(&mut self) -> &mut (dyn RngCore + Send) {
        &mut *self.rng
    }

    pub(crate) fn sid(&mut self, prefix: &str) -> String {
        const LETTERS: &[u8] = b"ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789";

        let mut sid = String::with_capacity(prefix.len() + 12);
        sid.push_str(prefix);
        sid.extend((0..12).map(|_| char::from(LETTERS[self.rng.random_range(0..LETTERS.len())])));
        sid
    }

    pub(crate) fn peer(&mut self) -> PeerId {
        PeerId(self.number())
    }

    pub(crate) fn publication(&mut self) -> PublicationId {
        PublicationId(self.number())
    }

    /// Never 0, which some receivers take for "none".
    pub(crate) fn ssrc(&mut self) -> u32 {
        self.rng.random_range(1..u32::MAX)
    }

    /// The session id of the `o=` line (RFC 9429, section 5.2.1: 63 bits).
    pub(crate) fn session(&mut self) -> u64 {
        self.rng.next_u64() >> 1
    }

    fn number(&mut self) -> u64 {
        self.next += 1;
        (self.room.0 << 32) | u64::from(self.next)
    }
}
