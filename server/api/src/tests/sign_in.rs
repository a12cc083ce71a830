//! Signing in and out.

use axum::http::{Method, StatusCode, header};
use insta::assert_snapshot;
use jiff::SignedDuration;
use serde_json::json;

use super::world::{PASSWORD, World};

#[tokio::test]
async fn the_right_password_opens_and_sets_a_cookie_no_script_can_read() {
    let world = World::new().await;

    let answer = world
        .stranger()
        .post(
            "/auth/sign-in",
            &json!({"email": " Officer@IND.example ", "password": PASSWORD}),
        )
        .await;

    assert_eq!(answer.status, StatusCode::OK);
    let me = answer.json();
    assert_eq!(me["kind"], "staff");
    assert_eq!(me["name"], "Officer One");
    assert_eq!(me["roles"], json!(["officer"]));
    assert_eq!(me["organisation"]["name"], "IND (Netherlands)");
    let cookie = answer.headers[header::SET_COOKIE].to_str().unwrap();
    assert!(
        cookie.ends_with("; HttpOnly; SameSite=Strict; Secure; Path=/; Max-Age=43200"),
        "{cookie}"
    );
    assert_eq!(answer.headers[header::CACHE_CONTROL], "no-store");
}

#[tokio::test]
async fn a_wrong_password_and_an_unknown_email_look_the_same() {
    let world = World::new().await;
    let stranger = world.stranger();

    let wrong = stranger
        .post(
            "/auth/sign-in",
            &json!({"email": "officer@ind.example", "password": "x"}),
        )
        .await;
    let unknown = stranger
        .post(
            "/auth/sign-in",
            &json!({"email": "nobody@ind.example", "password": "x"}),
        )
        .await;

    assert_snapshot!(wrong.body, @r#"{"type":"/problems/bad_credentials","title":"E-mail or password is wrong","status":401,"code":"bad_credentials","detail":"the e-mail or the password is wrong"}"#);
    assert_eq!(wrong.body, unknown.body);
    assert_eq!(wrong.status, unknown.status);
}

#[tokio::test]
async fn guessing_passwords_soon_has_to_wait() {
    let world = World::new().await;
    let guess = json!({"email": "officer@ind.example", "password": "x"});
    let stranger = world.stranger();
    for _ in 0..10 {
        assert_eq!(
            stranger.post("/auth/sign-in", &guess).await.problem(),
            "401 bad_credentials"
        );
    }

    let limited = stranger.post("/auth/sign-in", &guess).await;

    assert_eq!(limited.problem(), "429 too_many");
    assert_eq!(limited.headers[header::RETRY_AFTER], "61");
    world.advance(SignedDuration::from_secs(61));
    world.signed_in("officer@ind.example").await;
}

#[tokio::test]
async fn without_a_sign_in_there_is_nothing_to_see() {
    let world = World::new().await;
    let mut client = world.stranger();
    assert_eq!(client.get("/me").await.problem(), "401 unauthenticated");

    client.cookie = Some("A".repeat(43));
    assert_eq!(client.get("/me").await.problem(), "401 invalid_token");
}

#[tokio::test]
async fn a_program_may_present_the_same_secret_as_a_bearer_token() {
    let world = World::new().await;
    let signed_in = world.signed_in("officer@ind.example").await;
    let token = format!("Bearer {}", signed_in.cookie.unwrap());

    let program = world.stranger();
    let headers = [
        ("authorization", token.as_str()),
        ("origin", "https://elsewhere.example"),
    ];
    let answer = program
        .send(Method::POST, "/auth/sign-out", &headers, None)
        .await;

    assert_eq!(answer.status, StatusCode::NO_CONTENT);
}

#[tokio::test]
async fn a_page_of_another_site_is_refused() {
    let world = World::new().await;
    let client = world.coordinator().await;

    let answer = client
        .send(
            Method::POST,
            "/auth/sign-out",
            &[("origin", "https://mallory.example")],
            None,
        )
        .await;

    assert_snapshot!(answer.body, @r#"{"type":"/problems/bad_origin","title":"The request came from another site","status":403,"code":"bad_origin","detail":"this request was sent by a page of another site"}"#);
    assert_eq!(client.get("/me").await.status, StatusCode::OK);
}

#[tokio::test]
async fn after_signing_out_the_cookie_is_worth_nothing() {
    let world = World::new().await;
    let client = world.coordinator().await;

    let answer = client.send(Method::POST, "/auth/sign-out", &[], None).await;

    assert_eq!(answer.status, StatusCode::NO_CONTENT);
    let cookie = answer.headers[header::SET_COOKIE].to_str().unwrap();
    assert!(
        cookie.starts_with("bega=;") && cookie.ends_with("Max-Age=0"),
        "{cookie}"
    );
    assert_eq!(client.get("/me").await.problem(), "401 invalid_token");
}

#[tokio::test]
async fn a_sign_in_lasts_a_working_day() {
    let world = World::new().await;
    let client = world.coordinator().await;

    world.advance(SignedDuration::from_hours(12) - SignedDuration::from_secs(1));
    assert_eq!(client.get("/me").await.status, StatusCode::OK);
    world.advance(SignedDuration::from_secs(2));
    assert_eq!(client.get("/me").await.problem(), "401 invalid_token");
}
