//! What a worker tells `/metrics`: sums, read from the engine about once a second.

use std::time::{Duration, Instant};

use bega_media::{DropReason, Engine};
use metrics::{Counter, Gauge, counter, gauge};

use crate::{WorkerId, socket::Sent};

/// Reads a sum.
type Sum = fn(&Engine) -> u64;

/// The meters of one worker.
pub(crate) struct Meters {
    peers: Gauge,
    received_datagrams: Counter,
    sent_datagrams: Counter,
    unsent_datagrams: Counter,
    packets: [(Counter, Sum); 11],
    pauses: Counter,
    links: [Gauge; 3],
    panics: Counter,
    drops: [(Counter, DropReason); DropReason::ALL.len()],
    /// When the sums are told next; `None` while nothing has changed.
    due: Option<Instant>,
}

impl Meters {
    /// Made on the worker's thread, when the recorder is installed.
    pub(crate) fn new(worker: WorkerId) -> Self {
        let worker = worker.0.to_string();
        let datagrams = |direction| counter!("bega_media_datagrams_total", "worker" => worker.clone(), "direction" => direction);
        let packets =
            |kind| counter!("bega_media_packets_total", "worker" => worker.clone(), "kind" => kind);
        Self {
            peers: gauge!("bega_media_peers", "worker" => worker.clone()),
            received_datagrams: datagrams("received"),
            sent_datagrams: datagrams("sent"),
            unsent_datagrams: datagrams("unsent"),
            packets: [
                (packets("received"), |engine| engine.counters().received),
                (packets("forwarded"), |engine| engine.counters().forwarded),
                (packets("retransmitted"), |engine| {
                    engine.counters().retransmitted
                }),
                (packets("recovered"), |engine| engine.counters().recovered),
                (packets("found"), |engine| engine.counters().found),
                (packets("requested"), |engine| engine.counters().requested),
                (packets("keyframe_requests"), |engine| {
                    engine.counters().keyframe_requests
                }),
                (packets("lost"), |engine| engine.counters().lost),
                (packets("paced"), |engine| engine.counters().paced),
                (packets("given_up"), |engine| engine.counters().given_up),
                (packets("padding"), |engine| engine.counters().padding),
            ],
            pauses: counter!("bega_media_pauses_total", "worker" => worker.clone()),
            links: [
                gauge!("bega_media_links", "worker" => worker.clone()),
                gauge!("bega_media_links_estimate_bits_per_second", "worker" => worker.clone()),
                gauge!("bega_media_links_waiting_packets", "worker" => worker.clone()),
            ],
            panics: counter!("bega_media_panics_total", "worker" => worker.clone()),
            drops: DropReason::ALL.map(|reason| {
                let drops = counter!(
                    "bega_media_dropped_total",
                    "worker" => worker.clone(),
                    "reason" => reason.label()
                );
                (drops, reason)
            }),
            due: None,
        }
    }

    pub(crate) fn count_received(&mut self, now: Instant, datagrams: u64) {
        self.received_datagrams.increment(datagrams);
        self.note(now);
    }

    pub(crate) fn count_sent(&self, sent: Sent) {
        self.sent_datagrams.increment(sent.sent);
        if sent.dropped > 0 {
            self.unsent_datagrams.increment(sent.dropped);
        }
    }

    pub(crate) fn count_panic(&self) {
        self.panics.increment(1);
    }

    /// Something happened that the sums may show.
    pub(crate) fn note(&mut self, now: Instant) {
        self.due.get_or_insert(now + INTERVAL);
    }

    pub(crate) fn poll_timeout(&self) -> Option<Instant> {
        self.due
    }

    /// Tells the sums, if it is time.
    pub(crate) fn handle_timeout(&mut self, now: Instant, engine: &Engine) {
        if self.due.is_some_and(|due| due <= now) {
            self.due = None;
            self.tell(engine);
        }
    }

    pub(crate) fn tell(&self, engine: &Engine) {
        self.peers
            .set(u32::try_from(engine.peer_count()).unwrap_or(u32::MAX));
        self.pauses.absolute(engine.counters().pauses);
        let sum = engine.links();
        #[expect(clippy::cast_precision_loss, reason = "a gauge for people")]
        let values = [sum.links as f64, sum.estimate, sum.waiting as f64];
        for (gauge, value) in self.links.iter().zip(values) {
            gauge.set(value);
        }
        for (counter, sum) in &self.packets {
            counter.absolute(sum(engine));
        }
        for (counter, reason) in &self.drops {
            counter.absolute(engine.counters().dropped(*reason));
        }
    }
}

const INTERVAL: Duration = Duration::from_secs(1);
