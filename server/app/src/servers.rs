//! Other servers that call: whose tokens are believed, and how far they reach.
//!
//! Their keys open no seat in a room, and the key of our own seats is not among theirs: a person's
//! token never calls, a server's token never listens.

use bega_api::tokens::Tokens;
use bega_gateway::{Caller, Powers, ServiceDoors};

use crate::{config::Settings, dev, world};

/// The keys of servers that may call.
pub(crate) struct Servers {
    tokens: Tokens,
}

impl Servers {
    /// `None` when nobody may call: there is no key.
    pub(crate) fn new(settings: &Settings) -> Option<Self> {
        let configured = settings
            .server_key
            .as_ref()
            .map(|key| Tokens::new(&key.id, key.secret.as_bytes()));
        let tokens = match (configured, settings.dev) {
            (None, false) => return None,
            (Some(tokens), false) => tokens,
            (None, true) => Tokens::new(dev::KEY, dev::SECRET),
            (Some(tokens), true) => tokens.accept(dev::KEY, dev::SECRET),
        };
        Some(Self { tokens })
    }

    /// Signs what we tell them.
    pub(crate) fn tokens(&self) -> &Tokens {
        &self.tokens
    }
}

impl ServiceDoors for Servers {
    fn caller(&self, token: &str) -> Option<Caller> {
        let claims = self
            .tokens
            .check_caller(world::now(), token)
            .inspect_err(|error| tracing::info!(%error, "refused the token of a server"))
            .ok()?;
        let powers = if claims.iss == dev::KEY {
            Powers::Everything
        } else {
            Powers::WithinSessions
        };
        Some(Caller {
            key: claims.iss,
            powers,
            room_create: claims.video.room_create,
            room_list: claims.video.room_list,
            room_admin: claims.video.room_admin.then_some(claims.video.room),
        })
    }
}
