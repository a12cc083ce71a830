//! One transport and what hangs on it: what it publishes and what it subscribes to.

use std::{collections::HashMap, time::Instant};

use bega_transport::Transport;

use crate::{
    command::{PeerId, PublicationId, RoomId},
    demux::Routes,
    outbox::{Outbox, QueueRef},
    rtcp::transport_cc::Arrivals,
    streams::Streams,
};

/// A peer: the publisher's or the subscriber's connection of a participant.
#[derive(Debug)]
pub(crate) struct Peer {
    pub(crate) id: PeerId,
    pub(crate) room: RoomId,
    pub(crate) transport: Transport,
    pub(crate) is_connected: bool,
    pub(crate) routes: Routes,
    /// What it publishes: which SSRC is what, and when its packets arrived.
    pub(crate) streams: Streams,
    pub(crate) arrivals: Arrivals,
    pub(crate) publications: Vec<PublicationId>,
    /// What it subscribes to, by the SSRC its feedback names.
    pub(crate) subscriptions: HashMap<u32, PublicationId>,
    queue: QueueRef,
    #[cfg(any(test, feature = "testing"))]
    pub(crate) fails_next_packet: bool,
}

impl Peer {
    /// Makes a peer that nobody has connected to yet.
    pub(crate) fn new(id: PeerId, room: RoomId, transport: Transport, now: Instant) -> Self {
        Self {
            id,
            room,
            transport,
            is_connected: false,
            routes: Routes::default(),
            streams: Streams::default(),
            arrivals: Arrivals::new(now),
            publications: Vec::new(),
            subscriptions: HashMap::new(),
            queue: QueueRef::default(),
            #[cfg(any(test, feature = "testing"))]
            fails_next_packet: false,
        }
    }

    /// Sends an RTP packet that `write` appends in the clear; `false` if it could not.
    pub(crate) fn send_rtp(
        &mut self,
        outbox: &mut Outbox,
        write: impl FnOnce(&mut Vec<u8>) -> bool,
    ) -> bool {
        let Some(to) = self.transport.destination() else {
            return false;
        };
        let transport = &mut self.transport;
        outbox.queue(&mut self.queue).push(to, |bytes, start| {
            write(bytes) && transport.seal_rtp(bytes, start).is_ok()
        })
    }

    /// Sends an RTCP compound that `write` appends in the clear.
    pub(crate) fn send_rtcp(
        &mut self,
        outbox: &mut Outbox,
        write: impl FnOnce(&mut Vec<u8>),
    ) -> bool {
        let Some(to) = self.transport.destination().filter(|_| self.is_connected) else {
            return false;
        };
        let transport = &mut self.transport;
        outbox.queue(&mut self.queue).push(to, |bytes, start| {
            write(bytes);
            bytes.len() > start && transport.seal_rtcp(bytes, start).is_ok()
        })
    }

    /// Panics if a test asked for it.
    #[cfg(any(test, feature = "testing"))]
    pub(crate) fn fail_if_asked(&mut self) {
        let fails = std::mem::take(&mut self.fails_next_packet);
        assert!(!fails, "a test asked for this panic");
    }
}
