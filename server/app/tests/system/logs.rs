//! The log holds ids and counts: no name, no e-mail, no secret, no token.

use bega_harness::Server;
use serde_json::json;

use crate::client::{PASSWORD, Person, with_role};

#[tokio::test]
async fn nothing_of_a_person_and_no_secret_is_logged() {
    let server = Server::builder()
        .arg("--demo")
        .env("BEGA_LOG", "trace")
        .start()
        .unwrap();
    let coordinator = Person::signed_in(&server, "coordinator@ind.example").await;
    let stranger = Person::stranger(&server);
    stranger
        .post(
            "/auth/sign-in",
            &json!({"email": "typo@ind.example", "password": "a wrong password"}),
        )
        .await;
    let (_, pairing) = stranger.post("/devices/pairings", &json!({})).await;
    let booked = coordinator.book_now().await;
    let session = &booked["session"];
    let path = format!("/sessions/{}", session["id"].as_str().unwrap());
    let officer = Person::invited(&server, with_role(&booked["invitations"], "lead_officer")).await;
    let mut live = officer.live(session).await;
    live.say(&json!({"id": 2, "type": "say", "key": uuid::Uuid::nil(), "text": "Kidane Weldu"}))
        .await;
    live.until("kind", "chat").await;
    let (_, join) = officer
        .post(&format!("{path}/join-token"), &json!({}))
        .await;
    let token = join["token"].as_str().unwrap();
    officer.validate(token).await;
    officer.validate("a.b.c").await;
    officer.post(&format!("{path}/start"), &json!({})).await;
    officer.post(&format!("{path}/end"), &json!({})).await;
    live.until("type", "closing").await;

    // The table of the demo's accounts is printed, not logged.
    let logs: String = server
        .logs()
        .lines()
        .filter(|line| !line.starts_with("  "))
        .flat_map(|line| [line, "\n"])
        .collect();
    assert!(
        logs.contains("answered a request"),
        "the log is empty: {logs}"
    );
    let links = booked["invitations"]
        .as_array()
        .unwrap()
        .iter()
        .map(|invitation| {
            let url = invitation["url"].as_str().unwrap();
            url.split_once('#').unwrap().1
        });
    let cookies = [&coordinator.cookie, &officer.cookie].map(|cookie| &cookie["bega=".len()..]);
    let secrets = [
        "ind.example",
        "Jeroen Bakker",
        "Zebenjo Wolderufael",
        "Kidane Weldu",
        "NLD-2026-SYSTEM",
        "a wrong password",
        PASSWORD,
        token,
        token.rsplit('.').next().unwrap(),
        pairing["secret"].as_str().unwrap(),
    ];
    for secret in secrets.into_iter().chain(links).chain(cookies) {
        assert!(!logs.contains(secret), "the log holds {secret:?}");
    }
}
