//! The floor under any SFU on this machine: seal, rewrite and send in runs, and nothing else.
//!
//! For each frame and each destination the packets are copied, their headers rewritten, sealed in
//! place with AEAD_AES_128_GCM under a key of the destination's own, and sent as one run. Another
//! thread drains the sockets.

use std::{
    net::{Ipv4Addr, SocketAddr, UdpSocket},
    process,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread,
    time::Duration,
};

use anyhow::{Result, anyhow};
use aws_lc_rs::aead::{AES_128_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use clap::Args;
use quinn_udp::{BATCH_SIZE, RecvMeta, Transmit, UdpSockRef, UdpSocketState};
use serde_json::{Value, json};

use crate::{clock, process::cpu_time};

/// What is sent to how many.
#[derive(Args, Debug)]
pub(crate) struct Floor {
    /// Destinations.
    #[arg(long, default_value_t = 50)]
    receivers: usize,
    /// Packets of a frame: the longest run.
    #[arg(long, default_value_t = 8)]
    packets_per_frame: usize,
    /// Bytes of a packet before it is sealed.
    #[arg(long, default_value_t = 1200)]
    packet_bytes: usize,
    /// Seconds of measuring.
    #[arg(long, default_value_t = 5.0)]
    seconds: f64,
}

struct Destination {
    key: LessSafeKey,
    address: SocketAddr,
    ssrc: u32,
    sequence: u32,
    buffer: Vec<u8>,
}

impl Floor {
    pub(crate) fn measure(&self) -> Result<Value> {
        let receivers: Vec<_> = (0..self.receivers)
            .map(|_| receiver())
            .collect::<Result<_>>()?;
        let mut destinations = Vec::new();
        for (number, (socket, _)) in receivers.iter().enumerate() {
            destinations.push(Destination::new(number, socket.local_addr()?)?);
        }
        let ends = Arc::new(AtomicBool::new(false));
        let received = Arc::new(AtomicU64::new(0));
        let drain = thread::Builder::new().name(DRAIN.into()).spawn({
            let (ends, received) = (ends.clone(), received.clone());
            move || drain(&receivers, &ends, &received)
        })?;
        let sent = thread::scope(|scope| {
            let sender = thread::Builder::new().name(SENDER.into());
            let sender = sender.spawn_scoped(scope, || self.send(&mut destinations))?;
            sender.join().map_err(|_| anyhow!("the sender broke"))?
        })?;
        ends.store(true, Ordering::Relaxed);
        drain.join().map_err(|_| anyhow!("the drain broke"))?;
        let received = received.load(Ordering::Relaxed);
        Ok(json!({
            "sent": sent.packets,
            "lost": sent.packets - received.min(sent.packets),
            "packets_per_second": sent.packets as f64 / sent.seconds,
            "cpu_ns_per_packet": sent.cpu.as_nanos() as f64 / sent.packets as f64,
        }))
    }

    fn send(&self, destinations: &mut [Destination]) -> Result<Sent> {
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
        let state = UdpSocketState::new(UdpSockRef::from(&socket))?;
        let payload = vec![0x5A; self.packet_bytes - HEADER_BYTES];
        let cpu = cpu_time(process::id(), SENDER)?;
        let began = clock::now();
        let mut packets = 0;
        let mut timestamp = 0u32;
        loop {
            let seconds = clock::now().saturating_duration_since(began).as_secs_f64();
            if seconds >= self.seconds {
                let cpu = cpu_time(process::id(), SENDER)?.saturating_sub(cpu);
                return Ok(Sent {
                    packets,
                    seconds,
                    cpu,
                });
            }
            timestamp = timestamp.wrapping_add(3_000);
            for destination in &mut *destinations {
                destination.buffer.clear();
                for _ in 0..self.packets_per_frame {
                    destination.write(timestamp, &payload)?;
                }
                let transmit = Transmit {
                    destination: destination.address,
                    ecn: None,
                    contents: &destination.buffer,
                    segment_size: Some(self.packet_bytes + TAG_BYTES),
                    src_ip: None,
                };
                while state
                    .try_send(UdpSockRef::from(&socket), &transmit)
                    .is_err()
                {}
                packets += self.packets_per_frame as u64;
            }
        }
    }
}

struct Sent {
    packets: u64,
    seconds: f64,
    cpu: Duration,
}

impl Destination {
    fn new(number: usize, address: SocketAddr) -> Result<Self> {
        let key = UnboundKey::new(&AES_128_GCM, &[number as u8; 16])
            .map_err(|_| anyhow!("a key is refused"))?;
        Ok(Self {
            key: LessSafeKey::new(key),
            address,
            ssrc: number as u32,
            sequence: 0,
            buffer: Vec::new(),
        })
    }

    fn write(&mut self, timestamp: u32, payload: &[u8]) -> Result<()> {
        let start = self.buffer.len();
        self.sequence += 1;
        let mut header = [0; HEADER_BYTES];
        header[..2].copy_from_slice(&[0x90, 96]);
        header[2..4].copy_from_slice(&(self.sequence as u16).to_be_bytes());
        header[4..8].copy_from_slice(&timestamp.to_be_bytes());
        header[8..12].copy_from_slice(&self.ssrc.to_be_bytes());
        header[12..16].copy_from_slice(&[0xBE, 0xDE, 0, 2]);
        self.buffer.extend_from_slice(&header);
        self.buffer.extend_from_slice(payload);
        let mut nonce = [0; 12];
        nonce[8..].copy_from_slice(&self.sequence.to_be_bytes());
        let tag = self
            .key
            .seal_in_place_separate_tag(
                Nonce::assume_unique_for_key(nonce),
                Aad::from(header),
                &mut self.buffer[start + HEADER_BYTES..],
            )
            .map_err(|_| anyhow!("a packet cannot be sealed"))?;
        self.buffer.extend_from_slice(tag.as_ref());
        Ok(())
    }
}

fn receiver() -> Result<(UdpSocket, UdpSocketState)> {
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
    let state = UdpSocketState::new(UdpSockRef::from(&socket))?;
    let _ = state.set_recv_buffer_size(UdpSockRef::from(&socket), 2 << 20);
    Ok((socket, state))
}

/// Reads whatever comes, round and round: nobody is woken, which would be part of the cost.
fn drain(receivers: &[(UdpSocket, UdpSocketState)], ends: &AtomicBool, received: &AtomicU64) {
    let mut storage = vec![0; BATCH_SIZE << 16];
    let mut metas = [RecvMeta::default(); BATCH_SIZE];
    while !ends.load(Ordering::Relaxed) {
        for (socket, state) in receivers {
            let mut buffers = storage.chunks_exact_mut(1 << 16);
            let mut slices: [std::io::IoSliceMut<'_>; BATCH_SIZE] = std::array::from_fn(|_| {
                std::io::IoSliceMut::new(buffers.next().unwrap_or_default())
            });
            let Ok(messages) = state.recv(UdpSockRef::from(socket), &mut slices, &mut metas) else {
                continue;
            };
            let packets: usize = metas[..messages]
                .iter()
                .map(|meta| meta.len.div_ceil(meta.stride.max(1)))
                .sum();
            received.fetch_add(packets as u64, Ordering::Relaxed);
        }
    }
}

/// By which its CPU time is found.
const SENDER: &str = "floor";
const DRAIN: &str = "drain";
/// With a block of two words of extensions.
const HEADER_BYTES: usize = 24;
const TAG_BYTES: usize = 16;
