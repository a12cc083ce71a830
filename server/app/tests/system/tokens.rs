//! What opens no door is refused with a problem.

use bega_api::tokens::{Seat, Tokens, VideoGrants};
use bega_harness::Server;
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::client::{Person, with_role};

#[tokio::test]
async fn wrong_and_expired_tokens_are_told_apart() {
    let server = Server::builder().arg("--demo").start().unwrap();
    let coordinator = Person::signed_in(&server, "coordinator@ind.example").await;
    let session = &coordinator.book_now().await["session"];
    let key = std::fs::read_to_string(server.data_dir().join("media.key")).unwrap();
    let ours = Tokens::new("bega", key.trim().as_bytes());
    let place = &with_role(&session["participants"], "lead_officer")["id"];
    let seat = || seat(&session["id"], place);
    let past = jiff::Timestamp::from_second(1_700_000_000).unwrap();
    let nobody = Person::stranger(&server);

    let forged = Tokens::new("bega", b"another key of at least 32 bytes").make(now(), id(), seat());
    assert_eq!(
        problem(&nobody, &forged.text).await,
        (401, "invalid_token".into())
    );
    let foreign = Tokens::new("devkey", b"secret").make(now(), id(), seat());
    assert_eq!(
        problem(&nobody, &foreign.text).await,
        (401, "invalid_token".into())
    );
    assert_eq!(
        problem(&nobody, "nonsense").await,
        (401, "invalid_token".into())
    );
    let expired = ours.make(past, id(), seat());
    assert_eq!(
        problem(&nobody, &expired.text).await,
        (401, "token_expired".into())
    );
    // A good token of somebody who is not in the live room.
    let early = ours.make(now(), id(), seat());
    assert_eq!(
        problem(&nobody, &early.text).await,
        (403, "not_admitted".into())
    );
}

#[tokio::test]
async fn in_development_any_room_opens_to_the_development_key() {
    let server = Server::builder().arg("--dev").start().unwrap();
    let token = Tokens::new("devkey", b"secret").make(
        now(),
        id(),
        seat(&json!("any room"), &json!("anybody")),
    );

    let (status, body) = Person::stranger(&server).validate(&token.text).await;

    assert_eq!(status, StatusCode::OK, "{body}");
}

#[tokio::test]
async fn the_live_room_is_open_to_its_participants_only() {
    let server = Server::builder().arg("--demo").start().unwrap();
    let coordinator = Person::signed_in(&server, "coordinator@ind.example").await;
    let session = &coordinator.book_now().await["session"];

    for (person, expected) in [
        (Person::stranger(&server), 401),
        (coordinator.clone(), 403),
        (
            Person::signed_in(&server, "officer2@ind.example").await,
            404,
        ),
        (
            Person::signed_in(&server, "coordinator@cgrs.example").await,
            404,
        ),
    ] {
        let Err(refused) = person.try_live(session).await else {
            panic!("somebody who takes no part was let in");
        };
        let tokio_tungstenite::tungstenite::Error::Http(response) = refused else {
            panic!("refused in another way: {refused}");
        };
        assert_eq!(response.status().as_u16(), expected);
        assert_eq!(
            response.headers()["content-type"],
            "application/problem+json"
        );
    }
}

async fn problem(person: &Person, token: &str) -> (u16, String) {
    let (status, body) = person.validate(token).await;
    let body: Value = serde_json::from_str(&body).unwrap();
    (status.as_u16(), body["code"].as_str().unwrap().to_owned())
}

fn seat(room: &Value, participant: &Value) -> Seat {
    Seat {
        participant: participant.as_str().unwrap().to_owned(),
        name: String::new(),
        attributes: std::collections::BTreeMap::new(),
        grants: VideoGrants {
            room: room.as_str().unwrap().to_owned(),
            room_join: true,
            ..VideoGrants::default()
        },
    }
}

fn id() -> uuid::Uuid {
    uuid::Uuid::nil()
}

#[expect(
    clippy::disallowed_methods,
    reason = "the server under test has a real clock"
)]
fn now() -> jiff::Timestamp {
    jiff::Timestamp::now()
}
