//! `bega doctor`: joins a deployment the way a participant does and says what a technician must change.
//!
//! Two simulated participants enter a room of their own, made by `POST /api/v1/self-tests`. One
//! sends numbered audio packets, the other counts what comes back through the media server:
//!
//! ```text
//! sender --UDP--> media server --UDP--> listener      loss and delay of the whole loop
//!    \___ WebSocket ___/                              round trip of the signalling
//! ```
//!
//! Both stand on the async `webrtc` crate: a second implementation, so that a defect of our own
//! transport cannot hide itself.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use anyhow::{Context as _, anyhow, bail};
use async_trait::async_trait;
use bega_negotiation::client::{ClientFrame, ServerFrame, Target};
use futures_util::{SinkExt as _, StreamExt as _};
use rtc::{
    peer_connection::{configuration::media_engine::MediaEngine, transport::RTCDtlsRole},
    rtp,
    rtp_transceiver::rtp_sender::{
        RTCRtpCodec, RTCRtpCodecParameters, RTCRtpCodingParameters, RTCRtpEncodingParameters,
        RtpCodecKind,
    },
};
use serde::Deserialize;
use tokio::{sync::watch, time};
use tokio_tungstenite::tungstenite::{Message, client::IntoClientRequest as _};
use webrtc::{
    media_stream::{
        MediaStreamTrack,
        track_local::{TrackLocal, static_rtp::TrackLocalStaticRTP},
        track_remote::{TrackRemote, TrackRemoteEvent},
    },
    peer_connection::{
        PeerConnection, PeerConnectionBuilder, PeerConnectionEventHandler, RTCConfigurationBuilder,
        RTCPeerConnectionState, RTCSessionDescription, Registry, SettingEngineBuilder,
    },
};

use crate::logging::{self, Voices};

/// Audio packets sent, one every [`INTERVAL`]: five seconds, enough to see 1 % loss.
const PACKETS: u16 = 250;
/// The usual duration of an Opus packet.
const INTERVAL: Duration = Duration::from_millis(20);
/// How long a connection may take before it counts as blocked.
const CONNECT: Duration = Duration::from_secs(15);
/// How long to wait for stragglers after the last packet.
const DRAIN: Duration = Duration::from_secs(2);
/// Loss above this makes speech hard to follow even with redundancy.
const LOSS_LIMIT: f64 = 0.05;
/// A one-way delay above this makes people talk over each other (ITU-T G.114); the loop is two ways.
const LOOP_LIMIT: Duration = Duration::from_millis(400);

/// Tests the deployment at `base`, prints what was found, and says whether it is good enough.
pub(crate) async fn run(base: &str) -> anyhow::Result<bool> {
    // Fails only when a provider is already installed, which is as good.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    logging::start(Voices::All, false);
    let base = base.trim_end_matches('/');
    println!("Testing {base}");

    let entry = match self_test(base).await {
        Ok(entry) => entry,
        Err(error) => {
            println!("  web            FAILED  {error:#}");
            println!("  -> Open {base} in a browser on this machine. If that fails too, ask the");
            println!("     network's administrator to allow HTTPS to this address.");
            return Ok(false);
        }
    };
    println!("  web            ok");

    match media(&entry).await {
        Ok(outcome) => Ok(outcome.print()),
        Err(error) => {
            println!("  media          FAILED  {error:#}");
            println!("  -> Ask the network's administrator to allow UDP to the media port of this");
            println!("     address (7882 unless configured otherwise).");
            Ok(false)
        }
    }
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

/// What the loop showed.
struct Outcome {
    signalling: Duration,
    connected_in: Duration,
    sent: usize,
    delays: Vec<Duration>,
}

impl Outcome {
    fn print(mut self) -> bool {
        self.delays.sort_unstable();
        let missing = self.sent.saturating_sub(self.delays.len());
        #[expect(clippy::cast_precision_loss, reason = "a few hundred packets")]
        let loss = missing as f64 / self.sent.max(1) as f64;
        let median = self.delays.get(self.delays.len() / 2).copied();
        let late = self.delays.get(self.delays.len() * 95 / 100).copied();

        println!(
            "  signalling     ok      round trip {} ms",
            self.signalling.as_millis()
        );
        println!(
            "  media by UDP   ok      connected in {} ms",
            self.connected_in.as_millis()
        );
        println!(
            "  echo           {}  {} of {} packets came back ({:.1} % lost)",
            verdict(loss <= LOSS_LIMIT),
            self.delays.len(),
            self.sent,
            loss * 100.0
        );
        let in_time = median.is_some_and(|median| median <= LOOP_LIMIT);
        if let (Some(median), Some(late)) = (median, late) {
            println!(
                "  delay          {}  there and back: median {} ms, 95 % within {} ms",
                verdict(in_time),
                median.as_millis(),
                late.as_millis()
            );
        }
        if loss > LOSS_LIMIT {
            println!(
                "  -> Too many packets are lost. Use a cable instead of Wi-Fi, and stop large"
            );
            println!("     downloads on this line during interviews.");
        }
        if !in_time {
            println!("  -> The line is slow to answer. Stop large uploads, or use another line.");
        }
        let good = loss <= LOSS_LIMIT && in_time;
        if good {
            println!("This place can hold an interview.");
        }
        good
    }
}

fn verdict(good: bool) -> &'static str {
    if good { "ok    " } else { "POOR  " }
}

async fn media(entry: &Entry) -> anyhow::Result<Outcome> {
    let heard = Arc::new(Heard::default());
    let listener = Participant::join(&entry.url, &entry.listener_token, &heard).await?;
    let mut sender = Participant::join(&entry.url, &entry.sender_token, &heard).await?;
    let signalling = sender.round_trip().await?;

    let began = now();
    let track = sender.publish().await?;
    let mut links = [
        sender.publisher.connected.clone(),
        listener.subscriber.connected.clone(),
    ];
    let driven = [sender.drive(), listener.drive()];
    for link in &mut links {
        time::timeout(CONNECT, link.wait_for(|connected| *connected))
            .await
            .map_err(|_| anyhow!("no media connection within {} s", CONNECT.as_secs()))??;
    }
    let connected_in = began.elapsed();

    let mut beat = time::interval(INTERVAL);
    for number in 0..PACKETS + WARM_UP {
        beat.tick().await;
        heard.sent(number);
        track.write_rtp(packet(number)).await?;
    }
    time::sleep(DRAIN).await;

    let delays = heard.delays();
    for participant in driven {
        participant.leave().await;
    }
    if delays.is_empty() {
        bail!("connected, but not one packet came back");
    }
    Ok(Outcome {
        signalling,
        connected_in,
        sent: usize::from(PACKETS),
        delays,
    })
}

/// Packets that bring the track up and are not counted: two seconds.
const WARM_UP: u16 = 100;
/// The RTP clock of Opus (RFC 7587).
const TICKS: u32 = 48_000 / 50;
/// The sender's SSRC: any number, there is one stream.
const SSRC: u32 = 0x0be6_a001;
/// The payload type the sender offers for Opus.
const OPUS: u8 = 111;
/// First byte of an Opus packet: one 20 ms frame, SILK wideband, mono (RFC 6716, section 3.1).
const OPUS_TOC: u8 = 9 << 3;

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
struct Heard {
    times: Mutex<Vec<(Option<Instant>, Option<Instant>)>>,
}

impl Heard {
    fn sent(&self, number: u16) {
        self.entry(number, |(sent, _)| *sent = Some(now()));
    }

    fn received(&self, payload: &[u8]) {
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

    fn delays(&self) -> Vec<Duration> {
        let times = self.times.lock().unwrap_or_else(PoisonError::into_inner);
        times
            .iter()
            .skip(usize::from(WARM_UP))
            .filter_map(|(sent, received)| Some((*received)?.duration_since((*sent)?)))
            .collect()
    }
}

type Socket =
    tokio_tungstenite::WebSocketStream<tokio_tungstenite::MaybeTlsStream<tokio::net::TcpStream>>;

/// One simulated participant: a signalling socket and its two transports.
struct Participant {
    socket: Socket,
    publisher: Transport,
    subscriber: Transport,
}

impl Participant {
    async fn join(url: &str, token: &str, heard: &Arc<Heard>) -> anyhow::Result<Self> {
        let mut request =
            format!("{url}/rtc?protocol=16&auto_subscribe=1&sdk=bega").into_client_request()?;
        request
            .headers_mut()
            .insert("authorization", format!("Bearer {token}").parse()?);
        let (socket, _) = time::timeout(CONNECT, tokio_tungstenite::connect_async(request))
            .await
            .context("the signalling socket did not open")?
            .context("the signalling socket was refused: a proxy may block WebSockets")?;
        let mut participant = Self {
            socket,
            publisher: Transport::new(Arc::new(Heard::default())).await?,
            subscriber: Transport::new(heard.clone()).await?,
        };
        participant
            .until(|frame| matches!(frame, ServerFrame::Joined))
            .await
            .context("the server did not accept the join")?;
        Ok(participant)
    }

    async fn round_trip(&mut self) -> anyhow::Result<Duration> {
        let began = now();
        self.say(ClientFrame::Ping { timestamp: 1 }).await?;
        self.until(|frame| matches!(frame, ServerFrame::Pong { .. }))
            .await?;
        Ok(began.elapsed())
    }

    /// Announces and offers one audio track.
    async fn publish(&mut self) -> anyhow::Result<Arc<TrackLocalStaticRTP>> {
        let name = "self-test".to_owned();
        let track = Arc::new(TrackLocalStaticRTP::new(MediaStreamTrack::new(
            name.clone(),
            name.clone(),
            name.clone(),
            RtpCodecKind::Audio,
            vec![RTCRtpEncodingParameters {
                rtp_coding_parameters: RTCRtpCodingParameters {
                    ssrc: Some(SSRC),
                    ..Default::default()
                },
                codec: opus(),
                ..Default::default()
            }],
        )));
        self.say(ClientFrame::AddAudio {
            cid: name.clone(),
            name,
        })
        .await?;
        self.until(|frame| matches!(frame, ServerFrame::TrackPublished { .. }))
            .await?;
        self.publisher
            .connection
            .add_track(track.clone() as Arc<dyn TrackLocal>)
            .await?;
        let offer = self.publisher.connection.create_offer(None).await?;
        self.publisher
            .connection
            .set_local_description(offer.clone())
            .await?;
        self.say(ClientFrame::Description {
            target: Target::Publisher,
            sdp: offer.sdp,
            id: 1,
        })
        .await?;
        Ok(track)
    }

    async fn until(&mut self, wanted: impl Fn(&ServerFrame) -> bool) -> anyhow::Result<()> {
        time::timeout(CONNECT, async {
            while !wanted(&self.next().await?) {}
            anyhow::Ok(())
        })
        .await
        .context("the server did not answer in time")?
    }

    async fn next(&mut self) -> anyhow::Result<ServerFrame> {
        loop {
            let message = self
                .socket
                .next()
                .await
                .ok_or_else(|| anyhow!("the server closed the signalling socket"))??;
            let Message::Binary(bytes) = message else {
                continue;
            };
            let Some(frame) = ServerFrame::decode(&bytes) else {
                continue;
            };
            match &frame {
                ServerFrame::Description {
                    target: Target::Subscriber,
                    sdp,
                    id,
                } => {
                    let answer = self.subscriber.answer(sdp.clone()).await?;
                    self.say(ClientFrame::Description {
                        target: Target::Subscriber,
                        sdp: answer,
                        id: *id,
                    })
                    .await?;
                }
                ServerFrame::Description {
                    target: Target::Publisher,
                    sdp,
                    ..
                } => {
                    let answer = RTCSessionDescription::answer(sdp.clone())?;
                    self.publisher
                        .connection
                        .set_remote_description(answer)
                        .await?;
                }
                ServerFrame::Leave => bail!("the server ended the participation"),
                _ => {}
            }
            return Ok(frame);
        }
    }

    async fn say(&mut self, frame: ClientFrame) -> anyhow::Result<()> {
        self.socket
            .send(Message::Binary(frame.encode().into()))
            .await?;
        Ok(())
    }

    /// Goes on answering the server in a task of its own.
    fn drive(mut self) -> Driven {
        let transports = [
            self.publisher.connection.clone(),
            self.subscriber.connection.clone(),
        ];
        let task = tokio::spawn(async move { while self.next().await.is_ok() {} });
        Driven { task, transports }
    }
}

/// A participant that answers by itself.
struct Driven {
    task: tokio::task::JoinHandle<()>,
    transports: [Arc<dyn PeerConnection>; 2],
}

impl Driven {
    /// Closes everything; a failure to do so changes nothing.
    async fn leave(self) {
        self.task.abort();
        for transport in self.transports {
            let _ = transport.close().await;
        }
    }
}

/// One peer connection and whether it is up.
struct Transport {
    connection: Arc<dyn PeerConnection>,
    connected: watch::Receiver<bool>,
}

impl Transport {
    async fn new(heard: Arc<Heard>) -> anyhow::Result<Self> {
        let mut codecs = MediaEngine::default();
        codecs.register_codec(
            RTCRtpCodecParameters {
                rtp_codec: opus(),
                payload_type: OPUS,
            },
            RtpCodecKind::Audio,
        )?;
        // The server is always the passive side; `webrtc` would give that part to itself when the
        // other one does not gather candidates.
        let settings = SettingEngineBuilder::new()
            .with_answering_dtls_role(RTCDtlsRole::Client)
            .build();
        let (changed, connected) = watch::channel(false);
        // The builder's future is larger than a stack should hold several of.
        let building = PeerConnectionBuilder::new()
            .with_configuration(RTCConfigurationBuilder::new().build())
            .with_media_engine(codecs)
            .with_setting_engine(settings)
            .with_interceptor_registry(Registry::new())
            .with_handler(Arc::new(Watcher {
                connected: changed,
                heard,
            }))
            .with_runtime(webrtc::runtime::default_runtime().ok_or_else(|| anyhow!("no runtime"))?)
            .with_udp_addrs(vec!["0.0.0.0:0".to_owned()])
            .build();
        let connection = Box::pin(building).await?;
        Ok(Self {
            connection: Arc::new(connection),
            connected,
        })
    }

    async fn answer(&self, offer: String) -> anyhow::Result<String> {
        self.connection
            .set_remote_description(RTCSessionDescription::offer(offer)?)
            .await?;
        let answer = self.connection.create_answer(None).await?;
        self.connection
            .set_local_description(answer.clone())
            .await?;
        Ok(answer.sdp)
    }
}

fn opus() -> RTCRtpCodec {
    RTCRtpCodec {
        mime_type: "audio/opus".to_owned(),
        clock_rate: 48_000,
        channels: 2,
        sdp_fmtp_line: "minptime=10;useinbandfec=1".to_owned(),
        rtcp_feedback: vec![],
    }
}

/// Notes when a connection is up and hands every received packet to [`Heard`].
struct Watcher {
    connected: watch::Sender<bool>,
    heard: Arc<Heard>,
}

#[async_trait]
impl PeerConnectionEventHandler for Watcher {
    async fn on_connection_state_change(&self, state: RTCPeerConnectionState) {
        self.connected
            .send_replace(state == RTCPeerConnectionState::Connected);
    }

    async fn on_track(&self, track: Arc<dyn TrackRemote>) {
        let heard = self.heard.clone();
        tokio::spawn(async move {
            while let Some(event) = track.poll().await {
                if let TrackRemoteEvent::OnRtpPacket(packet) = event {
                    heard.received(&packet.payload);
                }
            }
        });
    }
}

#[expect(clippy::disallowed_methods, reason = "the doctor measures real time")]
fn now() -> Instant {
    Instant::now()
}
