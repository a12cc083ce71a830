//! Repeating a create under the same key makes nothing new.
//!
//! The key is kept in the transaction that makes the thing, with the thing's id and not with the
//! answer: answers hold secrets, and the answer can be made again from the thing. A request that
//! comes while the first is still under way waits for it in the database.

use bega_scheduling::{Actor, OrganisationId};
use jiff::Timestamp;
use sqlx::AnyConnection;

use crate::{StoreError, row::Columns};

/// What a client sends to be able to repeat a create.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct IdempotencyKey {
    /// The client's word for this one act.
    pub key: String,
    /// A hash over the operation and the body, so that a key cannot be used for something else.
    pub request: [u8; 32],
}

/// Something that was made, now or under the same key before.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Created<T> {
    /// By this request.
    Now(T),
    /// By an earlier one with the same key; it stands as it is today.
    Before(T),
}

impl<T> Created<T> {
    /// The thing.
    pub fn into_inner(self) -> T {
        match self {
            Self::Now(thing) | Self::Before(thing) => thing,
        }
    }
}

/// What became of a key.
pub(crate) enum Reserved {
    /// It is new; go on.
    Fresh,
    /// It has made the thing with this id.
    Used(String),
    /// It was used for another request.
    Mismatch,
}

/// Takes the key for the thing that is about to be made.
pub(crate) async fn reserve(
    tx: &mut AnyConnection,
    organisation: OrganisationId,
    actor: Actor,
    now: Timestamp,
    key: Option<&IdempotencyKey>,
    subject: &str,
) -> Result<Reserved, StoreError> {
    let Some(key) = key else {
        return Ok(Reserved::Fresh);
    };
    let request = hex::encode(key.request);
    let taken = sqlx::query(
        "INSERT INTO idempotency_keys
            (organisation_id, actor, key, request_hash, subject, created_at)
         VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING",
    )
    .bind(organisation.to_string())
    .bind(actor.to_string())
    .bind(key.key.as_str())
    .bind(request.as_str())
    .bind(subject)
    .bind(now.as_millisecond())
    .execute(&mut *tx)
    .await?;
    if taken.rows_affected() == 1 {
        return Ok(Reserved::Fresh);
    }
    let row = sqlx::query(
        "SELECT request_hash, subject FROM idempotency_keys
         WHERE organisation_id = $1 AND actor = $2 AND key = $3",
    )
    .bind(organisation.to_string())
    .bind(actor.to_string())
    .bind(key.key.as_str())
    .fetch_optional(&mut *tx)
    .await?
    // Purged in between: run again, and it is free.
    .ok_or(StoreError::Contended(None))?;
    if row.text("request_hash")? == request {
        Ok(Reserved::Used(row.text("subject")?))
    } else {
        Ok(Reserved::Mismatch)
    }
}
