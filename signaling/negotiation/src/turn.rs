//! Relays: the TURN servers a client is told of, and credentials for them that soon end.
//!
//! The relay shares a secret with us and can check by itself what we hand out: the name carries the
//! end, the password proves that we wrote it (the "TURN REST API" draft; `use-auth-secret` of
//! coturn). Nothing about the participant is in the name: relays log it.

use std::{fmt, time::Duration};

use aws_lc_rs::hmac;
use base64::{Engine as _, prelude::BASE64_STANDARD};
use livekit_protocol as proto;

/// The relays of this deployment.
#[derive(Clone)]
pub struct Turn {
    urls: Vec<String>,
    key: hmac::Key,
}

impl Turn {
    /// Relays by their URLs (RFC 7065), and the secret they share with us.
    pub fn new(urls: Vec<String>, secret: &str) -> Self {
        Self {
            urls,
            // The algorithm is the relay's.
            key: hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, secret.as_bytes()),
        }
    }

    /// What a client needs to use them for [`LIFETIME`]. `label` tells one participant's
    /// allocations from another's.
    pub(crate) fn server(&self, unix_ms: i64, label: &str) -> proto::IceServer {
        let lifetime = i64::try_from(LIFETIME.as_secs()).expect("an hour");
        let username = format!("{}:{label}", unix_ms / 1000 + lifetime);
        let proof = hmac::sign(&self.key, username.as_bytes());
        proto::IceServer {
            urls: self.urls.clone(),
            credential: BASE64_STANDARD.encode(proof),
            username,
        }
    }
}

impl fmt::Debug for Turn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Turn")
            .field("urls", &self.urls)
            .finish_non_exhaustive()
    }
}

/// Only for the first packets: a relay that is in use stays, and who resumes gets new ones.
const LIFETIME: Duration = Duration::from_hours(1);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_are_those_the_relay_computes() {
        let turn = Turn::new(vec!["turn:turn.example".into()], "north");

        let server = turn.server(1_700_000_000_000, "PA_1");

        // printf 1700003600:PA_1 | openssl dgst -sha1 -hmac north -binary | base64
        assert_eq!(server.username, "1700003600:PA_1");
        assert_eq!(server.credential, "yuzthm71VtVn1yeF250w4pJ16B4=");
    }

    #[test]
    fn the_secret_is_not_printed() {
        let turn = Turn::new(vec!["turn:turn.example".into()], "north");

        assert!(!format!("{turn:?}").contains("north"));
    }
}
