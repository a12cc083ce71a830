//! The audit log: one hash chain per organisation.
//!
//! ```text
//! hash(n) = SHA-256( hash(n-1) || fields of n, each with its length before it )
//! hash(0) = SHA-256( "bega audit" || organisation )
//! ```
//!
//! An entry is written in the transaction of the act it tells of. The row in `audit_heads` is the
//! lock of the chain: it is the last thing a transaction takes, so chains never get in one another's
//! way. Whoever rewrites an entry must rewrite all later ones, and the head; against that, heads are
//! exported and kept elsewhere.

use bega_scheduling::{Act, Actor, OrganisationId, Subject};
use jiff::Timestamp;
use sha2::{Digest, Sha256};
use sqlx::AnyConnection;

use crate::{Store, StoreError, error::lost_race_in_store, row::Columns};

/// The end of a chain, to be kept outside the database.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct AuditHead {
    /// The number of the last entry; 0 before the first.
    pub number: i64,
    /// Its hash.
    pub hash: [u8; 32],
}

/// What a verification has seen.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct AuditReport {
    /// How many entries there are.
    pub entries: i64,
    /// The end of the chain.
    pub head: AuditHead,
}

/// An entry, as kept.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct AuditEntry {
    /// Its place in the chain, from 1.
    pub number: i64,
    /// When.
    pub at: Timestamp,
    /// Who.
    pub actor: String,
    /// What was done.
    pub act: String,
    /// To what.
    pub subject: String,
    /// The rest, as JSON.
    pub detail: String,
}

/// Why a chain could not be verified.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AuditError {
    /// There is no such organisation.
    #[error("there is no such organisation")]
    NotFound,
    /// The chain is broken.
    #[error("audit entry {number} {fault}")]
    Broken {
        /// The entry that is wrong.
        number: i64,
        /// What is wrong with it.
        fault: AuditFault,
    },
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What can be wrong with an entry.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum AuditFault {
    /// It is not there, and later ones or the head are.
    #[error("is missing")]
    Missing,
    /// Its fields are not those that were hashed.
    #[error("was altered")]
    Altered,
    /// It does not follow the entry before it.
    #[error("does not follow the one before it")]
    Unlinked,
    /// It is there, and the head does not know it.
    #[error("was added behind the head")]
    Unknown,
    /// It is not the one the exported head tells of: everything up to it was rewritten.
    #[error("is not the one that was exported")]
    Rewritten,
}

lost_race_in_store!(AuditError);

/// Writes the entry of an act; the last statement of its transaction.
pub(crate) async fn write(
    tx: &mut AnyConnection,
    organisation: OrganisationId,
    now: Timestamp,
    actor: Actor,
    subject: Subject,
    act: &Act,
) -> Result<(), StoreError> {
    let head = sqlx::query(
        "UPDATE audit_heads SET number = number + 1 WHERE organisation_id = $1
         RETURNING number, hash",
    )
    .bind(organisation.to_string())
    .fetch_optional(&mut *tx)
    .await?
    .ok_or(StoreError::Corrupt("an organisation without audit head"))?;
    let previous_hash = head.text("hash")?;
    let (act, detail) = in_words(act);
    let entry = AuditEntry {
        number: head.number("number")?,
        at: now,
        actor: actor.to_string(),
        act,
        subject: subject.to_string(),
        detail,
    };
    let hash = hex::encode(link(organisation, &previous_hash, &entry)?);
    sqlx::query(
        "INSERT INTO audit_entries
            (organisation_id, number, at, actor, act, subject, detail, previous_hash, hash)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
    )
    .bind(organisation.to_string())
    .bind(entry.number)
    .bind(entry.at.as_millisecond())
    .bind(entry.actor)
    .bind(entry.act)
    .bind(entry.subject)
    .bind(entry.detail)
    .bind(previous_hash)
    .bind(hash.as_str())
    .execute(&mut *tx)
    .await?;
    sqlx::query("UPDATE audit_heads SET hash = $1 WHERE organisation_id = $2")
        .bind(hash.as_str())
        .bind(organisation.to_string())
        .execute(&mut *tx)
        .await?;
    Ok(())
}

/// The hash a chain begins with.
pub(crate) fn genesis(organisation: OrganisationId) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(b"bega audit");
    hash.update(organisation.to_string());
    hash.finalize().into()
}

impl Store {
    /// The end of the chain, to be exported.
    pub async fn audit_head(
        &self,
        organisation: OrganisationId,
    ) -> Result<Option<AuditHead>, StoreError> {
        let mut tx = self.read(organisation).await?;
        let row = sqlx::query("SELECT number, hash FROM audit_heads WHERE organisation_id = $1")
            .bind(organisation.to_string())
            .fetch_optional(&mut *tx)
            .await?;
        row.map(|row| {
            Ok(AuditHead {
                number: row.number("number")?,
                hash: unhex(&row.text("hash")?)?,
            })
        })
        .transpose()
    }

    /// Up to `limit` entries after a number.
    pub async fn audit_entries(
        &self,
        organisation: OrganisationId,
        after: i64,
        limit: u32,
    ) -> Result<Vec<AuditEntry>, StoreError> {
        let mut tx = self.read(organisation).await?;
        let linked = page(&mut tx, organisation, after, limit).await?;
        Ok(linked.into_iter().map(|linked| linked.entry).collect())
    }

    /// Walks the whole chain. With a head that was exported earlier it also finds a chain that was
    /// cut or rewritten together with its head.
    pub async fn audit_verify(
        &self,
        organisation: OrganisationId,
        exported: Option<&AuditHead>,
    ) -> Result<AuditReport, AuditError> {
        let mut tx = self.read(organisation).await?;
        let head = sqlx::query("SELECT number, hash FROM audit_heads WHERE organisation_id = $1")
            .bind(organisation.to_string())
            .fetch_optional(&mut *tx)
            .await?
            .ok_or(AuditError::NotFound)?;
        let head = AuditHead {
            number: head.number("number")?,
            hash: unhex(&head.text("hash")?)?,
        };

        let mut last = AuditHead {
            number: 0,
            hash: genesis(organisation),
        };
        loop {
            let linked = page(&mut tx, organisation, last.number, 1000).await?;
            if linked.is_empty() {
                break;
            }
            for linked in linked {
                last = check(organisation, &head, &last, &linked)?;
                if let Some(exported) = exported
                    && exported.number == last.number
                    && exported.hash != last.hash
                {
                    return Err(broken(last.number, AuditFault::Rewritten));
                }
            }
        }
        let expected = exported
            .map_or(0, |exported| exported.number)
            .max(head.number);
        if last.number < expected {
            return Err(broken(last.number + 1, AuditFault::Missing));
        }
        if last.hash != head.hash {
            return Err(broken(last.number, AuditFault::Rewritten));
        }
        Ok(AuditReport {
            entries: last.number,
            head,
        })
    }
}

/// An entry with its hashes.
struct Linked {
    entry: AuditEntry,
    previous_hash: String,
    hash: String,
}

fn check(
    organisation: OrganisationId,
    head: &AuditHead,
    last: &AuditHead,
    linked: &Linked,
) -> Result<AuditHead, AuditError> {
    let number = last.number + 1;
    if linked.entry.number != number {
        return Err(broken(number, AuditFault::Missing));
    }
    if number > head.number {
        return Err(broken(number, AuditFault::Unknown));
    }
    if linked.previous_hash != hex::encode(last.hash) {
        return Err(broken(number, AuditFault::Unlinked));
    }
    let hash = link(organisation, &linked.previous_hash, &linked.entry)?;
    if linked.hash != hex::encode(hash) {
        return Err(broken(number, AuditFault::Altered));
    }
    Ok(AuditHead { number, hash })
}

fn broken(number: i64, fault: AuditFault) -> AuditError {
    AuditError::Broken { number, fault }
}

async fn page(
    tx: &mut AnyConnection,
    organisation: OrganisationId,
    after: i64,
    limit: u32,
) -> Result<Vec<Linked>, StoreError> {
    sqlx::query(
        "SELECT number, at, actor, act, subject, detail, previous_hash, hash FROM audit_entries
         WHERE organisation_id = $1 AND number > $2 ORDER BY number LIMIT $3",
    )
    .bind(organisation.to_string())
    .bind(after)
    .bind(i64::from(limit))
    .fetch_all(tx)
    .await?
    .iter()
    .map(|row| {
        Ok(Linked {
            entry: AuditEntry {
                number: row.number("number")?,
                at: row.at("at")?,
                actor: row.text("actor")?,
                act: row.text("act")?,
                subject: row.text("subject")?,
                detail: row.text("detail")?,
            },
            previous_hash: row.text("previous_hash")?,
            hash: row.text("hash")?,
        })
    })
    .collect()
}

fn link(
    organisation: OrganisationId,
    previous_hash: &str,
    entry: &AuditEntry,
) -> Result<[u8; 32], StoreError> {
    let mut hash = Sha256::new();
    hash.update(unhex(previous_hash)?);
    for field in [
        organisation.to_string().as_str(),
        entry.number.to_string().as_str(),
        entry.at.as_millisecond().to_string().as_str(),
        entry.actor.as_str(),
        entry.act.as_str(),
        entry.subject.as_str(),
        entry.detail.as_str(),
    ] {
        // The length keeps two fields from sliding into one another.
        hash.update((field.len() as u64).to_be_bytes());
        hash.update(field);
    }
    Ok(hash.finalize().into())
}

/// The act's name, and its fields as JSON.
fn in_words(act: &Act) -> (String, String) {
    let mut detail = serde_json::to_value(act).expect("acts have a JSON form");
    let name = detail
        .as_object_mut()
        .and_then(|fields| fields.remove("act"))
        .and_then(|name| name.as_str().map(str::to_owned))
        .expect("acts are tagged with their name");
    (name, detail.to_string())
}

fn unhex(text: &str) -> Result<[u8; 32], StoreError> {
    let mut bytes = [0; 32];
    hex::decode_to_slice(text, &mut bytes).map_err(|_| StoreError::Corrupt("hash"))?;
    Ok(bytes)
}
