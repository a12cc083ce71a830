//! Rooms full of people, for a while: what arrived, how late, and what it cost the server.

use std::{process, sync::Arc, time::Duration};

use anyhow::{Result, anyhow, ensure};
use clap::{Args, ValueEnum};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use serde_json::{Value, json};
use tokio::time::{sleep, timeout};

use crate::{
    bot::Happening,
    clock,
    plane::{Plane, THREAD},
    process::{cpu_time, memory_kib},
    sfu::{Bega, Janus, Participant, Seat, Sfu},
    stream::{Kind, Shape},
};

/// Where to and who.
#[derive(Args, Clone, Debug)]
pub(crate) struct Run {
    /// Which signalling the server speaks.
    #[arg(long, value_enum, default_value_t = Server::Bega)]
    sfu: Server,
    /// The address of its WebSocket.
    #[arg(long)]
    url: String,
    /// The process whose CPU time and memory are looked at.
    #[arg(long)]
    pid: u32,
    /// How many rooms.
    #[arg(long, default_value_t = 1)]
    rooms: u32,
    /// People in each room who publish and receive.
    #[arg(long, default_value_t = 1)]
    publishers: u32,
    /// People in each room who only receive.
    #[arg(long, default_value_t = 0)]
    listeners: u32,
    /// Video frames a second of each publisher; 0 for no video.
    #[arg(long, default_value_t = 30)]
    frames_per_second: u32,
    /// Packets of a video frame.
    #[arg(long, default_value_t = 8)]
    packets_per_frame: u16,
    /// Bytes of a video packet before it is sealed.
    #[arg(long, default_value_t = 1200)]
    packet_bytes: usize,
    /// Publish sound, too: 50 packets of 100 bytes a second.
    #[arg(long)]
    audio: bool,
    /// Joins that may be under way at the same time.
    #[arg(long, default_value_t = 8)]
    joins: usize,
    /// Seconds before measuring.
    #[arg(long, default_value_t = 3.0)]
    warm_up: f64,
    /// Seconds of measuring.
    #[arg(long, default_value_t = 8.0)]
    seconds: f64,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Server {
    Bega,
    Janus,
}

impl Run {
    pub(crate) async fn measure(&self) -> Result<Value> {
        let plane = Plane::start()?;
        let sfu = self.connect().await?;
        let memory_before = memory_kib(self.pid)?;
        let mut seats = self.fill(&*sfu, &plane).await?;
        self.settle(&*sfu, &plane, &mut seats).await?;
        sleep(Duration::from_secs_f64(self.warm_up)).await;

        plane.begin();
        let began = clock::now();
        let server = cpu_time(self.pid, "")?;
        let server_media = cpu_time(self.pid, "media-")?;
        let ours = cpu_time(process::id(), THREAD)?;
        sleep(Duration::from_secs_f64(self.seconds)).await;
        let server = cpu_time(self.pid, "")?.saturating_sub(server);
        let server_media = cpu_time(self.pid, "media-")?.saturating_sub(server_media);
        let ours = cpu_time(process::id(), THREAD)?.saturating_sub(ours);
        let report = plane.report()?;
        let seconds = clock::now().saturating_duration_since(began).as_secs_f64();

        let memory = memory_kib(self.pid)?;
        let transports: usize = seats.iter().map(|seat| seat.bots.len()).sum();
        let people = seats.len();
        for seat in seats {
            seat.leave(&plane);
        }
        let sums = report.sums;
        let per_packet = |time: Duration| time.as_nanos() as f64 / sums.received.max(1) as f64;
        Ok(json!({
            "people": people,
            "transports": transports,
            "streams": sums.streams,
            "silent_streams": sums.silent_streams,
            "seconds": seconds,
            "sent": sums.sent,
            "received": sums.received,
            "lost": sums.expected - sums.received.min(sums.expected),
            "refused": sums.refused,
            "packets_per_second": sums.received as f64 / seconds,
            "cpu_ns_per_packet": per_packet(server),
            "media_cpu_ns_per_packet": per_packet(server_media),
            "server_cpu": server.as_secs_f64() / seconds,
            "generator_cpu": ours.as_secs_f64() / seconds,
            "generator_ns_per_packet": per_packet(ours),
            "delay_ms": {
                "p50": report.delays.quantile_ms(0.5),
                "p99": report.delays.quantile_ms(0.99),
                "max": report.delays.quantile_ms(1.0),
            },
            "memory_kib_before": memory_before,
            "memory_kib": memory,
        }))
    }

    async fn connect(&self) -> Result<Arc<dyn Sfu>> {
        Ok(match self.sfu {
            Server::Bega => Arc::new(Bega::new(&self.url)),
            Server::Janus => Arc::new(Janus::connect(&self.url, self.rooms).await?),
        })
    }

    /// Lets everybody in, publishers first.
    async fn fill(&self, sfu: &dyn Sfu, plane: &Plane) -> Result<Vec<Seat>> {
        let shapes = self.shapes();
        let people = (0..self.rooms).flat_map(|room| {
            let shapes = &shapes;
            (0..self.publishers + self.listeners).map(move |number| Participant {
                room,
                name: format!("{room}-{number}"),
                publishes: if number < self.publishers {
                    shapes.clone()
                } else {
                    Vec::new()
                },
            })
        });
        stream::iter(people)
            .map(|participant| sfu.join(plane, participant))
            .buffered(self.joins)
            .try_collect()
            .await
    }

    fn shapes(&self) -> Vec<Shape> {
        let mut shapes = Vec::new();
        if self.audio {
            shapes.push(Shape::voice());
        }
        if self.frames_per_second > 0 {
            shapes.push(Shape {
                kind: Kind::Video,
                interval: Duration::from_secs(1) / self.frames_per_second,
                packets_per_frame: self.packets_per_frame,
                packet_bytes: self.packet_bytes,
            });
        }
        shapes
    }

    /// Waits until everybody is connected and everything arrives.
    async fn settle(&self, sfu: &dyn Sfu, plane: &Plane, seats: &mut [Seat]) -> Result<()> {
        for seat in &mut *seats {
            connect(seat, seat.bots.len()).await?;
        }
        for seat in &mut *seats {
            let before = seat.bots.len();
            sfu.subscribe(plane, seat).await?;
            connect(seat, seat.bots.len() - before).await?;
        }
        let tracks = self.shapes().len();
        let others = |seat: &Seat| {
            let itself = u32::from(!seat.participant.publishes.is_empty());
            (self.publishers - itself) as usize * tracks
        };
        let expected: usize = seats.iter().map(others).sum();
        for _ in 0..PATIENCE.as_millis() / LOOK_EVERY.as_millis() {
            if plane.report()?.sums.streams as usize >= expected {
                return Ok(());
            }
            sleep(LOOK_EVERY).await;
        }
        let streams = plane.report()?.sums.streams;
        Err(anyhow!("{streams} of {expected} streams arrive"))
    }
}

/// Waits until so many more of somebody's transports are up.
async fn connect(seat: &mut Seat, transports: usize) -> Result<()> {
    let connected = seat.wait_for(|happening| happening == Happening::Connected, transports);
    let is_connected = timeout(PATIENCE, connected).await.unwrap_or(false);
    ensure!(is_connected, "{} is not connected", seat.participant.name);
    Ok(())
}

const PATIENCE: Duration = Duration::from_secs(30);
const LOOK_EVERY: Duration = Duration::from_millis(100);
