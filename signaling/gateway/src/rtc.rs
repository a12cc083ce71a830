//! The media signalling socket at `/rtc`, and what clients ask around it.
//!
//! `/rtc/v1` is a newer conversation we do not speak: clients find out by a plain 404, which a
//! browser may only read with a CORS header on it. A token travels in the query or in a header;
//! neither is ever logged.

use std::ops::ControlFlow;
use std::time::Duration;

use axum::Router;
use axum::extract::rejection::QueryRejection;
use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade, close_code};
use axum::extract::{Query, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::map_response;
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get};
use bega_negotiation::{Browser, EndReason, JoinParams, ParticipantSid};
use serde::Deserialize;
use serde_json::json;
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until, timeout, timeout_at};

use crate::READ_BUFFER_BYTES;
use crate::bucket::Bucket;
use crate::media_hub::{DoorError, Entrance, MediaHub, Seat};
use crate::media_room::Outgoing;

/// An answer to an offer with a hundred sections is about this long.
const LARGEST_FRAME_BYTES: usize = 256 * 1024;
/// Clients speak a few times a second; joining and a new layout of the screen come in bursts.
const FRAMES_PER_SECOND: u32 = 50;
const FRAME_BURST: u32 = 100;
/// Clients ping every 5 s, as they are told when they join.
const SILENCE: Duration = Duration::from_secs(15);
/// Frames that wait for a client.
const WRITE_QUEUE: usize = 256;
const WRITE_TIMEOUT: Duration = Duration::from_secs(10);

/// `/rtc`, `/rtc/validate`, and the places where nothing is.
pub fn rtc_router(hub: MediaHub) -> Router {
    Router::new()
        .route("/rtc", get(connect))
        .route("/rtc/validate", get(validate))
        .route("/rtc/v1", any(absent))
        .route("/rtc/v1/validate", any(absent))
        .layer(map_response(readable_by_all))
        .with_state(hub)
}

/// What clients say when connecting. Everything they add later is ignored.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Parameters {
    access_token: String,
    auto_subscribe: Option<String>,
    adaptive_stream: Option<String>,
    protocol: String,
    browser: String,
    reconnect: Option<String>,
    sid: String,
}

async fn connect(
    State(hub): State<MediaHub>,
    parameters: Result<Query<Parameters>, QueryRejection>,
    headers: HeaderMap,
    upgrade: WebSocketUpgrade,
) -> Response {
    // A query that cannot be read names nobody.
    let Query(mut parameters) = parameters.unwrap_or_default();
    if parameters.browser.is_empty() {
        parameters.browser = user_agent(&headers);
    }
    match enter(&hub, &parameters, &headers).await {
        Ok(entrance) => upgrade
            .max_message_size(LARGEST_FRAME_BYTES)
            .max_frame_size(LARGEST_FRAME_BYTES)
            .read_buffer_size(READ_BUFFER_BYTES)
            .on_upgrade(move |socket| serve(socket, hub, entrance, parameters)),
        Err(error) => problem(error),
    }
}

/// Asked by a browser whose socket was refused, because it cannot see why.
async fn validate(
    State(hub): State<MediaHub>,
    parameters: Result<Query<Parameters>, QueryRejection>,
    headers: HeaderMap,
) -> Response {
    let Query(parameters) = parameters.unwrap_or_default();
    match enter(&hub, &parameters, &headers).await {
        Ok(_) => "success".into_response(),
        Err(error) => problem(error),
    }
}

async fn absent() -> (StatusCode, &'static str) {
    (StatusCode::NOT_FOUND, "404 page not found")
}

async fn readable_by_all(mut response: Response) -> Response {
    let anyone = HeaderValue::from_static("*");
    response
        .headers_mut()
        .insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, anyone);
    response
}

async fn enter(
    hub: &MediaHub,
    parameters: &Parameters,
    headers: &HeaderMap,
) -> Result<Entrance, DoorError> {
    let bearer = headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
    let token = if parameters.access_token.is_empty() {
        bearer.unwrap_or_default()
    } else {
        &parameters.access_token
    };
    if token.is_empty() {
        return Err(DoorError::InvalidToken);
    }
    hub.enter(token).await
}

/// Where the browser's name stands: recent clients no longer put it into the query.
fn user_agent(headers: &HeaderMap) -> String {
    headers
        .get(header::USER_AGENT)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default()
        .to_owned()
}

fn problem(error: DoorError) -> Response {
    let (status, code, title) = match error {
        DoorError::InvalidToken => (StatusCode::UNAUTHORIZED, "invalid_token", "Invalid token"),
        DoorError::TokenExpired => (StatusCode::UNAUTHORIZED, "token_expired", "Token expired"),
        DoorError::NotAllowed => (StatusCode::FORBIDDEN, "not_allowed", "Not allowed"),
        DoorError::NotAdmitted => (StatusCode::FORBIDDEN, "not_admitted", "Not admitted"),
        DoorError::Unavailable => (
            StatusCode::SERVICE_UNAVAILABLE,
            "unavailable",
            "Unavailable",
        ),
    };
    let body = json!({
        "type": format!("/problems/{code}"),
        "title": title,
        "status": status.as_u16(),
        "code": code,
        "detail": error.to_string(),
    });
    let media_type = [(header::CONTENT_TYPE, "application/problem+json")];
    (status, media_type, body.to_string()).into_response()
}

async fn serve(mut socket: WebSocket, hub: MediaHub, entrance: Entrance, parameters: Parameters) {
    let (outgoing, queue) = mpsc::channel(WRITE_QUEUE);
    let seat = if is_set(parameters.reconnect.as_deref(), false) {
        hub.resume(entrance, ParticipantSid::new(parameters.sid), outgoing)
            .await
    } else {
        hub.join(entrance, parameters.join(), outgoing).await
    };
    match seat {
        Ok(seat) => converse(socket, seat, queue).await,
        Err(frame) => {
            // The client acts on the Leave; that it got it is all there is to hope for.
            let _ = timeout(WRITE_TIMEOUT, socket.send(Message::Binary(frame.into()))).await;
            close(socket, close_code::NORMAL, "refused").await;
        }
    }
}

impl Parameters {
    fn join(&self) -> JoinParams {
        let browser = if self.browser.to_ascii_lowercase().contains("firefox") {
            Browser::Firefox
        } else {
            Browser::Other
        };
        JoinParams {
            // A client that does not say is older than any we know.
            protocol: self.protocol.parse().unwrap_or(0),
            auto_subscribe: is_set(self.auto_subscribe.as_deref(), true),
            adaptive_stream: is_set(self.adaptive_stream.as_deref(), false),
            browser,
        }
    }
}

fn is_set(flag: Option<&str>, unsaid: bool) -> bool {
    flag.map_or(unsaid, |flag| flag == "1" || flag == "true")
}

/// Carries frames both ways until one side has had enough.
async fn converse(mut socket: WebSocket, seat: Seat, mut queue: mpsc::Receiver<Outgoing>) {
    let mut bucket = Bucket::new(Instant::now(), FRAMES_PER_SECOND, FRAME_BURST);
    let mut heard = Instant::now();
    loop {
        // A client that speaks too fast is read more slowly; it is the network's to hold it back.
        let ready = bucket.ready_at(Instant::now());
        let listen = async {
            sleep_until(ready).await;
            timeout_at(heard.max(ready) + SILENCE, socket.recv()).await
        };
        let outgoing = tokio::select! {
            outgoing = queue.recv() => outgoing,
            incoming = listen => {
                let now = Instant::now();
                heard = now;
                bucket.take(now);
                let incoming = incoming.ok().flatten().and_then(Result::ok);
                match hear(&seat, incoming) {
                    ControlFlow::Continue(()) => continue,
                    ControlFlow::Break(Some((code, reason))) => return close(socket, code, reason).await,
                    ControlFlow::Break(None) => return,
                }
            }
        };
        match outgoing {
            Some(Outgoing::Frame(frame)) => {
                let written = timeout(WRITE_TIMEOUT, socket.send(Message::Binary(frame.into())));
                if !matches!(written.await, Ok(Ok(()))) {
                    return;
                }
            }
            Some(Outgoing::Close(why)) => return close(socket, code_of(why), why.code()).await,
            // The room let go of this socket: it was too slow, or another has taken its place.
            None => return close(socket, close_code::POLICY, "superseded").await,
        }
    }
}

/// What came in; `None` for a socket that failed, or was silent for too long.
fn hear(seat: &Seat, incoming: Option<Message>) -> ControlFlow<Option<(u16, &'static str)>> {
    match incoming {
        Some(Message::Binary(frame)) => {
            seat.frame(frame);
            ControlFlow::Continue(())
        }
        Some(Message::Ping(_) | Message::Pong(_)) => ControlFlow::Continue(()),
        Some(Message::Text(_)) => {
            ControlFlow::Break(Some((close_code::UNSUPPORTED, "binary frames only")))
        }
        Some(Message::Close(_)) | None => ControlFlow::Break(None),
    }
}

fn code_of(why: EndReason) -> u16 {
    match why {
        EndReason::Malformed => close_code::INVALID,
        EndReason::Draining => close_code::RESTART,
        EndReason::Left
        | EndReason::Replaced
        | EndReason::Removed
        | EndReason::RoomClosed
        | EndReason::TransportLost
        | EndReason::ResumeExpired => close_code::NORMAL,
    }
}

async fn close(mut socket: WebSocket, code: u16, reason: &'static str) {
    let frame = CloseFrame {
        code,
        reason: reason.into(),
    };
    // A client that does not read has no use for the reason.
    let _ = timeout(WRITE_TIMEOUT, socket.send(Message::Close(Some(frame)))).await;
}
