//! All rooms of one media worker.
//!
//! ```text
//! datagram -> demux -> transport -> streams: which layer of which publication
//!                                     |
//!                     cache <- publication: counted, looked into, kept once
//!                                     |
//!             for each subscription: allowed? which layer? new numbers, one copy, sealed in place
//!                                     |
//!                                  outbox -> runs of equal packets to one destination
//! ```
//!
//! The parts are next to this file: [`commands`] changes what there is, [`receive`] takes
//! datagrams, [`forward`] sends media on, [`feedback`] answers subscribers and asks publishers,
//! [`bandwidth`] keeps to what links carry, [`timeouts`] does what time asks for, [`statistics`]
//! tells what was measured.

mod bandwidth;
mod commands;
mod feedback;
mod forward;
mod receive;
mod statistics;
#[cfg(test)]
mod tests;
mod timeouts;

pub use bandwidth::Links;

use std::{
    collections::VecDeque,
    sync::Arc,
    time::{Duration, Instant},
};

use bega_transport::{CloseReason as TransportClose, Identity, Path, TransportEvent};

use crate::{
    bandwidth::history::Acknowledged,
    command::{CloseReason, Command, Event, PeerId, PublicationId, RoomId},
    counters::Counters,
    demux::Demux,
    handshakes::Handshakes,
    layer_selector::Layer,
    outbox::{Outbox, Transmit},
    peer::Peer,
    policy::PolicyTable,
    publication::Publication,
    registry::{Registry, Slot},
    rtp::rewriter::SourceId,
    speakers::Speakers,
    timers::Timers,
};

/// The media plane of one worker, sans-IO.
///
/// **After `handle_*`, drain [`Self::poll_transmit`] and [`Self::poll_event`], then ask
/// [`Self::poll_timeout`].** It is better to handle all datagrams that wait before draining:
/// packets to one destination then leave together.
///
/// A panic in `handle_*` concerns the one peer that was being worked on. Catch it and call
/// [`Self::abandon_in_hand`]; everybody else goes on.
#[derive(Debug)]
pub struct Engine {
    identity: Arc<Identity>,
    start: Instant,
    peers: Registry<PeerId, Peer>,
    publications: Registry<PublicationId, Publication>,
    policy: PolicyTable,
    demux: Demux,
    handshakes: Handshakes,
    timers: Timers<Timer>,
    speakers: Speakers,
    outbox: Outbox,
    events: VecDeque<Event>,
    counters: Counters,
    next_source: u64,
    /// For RTCP that is put together before its receiver is at hand. Empty in between.
    scratch: Vec<u8>,
    /// For the fate of packets while a feedback is read.
    acknowledged: Vec<Acknowledged>,
    /// Whose fault it is if we panic now.
    in_hand: Option<PeerId>,
}

/// What an engine is made with.
#[derive(Clone, Debug)]
pub struct EngineConfig {
    /// The certificate all its transports show.
    pub identity: Arc<Identity>,
}

/// What a timer is for.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
enum Timer {
    /// The transport's own: retransmissions, consent.
    Transport(PeerId),
    /// Sender and receiver reports.
    Reports(PeerId),
    /// Transport-wide feedback to a publisher.
    Arrivals(PeerId),
    /// Missing packets of a layer.
    Missing(PublicationId, Layer),
    /// A keyframe request that had to wait.
    Keyframe(PublicationId, Layer),
    /// A subscription that waits for a keyframe.
    Switch(PublicationId, PeerId),
    /// Layers that may have stopped arriving.
    Liveness(PublicationId),
    /// The end of a window in which somebody spoke.
    Speakers(RoomId),
    /// How a transport's streams went.
    Statistics(PeerId),
    /// A subscriber's link to be divided anew.
    Allocate(PeerId),
    /// Packets that wait for a subscriber's link, or a burst that shows what it carries.
    Pace(PeerId),
}

impl Engine {
    /// Makes an engine without rooms.
    pub fn new(config: EngineConfig, now: Instant) -> Self {
        Self {
            identity: config.identity,
            start: now,
            peers: Registry::default(),
            publications: Registry::default(),
            policy: PolicyTable::default(),
            demux: Demux::default(),
            handshakes: Handshakes::default(),
            timers: Timers::default(),
            speakers: Speakers::default(),
            outbox: Outbox::default(),
            events: VecDeque::new(),
            counters: Counters::default(),
            next_source: 0,
            scratch: Vec::new(),
            acknowledged: Vec::new(),
            in_hand: None,
        }
    }

    /// Does what the signalling says. A command about something that is not there is counted and
    /// ignored: the other side may have left in the meantime.
    pub fn handle_command(&mut self, now: Instant, command: Command) {
        self.apply(now, command);
        self.in_hand = None;
        self.run_due(now);
    }

    /// Takes a datagram and decrypts it in place; its bytes are of no use afterwards.
    pub fn handle_datagram(&mut self, now: Instant, from: impl Into<Path>, datagram: &mut [u8]) {
        self.receive(now, from.into(), datagram);
        self.in_hand = None;
        self.run_due(now);
    }

    /// The connection behind a path was closed.
    pub fn handle_closed_path(&mut self, now: Instant, path: Path) {
        if let Some(slot) = self.demux.close(path)
            && let Some(peer) = self.peers.get_mut(slot)
        {
            self.in_hand = Some(peer.id);
            peer.transport.forget_path(path);
            self.settle(now, slot);
        }
        self.in_hand = None;
    }

    /// Whether a datagram from nowhere known is a check for one of our peers, by its user fragment.
    pub fn expects(&self, datagram: &[u8]) -> bool {
        self.demux.expects(datagram)
    }

    /// Whether a check by this path was answered, and its peer is still there.
    pub fn has_path(&self, path: Path) -> bool {
        self.demux.has(path)
    }

    /// Moves time on to `now`.
    pub fn handle_timeout(&mut self, now: Instant) {
        self.run_due(now);
    }

    /// When [`Self::handle_timeout`] must be called next. May be early, never late.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Instant> {
        self.timers.next()
    }

    /// The next datagrams to send.
    #[must_use]
    pub fn poll_transmit(&mut self) -> Option<Transmit<'_>> {
        self.outbox.poll()
    }

    /// What happened.
    #[must_use]
    pub fn poll_event(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    /// After a panic that was caught: ends the peer that was being worked on, without touching its
    /// transport again. `None` if the panic was not about a peer.
    pub fn abandon_in_hand(&mut self) -> Option<PeerId> {
        let peer = self.in_hand.take()?;
        self.counters.panics += 1;
        self.forget_peer(peer)?;
        self.events.push_back(Event::PeerClosed {
            peer,
            reason: CloseReason::Panic,
        });
        Some(peer)
    }

    /// Says goodbye to everybody. Drain [`Self::poll_transmit`] once more afterwards.
    pub fn close(&mut self, now: Instant) {
        let peers: Vec<_> = self.peers.ids().collect();
        for peer in peers {
            self.in_hand = Some(peer);
            self.remove_peer(now, peer);
        }
        self.in_hand = None;
    }

    /// Sums since the start.
    pub fn counters(&self) -> &Counters {
        &self.counters
    }

    /// How many transports there are.
    pub fn peer_count(&self) -> usize {
        self.peers.len()
    }

    /// Makes handling the next datagram of a peer panic.
    #[cfg(any(test, feature = "testing"))]
    pub fn fail_next_packet(&mut self, peer: PeerId) {
        if let Some(peer) = self.peers.find_mut(peer) {
            peer.fails_next_packet = true;
        }
    }

    fn since_start(&self, now: Instant) -> Duration {
        now.saturating_duration_since(self.start)
    }

    fn new_source(&mut self) -> SourceId {
        self.next_source += 1;
        SourceId(self.next_source)
    }

    /// Takes out of a transport what it has to say, after anything that may have changed it.
    fn settle(&mut self, now: Instant, slot: Slot<Peer>) {
        let Some(peer) = self.peers.get_mut(slot) else {
            return;
        };
        let id = peer.id;
        while let Some(transmit) = peer.transport.poll_transmit() {
            self.outbox.push_control(transmit.to, transmit.payload);
        }
        self.timers
            .set(Timer::Transport(id), peer.transport.poll_timeout());
        while let Some(event) = self
            .peers
            .get_mut(slot)
            .and_then(|peer| peer.transport.poll_event())
        {
            self.handle_transport_event(now, slot, id, event);
        }
    }

    fn handle_transport_event(
        &mut self,
        now: Instant,
        slot: Slot<Peer>,
        id: PeerId,
        event: TransportEvent,
    ) {
        match event {
            TransportEvent::Connected => {
                self.connect(now, slot);
                self.events.push_back(Event::PeerConnected { peer: id });
            }
            TransportEvent::Nominated(path) => {
                if let Some(peer) = self.peers.get_mut(slot) {
                    let ufrags = peer.transport.local_ufrags();
                    self.demux.set_ufrags(slot, &mut peer.routes, ufrags);
                }
                self.events.push_back(Event::PathChanged {
                    peer: id,
                    to: path.remote,
                });
            }
            TransportEvent::Message { label, payload, .. } => {
                self.events.push_back(Event::Message {
                    peer: id,
                    label,
                    payload,
                });
            }
            TransportEvent::Closed(reason) => {
                self.forget_peer(id);
                self.events.push_back(Event::PeerClosed {
                    peer: id,
                    reason: reason.into(),
                });
            }
            TransportEvent::ChannelOpen { .. } | TransportEvent::ChannelClosed { .. } => {}
        }
    }

    /// Media may flow: everything that waited for this peer begins.
    fn connect(&mut self, now: Instant, slot: Slot<Peer>) {
        let Some(peer) = self.peers.get_mut(slot) else {
            return;
        };
        peer.is_connected = true;
        let id = peer.id;
        let subscriptions: Vec<_> = peer.subscriptions.values().copied().collect();
        self.timers.set_by(Timer::Reports(id), now);
        self.timers
            .set(Timer::Statistics(id), Some(now + statistics::INTERVAL));
        for publication in subscriptions {
            // Which also divides its link.
            self.change_subscription(now, publication, id, |one| one.is_connected = true);
        }
    }

    /// Removes a peer and says goodbye to it.
    fn remove_peer(&mut self, now: Instant, id: PeerId) -> Option<()> {
        let mut peer = self.forget_peer(id)?;
        peer.transport.close(now);
        while let Some(transmit) = peer.transport.poll_transmit() {
            self.outbox.push_control(transmit.to, transmit.payload);
        }
        Some(())
    }

    /// Removes every trace of a peer: its routes, its publications, its subscriptions, its rights.
    fn forget_peer(&mut self, id: PeerId) -> Option<Peer> {
        let (slot, mut peer) = self.peers.remove(id)?;
        self.demux.remove(slot, &mut peer.routes);
        self.handshakes.forget(id);
        self.policy.forget_peer(id);
        for timer in [
            Timer::Transport(id),
            Timer::Reports(id),
            Timer::Arrivals(id),
            Timer::Statistics(id),
            Timer::Allocate(id),
            Timer::Pace(id),
        ] {
            self.timers.set(timer, None);
        }
        for publication in peer.subscriptions.values() {
            if let Some(publication) = self.publications.find_mut(*publication) {
                publication.subscriptions.retain(|one| one.peer_id != id);
                self.timers.set(Timer::Switch(publication.id, id), None);
            }
        }
        for publication in &peer.publications {
            self.forget_publication(*publication);
        }
        Some(peer)
    }

    /// Removes every trace of a publication.
    fn forget_publication(
        &mut self,
        id: PublicationId,
    ) -> Option<(Slot<Publication>, Publication)> {
        let (slot, publication) = self.publications.remove(id)?;
        self.policy.forget_publication(id);
        self.speakers.forget(id);
        self.timers.set(Timer::Liveness(id), None);
        for layer in 0..publication.layers.len() as Layer {
            self.timers.set(Timer::Missing(id, layer), None);
            self.timers.set(Timer::Keyframe(id, layer), None);
        }
        for subscription in &publication.subscriptions {
            self.timers
                .set(Timer::Switch(id, subscription.peer_id), None);
            if let Some(peer) = self.peers.get_mut(subscription.peer) {
                peer.subscriptions.remove(&subscription.send.ssrc);
            }
        }
        Some((slot, publication))
    }
}

impl From<TransportClose> for CloseReason {
    fn from(reason: TransportClose) -> Self {
        match reason {
            TransportClose::ClosedByPeer => Self::ClosedByPeer,
            TransportClose::ConsentLost => Self::ConsentLost,
            TransportClose::HandshakeFailed => Self::HandshakeFailed,
            TransportClose::FingerprintMismatch => Self::FingerprintMismatch,
        }
    }
}
