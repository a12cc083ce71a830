//! What a live session needs to begin again after a restart, and the record of what happened in it.

use bega_scheduling::{Act, Actor, OrganisationId, ParticipantId, Session, SessionId, Subject};
use jiff::Timestamp;
use serde_json::Value;
use sqlx::AnyConnection;

use crate::{
    Store, StoreError, audit,
    row::Columns,
    sessions::load,
    tx::{Scope, retrying},
};

/// A session as its live room needs it.
#[derive(Clone, Debug, PartialEq)]
pub struct LiveSession {
    /// The session.
    pub session: Session,
    /// Who was let in and not taken out again; they need not wait a second time.
    pub admitted: Vec<ParticipantId>,
}

/// Something that happened in a live session.
#[derive(Clone, Debug, PartialEq)]
pub struct TimelineEntry {
    /// Whose doing, or about whom.
    pub participant: Option<ParticipantId>,
    /// What, in a word.
    pub kind: String,
    /// The rest.
    pub body: Value,
}

/// An entry as kept.
#[derive(Clone, Debug, PartialEq)]
pub struct TimelineRecord {
    /// Its place in the session, from 1.
    pub number: i64,
    /// When.
    pub at: Timestamp,
    /// What.
    pub entry: TimelineEntry,
}

impl Store {
    /// A session of any organisation, for the live room that bears its id. Callers check first that
    /// whoever asks takes part.
    pub async fn live_session(&self, id: SessionId) -> Result<Option<LiveSession>, StoreError> {
        let mut tx = self.read(Scope::Platform).await?;
        let Some(organisation) = organisation_of(&mut tx, id).await? else {
            return Ok(None);
        };
        let Some(session) = load(&mut tx, organisation, id).await? else {
            return Ok(None);
        };
        let admitted: Result<_, _> = sqlx::query(
            "SELECT participant_id FROM admissions
             WHERE organisation_id = $1 AND session_id = $2 AND withdrawn_at IS NULL",
        )
        .bind(organisation.to_string())
        .bind(id.to_string())
        .fetch_all(&mut *tx)
        .await?
        .iter()
        .map(|row| row.parsed("participant_id"))
        .collect();
        Ok(Some(LiveSession {
            session,
            admitted: admitted?,
        }))
    }

    /// Notes that somebody was let in; false if there is no such session.
    pub async fn record_admission(
        &self,
        session: SessionId,
        now: Timestamp,
        participant: ParticipantId,
        by: Option<ParticipantId>,
    ) -> Result<bool, StoreError> {
        let change = Admission::Given;
        retrying!(
            self.try_record_admission(session, now, participant, by, change)
                .await
        )
    }

    /// Notes that somebody was turned away or taken out; false if there is no such session.
    pub async fn withdraw_admission(
        &self,
        session: SessionId,
        now: Timestamp,
        participant: ParticipantId,
        by: Option<ParticipantId>,
    ) -> Result<bool, StoreError> {
        let change = Admission::Withdrawn;
        retrying!(
            self.try_record_admission(session, now, participant, by, change)
                .await
        )
    }

    async fn try_record_admission(
        &self,
        session: SessionId,
        now: Timestamp,
        participant: ParticipantId,
        by: Option<ParticipantId>,
        change: Admission,
    ) -> Result<bool, StoreError> {
        let mut tx = self.write(Scope::Platform).await?;
        let Some(organisation) = organisation_of(&mut tx, session).await? else {
            return Ok(false);
        };
        let (withdrawn_at, act) = match change {
            Admission::Given => (None, Act::ParticipantAdmitted { participant }),
            Admission::Withdrawn => (
                Some(now.as_millisecond()),
                Act::ParticipantRemoved { participant },
            ),
        };
        sqlx::query(
            "INSERT INTO admissions (organisation_id, session_id, participant_id, admitted_at,
                admitted_by, withdrawn_at)
             VALUES ($1, $2, $3, $4, $5, $6)
             ON CONFLICT (session_id, participant_id) DO UPDATE
             SET admitted_at = excluded.admitted_at, admitted_by = excluded.admitted_by,
                withdrawn_at = excluded.withdrawn_at",
        )
        .bind(organisation.to_string())
        .bind(session.to_string())
        .bind(participant.to_string())
        .bind(now.as_millisecond())
        .bind(by.map(|id| id.to_string()))
        .bind(withdrawn_at)
        .execute(&mut *tx)
        .await?;
        let actor = by.map_or(Actor::System, Actor::Participant);
        let subject = Subject::Session(session);
        audit::write(&mut tx, organisation, now, actor, subject, &act).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// Adds to a session's timeline; gives the entry's number, or `None` if there is no such session.
    pub async fn record_timeline(
        &self,
        session: SessionId,
        now: Timestamp,
        entry: &TimelineEntry,
    ) -> Result<Option<i64>, StoreError> {
        retrying!(self.try_record_timeline(session, now, entry).await)
    }

    async fn try_record_timeline(
        &self,
        session: SessionId,
        now: Timestamp,
        entry: &TimelineEntry,
    ) -> Result<Option<i64>, StoreError> {
        let mut tx = self.write(Scope::Platform).await?;
        let Some(organisation) = organisation_of(&mut tx, session).await? else {
            return Ok(None);
        };
        let number = sqlx::query(
            "INSERT INTO timeline_entries (organisation_id, session_id, number, at, participant_id,
                kind, body)
             SELECT CAST($1 AS TEXT), CAST($2 AS TEXT), COALESCE(MAX(number), 0) + 1,
                CAST($3 AS BIGINT), CAST($4 AS TEXT), CAST($5 AS TEXT), CAST($6 AS TEXT)
             FROM timeline_entries WHERE session_id = $2
             ON CONFLICT DO NOTHING RETURNING number",
        )
        .bind(organisation.to_string())
        .bind(session.to_string())
        .bind(now.as_millisecond())
        .bind(entry.participant.map(|id| id.to_string()))
        .bind(entry.kind.as_str())
        .bind(entry.body.to_string())
        .fetch_optional(&mut *tx)
        .await?
        // Two took the same number.
        .ok_or(StoreError::Contended(None))?
        .number("number")?;
        tx.commit().await?;
        Ok(Some(number))
    }

    /// A session's timeline, in order.
    pub async fn timeline(
        &self,
        organisation: OrganisationId,
        session: SessionId,
    ) -> Result<Vec<TimelineRecord>, StoreError> {
        let mut tx = self.read(organisation).await?;
        sqlx::query(
            "SELECT number, at, participant_id, kind, body FROM timeline_entries
             WHERE organisation_id = $1 AND session_id = $2 ORDER BY number",
        )
        .bind(organisation.to_string())
        .bind(session.to_string())
        .fetch_all(&mut *tx)
        .await?
        .iter()
        .map(|row| {
            Ok(TimelineRecord {
                number: row.number("number")?,
                at: row.at("at")?,
                entry: TimelineEntry {
                    participant: row.maybe_parsed("participant_id")?,
                    kind: row.text("kind")?,
                    body: row.json("body")?,
                },
            })
        })
        .collect()
    }
}

#[derive(Clone, Copy)]
enum Admission {
    Given,
    Withdrawn,
}

async fn organisation_of(
    tx: &mut AnyConnection,
    session: SessionId,
) -> Result<Option<OrganisationId>, StoreError> {
    sqlx::query("SELECT organisation_id FROM sessions WHERE id = $1")
        .bind(session.to_string())
        .fetch_optional(tx)
        .await?
        .map(|row| row.parsed("organisation_id"))
        .transpose()
}
