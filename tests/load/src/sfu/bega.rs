//! Joins rooms of `bega serve --dev` over the media signalling WebSocket.

use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use async_trait::async_trait;
use futures_util::{
    SinkExt as _, StreamExt as _,
    stream::{SplitSink, SplitStream},
};
use livekit_protocol as proto;
use prost::Message as _;
use proto::{signal_request::Message as Asked, signal_response::Message as Told};
use serde_json::json;
use tokio::{net::TcpStream, sync::mpsc, time::timeout};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async,
    tungstenite::{Message, client::IntoClientRequest as _, http::HeaderValue},
};

use super::{Participant, Seat, Sfu};
use crate::{
    bot::{Bot, Happening, Local},
    clock,
    plane::{BotId, Plane},
    sdp::{self, Remote},
    stream::{Kind, Numbers, SendStream},
};

/// A server in development mode.
pub(crate) struct Bega {
    url: String,
}

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

impl Bega {
    /// `url` begins with `ws://` or `wss://`.
    pub(crate) fn new(url: &str) -> Self {
        Self {
            url: url.trim_end_matches('/').to_owned(),
        }
    }

    async fn open(&self, participant: &Participant) -> Result<Socket> {
        let url = format!("{}/rtc?auto_subscribe=1&protocol=16&sdk=rust", self.url);
        let mut request = url.into_client_request()?;
        let token = format!("Bearer {}", token(participant)?);
        request
            .headers_mut()
            .insert("authorization", HeaderValue::from_str(&token)?);
        let (socket, _) = connect_async(request).await?;
        Ok(socket)
    }
}

#[async_trait]
impl Sfu for Bega {
    async fn join(&self, plane: &Plane, participant: Participant) -> Result<Seat> {
        let (events, happenings) = mpsc::unbounded_channel();
        let (mut writer, reader) = self.open(&participant).await?.split();
        let mut conversation = Conversation {
            plane: plane.clone(),
            events,
            subscriber: None,
            publisher: None,
        };
        if !participant.publishes.is_empty() {
            conversation.publish(&participant, &mut writer).await?;
        }
        let (ready, is_ready) = mpsc::channel(1);
        let mut seat = Seat {
            participant,
            bots: Vec::new(),
            events: conversation.events.clone(),
            happenings,
            own_feed: None,
            conversation: Some(tokio::spawn(async move {
                let outcome = conversation.run(reader, writer, ready).await;
                let _ = conversation.events.send(Happening::Closed);
                outcome
            })),
        };
        match timeout(PATIENCE, Self::gather(&seat, is_ready)).await {
            Ok(Some(bots)) => {
                seat.bots = bots;
                Ok(seat)
            }
            Ok(None) => Err(seat.why_it_ended().await),
            Err(_) => bail!("nobody answers"),
        }
    }

    async fn subscribe(&self, _plane: &Plane, _seat: &mut Seat) -> Result<()> {
        Ok(())
    }
}

impl Bega {
    /// The transports, as they are made; `None` if the conversation ended before.
    async fn gather(seat: &Seat, mut made: mpsc::Receiver<BotId>) -> Option<Vec<BotId>> {
        let wanted = 1 + usize::from(!seat.participant.publishes.is_empty());
        let mut bots = Vec::new();
        while bots.len() < wanted {
            bots.push(made.recv().await?);
        }
        Some(bots)
    }
}

/// What one participant and the server say to each other.
struct Conversation {
    plane: Plane,
    events: mpsc::UnboundedSender<Happening>,
    /// Later answers repeat what the first one said of the transport.
    subscriber: Option<(BotId, Local)>,
    publisher: Option<(Bot, Vec<SendStream>)>,
}

impl Conversation {
    /// Announces the tracks and offers them.
    async fn publish(
        &mut self,
        participant: &Participant,
        writer: &mut SplitSink<Socket, Message>,
    ) -> Result<()> {
        let bot = Bot::bind(self.events.clone())?;
        let mut tracks = Vec::new();
        for (place, shape) in participant.publishes.iter().enumerate() {
            let cid = format!("track-{place}");
            say(writer, Asked::AddTrack(add_track(shape.kind, &cid))).await?;
            tracks.push((shape.kind, cid));
        }
        let (offer, numbers) = sdp::offer(&bot.local(), &tracks, "actpass");
        let streams = participant
            .publishes
            .iter()
            .zip(numbers)
            .map(|(shape, numbers): (_, Numbers)| SendStream::new(*shape, numbers))
            .collect();
        self.publisher = Some((bot, streams));
        say(writer, Asked::Offer(description("offer", offer, 1))).await
    }

    async fn run(
        &mut self,
        mut reader: SplitStream<Socket>,
        mut writer: SplitSink<Socket, Message>,
        ready: mpsc::Sender<BotId>,
    ) -> Result<()> {
        let mut ping = tokio::time::interval(PING);
        loop {
            let frame = tokio::select! {
                frame = reader.next() => frame,
                _ = ping.tick() => {
                    let now = clock::unix_seconds().cast_signed() * 1000;
                    say(&mut writer, Asked::Ping(now)).await?;
                    continue;
                }
            };
            let Message::Binary(frame) = frame.context("the socket was closed")?? else {
                continue;
            };
            match proto::SignalResponse::decode(frame)?.message {
                Some(Told::Offer(offer)) => {
                    self.take_offer(&offer, &mut writer, &ready).await?;
                }
                Some(Told::Answer(answer)) => {
                    let remote = Remote::read(&answer.sdp)?;
                    let (mut bot, streams) = self.publisher.take().context("nothing offered")?;
                    bot.connect(remote.ice, remote.fingerprint, remote.address);
                    let id = self.plane.add(bot)?;
                    self.plane.publish(id, streams);
                    let _ = ready.send(id).await;
                }
                Some(Told::Leave(leave)) => bail!("sent away: {:?}", leave.reason()),
                _ => {}
            }
        }
    }

    async fn take_offer(
        &mut self,
        offer: &proto::SessionDescription,
        writer: &mut SplitSink<Socket, Message>,
        ready: &mpsc::Sender<BotId>,
    ) -> Result<()> {
        let ids = sdp::receive_ids(&offer.sdp)?;
        if self.subscriber.is_none() {
            let remote = Remote::read(&offer.sdp)?;
            let mut bot = Bot::bind(self.events.clone())?;
            let local = bot.local();
            bot.connect(remote.ice, remote.fingerprint, remote.address);
            let bot = self.plane.add(bot)?;
            let _ = ready.send(bot).await;
            self.subscriber = Some((bot, local));
        }
        let (bot, local) = self.subscriber.as_ref().context("it was just made")?;
        self.plane.describe(*bot, ids);
        let answer = sdp::answer(&offer.sdp, local)?;
        let answer = description("answer", answer, offer.id);
        say(writer, Asked::Answer(answer)).await
    }
}

async fn say(writer: &mut SplitSink<Socket, Message>, asked: Asked) -> Result<()> {
    let request = proto::SignalRequest {
        message: Some(asked),
    };
    let frame = Message::Binary(request.encode_to_vec().into());
    Ok(writer.send(frame).await?)
}

fn description(kind: &str, sdp: String, id: u32) -> proto::SessionDescription {
    proto::SessionDescription {
        r#type: kind.to_owned(),
        sdp,
        id,
        ..proto::SessionDescription::default()
    }
}

fn add_track(kind: Kind, cid: &str) -> proto::AddTrackRequest {
    let (kind, source, width, height) = match kind {
        Kind::Audio => (
            proto::TrackType::Audio,
            proto::TrackSource::Microphone,
            0,
            0,
        ),
        Kind::Video => (
            proto::TrackType::Video,
            proto::TrackSource::Camera,
            1280,
            720,
        ),
    };
    proto::AddTrackRequest {
        cid: cid.to_owned(),
        name: cid.to_owned(),
        r#type: kind.into(),
        source: source.into(),
        width,
        height,
        ..proto::AddTrackRequest::default()
    }
}

/// Signed with the key of development mode.
fn token(participant: &Participant) -> Result<String> {
    let now = clock::unix_seconds();
    let claims = json!({
        "iss": "devkey",
        "sub": participant.name,
        "name": participant.name,
        "nbf": now - 5,
        "exp": now + 3600,
        "video": { "room": format!("load-{}", participant.room), "roomJoin": true },
    });
    Ok(jsonwebtoken::encode(
        &jsonwebtoken::Header::new(jsonwebtoken::Algorithm::HS256),
        &claims,
        &jsonwebtoken::EncodingKey::from_secret(b"secret"),
    )?)
}

const PING: Duration = Duration::from_secs(5);
const PATIENCE: Duration = Duration::from_secs(30);
