//! A simulated participant: a signalling socket and two transports that take one way.

use std::{collections::HashSet, sync::Arc, time::Duration};

use anyhow::{Context as _, anyhow, bail};
use async_trait::async_trait;
use bega_negotiation::client::{self, ClientFrame, Relay, ServerFrame, Target};
use futures_util::{SinkExt as _, StreamExt as _};
use rtc::{
    ice::network_type::NetworkType,
    peer_connection::{configuration::media_engine::MediaEngine, transport::RTCIceCandidateInit},
    rtp_transceiver::rtp_sender::{
        RTCRtpCodec, RTCRtpCodecParameters, RTCRtpCodingParameters, RTCRtpEncodingParameters,
        RtpCodecKind,
    },
};
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
        RTCIceServer, RTCIceTransportPolicy, RTCPeerConnectionState, RTCSessionDescription,
        Registry, SettingEngineBuilder,
    },
};

use super::{
    CONNECT,
    bridge::Bridge,
    echo::{Heard, OPUS, SSRC},
    now,
    way::{Carrier, Way},
};

type Socket =
    tokio_tungstenite::WebSocketStream<tokio_tungstenite::MaybeTlsStream<tokio::net::TcpStream>>;

/// One simulated participant.
pub(super) struct Participant {
    socket: Socket,
    /// The relays it was told of.
    pub(super) relays: Vec<Relay>,
    pub(super) publisher: Transport,
    pub(super) subscriber: Transport,
}

impl Participant {
    pub(super) async fn join(
        url: &str,
        token: &str,
        way: &Way,
        heard: &Arc<Heard>,
    ) -> anyhow::Result<Self> {
        let mut request =
            format!("{url}/rtc?protocol=16&auto_subscribe=1&sdk=bega").into_client_request()?;
        request
            .headers_mut()
            .insert("authorization", format!("Bearer {token}").parse()?);
        let (mut socket, _) = time::timeout(CONNECT, tokio_tungstenite::connect_async(request))
            .await
            .context("the signalling socket did not open")?
            .context("the signalling socket was refused: a proxy may block WebSockets")?;
        let relays = time::timeout(CONNECT, accepted(&mut socket))
            .await
            .context("the server did not answer in time")?
            .context("the server did not accept the join")?;
        Ok(Self {
            socket,
            relays,
            publisher: Transport::new(way, Arc::new(Heard::default())).await?,
            subscriber: Transport::new(way, heard.clone()).await?,
        })
    }

    pub(super) async fn round_trip(&mut self) -> anyhow::Result<Duration> {
        let began = now();
        self.say(ClientFrame::Ping { timestamp: 1 }).await?;
        self.until(|frame| matches!(frame, ServerFrame::Pong { .. }))
            .await?;
        Ok(began.elapsed())
    }

    /// Announces and offers one audio track.
    pub(super) async fn publish(&mut self) -> anyhow::Result<Arc<TrackLocalStaticRTP>> {
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
                    self.publisher.call(sdp).await?;
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
    pub(super) fn drive(mut self) -> Driven {
        let transports = [
            self.publisher.connection.clone(),
            self.subscriber.connection.clone(),
        ];
        let hosts = [self.publisher.hosts.clone(), self.subscriber.hosts.clone()];
        let task = tokio::spawn(async move { while self.next().await.is_ok() {} });
        Driven {
            task,
            transports,
            hosts,
        }
    }

    /// Closes everything; a failure to do so changes nothing.
    pub(super) async fn leave(mut self) {
        let _ = self.say(ClientFrame::Leave).await;
        for transport in [self.publisher, self.subscriber] {
            let _ = transport.connection.close().await;
        }
    }
}

/// Waits for the first message.
async fn accepted(socket: &mut Socket) -> anyhow::Result<Vec<Relay>> {
    loop {
        let message = socket
            .next()
            .await
            .ok_or_else(|| anyhow!("the server closed the signalling socket"))??;
        if let Message::Binary(bytes) = message {
            return match ServerFrame::decode(&bytes) {
                Some(ServerFrame::Joined) => Ok(client::relays(&bytes)),
                _ => Err(anyhow!("the first message is of another kind")),
            };
        }
    }
}

/// A participant that answers by itself.
pub(super) struct Driven {
    task: tokio::task::JoinHandle<()>,
    transports: [Arc<dyn PeerConnection>; 2],
    hosts: [Hosts; 2],
}

impl Driven {
    /// Closes everything, and says which addresses the server had named for this way. A failure to
    /// close changes nothing.
    pub(super) async fn leave(self) -> HashSet<String> {
        // Its bridges live in the task; the transports want to say goodbye over them.
        for transport in self.transports {
            let _ = transport.close().await;
        }
        self.task.abort();
        self.hosts
            .iter()
            .flat_map(|hosts| hosts.borrow().clone())
            .collect()
    }
}

/// Where the server listens, as it says.
type Hosts = watch::Receiver<HashSet<String>>;

/// One peer connection and whether it is up.
pub(super) struct Transport {
    way: Way,
    connection: Arc<dyn PeerConnection>,
    pub(super) connected: watch::Receiver<bool>,
    named: watch::Sender<HashSet<String>>,
    hosts: Hosts,
    /// Kept open as long as the connection.
    _bridge: Option<Bridge>,
}

impl Transport {
    async fn new(way: &Way, heard: Arc<Heard>) -> anyhow::Result<Self> {
        let mut codecs = MediaEngine::default();
        codecs.register_codec(
            RTCRtpCodecParameters {
                rtp_codec: opus(),
                payload_type: OPUS,
            },
            RtpCodecKind::Audio,
        )?;
        let network = match way {
            Way::Udp | Way::Relay(_) => vec![NetworkType::Udp4, NetworkType::Udp6],
            Way::Tcp => vec![NetworkType::Tcp4, NetworkType::Tcp6],
        };
        let settings = SettingEngineBuilder::new()
            .with_network_types(network)
            .build();
        let (bridge, configuration) = configuration(way).await?;
        let here = || vec!["0.0.0.0:0".to_owned()];
        let (udp, tcp) = match way {
            Way::Udp | Way::Relay(_) => (here(), Vec::new()),
            // A stream to this machine itself must begin at the loopback address, which the wildcard
            // leaves out.
            Way::Tcp => (
                Vec::new(),
                [here(), vec!["127.0.0.1:0".to_owned()]].concat(),
            ),
        };
        let (changed, connected) = watch::channel(false);
        // The builder's future is larger than a stack should hold several of.
        let building = PeerConnectionBuilder::new()
            .with_configuration(configuration)
            .with_media_engine(codecs)
            .with_setting_engine(settings)
            .with_interceptor_registry(Registry::new())
            .with_handler(Arc::new(Watcher {
                connected: changed,
                heard,
            }))
            .with_runtime(webrtc::runtime::default_runtime().ok_or_else(|| anyhow!("no runtime"))?)
            .with_udp_addrs(udp)
            .with_tcp_addrs(tcp)
            .build();
        let connection = Box::pin(building).await?;
        let (named, hosts) = watch::channel(HashSet::new());
        Ok(Self {
            way: way.clone(),
            connection: Arc::new(connection),
            connected,
            named,
            hosts,
            _bridge: bridge,
        })
    }

    async fn answer(&self, offer: String) -> anyhow::Result<String> {
        self.connection
            .set_remote_description(RTCSessionDescription::offer(offer.clone())?)
            .await?;
        let answer = self.connection.create_answer(None).await?;
        self.connection
            .set_local_description(answer.clone())
            .await?;
        self.call(&offer).await?;
        Ok(answer.sdp)
    }

    /// Notes the addresses in the server's description. `webrtc` calls a TCP address only if it is
    /// named apart.
    async fn call(&self, description: &str) -> anyhow::Result<()> {
        for line in description.lines() {
            let Some(candidate) = line.strip_prefix("a=") else {
                continue;
            };
            let Some((protocol, host)) = address_of(candidate) else {
                continue;
            };
            if !protocol.eq_ignore_ascii_case(self.way.protocol()) {
                continue;
            }
            let is_new = self.named.send_if_modified(|named| named.insert(host));
            if is_new && matches!(self.way, Way::Tcp) {
                self.connection
                    .add_ice_candidate(RTCIceCandidateInit {
                        candidate: candidate.to_owned(),
                        sdp_mid: Some("0".to_owned()),
                        sdp_mline_index: Some(0),
                        ..Default::default()
                    })
                    .await?;
            }
        }
        Ok(())
    }
}

/// Protocol and address of a candidate (RFC 8839, section 5.1).
fn address_of(line: &str) -> Option<(&str, String)> {
    let mut parts = line.strip_prefix("candidate:")?.split(' ').skip(2);
    let protocol = parts.next()?;
    let (ip, port) = (parts.nth(1)?, parts.next()?);
    Some((protocol, format!("{ip} port {port}")))
}

/// What `webrtc` is told of relays. It reaches them by UDP only: for the rest there is a bridge.
async fn configuration(
    way: &Way,
) -> anyhow::Result<(Option<Bridge>, webrtc::peer_connection::RTCConfiguration)> {
    let Way::Relay(relay) = way else {
        return Ok((None, RTCConfigurationBuilder::new().build()));
    };
    let bridge = match relay.carrier {
        Carrier::Udp => None,
        Carrier::Tcp | Carrier::Tls => Some(Bridge::open(relay).await?),
    };
    let url = match &bridge {
        Some(bridge) => format!("turn:{}?transport=udp", bridge.address),
        None => format!("turn:{}:{}?transport=udp", relay.host, relay.port),
    };
    let configuration = RTCConfigurationBuilder::new()
        .with_ice_servers(vec![RTCIceServer {
            urls: vec![url],
            username: relay.username.clone(),
            credential: relay.credential.clone(),
        }])
        .with_ice_transport_policy(RTCIceTransportPolicy::Relay)
        .build();
    Ok((bridge, configuration))
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
