//! What every operation works with.

use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::Arc,
};

use axum::{
    extract::ConnectInfo,
    http::{Extensions, HeaderMap},
};
use bega_store::Store;
use jiff::{SignedDuration, Timestamp};

use crate::{LinkKey, LiveSessions, Secret, limits::Limit, password::Passwords, tokens::Tokens};

/// Tells the time.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// Fills with random bytes fit for secrets.
pub type Chance = Arc<dyn Fn(&mut [u8]) + Send + Sync>;

/// What the API is wired to.
#[derive(Clone)]
pub struct Config {
    /// What is kept.
    pub store: Store,
    /// The live sessions of this process.
    pub live: Arc<dyn LiveSessions>,
    /// Makes media tokens.
    pub tokens: Tokens,
    /// Makes the secrets of personal links.
    pub links: LinkKey,
    /// The time.
    pub clock: Clock,
    /// Chance.
    pub chance: Chance,
    /// Scheme, host and port as in the browser's address bar.
    pub public_url: String,
    /// Reverse proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpAddr>,
}

/// The state of the API; cheap to clone.
#[derive(Clone)]
pub struct Api(Arc<Inner>);

impl Api {
    /// The state for one server.
    pub fn new(config: Config) -> Self {
        Self(Arc::new(Inner {
            config,
            passwords: Passwords::default(),
            limits: Limits::default(),
        }))
    }

    /// What is kept.
    pub(crate) fn store(&self) -> &Store {
        &self.0.config.store
    }

    pub(crate) fn live(&self) -> &dyn LiveSessions {
        &*self.0.config.live
    }

    pub(crate) fn tokens(&self) -> &Tokens {
        &self.0.config.tokens
    }

    pub(crate) fn links(&self) -> &LinkKey {
        &self.0.config.links
    }

    pub(crate) fn passwords(&self) -> &Passwords {
        &self.0.passwords
    }

    pub(crate) fn limits(&self) -> &Limits {
        &self.0.limits
    }

    pub(crate) fn now(&self) -> Timestamp {
        (self.0.config.clock)()
    }

    /// Random bytes for ids and secrets.
    pub(crate) fn random<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        (self.0.config.chance)(&mut bytes);
        bytes
    }

    pub(crate) fn new_secret(&self) -> Secret {
        Secret::new(self.random())
    }

    pub(crate) fn public_url(&self) -> &str {
        &self.0.config.public_url
    }

    /// Where WebSockets are held.
    pub(crate) fn socket_url(&self) -> String {
        self.public_url().replacen("http", "ws", 1)
    }

    pub(crate) fn is_https(&self) -> bool {
        self.public_url().starts_with("https://")
    }

    /// Where a request came from: the peer, or whom a trusted proxy names.
    pub(crate) fn client(&self, headers: &HeaderMap, extensions: &Extensions) -> IpAddr {
        let peer = extensions
            .get::<ConnectInfo<SocketAddr>>()
            .map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |info| info.0.ip());
        let trusted = &self.0.config.trusted_proxies;
        if !trusted.contains(&peer) {
            return peer;
        }
        headers
            .get_all("x-forwarded-for")
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(','))
            .filter_map(|address| address.trim().parse().ok())
            // What is left of the first address we do not trust, anybody may have written.
            .rfind(|address| !trusted.contains(address))
            .unwrap_or(peer)
    }
}

struct Inner {
    config: Config,
    passwords: Passwords,
    limits: Limits,
}

/// How often something may be tried.
pub(crate) struct Limits {
    /// Wrong passwords for one e-mail.
    pub(crate) email: Limit<String>,
    /// Wrong passwords, invitations and pairing secrets from one address. A whole centre may share
    /// one address.
    pub(crate) address: Limit<IpAddr>,
    /// Pairing codes and self-tests asked for from one address.
    pub(crate) strangers: Limit<IpAddr>,
    /// Pairing codes typed wrongly by one person.
    pub(crate) codes: Limit<uuid::Uuid>,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            email: Limit::new(10, SignedDuration::from_secs(60)),
            address: Limit::new(60, SignedDuration::from_secs(10)),
            strangers: Limit::new(30, SignedDuration::from_secs(10)),
            codes: Limit::new(10, SignedDuration::from_secs(30)),
        }
    }
}
