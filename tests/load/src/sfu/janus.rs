//! Joins rooms of Janus' VideoRoom plugin over its WebSocket, with one socket for everybody.
//!
//! Janus checks its peers even where it is ICE-lite; our transports answer that.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use anyhow::{Context as _, Result, bail};
use async_trait::async_trait;
use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio::{
    sync::{mpsc, oneshot},
    time::{sleep, timeout},
};
use tokio_tungstenite::{
    connect_async,
    tungstenite::{Message, client::IntoClientRequest as _, http::HeaderValue},
};

use super::{Participant, Seat, Sfu};
use crate::{
    bot::Bot,
    plane::Plane,
    sdp::{self, Remote},
    stream::SendStream,
};

/// A Janus server.
pub(crate) struct Janus {
    requests: mpsc::UnboundedSender<String>,
    waiting: Waiting,
    session: u64,
    transactions: AtomicU64,
    /// Publishers' ids by room.
    feeds: Mutex<HashMap<u32, Vec<u64>>>,
}

/// Who waits for the answer to which transaction.
type Waiting = Arc<Mutex<HashMap<String, oneshot::Sender<Value>>>>;

impl Janus {
    /// Opens a session, which is kept alive, and makes the rooms.
    pub(crate) async fn connect(url: &str, rooms: u32) -> Result<Self> {
        let mut request = url.into_client_request()?;
        request.headers_mut().insert(
            "sec-websocket-protocol",
            HeaderValue::from_static("janus-protocol"),
        );
        let (socket, _) = connect_async(request).await?;
        let (mut writer, mut reader) = socket.split();
        let (requests, mut queue) = mpsc::unbounded_channel::<String>();
        let waiting = Waiting::default();
        let answers = waiting.clone();
        tokio::spawn(async move {
            while let Some(request) = queue.recv().await {
                if writer.send(Message::text(request)).await.is_err() {
                    return;
                }
            }
        });
        tokio::spawn(async move {
            while let Some(Ok(message)) = reader.next().await {
                deliver(&message, &answers);
            }
        });
        let mut janus = Self {
            requests,
            waiting,
            session: 0,
            transactions: AtomicU64::new(1),
            feeds: Mutex::default(),
        };
        let created = janus.ask(json!({ "janus": "create" })).await?;
        janus.session = created["data"]["id"].as_u64().context("no session")?;
        let alive =
            json!({ "janus": "keepalive", "session_id": janus.session, "transaction": "alive" });
        let requests = janus.requests.clone();
        tokio::spawn(async move {
            let mut beat = tokio::time::interval(KEEP_ALIVE);
            loop {
                beat.tick().await;
                if requests.send(alive.to_string()).is_err() {
                    return;
                }
            }
        });
        let handle = janus.attach().await?;
        for room in 0..rooms {
            let room = json!({
                "request": "create", "room": room + 1, "publishers": 200, "bitrate": 0,
                "audiocodec": "opus", "videocodec": "vp8", "transport_wide_cc_ext": true,
            });
            janus.message(handle, &room, None).await?;
        }
        Ok(janus)
    }

    async fn attach(&self) -> Result<u64> {
        let attach = json!({ "janus": "attach", "plugin": "janus.plugin.videoroom", "session_id": self.session });
        let attached = self.ask(attach).await?;
        attached["data"]["id"].as_u64().context("no handle")
    }

    async fn message(&self, handle: u64, body: &Value, jsep: Option<Value>) -> Result<Value> {
        let mut message = json!({
            "janus": "message", "session_id": self.session, "handle_id": handle, "body": body,
        });
        if let Some(jsep) = jsep {
            message["jsep"] = jsep;
        }
        let answer = self.ask(message).await?;
        let error = &answer["plugindata"]["data"]["error"];
        if !error.is_null() {
            bail!("Janus refuses: {error}");
        }
        Ok(answer)
    }

    /// For Janus a publisher is not there before its side of the handshake is done, which is a
    /// little later than ours.
    async fn message_until_taken(&self, handle: u64, body: &Value) -> Result<Value> {
        let mut tries = 0;
        loop {
            let outcome = self.message(handle, body, None).await;
            tries += 1;
            if outcome.is_ok() || tries == TRIES {
                return outcome;
            }
            sleep(RETRY).await;
        }
    }

    async fn ask(&self, mut request: Value) -> Result<Value> {
        let number = self.transactions.fetch_add(1, Ordering::Relaxed);
        let transaction = number.to_string();
        request["transaction"] = json!(transaction);
        let (answer, answered) = oneshot::channel();
        self.waiting
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(transaction, answer);
        self.requests.send(request.to_string())?;
        let answer = timeout(PATIENCE, answered).await.context("no answer")??;
        if answer["janus"] == "error" {
            bail!("Janus refuses: {}", answer["error"]["reason"]);
        }
        Ok(answer)
    }
}

/// Hands an answer to who waits for it. An "ack" only says that the answer will come.
fn deliver(message: &Message, waiting: &Waiting) {
    let Message::Text(text) = message else { return };
    let Ok(value) = serde_json::from_str::<Value>(text) else {
        return;
    };
    if value["janus"] == "ack" {
        return;
    }
    let waiter = value["transaction"].as_str().and_then(|transaction| {
        waiting
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(transaction)
    });
    if let Some(waiter) = waiter {
        let _ = waiter.send(value);
    }
}

#[async_trait]
impl Sfu for Janus {
    async fn join(&self, plane: &Plane, participant: Participant) -> Result<Seat> {
        let (events, happenings) = mpsc::unbounded_channel();
        let mut seat = Seat {
            participant,
            bots: Vec::new(),
            events: events.clone(),
            happenings,
            own_feed: None,
            conversation: None,
        };
        if seat.participant.publishes.is_empty() {
            return Ok(seat);
        }
        let handle = self.attach().await?;
        let room = seat.participant.room;
        let join = json!({
            "request": "join", "ptype": "publisher", "room": room + 1, "display": seat.participant.name,
        });
        let joined = self.message(handle, &join, None).await?;
        let id = joined["plugindata"]["data"]["id"]
            .as_u64()
            .context("no id")?;

        let mut bot = Bot::bind(events)?;
        let shapes = &seat.participant.publishes;
        let tracks: Vec<_> = shapes
            .iter()
            .enumerate()
            .map(|(place, shape)| (shape.kind, format!("track-{place}")))
            .collect();
        // Active, or Janus would be the DTLS client.
        let (offer, numbers) = sdp::offer(&bot.local(), &tracks, "active");
        let streams = shapes
            .iter()
            .zip(numbers)
            .map(|(shape, numbers)| SendStream::new(*shape, numbers))
            .collect();
        let answer = self
            .message(
                handle,
                &json!({ "request": "publish" }),
                Some(json!({ "type": "offer", "sdp": offer })),
            )
            .await?;
        let remote = Remote::read(answer["jsep"]["sdp"].as_str().context("no answer")?)?;
        bot.connect(remote.ice, remote.fingerprint, remote.address);
        let bot = plane.add(bot)?;
        plane.publish(bot, streams);
        seat.bots.push(bot);
        self.feeds
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .entry(room)
            .or_default()
            .push(id);
        seat.own_feed = Some(id);
        Ok(seat)
    }

    async fn subscribe(&self, plane: &Plane, seat: &mut Seat) -> Result<()> {
        let room = seat.participant.room;
        let streams: Vec<_> = self
            .feeds
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get(&room)
            .into_iter()
            .flatten()
            .filter(|feed| Some(**feed) != seat.own_feed)
            .map(|feed| json!({ "feed": feed }))
            .collect();
        if streams.is_empty() {
            return Ok(());
        }
        let handle = self.attach().await?;
        let join = json!({
            "request": "join", "ptype": "subscriber", "room": room + 1, "streams": streams,
        });
        let attached = self.message_until_taken(handle, &join).await?;
        let offer = attached["jsep"]["sdp"].as_str().context("no offer")?;
        let remote = Remote::read(offer)?;
        let mut bot = Bot::bind(seat.events.clone())?;
        bot.set_ids(sdp::receive_ids(offer)?);
        let answer = sdp::answer(offer, &bot.local())?;
        bot.connect(remote.ice, remote.fingerprint, remote.address);
        seat.bots.push(plane.add(bot)?);
        self.message(
            handle,
            &json!({ "request": "start" }),
            Some(json!({ "type": "answer", "sdp": answer })),
        )
        .await?;
        Ok(())
    }
}

/// Janus ends sessions after a minute of silence.
const KEEP_ALIVE: Duration = Duration::from_secs(20);
const PATIENCE: Duration = Duration::from_secs(30);
const RETRY: Duration = Duration::from_millis(100);
const TRIES: u32 = 50;
