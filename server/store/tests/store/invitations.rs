//! Personal links, from the first click to the last.

use bega_scheduling::{ActorKind, InvitationId, InvitationState, Participant, Role, Session, Tie};
use bega_store::{CallerKind, Created, ExchangeError, IssueError, NewInvitation};

use crate::{
    on_both_engines,
    world::{World, at, key, random, secret},
};

on_both_engines!(
    a_link_gives_a_cookie_for_the_one_session,
    a_link_opens_again_and_the_newest_cookie_wins,
    a_new_link_ends_the_older_and_its_cookie,
    a_link_that_nobody_made_is_invalid,
    a_link_dies_two_hours_after_the_end,
    a_link_dies_with_its_session,
    a_longer_session_keeps_its_guests,
    a_session_that_is_over_gets_no_new_links,
    the_same_key_issues_one_link,
);

async fn a_link_gives_a_cookie_for_the_one_session(world: World) {
    let session = world.book(&world.dutch, 0, 60).await;
    let interpreter = of_role(&session, Role::Interpreter);

    let opened = world
        .store
        .exchange_invitation(at(50), secret(interpreter.id), secret("cookie"))
        .await
        .unwrap();

    let caller = world
        .store
        .caller(secret("cookie"), at(51))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(caller, opened);
    assert_eq!(caller.name, "Sara");
    assert_eq!(caller.organisation.id, world.dutch.id);
    assert_eq!(
        caller.kind,
        CallerKind::Guest {
            session: session.id,
            participant: interpreter.id,
            role: Role::Interpreter
        }
    );
    assert_eq!(caller.kinds(), [ActorKind::Guest]);
    assert_eq!(caller.tie(&session), Tie::Participant(Role::Interpreter));
    assert_eq!(caller.expires_at, session.invitations_expire_at());
    let found = world
        .store
        .session(world.dutch.id, session.id)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        of_role(&found, Role::Interpreter).invitation,
        InvitationState::Used
    );
    assert_eq!(
        of_role(&found, Role::RoomDevice).invitation,
        InvitationState::Sent
    );
}

async fn a_link_opens_again_and_the_newest_cookie_wins(world: World) {
    let session = world.book(&world.dutch, 0, 60).await;
    let link = secret(of_role(&session, Role::Interpreter).id);
    let store = &world.store;
    store
        .exchange_invitation(at(50), link, secret("first"))
        .await
        .unwrap();

    store
        .exchange_invitation(at(55), link, secret("second"))
        .await
        .unwrap();

    assert!(
        store
            .caller(secret("first"), at(56))
            .await
            .unwrap()
            .is_none()
    );
    assert!(
        store
            .caller(secret("second"), at(56))
            .await
            .unwrap()
            .is_some()
    );
    let entries = store.audit_entries(world.dutch.id, 0, 100).await.unwrap();
    let exchanged = entries.iter().filter(|e| e.act == "invitation_exchanged");
    assert_eq!(exchanged.count(), 2);
}

async fn a_new_link_ends_the_older_and_its_cookie(world: World) {
    let team = world.dutch;
    let session = world.book(&team, 0, 60).await;
    let interpreter = of_role(&session, Role::Interpreter);
    let store = &world.store;
    let older = secret(interpreter.id);
    store
        .exchange_invitation(at(50), older, secret("cookie"))
        .await
        .unwrap();

    let new = invitation(interpreter, "newer");
    let issued = store
        .issue_invitation(team.id, team.actor(), at(51), session.id, &new, None)
        .await
        .unwrap()
        .into_inner();

    let place = of_role(&issued, Role::Interpreter);
    assert_eq!(place.invitation, InvitationState::Sent);
    assert_eq!(place.invitation_id, Some(new.id));
    assert!(
        store
            .caller(secret("cookie"), at(52))
            .await
            .unwrap()
            .is_none()
    );
    let dead = store.exchange_invitation(at(52), older, secret("x")).await;
    assert!(matches!(dead, Err(ExchangeError::Invalid)), "{dead:?}");
    store
        .exchange_invitation(at(52), secret("newer"), secret("y"))
        .await
        .unwrap();
}

async fn a_link_that_nobody_made_is_invalid(world: World) {
    let unknown = world
        .store
        .exchange_invitation(at(0), secret("guess"), secret("cookie"))
        .await;

    assert!(
        matches!(unknown, Err(ExchangeError::Invalid)),
        "{unknown:?}"
    );
    assert!(
        world
            .store
            .caller(secret("cookie"), at(0))
            .await
            .unwrap()
            .is_none()
    );
}

async fn a_link_dies_two_hours_after_the_end(world: World) {
    let session = world.book(&world.dutch, 0, 60).await;
    let link = secret(of_role(&session, Role::Interpreter).id);
    let store = &world.store;
    let late = 120 + 119;
    store
        .exchange_invitation(at(late), link, secret("cookie"))
        .await
        .unwrap();

    let over = store
        .exchange_invitation(at(late + 1), link, secret("x"))
        .await;

    assert!(matches!(over, Err(ExchangeError::Expired)), "{over:?}");
    assert!(
        store
            .caller(secret("cookie"), at(late))
            .await
            .unwrap()
            .is_some()
    );
    assert!(
        store
            .caller(secret("cookie"), at(late + 1))
            .await
            .unwrap()
            .is_none()
    );
}

async fn a_link_dies_with_its_session(world: World) {
    let team = world.dutch;
    let session = world.book(&team, 0, 60).await;
    let link = secret(of_role(&session, Role::Interpreter).id);
    let store = &world.store;
    let gone = store.cancel(team.id, team.actor(), at(1), session.id, "ill");
    gone.await.unwrap();

    let over = store.exchange_invitation(at(2), link, secret("x")).await;

    assert!(matches!(over, Err(ExchangeError::Expired)), "{over:?}");
}

async fn a_longer_session_keeps_its_guests(world: World) {
    let team = world.dutch;
    let session = world.book(&team, 0, 60).await;
    let link = secret(of_role(&session, Role::Interpreter).id);
    let store = &world.store;
    store
        .exchange_invitation(at(50), link, secret("cookie"))
        .await
        .unwrap();

    let change = bega_scheduling::Change {
        ends_at: Some(at(180)),
        ..Default::default()
    };
    store
        .change(team.id, team.actor(), at(51), session.id, 1, &change)
        .await
        .unwrap();

    let caller = store
        .caller(secret("cookie"), at(290))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(caller.expires_at, at(300));
}

async fn a_session_that_is_over_gets_no_new_links(world: World) {
    let team = world.dutch;
    let session = world.book(&team, 0, 60).await;
    let store = &world.store;
    let gone = store.cancel(team.id, team.actor(), at(1), session.id, "ill");
    gone.await.unwrap();

    let new = invitation(of_role(&session, Role::Interpreter), "newer");
    let issued = store
        .issue_invitation(team.id, team.actor(), at(2), session.id, &new, None)
        .await;

    assert!(
        matches!(issued, Err(IssueError::WrongState(_))),
        "{issued:?}"
    );
}

async fn the_same_key_issues_one_link(world: World) {
    let team = world.dutch;
    let session = world.book(&team, 0, 60).await;
    let interpreter = of_role(&session, Role::Interpreter);
    let issue = async |secret: &str| {
        let new = invitation(interpreter, secret);
        let key = key("one", 1);
        world
            .store
            .issue_invitation(team.id, team.actor(), at(1), session.id, &new, Some(&key))
            .await
            .unwrap()
    };
    let Created::Now(first) = issue("first").await else {
        panic!("the first request makes the link");
    };

    assert_eq!(issue("second").await, Created::Before(first));
}

fn of_role(session: &Session, role: Role) -> &Participant {
    session
        .participants
        .iter()
        .find(|p| p.role == role)
        .unwrap()
}

fn invitation(participant: &Participant, text: &str) -> NewInvitation {
    NewInvitation {
        participant: participant.id,
        id: InvitationId::new(at(0), random()),
        secret: secret(text),
    }
}
