//! Brings the tables to the shape this program knows.
//!
//! Migrations are numbered across `migrations/{common,sqlite,postgres}`, embedded, and run in order,
//! each in a transaction of its own together with the note that it ran. To add one: write the file,
//! add a line below, never touch an older one.

use jiff::Timestamp;
use sha2::{Digest, Sha256};
use sqlx::Executor;

use crate::{
    OpenError, Store, StoreError,
    row::Columns,
    tx::{Engine, Scope},
};

struct Migration {
    name: &'static str,
    sql: &'static str,
    engine: Option<Engine>,
}

macro_rules! migration {
    ($directory:literal, $name:literal, $engine:expr) => {
        Migration {
            name: $name,
            sql: include_str!(concat!(
                "../../../migrations/",
                $directory,
                "/",
                $name,
                ".sql"
            )),
            engine: $engine,
        }
    };
}

const MIGRATIONS: &[Migration] = &[
    migration!("common", "0001_core", None),
    migration!("sqlite", "0002_append_only", Some(Engine::Sqlite)),
    migration!("postgres", "0002_append_only", Some(Engine::Postgres)),
    migration!("postgres", "0003_walls", Some(Engine::Postgres)),
    migration!("common", "0004_line_checks", None),
    migration!("postgres", "0005_line_checks_wall", Some(Engine::Postgres)),
];

impl Store {
    /// Runs the migrations that have not run yet. Several servers may do so at once.
    pub async fn migrate(&self, now: Timestamp) -> Result<(), OpenError> {
        let wanted = MIGRATIONS
            .iter()
            .filter(|migration| migration.engine.is_none_or(|engine| engine == self.engine));
        let mut tx = self.write(Scope::Platform).await?;
        self.lock_schema(&mut tx).await.map_err(StoreError::from)?;
        tx.execute(
            "CREATE TABLE IF NOT EXISTS migrations (
                name TEXT PRIMARY KEY, checksum TEXT NOT NULL, ran_at BIGINT NOT NULL)",
        )
        .await
        .map_err(StoreError::from)?;
        let mut ran = Vec::new();
        for row in sqlx::query("SELECT name, checksum FROM migrations ORDER BY name")
            .fetch_all(&mut *tx)
            .await
            .map_err(StoreError::from)?
        {
            ran.push((row.text("name")?, row.text("checksum")?));
        }
        tx.commit().await?;

        let wanted: Vec<_> = wanted.collect();
        if let Some((unknown, _)) = ran
            .iter()
            .find(|(name, _)| wanted.iter().all(|migration| migration.name != name))
        {
            return Err(OpenError::NewerSchema(unknown.clone()));
        }
        for migration in wanted {
            let checksum = hex::encode(Sha256::digest(migration.sql));
            match ran.iter().find(|(name, _)| name == migration.name) {
                Some((_, kept)) if *kept == checksum => {}
                Some(_) => return Err(OpenError::ChangedMigration(migration.name.into())),
                None => self.run(migration, &checksum, now).await?,
            }
        }
        Ok(())
    }

    async fn run(
        &self,
        migration: &Migration,
        checksum: &str,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let mut tx = self.write(Scope::Platform).await?;
        self.lock_schema(&mut tx).await?;
        let noted = sqlx::query(
            "INSERT INTO migrations (name, checksum, ran_at) VALUES ($1, $2, $3)
             ON CONFLICT DO NOTHING",
        )
        .bind(migration.name)
        .bind(checksum)
        .bind(now.as_millisecond())
        .execute(&mut *tx)
        .await?;
        // Another server may have run it since the list was read.
        if noted.rows_affected() == 1 {
            sqlx::raw_sql(migration.sql).execute(&mut *tx).await?;
            tx.commit().await?;
            tracing::info!(migration = migration.name, "ran a migration");
        }
        Ok(())
    }

    /// One server migrates at a time; SQLite's writing transaction is such a lock already.
    async fn lock_schema(&self, tx: &mut sqlx::AnyConnection) -> Result<(), sqlx::Error> {
        if self.engine == Engine::Postgres {
            // Any number that nothing else in the database uses.
            tx.execute("SELECT CAST(pg_advisory_xact_lock(7305418862) AS TEXT)")
                .await?;
        }
        Ok(())
    }
}
