//! What subscribers' links carry: divided among pictures, kept to, and tried out.

use std::time::{Duration, Instant};

use super::{Engine, Timer, forward::HEADERS};
use crate::{
    bandwidth::{
        allocator::{Request, allocate},
        congestion::Class,
        pacer::Waiting,
    },
    command::{Event, Kind, PeerId, PublicationId, StreamState},
    peer::{Departure, Peer},
    registry::Slot,
};

/// The links of all subscribers, summed.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Links {
    /// How many tell what arrives.
    pub links: usize,
    /// What they are taken to carry together, in bits a second.
    pub estimate: f64,
    /// Packets that wait for them.
    pub waiting: usize,
}

impl Engine {
    /// What is known of the links of subscribers.
    pub fn links(&self) -> Links {
        let mut sum = Links::default();
        for peer in self.peers.iter() {
            if let Some(control) = peer.congestion.state() {
                sum.links += 1;
                sum.estimate += control.estimate();
                sum.waiting += control.pacer.len();
            }
        }
        sum
    }

    /// Divides the links of all subscribers of a publication anew: there is more to divide.
    pub(super) fn allocate_for_all(&mut self, now: Instant, id: PublicationId) {
        let Some(publication) = self.publications.find_mut(id) else {
            return;
        };
        if publication.receive.kind == Kind::Audio {
            return;
        }
        let peers: Vec<_> = publication
            .subscriptions
            .iter()
            .map(|one| one.peer_id)
            .collect();
        for peer in peers {
            self.allocate(now, peer);
        }
    }

    /// Divides a subscriber's link among the pictures it wants.
    pub(super) fn allocate(&mut self, now: Instant, id: PeerId) {
        let since_start = self.since_start(now);
        let Some(slot) = self.peers.slot(id) else {
            return;
        };
        if self.control(slot).is_none() {
            return;
        }
        let mut requests = self.requests(id);
        let Some(control) = self.control(slot).filter(|_| !requests.is_empty()) else {
            // The next subscription or picture begins anew.
            return;
        };
        let budget = control.take_budget(since_start);
        let outcome = allocate(since_start, budget, &mut requests);
        let begins_burst = control.handle_outcome(since_start, outcome);
        self.timers
            .set(Timer::Allocate(id), Some(now + ALLOCATION_INTERVAL));
        if begins_burst {
            self.timers.set_by(Timer::Pace(id), now);
        }
        for request in &requests {
            self.grant(now, id, request);
        }
    }

    /// What a subscriber wants to see.
    fn requests(&mut self, id: PeerId) -> Vec<Request> {
        let Some(peer) = self.peers.find_mut(id) else {
            return Vec::new();
        };
        let publications = peer.subscriptions.values();
        publications
            .filter_map(|publication| {
                let publication = self.publications.find_mut(*publication)?;
                if publication.receive.kind == Kind::Audio || publication.is_muted {
                    return None;
                }
                let subscription = &publication.subscriptions[publication.position(id)?];
                if !subscription.is_allowed || !subscription.is_connected {
                    return None;
                }
                Some(Request {
                    publication: publication.id,
                    priority: subscription.priority,
                    wanted: subscription.asked_for?,
                    granted: subscription.granted,
                    steps: publication.steps(),
                    shrunk_at: subscription.shrunk_at,
                })
            })
            .collect()
    }

    /// Gives a subscription what it was granted, and tells if that begins or ends a pause.
    fn grant(&mut self, now: Instant, peer: PeerId, request: &Request) {
        let id = request.publication;
        let Some(publication) = self.publications.find_mut(id) else {
            return;
        };
        let Some(index) = publication.position(peer) else {
            return;
        };
        let subscription = &mut publication.subscriptions[index];
        subscription.shrunk_at = request.shrunk_at;
        if subscription.granted == request.granted {
            return;
        }
        let was_paused = subscription.granted.is_none();
        subscription.granted = request.granted;
        let state = match (was_paused, request.granted) {
            (false, None) => Some(StreamState::Paused),
            (true, Some(_)) => Some(StreamState::Active),
            (false, Some(_)) | (true, None) => None,
        };
        publication.steer_one(now, index);
        self.arm_switch(id, peer);
        if let Some(state) = state {
            self.counters.pauses += u64::from(state == StreamState::Paused);
            self.events.push_back(Event::StreamState {
                peer,
                publication: id,
                state,
            });
        }
    }

    /// Sends what waited for a subscriber's link and may leave now, then what shows what it
    /// carries.
    pub(super) fn pace(&mut self, now: Instant, id: PeerId) {
        let since_start = self.since_start(now);
        let departure = Departure::new(since_start);
        let Some(slot) = self.peers.slot(id) else {
            return;
        };
        loop {
            let Some(control) = self.control(slot) else {
                return;
            };
            if control.pacer.is_stale(since_start) || control.pacer.is_full() {
                let waiting = control.pacer.give_up();
                self.give_up(now, id, waiting);
                break;
            }
            let Some(packet) = control.pacer.take(since_start) else {
                break;
            };
            self.send_waiting(departure, slot, &packet);
        }
        self.send_burst(departure, slot, id);
        let Some(control) = self.control(slot) else {
            return;
        };
        let next = control
            .pacer
            .next_at()
            .into_iter()
            .chain(control.prober.next_packet())
            .min();
        let next = next.map(|at| now + at.saturating_sub(since_start).max(PACE_STEP));
        self.timers.set(Timer::Pace(id), next);
    }

    fn control(&mut self, slot: Slot<Peer>) -> Option<&mut crate::bandwidth::congestion::Control> {
        self.peers.get_mut(slot)?.congestion.control()
    }

    /// Sends a packet that waited, unless what it belongs to ended or is paused by now.
    fn send_waiting(&mut self, departure: Departure, slot: Slot<Peer>, packet: &Waiting) {
        let Some(peer) = self.peers.get_mut(slot) else {
            return;
        };
        let Some(publication) = self.publications.find_mut(packet.publication) else {
            return;
        };
        let Some(index) = publication.position(peer.id) else {
            return;
        };
        let subscription = &mut publication.subscriptions[index];
        if !subscription.is_allowed
            || publication.is_muted
            || subscription.selector.forwarding().is_none()
        {
            return;
        }
        let Some((info, descriptor, payload)) = publication
            .layers
            .get(usize::from(packet.layer))
            .and_then(|layer| layer.cache.find(packet.sequence))
        else {
            return;
        };
        let numbering = subscription.numbering();
        let outbox = &mut self.outbox;
        let is_sent = peer.send_rtp(
            departure,
            numbering,
            Class::Picture,
            outbox,
            |out, stamps| {
                let content = (descriptor, payload);
                subscription.write(stamps, info, content, None, &packet.numbers, out)
            },
        );
        if is_sent {
            self.counters.forwarded += 1;
            self.counters.paced += 1;
            peer.repair.earn(payload.len() + HEADERS);
        }
    }

    /// Pictures that came too late begin anew.
    fn give_up(&mut self, now: Instant, peer: PeerId, waiting: impl IntoIterator<Item = Waiting>) {
        let mut publications: Vec<_> = waiting.into_iter().map(|one| one.publication).collect();
        self.counters.given_up += publications.len() as u64;
        publications.sort_unstable();
        publications.dedup();
        for publication in publications {
            self.change_subscription(now, publication, peer, |one| one.selector.restart(now));
        }
    }

    /// Sends padding of a burst as far as it is due.
    fn send_burst(&mut self, departure: Departure, slot: Slot<Peer>, id: PeerId) {
        for _ in 0..MAX_PADDING {
            let is_due = self
                .control(slot)
                .and_then(|control| control.prober.next_packet())
                .is_some_and(|at| at <= departure.since_start);
            if !is_due {
                return;
            }
            if !self.send_padding(departure, slot, id)
                && let Some(control) = self.control(slot)
            {
                control.trust(departure.since_start);
                return;
            }
        }
    }

    /// Sends padding on any stream that can carry it; `false` if there is none.
    fn send_padding(&mut self, departure: Departure, slot: Slot<Peer>, id: PeerId) -> bool {
        let Some(peer) = self.peers.get_mut(slot) else {
            return false;
        };
        let publications: Vec<_> = peer.subscriptions.values().copied().collect();
        publications.into_iter().any(|publication| {
            let Some(publication) = self.publications.find_mut(publication) else {
                return false;
            };
            let Some(index) = publication.position(id) else {
                return false;
            };
            let subscription = &mut publication.subscriptions[index];
            let numbering = subscription.numbering();
            let outbox = &mut self.outbox;
            let is_sent = subscription.is_allowed
                && peer.send_rtp(
                    departure,
                    numbering,
                    Class::Padding,
                    outbox,
                    |out, stamps| subscription.write_padding(stamps, u8::MAX, out),
                );
            self.counters.padding += u64::from(is_sent);
            is_sent
        })
    }
}

/// How often a link is divided anew without a reason.
const ALLOCATION_INTERVAL: Duration = Duration::from_millis(200);
/// A timer that comes up more often costs more than it evens out.
const PACE_STEP: Duration = Duration::from_millis(2);
/// In one step of a burst.
const MAX_PADDING: usize = 64;
