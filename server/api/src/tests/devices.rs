//! Pairing devices, and what they ask.

use axum::http::{Method, StatusCode};
use jiff::SignedDuration;
use serde_json::{Value, json};

use super::{
    sessions::{act, book},
    world::{World, with_role},
};

#[tokio::test]
async fn a_device_is_paired_by_the_digits_on_its_screen() {
    let world = World::new().await;
    let device = world.stranger();
    let pairing = device.post("/devices/pairings", &json!({})).await.json();
    assert_eq!(pairing["code"].as_str().unwrap().len(), 6);

    let early = device.claim(&pairing).await;
    assert_eq!(early.status, StatusCode::ACCEPTED);
    assert_eq!(early.json(), json!({"state": "pending"}));

    let paired = world.device().await;
    let me = paired.get("/me").await.json();
    assert_eq!(me["kind"], "device");
    assert_eq!(me["room"]["name"], "Room 2");
}

#[tokio::test]
async fn a_code_that_no_device_shows_is_unknown() {
    let world = World::new().await;
    let coordinator = world.coordinator().await;

    for code in ["000001", "12"] {
        let answer = coordinator
            .post(
                "/devices/pairings/confirm",
                &json!({"code": code, "roomId": world.rooms[0], "name": "Tablet"}),
            )
            .await;
        assert_eq!(answer.problem(), "404 unknown_code");
    }
}

#[tokio::test]
async fn a_pairing_nobody_confirms_expires() {
    let world = World::new().await;
    let device = world.stranger();
    let pairing = device.post("/devices/pairings", &json!({})).await.json();
    world.advance(SignedDuration::from_mins(11));

    assert_eq!(
        device.claim(&pairing).await.problem(),
        "401 pairing_expired"
    );
}

#[tokio::test]
async fn a_device_sees_the_session_of_its_room_and_joins_it() {
    let world = World::new().await;
    let device = world.device().await;
    let idle = device.get("/device/now").await.json();
    assert_eq!(idle["session"], Value::Null);

    // Booked by the neighbours: the room serves whoever booked it.
    let neighbour = world.signed_in("coordinator@cgrs.example").await;
    let mut wish = world.interview_at(30, 1);
    wish["kind"] = json!("peer_call");
    wish["participants"] = json!([]);
    assert_eq!(
        neighbour.post("/sessions", &wish).await.problem(),
        "422 invalid"
    );
    let booked = book(&world.coordinator().await, &world.interview_at(30, 1)).await;

    let now = device.get("/device/now").await.json();
    assert_eq!(now["room"]["name"], "Room 2");
    assert_eq!(now["session"]["id"], booked["session"]["id"]);
    let place = &with_role(&booked["session"]["participants"], "room_device")["id"];
    assert_eq!(now["session"]["participantId"], *place);

    world.live.admit(place);
    let joined = act(&device, &booked["session"], "join-token", &json!({})).await;
    assert_eq!(joined.status, StatusCode::CREATED, "{}", joined.body);
    let rooms = world.coordinator().await.get("/rooms").await.json();
    assert_eq!(rooms["items"][1]["device"]["online"], true);
}

#[tokio::test]
async fn a_device_that_was_shut_out_is_a_stranger() {
    let world = World::new().await;
    let device = world.device().await;
    let coordinator = world.coordinator().await;
    let listed = coordinator.get("/devices").await.json();
    let id = listed["items"][0]["id"].as_str().unwrap();
    let one = format!("/devices/{id}");

    let neighbour = world.signed_in("coordinator@cgrs.example").await;
    let theirs = neighbour.send(Method::DELETE, &one, &[], None).await;
    assert_eq!(theirs.problem(), "404 not_found");
    let answer = coordinator.send(Method::DELETE, &one, &[], None).await;

    assert_eq!(answer.status, StatusCode::NO_CONTENT);
    assert_eq!(
        device.get("/device/now").await.problem(),
        "401 invalid_token"
    );
    let again = coordinator.send(Method::DELETE, &one, &[], None).await;
    assert_eq!(again.problem(), "404 not_found");
}
