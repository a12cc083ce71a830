//! Many at once: one wins, the others are told, nothing is done twice.

use bega_scheduling::Change;
use bega_store::{BookError, ChangeSessionError, Created};
use tokio::task::JoinSet;

use crate::{
    on_both_engines,
    world::{Team, World, at, key, ready},
};

on_both_engines!(
    of_a_hundred_bookings_of_a_room_one_wins,
    of_ten_requests_with_one_key_one_books,
    of_ten_changes_of_one_version_one_wins,
    crossing_changes_do_not_lock_each_other_up,
    the_audit_chain_holds_under_many_writers,
);

async fn of_a_hundred_bookings_of_a_room_one_wins(world: World) {
    let mut tasks = JoinSet::new();
    for number in 0..100 {
        let team: Team = [world.dutch, world.belgian][number % 2];
        // Different starts within the hour overlap as well.
        let start = 60 + i64::try_from(number % 12).unwrap() * 5;
        let (booking, invitations) = ready(&world.interview(&team, 0, start, 0));
        let store = world.store.clone();
        tasks.spawn(async move {
            store
                .book(team.id, team.actor(), at(0), &booking, &invitations, None)
                .await
        });
    }

    let (mut won, mut taken) = (0, 0);
    for result in tasks.join_all().await {
        match result {
            Ok(_) => won += 1,
            Err(BookError::SlotTaken(_)) => taken += 1,
            Err(other) => panic!("neither won nor taken: {other:?}"),
        }
    }
    assert_eq!((won, taken), (1, 99));
}

async fn of_ten_requests_with_one_key_one_books(world: World) {
    let team = world.dutch;
    let mut tasks = JoinSet::new();
    for _ in 0..10 {
        let (booking, invitations) = ready(&world.interview(&team, 0, 60, 0));
        let store = world.store.clone();
        tasks.spawn(async move {
            let key = key("one", 1);
            store
                .book(
                    team.id,
                    team.actor(),
                    at(0),
                    &booking,
                    &invitations,
                    Some(&key),
                )
                .await
                .unwrap()
        });
    }

    let results = tasks.join_all().await;

    let now = results
        .iter()
        .filter(|r| matches!(r, Created::Now(_)))
        .count();
    assert_eq!(now, 1);
    let first = results[0].clone().into_inner().id;
    assert!(results.into_iter().all(|r| r.into_inner().id == first));
}

async fn of_ten_changes_of_one_version_one_wins(world: World) {
    let team = world.dutch;
    let session = world.book(&team, 0, 60).await.id;
    let mut tasks = JoinSet::new();
    for number in 0..10 {
        let store = world.store.clone();
        tasks.spawn(async move {
            let change = Change {
                reference: Some(format!("NLD-2026-{number:03}")),
                ..Change::default()
            };
            store
                .change(team.id, team.actor(), at(1), session, 1, &change)
                .await
        });
    }

    let results = tasks.join_all().await;

    assert_eq!(results.iter().filter(|r| r.is_ok()).count(), 1);
    assert!(
        results
            .iter()
            .all(|r| matches!(r, Ok(_) | Err(ChangeSessionError::Stale { version: 2 })))
    );
}

/// Each wants what the other has just left: where both wait, one is told or runs again.
async fn crossing_changes_do_not_lock_each_other_up(world: World) {
    let dutch = world.book(&world.dutch, 0, 60).await;
    let belgian = world.book(&world.belgian, 1, 60).await;
    let rooms = world.rooms;
    for turn in 0..5_usize {
        let mut tasks = JoinSet::new();
        for (team, session, mine) in [(world.dutch, dutch.id, 0), (world.belgian, belgian.id, 1)] {
            let store = world.store.clone();
            tasks.spawn(async move {
                let found = store.session(team.id, session).await.unwrap().unwrap();
                let room = rooms[(mine + turn) % 2];
                let change = Change {
                    room: Some(room),
                    ..Change::default()
                };
                store
                    .change(
                        team.id,
                        team.actor(),
                        at(1),
                        session,
                        found.version,
                        &change,
                    )
                    .await
            });
        }
        for result in tasks.join_all().await {
            assert!(
                matches!(result, Ok(_) | Err(ChangeSessionError::SlotTaken(_))),
                "{result:?}"
            );
        }
    }
}

async fn the_audit_chain_holds_under_many_writers(world: World) {
    let before = world
        .store
        .audit_head(world.dutch.id)
        .await
        .unwrap()
        .unwrap();
    let mut tasks = JoinSet::new();
    for number in 0..40 {
        let team = world.dutch;
        let officer = usize::from(number >= 20);
        let start = 60 * (1 + number % 20);
        let wish = world.interview(&team, officer, start, officer);
        let (booking, invitations) = ready(&wish);
        let store = world.store.clone();
        tasks.spawn(async move {
            store
                .book(team.id, team.actor(), at(0), &booking, &invitations, None)
                .await
                .unwrap()
        });
    }
    tasks.join_all().await;

    let report = world
        .store
        .audit_verify(world.dutch.id, Some(&before))
        .await;

    assert_eq!(report.unwrap().entries, before.number + 40);
}
