//! Whatever is booked, moved, called off, started and ended: the claims are those of a model.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::atomic::{AtomicI64, Ordering},
};

use bega_scheduling::{Change, SessionId, Slot};
use bega_store::{BookError, ChangeSessionError};
use proptest::{
    prelude::*,
    test_runner::{Config, TestRunner},
};
use sqlx::Row;

use crate::{
    on_both_engines,
    world::{World, at, ready},
};

on_both_engines!(no_sequence_of_acts_leaves_a_wrong_claim);

async fn no_sequence_of_acts_leaves_a_wrong_claim(world: World) {
    let cases = if world.is_sqlite() { 24 } else { 12 };
    tokio::task::block_in_place(|| {
        let mut runner = TestRunner::new(Config {
            cases,
            failure_persistence: None,
            ..Config::default()
        });
        let runtime = tokio::runtime::Handle::current();
        let days = AtomicI64::new(1);
        runner
            .run(&proptest::collection::vec(act(), 1..16), |acts| {
                // Each case has a day to itself; claims of earlier ones stay.
                let day = days.fetch_add(1, Ordering::Relaxed);
                runtime.block_on(play(&world, day, &acts))
            })
            .unwrap();
    });
}

#[derive(Clone, Debug)]
enum Act {
    Book(Wish),
    Change(usize, Wish),
    Cancel(usize),
    Start(usize),
    End(usize),
}

/// Where and when, in steps that fall on and off the grid.
#[derive(Clone, Copy, Debug)]
struct Wish {
    room: usize,
    officer: usize,
    start: i64,
    minutes: i64,
}

fn act() -> impl Strategy<Value = Act> {
    let wish = || {
        (0..2_usize, 0..2_usize, 0..100_i64, 1..70_i64).prop_map(
            |(room, officer, start, minutes)| Wish {
                room,
                officer,
                start: start * 3,
                minutes,
            },
        )
    };
    prop_oneof![
        4 => wish().prop_map(Act::Book),
        3 => (0..8_usize, wish()).prop_map(|(nth, wish)| Act::Change(nth, wish)),
        1 => (0..8_usize).prop_map(Act::Cancel),
        1 => (0..8_usize).prop_map(Act::Start),
        1 => (0..8_usize).prop_map(Act::End),
    ]
}

/// What the model knows of a session.
#[derive(Clone, Copy)]
struct Kept {
    id: SessionId,
    wish: Wish,
    state: State,
    version: i64,
}

#[derive(Clone, Copy, Eq, PartialEq)]
enum State {
    Planned,
    Live,
    Over,
}

async fn play(world: &World, day: i64, acts: &[Act]) -> Result<(), TestCaseError> {
    let team = world.dutch;
    let (store, actor) = (&world.store, team.actor());
    let midnight = day * 24 * 60;
    let now = at(midnight);
    let slot = |wish: Wish| {
        let start = midnight + 60 + wish.start;
        Slot::new(at(start), at(start + wish.minutes)).unwrap()
    };
    let mut kept: Vec<Kept> = Vec::new();
    for act in acts {
        match *act {
            Act::Book(wish) => {
                let mut new = world.interview(&team, wish.room, 0, wish.officer);
                (new.starts_at, new.ends_at) = (slot(wish).starts_at(), slot(wish).ends_at());
                let (booking, invitations) = ready(&new);
                let booked = store
                    .book(team.id, actor, now, &booking, &invitations, None)
                    .await;
                if free(&kept, None, wish, slot) {
                    prop_assert!(booked.is_ok(), "{booked:?}");
                    kept.push(Kept {
                        id: booking.id,
                        wish,
                        state: State::Planned,
                        version: 1,
                    });
                } else {
                    prop_assert!(matches!(booked, Err(BookError::SlotTaken(_))), "{booked:?}");
                }
            }
            Act::Change(nth, wish) => {
                let Some(of) = kept.get(nth).copied() else {
                    continue;
                };
                let wish = Wish {
                    officer: of.wish.officer,
                    ..wish
                };
                let change = Change {
                    starts_at: Some(slot(wish).starts_at()),
                    ends_at: Some(slot(wish).ends_at()),
                    room: Some(world.rooms[wish.room]),
                    ..Change::default()
                };
                let changed = store
                    .change(team.id, actor, now, of.id, of.version, &change)
                    .await;
                let moves = wish.room != of.wish.room || wish.start != of.wish.start;
                if of.state == State::Over || (of.state == State::Live && moves) {
                    let refused = matches!(changed, Err(ChangeSessionError::WrongState(_)));
                    prop_assert!(refused, "{changed:?}");
                } else if free(&kept, Some(nth), wish, slot) {
                    prop_assert!(changed.is_ok(), "{changed:?}");
                    kept[nth].wish = wish;
                    kept[nth].version += 1;
                } else {
                    let taken = matches!(changed, Err(ChangeSessionError::SlotTaken(_)));
                    prop_assert!(taken, "{changed:?}");
                }
            }
            Act::Cancel(nth) | Act::Start(nth) | Act::End(nth) => {
                let Some(of) = kept.get_mut(nth) else {
                    continue;
                };
                let (moved, from, to) = match act {
                    Act::Cancel(_) => (
                        store.cancel(team.id, actor, now, of.id, "ill").await,
                        State::Planned,
                        State::Over,
                    ),
                    Act::Start(_) => (
                        store.start(team.id, actor, now, of.id).await,
                        State::Planned,
                        State::Live,
                    ),
                    _ => (
                        store.end(team.id, actor, now, of.id).await,
                        State::Live,
                        State::Over,
                    ),
                };
                prop_assert_eq!(moved.is_ok(), of.state == from, "{:?}", moved);
                if of.state == from {
                    of.state = to;
                    of.version += 1;
                }
            }
        }
        prop_assert_eq!(claims(world, midnight).await, expected(world, &kept, slot));
    }
    Ok(())
}

fn free(kept: &[Kept], besides: Option<usize>, wish: Wish, slot: impl Fn(Wish) -> Slot) -> bool {
    let mine: BTreeSet<_> = slot(wish).cells().collect();
    kept.iter()
        .enumerate()
        .filter(|(nth, other)| Some(*nth) != besides && other.state != State::Over)
        .filter(|(_, other)| other.wish.room == wish.room || other.wish.officer == wish.officer)
        .all(|(_, other)| slot(other.wish).cells().all(|cell| !mine.contains(&cell)))
}

type Claims = BTreeMap<(String, i64), String>;

fn expected(world: &World, kept: &[Kept], slot: impl Fn(Wish) -> Slot) -> Claims {
    let mut claims = Claims::new();
    for Kept { id, wish, .. } in kept.iter().filter(|kept| kept.state != State::Over) {
        for cell in slot(*wish).cells() {
            let room = format!("room:{}", world.rooms[wish.room]);
            let officer = format!("user:{}", world.dutch.officers[wish.officer]);
            claims.insert((room, cell), id.to_string());
            claims.insert((officer, cell), id.to_string());
        }
    }
    claims
}

/// The claims since a midnight, as they stand in the database.
async fn claims(world: &World, midnight: i64) -> Claims {
    let mut raw = world.raw().await;
    sqlx::query("SELECT resource, slot, session_id FROM slot_claims WHERE slot >= $1")
        .bind(Slot::cell_after(at(midnight)))
        .fetch_all(&mut raw)
        .await
        .unwrap()
        .iter()
        .map(|row| ((row.get(0), row.get(1)), row.get(2)))
        .collect()
}
