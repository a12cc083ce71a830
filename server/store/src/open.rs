//! Opens the database, or says in one line why not.

use std::{
    path::{Path, PathBuf},
    sync::Once,
    time::Duration,
};

use sqlx::{
    AnyConnection, AnyPool, ConnectOptions, Connection, Executor,
    any::{AnyConnectOptions, AnyPoolOptions},
};

use crate::{
    OpenError, StoreError,
    error::{Fault, fault},
    tx::{ATTEMPTS, Engine, back_off},
};

/// The database. Cheap to clone; all clones share the connections.
#[derive(Clone, Debug)]
pub struct Store {
    pub(crate) engine: Engine,
    pub(crate) writer: AnyPool,
    pub(crate) readers: AnyPool,
}

impl Store {
    /// Opens `sqlite:PATH` or `postgres://…`. Makes the SQLite file where there is none, and proves
    /// that it can be written. Does not migrate.
    pub async fn connect(url: &str) -> Result<Self, OpenError> {
        static DRIVERS: Once = Once::new();
        DRIVERS.call_once(sqlx::any::install_default_drivers);
        if let Some(path) = url.strip_prefix("sqlite:") {
            Self::open_file(path.strip_prefix("//").unwrap_or(path)).await
        } else if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            Self::open_server(url).await
        } else {
            Err(OpenError::UnknownScheme)
        }
    }

    /// Whether the database answers.
    pub async fn ping(&self) -> Result<(), StoreError> {
        self.readers.execute("SELECT 1").await?;
        Ok(())
    }

    /// Waits for what is under way and closes every connection.
    pub async fn close(&self) {
        self.readers.close().await;
        self.writer.close().await;
    }

    async fn open_file(path: &str) -> Result<Self, OpenError> {
        let path = path.split('?').next().unwrap_or(path);
        let path = std::path::absolute(path)
            .map_err(|_| OpenError::MissingDirectory(PathBuf::from(path)))?;
        let directory = path.parent().unwrap_or(Path::new("/"));
        if !directory.is_dir() {
            return Err(OpenError::MissingDirectory(directory.to_owned()));
        }
        let options = file_options(&path)?;
        let explain = |error| explain_file(error, &path);

        // One plain attempt first: a pool retries what fails after connecting and hides the cause.
        prove_writable(&options).await.map_err(explain)?;
        let writer = AnyPoolOptions::new()
            .max_connections(1)
            .min_connections(1)
            .max_lifetime(None)
            .idle_timeout(None)
            // Many may queue for the one that writes; each write is a few milliseconds.
            .acquire_timeout(Duration::from_secs(10))
            .after_connect(|connection, _| Box::pin(set_up_writer(connection)))
            .connect_with(options.clone())
            .await
            .map_err(explain)?;
        let readers = AnyPoolOptions::new()
            .max_connections(4)
            .acquire_timeout(Duration::from_secs(5))
            .after_connect(|connection, _| {
                Box::pin(async move {
                    connection
                        .execute("PRAGMA busy_timeout = 5000; PRAGMA query_only = ON")
                        .await?;
                    Ok(())
                })
            })
            .connect_with(options)
            .await
            .map_err(explain)?;
        Ok(Self {
            engine: Engine::Sqlite,
            writer,
            readers,
        })
    }

    async fn open_server(url: &str) -> Result<Self, OpenError> {
        let options: AnyConnectOptions = url.parse().map_err(OpenError::Other)?;
        let options = quiet(options);
        let place = place_of(&options);
        // One plain attempt first: a pool would wait out its patience on a server that is not there.
        let attempt = tokio::time::timeout(Duration::from_secs(5), options.connect());
        match attempt.await {
            Err(_) => return Err(OpenError::Unreachable(place)),
            Ok(Err(error)) => return Err(explain_server(error, place)),
            Ok(Ok(connection)) => {
                let _ = connection.close().await;
            }
        }
        let pool = AnyPoolOptions::new()
            .max_connections(16)
            .acquire_timeout(Duration::from_secs(5))
            .connect_with(options)
            .await
            .map_err(|error| explain_server(error, place))?;
        Ok(Self {
            engine: Engine::Postgres,
            writer: pool.clone(),
            readers: pool,
        })
    }
}

/// WAL lets readers read while one writes; FULL makes a commit survive a power cut.
async fn set_up_writer(connection: &mut AnyConnection) -> Result<(), sqlx::Error> {
    connection.execute("PRAGMA busy_timeout = 5000").await?;
    switch_to_wal(connection).await?;
    connection
        .execute("PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON")
        .await?;
    Ok(())
}

/// Of two servers that switch a new file at once, SQLite tells one "busy" without waiting, whatever
/// the timeout: so it asks again.
async fn switch_to_wal(connection: &mut AnyConnection) -> Result<(), sqlx::Error> {
    let mut attempt = 0;
    loop {
        match connection.execute("PRAGMA journal_mode = WAL").await {
            Err(error) if attempt < ATTEMPTS && matches!(fault(&error), Fault::Contended) => {
                back_off(attempt).await;
                attempt += 1;
            }
            settled => return settled.map(|_| ()),
        }
    }
}

/// Writes one page: a read-only or full disk shows itself now and not at the first booking.
async fn prove_writable(options: &AnyConnectOptions) -> Result<(), sqlx::Error> {
    let mut connection = options.connect().await?;
    set_up_writer(&mut connection).await?;
    connection
        .execute("BEGIN IMMEDIATE; PRAGMA user_version = 1; COMMIT")
        .await?;
    connection.close().await
}

fn file_options(path: &Path) -> Result<AnyConnectOptions, OpenError> {
    let escaped = path
        .to_string_lossy()
        .replace('%', "%25")
        .replace('?', "%3F")
        .replace('#', "%23");
    format!("sqlite://{escaped}?mode=rwc")
        .parse()
        .map(quiet)
        .map_err(OpenError::Other)
}

/// Statements stay out of the log: they would carry the data of people.
fn quiet(options: AnyConnectOptions) -> AnyConnectOptions {
    options.disable_statement_logging()
}

/// Host and port, without the password.
fn place_of(options: &AnyConnectOptions) -> String {
    let url = &options.database_url;
    format!(
        "{}:{}",
        url.host_str()
            .filter(|h| !h.is_empty())
            .unwrap_or("localhost"),
        url.port().unwrap_or(5432)
    )
}

fn explain_file(error: sqlx::Error, path: &Path) -> OpenError {
    match fault(&error) {
        Fault::Full => OpenError::DiskFull,
        Fault::NotWritable | Fault::Refused => OpenError::NotWritable(path.to_owned()),
        Fault::Damaged => OpenError::NotADatabase(path.to_owned()),
        Fault::Contended => OpenError::Busy,
        Fault::Unreachable | Fault::Other => OpenError::Other(error),
    }
}

fn explain_server(error: sqlx::Error, place: String) -> OpenError {
    match fault(&error) {
        Fault::Unreachable => OpenError::Unreachable(place),
        Fault::Refused => OpenError::Refused(place),
        Fault::Full => OpenError::DiskFull,
        Fault::NotWritable | Fault::Damaged | Fault::Contended | Fault::Other => {
            OpenError::Other(error)
        }
    }
}

impl From<StoreError> for OpenError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::DiskFull(_) => Self::DiskFull,
            StoreError::Contended(_) => Self::Busy,
            StoreError::Unavailable(cause) | StoreError::Unexpected(cause) => Self::Other(cause),
            StoreError::Corrupt(what) => Self::Other(sqlx::Error::Decode(what.into())),
        }
    }
}
