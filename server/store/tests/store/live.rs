//! What a live session remembers over a restart.

use bega_scheduling::{Role, SessionId};
use bega_store::{Store, TimelineEntry};
use serde_json::json;
use sqlx::Executor;
use tokio::task::JoinSet;

use crate::{
    on_both_engines,
    world::{World, at, random},
};

on_both_engines!(
    who_was_admitted_is_known_after_a_restart,
    who_was_taken_out_is_not,
    the_timeline_keeps_its_order,
    the_timeline_cannot_be_rewritten,
    many_may_write_to_a_timeline,
    an_unknown_session_is_not_there,
);

async fn who_was_admitted_is_known_after_a_restart(world: World) {
    let session = world.book(&world.dutch, 0, 60).await;
    let [lead, interpreter] = [0, 1].map(|i| session.participants[i].id);
    let admitted = world
        .store
        .record_admission(session.id, at(60), interpreter, Some(lead));
    assert!(admitted.await.unwrap());
    world.store.close().await;

    let store = Store::connect(&world.url).await.unwrap();
    store.migrate(at(61)).await.unwrap();
    let live = store.live_session(session.id).await.unwrap().unwrap();

    assert_eq!(live.admitted, [interpreter]);
    assert_eq!(live.session, session);
    assert_eq!(live.session.organisation, world.dutch.id);
}

async fn who_was_taken_out_is_not(world: World) {
    let session = world.book(&world.dutch, 0, 60).await;
    let [lead, interpreter] = [0, 1].map(|i| session.participants[i].id);
    let store = &world.store;
    let (id, by) = (session.id, Some(lead));
    store
        .record_admission(id, at(60), interpreter, by)
        .await
        .unwrap();
    store
        .withdraw_admission(id, at(61), interpreter, by)
        .await
        .unwrap();

    let live = store.live_session(id).await.unwrap().unwrap();
    assert!(live.admitted.is_empty());

    store
        .record_admission(id, at(62), interpreter, by)
        .await
        .unwrap();
    let live = store.live_session(id).await.unwrap().unwrap();
    assert_eq!(live.admitted, [interpreter]);
    let entries = store.audit_entries(world.dutch.id, 0, 100).await.unwrap();
    let acts: Vec<_> = entries
        .iter()
        .rev()
        .take(3)
        .map(|e| e.act.as_str())
        .collect();
    assert_eq!(
        acts,
        [
            "participant_admitted",
            "participant_removed",
            "participant_admitted"
        ]
    );
}

async fn the_timeline_keeps_its_order(world: World) {
    let session = world.book(&world.dutch, 0, 60).await;
    let device = session.room_device().unwrap();
    assert_eq!(device.role, Role::RoomDevice);
    for (number, kind) in (1..).zip(["arrived", "left", "arrived"]) {
        let entry = TimelineEntry {
            participant: Some(device.id),
            kind: kind.into(),
            body: json!({ "turn": number }),
        };
        let written = world
            .store
            .record_timeline(session.id, at(60), &entry)
            .await;
        assert_eq!(written.unwrap(), Some(number));
    }

    let timeline = world
        .store
        .timeline(world.dutch.id, session.id)
        .await
        .unwrap();

    let read: Vec<_> = timeline
        .iter()
        .map(|r| {
            (
                r.number,
                r.entry.kind.as_str(),
                r.entry.body["turn"].as_i64(),
            )
        })
        .collect();
    assert_eq!(
        read,
        [
            (1, "arrived", Some(1)),
            (2, "left", Some(2)),
            (3, "arrived", Some(3))
        ]
    );
}

async fn the_timeline_cannot_be_rewritten(world: World) {
    let session = world.book(&world.dutch, 0, 60).await;
    let entry = entry("left");
    let written = world.store.record_timeline(session.id, at(60), &entry);
    written.await.unwrap();
    let mut raw = world.raw().await;

    for sql in [
        "UPDATE timeline_entries SET kind = 'x'",
        "DELETE FROM timeline_entries",
    ] {
        assert!(raw.execute(sql).await.is_err(), "{sql}");
    }
}

async fn many_may_write_to_a_timeline(world: World) {
    let session = world.book(&world.dutch, 0, 60).await.id;
    let mut tasks = JoinSet::new();
    for _ in 0..4 {
        let store = world.store.clone();
        tasks.spawn(async move {
            for _ in 0..5 {
                let entry = entry("hand_raised");
                store
                    .record_timeline(session, at(60), &entry)
                    .await
                    .unwrap();
            }
        });
    }
    tasks.join_all().await;

    let timeline = world.store.timeline(world.dutch.id, session).await.unwrap();
    let numbers: Vec<_> = timeline.iter().map(|record| record.number).collect();
    assert_eq!(numbers, (1..=20).collect::<Vec<_>>());
}

async fn an_unknown_session_is_not_there(world: World) {
    let id = SessionId::new(at(0), random());

    assert!(world.store.live_session(id).await.unwrap().is_none());
    let written = world.store.record_timeline(id, at(0), &entry("left")).await;
    assert_eq!(written.unwrap(), None);
}

fn entry(kind: &str) -> TimelineEntry {
    TimelineEntry {
        participant: None,
        kind: kind.into(),
        body: json!({}),
    }
}
