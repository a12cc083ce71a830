//! `bega doctor`: joins a deployment the way a participant does and says what a technician must change.
//!
//! Two simulated participants enter a room of their own, made by `POST /api/v1/self-tests`. One
//! sends numbered audio packets, the other counts what comes back through the media server. They do
//! so once by each way that media can take:
//!
//! ```text
//!          .-- UDP ------------------------------.
//! sender --+-- TCP ------------------------------+-- media server -- the same way back -- listener
//!          '-- relay, by UDP, TCP or TLS -- UDP -'
//! ```
//!
//! Both stand on the async `webrtc` crate: a second implementation, so that a defect of our own
//! transport cannot hide itself.

mod bridge;
mod echo;
mod participant;
mod report;
mod way;

use std::{
    collections::HashSet,
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::{Context as _, anyhow, bail};
use serde::Deserialize;
use tokio::time;

use crate::{
    cli::DoctorFlags,
    logging::{self, Voices},
};
use echo::Heard;
use participant::Participant;
use report::{Finding, Outcome, Report};
use way::Way;

/// How long a connection may take before it counts as blocked.
const CONNECT: Duration = Duration::from_secs(15);
/// How long to wait for stragglers after the last packet.
const DRAIN: Duration = Duration::from_secs(2);

/// Tests the deployment, prints what was found, and says whether it is good enough.
pub(crate) async fn run(flags: &DoctorFlags) -> anyhow::Result<bool> {
    // Fails only when a provider is already installed, which is as good.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    logging::start(Voices::All, false);
    let base = flags.url.trim_end_matches('/');
    let report = examine(base).await;
    if flags.json {
        println!("{}", report.json());
    } else {
        print!("{report}");
    }
    Ok(report.is_good())
}

async fn examine(base: &str) -> Report {
    let mut report = Report::new(base);
    let entry = match self_test(base).await {
        Ok(entry) => entry,
        Err(error) => {
            report.web = Some(format!("{error:#}"));
            return report;
        }
    };
    let ways = match ways(&entry, &mut report).await {
        Ok(ways) => ways,
        Err(error) => {
            report.signalling_failed = Some(format!("{error:#}"));
            return report;
        }
    };
    for way in ways {
        let (hosts, outcome) = match echo(&entry, &way).await {
            Ok((hosts, outcome)) => (hosts, Ok(outcome)),
            Err((hosts, error)) => (hosts, Err(format!("{error:#}"))),
        };
        report.findings.push(Finding {
            way,
            hosts,
            outcome,
        });
    }
    report
}

/// The answer of `POST /api/v1/self-tests`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Entry {
    url: String,
    sender_token: String,
    listener_token: String,
}

async fn self_test(base: &str) -> anyhow::Result<Entry> {
    let response = reqwest::Client::builder()
        .timeout(CONNECT)
        .build()?
        .post(format!("{base}/api/v1/self-tests"))
        .header("Origin", base)
        .json(&serde_json::json!({}))
        .send()
        .await
        .context("the server cannot be reached")?;
    if !response.status().is_success() {
        bail!("the server answered {}", response.status());
    }
    response
        .json()
        .await
        .context("the answer is not one of a Bega server")
}

/// Which ways there are: two to the server itself, and one to each relay it tells of.
async fn ways(entry: &Entry, report: &mut Report) -> anyhow::Result<Vec<Way>> {
    let heard = Arc::default();
    let mut participant =
        Participant::join(&entry.url, &entry.sender_token, &Way::Udp, &heard).await?;
    report.signalling = Some(participant.round_trip().await?);
    let relays = participant.relays.iter().flat_map(Way::through);
    let ways = [Way::Udp, Way::Tcp].into_iter().chain(relays).collect();
    participant.leave().await;
    Ok(ways)
}

type Hosts = HashSet<String>;

/// Sends through the server and counts what comes back. Says in any case which hosts were tried.
async fn echo(entry: &Entry, way: &Way) -> Result<(Hosts, Outcome), (Hosts, anyhow::Error)> {
    let heard = Arc::new(Heard::default());
    let mut hosts = way.relay_host().into_iter().collect();
    // Its future is larger than a stack should hold several of.
    match Box::pin(loop_back(entry, way, &heard, &mut hosts)).await {
        Ok(outcome) => Ok((hosts, outcome)),
        Err(error) => Err((hosts, error)),
    }
}

async fn loop_back(
    entry: &Entry,
    way: &Way,
    heard: &Arc<Heard>,
    hosts: &mut Hosts,
) -> anyhow::Result<Outcome> {
    let listener = Participant::join(&entry.url, &entry.listener_token, way, heard).await?;
    let mut sender = Participant::join(&entry.url, &entry.sender_token, way, heard).await?;

    let began = now();
    let track = sender.publish().await?;
    let mut links = [
        sender.publisher.connected.clone(),
        listener.subscriber.connected.clone(),
    ];
    let driven = [sender.drive(), listener.drive()];
    let connected = async {
        for link in &mut links {
            time::timeout(CONNECT, link.wait_for(|connected| *connected))
                .await
                .map_err(|_| anyhow!("no connection within {} s", CONNECT.as_secs()))??;
        }
        anyhow::Ok(began.elapsed())
    };
    let connected_in = connected.await;
    let result = match connected_in {
        Ok(connected_in) => {
            echo::play(&track, heard).await?;
            time::sleep(DRAIN).await;
            let delays = heard.delays();
            if delays.is_empty() {
                Err(anyhow!("connected, but not one packet came back"))
            } else {
                Ok(Outcome::new(connected_in, delays))
            }
        }
        Err(error) => Err(error),
    };
    for participant in driven {
        hosts.extend(
            participant
                .leave()
                .await
                .into_iter()
                .filter(|_| way.is_direct()),
        );
    }
    result
}

#[expect(clippy::disallowed_methods, reason = "the doctor measures real time")]
fn now() -> Instant {
    Instant::now()
}
