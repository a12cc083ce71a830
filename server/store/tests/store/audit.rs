//! The audit log is append-only, and whoever gets around that is found.

use bega_store::{AuditError, AuditFault};
use sqlx::Executor;

use crate::{
    on_both_engines,
    world::{World, at},
};

on_both_engines!(
    every_act_leaves_an_entry,
    entries_cannot_be_rewritten_or_deleted,
    a_changed_entry_is_found,
    a_rehashed_entry_is_found,
    a_deleted_entry_is_found,
    swapped_entries_are_found,
    a_cut_chain_is_found,
    a_cut_chain_with_a_forged_head_is_found_by_an_exported_one,
    an_entry_added_behind_the_head_is_found,
);

async fn every_act_leaves_an_entry(world: World) {
    let team = world.dutch;
    let (store, actor) = (&world.store, team.actor());
    let session = world.book(&team, 0, 60).await;
    store
        .start(team.id, actor, at(60), session.id)
        .await
        .unwrap();
    store.end(team.id, actor, at(90), session.id).await.unwrap();

    let entries = store.audit_entries(team.id, 0, 100).await.unwrap();

    let acts: Vec<_> = entries.iter().map(|entry| entry.act.as_str()).collect();
    assert_eq!(
        acts,
        [
            "organisation_created",
            "user_created",
            "user_created",
            "user_created",
            "site_created",
            "site_granted",
            "room_created",
            "room_created",
            "session_booked",
            "session_started",
            "session_ended",
        ]
    );
    let last = entries.last().unwrap();
    assert_eq!(last.actor, format!("user:{}", team.coordinator));
    assert_eq!(last.subject, format!("session:{}", session.id));
    assert_eq!(last.at, at(90));
    assert!(entries.iter().all(|entry| !entry.detail.contains("Sara")));
}

async fn entries_cannot_be_rewritten_or_deleted(world: World) {
    let mut raw = world.raw().await;
    for sql in [
        "UPDATE audit_entries SET act = 'x'",
        "DELETE FROM audit_entries",
    ] {
        assert!(raw.execute(sql).await.is_err(), "{sql}");
    }

    assert!(verify(&world).await.is_ok());
}

async fn a_changed_entry_is_found(world: World) {
    tamper(
        &world,
        &["UPDATE audit_entries SET actor = 'user:somebody' WHERE number = 3"],
    )
    .await;

    assert_eq!(fault(&world).await, (3, AuditFault::Altered));
}

async fn a_rehashed_entry_is_found(world: World) {
    let hash = "ab".repeat(32);
    let sql = format!("UPDATE audit_entries SET at = at + 1, hash = '{hash}' WHERE number = 3");
    tamper(&world, &[&sql]).await;

    assert_eq!(fault(&world).await, (3, AuditFault::Altered));
}

async fn a_deleted_entry_is_found(world: World) {
    tamper(&world, &["DELETE FROM audit_entries WHERE number = 3"]).await;

    assert_eq!(fault(&world).await, (3, AuditFault::Missing));
}

async fn swapped_entries_are_found(world: World) {
    tamper(
        &world,
        &[
            "UPDATE audit_entries SET number = -2 WHERE number = 2",
            "UPDATE audit_entries SET number = 2 WHERE number = 3",
            "UPDATE audit_entries SET number = 3 WHERE number = -2",
        ],
    )
    .await;

    assert_eq!(fault(&world).await, (2, AuditFault::Unlinked));
}

async fn a_cut_chain_is_found(world: World) {
    let head = world
        .store
        .audit_head(world.dutch.id)
        .await
        .unwrap()
        .unwrap();
    tamper(
        &world,
        &[&format!(
            "DELETE FROM audit_entries WHERE number >= {}",
            head.number
        )],
    )
    .await;

    assert_eq!(fault(&world).await, (head.number, AuditFault::Missing));
}

async fn a_cut_chain_with_a_forged_head_is_found_by_an_exported_one(world: World) {
    let organisation = world.dutch.id;
    let exported = world.store.audit_head(organisation).await.unwrap().unwrap();
    let number = exported.number;
    tamper(
        &world,
        &[
            &format!("DELETE FROM audit_entries WHERE number >= {number}"),
            &format!(
                "UPDATE audit_heads SET number = {0}, hash = (SELECT hash FROM audit_entries
                    WHERE number = {0} AND organisation_id = '{organisation}')
                 WHERE organisation_id = '{organisation}'",
                number - 1
            ),
        ],
    )
    .await;

    assert!(verify(&world).await.is_ok(), "only the exported head knows");
    let found = world
        .store
        .audit_verify(organisation, Some(&exported))
        .await;
    assert!(
        matches!(found, Err(AuditError::Broken { number: n, fault: AuditFault::Missing }) if n == number),
        "{found:?}"
    );

    // The forger goes on to write another end of the same length.
    world.book(&world.dutch, 0, 60).await;
    let found = world
        .store
        .audit_verify(organisation, Some(&exported))
        .await;
    assert!(
        matches!(found, Err(AuditError::Broken { number: n, fault: AuditFault::Rewritten }) if n == number),
        "{found:?}"
    );
}

async fn an_entry_added_behind_the_head_is_found(world: World) {
    let head = world
        .store
        .audit_head(world.dutch.id)
        .await
        .unwrap()
        .unwrap();
    let sql = format!(
        "INSERT INTO audit_entries
         SELECT organisation_id, number + 1, at, actor, act, subject, detail, hash, hash
         FROM audit_entries WHERE organisation_id = '{}' AND number = {}",
        world.dutch.id, head.number
    );
    tamper(&world, &[&sql]).await;

    assert_eq!(fault(&world).await, (head.number + 1, AuditFault::Unknown));
}

async fn verify(world: &World) -> Result<(), AuditError> {
    world
        .store
        .audit_verify(world.dutch.id, None)
        .await
        .map(|_| ())
}

async fn fault(world: &World) -> (i64, AuditFault) {
    match verify(world).await {
        Err(AuditError::Broken { number, fault }) => (number, fault),
        other => panic!("the chain is broken, not {other:?}"),
    }
}

/// As somebody with all rights over the database would.
async fn tamper(world: &World, statements: &[&str]) {
    let mut raw = world.raw().await;
    if world.is_sqlite() {
        for trigger in ["update", "delete"] {
            raw.execute(format!("DROP TRIGGER audit_entries_no_{trigger}").as_str())
                .await
                .unwrap();
        }
    } else {
        raw.execute("ALTER TABLE audit_entries DISABLE TRIGGER ALL")
            .await
            .unwrap();
    }
    for sql in statements {
        // The other organisation's chain stays whole.
        let sql = if sql.starts_with("INSERT") || sql.contains("audit_heads") {
            (*sql).to_owned()
        } else {
            format!("{sql} AND organisation_id = '{}'", world.dutch.id)
        };
        raw.execute(sql.as_str()).await.unwrap();
    }
    let other = world.store.audit_verify(world.belgian.id, None).await;
    assert!(other.is_ok());
}
