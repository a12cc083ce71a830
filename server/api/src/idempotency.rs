//! `Idempotency-Key`: a create that is sent again, because the answer was lost, makes nothing new.
//!
//! The key counts together with a hash of the request: the same key with another request is a
//! mistake of the client and refused.

use axum::{
    body::Bytes,
    extract::{FromRequest, Request},
    http::HeaderMap,
};
use bega_store::IdempotencyKey;
use serde::de::DeserializeOwned;
use sha2::{Digest as _, Sha256};

use crate::{
    Problem,
    extract::{body, parse, require_json},
};

/// The body of a create, and the key it may have come with.
#[derive(Debug)]
pub(crate) struct Create<T> {
    pub(crate) body: T,
    pub(crate) key: Option<IdempotencyKey>,
}

impl<T, S> FromRequest<S> for Create<T>
where
    T: DeserializeOwned,
    S: Send + Sync,
{
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        require_json(request.headers())?;
        let Keyed { key, bytes } = Keyed::from_request(request, state).await?;
        Ok(Self {
            body: parse(&bytes)?,
            key,
        })
    }
}

/// The key of a create without a body worth reading.
#[derive(Debug)]
pub(crate) struct Keyed {
    pub(crate) key: Option<IdempotencyKey>,
    bytes: Bytes,
}

impl<S: Send + Sync> FromRequest<S> for Keyed {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let text = header(request.headers())?;
        let place = format!("{} {}\n", request.method(), request.uri().path());
        let bytes = body(request, state).await?;
        let key = text.map(|key| IdempotencyKey {
            key,
            request: Sha256::new()
                .chain_update(place)
                .chain_update(&bytes)
                .finalize()
                .into(),
        });
        Ok(Self { key, bytes })
    }
}

fn header(headers: &HeaderMap) -> Result<Option<String>, Problem> {
    let Some(value) = headers.get("idempotency-key") else {
        return Ok(None);
    };
    value
        .to_str()
        .ok()
        .filter(|key| (1..=LONGEST).contains(&key.len()))
        .map(|key| Some(key.to_owned()))
        .ok_or_else(|| {
            Problem::invalid(
                "Idempotency-Key",
                "bad_key",
                "an idempotency key has 1 to 128 visible characters",
            )
        })
}

const LONGEST: usize = 128;
