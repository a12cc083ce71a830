//! What trials of the line have shown before a session: the newest of each participant.

use bega_scheduling::{LineCheck, OrganisationId, SessionId};

use crate::{
    Store, StoreError,
    row::{Columns, json_of, word_of},
    tx::retrying,
};

impl Store {
    /// Keeps the result of a participant's trial in the place of an older one.
    pub async fn keep_line_check(
        &self,
        organisation: OrganisationId,
        session: SessionId,
        check: &LineCheck,
    ) -> Result<(), StoreError> {
        retrying!(self.try_keep_line_check(organisation, session, check).await)
    }

    async fn try_keep_line_check(
        &self,
        organisation: OrganisationId,
        session: SessionId,
        check: &LineCheck,
    ) -> Result<(), StoreError> {
        let mut tx = self.write(organisation).await?;
        sqlx::query(
            "INSERT INTO line_checks (organisation_id, session_id, participant_id, at, verdict,
                result)
             SELECT organisation_id, session_id, id, CAST($4 AS BIGINT), CAST($5 AS TEXT),
                CAST($6 AS TEXT)
             FROM participants WHERE organisation_id = $1 AND session_id = $2 AND id = $3
             ON CONFLICT (session_id, participant_id) DO UPDATE
             SET at = excluded.at, verdict = excluded.verdict, result = excluded.result",
        )
        .bind(organisation.to_string())
        .bind(session.to_string())
        .bind(check.participant.to_string())
        .bind(check.at.as_millisecond())
        .bind(word_of(check.result.verdict()))
        .bind(json_of(&check.result))
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(())
    }

    /// The newest results of a session's participants.
    pub async fn line_checks(
        &self,
        organisation: OrganisationId,
        session: SessionId,
    ) -> Result<Vec<LineCheck>, StoreError> {
        let mut tx = self.read(organisation).await?;
        sqlx::query(
            "SELECT participant_id, at, result FROM line_checks
             WHERE organisation_id = $1 AND session_id = $2 ORDER BY participant_id",
        )
        .bind(organisation.to_string())
        .bind(session.to_string())
        .fetch_all(&mut *tx)
        .await?
        .iter()
        .map(|row| {
            Ok(LineCheck {
                participant: row.parsed("participant_id")?,
                at: row.at("at")?,
                result: row.json("result")?,
            })
        })
        .collect()
    }
}
