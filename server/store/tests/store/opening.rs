//! Opening a database, or being told in one line why not.

use std::{fs, path::PathBuf};

use bega_store::{OpenError, Store, StoreError};
use sqlx::Executor;

use crate::{
    on_both_engines,
    world::{World, at},
};

on_both_engines!(
    migrating_twice_changes_nothing,
    a_database_of_a_newer_version_is_refused,
    a_changed_migration_is_refused,
    servers_that_start_at_once_migrate_once,
);

async fn migrating_twice_changes_nothing(world: World) {
    let session = world.book(&world.dutch, 0, 60).await;

    world.store.migrate(at(1)).await.unwrap();

    let found = world
        .store
        .session(world.dutch.id, session.id)
        .await
        .unwrap();
    assert_eq!(found.unwrap(), session);
    world.store.ping().await.unwrap();
}

async fn a_database_of_a_newer_version_is_refused(world: World) {
    let mut raw = world.raw().await;
    raw.execute("INSERT INTO migrations VALUES ('9999_future', 'x', 0)")
        .await
        .unwrap();

    let refused = world.store.migrate(at(1)).await.unwrap_err();

    assert_eq!(
        refused.to_string(),
        "the database was made by a newer version (it holds the migration 9999_future)"
    );
}

async fn a_changed_migration_is_refused(world: World) {
    let mut raw = world.raw().await;
    raw.execute("UPDATE migrations SET checksum = 'x' WHERE name = '0001_core'")
        .await
        .unwrap();

    let refused = world.store.migrate(at(1)).await;

    assert!(
        matches!(refused, Err(OpenError::ChangedMigration(_))),
        "{refused:?}"
    );
}

async fn servers_that_start_at_once_migrate_once(world: World) {
    let mut raw = world.raw().await;
    if world.is_sqlite() {
        // A second file, empty as on the first start.
        let fresh = world.url.replace("bega.db", "fresh.db");
        start_two(&fresh).await;
    } else {
        raw.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
            .await
            .unwrap();
        start_two(&world.url).await;
    }
}

async fn start_two(url: &str) {
    let start = async || {
        let store = Store::connect(url).await.unwrap();
        store.migrate(at(0)).await.unwrap();
        store
    };
    let (one, two) = tokio::join!(start(), start());
    assert!(one.organisations().await.unwrap().is_empty());
    assert!(two.organisations().await.unwrap().is_empty());
}

#[tokio::test]
async fn a_missing_directory_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let missing = folder.path().join("not there");

    let opened = Store::connect(&format!("sqlite:{}", missing.join("bega.db").display())).await;

    assert_eq!(
        opened.unwrap_err().to_string(),
        format!(
            "the directory {} for the database does not exist",
            missing.display()
        )
    );
}

#[tokio::test]
async fn a_path_with_odd_characters_is_opened() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("50% Timișoara #1.db");

    let store = Store::connect(&format!("sqlite:{}", path.display()))
        .await
        .unwrap();
    store.migrate(at(0)).await.unwrap();
    store.close().await;

    assert!(path.exists());
}

#[tokio::test]
async fn a_directory_in_place_of_the_file_cannot_be_written() {
    let folder = tempfile::tempdir().unwrap();

    let opened = Store::connect(&format!("sqlite:{}", folder.path().display())).await;

    let Err(OpenError::NotWritable(path)) = opened else {
        panic!("a directory is no database: {opened:?}");
    };
    assert_eq!(path, PathBuf::from(folder.path()));
}

#[tokio::test]
async fn a_file_that_is_no_database_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bega.db");
    fs::write(
        &path,
        "a shopping list, longer than a page header ".repeat(100),
    )
    .unwrap();

    let opened = Store::connect(&format!("sqlite:{}", path.display())).await;

    assert!(
        matches!(opened, Err(OpenError::NotADatabase(_))),
        "{opened:?}"
    );
}

#[tokio::test]
async fn a_server_that_is_not_there_is_named() {
    // Port 1 is never a database.
    let opened = Store::connect("postgres://bega:secret@127.0.0.1:1/bega").await;

    assert_eq!(
        opened.unwrap_err().to_string(),
        "the database server at 127.0.0.1:1 cannot be reached"
    );
}

#[tokio::test]
async fn a_database_that_the_server_does_not_have_is_refused() {
    let database = bega_harness::postgres().unwrap();
    let url = format!("{}_nowhere", database.url());

    let opened = Store::connect(&url).await;

    assert!(matches!(opened, Err(OpenError::Refused(_))), "{opened:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_went_away_is_unavailable_until_it_is_back() {
    let mut server =
        bega_harness::Postgres::start(bega_harness::PostgresOptions::default()).unwrap();
    let database = server.database().unwrap();
    let store = Store::connect(database.url()).await.unwrap();
    store.migrate(at(0)).await.unwrap();
    store.purge(at(0)).await.unwrap();

    server.crash().unwrap();
    let gone = store.purge(at(1)).await;
    server.resume().unwrap();
    let back = store.purge(at(2)).await;

    assert!(matches!(gone, Err(StoreError::Unavailable(_))), "{gone:?}");
    assert!(back.is_ok(), "{back:?}");
}

#[tokio::test]
async fn an_unknown_kind_of_database_is_refused() {
    let opened = Store::connect("mysql://localhost/bega").await;

    assert!(
        matches!(opened, Err(OpenError::UnknownScheme)),
        "{opened:?}"
    );
}

#[tokio::test]
async fn a_full_disk_is_said_to_be_full() {
    let folder = tempfile::tempdir().unwrap();
    let Some(_disk) = SmallDisk::mount(folder.path()) else {
        eprintln!("not allowed to mount a small disk here; left out");
        return;
    };
    fs::write(folder.path().join("ballast"), vec![0; 1 << 20]).unwrap_err();

    let path = folder.path().join("bega.db");
    let opened = Store::connect(&format!("sqlite:{}", path.display())).await;

    assert!(matches!(opened, Err(OpenError::DiskFull)), "{opened:?}");
}

#[tokio::test]
async fn a_read_only_disk_cannot_be_written() {
    let folder = tempfile::tempdir().unwrap();
    let Some(disk) = SmallDisk::mount(folder.path()) else {
        eprintln!("not allowed to mount a small disk here; left out");
        return;
    };
    disk.remount_read_only();

    let path = folder.path().join("bega.db");
    let opened = Store::connect(&format!("sqlite:{}", path.display())).await;

    assert!(
        matches!(opened, Err(OpenError::NotWritable(_))),
        "{opened:?}"
    );
}

/// A disk of 256 KiB in memory; needs the right to mount.
struct SmallDisk(PathBuf);

impl SmallDisk {
    fn mount(at: &std::path::Path) -> Option<Self> {
        let mounted = std::process::Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=256k", "bega-test"])
            .arg(at)
            .output()
            .ok()?;
        mounted.status.success().then(|| Self(at.to_owned()))
    }

    fn remount_read_only(&self) {
        let done = std::process::Command::new("mount")
            .args(["-o", "remount,ro"])
            .arg(&self.0)
            .status();
        assert!(done.unwrap().success());
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = std::process::Command::new("umount")
            .arg("-l")
            .arg(&self.0)
            .status();
    }
}
