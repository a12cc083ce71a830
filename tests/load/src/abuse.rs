//! Hostile traffic while sessions run: rubbish from strangers, spoiled copies of real packets from
//! the participants' own addresses, and receivers that ask for everything again and again.

use std::{
    net::{Ipv4Addr, SocketAddr, UdpSocket},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread,
    time::Duration,
};

use anyhow::{Result, anyhow};
use clap::Args;
use rand::{Rng as _, SeedableRng as _, rngs::StdRng};
use serde_json::{Value, json};
use tokio::time::{sleep, timeout};

use crate::{
    bot::Happening,
    clock,
    plane::Plane,
    process::memory_kib,
    sfu::{Bega, Participant, Seat, Sfu},
    stream::{Kind, Shape},
};

/// How much of it.
#[derive(Args, Clone, Debug)]
pub(crate) struct Abuse {
    /// The address of the server's WebSocket.
    #[arg(long)]
    url: String,
    /// The server.
    #[arg(long)]
    pid: u32,
    /// Where it listens for media.
    #[arg(long)]
    media: SocketAddr,
    /// Sessions of three people meanwhile.
    #[arg(long, default_value_t = 10)]
    sessions: u32,
    /// Bad datagrams a second; half of them from the participants' own addresses.
    #[arg(long, default_value_t = 10_000)]
    rate: u32,
    /// For how long.
    #[arg(long, default_value_t = 10.0)]
    seconds: f64,
    /// What is random is so by this.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

impl Abuse {
    pub(crate) async fn measure(&self) -> Result<Value> {
        let plane = Plane::start()?;
        let sfu = Bega::new(&self.url);
        let mut seats = Vec::new();
        for number in 0..3 * self.sessions {
            seats.push(sfu.join(&plane, Self::participant(number)).await?);
        }
        for seat in &mut seats {
            // Sound and pictures of the two others.
            let heard = seat.wait_for(|it| matches!(it, Happening::FirstPacket(_)), 4);
            timeout(PATIENCE, heard).await?;
        }
        sleep(CALM).await;

        let memory = memory_kib(self.pid)?;
        plane.begin();
        let ends = Arc::new(AtomicBool::new(false));
        let sent = Arc::new(AtomicU64::new(0));
        let strangers = thread::spawn({
            let (ends, sent, this) = (ends.clone(), sent.clone(), self.clone());
            move || this.flood(&ends, &sent)
        });
        plane.nag(Some(NAG_EVERY));
        plane.spoil(self.rate / 2);
        sleep(Duration::from_secs_f64(self.seconds)).await;
        let memory_after = memory_kib(self.pid)?;
        plane.nag(None);
        plane.spoil(0);
        ends.store(true, Ordering::Relaxed);
        strangers.join().map_err(|_| anyhow!("the flood broke"))??;
        let report = plane.report()?;
        let dropped = seats
            .iter_mut()
            .map(has_closed)
            .filter(|closed| *closed)
            .count();

        let sums = report.sums;
        Ok(json!({
            "people": seats.len(),
            "dropped": dropped,
            "bad_datagrams": sent.load(Ordering::Relaxed) + sums.spoiled,
            "seconds": self.seconds,
            "expected": sums.expected,
            "lost": sums.expected - sums.received.min(sums.expected),
            "audio_expected": sums.audio_expected,
            "audio_lost": sums.audio_expected - sums.audio_received.min(sums.audio_expected),
            "silent_streams": sums.silent_streams,
            "keyframe_requests_per_second": sums.keyframe_requests as f64 / self.seconds / seats.len() as f64,
            "memory_kib_before": memory,
            "memory_kib": memory_after,
        }))
    }

    fn participant(number: u32) -> Participant {
        Participant {
            room: number / 3,
            name: format!("abused-{number}"),
            publishes: vec![
                Shape::voice(),
                Shape {
                    kind: Kind::Video,
                    interval: Duration::from_secs(1) / 15,
                    packets_per_frame: 3,
                    packet_bytes: 830,
                },
            ],
        }
    }

    /// Rubbish from addresses that nobody knows.
    fn flood(&self, ends: &AtomicBool, sent: &AtomicU64) -> Result<()> {
        let mut dice = StdRng::seed_from_u64(self.seed);
        let sockets: Vec<_> = (0..8)
            .map(|_| UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)))
            .collect::<Result<_, _>>()?;
        let began = clock::now();
        let mut count = 0u64;
        while !ends.load(Ordering::Relaxed) {
            let passed = clock::now().saturating_duration_since(began).as_secs_f64();
            let due = (passed * f64::from(self.rate) / 2.0) as u64;
            while count < due {
                let datagram = rubbish(&mut dice);
                let socket = &sockets[count as usize % sockets.len()];
                let _ = socket.send_to(&datagram, self.media);
                count += 1;
            }
            thread::sleep(Duration::from_millis(1));
        }
        sent.store(count, Ordering::Relaxed);
        Ok(())
    }
}

/// A datagram that begins like one of the protocols on the port and goes on at random.
pub(crate) fn rubbish(dice: &mut StdRng) -> Vec<u8> {
    let len = dice.random_range(0..1400);
    let mut bytes = vec![0; len];
    dice.fill(&mut bytes[..]);
    let head: &[u8] = match dice.random_range(0..6) {
        // A binding request with the magic cookie.
        0 => &[0, 1, 0, 80, 0x21, 0x12, 0xA4, 0x42],
        // A DTLS handshake record, an alert, application data.
        1 => &[22, 254, 253, 0, 0, 0, 0, 0, 0, 0, 1],
        2 => &[21, 254, 253, 0, 0, 0, 0, 0, 0, 0, 9, 0, 2, 2, 0],
        3 => &[23, 254, 253, 0, 1],
        // RTP and RTCP.
        4 => &[0x90, 96],
        _ => &[0x80, 200],
    };
    for (byte, given) in bytes.iter_mut().zip(head) {
        *byte = *given;
    }
    bytes
}

fn has_closed(seat: &mut Seat) -> bool {
    std::iter::from_fn(|| seat.happenings.try_recv().ok())
        .any(|happening| happening == Happening::Closed)
}

/// A hundred times a second each receiver asks for keyframes and for the last packets.
const NAG_EVERY: Duration = Duration::from_millis(10);
const CALM: Duration = Duration::from_secs(2);
const PATIENCE: Duration = Duration::from_secs(30);
