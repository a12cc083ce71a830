//! RTCP on its way in: reports of publishers, requests of subscribers.

use std::time::Instant;

use super::{Engine, Timer};
use crate::{
    bandwidth::congestion::Urgency,
    command::{Kind, PublicationId},
    counters::DropReason,
    layer_selector::Layer,
    peer::Peer,
    registry::Slot,
    rtcp::{
        clock::SourceClock,
        parse::{ReportBlock, Rtcp, packets},
        transport_feedback::TransportFeedback,
        write,
    },
    streams::Role,
};

impl Engine {
    pub(super) fn receive_rtcp(&mut self, now: Instant, slot: Slot<Peer>, compound: &[u8]) {
        for packet in packets(compound) {
            match packet {
                Rtcp::SenderReport { ssrc, ntp, rtp } => {
                    self.set_clock(now, slot, ssrc, ntp, rtp);
                }
                Rtcp::Nack { media, missing } => {
                    if let Some((publication, index)) = self.subscription_of(slot, media)
                        && let Some(publication) = self.publications.slot(publication)
                    {
                        self.retransmit(now, publication, index, missing);
                    }
                }
                Rtcp::PictureLoss { media } => self.relay_keyframe_request(now, slot, media),
                Rtcp::FullIntra { requests } => {
                    for media in requests {
                        self.relay_keyframe_request(now, slot, media);
                    }
                }
                Rtcp::ReceiverReport { blocks } => {
                    for block in blocks {
                        self.take_report(now, slot, &block);
                    }
                }
                Rtcp::TransportFeedback(feedback) => {
                    self.take_transport_feedback(now, slot, &feedback);
                }
                Rtcp::Goodbye { sources } => {
                    for ssrc in sources {
                        self.end_source(now, slot, ssrc);
                    }
                }
            }
        }
    }

    /// A publisher says what time it is on one of its streams.
    fn set_clock(&mut self, now: Instant, slot: Slot<Peer>, ssrc: u32, ntp: u64, rtp: u32) {
        let Some(stream) = self
            .peers
            .get(slot)
            .and_then(|peer| peer.streams.get(ssrc))
            .filter(|stream| stream.role == Role::Media)
        else {
            return;
        };
        let Some(publication) = self.publications.get_mut(stream.publication) else {
            return;
        };
        let Some(layer) = publication.layers.get_mut(usize::from(stream.layer)) else {
            return;
        };
        // A report may overtake the first packet and speak of an SSRC that is not bound yet.
        if layer.ssrc != Some(ssrc) {
            return;
        }
        let is_first = layer.clock.is_none();
        layer.clock = Some(SourceClock::new(ntp, rtp, now, layer.clock_rate));
        for subscription in publication.subscriptions.iter().filter(|_| is_first) {
            self.timers
                .set_by(Timer::Reports(subscription.peer_id), now);
        }
    }

    /// A subscriber says how well it is served.
    fn take_report(&mut self, now: Instant, slot: Slot<Peer>, block: &ReportBlock) {
        if let Some((id, index)) = self.subscription_of(slot, block.ssrc)
            && let Some(publication) = self.publications.find_mut(id)
            && let Some(subscription) = publication.subscriptions.get_mut(index)
        {
            subscription.handle_report(now, block);
        }
    }

    /// A subscriber says when packets arrived.
    fn take_transport_feedback(
        &mut self,
        now: Instant,
        slot: Slot<Peer>,
        feedback: &TransportFeedback<'_>,
    ) {
        let since_start = self.since_start(now);
        let Some(peer) = self.peers.get_mut(slot) else {
            return;
        };
        let told = &mut self.acknowledged;
        let urgency = peer.congestion.handle_feedback(since_start, feedback, told);
        self.counters.lost += told.iter().filter(|one| one.arrived.is_none()).count() as u64;
        match urgency {
            None => self.counters.count_drop(DropReason::ExcessFeedback),
            Some(Urgency::Now) => self.timers.set_by(Timer::Allocate(peer.id), now),
            Some(Urgency::None) => {}
        }
    }

    /// A publisher says that a stream is over: whoever got it falls back to another layer.
    fn end_source(&mut self, now: Instant, slot: Slot<Peer>, ssrc: u32) {
        let Some(stream) = self
            .peers
            .get(slot)
            .and_then(|peer| peer.streams.get(ssrc))
            .filter(|stream| stream.role == Role::Media)
        else {
            return;
        };
        if let Some(publication) = self.publications.get_mut(stream.publication)
            && let Some(layer) = publication.layers.get_mut(usize::from(stream.layer))
        {
            layer.is_live = false;
            let id = publication.id;
            let _ = self.steer(now, id);
        }
    }

    /// A subscriber cannot decode: its publisher is asked for a keyframe, under the throttle.
    fn relay_keyframe_request(&mut self, now: Instant, slot: Slot<Peer>, media: u32) {
        let Some((id, index)) = self.subscription_of(slot, media) else {
            return;
        };
        let layer = self
            .publications
            .find_mut(id)
            .filter(|publication| publication.receive.kind == Kind::Video)
            .and_then(|publication| publication.subscriptions.get(index))
            .filter(|subscription| subscription.is_allowed)
            .and_then(|subscription| subscription.selector.target());
        if let Some(layer) = layer {
            self.request_keyframe(now, id, layer);
        }
    }

    /// Asks for a keyframe now, or when the throttle allows it.
    pub(super) fn request_keyframe(&mut self, now: Instant, id: PublicationId, layer: Layer) {
        let Some(stream) = self
            .publications
            .find_mut(id)
            .and_then(|publication| publication.layers.get_mut(usize::from(layer)))
        else {
            return;
        };
        if stream.ssrc.is_none() {
            // A layer that has not begun begins with a keyframe.
            return;
        }
        if stream.keyframes.request(now) {
            self.send_keyframe_request(id, layer);
        } else {
            let at = stream.keyframes.poll_timeout();
            self.timers.set(Timer::Keyframe(id, layer), at);
        }
    }

    pub(super) fn send_keyframe_request(&mut self, id: PublicationId, layer: Layer) {
        let Some(publication) = self.publications.find_mut(id) else {
            return;
        };
        let ssrc = publication
            .layers
            .get(usize::from(layer))
            .and_then(|layer| layer.ssrc);
        if let (Some(ssrc), Some(peer)) = (ssrc, self.peers.get_mut(publication.publisher)) {
            let is_sent = peer.send_rtcp(&mut self.outbox, |out| write::picture_loss(ssrc, out));
            self.counters.keyframe_requests += u64::from(is_sent);
        }
    }

    /// The subscription of a peer that is sent under an SSRC.
    fn subscription_of(&self, slot: Slot<Peer>, media: u32) -> Option<(PublicationId, usize)> {
        let peer = self.peers.get(slot)?;
        let id = *peer.subscriptions.get(&media)?;
        let publication = self.publications.get(self.publications.slot(id)?)?;
        Some((id, publication.position(peer.id)?))
    }
}
