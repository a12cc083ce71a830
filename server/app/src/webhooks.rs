//! Signed webhooks: what happens in media rooms, told to the servers that the operator named.
//!
//! Each address has a queue and a task of its own, so a slow one delays nobody else and gets its
//! reports in order. A report is sent until it is taken, some times: it may arrive twice, and its id
//! says so. When a queue is full the newest is dropped and counted; no room ever waits.

use std::{
    sync::Arc,
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

use bega_api::tokens::Tokens;
use bega_gateway::Reports;
use bega_negotiation::Report;
use reqwest::{Client, redirect};
use tokio::{
    sync::{Notify, mpsc},
    time,
};

use crate::world;

/// The queues of all addresses.
pub(crate) struct Webhooks {
    queues: Vec<mpsc::Sender<Arc<Letter>>>,
    pending: Arc<Pending>,
}

/// A report, ready to be sent.
struct Letter {
    event: String,
    id: String,
    body: Vec<u8>,
}

/// Reports that are queued or on their way.
#[derive(Default)]
struct Pending {
    count: AtomicUsize,
    none: Notify,
}

impl Webhooks {
    /// Starts a task for each address; `None` when there is none.
    pub(crate) fn start(urls: &[String], tokens: &Tokens) -> Option<Self> {
        if urls.is_empty() {
            return None;
        }
        // Fails only when a provider is already installed, which is as good.
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let client = Client::builder()
            .timeout(PATIENCE)
            // What was meant for one server is not carried to another.
            .redirect(redirect::Policy::none())
            .build()
            .inspect_err(|error| tracing::error!(%error, "webhooks cannot be sent"))
            .ok()?;
        let pending = Arc::<Pending>::default();
        let queues = urls
            .iter()
            .map(|url| {
                let (queue, letters) = mpsc::channel(QUEUE);
                let postman = Postman {
                    url: url.clone(),
                    tokens: tokens.clone(),
                    client: client.clone(),
                    pending: pending.clone(),
                };
                tokio::spawn(postman.run(letters));
                queue
            })
            .collect();
        Some(Self { queues, pending })
    }

    /// Waits until all is delivered or given up, but not for long.
    pub(crate) async fn flush(&self, longest: Duration) {
        let emptied = time::timeout(longest, async {
            loop {
                let none = self.pending.none.notified();
                if self.pending.count.load(Ordering::Acquire) == 0 {
                    return;
                }
                none.await;
            }
        });
        if emptied.await.is_err() {
            tracing::warn!("stopped before all webhooks were delivered");
        }
    }
}

impl Reports for Webhooks {
    fn report(&self, report: Report) {
        let letter = Arc::new(Letter {
            event: report.event().to_owned(),
            id: report.id().to_owned(),
            body: report.json(world::now().as_second()),
        });
        for queue in &self.queues {
            self.pending.count.fetch_add(1, Ordering::AcqRel);
            if queue.try_send(letter.clone()).is_err() {
                self.pending.done();
                letter.count("dropped");
            }
        }
    }
}

impl Pending {
    fn done(&self) {
        if self.count.fetch_sub(1, Ordering::AcqRel) == 1 {
            self.none.notify_waiters();
        }
    }
}

impl Letter {
    fn count(&self, outcome: &'static str) {
        let labels = [
            ("event", self.event.clone()),
            ("outcome", outcome.to_owned()),
        ];
        metrics::counter!("bega_webhooks_total", &labels).increment(1);
    }
}

/// Delivers to one address.
struct Postman {
    url: String,
    tokens: Tokens,
    client: Client,
    pending: Arc<Pending>,
}

impl Postman {
    async fn run(self, mut letters: mpsc::Receiver<Arc<Letter>>) {
        while let Some(letter) = letters.recv().await {
            let outcome = if self.deliver(&letter).await {
                "delivered"
            } else {
                // Addresses of webhooks may hold secrets: they stay out of the log.
                tracing::warn!(event = letter.event, id = letter.id, "gave up a webhook");
                "failed"
            };
            letter.count(outcome);
            self.pending.done();
        }
    }

    async fn deliver(&self, letter: &Letter) -> bool {
        let mut pause = FIRST_PAUSE;
        for attempt in 1..=ATTEMPTS {
            if self.post(letter).await {
                return true;
            }
            if attempt < ATTEMPTS {
                metrics::counter!("bega_webhook_retries_total").increment(1);
                time::sleep(pause).await;
                pause *= 2;
            }
        }
        false
    }

    /// Whether the other side has taken it.
    async fn post(&self, letter: &Letter) -> bool {
        let signature = self.tokens.sign_body(world::now(), &letter.body);
        self.client
            .post(&self.url)
            .header("authorization", signature)
            .header("content-type", "application/webhook+json")
            .body(letter.body.clone())
            .send()
            .await
            .is_ok_and(|answer| answer.status().is_success())
    }
}

/// Reports that wait for one address; a full day's events of a small centre.
const QUEUE: usize = 1000;
/// How long one attempt may take.
const PATIENCE: Duration = Duration::from_secs(5);
/// With pauses of 0.5, 1, 2, 4, 8 and 16 s a server may be restarted meanwhile.
const ATTEMPTS: u32 = 7;
const FIRST_PAUSE: Duration = Duration::from_millis(500);
