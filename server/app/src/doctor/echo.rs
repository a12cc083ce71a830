//! What is sent round the loop: numbered audio packets, one every 20 ms.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use rtc::rtp;
use tokio::time;
use webrtc::media_stream::track_local::{TrackLocal as _, static_rtp::TrackLocalStaticRTP};

use super::now;

/// Packets that count: five seconds, enough to see 1 % loss.
pub(super) const PACKETS: u16 = 250;
/// Packets that bring the track up and are not counted: two seconds.
const WARM_UP: u16 = 100;
/// The usual duration of an Opus packet.
const INTERVAL: Duration = Duration::from_millis(20);
/// The RTP clock of Opus (RFC 7587).
const TICKS: u32 = 48_000 / 50;
/// The sender's SSRC: any number, there is one stream.
pub(super) const SSRC: u32 = 0x0be6_a001;
/// The payload type the sender offers for Opus.
pub(super) const OPUS: u8 = 111;
/// First byte of an Opus packet: one 20 ms frame, SILK wideband, mono (RFC 6716, section 3.1).
const OPUS_TOC: u8 = 9 << 3;

/// Sends all packets.
pub(super) async fn play(track: &Arc<TrackLocalStaticRTP>, heard: &Heard) -> anyhow::Result<()> {
    let mut beat = time::interval(INTERVAL);
    for number in 0..PACKETS + WARM_UP {
        beat.tick().await;
        heard.sent(number);
        track.write_rtp(packet(number)).await?;
    }
    Ok(())
}

fn packet(number: u16) -> rtp::Packet {
    let mut payload = vec![OPUS_TOC, 0x0b, 0xe6];
    payload.extend_from_slice(&number.to_be_bytes());
    rtp::Packet {
        header: rtp::header::Header {
            version: 2,
            payload_type: OPUS,
            sequence_number: number,
            timestamp: u32::from(number) * TICKS,
            ssrc: SSRC,
            ..Default::default()
        },
        payload: payload.into(),
    }
}

/// When each numbered packet left and came back.
#[derive(Default)]
pub(super) struct Heard {
    times: Mutex<Vec<(Option<Instant>, Option<Instant>)>>,
}

impl Heard {
    fn sent(&self, number: u16) {
        self.entry(number, |(sent, _)| *sent = Some(now()));
    }

    pub(super) fn received(&self, payload: &[u8]) {
        if let [OPUS_TOC, 0x0b, 0xe6, high, low] = payload {
            self.entry(u16::from_be_bytes([*high, *low]), |(_, received)| {
                received.get_or_insert_with(now);
            });
        }
    }

    fn entry(&self, number: u16, change: impl FnOnce(&mut (Option<Instant>, Option<Instant>))) {
        let mut times = self.times.lock().unwrap_or_else(PoisonError::into_inner);
        let at = usize::from(number);
        if times.len() <= at {
            times.resize(at + 1, (None, None));
        }
        change(&mut times[at]);
    }

    /// Of the packets that came back, the time each took.
    pub(super) fn delays(&self) -> Vec<Duration> {
        let times = self.times.lock().unwrap_or_else(PoisonError::into_inner);
        times
            .iter()
            .skip(usize::from(WARM_UP))
            .filter_map(|(sent, received)| Some((*received)?.duration_since((*sent)?)))
            .collect()
    }
}
