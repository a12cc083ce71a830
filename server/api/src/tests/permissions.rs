//! Who may call what: every operation by every kind of caller.

use axum::http::{Method, StatusCode};
use bega_scheduling::{ActorKind, Operation, Reach, StaffRole, permission::reach};
use serde_json::json;

use super::{
    sessions::book,
    world::{Client, World, with_role},
};
use crate::{guard::Access, routes};

#[tokio::test]
async fn every_operation_is_closed_to_strangers_unless_the_table_opens_it() {
    let world = World::new().await;
    let stranger = world.stranger();

    for (method, path, access) in routes::table() {
        let answer = call(&stranger, &method, path).await;
        match access {
            Access::May(_) => {
                assert_eq!(answer.problem(), "401 unauthenticated", "{method} {path}");
            }
            Access::Open => assert_ne!(answer.status, StatusCode::FORBIDDEN, "{method} {path}"),
        }
    }
}

#[tokio::test]
async fn every_cell_of_the_permission_table_holds() {
    let world = World::new().await;
    let booked = book(&world.coordinator().await, &world.interview()).await;
    let link = with_role(&booked["invitations"], "interpreter")["url"].clone();
    let callers = [
        (
            ActorKind::Staff(StaffRole::Coordinator),
            world.coordinator().await,
        ),
        (
            ActorKind::Staff(StaffRole::Officer),
            world.signed_in("officer2@ind.example").await,
        ),
        (
            ActorKind::Staff(StaffRole::Interpreter),
            world.signed_in("interpreter@ind.example").await,
        ),
        (
            ActorKind::Staff(StaffRole::Trainer),
            world.signed_in("trainer@ind.example").await,
        ),
        (
            ActorKind::Staff(StaffRole::Admin),
            world.signed_in("admin@ind.example").await,
        ),
        (ActorKind::Guest, world.guest(link.as_str().unwrap()).await),
        (ActorKind::Device, world.device().await),
    ];
    assert_eq!(callers.len(), ActorKind::ALL.len());

    for (kind, client) in &callers {
        for (method, path, access) in routes::table() {
            let Access::May(operation) = access else {
                continue;
            };
            if operation == Operation::SignOut {
                continue;
            }
            let answer = call(client, &method, path).await;
            let refused = answer.status == StatusCode::FORBIDDEN;
            if reach(*kind, operation) == Reach::None {
                assert!(refused, "{kind:?} {method} {path}: {}", answer.body);
            } else {
                // The ids are nobody's: whoever may come in finds nothing there.
                assert!(!refused, "{kind:?} {method} {path}: {}", answer.body);
                assert!(
                    !answer.status.is_server_error(),
                    "{kind:?} {method} {path}: {}",
                    answer.body
                );
            }
        }
    }
}

/// Calls an operation with ids that are nobody's and a body that fits none.
async fn call(client: &Client, method: &Method, path: &str) -> super::world::Answer {
    let nobody = "019a0000-0000-7000-8000-000000000000";
    let path = path
        .replace("{id}", nobody)
        .replace("{participantId}", nobody);
    let headers = [("if-match", "\"1\"")];
    let body = json!({"reason": "none"});
    let body = (*method != Method::GET).then_some(&body);
    client.send(method.clone(), &path, &headers, body).await
}
