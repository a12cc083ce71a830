//! What trials of the line have shown, and who sees it.

use serde_json::json;

use super::{
    sessions::{book, path},
    world::{World, with_role},
};

#[tokio::test]
async fn a_result_is_kept_with_the_session_for_those_who_arrange_and_lead_it() {
    let world = World::new().await;
    let coordinator = world.coordinator().await;
    let booked = book(&coordinator, &world.interview()).await;
    let checks = format!("{}/line-checks", path(&booked["session"]));
    let link = with_role(&booked["invitations"], "interpreter")["url"].clone();
    let guest = world.guest(link.as_str().unwrap()).await;

    let kept = guest.post(&checks, &result(60)).await.json();

    assert_eq!(kept["verdict"], "weak");
    let seen = coordinator.get(&checks).await.json();
    assert_eq!(seen, json!([kept]));
    let officer = world.signed_in("officer@ind.example").await;
    assert_eq!(officer.get(&checks).await.json(), seen);
    assert_eq!(guest.get(&checks).await.problem(), "403 not_allowed");
    let other = world.signed_in("officer2@ind.example").await;
    assert_eq!(other.get(&checks).await.problem(), "404 not_found");
    assert_eq!(
        coordinator.post(&checks, &result(0)).await.problem(),
        "403 not_allowed",
        "one who takes no part has no line"
    );
}

#[tokio::test]
async fn numbers_that_no_line_has_are_refused() {
    let world = World::new().await;
    let booked = book(&world.coordinator().await, &world.interview()).await;
    let checks = format!("{}/line-checks", path(&booked["session"]));
    let officer = world.signed_in("officer@ind.example").await;

    assert_eq!(
        officer.post(&checks, &result(1001)).await.problem(),
        "422 invalid"
    );
    let no_path = json!({"path": "pigeon", "roundTripMs": 1, "up": {}, "down": {}});
    assert_eq!(
        officer.post(&checks, &no_path).await.problem(),
        "422 invalid"
    );
}

fn result(lost: u32) -> serde_json::Value {
    json!({
        "path": "udp", "roundTripMs": 80,
        "up": {"lostPerMille": lost, "jitterMs": 3},
        "down": {"lostPerMille": 0, "jitterMs": 3},
    })
}
