//! What time asks for.

use std::time::{Duration, Instant};

use super::{Engine, Timer};
use crate::{
    command::{PeerId, PublicationId},
    layer_selector::Layer,
    publication::LIVENESS_INTERVAL,
    rtcp::{
        parse::ReportBlock,
        write::{self, SenderReport},
    },
};

impl Engine {
    /// Runs every timer that is due.
    pub(super) fn run_due(&mut self, now: Instant) {
        while let Some(timer) = self.timers.pop_due(now) {
            self.run(now, timer);
        }
        self.in_hand = None;
    }

    fn run(&mut self, now: Instant, timer: Timer) {
        self.in_hand = self.owner(timer);
        match timer {
            Timer::Transport(peer) => {
                if let Some(slot) = self.peers.slot(peer) {
                    if let Some(peer) = self.peers.get_mut(slot) {
                        peer.transport.handle_timeout(now);
                    }
                    self.settle(now, slot);
                }
            }
            Timer::Reports(peer) => self.send_reports(now, peer),
            Timer::Arrivals(peer) => self.send_arrivals(peer),
            Timer::Missing(publication, layer) => self.request_missing(now, publication, layer),
            Timer::Keyframe(publication, layer) => {
                let is_due = self
                    .publications
                    .find_mut(publication)
                    .and_then(|publication| publication.layers.get_mut(usize::from(layer)))
                    .is_some_and(|layer| layer.keyframes.handle_timeout(now));
                if is_due {
                    self.send_keyframe_request(publication, layer);
                }
            }
            Timer::Switch(publication, peer) => self.request_switch(now, publication, peer),
            Timer::Liveness(publication) => self.check_liveness(now, publication),
            Timer::Speakers(room) => self.tell_speakers(now, room),
            Timer::Statistics(peer) => self.tell_statistics(now, peer),
            Timer::Allocate(peer) => self.allocate(now, peer),
            Timer::Pace(peer) => self.pace(now, peer),
        }
    }

    /// Whose fault a panic would be.
    fn owner(&self, timer: Timer) -> Option<PeerId> {
        match timer {
            Timer::Transport(peer)
            | Timer::Reports(peer)
            | Timer::Arrivals(peer)
            | Timer::Statistics(peer)
            | Timer::Allocate(peer)
            | Timer::Pace(peer)
            | Timer::Switch(_, peer) => Some(peer),
            Timer::Speakers(_) => None,
            Timer::Missing(publication, _)
            | Timer::Keyframe(publication, _)
            | Timer::Liveness(publication) => {
                let slot = self.publications.slot(publication)?;
                Some(self.publications.get(slot)?.publisher_id)
            }
        }
    }

    /// Tells a publisher when its packets arrived.
    fn send_arrivals(&mut self, id: PeerId) {
        let Some(peer) = self.peers.find_mut(id) else {
            return;
        };
        // Any of its SSRCs will do.
        let media = peer.publications.iter().find_map(|publication| {
            let slot = self.publications.slot(*publication)?;
            self.publications
                .get(slot)?
                .layers
                .iter()
                .find_map(|layer| layer.ssrc)
        });
        let mut feedback = std::mem::take(&mut self.scratch);
        peer.arrivals.write(media.unwrap_or(0), &mut feedback);
        peer.send_rtcp(&mut self.outbox, |out| out.extend_from_slice(&feedback));
        feedback.clear();
        self.scratch = feedback;
    }

    /// Asks a publisher for packets that did not arrive, if anybody needs them.
    fn request_missing(&mut self, now: Instant, id: PublicationId, layer: Layer) {
        let Some(publication) = self.publications.find_mut(id) else {
            return;
        };
        let is_used = publication.is_used(layer);
        let Some(stream) = publication.layers.get_mut(usize::from(layer)) else {
            return;
        };
        let mut missing = Vec::new();
        stream.missing.handle_timeout(now, &mut missing);
        let next = stream.missing.poll_timeout();
        let ssrc = stream.ssrc.filter(|_| is_used && !missing.is_empty());
        self.timers.set(Timer::Missing(id, layer), next);
        if let (Some(ssrc), Some(peer)) = (ssrc, self.peers.get_mut(publication.publisher)) {
            self.counters.requested += missing.len() as u64;
            peer.send_rtcp(&mut self.outbox, |out| write::nack(ssrc, &missing, out));
        }
    }

    /// Asks for the keyframe a subscription waits for.
    fn request_switch(&mut self, now: Instant, id: PublicationId, peer: PeerId) {
        let Some(publication) = self.publications.find_mut(id) else {
            return;
        };
        let Some(index) = publication.position(peer) else {
            return;
        };
        let layer = publication.subscriptions[index].handle_keyframe_timeout(now);
        self.arm_switch(id, peer);
        if let Some(layer) = layer {
            self.request_keyframe(now, id, layer);
        }
    }

    fn check_liveness(&mut self, now: Instant, id: PublicationId) {
        let Some(publication) = self.publications.find_mut(id) else {
            return;
        };
        let has_expired = publication.expire_layers(now);
        if publication.layers.iter().any(|layer| layer.is_live) {
            self.timers
                .set(Timer::Liveness(id), Some(now + LIVENESS_INTERVAL));
        }
        if has_expired {
            let _ = self.steer(now, id);
        }
    }

    /// Tells a publisher how its packets arrive, and a subscriber what time its packets mean.
    fn send_reports(&mut self, now: Instant, id: PeerId) {
        let Some(peer) = self.peers.find_mut(id).filter(|peer| peer.is_connected) else {
            return;
        };
        if peer.publications.is_empty() && peer.subscriptions.is_empty() {
            return;
        }
        self.timers
            .set(Timer::Reports(id), Some(now + REPORT_INTERVAL));
        let mut blocks: Vec<ReportBlock> = Vec::new();
        for publication in &peer.publications {
            if let Some(publication) = self.publications.find_mut(*publication) {
                blocks.extend(
                    publication
                        .layers
                        .iter_mut()
                        .filter_map(|layer| layer.report(now)),
                );
            }
        }
        for blocks in blocks.chunks(BLOCKS_IN_COMPOUND) {
            peer.send_rtcp(&mut self.outbox, |out| {
                write::receiver_report(blocks, out);
                write::canonical_name(write::OUR_SSRC, OUR_NAME, out);
            });
        }
        let mut reports: Vec<(SenderReport, String)> = Vec::new();
        for publication in peer.subscriptions.values() {
            if let Some(publication) = self.publications.find_mut(*publication)
                && let Some(index) = publication.position(id)
                && let Some(report) =
                    publication.subscriptions[index].sender_report(now, &publication.layers)
            {
                reports.push((report, publication.canonical_name()));
            }
        }
        for reports in reports.chunks(REPORTS_IN_COMPOUND) {
            peer.send_rtcp(&mut self.outbox, |out| {
                for (report, name) in reports {
                    write::sender_report(report, out);
                    write::canonical_name(report.ssrc, name, out);
                }
            });
        }
    }
}

/// Browsers report video about as often.
const REPORT_INTERVAL: Duration = Duration::from_secs(1);
/// As many as a report has room for.
const BLOCKS_IN_COMPOUND: usize = 31;
/// A kilobyte, below the path MTU.
const REPORTS_IN_COMPOUND: usize = 16;
/// The name of our own reports.
const OUR_NAME: &str = "bega";
