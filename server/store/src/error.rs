//! What can go wrong below every operation, sorted by what one can do about it.

use std::path::PathBuf;

/// The database did not do what it was asked. The text is safe to show; the source is for the log.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// It cannot be reached, or has no connection to spare; try again later.
    #[error("the database cannot be reached")]
    Unavailable(#[source] sqlx::Error),
    /// There is no room left to write.
    #[error("the disk of the database is full")]
    DiskFull(#[source] sqlx::Error),
    /// Others kept changing the same rows; the transaction was tried several times.
    #[error("the database is busy")]
    Contended(#[source] Option<sqlx::Error>),
    /// What was read cannot have been written by this program.
    #[error("the database holds something that cannot be: {0}")]
    Corrupt(&'static str),
    /// Anything else; a mistake in this program.
    #[error("the database refused a statement")]
    Unexpected(#[source] sqlx::Error),
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        match fault(&error) {
            Fault::Unreachable | Fault::Refused => Self::Unavailable(error),
            Fault::Full => Self::DiskFull(error),
            Fault::Contended => Self::Contended(Some(error)),
            Fault::Damaged => Self::Corrupt("damaged file"),
            Fault::NotWritable | Fault::Other => Self::Unexpected(error),
        }
    }
}

/// Why the database could not be opened; each is one clear line for whoever starts the server.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// Neither `sqlite:` nor `postgres:`.
    #[error("the database address must begin with `sqlite:` or `postgres://`")]
    UnknownScheme,
    /// The directory for the database file is not there.
    #[error("the directory {} for the database does not exist", .0.display())]
    MissingDirectory(PathBuf),
    /// The file cannot be written: read-only disk, or no permission.
    #[error("the database {} cannot be written; check the disk and the permissions", .0.display())]
    NotWritable(PathBuf),
    /// There is no room left to write.
    #[error("the disk of the database is full")]
    DiskFull,
    /// The file is there and is no database, or a damaged one.
    #[error("the file {} is no database, or a damaged one", .0.display())]
    NotADatabase(PathBuf),
    /// Nobody answers at the address of the server.
    #[error("the database server at {0} cannot be reached")]
    Unreachable(String),
    /// The server does not let us in: name, password or database are wrong.
    #[error("the database server at {0} refuses the connection; check user, password and database")]
    Refused(String),
    /// Another process has held the database for long.
    #[error("the database is in use by another process")]
    Busy,
    /// A newer version of this program has been here.
    #[error("the database was made by a newer version (it holds the migration {0})")]
    NewerSchema(String),
    /// A migration that has run is not the one this program knows.
    #[error("the migration {0} in the database differs from the one in this program")]
    ChangedMigration(String),
    /// Anything else.
    #[error("the database could not be opened")]
    Other(#[source] sqlx::Error),
}

/// What an error of the driver means, whichever engine it came from.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Fault {
    Unreachable,
    Refused,
    Full,
    NotWritable,
    Damaged,
    Contended,
    Other,
}

pub(crate) fn fault(error: &sqlx::Error) -> Fault {
    match error {
        sqlx::Error::Io(_)
        | sqlx::Error::Tls(_)
        | sqlx::Error::Protocol(_)
        | sqlx::Error::PoolTimedOut
        | sqlx::Error::PoolClosed
        | sqlx::Error::WorkerCrashed => Fault::Unreachable,
        sqlx::Error::Database(cause) => {
            let code = cause.code().unwrap_or_default();
            // PostgreSQL's codes have five characters, SQLite's at most four digits.
            if code.len() == 5 {
                postgres_fault(&code)
            } else {
                sqlite_fault(code.parse().unwrap_or(0))
            }
        }
        _ => Fault::Other,
    }
}

/// <https://www.postgresql.org/docs/current/errcodes-appendix.html>
fn postgres_fault(code: &str) -> Fault {
    match code {
        "40001" | "40P01" | "55P03" => Fault::Contended,
        "53100" => Fault::Full,
        "25006" => Fault::NotWritable,
        "28000" | "28P01" | "3D000" => Fault::Refused,
        "53300" | "57P01" | "57P02" | "57P03" => Fault::Unreachable,
        _ if code.starts_with("08") => Fault::Unreachable,
        _ if code.starts_with("XX") => Fault::Damaged,
        _ => Fault::Other,
    }
}

/// <https://www.sqlite.org/rescode.html>; the low byte is the primary code.
fn sqlite_fault(code: u32) -> Fault {
    const IOERR_SHMSIZE: u32 = 4874;
    const IOERR_WRITE: u32 = 778;
    match (code, code & 0xff) {
        (IOERR_SHMSIZE | IOERR_WRITE, _) | (_, 13) => Fault::Full,
        (_, 5 | 6) => Fault::Contended,
        (_, 3 | 8 | 14 | 23) => Fault::NotWritable,
        (_, 10) => Fault::Unreachable,
        (_, 11 | 26) => Fault::Damaged,
        _ => Fault::Other,
    }
}

/// An error of an operation that may have lost a race and can be tried again.
pub(crate) trait LostRace {
    /// Whether trying the whole transaction again makes sense.
    fn lost_race(&self) -> bool;
}

impl LostRace for StoreError {
    fn lost_race(&self) -> bool {
        matches!(self, Self::Contended(_))
    }
}

/// For errors with a variant `Store(StoreError)`.
macro_rules! lost_race_in_store {
    ($($error:ty),+ $(,)?) => {
        $(impl crate::error::LostRace for $error {
            fn lost_race(&self) -> bool {
                matches!(self, Self::Store(error) if crate::error::LostRace::lost_race(error))
            }
        }

        impl From<sqlx::Error> for $error {
            fn from(error: sqlx::Error) -> Self {
                Self::Store(error.into())
            }
        })+
    };
}
pub(crate) use lost_race_in_store;
