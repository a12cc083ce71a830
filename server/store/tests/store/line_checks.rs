//! What trials of the line have shown.

use bega_scheduling::{LineCheck, LinePath, LineResult, Way};

use crate::{
    on_both_engines,
    world::{World, at},
};

on_both_engines!(
    the_newest_trial_of_each_participant_is_kept,
    nobody_behind_another_wall_keeps_or_sees_one,
);

async fn the_newest_trial_of_each_participant_is_kept(world: World) {
    let session = world.book(&world.dutch, 0, 60).await;
    let (store, id) = (&world.store, session.id);
    let first = session.participants[0].id;
    let second = session.participants[1].id;
    let check = |participant, minute, lost_per_mille| LineCheck {
        participant,
        at: at(minute),
        result: LineResult {
            path: LinePath::Relay,
            round_trip_ms: 120,
            up: Way {
                lost_per_mille,
                jitter_ms: 4,
            },
            down: Way {
                lost_per_mille: 0,
                jitter_ms: 2,
            },
        },
    };

    for kept in [
        check(first, 1, 300),
        check(second, 2, 0),
        check(first, 3, 5),
    ] {
        store
            .keep_line_check(world.dutch.id, id, &kept)
            .await
            .unwrap();
    }

    let mut expected = [check(second, 2, 0), check(first, 3, 5)];
    expected.sort_by_key(|check| check.participant.to_string());
    assert_eq!(
        store.line_checks(world.dutch.id, id).await.unwrap(),
        expected
    );
}

async fn nobody_behind_another_wall_keeps_or_sees_one(world: World) {
    let session = world.book(&world.dutch, 0, 60).await;
    let (store, id) = (&world.store, session.id);
    let check = LineCheck {
        participant: session.participants[0].id,
        at: at(1),
        result: LineResult {
            path: LinePath::Udp,
            round_trip_ms: 20,
            up: Way {
                lost_per_mille: 0,
                jitter_ms: 1,
            },
            down: Way {
                lost_per_mille: 0,
                jitter_ms: 1,
            },
        },
    };

    store
        .keep_line_check(world.belgian.id, id, &check)
        .await
        .unwrap();
    assert!(
        store
            .line_checks(world.dutch.id, id)
            .await
            .unwrap()
            .is_empty()
    );

    store
        .keep_line_check(world.dutch.id, id, &check)
        .await
        .unwrap();
    assert!(
        store
            .line_checks(world.belgian.id, id)
            .await
            .unwrap()
            .is_empty()
    );
}
