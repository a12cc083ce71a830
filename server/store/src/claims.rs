//! Slots that sessions hold of rooms and people.
//!
//! A claim is a row of (resource, cell of five minutes) under a primary key; whoever comes second
//! finds it taken, whatever ran beside. Resources are claimed in the order of their names and cells
//! in the order of time, so that two bookings wait for one another and do not lock each other up.

use bega_scheduling::{Resource, ResourceKind, SessionId, Slot};
use jiff::Timestamp;
use sqlx::AnyConnection;

use crate::StoreError;

/// Claims a slot of each resource; gives the first resource that is not free.
pub(crate) async fn claim(
    tx: &mut AnyConnection,
    session: SessionId,
    slot: Slot,
    mut resources: Vec<Resource>,
) -> Result<Result<(), Resource>, StoreError> {
    resources.sort();
    let cells = slot.cells();
    for resource in resources {
        let claimed = sqlx::query(
            "WITH RECURSIVE cells (slot) AS (
                SELECT CAST($1 AS BIGINT)
                UNION ALL
                SELECT slot + 1 FROM cells WHERE slot + 1 < $2
             )
             INSERT INTO slot_claims (resource, slot, session_id)
             SELECT CAST($3 AS TEXT), slot, CAST($4 AS TEXT) FROM cells WHERE slot < $2
             ON CONFLICT DO NOTHING",
        )
        .bind(cells.start)
        .bind(cells.end)
        .bind(key(&resource))
        .bind(session.to_string())
        .execute(&mut *tx)
        .await?;
        if claimed.rows_affected() != cells.end.abs_diff(cells.start) {
            return Ok(Err(resource));
        }
    }
    Ok(Ok(()))
}

/// Gives back every cell that begins at or after an instant.
pub(crate) async fn release_from(
    tx: &mut AnyConnection,
    session: SessionId,
    at: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM slot_claims WHERE session_id = $1 AND slot >= $2")
        .bind(session.to_string())
        .bind(Slot::cell_after(at))
        .execute(tx)
        .await?;
    Ok(())
}

/// Gives back every cell.
pub(crate) async fn release(tx: &mut AnyConnection, session: SessionId) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM slot_claims WHERE session_id = $1")
        .bind(session.to_string())
        .execute(tx)
        .await?;
    Ok(())
}

fn key(resource: &Resource) -> String {
    match resource.kind {
        ResourceKind::Room => format!("room:{}", resource.id),
        ResourceKind::Person => format!("user:{}", resource.id),
    }
}
