//! What was measured on the way: who speaks, and how well packets went both ways.

use std::time::{Duration, Instant};

use super::{Engine, Timer};
use crate::{
    command::{Downstream, Event, PeerId, RoomId, Upstream},
    publication::Publication,
};

impl Engine {
    /// Ends a window in which somebody was loud.
    pub(super) fn tell_speakers(&mut self, now: Instant, room: RoomId) {
        let (speakers, next) = self.speakers.handle_timeout(now, room);
        self.timers.set(Timer::Speakers(room), next);
        if let Some(speakers) = speakers {
            self.events
                .push_back(Event::SpeakersChanged { room, speakers });
        }
    }

    /// Says how a transport's streams went since the last time.
    pub(super) fn tell_statistics(&mut self, now: Instant, id: PeerId) {
        let Some(peer) = self.peers.find_mut(id) else {
            return;
        };
        self.timers.set(Timer::Statistics(id), Some(now + INTERVAL));
        let mut received: Vec<Upstream> = Vec::new();
        for publication in &peer.publications {
            let publication = self.publications.find_mut(*publication);
            received.extend(publication.map(Publication::upstream));
        }
        let mut sent: Vec<Downstream> = Vec::new();
        for publication in peer.subscriptions.values() {
            if let Some(publication) = self.publications.find_mut(*publication)
                && let Some(index) = publication.position(id)
            {
                sent.push(publication.subscriptions[index].downstream(publication.id));
            }
        }
        if !(received.is_empty() && sent.is_empty()) {
            self.events.push_back(Event::Statistics {
                peer: id,
                received,
                sent,
            });
        }
    }
}

/// Browsers report audio about as often.
pub(super) const INTERVAL: Duration = Duration::from_secs(5);
