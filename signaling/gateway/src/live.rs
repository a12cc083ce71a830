//! The live session's socket at `/api/v1/sessions/{id}/live`: frames to requests, messages to frames.
//!
//! Who may not come is told in HTTP, before there is a socket. From then on one task per client
//! reads, writes and pings in one loop, and every way it can end has a [`CloseCode`].

use std::time::Duration;

use axum::{
    Router,
    extract::{
        Path, State,
        ws::{
            CloseFrame, Message, WebSocket, WebSocketUpgrade, rejection::WebSocketUpgradeRejection,
        },
    },
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use bega_protocol::{
    ClientMessage, CloseCode, ErrorCode, LeaveReason, PROTOCOL, ParticipantId, Request,
    ServerMessage, SessionId,
};
use bega_room::{ConnectionId, Hello};
use serde::Deserialize;
use serde_json::json;
use tokio::{
    sync::mpsc,
    time::{Instant, MissedTickBehavior, interval_at, sleep, timeout},
};

use crate::{
    READ_BUFFER_BYTES,
    bucket::Bucket,
    live_hub::{ConnectError, LiveDoorError, LiveHub},
    live_room::{Cut, Inbox, Input, Outgoing, queue, stops},
};

const LARGEST_FRAME_BYTES: usize = 64 * 1024;
/// What the socket takes in, so that whoever sends a little too much can be told: after more than
/// this the rest stays unread, and a socket closed with something unread takes the last words along.
const LARGEST_READ_BYTES: usize = 256 * 1024;
const FRAMES_PER_SECOND: u32 = 50;
const FRAME_BURST: u32 = 100;
const HELLO_WITHIN: Duration = Duration::from_secs(10);
const PING_EVERY: Duration = Duration::from_secs(20);
/// Two pings without an answer.
const SILENCE: Duration = Duration::from_secs(40);
/// For one frame to leave; TCP has given up long before on a path that is dead.
const WRITE_WITHIN: Duration = Duration::from_secs(10);
/// How often an open socket must still be welcome: a device that is shut out, or a link that is
/// replaced, stops within this.
const LOOK_EVERY: Duration = Duration::from_secs(15);
/// For the last words, and for the client to answer them.
const GOODBYE_WITHIN: Duration = Duration::from_secs(2);
/// Of the text that says what is wrong with a message.
const LONGEST_DETAIL: usize = 200;

/// The live session's socket.
pub fn live_router(hub: LiveHub) -> Router {
    Router::new()
        .route("/api/v1/sessions/{session}/live", get(open))
        .with_state(hub)
}

async fn open(
    State(hub): State<LiveHub>,
    Path(session): Path<String>,
    headers: HeaderMap,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Response {
    let entered = match session.parse() {
        Ok(session) => enter(&hub, session, &headers)
            .await
            .map(|participant| (session, participant)),
        Err(_) => Err(Refusal::Door(LiveDoorError::NotFound)),
    };
    match (entered, upgrade) {
        (Ok((session, participant)), Ok(upgrade)) => upgrade
            .max_message_size(LARGEST_READ_BYTES)
            .max_frame_size(LARGEST_READ_BYTES)
            .read_buffer_size(READ_BUFFER_BYTES)
            .on_upgrade(move |socket| {
                let badge = Badge { headers, session };
                serve(socket, hub, badge, participant)
            }),
        (Ok(_), Err(not_a_socket)) => not_a_socket.into_response(),
        (Err(refusal), _) => refusal.into_response(),
    }
}

async fn enter(
    hub: &LiveHub,
    session: SessionId,
    headers: &HeaderMap,
) -> Result<ParticipantId, Refusal> {
    // Browsers always name the page's origin when they open a socket, and send our cookie with it
    // from any page: without this, any page could speak as whoever is signed in.
    if let Some(origin) = headers.get(header::ORIGIN)
        && !origin
            .to_str()
            .is_ok_and(|origin| hub.doors().allows_origin(origin))
    {
        return Err(Refusal::BadOrigin);
    }
    let visitor = hub
        .doors()
        .authenticate(headers, session)
        .await
        .map_err(Refusal::Door)?;
    hub.prepare(session).await.map_err(Refusal::Door)?;
    Ok(visitor.participant)
}

/// Why there is no socket.
enum Refusal {
    BadOrigin,
    Door(LiveDoorError),
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let (status, code) = match self {
            Self::BadOrigin => (StatusCode::FORBIDDEN, "bad_origin"),
            Self::Door(LiveDoorError::Unauthenticated) => {
                (StatusCode::UNAUTHORIZED, "unauthenticated")
            }
            Self::Door(LiveDoorError::NotAllowed) => (StatusCode::FORBIDDEN, "not_allowed"),
            Self::Door(LiveDoorError::NotFound) => (StatusCode::NOT_FOUND, "not_found"),
            Self::Door(LiveDoorError::Unavailable) => {
                (StatusCode::SERVICE_UNAVAILABLE, "unavailable")
            }
        };
        let detail = match self {
            Self::BadOrigin => "this page may not open a socket here".into(),
            Self::Door(error) => error.to_string(),
        };
        let body = json!({
            "type": format!("/problems/{code}"),
            "title": status.canonical_reason().unwrap_or_default(),
            "status": status.as_u16(),
            "code": code,
            "detail": detail,
        });
        let media_type = [(header::CONTENT_TYPE, "application/problem+json")];
        (status, media_type, body.to_string()).into_response()
    }
}

/// How a connection ends.
#[derive(Clone, Copy, Debug)]
enum End {
    /// The client is gone: nobody to say goodbye to.
    Gone,
    /// With a goodbye.
    Close(CloseCode, LeaveReason),
}

impl From<LeaveReason> for End {
    fn from(reason: LeaveReason) -> Self {
        Self::Close(reason.into(), reason)
    }
}

impl End {
    const BAD_MESSAGE: Self = Self::Close(CloseCode::BadMessage, LeaveReason::ProtocolError);
    const TIMED_OUT: Self = Self::Close(CloseCode::TimedOut, LeaveReason::Lost);
    const TOO_BIG: Self = Self::Close(CloseCode::TooBig, LeaveReason::ProtocolError);
    const TOO_MANY: Self = Self::Close(CloseCode::TooMany, LeaveReason::ProtocolError);
}

/// What a client came in with.
struct Badge {
    headers: HeaderMap,
    session: SessionId,
}

impl Badge {
    /// Waits until it would no longer open the door: signed out, shut out, or not booked any more.
    /// While the database cannot say, nobody is sent away.
    async fn is_refused(&self, hub: &LiveHub) {
        loop {
            sleep(LOOK_EVERY).await;
            let looked = hub.doors().authenticate(&self.headers, self.session).await;
            match looked {
                Ok(_) | Err(LiveDoorError::Unavailable) => {}
                Err(
                    LiveDoorError::Unauthenticated
                    | LiveDoorError::NotAllowed
                    | LiveDoorError::NotFound,
                ) => return,
            }
        }
    }
}

async fn serve(mut socket: WebSocket, hub: LiveHub, badge: Badge, participant: ParticipantId) {
    let session = badge.session;
    // Held until the end, so that a server that stops waits for the goodbye.
    let _alive = hub.stopping();
    metrics::gauge!("bega_live_connections").increment(1);
    let end = match greet(&mut socket, &hub, session, participant).await {
        Ok(mut client) => {
            let connection = client.connection;
            let end = tokio::select! {
                end = client.converse(&mut socket) => end,
                () = badge.is_refused(&hub) => {
                    // Leaves for good: a seat is kept only for who may come back.
                    let request = Request { id: 0, message: ClientMessage::Leave };
                    let _ = client.room.send(Input::Request { connection, request }).await;
                    LeaveReason::Removed.into()
                }
            };
            let _ = client.room.send(Input::Disconnect { connection }).await;
            end
        }
        Err(end) => end,
    };
    if let End::Close(code, reason) = end {
        tracing::debug!(session.id = %session, participant.id = %participant, code = code.code(),
            "live socket closed");
        let _ = timeout(GOODBYE_WITHIN, say_goodbye(&mut socket, code, reason)).await;
    }
    metrics::gauge!("bega_live_connections").decrement(1);
}

/// Reads the hello and brings the client into its room.
async fn greet(
    socket: &mut WebSocket,
    hub: &LiveHub,
    session: SessionId,
    participant: ParticipantId,
) -> Result<Client, End> {
    let mut stopping = hub.stopping();
    let request = tokio::select! {
        request = timeout(HELLO_WITHIN, first_request(socket)) => {
            request.map_err(|_| End::TIMED_OUT)??
        }
        () = stops(&mut stopping) => return Err(LeaveReason::ServerStopping.into()),
    };
    let ClientMessage::Hello { protocol, resume } = request.message else {
        return Err(End::BAD_MESSAGE);
    };
    let id = request.id;
    if protocol != PROTOCOL {
        let refusal = ServerMessage::Failed {
            id,
            code: ErrorCode::UnsupportedProtocol,
            detail: format!("this server speaks version {PROTOCOL}"),
        };
        let _ = timeout(WRITE_WITHIN, write(socket, &refusal)).await;
        return Err(End::BAD_MESSAGE);
    }
    let (outbox, inbox) = queue();
    let hello = Hello { id, resume };
    let connected = hub.connect(session, participant, hello, outbox).await;
    let (connection, room) = connected.map_err(|error| match error {
        ConnectError::Over => End::from(LeaveReason::SessionOver),
        ConnectError::NotBooked => End::from(LeaveReason::Removed),
        ConnectError::Unavailable => End::from(LeaveReason::ServerStopping),
    })?;
    Ok(Client {
        connection,
        room,
        inbox,
    })
}

async fn first_request(socket: &mut WebSocket) -> Result<Request, End> {
    loop {
        match socket.recv().await {
            Some(Ok(Message::Text(text))) if text.len() > LARGEST_FRAME_BYTES => {
                return Err(End::TOO_BIG);
            }
            Some(Ok(Message::Text(text))) => {
                return serde_json::from_str(&text).map_err(|_| End::BAD_MESSAGE);
            }
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
            Some(Ok(Message::Binary(_))) => return Err(End::BAD_MESSAGE),
            Some(Err(_)) => return Err(End::TOO_BIG),
            Some(Ok(Message::Close(_))) | None => return Err(End::Gone),
        }
    }
}

/// A client in its room.
struct Client {
    connection: ConnectionId,
    room: mpsc::Sender<Input>,
    inbox: Inbox,
}

impl Client {
    async fn converse(&mut self, socket: &mut WebSocket) -> End {
        let now = Instant::now();
        let mut bucket = Bucket::new(now, FRAMES_PER_SECOND, FRAME_BURST);
        let mut heard_at = now;
        let mut ping = interval_at(now + PING_EVERY, PING_EVERY);
        ping.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let step = tokio::select! {
                reason = self.inbox.cut.wait() => Err(reason.into()),
                outgoing = self.inbox.queue.recv() => match outgoing {
                    Some(Outgoing::Message(message)) => {
                        send(socket, &mut self.inbox.cut, &message).await
                    }
                    Some(Outgoing::Close(reason)) => Err(reason.into()),
                    // The room is gone, by a bug or in the moment it closed: another will open.
                    None => Err(LeaveReason::ServerStopping.into()),
                },
                frame = socket.recv() => {
                    let now = Instant::now();
                    heard_at = now;
                    if bucket.ready_at(now) > now {
                        Err(End::TOO_MANY)
                    } else {
                        bucket.take(now);
                        self.take(socket, frame).await
                    }
                }
                _ = ping.tick() => {
                    if heard_at.elapsed() > SILENCE {
                        Err(End::TIMED_OUT)
                    } else {
                        within(WRITE_WITHIN, socket.send(Message::Ping(Vec::new().into()))).await
                    }
                }
            };
            if let Err(end) = step {
                return end;
            }
        }
    }

    async fn take(
        &mut self,
        socket: &mut WebSocket,
        frame: Option<Result<Message, axum::Error>>,
    ) -> Result<(), End> {
        let text = match frame {
            Some(Ok(Message::Text(text))) if text.len() > LARGEST_FRAME_BYTES => {
                return Err(End::TOO_BIG);
            }
            Some(Ok(Message::Text(text))) => text,
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => return Ok(()),
            Some(Ok(Message::Binary(_))) => return Err(End::BAD_MESSAGE),
            // Too big, or broken: then nobody reads the code.
            Some(Err(_)) => return Err(End::TOO_BIG),
            Some(Ok(Message::Close(_))) | None => return Err(End::Gone),
        };
        match serde_json::from_str::<Request>(&text) {
            Ok(request) => {
                let connection = self.connection;
                let input = Input::Request {
                    connection,
                    request,
                };
                // A room that is gone shows in the queue.
                let _ = self.room.send(input).await;
                Ok(())
            }
            Err(error) => {
                let Numbered { id } = serde_json::from_str(&text).map_err(|_| End::BAD_MESSAGE)?;
                let refusal = ServerMessage::Failed {
                    id,
                    code: ErrorCode::BadMessage,
                    detail: error.to_string().chars().take(LONGEST_DETAIL).collect(),
                };
                send(socket, &mut self.inbox.cut, &refusal).await
            }
        }
    }
}

/// What is needed to refuse a request that is otherwise not understood.
#[derive(Deserialize)]
struct Numbered {
    id: u32,
}

/// Writes a message, unless the room ends the connection meanwhile.
async fn send(socket: &mut WebSocket, cut: &mut Cut, message: &ServerMessage) -> Result<(), End> {
    tokio::select! {
        reason = cut.wait() => Err(reason.into()),
        written = within(WRITE_WITHIN, write(socket, message)) => written,
    }
}

async fn within(
    limit: Duration,
    sending: impl Future<Output = Result<(), axum::Error>>,
) -> Result<(), End> {
    match timeout(limit, sending).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(_)) => Err(End::Gone),
        Err(_) => Err(LeaveReason::TooSlow.into()),
    }
}

async fn write(socket: &mut WebSocket, message: &ServerMessage) -> Result<(), axum::Error> {
    let text = serde_json::to_string(message).map_err(axum::Error::new)?;
    socket.send(Message::Text(text.into())).await
}

async fn say_goodbye(socket: &mut WebSocket, code: CloseCode, reason: LeaveReason) {
    let frame = CloseFrame {
        code: code.code(),
        reason: code.name().into(),
    };
    let said = write(socket, &ServerMessage::Closing { reason }).await;
    if said.is_ok() && socket.send(Message::Close(Some(frame))).await.is_ok() {
        // To the client's answer, with all it sent before.
        while let Some(Ok(_)) = socket.recv().await {}
    }
}
