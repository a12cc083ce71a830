//! Transactions: how the two engines are made to behave alike.
//!
//! On SQLite there is one connection that writes and a few that read. A writing transaction begins
//! with `BEGIN IMMEDIATE`, so it never has to upgrade a lock that another holds. On PostgreSQL rows
//! are locked in one order (session, claims sorted by resource and slot, head of the audit chain);
//! where two transactions still meet head on, the database ends one and [`retrying!`] runs it again.
//!
//! Readers see one instant: a deferred transaction on SQLite, `REPEATABLE READ` on PostgreSQL.

use std::ops::{Deref, DerefMut};

use bega_scheduling::OrganisationId;
use sqlx::{Any, AnyConnection, Transaction};

use crate::{Store, StoreError};

/// Whose rows a transaction may see; enforced by PostgreSQL's row-level security.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Scope {
    /// Those of one organisation.
    Organisation(OrganisationId),
    /// All: to find out whose a cookie, an address or a session is, and for housekeeping.
    Platform,
}

impl Scope {
    /// As a literal: safe, because it is an asterisk or a UUID.
    fn setting(self) -> String {
        match self {
            Self::Organisation(id) => id.to_string(),
            Self::Platform => "*".into(),
        }
    }
}

impl From<OrganisationId> for Scope {
    fn from(id: OrganisationId) -> Self {
        Self::Organisation(id)
    }
}

/// Which database it is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Engine {
    Sqlite,
    Postgres,
}

/// An open transaction; dropped without [`Tx::commit`] it leaves no trace.
pub(crate) struct Tx(Transaction<'static, Any>);

impl Tx {
    pub(crate) async fn commit(self) -> Result<(), StoreError> {
        Ok(self.0.commit().await?)
    }
}

impl Deref for Tx {
    type Target = AnyConnection;

    fn deref(&self) -> &AnyConnection {
        &self.0
    }
}

impl DerefMut for Tx {
    fn deref_mut(&mut self) -> &mut AnyConnection {
        &mut self.0
    }
}

impl Store {
    /// Begins a transaction that only reads.
    pub(crate) async fn read(&self, scope: impl Into<Scope>) -> Result<Tx, StoreError> {
        let begin = match self.engine {
            Engine::Sqlite => "BEGIN".to_owned(),
            Engine::Postgres => format!(
                "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; \
                 SET LOCAL bega.organisation = '{}'",
                scope.into().setting()
            ),
        };
        Ok(Tx(self.readers.begin_with(begin).await?))
    }

    /// Begins a transaction that writes.
    pub(crate) async fn write(&self, scope: impl Into<Scope>) -> Result<Tx, StoreError> {
        let begin = match self.engine {
            Engine::Sqlite => "BEGIN IMMEDIATE".to_owned(),
            Engine::Postgres => format!(
                "BEGIN ISOLATION LEVEL READ COMMITTED; SET LOCAL bega.organisation = '{}'",
                scope.into().setting()
            ),
        };
        Ok(Tx(self.writer.begin_with(begin).await?))
    }
}

/// How often a transaction that lost a race is run.
pub(crate) const ATTEMPTS: u32 = 6;

/// Waits 5, 10, 20, 40, 80 ms between the attempts.
pub(crate) async fn back_off(attempt: u32) {
    tokio::time::sleep(std::time::Duration::from_millis(5 << attempt)).await;
}

/// Runs an expression that awaits a whole transaction again while it loses races.
macro_rules! retrying {
    ($transaction:expr) => {{
        let mut attempt = 0;
        loop {
            match $transaction {
                Err(error)
                    if attempt + 1 < crate::tx::ATTEMPTS
                        && crate::error::LostRace::lost_race(&error) =>
                {
                    crate::tx::back_off(attempt).await;
                    attempt += 1;
                }
                settled => break settled,
            }
        }
    }};
}
pub(crate) use retrying;
