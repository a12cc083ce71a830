//! Booking, reading, changing and moving sessions.

use bega_scheduling::{
    Change, InvitationState, ResourceKind, Role, SessionState, Violation, WrongState,
};
use bega_store::{BookError, ChangeSessionError, Created, MoveError, SessionFilter};

use crate::{
    on_both_engines,
    world::{World, at, key, ready},
};

on_both_engines!(
    a_booked_session_is_read_as_it_was_booked,
    a_taken_room_is_named,
    a_taken_officer_is_named,
    back_to_back_sessions_share_a_room,
    a_room_of_a_closed_site_does_not_exist,
    a_coordinator_does_not_lead_an_interview,
    a_refused_booking_leaves_nothing_behind,
    a_changed_session_frees_its_old_time_and_holds_the_new,
    a_change_to_a_taken_room_changes_nothing,
    a_change_of_an_older_version_is_stale,
    a_cancelled_session_gives_its_time_back,
    a_session_that_ends_early_gives_the_rest_back,
    a_session_cannot_be_started_twice,
    the_calendar_comes_in_pages,
    the_calendar_of_one_officer_holds_their_own,
    the_same_key_books_once,
    a_key_is_for_one_request_only,
    a_key_of_a_refused_booking_is_free_again,
);

async fn a_booked_session_is_read_as_it_was_booked(world: World) {
    let session = world.book(&world.dutch, 0, 60).await;

    let found = world.store.session(world.dutch.id, session.id).await;

    assert_eq!(found.unwrap().unwrap(), session);
    let seen: Vec<_> = session
        .participants
        .iter()
        .map(|p| (p.role, p.name.as_str(), p.invitation))
        .collect();
    let sent = InvitationState::Sent;
    assert_eq!(
        seen,
        [
            (Role::LeadOfficer, "officer of ind", sent),
            (Role::Interpreter, "Sara", sent),
            (Role::RoomDevice, "Room 1", sent)
        ]
    );
    assert_eq!(session.room.time_zone, "Europe/Bucharest");
    assert_eq!(
        (session.state(), session.version),
        (SessionState::Planned, 1)
    );
}

async fn a_taken_room_is_named(world: World) {
    world.book(&world.dutch, 0, 60).await;

    let second = world.try_book(&world.belgian, 0, 90, 0).await;

    let Err(BookError::SlotTaken(resource)) = second else {
        panic!("the room is taken, not {second:?}");
    };
    assert_eq!(resource.kind, ResourceKind::Room);
    assert_eq!(resource.name, "Room 1");
    assert_eq!(resource.id, world.rooms[0].0);
}

async fn a_taken_officer_is_named(world: World) {
    world.book(&world.dutch, 0, 60).await;

    let second = world.try_book(&world.dutch, 1, 90, 0).await;

    let Err(BookError::SlotTaken(resource)) = second else {
        panic!("the officer is taken, not {second:?}");
    };
    assert_eq!(resource.kind, ResourceKind::Person);
    assert_eq!(resource.id, world.dutch.officers[0].0);
}

async fn back_to_back_sessions_share_a_room(world: World) {
    world.book(&world.dutch, 0, 60).await;
    world.book(&world.dutch, 0, 120).await;
    world.book(&world.dutch, 0, 0).await;
}

async fn a_room_of_a_closed_site_does_not_exist(world: World) {
    let mut raw = world.raw().await;
    sqlx::query("DELETE FROM site_access WHERE organisation_id = $1")
        .bind(world.belgian.id.to_string())
        .execute(&mut raw)
        .await
        .unwrap();

    let booked = world.try_book(&world.belgian, 0, 60, 0).await;

    assert!(matches!(booked, Err(BookError::UnknownRoom)), "{booked:?}");
    assert!(
        world
            .store
            .rooms(world.belgian.id)
            .await
            .unwrap()
            .is_empty()
    );
    assert_eq!(world.store.rooms(world.dutch.id).await.unwrap().len(), 2);
}

async fn a_coordinator_does_not_lead_an_interview(world: World) {
    let mut wish = world.interview(&world.dutch, 0, 60, 0);
    wish.participants[1].user = Some(world.dutch.coordinator);
    let (booking, invitations) = ready(&wish);

    let team = world.dutch;
    let booked = world
        .store
        .book(team.id, team.actor(), at(0), &booking, &invitations, None)
        .await;

    let Err(BookError::Invalid(violations)) = booked else {
        panic!("a coordinator is no officer: {booked:?}");
    };
    assert_eq!(
        violations,
        [Violation::NotQualified {
            index: 1,
            role: Role::LeadOfficer
        }]
    );
}

async fn a_refused_booking_leaves_nothing_behind(world: World) {
    world.book(&world.dutch, 0, 60).await;
    let before = world.store.audit_head(world.dutch.id).await.unwrap();

    world.try_book(&world.dutch, 0, 90, 1).await.unwrap_err();

    let after = world.store.audit_head(world.dutch.id).await.unwrap();
    assert_eq!(before, after);
    // The second officer, claimed or not before the room was found taken, is free.
    world.try_book(&world.dutch, 1, 90, 1).await.unwrap();
}

async fn a_changed_session_frees_its_old_time_and_holds_the_new(world: World) {
    let team = world.dutch;
    let session = world.book(&team, 0, 60).await;

    let change = Change {
        starts_at: Some(at(90)),
        ends_at: Some(at(150)),
        room: Some(world.rooms[1]),
        ..Change::default()
    };
    let changed = world
        .store
        .change(team.id, team.actor(), at(1), session.id, 1, &change)
        .await
        .unwrap();

    assert_eq!(changed.version, 2);
    assert_eq!(changed.room.name, "Room 2");
    assert_eq!(changed.room_device().unwrap().name, "Room 2");
    world.try_book(&team, 0, 60, 1).await.unwrap();
    world.try_book(&world.belgian, 1, 100, 0).await.unwrap_err();
}

async fn a_change_to_a_taken_room_changes_nothing(world: World) {
    let team = world.dutch;
    world.book(&world.belgian, 1, 60).await;
    let session = world.book(&team, 0, 60).await;

    let change = Change {
        room: Some(world.rooms[1]),
        ..Change::default()
    };
    let changed = world
        .store
        .change(team.id, team.actor(), at(1), session.id, 1, &change)
        .await;

    assert!(
        matches!(&changed, Err(ChangeSessionError::SlotTaken(r)) if r.name == "Room 2"),
        "{changed:?}"
    );
    let found = world.store.session(team.id, session.id).await.unwrap();
    assert_eq!(found.unwrap(), session);
    world.try_book(&world.belgian, 0, 60, 1).await.unwrap_err();
}

async fn a_change_of_an_older_version_is_stale(world: World) {
    let team = world.dutch;
    let session = world.book(&team, 0, 60).await;
    let change = Change {
        language: Some("ar".into()),
        ..Change::default()
    };
    let again = || {
        world
            .store
            .change(team.id, team.actor(), at(1), session.id, 1, &change)
    };
    again().await.unwrap();

    let stale = again().await;

    assert!(
        matches!(stale, Err(ChangeSessionError::Stale { version: 2 })),
        "{stale:?}"
    );
}

async fn a_cancelled_session_gives_its_time_back(world: World) {
    let team = world.dutch;
    let session = world.book(&team, 0, 60).await;

    let cancelled = world
        .store
        .cancel(team.id, team.actor(), at(1), session.id, " flight moved ")
        .await
        .unwrap();

    assert_eq!(cancelled.standing.cancel_reason(), Some("flight moved"));
    world.book(&team, 0, 60).await;
    let nothing = world
        .store
        .cancel(team.id, team.actor(), at(1), session.id, "again")
        .await;
    assert!(
        matches!(
            nothing,
            Err(MoveError::WrongState(WrongState(SessionState::Cancelled)))
        ),
        "{nothing:?}"
    );
}

async fn a_session_that_ends_early_gives_the_rest_back(world: World) {
    let team = world.dutch;
    let (store, actor) = (&world.store, team.actor());
    let session = world.book(&team, 0, 60).await;
    store
        .start(team.id, actor, at(61), session.id)
        .await
        .unwrap();

    let ended = store.end(team.id, actor, at(80), session.id).await.unwrap();

    assert_eq!(ended.standing.started_at(), Some(at(61)));
    assert_eq!(ended.standing.ended_at(), Some(at(80)));
    world.try_book(&world.belgian, 0, 75, 0).await.unwrap_err();
    world.book(&world.belgian, 0, 80).await;
}

async fn a_session_cannot_be_started_twice(world: World) {
    let team = world.dutch;
    let session = world.book(&team, 0, 60).await;
    let start = || world.store.start(team.id, team.actor(), at(61), session.id);
    let live = start().await.unwrap();
    assert_eq!((live.state(), live.version), (SessionState::Live, 2));

    let twice = start().await;

    assert!(
        matches!(
            twice,
            Err(MoveError::WrongState(WrongState(SessionState::Live)))
        ),
        "{twice:?}"
    );
    let found = world.store.session(team.id, session.id).await.unwrap();
    assert_eq!(found.unwrap().version, 2);
}

async fn the_calendar_comes_in_pages(world: World) {
    let team = world.dutch;
    let mut booked = Vec::new();
    for hour in [3, 1, 5, 2, 4] {
        booked.push(world.book(&team, 0, 60 * hour).await.id);
    }
    // Two that start at once are told apart by their ids.
    booked.push(world.try_book(&team, 1, 60, 1).await.unwrap().id);

    let mut read = Vec::new();
    let mut filter = SessionFilter {
        limit: 2,
        ..SessionFilter::default()
    };
    loop {
        let page = world.store.sessions(team.id, &filter).await.unwrap();
        assert!(page.items.len() <= 2);
        read.extend(page.items.iter().map(|s| (s.slot.starts_at(), s.id)));
        match page.next {
            None => break,
            Some(next) => filter.after = Some(next.to_string().parse().unwrap()),
        }
    }

    assert_eq!(read.len(), 6);
    assert!(read.is_sorted());
    let middle = SessionFilter {
        from: Some(at(120)),
        to: Some(at(240)),
        limit: 10,
        ..SessionFilter::default()
    };
    let page = world.store.sessions(team.id, &middle).await.unwrap();
    assert_eq!(page.items.len(), 2);
    assert!(page.next.is_none());
}

async fn the_calendar_of_one_officer_holds_their_own(world: World) {
    let team = world.dutch;
    world.book(&team, 0, 60).await;
    let own = world.try_book(&team, 1, 60, 1).await.unwrap();

    let filter = SessionFilter {
        user: Some(team.officers[1]),
        limit: 10,
        ..SessionFilter::default()
    };
    let page = world.store.sessions(team.id, &filter).await.unwrap();

    let ids: Vec<_> = page.items.iter().map(|session| session.id).collect();
    assert_eq!(ids, [own.id]);
}

async fn the_same_key_books_once(world: World) {
    let team = world.dutch;
    let wish = world.interview(&team, 0, 60, 0);
    let book = async || {
        let (booking, invitations) = ready(&wish);
        let key = key("one", 1);
        world
            .store
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
    };
    let Created::Now(first) = book().await else {
        panic!("the first request makes the session");
    };

    let again = book().await;

    assert_eq!(again, Created::Before(first));
}

async fn a_key_is_for_one_request_only(world: World) {
    let team = world.dutch;
    let (booking, invitations) = ready(&world.interview(&team, 0, 60, 0));
    let first = key("one", 1);
    world
        .store
        .book(
            team.id,
            team.actor(),
            at(0),
            &booking,
            &invitations,
            Some(&first),
        )
        .await
        .unwrap();

    let (booking, invitations) = ready(&world.interview(&team, 1, 180, 0));
    let other = key("one", 2);
    let mismatch = world
        .store
        .book(
            team.id,
            team.actor(),
            at(0),
            &booking,
            &invitations,
            Some(&other),
        )
        .await;

    assert!(
        matches!(mismatch, Err(BookError::IdempotencyMismatch)),
        "{mismatch:?}"
    );
}

async fn a_key_of_a_refused_booking_is_free_again(world: World) {
    let team = world.dutch;
    world.book(&world.belgian, 0, 60).await;
    let try_room = async |room| {
        let (booking, invitations) = ready(&world.interview(&team, room, 60, 0));
        let key = key("one", 1);
        world
            .store
            .book(
                team.id,
                team.actor(),
                at(0),
                &booking,
                &invitations,
                Some(&key),
            )
            .await
    };
    try_room(0).await.unwrap_err();

    assert!(matches!(try_room(1).await, Ok(Created::Now(_))));
}
