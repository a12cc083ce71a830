//! Accounts and the cookies of those who have one.

use bega_scheduling::{Actor, ActorKind, Language, StaffRole, UserId};
use bega_store::{CreateUserError, NewUser};

use crate::{
    on_both_engines,
    world::{World, at, key, random, ready, secret},
};

on_both_engines!(
    somebody_who_signed_in_is_known_by_their_cookie,
    a_cookie_dies_in_time,
    who_signs_out_is_forgotten,
    every_cookie_of_a_person_can_be_taken_back,
    an_address_belongs_to_one_account,
    an_address_is_found_however_it_is_typed,
    people_are_listed_by_role,
    housekeeping_forgets_only_what_is_dead,
);

async fn somebody_who_signed_in_is_known_by_their_cookie(world: World) {
    let user = sign_in(&world, "cookie").await;

    let caller = world
        .store
        .caller(secret("cookie"), at(1))
        .await
        .unwrap()
        .unwrap();

    assert_eq!(caller.name, "coordinator of ind");
    assert_eq!(caller.organisation.name, "IND");
    assert_eq!(caller.actor(), Actor::User(user));
    assert_eq!(caller.kinds(), [ActorKind::Staff(StaffRole::Coordinator)]);
    let session = world.book(&world.dutch, 0, 60).await;
    assert!(caller.participant_in(&session).is_none());
    assert!(
        world
            .store
            .caller(secret("other"), at(1))
            .await
            .unwrap()
            .is_none()
    );
}

async fn a_cookie_dies_in_time(world: World) {
    sign_in(&world, "cookie").await;

    assert!(
        world
            .store
            .caller(secret("cookie"), at(599))
            .await
            .unwrap()
            .is_some()
    );
    assert!(
        world
            .store
            .caller(secret("cookie"), at(600))
            .await
            .unwrap()
            .is_none()
    );
}

async fn who_signs_out_is_forgotten(world: World) {
    sign_in(&world, "cookie").await;
    let store = &world.store;
    let caller = store
        .caller(secret("cookie"), at(1))
        .await
        .unwrap()
        .unwrap();

    store
        .sign_out(&caller, secret("cookie"), at(2))
        .await
        .unwrap();

    assert!(
        store
            .caller(secret("cookie"), at(3))
            .await
            .unwrap()
            .is_none()
    );
    let entries = store.audit_entries(world.dutch.id, 0, 100).await.unwrap();
    let acts: Vec<_> = entries
        .iter()
        .rev()
        .take(2)
        .map(|e| e.act.as_str())
        .collect();
    assert_eq!(acts, ["signed_out", "signed_in"]);
}

async fn every_cookie_of_a_person_can_be_taken_back(world: World) {
    let user = sign_in(&world, "one").await;
    sign_in(&world, "two").await;
    let store = &world.store;
    let set = store.set_password(world.dutch.id, Actor::Operator, at(1), user, "new");
    assert!(set.await.unwrap());

    let ended = store
        .revoke_cookies_of(world.dutch.id, Actor::Operator, at(1), user)
        .await
        .unwrap();

    assert_eq!(ended, 2);
    assert!(store.caller(secret("one"), at(2)).await.unwrap().is_none());
    let credentials = store.credentials("coordinator@ind.example").await.unwrap();
    assert_eq!(credentials.unwrap().password_hash.as_deref(), Some("new"));
}

async fn an_address_belongs_to_one_account(world: World) {
    let new = NewUser {
        id: UserId::new(at(0), random()),
        email: "Officer@IND.example".into(),
        name: "Somebody else".into(),
        password_hash: None,
        roles: vec![StaffRole::Officer],
        languages: Vec::new(),
        language: Language::parse("fr").unwrap(),
    };

    // Whichever organisation: who signs in names only the address.
    for team in [world.dutch, world.belgian] {
        let made = world
            .store
            .create_user(team.id, Actor::Operator, at(0), &new)
            .await;
        assert!(matches!(made, Err(CreateUserError::EmailTaken)), "{made:?}");
    }
}

async fn an_address_is_found_however_it_is_typed(world: World) {
    let found = world
        .store
        .credentials(" Officer@IND.Example ")
        .await
        .unwrap()
        .unwrap();

    assert_eq!(found.organisation, world.dutch.id);
    assert_eq!(found.user, world.dutch.officers[0]);
    assert!(
        world
            .store
            .credentials("nobody@ind.example")
            .await
            .unwrap()
            .is_none()
    );
}

async fn people_are_listed_by_role(world: World) {
    let officers = world
        .store
        .people(world.dutch.id, Some(StaffRole::Officer))
        .await
        .unwrap();

    let ids: Vec<_> = officers.iter().map(|person| person.id).collect();
    assert_eq!(ids, world.dutch.officers);
    let all = world.store.people(world.dutch.id, None).await.unwrap();
    assert_eq!(all.len(), 3);
}

async fn housekeeping_forgets_only_what_is_dead(world: World) {
    const DAY: i64 = 24 * 60;
    sign_in(&world, "cookie").await;
    let team = world.dutch;
    let (booking, invitations) = ready(&world.interview(&team, 0, 60, 0));
    let key = key("one", 1);
    let store = &world.store;
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
        .unwrap();

    assert_eq!(store.purge(at(600)).await.unwrap(), 0);
    assert_eq!(store.purge(at(DAY + 601)).await.unwrap(), 2);
    assert!(store.session(team.id, booking.id).await.unwrap().is_some());
}

async fn sign_in(world: &World, cookie: &str) -> UserId {
    let user = world.dutch.coordinator;
    world
        .store
        .sign_in(world.dutch.id, user, at(0), secret(cookie), at(600))
        .await
        .unwrap();
    user
}
