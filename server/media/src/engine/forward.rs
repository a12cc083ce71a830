//! A packet on its way to everybody who may have it: the hot path.

use std::time::Instant;

use super::{Engine, Timer};
use crate::{
    bandwidth::{
        congestion::Class,
        pacer::{Admission, Waiting},
    },
    command::Kind,
    peer::Departure,
    publication::Publication,
    registry::Slot,
    rtp::cache::PacketInfo,
    streams::Stream,
};

impl Engine {
    /// Writes one copy of a packet, its dependency descriptor and its payload, for each subscription
    /// that wants the packet, and seals it in place.
    pub(super) fn forward(
        &mut self,
        now: Instant,
        stream: Stream,
        info: &PacketInfo,
        content: (&[u8], &[u8]),
    ) {
        let departure = Departure::new(self.since_start(now));
        let Some(publication) = self.publications.get_mut(stream.publication) else {
            return;
        };
        if publication.is_muted {
            return;
        }
        let layers = &publication.layers;
        let before = Publication::before(layers, stream.layer, info);
        for subscription in &mut publication.subscriptions {
            // From here to the end of the turn it is the subscriber's packet: if handling it
            // panics, the subscriber goes and not the publisher.
            self.in_hand = Some(subscription.peer_id);
            let was = subscription.selector.forwarding();
            let accepted = subscription.accept(now, stream.layer, layers, info);
            if let Some(at) = subscription.thinner.poll_timeout() {
                let timer = Timer::Switch(publication.id, subscription.peer_id);
                self.timers.set_by(timer, at);
            }
            let Some(numbers) = accepted else {
                continue;
            };
            let peer = self.peers.get_mut(subscription.peer);
            let Some(peer) = peer.filter(|peer| peer.id == subscription.peer_id) else {
                continue;
            };
            let class = class(subscription.kind);
            if class == Class::Picture
                && peer.congestion.admit(departure.since_start) == Admission::Later
            {
                let packet = Waiting {
                    publication: publication.id,
                    layer: stream.layer,
                    sequence: info.sequence,
                    numbers,
                    since: departure.since_start,
                };
                let due = peer.let_wait(packet);
                self.timers
                    .set_by(Timer::Pace(peer.id), now + due.unwrap_or_default());
            } else {
                let numbering = subscription.numbering();
                let outbox = &mut self.outbox;
                let is_sent = peer.send_rtp(departure, numbering, class, outbox, |out, stamps| {
                    subscription.write(stamps, info, content, before, &numbers, out)
                });
                if is_sent {
                    self.counters.forwarded += 1;
                    peer.repair.earn(content.1.len() + HEADERS);
                    if subscription.keeps(info.codec) {
                        subscription.keep(&numbers, peer.newest(&mut self.outbox));
                    }
                }
            }
            if was != subscription.selector.forwarding() {
                let timer = Timer::Switch(publication.id, subscription.peer_id);
                self.timers.set(timer, None);
                // The sooner the subscriber knows the time, the sooner lips and voice agree.
                self.timers
                    .set_by(Timer::Reports(subscription.peer_id), now + FIRST_REPORT);
            }
        }
        self.in_hand = Some(publication.publisher_id);
    }

    /// Sends packets again that a subscriber missed.
    pub(super) fn retransmit(
        &mut self,
        now: Instant,
        slot: Slot<Publication>,
        index: usize,
        missing: impl Iterator<Item = u16>,
    ) {
        let since_start = self.since_start(now);
        let departure = Departure::new(since_start);
        let Some(publication) = self.publications.get_mut(slot) else {
            return;
        };
        let Some(subscription) = publication.subscriptions.get_mut(index) else {
            return;
        };
        if publication.is_muted || !subscription.is_allowed {
            return;
        }
        let Some(peer) = self.peers.get_mut(subscription.peer) else {
            return;
        };
        for sequence in missing.take(MOST_AT_ONCE) {
            if !subscription.may_retransmit(since_start, sequence) {
                continue;
            }
            let budget = &mut peer.repair;
            let is_sent = if let Some(sealed) = subscription.sealed(sequence) {
                budget.spend(subscription.kind, sealed.len())
                    && peer.send_sealed(&mut self.outbox, sealed)
            } else if let Some(sent) = subscription.find(sequence, &publication.layers) {
                budget.spend(subscription.kind, sent.content.1.len() + HEADERS)
                    && peer.send_rtp(
                        departure,
                        subscription.numbering(),
                        Class::Repair,
                        &mut self.outbox,
                        |out, stamps| subscription.write_again(stamps, &sent, out),
                    )
            } else {
                false
            };
            if is_sent {
                subscription.count_retransmission(since_start, sequence);
                self.counters.retransmitted += 1;
            }
        }
    }
}

fn class(kind: Kind) -> Class {
    match kind {
        Kind::Audio => Class::Sound,
        Kind::Video => Class::Picture,
    }
}

/// Of RTP and SRTP, about.
pub(super) const HEADERS: usize = 28;
/// Of one request. A burst is not longer, and looking each number up is work.
const MOST_AT_ONCE: usize = 256;
/// Long enough for the first packets of sound and picture to be reported together.
const FIRST_REPORT: std::time::Duration = std::time::Duration::from_millis(50);
