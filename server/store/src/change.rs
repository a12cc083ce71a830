//! What happens to a session after it is booked: changed, called off, started, ended.
//!
//! Each transaction begins by counting up the session's version, which locks its row; whatever is
//! read afterwards stays true until the end.

use bega_scheduling::{
    Act, Actor, Change, ChangeError, OrganisationId, Resource, Session, SessionId, Standing,
    Subject, TextError, UserId, Violation, WrongState, invitation_expires_at,
};
use jiff::Timestamp;
use sqlx::AnyConnection;

use crate::{
    Store, StoreError, audit, book, claims,
    error::lost_race_in_store,
    row::{Columns, word_of},
    sessions::{load, reload},
    sites::room_ref,
    tx::retrying,
    users::people_among,
};

/// Why a session was not changed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ChangeSessionError {
    /// There is no such session, or it is another organisation's.
    #[error("there is no such session")]
    NotFound,
    /// Somebody changed it since.
    #[error("the session was changed since; it is at version {version}")]
    Stale {
        /// The version it has now.
        version: i64,
    },
    /// It has gone too far for this.
    #[error(transparent)]
    WrongState(WrongState),
    /// It would break these rules.
    #[error("the session would not be valid")]
    Invalid(Vec<Violation>),
    /// There is no such room, or the organisation may not use it.
    #[error("there is no such room")]
    UnknownRoom,
    /// A room or person is in another session at the new time.
    #[error("{} is taken at that time", .0.name)]
    SlotTaken(Resource),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why a session was not called off, started or ended.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MoveError {
    /// There is no such session, or it is another organisation's.
    #[error("there is no such session")]
    NotFound,
    /// It stands elsewhere.
    #[error(transparent)]
    WrongState(WrongState),
    /// The reason is no reason.
    #[error(transparent)]
    Reason(TextError),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

lost_race_in_store!(ChangeSessionError, MoveError);

impl Store {
    /// Moves or corrects a session that still has this version.
    pub async fn change(
        &self,
        organisation: OrganisationId,
        actor: Actor,
        now: Timestamp,
        id: SessionId,
        version: i64,
        change: &Change,
    ) -> Result<Session, ChangeSessionError> {
        retrying!(
            self.try_change(organisation, actor, now, id, version, change)
                .await
        )
    }

    async fn try_change(
        &self,
        organisation: OrganisationId,
        actor: Actor,
        now: Timestamp,
        id: SessionId,
        version: i64,
        change: &Change,
    ) -> Result<Session, ChangeSessionError> {
        let mut tx = self.write(organisation).await?;
        let Some(new_version) = count_up(&mut tx, organisation, id).await? else {
            return Err(ChangeSessionError::NotFound);
        };
        if new_version != version + 1 {
            return Err(ChangeSessionError::Stale {
                version: new_version - 1,
            });
        }
        let before = reload(&mut tx, organisation, id).await?;
        let after = before.changed(now, change).map_err(|error| match error {
            ChangeError::WrongState(state) => ChangeSessionError::WrongState(state),
            ChangeError::Invalid(violations) => ChangeSessionError::Invalid(violations),
            _ => ChangeSessionError::Invalid(Vec::new()),
        })?;

        sqlx::query(
            "UPDATE sessions SET starts_at = $1, ends_at = $2, room_id = $3, reference = $4,
                language = $5
             WHERE organisation_id = $6 AND id = $7",
        )
        .bind(after.slot.starts_at().as_millisecond())
        .bind(after.slot.ends_at().as_millisecond())
        .bind(after.room.to_string())
        .bind(after.reference.as_str())
        .bind(after.language.as_str())
        .bind(organisation.to_string())
        .bind(id.to_string())
        .execute(&mut *tx)
        .await?;
        if after.slot != before.slot || after.room != before.room.id {
            let room = room_ref(&mut tx, organisation, after.room)
                .await?
                .ok_or(ChangeSessionError::UnknownRoom)?;
            let users: Vec<UserId> = before.participants.iter().filter_map(|p| p.user).collect();
            let people = people_among(&mut tx, organisation, &users).await?;
            claims::release(&mut tx, id).await?;
            claims::claim(&mut tx, id, after.slot, book::resources(&room, &people))
                .await?
                .map_err(ChangeSessionError::SlotTaken)?;
            prolong_cookies(&mut tx, organisation, id, after.slot.ends_at()).await?;
        }
        let act = Act::SessionChanged {
            version: new_version,
            room: after.room,
            starts_at: after.slot.starts_at(),
            ends_at: after.slot.ends_at(),
        };
        audit::write(
            &mut tx,
            organisation,
            now,
            actor,
            Subject::Session(id),
            &act,
        )
        .await?;
        let session = reload(&mut tx, organisation, id).await?;
        tx.commit().await?;
        Ok(session)
    }

    /// Calls a planned session off.
    pub async fn cancel(
        &self,
        organisation: OrganisationId,
        actor: Actor,
        now: Timestamp,
        id: SessionId,
        reason: &str,
    ) -> Result<Session, MoveError> {
        let reason = reason.trim();
        if reason.is_empty() {
            return Err(MoveError::Reason(TextError::Empty));
        }
        if reason.chars().count() > Standing::LONGEST_REASON {
            return Err(MoveError::Reason(TextError::TooLong));
        }
        let cancel = |standing: Standing| standing.cancel(now, reason.to_owned());
        retrying!(
            self.try_move(
                organisation,
                actor,
                now,
                id,
                &cancel,
                &Act::SessionCancelled
            )
            .await
        )
    }

    /// Starts a planned session.
    pub async fn start(
        &self,
        organisation: OrganisationId,
        actor: Actor,
        now: Timestamp,
        id: SessionId,
    ) -> Result<Session, MoveError> {
        let start = |standing: Standing| standing.start(now);
        retrying!(
            self.try_move(organisation, actor, now, id, &start, &Act::SessionStarted)
                .await
        )
    }

    /// Ends a live session.
    pub async fn end(
        &self,
        organisation: OrganisationId,
        actor: Actor,
        now: Timestamp,
        id: SessionId,
    ) -> Result<Session, MoveError> {
        let end = |standing: Standing| standing.end(now);
        retrying!(
            self.try_move(organisation, actor, now, id, &end, &Act::SessionEnded)
                .await
        )
    }

    async fn try_move(
        &self,
        organisation: OrganisationId,
        actor: Actor,
        now: Timestamp,
        id: SessionId,
        transition: &(dyn Fn(Standing) -> Result<Standing, WrongState> + Sync),
        act: &Act,
    ) -> Result<Session, MoveError> {
        let mut tx = self.write(organisation).await?;
        if count_up(&mut tx, organisation, id).await?.is_none() {
            return Err(MoveError::NotFound);
        }
        let session = load(&mut tx, organisation, id)
            .await?
            .ok_or(MoveError::NotFound)?;
        let standing = transition(session.standing).map_err(MoveError::WrongState)?;
        keep_standing(&mut tx, organisation, id, &standing).await?;
        match standing {
            Standing::Planned | Standing::Live { .. } => {}
            Standing::Ended { ended_at, .. } => {
                claims::release_from(&mut tx, id, ended_at).await?;
            }
            Standing::Cancelled { .. } => claims::release(&mut tx, id).await?,
        }
        audit::write(&mut tx, organisation, now, actor, Subject::Session(id), act).await?;
        let session = reload(&mut tx, organisation, id).await?;
        tx.commit().await?;
        Ok(session)
    }
}

/// Locks the session and gives its new version.
async fn count_up(
    tx: &mut AnyConnection,
    organisation: OrganisationId,
    id: SessionId,
) -> Result<Option<i64>, StoreError> {
    sqlx::query(
        "UPDATE sessions SET version = version + 1 WHERE organisation_id = $1 AND id = $2
         RETURNING version",
    )
    .bind(organisation.to_string())
    .bind(id.to_string())
    .fetch_optional(tx)
    .await?
    .map(|row| row.number("version"))
    .transpose()
}

async fn keep_standing(
    tx: &mut AnyConnection,
    organisation: OrganisationId,
    id: SessionId,
    standing: &Standing,
) -> Result<(), StoreError> {
    let cancelled_at = match standing {
        Standing::Cancelled { cancelled_at, .. } => Some(cancelled_at.as_millisecond()),
        Standing::Planned | Standing::Live { .. } | Standing::Ended { .. } => None,
    };
    sqlx::query(
        "UPDATE sessions SET state = $1, started_at = $2, ended_at = $3, cancelled_at = $4,
            cancel_reason = $5
         WHERE organisation_id = $6 AND id = $7",
    )
    .bind(word_of(standing.state()))
    .bind(standing.started_at().map(Timestamp::as_millisecond))
    .bind(standing.ended_at().map(Timestamp::as_millisecond))
    .bind(cancelled_at)
    .bind(standing.cancel_reason())
    .bind(organisation.to_string())
    .bind(id.to_string())
    .execute(tx)
    .await?;
    Ok(())
}

/// Guests' cookies live as long as their invitations.
async fn prolong_cookies(
    tx: &mut AnyConnection,
    organisation: OrganisationId,
    id: SessionId,
    ends_at: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE web_sessions SET expires_at = $1 WHERE organisation_id = $2 AND session_id = $3",
    )
    .bind(invitation_expires_at(ends_at).as_millisecond())
    .bind(organisation.to_string())
    .bind(id.to_string())
    .execute(tx)
    .await?;
    Ok(())
}
