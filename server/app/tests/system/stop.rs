//! A server that is asked to stop says goodbye, quickly.

use std::time::{Duration, Instant};

use bega_harness::Server;

use crate::client::Person;

#[tokio::test]
async fn whoever_is_in_a_session_is_told_to_come_back() {
    let mut server = Server::builder().arg("--demo").start().unwrap();
    let coordinator = Person::signed_in(&server, "coordinator@ind.example").await;
    let booked = coordinator.book_now().await;
    let officer = Person::signed_in(&server, "officer@ind.example").await;
    let mut live = officer.live(&booked["session"]).await;

    let started = now();
    let stopped = tokio::task::spawn_blocking(move || server.terminate());
    let goodbye = live.until("type", "closing").await;
    let status = stopped.await.unwrap().unwrap();

    assert_eq!(goodbye["reason"], "server_stopping");
    assert!(status.success());
    assert!(started.elapsed() < Duration::from_secs(6));
}

#[expect(clippy::disallowed_methods, reason = "a promise about real time")]
fn now() -> Instant {
    Instant::now()
}
