//! Many people who come at once: how long each waits until both its connections are up.

use std::time::Duration;

use anyhow::Result;
use clap::Args;
use futures_util::{StreamExt as _, stream};
use serde_json::{Value, json};
use tokio::time::{sleep_until, timeout};

use crate::{
    bot::Happening,
    clock,
    delays::Delays,
    plane::Plane,
    sfu::{Bega, Participant, Seat, Sfu},
    stream::Shape,
};

/// How many, how fast.
#[derive(Args, Clone, Debug)]
pub(crate) struct Storm {
    /// The address of the server's WebSocket.
    #[arg(long)]
    url: String,
    /// People who come.
    #[arg(long, default_value_t = 1000)]
    people: u32,
    /// Rooms they come to, in turn.
    #[arg(long, default_value_t = 500)]
    rooms: u32,
    /// Seconds in which they come, evenly.
    #[arg(long, default_value_t = 10.0)]
    seconds: f64,
}

impl Storm {
    pub(crate) async fn measure(&self) -> Result<Value> {
        let plane = Plane::start()?;
        let sfu = Bega::new(&self.url);
        let began = tokio::time::Instant::now();
        let joins = (0..self.people).map(|number| {
            let at = began + Duration::from_secs_f64(self.seconds) * number / self.people;
            let (sfu, plane) = (&sfu, &plane);
            async move {
                sleep_until(at).await;
                timeout(PATIENCE, join(sfu, plane, self.rooms, number)).await
            }
        });
        let outcomes: Vec<_> = stream::iter(joins)
            .buffer_unordered(self.people as usize)
            .collect()
            .await;
        let mut delays = Delays::new(LONGEST);
        let mut joined = 0;
        let mut reasons = Vec::new();
        for outcome in outcomes {
            match outcome {
                Ok(Ok((_seat, took))) => {
                    joined += 1;
                    delays.add(took.as_nanos() as u64);
                }
                Ok(Err(error)) => reasons.push(format!("{error:#}")),
                Err(_) => reasons.push("too late".to_owned()),
            }
        }
        reasons.sort();
        reasons.dedup();
        reasons.truncate(5);
        Ok(json!({
            "joined": joined,
            "failed": self.people - joined,
            "reasons": reasons,
            "join_ms": {
                "p50": delays.quantile_ms(0.5),
                "p99": delays.quantile_ms(0.99),
                "max": delays.quantile_ms(1.0),
            },
        }))
    }
}

/// Comes in with a microphone. Everybody stays until the last has come.
async fn join(sfu: &Bega, plane: &Plane, rooms: u32, number: u32) -> Result<(Seat, Duration)> {
    let began = clock::now();
    let participant = Participant {
        room: number % rooms,
        name: format!("storm-{number}"),
        publishes: vec![Shape::voice()],
    };
    let mut seat = sfu.join(plane, participant).await?;
    let transports = seat.bots.len();
    let connected = seat
        .wait_for(|happening| happening == Happening::Connected, transports)
        .await;
    anyhow::ensure!(connected, "the connection ended");
    let took = clock::now().saturating_duration_since(began);
    Ok((seat, took))
}

const PATIENCE: Duration = Duration::from_secs(20);
const LONGEST: Duration = Duration::from_secs(20);
