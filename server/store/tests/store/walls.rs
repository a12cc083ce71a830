//! Another organisation's things are not found, whichever way one asks.

use bega_scheduling::{Change, InvitationId, UserId};
use bega_store::{
    BookError, ChangeSessionError, IssueError, MoveError, NewInvitation, NewRoom, SessionFilter,
    Store,
};
use sqlx::{AnyConnection, Connection, Executor};

use crate::{
    on_both_engines,
    world::{World, at, key, random, ready, secret},
};

on_both_engines!(
    a_session_of_another_organisation_is_not_found,
    an_officer_of_another_organisation_does_not_exist,
    the_same_key_of_another_organisation_is_another_key,
    a_site_is_changed_only_by_its_keeper,
    the_password_of_another_organisation_stays,
);

async fn a_session_of_another_organisation_is_not_found(world: World) {
    let session = world.book(&world.dutch, 0, 60).await;
    let (store, team) = (&world.store, world.belgian);
    let (id, actor) = (session.id, team.actor());

    assert!(store.session(team.id, id).await.unwrap().is_none());
    let filter = SessionFilter {
        limit: 10,
        user: Some(world.dutch.officers[0]),
        ..SessionFilter::default()
    };
    assert!(
        store
            .sessions(team.id, &filter)
            .await
            .unwrap()
            .items
            .is_empty()
    );
    let change = Change::default();
    let changed = store.change(team.id, actor, at(1), id, 1, &change).await;
    assert!(
        matches!(changed, Err(ChangeSessionError::NotFound)),
        "{changed:?}"
    );
    let moves = [
        store.cancel(team.id, actor, at(1), id, "no").await,
        store.start(team.id, actor, at(1), id).await,
        store.end(team.id, actor, at(1), id).await,
    ];
    for moved in moves {
        assert!(matches!(moved, Err(MoveError::NotFound)), "{moved:?}");
    }
    let new = NewInvitation {
        participant: session.participants[0].id,
        id: InvitationId::new(at(0), random()),
        secret: secret("stolen"),
    };
    let issued = store
        .issue_invitation(team.id, actor, at(1), id, &new, None)
        .await;
    assert!(matches!(issued, Err(IssueError::NotFound)), "{issued:?}");
    assert!(store.timeline(team.id, id).await.unwrap().is_empty());

    let untouched = store.session(world.dutch.id, id).await.unwrap().unwrap();
    assert_eq!(untouched, session);
}

async fn an_officer_of_another_organisation_does_not_exist(world: World) {
    let mut team = world.dutch;
    team.officers = world.belgian.officers;

    let booked = world.try_book(&team, 0, 60, 0).await;

    assert!(matches!(booked, Err(BookError::Invalid(_))), "{booked:?}");
}

async fn the_same_key_of_another_organisation_is_another_key(world: World) {
    for (team, room) in [(world.dutch, 0), (world.belgian, 1)] {
        let (booking, invitations) = ready(&world.interview(&team, room, 60, 0));
        let key = key("one", 1);
        let booked = world
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
            .unwrap();
        assert_eq!(booked.into_inner().id, booking.id);
    }
}

async fn a_site_is_changed_only_by_its_keeper(world: World) {
    let team = world.belgian;
    let new = NewRoom {
        id: bega_scheduling::RoomId::new(at(0), random()),
        site: world.site,
        name: "Room 3".into(),
        seats: 4,
    };

    let made = world.store.create_room(team.id, team.actor(), at(0), &new);

    assert!(made.await.unwrap().is_none());
    let granted = world
        .store
        .grant_site(team.id, team.actor(), at(0), world.site, team.id);
    assert!(!granted.await.unwrap());
}

async fn the_password_of_another_organisation_stays(world: World) {
    let (team, victim): (_, UserId) = (world.belgian, world.dutch.coordinator);

    let set = world
        .store
        .set_password(team.id, team.actor(), at(0), victim, "mine now");

    assert!(!set.await.unwrap());
}

/// The second wall: what a statement without its organisation would see.
#[tokio::test]
async fn postgres_shows_no_row_of_another_organisation() {
    let database = bega_harness::postgres().unwrap();
    let admin = database.url();
    let role = format!("plain_{}", hex::encode(random()));
    sqlx::any::install_default_drivers();
    let mut raw = AnyConnection::connect(admin).await.unwrap();
    raw.execute(format!("CREATE ROLE {role} LOGIN; GRANT ALL ON SCHEMA public TO {role}").as_str())
        .await
        .unwrap();
    let plain = admin.replace("://bega@", &format!("://{role}@"));
    assert_ne!(plain, admin);

    // As the server should run: owner of its tables, and no superuser.
    let world = World::at(plain.clone(), database).await;
    let session = world.book(&world.dutch, 0, 60).await;
    let store = Store::connect(&plain).await.unwrap();
    assert!(store.live_session(session.id).await.unwrap().is_some());

    let mut raw = AnyConnection::connect(&plain).await.unwrap();
    let mut seen_by = async |whose: &str| {
        let sql = format!("BEGIN; SET LOCAL bega.organisation = '{whose}'");
        raw.execute(sql.as_str()).await.unwrap();
        let rows = sqlx::query("SELECT id FROM sessions")
            .fetch_all(&mut raw)
            .await
            .unwrap();
        let taken = sqlx::query("UPDATE users SET name = name")
            .execute(&mut raw)
            .await
            .unwrap();
        raw.execute("ROLLBACK").await.unwrap();
        (rows.len(), taken.rows_affected())
    };
    assert_eq!(seen_by("").await, (0, 0));
    assert_eq!(seen_by(&world.belgian.id.to_string()).await, (0, 3));
    assert_eq!(seen_by(&world.dutch.id.to_string()).await, (1, 3));
    assert_eq!(seen_by("*").await, (1, 6));
}
