//! A server that ends in the middle of sessions: how long until everybody is heard again.
//!
//! This program sends the signal; who started the server starts it again.

use std::{process::Command, sync::Arc, time::Duration};

use anyhow::{Result, ensure};
use clap::{Args, ValueEnum};
use futures_util::future::join_all;
use serde_json::{Value, json};
use tokio::{
    sync::{Barrier, watch},
    time::{sleep, timeout},
};

use crate::{
    bot::Happening,
    clock,
    delays::Delays,
    plane::Plane,
    sfu::{Bega, Participant, Seat, Sfu},
    stream::Shape,
};

/// Who is in sessions, and how the server ends.
#[derive(Args, Clone, Debug)]
pub(crate) struct Recover {
    /// The address of the server's WebSocket.
    #[arg(long)]
    url: String,
    /// The server.
    #[arg(long)]
    pid: u32,
    /// Sessions of two people who talk.
    #[arg(long, default_value_t = 50)]
    sessions: u32,
    /// How it ends.
    #[arg(long, value_enum)]
    signal: Signal,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Signal {
    /// At once.
    Kill,
    /// When it has said goodbye.
    Term,
}

impl Recover {
    pub(crate) async fn measure(&self) -> Result<Value> {
        let plane = Plane::start()?;
        let sfu = Bega::new(&self.url);
        let everybody = Arc::new(Barrier::new(2 * self.sessions as usize + 1));
        let (ending, ended) = watch::channel(clock::now());
        let people = (0..2 * self.sessions).map(|number| {
            let participant = Participant {
                room: number / 2,
                name: format!("talker-{number}"),
                publishes: vec![Shape::voice()],
            };
            let (sfu, plane) = (&sfu, &plane);
            let (everybody, ended) = (everybody.clone(), ended.clone());
            async move {
                let seat = hear(sfu, plane, &participant).await?.0;
                everybody.wait().await;
                come_back(sfu, plane, seat, ended).await
            }
        });
        let end = async {
            everybody.wait().await;
            sleep(CALM).await;
            ending.send_replace(clock::now());
            let signal = match self.signal {
                Signal::Kill => "-KILL",
                Signal::Term => "-TERM",
            };
            let sent = Command::new("kill")
                .args([signal, &self.pid.to_string()])
                .status()?;
            ensure!(sent.success(), "the signal could not be sent");
            Ok(())
        };
        let (times, sent) =
            timeout(PATIENCE, async { tokio::join!(join_all(people), end) }).await?;
        sent?;
        let mut delays = Delays::new(PATIENCE);
        for time in times {
            delays.add(time?.as_nanos() as u64);
        }
        let seconds = |share| delays.quantile_ms(share).map(|ms| ms / 1_000.0);
        Ok(json!({
            "people": 2 * self.sessions,
            "seconds": { "p50": seconds(0.5), "p99": seconds(0.99), "max": seconds(1.0) },
        }))
    }
}

/// Joins, as often as it takes, and waits until the other is heard; gives the time of that.
async fn hear(
    sfu: &Bega,
    plane: &Plane,
    participant: &Participant,
) -> Result<(Seat, std::time::Instant)> {
    loop {
        let joined = timeout(JOIN_PATIENCE, sfu.join(plane, participant.clone())).await;
        let Ok(Ok(mut seat)) = joined else {
            sleep(RETRY).await;
            continue;
        };
        loop {
            match seat.happenings.recv().await {
                Some(Happening::FirstPacket(at)) => return Ok((seat, at)),
                Some(Happening::Connected) => {}
                Some(Happening::Closed) | None => break,
            }
        }
        seat.leave(plane);
    }
}

/// From the end of the server to the moment the other is heard again, for good.
async fn come_back(
    sfu: &Bega,
    plane: &Plane,
    mut seat: Seat,
    ended: watch::Receiver<std::time::Instant>,
) -> Result<Duration> {
    let participant = seat.participant.clone();
    seat.wait_for(|happening| happening == Happening::Closed, 1)
        .await;
    loop {
        seat.leave(plane);
        let (again, at) = hear(sfu, plane, &participant).await?;
        seat = again;
        let closed = seat.wait_for(|happening| happening == Happening::Closed, 1);
        // A server that is about to end may let somebody in once more.
        if timeout(GOOD, closed).await.is_err() {
            return Ok(at.saturating_duration_since(*ended.borrow()));
        }
    }
}

const CALM: Duration = Duration::from_secs(2);
const GOOD: Duration = Duration::from_secs(3);
/// What a client waits before it tries again, at first.
const RETRY: Duration = Duration::from_millis(300);
const JOIN_PATIENCE: Duration = Duration::from_secs(5);
const PATIENCE: Duration = Duration::from_mins(1);
