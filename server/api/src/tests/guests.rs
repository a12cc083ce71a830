//! People who come by a personal link, and their way into the media.

use axum::http::StatusCode;
use jiff::SignedDuration;
use serde_json::json;

use super::{
    sessions::{act, book, path},
    world::{World, with_role},
};

#[tokio::test]
async fn a_link_opens_its_session_and_nothing_else() {
    let world = World::new().await;
    let coordinator = world.coordinator().await;
    let booked = book(&coordinator, &world.interview()).await;
    let other = book(&coordinator, &world.interview_at(240, 0)).await["session"].clone();
    let url = with_role(&booked["invitations"], "interpreter")["url"].clone();

    let guest = world.guest(url.as_str().unwrap()).await;

    let me = guest.get("/me").await.json();
    assert_eq!(me["kind"], "guest");
    assert_eq!(me["name"], "Selam");
    assert_eq!(me["sessionId"], booked["session"]["id"]);
    let shown = guest.get(&path(&booked["session"])).await.json();
    assert_eq!(shown["mine"], me["participantId"]);
    assert_eq!(guest.get(&path(&other)).await.problem(), "404 not_found");
    assert_eq!(guest.get("/sessions").await.problem(), "403 not_allowed");
    assert_eq!(guest.get("/people").await.problem(), "403 not_allowed");
    let seen = coordinator.get(&path(&booked["session"])).await.json();
    assert_eq!(
        with_role(&seen["participants"], "interpreter")["invitation"],
        "used"
    );
}

#[tokio::test]
async fn a_wrong_link_opens_nothing() {
    let world = World::new().await;

    let answer = world
        .stranger()
        .exchange("https://bega.example/join.html#AAAA")
        .await;

    assert_eq!(answer.problem(), "401 invitation_invalid");
}

#[tokio::test]
async fn a_new_link_ends_the_old_one() {
    let world = World::new().await;
    let coordinator = world.coordinator().await;
    let booked = book(&coordinator, &world.interview()).await;
    let old = with_role(&booked["invitations"], "interpreter").clone();
    let renew = format!(
        "{}/participants/{}/invitation",
        path(&booked["session"]),
        old["participantId"].as_str().unwrap()
    );

    let answer = coordinator.post(&renew, &json!({})).await;

    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.body);
    let new = answer.json();
    assert_ne!(new["url"], old["url"]);
    let stranger = world.stranger();
    let refused = stranger.exchange(old["url"].as_str().unwrap()).await;
    assert_eq!(refused.problem(), "401 invitation_invalid");
    world.guest(new["url"].as_str().unwrap()).await;
}

#[tokio::test]
async fn after_the_session_the_link_has_expired() {
    let world = World::new().await;
    let booked = book(&world.coordinator().await, &world.interview()).await;
    let url = with_role(&booked["invitations"], "interpreter")["url"].clone();
    world.advance(SignedDuration::from_hours(24));

    let answer = world.stranger().exchange(url.as_str().unwrap()).await;

    assert_eq!(answer.problem(), "401 invitation_expired");
}

#[tokio::test]
async fn the_media_opens_only_to_those_the_room_let_in() {
    let world = World::new().await;
    let booked = book(&world.coordinator().await, &world.interview()).await;
    let session = &booked["session"];
    let interpreter = with_role(&booked["invitations"], "interpreter");
    let guest = world.guest(interpreter["url"].as_str().unwrap()).await;

    let early = act(&guest, session, "join-token", &json!({})).await;
    assert_eq!(early.problem(), "409 not_admitted");

    world.live.admit(&interpreter["participantId"]);
    let answer = act(&guest, session, "join-token", &json!({})).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.body);
    let join = answer.json();
    assert_eq!(join["url"], "wss://bega.example");
    let claims = world
        .tokens
        .check(world.now(), join["token"].as_str().unwrap())
        .unwrap();
    assert_eq!(claims.sub, interpreter["participantId"].as_str().unwrap());
    assert_eq!(claims.video.room, session["id"].as_str().unwrap());
    assert_eq!(claims.attributes["role"], "interpreter");
    assert!(claims.video.room_join);
}

#[tokio::test]
async fn a_session_that_is_over_has_no_media() {
    let world = World::new().await;
    let booked = book(&world.coordinator().await, &world.interview()).await;
    let session = &booked["session"];
    let officer = world.signed_in("officer@ind.example").await;
    world
        .live
        .admit(&with_role(&session["participants"], "lead_officer")["id"]);
    act(&officer, session, "start", &json!({})).await;
    act(&officer, session, "end", &json!({})).await;

    let answer = act(&officer, session, "join-token", &json!({})).await;

    assert_eq!(answer.problem(), "409 wrong_state");
}

#[tokio::test]
async fn a_coordinator_who_takes_no_part_gets_no_media() {
    let world = World::new().await;
    let coordinator = world.coordinator().await;
    let booked = book(&coordinator, &world.interview()).await;

    let answer = act(&coordinator, &booked["session"], "join-token", &json!({})).await;

    assert_eq!(answer.problem(), "403 not_allowed");
}

#[tokio::test]
async fn an_officer_who_came_by_link_may_start() {
    let world = World::new().await;
    let booked = book(&world.coordinator().await, &world.interview()).await;
    let lead = with_role(&booked["invitations"], "lead_officer");
    let guest = world.guest(lead["url"].as_str().unwrap()).await;

    let answer = act(&guest, &booked["session"], "start", &json!({})).await;

    assert_eq!(answer.json()["state"], "live", "{}", answer.body);
}

#[tokio::test]
async fn a_trial_of_the_line_has_a_room_of_its_own() {
    let world = World::new().await;

    let answer = world.stranger().post("/self-tests", &json!({})).await;

    assert_eq!(answer.status, StatusCode::CREATED);
    let trial = answer.json();
    let check = |name: &str| {
        let token = trial[name].as_str().unwrap();
        world.tokens.check(world.now(), token).unwrap().video
    };
    let (sender, listener) = (check("senderToken"), check("listenerToken"));
    assert!(sender.room.starts_with(crate::SELF_TEST_PREFIX));
    assert_eq!(sender.room, listener.room);
    assert_eq!(listener.can_publish, Some(false));
}
