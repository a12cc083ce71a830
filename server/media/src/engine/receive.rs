//! A datagram on its way in.

use std::time::Instant;

use bega_transport::{Path, Received};

use super::{Engine, Timer};
use crate::{
    command::{Event, Kind},
    counters::DropReason,
    demux::Route,
    peer::Peer,
    publication::{LIVENESS_INTERVAL, Refused},
    registry::Slot,
    rtcp::transport_cc,
    rtp::Packet,
    streams::{Role, Stream},
};

impl Engine {
    pub(super) fn receive(&mut self, now: Instant, from: Path, datagram: &mut [u8]) {
        let route = self.demux.route(from, datagram);
        let slot = match route {
            Route::Check(slot) | Route::Known(slot) => slot,
            Route::UnknownUfrag => return self.counters.count_drop(DropReason::UnknownUfrag),
            Route::UnknownAddress => return self.counters.count_drop(DropReason::UnknownAddress),
        };
        let Some(peer) = self.peers.get_mut(slot) else {
            return self.counters.count_drop(DropReason::UnknownAddress);
        };
        self.in_hand = Some(peer.id);
        #[cfg(any(test, feature = "testing"))]
        peer.fail_if_asked();
        let (id, origin) = (peer.id, from.remote.ip());
        if !peer.is_connected && is_dtls(datagram) && !self.handshakes.admit(id, origin) {
            return self.counters.count_drop(DropReason::TooManyHandshakes);
        }
        let received = peer.transport.handle_datagram(now, from, datagram);
        if !peer.is_connected {
            let is_under_way = peer.transport.is_shaking_hands();
            self.handshakes.note(id, origin, is_under_way);
        }
        match received {
            Ok(Received::Rtp(packet)) => self.receive_rtp(now, slot, packet),
            Ok(Received::Rtcp(compound)) => self.receive_rtcp(now, slot, compound),
            Ok(Received::Consumed) => {
                if matches!(route, Route::Check(_)) {
                    self.demux.bind(slot, &mut peer.routes, from);
                }
                self.settle(now, slot);
            }
            Err(error) => {
                self.counters.count_drop(DropReason::from(&error));
                self.settle(now, slot);
            }
        }
    }

    fn receive_rtp(&mut self, now: Instant, slot: Slot<Peer>, bytes: &[u8]) {
        self.counters.received += 1;
        let Some(packet) = Packet::parse(bytes) else {
            return self.counters.count_drop(DropReason::MalformedRtp);
        };
        let Some(peer) = self.peers.get_mut(slot) else {
            return;
        };
        // Every packet counts for bandwidth estimation, whatever becomes of it.
        if let Some(sequence) = packet
            .extensions
            .transport_sequence(peer.streams.extensions())
        {
            if peer.arrivals.is_empty() {
                self.timers
                    .set(Timer::Arrivals(peer.id), Some(now + transport_cc::INTERVAL));
            }
            peer.arrivals.handle_packet(now, sequence);
        }
        match peer.streams.resolve(&packet) {
            Some(stream) => self.receive_media(now, stream, &packet),
            None => self.counters.count_drop(DropReason::UnknownSource),
        }
    }

    fn receive_media(&mut self, now: Instant, stream: Stream, packet: &Packet<'_>) {
        self.bind_source(now, stream, packet.header.ssrc);
        let since_start = self.since_start(now);
        let Some(publication) = self.publications.get_mut(stream.publication) else {
            return;
        };
        let accepted = match publication.handle_packet(now, since_start, stream.layer, packet) {
            Ok(accepted) => accepted,
            Err(Refused::UnknownPayload) => {
                return self.counters.count_drop(DropReason::UnknownPayload);
            }
            Err(Refused::Malformed) => return self.counters.count_drop(DropReason::MalformedRtp),
            Err(Refused::Redundant) => return self.counters.count_drop(DropReason::Redundant),
        };
        let id = publication.id;
        if !std::mem::replace(&mut publication.has_started, true) {
            self.events.push_back(Event::PublicationStarted {
                publication: id,
                codec: accepted.info.codec,
            });
        }
        if let Some(level) = accepted.info.audio_level
            && !publication.is_muted
            && let Some(publisher) = self.peers.get(publication.publisher)
        {
            let timestamp = accepted.info.timestamp;
            let speakers = &mut self.speakers;
            let due = speakers.handle_packet(now, publisher.room, id, level, timestamp);
            if due.is_some() {
                self.timers.set(Timer::Speakers(publisher.room), due);
            }
        }
        if accepted.has_new_gap
            && let Some(at) = publication.next_request(stream.layer)
        {
            self.timers.set_by(Timer::Missing(id, stream.layer), at);
        }
        self.counters.recovered += u64::from(accepted.is_recovered);
        self.counters.found += accepted.found.len() as u64;
        if accepted.is_revived {
            if publication.receive.kind == Kind::Video && publication.layers.len() > 1 {
                self.timers
                    .set_by(Timer::Liveness(id), now + LIVENESS_INTERVAL);
            }
            // Before the packet is forwarded: it may be the keyframe to begin with.
            let _ = self.steer(now, id);
            self.allocate_for_all(now, id);
        }
        for (info, payload) in &accepted.found {
            self.forward(now, stream, info, (&[], payload));
        }
        self.forward(
            now,
            stream,
            &accepted.info,
            (accepted.descriptor, accepted.payload),
        );
    }

    /// Notices that a layer comes from an SSRC that it did not come from before.
    fn bind_source(&mut self, now: Instant, stream: Stream, ssrc: u32) {
        let Some(publication) = self.publications.get(stream.publication) else {
            return;
        };
        let is_known = publication
            .layers
            .get(usize::from(stream.layer))
            .is_none_or(|layer| layer.ssrc == Some(ssrc));
        if stream.role == Role::Retransmission || is_known {
            return;
        }
        let source = self.new_source();
        if let Some(publication) = self.publications.get_mut(stream.publication) {
            publication.bind(now, stream.layer, ssrc, source);
            let id = publication.id;
            let _ = self.steer(now, id);
        }
    }
}

/// RFC 7983, section 7.
fn is_dtls(datagram: &[u8]) -> bool {
    matches!(datagram, [20..=63, ..])
}
