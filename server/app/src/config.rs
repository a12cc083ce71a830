//! The settings of a server: flags over environment over configuration file over defaults.

use std::{
    fmt, fs,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
};

use anyhow::{Context as _, bail};
use serde::Deserialize;

use crate::{
    cli::{DataFlags, ServeFlags},
    dev, keys,
};

/// Everything `bega serve` needs to know.
#[derive(Debug)]
pub(crate) struct Settings {
    pub(crate) data: DataSettings,
    pub(crate) demo: bool,
    pub(crate) dev: bool,
    pub(crate) listen: SocketAddr,
    pub(crate) media: MediaSettings,
    pub(crate) turn: Option<TurnSettings>,
    /// Without a path and without a slash at the end.
    pub(crate) public_url: String,
    pub(crate) trusted_proxies: Vec<IpAddr>,
    pub(crate) log_json: bool,
    /// Other servers that may call us.
    pub(crate) server_key: Option<ServerKey>,
    /// Whom we tell what happens in media rooms.
    pub(crate) webhooks: Vec<String>,
}

/// What another server shows that it may call, and sees that a webhook is ours.
#[derive(Clone, Eq, PartialEq)]
pub(crate) struct ServerKey {
    pub(crate) id: String,
    pub(crate) secret: String,
}

impl fmt::Debug for ServerKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServerKey")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

/// Where the data is.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct DataSettings {
    pub(crate) directory: PathBuf,
    pub(crate) database: String,
}

/// How media is received and sent.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct MediaSettings {
    /// The address the sockets are bound to.
    pub(crate) listen: IpAddr,
    pub(crate) port: u16,
    /// The addresses clients are told; the sockets' own when empty.
    pub(crate) addresses: Vec<IpAddr>,
    pub(crate) workers: usize,
}

/// The relays participants are told of.
#[derive(Clone)]
pub(crate) struct TurnSettings {
    pub(crate) urls: Vec<String>,
    /// Shared with the relay; never logged.
    pub(crate) secret: String,
}

impl std::fmt::Debug for TurnSettings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TurnSettings")
            .field("urls", &self.urls)
            .finish_non_exhaustive()
    }
}

impl Settings {
    /// Merges the flags over the file they name.
    pub(crate) fn load(flags: ServeFlags) -> anyhow::Result<Self> {
        let file = File::load(flags.data.config.as_deref())?;
        let data = data(&flags.data, &file);
        let listen = flags.listen.or(file.listen).unwrap_or(DEFAULT_LISTEN);
        let addresses = if flags.media_ip.is_empty() {
            file.media.ip
        } else {
            flags.media_ip
        };
        let workers = flags
            .media_workers
            .or(file.media.workers)
            .unwrap_or_else(|| {
                std::thread::available_parallelism().map_or(1, |cores| (cores.get() - 1).max(1))
            });
        if workers == 0 {
            bail!("media-workers must be at least 1");
        }
        let public_url = match flags.public_url.or(file.public_url) {
            Some(url) => origin(&url)?,
            None => format!("http://localhost:{}", listen.port()),
        };
        let demo = flags.demo || file.demo;
        let dev = flags.dev || file.dev;
        let server_key = file.server_key.map(ServerKeyFile::load).transpose()?;
        let webhooks = webhooks(file.webhooks.urls)?;
        if !webhooks.is_empty() && server_key.is_none() && !dev {
            bail!("webhooks are signed: set [server-key] too");
        }
        let turn = turn(
            if flags.turn_url.is_empty() {
                file.turn.urls
            } else {
                flags.turn_url
            },
            flags.turn_secret.or(file.turn.secret),
        )?;
        Ok(Self {
            data,
            demo,
            dev,
            listen,
            media: MediaSettings {
                // Media is heard wherever HTTP is: only on this machine, or everywhere. Except in
                // the demo, since Firefox sends no media to a loopback address.
                listen: if listen.ip().is_loopback() && addresses.is_empty() && !demo {
                    listen.ip()
                } else if addresses.iter().any(IpAddr::is_ipv6) {
                    IpAddr::V6(std::net::Ipv6Addr::UNSPECIFIED)
                } else {
                    IpAddr::V4(Ipv4Addr::UNSPECIFIED)
                },
                port: flags
                    .media_port
                    .or(file.media.port)
                    .unwrap_or(DEFAULT_MEDIA_PORT),
                addresses,
                workers,
            },
            turn,
            public_url,
            trusted_proxies: if flags.trusted_proxy.is_empty() {
                file.trusted_proxies
            } else {
                flags.trusted_proxy
            },
            log_json: flags.log_json || file.log_json,
            server_key,
            webhooks,
        })
    }

    /// The origins of our own pages.
    pub(crate) fn origins(&self) -> Vec<String> {
        let port = self.listen.port();
        let mut origins = vec![self.public_url.clone()];
        if self.listen.ip().is_loopback() {
            // One machine has several names for itself.
            for host in ["localhost", "127.0.0.1", "[::1]"] {
                origins.push(format!("http://{host}:{port}"));
            }
        }
        origins.push(format!("http://{}", self.listen));
        origins
    }

    /// Whether browsers reach the server over TLS.
    pub(crate) fn is_https(&self) -> bool {
        self.public_url.starts_with("https://")
    }
}

impl DataSettings {
    /// Merges the flags over the file they name.
    pub(crate) fn load(flags: &DataFlags) -> anyhow::Result<Self> {
        Ok(data(flags, &File::load(flags.config.as_deref())?))
    }
}

fn data(flags: &DataFlags, file: &File) -> DataSettings {
    let directory = flags
        .data_dir
        .clone()
        .or_else(|| file.data_dir.clone())
        .unwrap_or_else(|| DEFAULT_DATA_DIR.into());
    let database = flags
        .database
        .clone()
        .or_else(|| file.database.clone())
        .unwrap_or_else(|| format!("sqlite://{}", directory.join("bega.db").display()));
    DataSettings {
        directory,
        database,
    }
}

/// The configuration file. See `deploy/bega.toml`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
struct File {
    data_dir: Option<PathBuf>,
    database: Option<String>,
    demo: bool,
    dev: bool,
    listen: Option<SocketAddr>,
    public_url: Option<String>,
    trusted_proxies: Vec<IpAddr>,
    log_json: bool,
    media: MediaFile,
    server_key: Option<ServerKeyFile>,
    webhooks: WebhooksFile,
    turn: TurnFile,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct ServerKeyFile {
    id: String,
    secret_file: PathBuf,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
struct WebhooksFile {
    urls: Vec<String>,
}

impl ServerKeyFile {
    fn load(self) -> anyhow::Result<ServerKey> {
        let path = self.secret_file.display();
        let secret = fs::read_to_string(&self.secret_file)
            .with_context(|| format!("cannot read the server key {path}"))?
            .trim()
            .to_owned();
        if secret.len() < SHORTEST_SECRET {
            bail!("the server key in {path} is shorter than {SHORTEST_SECRET} characters");
        }
        // Tokens of our own issuer and of the development key mean something else.
        if self.id.is_empty() || [keys::ISSUER, dev::KEY].contains(&self.id.as_str()) {
            bail!("the id of the server key must not be {:?}", self.id);
        }
        Ok(ServerKey {
            id: self.id,
            secret,
        })
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
struct MediaFile {
    port: Option<u16>,
    ip: Vec<IpAddr>,
    workers: Option<usize>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
struct TurnFile {
    urls: Vec<String>,
    secret: Option<String>,
}

impl std::fmt::Debug for TurnFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TurnFile")
            .field("urls", &self.urls)
            .finish_non_exhaustive()
    }
}

impl File {
    fn load(path: Option<&Path>) -> anyhow::Result<Self> {
        let Some(path) = path else {
            return Ok(Self::default());
        };
        let text = fs::read_to_string(path)
            .with_context(|| format!("cannot read the configuration {}", path.display()))?;
        Self::parse(&text).with_context(|| format!("the configuration {} is wrong", path.display()))
    }

    fn parse(text: &str) -> anyhow::Result<Self> {
        toml::from_str(text).map_err(|error| {
            // The library draws the place over several lines; one is enough for a log.
            let line = error
                .span()
                .map_or(0, |span| text[..span.start].matches('\n').count() + 1);
            anyhow::anyhow!("line {line}: {}", error.message().replace('\n', " "))
        })
    }
}

/// Relays are of no use without their secret, nor a secret without relays.
fn turn(urls: Vec<String>, secret: Option<String>) -> anyhow::Result<Option<TurnSettings>> {
    if let Some(url) = urls
        .iter()
        .find(|url| !url.starts_with("turn:") && !url.starts_with("turns:"))
    {
        bail!("a TURN URL must start with turn: or turns:, not {url}");
    }
    match (urls.is_empty(), secret.filter(|secret| !secret.is_empty())) {
        (true, None) => Ok(None),
        (false, Some(secret)) => Ok(Some(TurnSettings { urls, secret })),
        (false, None) => bail!("turn-url needs turn-secret, the one the relay was given"),
        (true, Some(_)) => bail!("turn-secret needs at least one turn-url"),
    }
}

/// Scheme, host and port of a URL that has nothing else.
fn origin(url: &str) -> anyhow::Result<String> {
    let rest = url
        .strip_prefix("https://")
        .or_else(|| url.strip_prefix("http://"))
        .with_context(|| format!("public-url must start with https:// or http://, not {url}"))?;
    let host = rest.strip_suffix('/').unwrap_or(rest);
    if host.is_empty() || host.contains(['/', '?', '#', '@', ' ']) {
        bail!("public-url must be a scheme, a host and perhaps a port, not {url}");
    }
    Ok(url.strip_suffix('/').unwrap_or(url).to_ascii_lowercase())
}

/// Where webhooks go.
fn webhooks(urls: Vec<String>) -> anyhow::Result<Vec<String>> {
    for url in &urls {
        let parsed = reqwest::Url::parse(url)
            .ok()
            .filter(|url| ["http", "https"].contains(&url.scheme()) && url.has_host());
        // The text may hold a password: only its place is told.
        parsed.context("webhooks.urls must hold addresses with http:// or https://")?;
    }
    Ok(urls)
}

/// As many characters as the hash has bytes (RFC 7518, section 3.2).
const SHORTEST_SECRET: usize = 32;

const DEFAULT_LISTEN: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 8080);
const DEFAULT_MEDIA_PORT: u16 = 7882;
const DEFAULT_DATA_DIR: &str = ".bega";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_anything_the_server_is_for_this_machine_only() {
        let settings = Settings::load(ServeFlags::default()).unwrap();

        assert_eq!(settings.listen.to_string(), "127.0.0.1:8080");
        assert_eq!(settings.public_url, "http://localhost:8080");
        assert_eq!(settings.media.listen.to_string(), "127.0.0.1");
        assert_eq!(settings.data.database, "sqlite://.bega/bega.db");
        assert!(!settings.dev);
    }

    #[test]
    fn the_demo_is_heard_by_every_browser_of_this_machine() {
        let settings = Settings::load(ServeFlags {
            demo: true,
            ..ServeFlags::default()
        })
        .unwrap();

        assert_eq!(settings.listen.to_string(), "127.0.0.1:8080");
        assert_eq!(settings.media.listen.to_string(), "0.0.0.0");
    }

    #[test]
    fn a_flag_wins_over_the_file() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("bega.toml");
        fs::write(
            &path,
            "listen = \"0.0.0.0:80\"\npublic-url = \"https://Bega.example/\"\n[media]\nport = 9000\nip = [\"192.0.2.1\"]\n",
        )
        .unwrap();

        let settings = Settings::load(ServeFlags {
            data: DataFlags {
                config: Some(path),
                ..DataFlags::default()
            },
            media_port: Some(9001),
            ..ServeFlags::default()
        })
        .unwrap();

        assert_eq!(settings.listen.port(), 80);
        assert_eq!(settings.media.port, 9001);
        assert_eq!(settings.media.listen.to_string(), "0.0.0.0");
        assert_eq!(settings.public_url, "https://bega.example");
        assert!(settings.is_https());
    }

    #[test]
    fn a_wrong_key_in_the_file_is_named_on_one_line() {
        let error = File::parse("listen = \"0.0.0.0:80\"\nlissten = 1\n").unwrap_err();

        let text = format!("{error:#}");
        assert!(
            text.starts_with("line 2: unknown field `lissten`"),
            "{text}"
        );
        assert!(!text.contains('\n'));
    }

    #[test]
    fn webhooks_are_never_sent_unsigned() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("bega.toml");
        let secret = directory.path().join("secret");
        let load = |text: String| {
            fs::write(&path, text).unwrap();
            Settings::load(ServeFlags {
                data: DataFlags {
                    config: Some(path.clone()),
                    ..DataFlags::default()
                },
                ..ServeFlags::default()
            })
        };
        let key = format!("[server-key]\nid = \"office\"\nsecret-file = {secret:?}\n");
        let hooks = "[webhooks]\nurls = [\"https://office.example/bega\"]\n";

        assert!(load(hooks.to_owned()).is_err());
        assert!(load(format!("{hooks}{key}")).is_err(), "no such file");
        fs::write(&secret, "short").unwrap();
        assert!(load(format!("{hooks}{key}")).is_err());
        fs::write(&secret, "0123456789abcdef0123456789abcdef\n").unwrap();
        let settings = load(format!("{hooks}{key}")).unwrap();
        assert_eq!(settings.server_key.unwrap().secret.len(), 32);
        let own = key.replace("office", "bega");
        assert!(load(own).is_err(), "our own issuer");
        assert!(load("[webhooks]\nurls = [\"file:///etc\"]\n".to_owned()).is_err());
    }

    #[test]
    fn the_example_configuration_is_valid() {
        let text = include_str!("../../../deploy/bega.toml");

        File::parse(text).unwrap();
        let all: String = text
            .lines()
            .map(|line| line.strip_prefix("#: ").unwrap_or(line))
            .flat_map(|line| [line, "\n"])
            .collect();
        File::parse(&all).unwrap();
    }

    #[test]
    fn a_relay_needs_urls_and_a_secret() {
        let urls = || vec!["turns:turn.example:443?transport=tcp".to_owned()];

        assert!(turn(Vec::new(), None).unwrap().is_none());
        let both = turn(urls(), Some("north".into())).unwrap().unwrap();
        assert_eq!(both.urls, urls());
        assert!(!format!("{both:?}").contains("north"));
        assert!(turn(urls(), None).is_err());
        assert!(turn(urls(), Some(String::new())).is_err());
        assert!(turn(Vec::new(), Some("north".into())).is_err());
        assert!(turn(vec!["https://turn.example".into()], Some("north".into())).is_err());
    }

    #[test]
    fn a_public_address_has_no_path() {
        assert!(origin("https://bega.example:8443").is_ok());
        for wrong in [
            "bega.example",
            "ftp://bega.example",
            "https://",
            "https://a/b",
            "https://u@a",
        ] {
            assert!(origin(wrong).is_err(), "{wrong}");
        }
    }
}
