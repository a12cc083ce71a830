//! `livekit.RoomService` over HTTP (Twirp): what other servers ask of rooms, in protobuf or JSON.
//!
//! The caller is known before a byte of the body is read, and a call that is not allowed never
//! reaches a room. What may be called at all, the [`Powers`] of a key say: where live sessions rule
//! the rooms, nothing that a session decides can be decided here.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use bega_negotiation::{CallError, Encoding, Needs, ServiceCall};
use serde_json::json;
use tokio::time::{Instant, timeout};

use crate::bucket::Bucket;
use crate::media_hub::MediaHub;

/// Data of one message and a list of receivers.
const LARGEST_BODY: usize = 128 * 1024;
/// How long a caller may take to send its body.
const BODY: Duration = Duration::from_secs(10);
/// What one key may ask for: a program that looks after a hundred rooms once a second.
const CALLS_PER_SECOND: u32 = 100;
const CALL_BURST: u32 = 200;

/// Who may call.
pub trait ServiceDoors: Send + Sync + 'static {
    /// Who made this token, and what it allows; `None` if it is not valid now.
    fn caller(&self, token: &str) -> Option<Caller>;
}

/// A server that calls.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Caller {
    /// The name of the key the token was made with.
    pub key: String,
    /// How far that key reaches.
    pub powers: Powers,
    /// The token allows to make and end rooms.
    pub room_create: bool,
    /// The token allows to see which rooms there are.
    pub room_list: bool,
    /// The token allows to rule this room.
    pub room_admin: Option<String>,
}

/// How far a key reaches.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Powers {
    /// Rooms exist because a key says so.
    Everything,
    /// Rooms exist for live sessions, which decide who is in them and what they may do.
    WithinSessions,
}

/// `POST /twirp/livekit.RoomService/{method}`.
pub fn room_service_router(hub: MediaHub, doors: Arc<dyn ServiceDoors>) -> Router {
    let service = Arc::new(Service {
        hub,
        doors,
        buckets: Mutex::default(),
    });
    Router::new()
        .route("/twirp/livekit.RoomService/{method}", any(call))
        .with_state(service)
}

struct Service {
    hub: MediaHub,
    doors: Arc<dyn ServiceDoors>,
    /// By key; there are as many as the operator has configured.
    buckets: Mutex<HashMap<String, Bucket>>,
}

async fn call(
    State(service): State<Arc<Service>>,
    Path(method): Path<String>,
    request: Request,
) -> Response {
    let (parts, body) = request.into_parts();
    let encoding = encoding(&parts.headers);
    let answer = if parts.method == Method::POST {
        service
            .answer(&method, encoding, &parts.headers, body)
            .await
    } else {
        Err(Refusal::Call(CallError::NoSuchMethod))
    };
    let code = answer
        .as_ref()
        .map_or_else(|refusal| refusal.code(), |_| "ok");
    // Names of methods that do not exist are the caller's: they are not kept.
    metrics::counter!("bega_room_service_calls_total", "code" => code).increment(1);
    match (answer, encoding) {
        (Ok(bytes), Some(Encoding::Json)) => {
            ([(header::CONTENT_TYPE, JSON)], bytes).into_response()
        }
        (Ok(bytes), _) => ([(header::CONTENT_TYPE, PROTOBUF)], bytes).into_response(),
        (Err(refusal), _) => refusal.into_response(),
    }
}

impl Service {
    async fn answer(
        &self,
        method: &str,
        encoding: Option<Encoding>,
        headers: &HeaderMap,
        body: Body,
    ) -> Result<Vec<u8>, Refusal> {
        let caller = bearer(headers)
            .and_then(|token| self.doors.caller(token))
            .ok_or(Refusal::Unauthenticated)?;
        self.take_turn(&caller.key)?;
        let encoding = encoding.ok_or(Refusal::Call(CallError::NoSuchMethod))?;
        let body = timeout(BODY, to_bytes(body, LARGEST_BODY))
            .await
            .map_err(|_| Refusal::Call(CallError::Malformed))?
            .map_err(|_| Refusal::Call(CallError::Invalid("the body")))?;
        let call = ServiceCall::parse(method, encoding, &body).map_err(Refusal::Call)?;
        caller.check(&call)?;
        tracing::info!(
            method = call.method(),
            key = caller.key,
            "room service called"
        );
        self.hub.call(call).await.map_err(Refusal::Call)
    }

    fn take_turn(&self, key: &str) -> Result<(), Refusal> {
        let now = Instant::now();
        // Every change under the lock is complete in itself.
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        let bucket = buckets
            .entry(key.to_owned())
            .or_insert_with(|| Bucket::new(now, CALLS_PER_SECOND, CALL_BURST));
        if bucket.ready_at(now) > now {
            return Err(Refusal::TooMany);
        }
        bucket.take(now);
        Ok(())
    }
}

impl Caller {
    fn check(&self, call: &ServiceCall) -> Result<(), Refusal> {
        let is_granted = match call.needs() {
            Needs::CreateRooms => self.room_create,
            Needs::ListRooms => self.room_list,
            Needs::RuleRoom => {
                self.room_admin.is_some() && self.room_admin.as_deref() == call.room()
            }
        };
        if !is_granted {
            return Err(Refusal::NotGranted);
        }
        match self.powers {
            Powers::WithinSessions if call.overrules_session() => Err(Refusal::SessionDecides),
            Powers::Everything | Powers::WithinSessions => Ok(()),
        }
    }
}

/// Why there is an error instead of an answer.
#[derive(Clone, Copy, Debug)]
enum Refusal {
    Unauthenticated,
    NotGranted,
    SessionDecides,
    TooMany,
    Call(CallError),
}

impl Refusal {
    /// As the specification of Twirp names them.
    fn code(self) -> &'static str {
        match self {
            Self::Unauthenticated => "unauthenticated",
            Self::NotGranted | Self::SessionDecides => "permission_denied",
            Self::TooMany => "resource_exhausted",
            Self::Call(error) => match error {
                CallError::NoSuchMethod => "bad_route",
                CallError::Malformed => "malformed",
                CallError::Invalid(_) => "invalid_argument",
                CallError::NoSuchRoom | CallError::NoSuchParticipant | CallError::NoSuchTrack => {
                    "not_found"
                }
                CallError::NoRemoteUnmute => "failed_precondition",
                _ => "internal",
            },
        }
    }

    fn status(self) -> StatusCode {
        match self.code() {
            "unauthenticated" => StatusCode::UNAUTHORIZED,
            "permission_denied" => StatusCode::FORBIDDEN,
            "resource_exhausted" => StatusCode::TOO_MANY_REQUESTS,
            "bad_route" | "not_found" => StatusCode::NOT_FOUND,
            "failed_precondition" => StatusCode::PRECONDITION_FAILED,
            "internal" => StatusCode::INTERNAL_SERVER_ERROR,
            _ => StatusCode::BAD_REQUEST,
        }
    }

    fn text(self) -> String {
        match self {
            Self::Unauthenticated => "the token is missing or not valid".to_owned(),
            Self::NotGranted => "the token does not allow this".to_owned(),
            Self::SessionDecides => "the live session of this room decides this".to_owned(),
            Self::TooMany => "too many calls; try again in a second".to_owned(),
            Self::Call(error) => error.to_string(),
        }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let body = json!({ "code": self.code(), "msg": self.text() });
        (
            self.status(),
            [(header::CONTENT_TYPE, JSON)],
            body.to_string(),
        )
            .into_response()
    }
}

fn encoding(headers: &HeaderMap) -> Option<Encoding> {
    let named = headers.get(header::CONTENT_TYPE)?.to_str().ok()?;
    // Clients add the character set.
    match named.split(';').next()?.trim() {
        PROTOBUF => Some(Encoding::Protobuf),
        JSON => Some(Encoding::Json),
        _ => None,
    }
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    headers
        .get(header::AUTHORIZATION)?
        .to_str()
        .ok()?
        .strip_prefix("Bearer ")
}

const JSON: &str = "application/json";
const PROTOBUF: &str = "application/protobuf";
