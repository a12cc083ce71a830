//! A real `bega` process, as a deployment runs it.
//!
//! Ports and folder stay the same over [`Server::kill`] and [`Server::restart`], so that clients
//! find it again. What it logs is kept over restarts, to be searched for what must not be in a log.

use std::{
    env,
    ffi::{OsStr, OsString},
    io::{self, Read, Write as _},
    net::TcpStream,
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    sync::{Arc, Mutex, PoisonError},
    thread,
    time::Duration,
};

use anyhow::{Context as _, Result, bail, ensure};
use tempfile::TempDir;

use crate::ports;

/// As many media workers as any test machine has, and some more.
const MEDIA_PORTS: u16 = 32;
/// How often a condition is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(10);

/// How to start a server.
#[derive(Debug, Default)]
pub struct ServerBuilder {
    program: Option<PathBuf>,
    database: Option<String>,
    arguments: Vec<OsString>,
    environment: Vec<(OsString, OsString)>,
}

impl ServerBuilder {
    /// The program, where it is not the one [`Server::builder`] finds.
    #[must_use]
    pub fn program(mut self, path: impl Into<PathBuf>) -> Self {
        self.program = Some(path.into());
        self
    }

    /// The database; without one the server makes an SQLite file in its folder.
    #[must_use]
    pub fn database(mut self, url: impl Into<String>) -> Self {
        self.database = Some(url.into());
        self
    }

    /// One more argument of `bega serve`.
    #[must_use]
    pub fn arg(mut self, argument: impl Into<OsString>) -> Self {
        self.arguments.push(argument.into());
        self
    }

    /// One more environment variable.
    #[must_use]
    pub fn env(mut self, name: impl AsRef<OsStr>, value: impl AsRef<OsStr>) -> Self {
        self.environment
            .push((name.as_ref().into(), value.as_ref().into()));
        self
    }

    /// Starts the server and waits until it is ready.
    ///
    /// # Errors
    ///
    /// When the program is not there, ends, or is not ready within a minute; with what it logged.
    pub fn start(self) -> Result<Server> {
        let mut server = Server {
            program: match &self.program {
                Some(program) => program.clone(),
                None => program()?,
            },
            builder: self,
            folder: TempDir::with_prefix("bega-server-")?,
            http_port: ports::free(1)?,
            media_port: ports::free(MEDIA_PORTS)?,
            logs: Arc::default(),
            child: None,
        };
        server.restart()?;
        Ok(server)
    }
}

/// A running server. Killed on drop, and its folder removed.
#[derive(Debug)]
pub struct Server {
    program: PathBuf,
    builder: ServerBuilder,
    folder: TempDir,
    http_port: u16,
    media_port: u16,
    logs: Arc<Mutex<Vec<u8>>>,
    child: Option<Child>,
}

impl Server {
    /// A server of the program that `CARGO_BIN_EXE_bega` or `BEGA_BIN` names, else of the one that
    /// was built beside the test.
    pub fn builder() -> ServerBuilder {
        ServerBuilder::default()
    }

    /// Where it answers, as `http://127.0.0.1:port`.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.http_port)
    }

    /// The port of the first media worker.
    pub fn media_port(&self) -> u16 {
        self.media_port
    }

    /// Its folder, with the embedded database.
    pub fn data_dir(&self) -> &Path {
        self.folder.path()
    }

    /// Everything it wrote to standard output and error, over all its starts.
    pub fn logs(&self) -> String {
        let logs = self.logs.lock().unwrap_or_else(PoisonError::into_inner);
        String::from_utf8_lossy(&logs).into_owned()
    }

    /// Ends it at once, with SIGKILL.
    ///
    /// # Errors
    ///
    /// When the system refuses.
    pub fn kill(&mut self) -> Result<()> {
        if let Some(mut child) = self.child.take() {
            child.kill()?;
            child.wait()?;
        }
        Ok(())
    }

    /// Asks it to end, with SIGTERM, and waits until it has.
    ///
    /// # Errors
    ///
    /// When it has not ended after a minute.
    pub fn terminate(&mut self) -> Result<ExitStatus> {
        let child = self.child.as_ref().context("the server does not run")?;
        let status = Command::new("sh")
            .args(["-c", "kill -TERM \"$0\"", &child.id().to_string()])
            .status()?;
        ensure!(status.success(), "SIGTERM could not be sent");
        self.wait()
    }

    /// Waits until it has ended by itself.
    ///
    /// # Errors
    ///
    /// When it has not ended after a minute.
    pub fn wait(&mut self) -> Result<ExitStatus> {
        let child = self.child.as_mut().context("the server does not run")?;
        let status = within_a_minute(|| child.try_wait().transpose())
            .context("the server does not end")??;
        self.child = None;
        Ok(status)
    }

    /// Starts it again on the same ports and folder, after it was killed or has ended, and waits
    /// until it is ready.
    ///
    /// # Errors
    ///
    /// When it ends or is not ready within a minute; with what it logged.
    pub fn restart(&mut self) -> Result<()> {
        ensure!(self.child.is_none(), "the server still runs");
        let mut command = Command::new(&self.program);
        command
            .arg("serve")
            .args(["--listen", &format!("127.0.0.1:{}", self.http_port)])
            .args(["--media-port", &self.media_port.to_string()])
            .args(["--media-ip", "127.0.0.1"])
            .arg("--data-dir")
            .arg(self.folder.path());
        if let Some(url) = &self.builder.database {
            command.args(["--database", url]);
        }
        let mut child = command
            .args(&self.builder.arguments)
            .envs(self.builder.environment.iter().map(|(n, v)| (n, v)))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .with_context(|| format!("could not run {}", self.program.display()))?;
        for stream in [
            child
                .stdout
                .take()
                .map(|s| Box::new(s) as Box<dyn Read + Send>),
            child
                .stderr
                .take()
                .map(|s| Box::new(s) as Box<dyn Read + Send>),
        ] {
            let logs = Arc::clone(&self.logs);
            thread::spawn(move || stream.map(|stream| keep(stream, &logs)));
        }

        let port = self.http_port;
        let outcome = within_a_minute(|| match child.try_wait() {
            Ok(Some(status)) => Some(Err(status)),
            _ => is_ready(port).then_some(Ok(())),
        });
        match outcome {
            Some(Ok(())) => {
                self.child = Some(child);
                Ok(())
            }
            Some(Err(status)) => bail!("the server ended with {status}: {}", self.logs()),
            None => {
                child.kill()?;
                child.wait()?;
                bail!("the server is not ready: {}", self.logs())
            }
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.kill();
    }
}

fn keep(mut stream: impl Read, logs: &Mutex<Vec<u8>>) {
    let mut buffer = [0; 4096];
    while let Ok(length @ 1..) = stream.read(&mut buffer) {
        logs.lock()
            .unwrap_or_else(PoisonError::into_inner)
            .extend_from_slice(&buffer[..length]);
    }
}

/// The `bega` to test.
fn program() -> Result<PathBuf> {
    let named = env::var_os("CARGO_BIN_EXE_bega").or_else(|| env::var_os("BEGA_BIN"));
    let path = match named {
        Some(path) => PathBuf::from(path),
        // target/<profile>/deps/<this test> -> target/<profile>/bega
        None => env::current_exe()?
            .ancestors()
            .nth(2)
            .context("the test has no folder")?
            .join("bega"),
    };
    ensure!(
        path.exists(),
        "there is no server at {}: cargo build --package bega, or set BEGA_BIN",
        path.display()
    );
    Ok(path)
}

/// Looks again and again until there is an answer, for a minute at most.
fn within_a_minute<T>(mut look: impl FnMut() -> Option<T>) -> Option<T> {
    for _ in 0..60_000 / LOOK_EVERY.as_millis() {
        if let Some(answer) = look() {
            return Some(answer);
        }
        thread::sleep(LOOK_EVERY);
    }
    None
}

fn is_ready(port: u16) -> bool {
    let ask = || -> io::Result<bool> {
        let mut stream = TcpStream::connect(("127.0.0.1", port))?;
        stream.set_read_timeout(Some(Duration::from_secs(5)))?;
        stream.write_all(b"GET /readyz HTTP/1.1\r\nHost: bega\r\nConnection: close\r\n\r\n")?;
        let mut status = [0; 12];
        stream.read_exact(&mut status)?;
        Ok(status.ends_with(b" 200"))
    };
    ask().unwrap_or(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Answers /readyz and ends on SIGTERM, as the server does.
    const STAND_IN: &str = r#"#!/usr/bin/env python3
import http.server, os, signal, sys
def ended(*_):
    print("ended in peace", flush=True)
    os._exit(0)
signal.signal(signal.SIGTERM, ended)
class Ready(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200); self.end_headers()
host, port = sys.argv[sys.argv.index("--listen") + 1].split(":")
print("started", flush=True)
http.server.HTTPServer.allow_reuse_address = True
http.server.HTTPServer((host, int(port)), Ready).serve_forever()
"#;

    #[test]
    fn a_server_is_killed_and_comes_back_on_the_same_address() {
        let folder = TempDir::new().unwrap();
        let mut server = Server::builder()
            .program(stand_in(folder.path(), STAND_IN))
            .start()
            .unwrap();
        let url = server.url();

        server.kill().unwrap();
        assert!(!is_ready(server.http_port));
        server.restart().unwrap();

        assert_eq!(server.url(), url);
        assert!(is_ready(server.http_port));
        assert_eq!(server.logs().matches("started").count(), 2);
    }

    #[test]
    fn a_server_that_is_asked_to_end_may_say_goodbye() {
        let folder = TempDir::new().unwrap();
        let mut server = Server::builder()
            .program(stand_in(folder.path(), STAND_IN))
            .start()
            .unwrap();

        let status = server.terminate().unwrap();

        assert!(status.success());
        within_a_minute(|| server.logs().contains("ended in peace").then_some(()))
            .expect("the last words are kept");
    }

    #[test]
    fn a_server_that_cannot_start_says_why() {
        let folder = TempDir::new().unwrap();
        let script = "#!/bin/sh\necho 'the disk is full' >&2\nexit 1\n";

        let error = Server::builder()
            .program(stand_in(folder.path(), script))
            .start()
            .expect_err("it ends at once");

        assert!(error.to_string().contains("exit status: 1"), "{error}");
    }

    fn stand_in(folder: &Path, script: &str) -> PathBuf {
        let path = folder.join("bega");
        // Written by another process: were it open here for writing while another test starts a
        // child, that child would hold it open, and the system runs no file that is being written.
        let mut writer = Command::new("sh")
            .args(["-c", "cat >\"$0\" && chmod +x \"$0\""])
            .arg(&path)
            .stdin(Stdio::piped())
            .spawn()
            .unwrap();
        let mut input = writer.stdin.take().unwrap();
        input.write_all(script.as_bytes()).unwrap();
        drop(input);
        assert!(writer.wait().unwrap().success());
        path
    }
}
