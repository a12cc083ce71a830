//! `livekit.RoomService` over HTTP: who is let in, and what is answered when something is wrong.

use std::sync::Arc;

use async_trait::async_trait;
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode};
use bega_gateway::{
    Caller, DoorError, Entrance, MediaDoors, MediaHub, MediaPlane, Powers, Renewal, ServiceDoors,
    room_service_router,
};
use bega_media::{Command, RoomId};
use bega_transport::{Fingerprint, sdp::Candidate};
use serde_json::{Value, json};
use tower::ServiceExt as _;

#[tokio::test]
async fn a_room_is_made_listed_and_ended() {
    let service = service();

    let made = ok(&service, "all", "CreateRoom", json!({"name": "a"})).await;
    ok(&service, "all", "CreateRoom", json!({"name": "b"})).await;
    assert_eq!(made["emptyTimeout"], 300);
    let listed = ok(&service, "all", "ListRooms", json!({})).await;
    assert_eq!(listed["rooms"].as_array().unwrap().len(), 2);
    let listed = ok(&service, "all", "ListRooms", json!({"names": ["b"]})).await;
    assert_eq!(listed["rooms"][0]["name"], "b");
    assert_eq!(listed["rooms"].as_array().unwrap().len(), 1);

    ok(&service, "all", "DeleteRoom", json!({"room": "a"})).await;
    ok(&service, "all", "DeleteRoom", json!({"room": "b"})).await;
    let listed = ok(&service, "all", "ListRooms", json!({})).await;
    assert_eq!(listed, json!({}));
}

#[tokio::test]
async fn a_token_reaches_as_far_as_its_grants() {
    let service = service();
    ok(&service, "all", "CreateRoom", json!({"name": "a"})).await;

    for (token, method, body, expected) in [
        ("", "ListRooms", json!({}), "unauthenticated"),
        ("forged", "ListRooms", json!({}), "unauthenticated"),
        ("none", "ListRooms", json!({}), "permission_denied"),
        (
            "none",
            "CreateRoom",
            json!({"name": "b"}),
            "permission_denied",
        ),
        (
            "none",
            "DeleteRoom",
            json!({"room": "a"}),
            "permission_denied",
        ),
        (
            "none",
            "ListParticipants",
            json!({"room": "a"}),
            "permission_denied",
        ),
        (
            "admin of b",
            "ListParticipants",
            json!({"room": "a"}),
            "permission_denied",
        ),
        (
            "admin of a",
            "UpdateRoomMetadata",
            json!({"room": "a"}),
            "ok",
        ),
    ] {
        assert_eq!(
            code(&service, token, method, body).await,
            expected,
            "{token} {method}"
        );
    }
}

#[tokio::test]
async fn where_sessions_rule_nothing_they_decide_is_decided_here() {
    let service = service();
    ok(&service, "all", "CreateRoom", json!({"name": "a"})).await;

    for (method, body, expected) in [
        ("CreateRoom", json!({"name": "b"}), "permission_denied"),
        (
            "UpdateParticipant",
            json!({"room": "a", "identity": "ana"}),
            "permission_denied",
        ),
        (
            "GetParticipant",
            json!({"room": "a", "identity": "ana"}),
            "not_found",
        ),
        ("ListRooms", json!({}), "ok"),
    ] {
        assert_eq!(
            code(&service, "operator", method, body).await,
            expected,
            "{method}"
        );
    }
}

#[tokio::test]
async fn errors_are_those_of_twirp() {
    let service = service();

    for (method, body, status, expected) in [
        ("Unknown", "{}", 404, "bad_route"),
        ("ListRooms", "[", 400, "malformed"),
        ("CreateRoom", "{}", 400, "invalid_argument"),
        ("DeleteRoom", r#"{"room": "none"}"#, 404, "not_found"),
        ("ListParticipants", r#"{"room": "a"}"#, 200, "ok"),
    ] {
        let (got, answer) = post(&service, "all", method, "application/json", body).await;
        assert_eq!(got.as_u16(), status, "{method}: {answer}");
        assert_eq!(answer["code"].as_str().unwrap_or("ok"), expected);
    }
    let (status, _) = post(&service, "all", "ListRooms", "text/plain", "{}").await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    let much = json!({"names": ["a".repeat(200_000)]}).to_string();
    let (status, answer) = post(&service, "all", "ListRooms", "application/json", &much).await;
    assert_eq!(
        (status.as_u16(), &answer["code"]),
        (400, &json!("invalid_argument"))
    );
}

#[tokio::test(start_paused = true)]
async fn one_who_calls_too_often_has_to_wait_and_nobody_else() {
    let service = service();
    for _ in 0..200 {
        assert_eq!(code(&service, "all", "ListRooms", json!({})).await, "ok");
    }

    let too_often = code(&service, "all", "ListRooms", json!({})).await;

    assert_eq!(too_often, "resource_exhausted");
    assert_eq!(
        code(&service, "operator", "ListRooms", json!({})).await,
        "ok"
    );
}

fn service() -> Router {
    let clock = Arc::new(|| jiff::Timestamp::UNIX_EPOCH);
    let hub = MediaHub::new(Arc::new(Plane), Arc::new(Closed), None, clock);
    room_service_router(hub, Arc::new(Keys))
}

async fn ok(service: &Router, token: &str, method: &str, body: Value) -> Value {
    let (status, answer) = post(
        service,
        token,
        method,
        "application/json",
        &body.to_string(),
    )
    .await;
    assert_eq!(status, StatusCode::OK, "{method}: {answer}");
    answer
}

async fn code(service: &Router, token: &str, method: &str, body: Value) -> String {
    let (_, answer) = post(
        service,
        token,
        method,
        "application/json",
        &body.to_string(),
    )
    .await;
    answer["code"].as_str().unwrap_or("ok").to_owned()
}

async fn post(
    service: &Router,
    token: &str,
    method: &str,
    content_type: &str,
    body: &str,
) -> (StatusCode, Value) {
    let request = Request::post(format!("/twirp/livekit.RoomService/{method}"))
        .header("content-type", content_type)
        .header("authorization", format!("Bearer {token}"))
        .body(Body::from(body.to_owned()))
        .unwrap();
    let response = service.clone().oneshot(request).await.unwrap();
    let status = response.status();
    let body = to_bytes(response.into_body(), usize::MAX).await.unwrap();
    (status, serde_json::from_slice(&body).unwrap())
}

struct Keys;

impl ServiceDoors for Keys {
    fn caller(&self, token: &str) -> Option<Caller> {
        let caller = |is_all: bool, powers, room_admin: Option<&str>| Caller {
            key: token.to_owned(),
            powers,
            room_create: is_all,
            room_list: is_all,
            room_admin: room_admin.map(str::to_owned),
        };
        match token {
            "all" => Some(caller(true, Powers::Everything, Some("a"))),
            "operator" => Some(caller(true, Powers::WithinSessions, Some("a"))),
            "none" => Some(caller(false, Powers::Everything, None)),
            "admin of a" => Some(caller(false, Powers::Everything, Some("a"))),
            "admin of b" => Some(caller(false, Powers::Everything, Some("b"))),
            _ => None,
        }
    }
}

struct Closed;

#[async_trait]
impl MediaDoors for Closed {
    async fn enter(&self, _: &str) -> Result<Entrance, DoorError> {
        Err(DoorError::InvalidToken)
    }

    async fn renew(&self, _: &str, _: &str) -> Option<Renewal> {
        None
    }
}

struct Plane;

impl MediaPlane for Plane {
    fn send(&self, _: RoomId, _: Command) {}

    fn candidates(&self, _: RoomId) -> Vec<Candidate> {
        Vec::new()
    }

    fn fingerprint(&self) -> Fingerprint {
        ["AB"; 32].join(":").parse().unwrap()
    }
}
