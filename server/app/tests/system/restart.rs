//! What was acknowledged outlives a SIGKILL, on both databases.

use bega_harness::{Server, ServerBuilder};
use reqwest::StatusCode;
use serde_json::json;

use crate::client::{Person, with_role};

#[tokio::test]
async fn a_killed_server_forgets_nothing_between_booking_and_join() {
    survives(Server::builder().arg("--demo")).await;
}

#[tokio::test]
async fn a_killed_server_forgets_nothing_on_postgresql() {
    let database = bega_harness::postgres().unwrap();
    survives(Server::builder().arg("--demo").database(database.url())).await;
}

async fn survives(builder: ServerBuilder) {
    let mut server = builder.start().unwrap();
    let coordinator = Person::signed_in(&server, "coordinator@ind.example").await;
    let booked = coordinator.book_now().await;
    let session = &booked["session"];
    let path = format!("/sessions/{}", session["id"].as_str().unwrap());

    server.kill().unwrap();
    server.restart().unwrap();

    // The cookie, the booking, its claim on the room, and the links are all there.
    let (status, found) = coordinator.get(&path).await;
    assert_eq!(status, StatusCode::OK, "{found}");
    assert_eq!(found["participants"], session["participants"]);
    let (status, refusal) = coordinator.try_book_now().await;
    assert_eq!(
        (status, &refusal["code"]),
        (StatusCode::CONFLICT, &json!("slot_taken"))
    );
    let officer = Person::invited(&server, with_role(&booked["invitations"], "lead_officer")).await;
    let mut live = officer.live(session).await;
    let (status, _) = officer.post(&format!("{path}/start"), &json!({})).await;
    assert_eq!(status, StatusCode::OK);
    live.until("kind", "session_started").await;
    let (status, join) = officer
        .post(&format!("{path}/join-token"), &json!({}))
        .await;
    assert_eq!(status, StatusCode::CREATED, "{join}");
    let token = join["token"].as_str().unwrap();
    assert_eq!(officer.validate(token).await.0, StatusCode::OK);

    server.kill().unwrap();
    server.restart().unwrap();

    // A token outlives a restart too, but opens only to those who are in the live room again.
    let (status, found) = officer.get(&path).await;
    assert_eq!((status, &found["state"]), (StatusCode::OK, &json!("live")));
    let (_live, (status, body)) = tokio::join!(officer.live(session), officer.validate(token));
    assert_eq!(status, StatusCode::OK, "{body}");
}

#[tokio::test]
async fn who_was_let_in_need_not_wait_again_after_a_restart() {
    let mut server = Server::builder().arg("--demo").start().unwrap();
    let coordinator = Person::signed_in(&server, "coordinator@ind.example").await;
    let booked = coordinator.book_now().await;
    let session = &booked["session"];
    let invitations = &booked["invitations"];
    let officer = Person::invited(&server, with_role(invitations, "lead_officer")).await;
    let interpreter = Person::invited(&server, with_role(invitations, "interpreter")).await;
    let place = &with_role(invitations, "interpreter")["participantId"];
    let join = format!("/sessions/{}/join-token", session["id"].as_str().unwrap());

    let mut door = officer.live(session).await;
    let mut waiting = interpreter.live(session).await;
    let (status, problem) = interpreter.post(&join, &json!({})).await;
    assert_eq!(
        (status, &problem["code"]),
        (StatusCode::CONFLICT, &json!("not_admitted"))
    );
    door.until("kind", "waiting").await;
    door.say(&json!({"id": 2, "type": "admit", "participant": place}))
        .await;
    waiting.until("kind", "admitted").await;
    assert_eq!(
        interpreter.post(&join, &json!({})).await.0,
        StatusCode::CREATED
    );

    server.terminate().unwrap();
    server.restart().unwrap();

    let _back = interpreter.live(session).await;
    assert_eq!(
        interpreter.post(&join, &json!({})).await.0,
        StatusCode::CREATED
    );
}

#[tokio::test]
async fn the_demo_keeps_what_is_there() {
    let mut server = Server::builder().arg("--demo").start().unwrap();
    let coordinator = Person::signed_in(&server, "coordinator@ind.example").await;
    let (_, before) = coordinator.get("/sessions").await;

    server.terminate().unwrap();
    server.restart().unwrap();

    let (_, after) = coordinator.get("/sessions").await;
    assert!(!before["items"].as_array().unwrap().is_empty());
    assert_eq!(before["items"], after["items"]);
}
