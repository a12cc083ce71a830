//! A PostgreSQL of our own, started for the tests and gone after them.
//!
//! A static is never dropped, and a test may be killed. So the server is the child of a small shell
//! that waits for its standard input to close, which happens however this process ends; it then
//! stops the server and removes the folder.

use std::{
    fs,
    io::Read as _,
    os::unix::fs::{MetadataExt as _, chown},
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    sync::{
        OnceLock,
        atomic::{AtomicU32, Ordering},
    },
    thread,
    time::Duration,
};

use anyhow::{Context as _, Result, anyhow, bail, ensure};
use tempfile::TempDir;

use crate::ports;

/// A fresh, empty database on this process's shared PostgreSQL, started on first use.
///
/// `BEGA_TEST_POSTGRES` may name a server to use instead, as `postgres://user@host:port`.
///
/// # Errors
///
/// One clear line when PostgreSQL is not installed or does not start.
pub fn postgres() -> Result<Database> {
    static SHARED: OnceLock<Result<Postgres, String>> = OnceLock::new();
    match SHARED.get_or_init(|| Postgres::start(PostgresOptions::default()).map_err(line)) {
        Ok(server) => server.database(),
        Err(error) => Err(anyhow!(error.clone())),
    }
}

/// How a PostgreSQL is started.
#[derive(Clone, Copy, Debug)]
pub struct PostgresOptions {
    /// Whether writes reach the disk before they are acknowledged. On, as in production; off makes
    /// tests that create much data faster.
    pub fsync: bool,
}

impl Default for PostgresOptions {
    fn default() -> Self {
        Self { fsync: true }
    }
}

/// A running PostgreSQL.
#[derive(Debug)]
pub struct Postgres {
    server: ServerUrl,
    programs: PathBuf,
    own: Option<Own>,
}

/// What there is when the server is one we started.
#[derive(Debug)]
struct Own {
    folder: PathBuf,
    user: Option<User>,
    fsync: bool,
    guard: Option<Child>,
}

/// `postgres://user@host:port`, without a database.
#[derive(Clone, Debug)]
struct ServerUrl(String);

impl Postgres {
    /// Makes a cluster in a temporary folder and starts it.
    ///
    /// # Errors
    ///
    /// When PostgreSQL is not installed or does not start.
    pub fn start(options: PostgresOptions) -> Result<Self> {
        let programs = programs()?;
        if let Ok(url) = std::env::var("BEGA_TEST_POSTGRES") {
            return Ok(Self {
                server: ServerUrl(url.trim_end_matches('/').into()),
                programs,
                own: None,
            });
        }

        // PostgreSQL refuses to run as root.
        let user = (fs::metadata("/proc/self")?.uid() == 0)
            .then(User::unprivileged)
            .transpose()?;
        let folder = TempDir::with_prefix("bega-postgres-")?;
        if let Some(User { uid, gid }) = user {
            chown(folder.path(), Some(uid), Some(gid))?;
        }
        run(as_user(user, &programs.join("initdb"))
            .arg("--pgdata")
            .arg(folder.path().join("data"))
            .args(["--username=bega", "--auth=trust", "--encoding=UTF8"])
            .args(["--no-locale", "--no-sync"]))
        .context("initdb failed")?;

        let mut this = Self {
            server: ServerUrl(String::new()),
            programs,
            own: Some(Own {
                // From here the shell removes it.
                folder: folder.keep(),
                user,
                fsync: options.fsync,
                guard: None,
            }),
        };
        this.server = ServerUrl(format!("postgres://bega@127.0.0.1:{}", ports::free(1)?));
        this.resume()?;
        Ok(this)
    }

    /// A new, empty database.
    ///
    /// # Errors
    ///
    /// When the server is not there.
    pub fn database(&self) -> Result<Database> {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let name = format!(
            "bega_{}_{}",
            std::process::id(),
            NUMBER.fetch_add(1, Ordering::Relaxed)
        );
        self.sql("postgres", &format!("CREATE DATABASE {name}"))?;
        Ok(Database {
            url: format!("{}/{name}", self.server.0),
        })
    }

    /// Runs one statement with `psql`, for what a test wants to break or look at from outside.
    ///
    /// # Errors
    ///
    /// What PostgreSQL answers.
    pub fn sql(&self, database: &str, statement: &str) -> Result<String> {
        let output = run(Command::new(self.programs.join("psql"))
            .args(["--no-psqlrc", "--quiet", "--tuples-only", "--no-align"])
            .args(["--set", "ON_ERROR_STOP=1", "--command", statement])
            .arg(format!("{}/{database}", self.server.0)))?;
        Ok(String::from_utf8_lossy(&output.stdout).trim().into())
    }

    /// Stops the server at once, as a crash would; clients see their connections break.
    ///
    /// # Errors
    ///
    /// When the server is not one this process started.
    pub fn crash(&mut self) -> Result<()> {
        let own = self.own.as_mut().context("this server is not ours")?;
        own.stop("crash\n")
    }

    /// Starts the server again after [`Postgres::crash`], on the same port and data.
    ///
    /// # Errors
    ///
    /// When it does not start.
    pub fn resume(&mut self) -> Result<()> {
        let own = self.own.as_mut().context("this server is not ours")?;
        let port = self.server.0.rsplit(':').next().unwrap_or_default();
        // `read` ends with a line (crash) or with the end of input (this process is gone).
        let script = r#"
            "$@" >"$FOLDER/log" 2>&1 </dev/null &
            server=$!
            read -r word
            kill -QUIT "$server"
            wait "$server"
            [ "$word" = crash ] || rm -rf "$FOLDER"
        "#;
        let server = as_user(own.user, &self.programs.join("postgres"));
        let mut guard = Command::new("sh")
            .args(["-c", script, "sh"])
            .arg(server.get_program())
            .args(server.get_args())
            .arg("-D")
            .arg(own.folder.join("data"))
            .args(["-h", "127.0.0.1", "-p", port])
            .args(["-c", "unix_socket_directories="])
            .args(["-c", "max_connections=400"])
            .args(["-c", if own.fsync { "fsync=on" } else { "fsync=off" }])
            .env("FOLDER", &own.folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?;

        // Until it answers, or is gone, or a minute has passed on a very busy machine.
        for _ in 0..1200 {
            let ready = Command::new(self.programs.join("pg_isready"))
                .args(["--quiet", "-h", "127.0.0.1", "-p", port, "-U", "bega"])
                .status()?;
            if ready.success() {
                own.guard = Some(guard);
                return Ok(());
            }
            if own.log().contains("database system is shut down") {
                break;
            }
            thread::sleep(Duration::from_millis(50));
        }
        let log = own.log();
        let _ = guard.stdin.take();
        let _ = guard.wait();
        bail!("PostgreSQL did not start: {}", log.trim())
    }
}

impl Own {
    fn stop(&mut self, word: &str) -> Result<()> {
        use std::io::Write as _;
        let Some(mut guard) = self.guard.take() else {
            return Ok(());
        };
        if let Some(mut input) = guard.stdin.take() {
            input.write_all(word.as_bytes())?;
        }
        guard.wait()?;
        Ok(())
    }

    fn log(&self) -> String {
        let mut text = String::new();
        if let Ok(mut file) = fs::File::open(self.folder.join("log")) {
            let _ = file.read_to_string(&mut text);
        }
        text
    }
}

impl Drop for Own {
    fn drop(&mut self) {
        if self.guard.is_some() {
            let _ = self.stop("");
        } else {
            let _ = fs::remove_dir_all(&self.folder);
        }
    }
}

/// An empty database, for one test.
#[derive(Clone, Debug)]
pub struct Database {
    url: String,
}

impl Database {
    /// Where it is, as `postgres://user@host:port/name`.
    pub fn url(&self) -> &str {
        &self.url
    }
}

/// The folder with `initdb` and `postgres`, of the newest version that is installed.
fn programs() -> Result<PathBuf> {
    let version = |path: &Path| {
        let folder = path.parent().and_then(Path::file_name);
        folder.and_then(|name| name.to_str()?.parse::<u32>().ok())
    };
    fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .filter_map(|entry| Some(entry.ok()?.path().join("bin")))
        .filter(|bin| bin.join("initdb").exists())
        .max_by_key(|bin| version(bin))
        .context("PostgreSQL is not installed: apt-get install postgresql")
}

/// Whom the server runs as.
#[derive(Clone, Copy, Debug)]
struct User {
    uid: u32,
    gid: u32,
}

impl User {
    /// Somebody other than root.
    fn unprivileged() -> Result<Self> {
        let users = fs::read_to_string("/etc/passwd")?;
        ["postgres", "nobody"]
            .iter()
            .find_map(|name| {
                let fields: Vec<_> = users
                    .lines()
                    .map(|line| line.split(':').collect::<Vec<_>>())
                    .find(|fields| fields.first() == Some(name))?;
                let number = |at: usize| fields.get(at)?.parse().ok();
                Some(Self {
                    uid: number(2)?,
                    gid: number(3)?,
                })
            })
            .context("PostgreSQL cannot run as root, and there is no other user to run it as")
    }
}

/// The program, run as that user where one is given.
fn as_user(user: Option<User>, program: &Path) -> Command {
    match user {
        None => Command::new(program),
        Some(User { uid, gid }) => {
            let mut command = Command::new("setpriv");
            command
                .arg(format!("--reuid={uid}"))
                .arg(format!("--regid={gid}"))
                .args(["--clear-groups", "--"])
                .arg(program);
            command
        }
    }
}

fn run(command: &mut Command) -> Result<Output> {
    let output = command
        // The caller's folder may be closed to the user the program runs as.
        .current_dir("/")
        .stdin(Stdio::null())
        .output()
        .with_context(|| format!("could not run {}", command.get_program().display()))?;
    ensure!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr).trim()
    );
    Ok(output)
}

#[expect(clippy::needless_pass_by_value, reason = "given to map_err")]
fn line(error: anyhow::Error) -> String {
    format!("{error:#}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_test_has_a_database_of_its_own() {
        let server = Postgres::start(PostgresOptions::default()).unwrap();
        let first = server.database().unwrap();
        let second = server.database().unwrap();

        let tables = |database: &Database, statement: &str| {
            let name = database.url().rsplit('/').next().unwrap();
            server.sql(name, statement)
        };
        tables(&first, "CREATE TABLE only_here (id BIGINT)").unwrap();

        assert!(tables(&first, "SELECT * FROM only_here").is_ok());
        assert!(tables(&second, "SELECT * FROM only_here").is_err());
    }

    #[test]
    fn what_was_committed_outlives_a_crash() {
        let mut server = Postgres::start(PostgresOptions::default()).unwrap();
        server
            .sql("postgres", "CREATE TABLE kept AS SELECT 7 AS number")
            .unwrap();

        server.crash().unwrap();
        assert!(server.sql("postgres", "SELECT 1").is_err());
        server.resume().unwrap();

        assert_eq!(server.sql("postgres", "SELECT * FROM kept").unwrap(), "7");
    }

    #[test]
    fn nothing_is_left_behind() {
        let server = Postgres::start(PostgresOptions { fsync: false }).unwrap();
        let folder = server.own.as_ref().unwrap().folder.clone();
        assert!(folder.exists());

        drop(server);

        assert!(!folder.exists());
    }
}
