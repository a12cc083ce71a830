//! One transport and what hangs on it: what it publishes and what it subscribes to.

use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

use bega_transport::Transport;

use crate::{
    bandwidth::{
        congestion::{Class, Congestion},
        pacer::Waiting,
    },
    command::{PeerId, PublicationId, RoomId},
    demux::Routes,
    outbox::{Outbox, QueueRef},
    repair_budget::RepairBudget,
    rtcp::{clock::abs_send_time, transport_cc::Arrivals},
    rtp::extensions::Stamps,
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
    /// What its link carries of what it subscribes to.
    pub(crate) congestion: Congestion,
    /// What it may be sent again.
    pub(crate) repair: RepairBudget,
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
            congestion: Congestion::default(),
            repair: RepairBudget::default(),
            queue: QueueRef::default(),
            #[cfg(any(test, feature = "testing"))]
            fails_next_packet: false,
        }
    }

    /// Sends an RTP packet that `write` appends in the clear; `false` if it could not.
    pub(crate) fn send_rtp(
        &mut self,
        departure: Departure,
        numbering: Numbering,
        class: Class,
        outbox: &mut Outbox,
        write: impl FnOnce(&mut Vec<u8>, Stamps) -> bool,
    ) -> bool {
        let Some(to) = self.transport.destination() else {
            return false;
        };
        let stamps = Stamps {
            abs_send_time: departure.abs_send_time,
            transport_sequence: self.congestion.history.next_number(),
        };
        let transport = &mut self.transport;
        let mut size = 0;
        let is_sent = outbox.queue(&mut self.queue).push(to, |bytes, start| {
            let is_sealed = write(bytes, stamps) && transport.seal_rtp(bytes, start).is_ok();
            size = bytes.len() - start;
            is_sealed
        });
        if is_sent && numbering == Numbering::TransportWide {
            self.congestion
                .handle_sent(departure.since_start, size, class);
        }
        is_sent
    }

    /// Lets a packet of a picture wait. Says how soon to look after what waits.
    pub(crate) fn let_wait(&mut self, packet: Waiting) -> Option<Duration> {
        let control = self.congestion.control()?;
        // If there are too many, all of them are given up: at once.
        let is_kept = control.pacer.wait(packet);
        let due = control.pacer.next_at()?;
        is_kept.then(|| due.saturating_sub(packet.since))
    }

    /// The packet that was sent last, as it went out.
    pub(crate) fn newest<'a>(&mut self, outbox: &'a mut Outbox) -> &'a [u8] {
        outbox.queue(&mut self.queue).newest()
    }

    /// Sends a packet again that is sealed already.
    pub(crate) fn send_sealed(&mut self, outbox: &mut Outbox, sealed: &[u8]) -> bool {
        let Some(to) = self.transport.destination() else {
            return false;
        };
        outbox.queue(&mut self.queue).push(to, |bytes, _| {
            bytes.extend_from_slice(sealed);
            true
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

/// The moment that packets leave at, in the forms they need.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Departure {
    pub(crate) since_start: Duration,
    abs_send_time: u32,
}

impl Departure {
    /// Takes the time since the engine's start.
    pub(crate) fn new(since_start: Duration) -> Self {
        Self {
            since_start,
            abs_send_time: abs_send_time(since_start),
        }
    }
}

/// Whether a packet has a number among all packets of its transport.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Numbering {
    /// It was not negotiated.
    None,
    /// The receiver reports by it when the packet arrived.
    TransportWide,
}
