//! Booking, changing, starting and ending sessions.

use axum::http::{Method, StatusCode, header};
use insta::assert_snapshot;
use jiff::SignedDuration;
use serde_json::{Value, json};

use super::world::{Client, World, with_role};

#[tokio::test]
async fn a_booking_comes_with_a_link_for_everybody_and_the_rooms_device() {
    let world = World::new().await;
    let coordinator = world.coordinator().await;

    let answer = coordinator.post("/sessions", &world.interview()).await;

    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.body);
    assert_eq!(answer.headers[header::ETAG], "\"1\"");
    let booked = answer.json();
    assert_eq!(booked["session"]["state"], "planned");
    assert_eq!(booked["session"]["room"]["siteName"], "ETC Timișoara");
    let roles: Vec<_> = booked["invitations"]
        .as_array()
        .unwrap()
        .iter()
        .map(|invitation| invitation["role"].as_str().unwrap())
        .collect();
    assert_eq!(roles, ["lead_officer", "interpreter", "room_device"]);
    let url = |role| {
        with_role(&booked["invitations"], role)["url"]
            .as_str()
            .unwrap()
    };
    assert!(url("interpreter").starts_with("https://bega.example/join.html#"));
    assert!(url("room_device").starts_with("https://bega.example/kiosk.html#"));
}

#[tokio::test]
async fn a_taken_room_is_named() {
    let world = World::new().await;
    let coordinator = world.coordinator().await;
    book(&coordinator, &world.interview()).await;
    let mut second = world.interview_at(90, 0);
    second["participants"][0]["userId"] = json!(world.second_officer);

    let answer = coordinator.post("/sessions", &second).await;

    assert_eq!(answer.status, StatusCode::CONFLICT);
    let body = answer.body.replace(&world.rooms[0].to_string(), "[room]");
    assert_snapshot!(body, @r#"{"type":"/problems/slot_taken","title":"Already booked for part of that time","status":409,"code":"slot_taken","detail":"Room 1 is booked for part of that time","resource":{"kind":"room","id":"[room]","name":"Room 1"}}"#);
}

#[tokio::test]
async fn a_taken_person_is_named() {
    for world in World::on_each_database().await {
        let coordinator = world.coordinator().await;
        book(&coordinator, &world.interview()).await;

        let answer = coordinator
            .post("/sessions", &world.interview_at(90, 1))
            .await;

        assert_eq!(answer.problem(), "409 slot_taken");
        assert_eq!(answer.json()["resource"]["kind"], "person");
        assert_eq!(answer.json()["resource"]["name"], "Officer One");
    }
}

#[tokio::test]
async fn a_booking_that_breaks_rules_names_every_field() {
    let world = World::new().await;
    let coordinator = world.coordinator().await;
    let mut wish = world.interview();
    wish["endsAt"] = wish["startsAt"].clone();
    wish["language"] = json!("tigrinya");
    wish["participants"][1]["name"] = json!(" ");

    let answer = coordinator.post("/sessions", &wish).await;

    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_snapshot!(answer.body, @r#"{"type":"/problems/invalid","title":"The request is not valid","status":422,"code":"invalid","detail":"the request breaks the rules named in `errors`","errors":[{"path":"endsAt","code":"empty_slot","detail":"a session must end after it starts"},{"path":"language","code":"not_a_language","detail":"this is not a language tag such as `ti` or `prs-Arab`"},{"path":"participants/1/name","code":"empty","detail":"this must not be empty"}]}"#);
}

#[tokio::test]
async fn a_repeated_booking_makes_nothing_new_and_gets_the_same_links() {
    for world in World::on_each_database().await {
        let coordinator = world.coordinator().await;
        let key = [("idempotency-key", "one")];
        let wish = world.interview();

        let first = coordinator
            .send(Method::POST, "/sessions", &key, Some(&wish))
            .await;
        let second = coordinator
            .send(Method::POST, "/sessions", &key, Some(&wish))
            .await;
        let other = coordinator
            .send(
                Method::POST,
                "/sessions",
                &key,
                Some(&world.interview_at(600, 1)),
            )
            .await;

        assert_eq!(first.status, StatusCode::CREATED);
        assert_eq!(first.body, second.body);
        assert_eq!(other.problem(), "422 idempotency_mismatch");
        let listed = coordinator.get("/sessions").await.json();
        assert_eq!(listed["items"].as_array().unwrap().len(), 1);
    }
}

#[tokio::test]
async fn ten_bookings_of_one_slot_at_once_leave_one() {
    for world in World::on_each_database().await {
        let coordinator = world.coordinator().await;
        let wish = world.interview();

        let attempts: Vec<_> = (0..10)
            .map(|_| {
                let (coordinator, wish) = (coordinator.clone(), wish.clone());
                tokio::spawn(async move { coordinator.post("/sessions", &wish).await.status })
            })
            .collect();
        let mut statuses = Vec::new();
        for attempt in attempts {
            statuses.push(attempt.await.unwrap());
        }

        let won = statuses
            .iter()
            .filter(|status| **status == StatusCode::CREATED)
            .count();
        let lost = statuses
            .iter()
            .filter(|status| **status == StatusCode::CONFLICT)
            .count();
        assert_eq!((won, lost), (1, 9), "{statuses:?}");
    }
}

#[tokio::test]
async fn two_people_who_change_the_same_session_notice() {
    for world in World::on_each_database().await {
        let coordinator = world.coordinator().await;
        let session = book(&coordinator, &world.interview()).await["session"].clone();
        let change = json!({"language": "ar"});

        assert_eq!(
            patch(&coordinator, &session, None, &change).await.problem(),
            "428 if_match_required"
        );
        let changed = patch(&coordinator, &session, Some("\"1\""), &change).await;
        assert_eq!(changed.status, StatusCode::OK, "{}", changed.body);
        assert_eq!(changed.headers[header::ETAG], "\"2\"");
        assert_eq!(changed.json()["language"], "ar");
        assert_eq!(
            patch(&coordinator, &session, Some("\"1\""), &change)
                .await
                .problem(),
            "412 stale"
        );
        assert_eq!(*world.live.told.lock().unwrap(), ["changed"]);
    }
}

#[tokio::test]
async fn a_session_moved_into_another_is_refused() {
    let world = World::new().await;
    let coordinator = world.coordinator().await;
    book(&coordinator, &world.interview()).await;
    let session = book(&coordinator, &world.interview_at(240, 0)).await["session"].clone();
    let start = world.now() + SignedDuration::from_mins(60);

    let answer = patch(
        &coordinator,
        &session,
        Some("\"1\""),
        &json!({"startsAt": start, "endsAt": start + SignedDuration::from_mins(30)}),
    )
    .await;

    assert_eq!(answer.problem(), "409 slot_taken");
}

#[tokio::test]
async fn a_cancelled_session_gives_its_room_back() {
    let world = World::new().await;
    let coordinator = world.coordinator().await;
    let session = book(&coordinator, &world.interview()).await["session"].clone();

    let answer = act(
        &coordinator,
        &session,
        "cancel",
        &json!({"reason": "The flight was late"}),
    )
    .await;

    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    assert_eq!(answer.json()["state"], "cancelled");
    assert_eq!(answer.json()["cancelReason"], "The flight was late");
    assert_eq!(*world.live.told.lock().unwrap(), ["cancelled"]);
    book(&coordinator, &world.interview()).await;
    let again = act(
        &coordinator,
        &session,
        "cancel",
        &json!({"reason": "Again"}),
    )
    .await;
    assert_eq!(again.problem(), "409 wrong_state");
}

#[tokio::test]
async fn who_leads_starts_and_ends() {
    let world = World::new().await;
    let coordinator = world.coordinator().await;
    let session = book(&coordinator, &world.interview()).await["session"].clone();
    let officer = world.signed_in("officer@ind.example").await;
    let other = world.signed_in("officer2@ind.example").await;
    let nothing = json!({});

    assert_eq!(
        act(&coordinator, &session, "start", &nothing)
            .await
            .problem(),
        "403 not_allowed"
    );
    assert_eq!(
        act(&other, &session, "start", &nothing).await.problem(),
        "404 not_found"
    );
    assert_eq!(
        act(&officer, &session, "end", &nothing).await.problem(),
        "409 wrong_state"
    );
    let started = act(&officer, &session, "start", &nothing).await.json();
    assert_eq!(started["state"], "live");
    assert!(started["startedAt"].is_string());
    let ended = act(&officer, &session, "end", &nothing).await.json();
    assert_eq!(ended["state"], "ended");
    assert_eq!(*world.live.told.lock().unwrap(), ["started", "ended"]);
}

#[tokio::test]
async fn an_officer_sees_their_own_sessions_and_no_others() {
    let world = World::new().await;
    let coordinator = world.coordinator().await;
    let mine = book(&coordinator, &world.interview()).await["session"].clone();
    let mut wish = world.interview_at(60, 1);
    wish["participants"][0]["userId"] = json!(world.second_officer);
    let theirs = book(&coordinator, &wish).await["session"].clone();
    let officer = world.signed_in("officer@ind.example").await;

    let listed = officer.get("/sessions").await.json();
    let shown = officer.get(&path(&mine)).await.json();

    assert_eq!(listed["items"].as_array().unwrap().len(), 1);
    assert_eq!(listed["items"][0]["id"], mine["id"]);
    assert_eq!(
        shown["mine"],
        with_role(&mine["participants"], "lead_officer")["id"]
    );
    assert_eq!(officer.get(&path(&theirs)).await.problem(), "404 not_found");
}

#[tokio::test]
async fn another_organisations_session_is_not_there() {
    let world = World::new().await;
    let coordinator = world.coordinator().await;
    let session = book(&coordinator, &world.interview()).await["session"].clone();
    let neighbour = world.signed_in("coordinator@cgrs.example").await;

    let theirs = neighbour.get(&path(&session)).await;
    let nowhere = neighbour
        .get("/sessions/019a0000-0000-7000-8000-000000000000")
        .await;
    let nonsense = neighbour.get("/sessions/1").await;

    assert_eq!(theirs.problem(), "404 not_found");
    assert_eq!(theirs.body, nowhere.body);
    assert_eq!(theirs.body, nonsense.body);
    let reason = json!({"reason": "mine now"});
    assert_eq!(
        act(&neighbour, &session, "cancel", &reason).await.problem(),
        "404 not_found"
    );
    assert_eq!(
        patch(
            &neighbour,
            &session,
            Some("\"1\""),
            &json!({"language": "ar"})
        )
        .await
        .problem(),
        "404 not_found"
    );
    assert_eq!(neighbour.get("/sessions").await.json()["items"], json!([]));
}

#[tokio::test]
async fn of_a_neighbours_booking_one_learns_only_that_the_room_is_taken() {
    let world = World::new().await;
    book(&world.coordinator().await, &world.interview()).await;
    let neighbour = world.signed_in("coordinator@cgrs.example").await;
    let mut wish = world.interview();
    wish["participants"] = json!([{"role": "lead_officer", "userId": world.neighbour}]);

    let answer = neighbour.post("/sessions", &wish).await;

    assert_eq!(answer.problem(), "409 slot_taken");
    assert_eq!(answer.json()["resource"]["name"], "Room 1");
    assert!(!answer.body.contains("NLD-2026-014"));
    wish["participants"] = json!([{"role": "lead_officer", "userId": world.officer}]);
    let theirs = neighbour.post("/sessions", &wish).await;
    assert_eq!(theirs.json()["errors"][0]["code"], "unknown_user");
}

#[tokio::test]
async fn a_long_calendar_is_read_page_by_page() {
    for world in World::on_each_database().await {
        let coordinator = world.coordinator().await;
        for hour in 1..=5 {
            book(&coordinator, &world.interview_at(60 * hour, 0)).await;
        }

        let mut starts = Vec::new();
        let mut next = String::new();
        loop {
            let page = coordinator
                .get(&format!("/sessions?limit=2{next}"))
                .await
                .json();
            starts.extend(
                page["items"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .map(|item| item["startsAt"].as_str().unwrap().to_owned()),
            );
            match page["next"].as_str() {
                Some(cursor) => next = format!("&cursor={cursor}"),
                None => break,
            }
        }

        assert_eq!(starts.len(), 5);
        assert!(starts.is_sorted());
        assert_eq!(
            coordinator.get("/sessions?limit=0").await.problem(),
            "422 invalid"
        );
        assert_eq!(
            coordinator.get("/sessions?cursor=x").await.problem(),
            "422 invalid"
        );
        assert_eq!(
            coordinator.get("/sessions?from=today").await.problem(),
            "422 invalid"
        );
    }
}

pub(super) async fn book(coordinator: &Client, wish: &Value) -> Value {
    let answer = coordinator.post("/sessions", wish).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.body);
    answer.json()
}

pub(super) async fn act(
    client: &Client,
    session: &Value,
    what: &str,
    body: &Value,
) -> super::world::Answer {
    client
        .post(&format!("{}/{what}", path(session)), body)
        .await
}

pub(super) fn path(session: &Value) -> String {
    format!("/sessions/{}", session["id"].as_str().unwrap())
}

async fn patch(
    client: &Client,
    session: &Value,
    version: Option<&str>,
    change: &Value,
) -> super::world::Answer {
    let headers: Vec<_> = version
        .map(|version| ("if-match", version))
        .into_iter()
        .collect();
    client
        .send(Method::PATCH, &path(session), &headers, Some(change))
        .await
}
