//! Personal links into a session.
//!
//! Only the hash of a link's secret is kept. A participant has at most one link that works; it opens
//! until the session is over, or two hours after its planned end, and each opening gives a new
//! cookie and ends the older one.

use bega_scheduling::{
    Act, Actor, InvitationId, OrganisationId, ParticipantId, Session, SessionId, SessionState,
    Subject, WrongState, invitation_expires_at,
};
use jiff::Timestamp;
use sqlx::AnyConnection;

use crate::{
    Caller, Created, IdempotencyKey, SecretHash, Store, StoreError, audit,
    error::lost_race_in_store,
    idempotency::{Reserved, reserve},
    row::Columns,
    sessions::{load, reload},
    tx::{Scope, retrying},
    web_sessions::{self, Holder},
};

/// A link to make.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct NewInvitation {
    /// Whose.
    pub participant: ParticipantId,
    /// The id it will have.
    pub id: InvitationId,
    /// The hash of its secret.
    pub secret: SecretHash,
}

/// Why no new link was made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum IssueError {
    /// There is no such participant of such a session, or it is another organisation's.
    #[error("there is no such participant")]
    NotFound,
    /// The session is over.
    #[error(transparent)]
    WrongState(WrongState),
    /// The key was used for another request.
    #[error("this idempotency key was used for another request")]
    IdempotencyMismatch,
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why a link did not open.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExchangeError {
    /// Unknown, or replaced by a newer one.
    #[error("this link is not valid; ask for a new one")]
    Invalid,
    /// The session is over.
    #[error("this link has expired: the session is over")]
    Expired,
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

lost_race_in_store!(IssueError, ExchangeError);

impl Store {
    /// Makes a new link for a participant; the older one and its cookie are dead.
    pub async fn issue_invitation(
        &self,
        organisation: OrganisationId,
        actor: Actor,
        now: Timestamp,
        session: SessionId,
        new: &NewInvitation,
        key: Option<&IdempotencyKey>,
    ) -> Result<Created<Session>, IssueError> {
        retrying!(
            self.try_issue_invitation(organisation, actor, now, session, new, key)
                .await
        )
    }

    async fn try_issue_invitation(
        &self,
        organisation: OrganisationId,
        actor: Actor,
        now: Timestamp,
        session: SessionId,
        new: &NewInvitation,
        key: Option<&IdempotencyKey>,
    ) -> Result<Created<Session>, IssueError> {
        let mut tx = self.write(organisation).await?;
        let id = new.id.to_string();
        let reserved = reserve(&mut tx, organisation, actor, now, key, &id).await?;
        let found = load(&mut tx, organisation, session)
            .await?
            .filter(|session| session.participant(new.participant).is_some())
            .ok_or(IssueError::NotFound)?;
        match reserved {
            Reserved::Fresh => {}
            Reserved::Mismatch => return Err(IssueError::IdempotencyMismatch),
            Reserved::Used(_) => return Ok(Created::Before(found)),
        }
        match found.state() {
            SessionState::Planned | SessionState::Live => {}
            state @ (SessionState::Ended | SessionState::Cancelled) => {
                return Err(IssueError::WrongState(WrongState(state)));
            }
        }
        sqlx::query(
            "UPDATE invitations SET revoked_at = $1
             WHERE organisation_id = $2 AND participant_id = $3 AND revoked_at IS NULL",
        )
        .bind(now.as_millisecond())
        .bind(organisation.to_string())
        .bind(new.participant.to_string())
        .execute(&mut *tx)
        .await?;
        end_cookies(&mut tx, organisation, now, new.participant).await?;
        insert(&mut tx, organisation, now, session, new).await?;
        let act = Act::InvitationIssued {
            participant: new.participant,
            invitation: new.id,
        };
        let subject = Subject::Session(session);
        audit::write(&mut tx, organisation, now, actor, subject, &act).await?;
        let session = reload(&mut tx, organisation, session).await?;
        tx.commit().await?;
        Ok(Created::Now(session))
    }

    /// Opens a link: its holder gets a cookie for the one session.
    pub async fn exchange_invitation(
        &self,
        now: Timestamp,
        secret: SecretHash,
        cookie: SecretHash,
    ) -> Result<Caller, ExchangeError> {
        retrying!(self.try_exchange_invitation(now, secret, cookie).await)
    }

    async fn try_exchange_invitation(
        &self,
        now: Timestamp,
        secret: SecretHash,
        cookie: SecretHash,
    ) -> Result<Caller, ExchangeError> {
        let mut tx = self.write(Scope::Platform).await?;
        // Written first, so that two browsers with one link come one after the other.
        let row = sqlx::query(
            "UPDATE invitations SET used_at = COALESCE(used_at, $1)
             WHERE secret_hash = $2 AND revoked_at IS NULL
             RETURNING id, organisation_id, session_id, participant_id",
        )
        .bind(now.as_millisecond())
        .bind(secret.to_hex())
        .fetch_optional(&mut *tx)
        .await?
        .ok_or(ExchangeError::Invalid)?;
        let organisation: OrganisationId = row.parsed("organisation_id")?;
        let session: SessionId = row.parsed("session_id")?;
        let participant: ParticipantId = row.parsed("participant_id")?;
        let found = sqlx::query(
            "SELECT state, ends_at FROM sessions WHERE organisation_id = $1 AND id = $2",
        )
        .bind(organisation.to_string())
        .bind(session.to_string())
        .fetch_one(&mut *tx)
        .await?;
        let expires_at = invitation_expires_at(found.at("ends_at")?);
        let over = match found.word("state")? {
            SessionState::Planned | SessionState::Live => now >= expires_at,
            SessionState::Ended | SessionState::Cancelled => true,
        };
        if over {
            return Err(ExchangeError::Expired);
        }
        end_cookies(&mut tx, organisation, now, participant).await?;
        let holder = Holder::Guest(session, participant);
        web_sessions::keep_cookie(&mut tx, organisation, holder, now, cookie, expires_at).await?;
        let act = Act::InvitationExchanged {
            participant,
            invitation: row.parsed("id")?,
        };
        let actor = Actor::Participant(participant);
        let subject = Subject::Session(session);
        audit::write(&mut tx, organisation, now, actor, subject, &act).await?;
        let caller = web_sessions::caller(&mut tx, cookie, now)
            .await?
            .ok_or(StoreError::Corrupt("a participant without a session"))?;
        tx.commit().await?;
        Ok(caller)
    }
}

pub(crate) async fn insert(
    tx: &mut AnyConnection,
    organisation: OrganisationId,
    now: Timestamp,
    session: SessionId,
    new: &NewInvitation,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO invitations (id, organisation_id, session_id, participant_id, secret_hash,
            created_at)
         VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind(new.id.to_string())
    .bind(organisation.to_string())
    .bind(session.to_string())
    .bind(new.participant.to_string())
    .bind(new.secret.to_hex())
    .bind(now.as_millisecond())
    .execute(tx)
    .await?;
    Ok(())
}

/// The newest cookie of a participant wins.
async fn end_cookies(
    tx: &mut AnyConnection,
    organisation: OrganisationId,
    now: Timestamp,
    participant: ParticipantId,
) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE web_sessions SET revoked_at = $1
         WHERE organisation_id = $2 AND participant_id = $3 AND revoked_at IS NULL",
    )
    .bind(now.as_millisecond())
    .bind(organisation.to_string())
    .bind(participant.to_string())
    .execute(tx)
    .await?;
    Ok(())
}
