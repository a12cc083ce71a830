//! Every error is a problem, whoever found it.

use axum::{
    body::Body,
    http::{Method, Request, StatusCode, header},
};
use insta::assert_snapshot;
use serde_json::json;

use super::world::{PUBLIC_URL, World};

#[tokio::test]
async fn a_path_that_is_not_there_is_a_problem() {
    let world = World::new().await;
    let client = world.stranger();

    assert_eq!(client.get("/nothing").await.problem(), "404 not_found");
    let outside = Request::get("/api/v2/sessions")
        .body(Body::empty())
        .unwrap();
    let answer = client.raw(outside).await;
    assert_snapshot!(answer.body, @r#"{"type":"/problems/not_found","title":"Not found","status":404,"code":"not_found","detail":"there is no such thing here"}"#);
}

#[tokio::test]
async fn a_method_that_a_path_does_not_take_is_a_problem() {
    let world = World::new().await;
    let client = world.coordinator().await;

    for method in [Method::PUT, Method::DELETE, Method::TRACE, Method::OPTIONS] {
        let answer = client.send(method, "/sessions", &[], None).await;
        assert_eq!(answer.problem(), "405 method_not_allowed");
    }
}

#[tokio::test]
async fn a_body_that_is_not_json_is_a_problem() {
    let world = World::new().await;
    let post = |content_type: &str, body: &str| {
        Request::post("/api/v1/auth/sign-in")
            .header(header::ORIGIN, PUBLIC_URL)
            .header(header::CONTENT_TYPE, content_type)
            .body(Body::from(body.to_owned()))
            .unwrap()
    };
    let client = world.stranger();

    let broken = client.raw(post("application/json", "{\"email\":")).await;
    assert_snapshot!(broken.body, @r#"{"type":"/problems/bad_json","title":"The body is not JSON","status":400,"code":"bad_json","detail":"the body is not JSON: line 1, column 9"}"#);
    let form = client
        .raw(post("application/x-www-form-urlencoded", "email=a"))
        .await;
    assert_eq!(form.problem(), "415 unsupported_media_type");
    let other = client
        .raw(post("application/json; charset=utf-8", "{\"email\":1}"))
        .await;
    assert_snapshot!(other.body, @r#"{"type":"/problems/invalid","title":"The request is not valid","status":422,"code":"invalid","detail":"invalid type: integer `1`, expected a string","errors":[{"path":"email","code":"bad_value","detail":"invalid type: integer `1`, expected a string"}]}"#);
}

#[tokio::test]
async fn a_body_that_is_too_large_is_a_problem() {
    let world = World::new().await;
    let email = "x".repeat(70_000);

    let answer = world
        .stranger()
        .post("/auth/sign-in", &json!({"email": email, "password": ""}))
        .await;

    assert_eq!(answer.problem(), "413 too_large");
}

#[tokio::test]
async fn an_unknown_field_is_ignored() {
    let world = World::new().await;

    let answer = world
        .stranger()
        .post(
            "/auth/sign-in",
            &json!({"email": "officer@ind.example", "password": super::world::PASSWORD, "remember": true}),
        )
        .await;

    assert_eq!(answer.status, StatusCode::OK);
}

#[tokio::test]
async fn without_its_database_the_api_says_so() {
    let world = World::new().await;
    let client = world.coordinator().await;
    world.store.close().await;

    let answer = client.get("/sessions").await;

    assert_eq!(answer.problem(), "503 unavailable");
    assert_eq!(answer.headers[header::RETRY_AFTER], "2");
}

#[tokio::test]
async fn the_document_describes_itself() {
    let world = World::new().await;

    let answer = world.stranger().get("/openapi.json").await;

    assert_eq!(answer.status, StatusCode::OK);
    let document = answer.json();
    assert_eq!(document["servers"][0]["url"], "/api/v1");
    assert!(document["components"]["schemas"]["Problem"].is_object());
    assert!(!answer.body.contains("#/components/schemas/Timestamp"));
}
