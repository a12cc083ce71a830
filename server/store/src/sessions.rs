//! Reads sessions with their rooms, participants and invitations.

use std::{collections::HashMap, fmt, str::FromStr};

use bega_scheduling::{
    InvitationState, Language, OrganisationId, Participant, Reference, Role, Session, SessionId,
    SessionState, Slot, Standing, UserId,
};
use jiff::Timestamp;
use sqlx::{AnyConnection, any::AnyRow};

use crate::{
    Store, StoreError,
    row::{Columns, placeholders},
    sites::room_ref_of,
};

/// Which sessions of the calendar.
#[derive(Clone, Debug, Default)]
pub struct SessionFilter {
    /// Those that end after this.
    pub from: Option<Timestamp>,
    /// Those that start before this.
    pub to: Option<Timestamp>,
    /// Those this member of staff takes part in.
    pub user: Option<UserId>,
    /// Those after this place in the list.
    pub after: Option<Cursor>,
    /// At most so many.
    pub limit: u32,
}

/// A part of a list.
#[derive(Clone, Debug)]
pub struct Page<T> {
    /// The part.
    pub items: Vec<T>,
    /// Where the next part begins, if there is one.
    pub next: Option<Cursor>,
}

/// A place in the list of sessions, which is ordered by start and id.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Cursor {
    starts_at: i64,
    id: SessionId,
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.starts_at, self.id.0.simple())
    }
}

impl FromStr for Cursor {
    type Err = BadCursor;

    fn from_str(text: &str) -> Result<Self, BadCursor> {
        let (starts_at, id) = text.split_once('.').ok_or(BadCursor)?;
        Ok(Self {
            starts_at: starts_at.parse().map_err(|_| BadCursor)?,
            id: id.parse().map_err(|_| BadCursor)?,
        })
    }
}

/// Not a cursor that this store gave out.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("this is no place in the list")]
pub struct BadCursor;

impl Store {
    /// A session of the organisation.
    pub async fn session(
        &self,
        organisation: OrganisationId,
        id: SessionId,
    ) -> Result<Option<Session>, StoreError> {
        let mut tx = self.read(organisation).await?;
        load(&mut tx, organisation, id).await
    }

    /// The organisation's calendar, in the order of the starts.
    pub async fn sessions(
        &self,
        organisation: OrganisationId,
        filter: &SessionFilter,
    ) -> Result<Page<Session>, StoreError> {
        // Every condition is always there: one text, one plan, and nothing to put together.
        const CALENDAR: &str = "WHERE s.organisation_id = $1 AND s.ends_at > $2
             AND s.starts_at < $3 AND (s.starts_at, s.id) > ($4, $5)
             AND ($6 = '' OR EXISTS (SELECT 1 FROM participants p
                  WHERE p.session_id = s.id AND p.user_id = $6))
             ORDER BY s.starts_at, s.id LIMIT $7";
        let limit = filter.limit.clamp(1, 500);
        let mut tx = self.read(organisation).await?;
        let sql = format!("{SELECT} {CALENDAR}");
        let after = filter.after;
        let rows = sqlx::query(&sql)
            .bind(organisation.to_string())
            .bind(filter.from.map_or(i64::MIN, Timestamp::as_millisecond))
            .bind(filter.to.map_or(i64::MAX, Timestamp::as_millisecond))
            .bind(after.map_or(i64::MIN, |cursor| cursor.starts_at))
            .bind(after.map_or_else(String::new, |cursor| cursor.id.to_string()))
            .bind(filter.user.map_or_else(String::new, |id| id.to_string()))
            // One more than asked for tells whether there is a next part.
            .bind(i64::from(limit) + 1)
            .fetch_all(&mut *tx)
            .await?;
        let mut items = assemble(&mut tx, organisation, &rows).await?;
        let more = items.len() > limit as usize;
        items.truncate(limit as usize);
        let next = items.last().filter(|_| more).map(|last| Cursor {
            starts_at: last.slot.starts_at().as_millisecond(),
            id: last.id,
        });
        Ok(Page { items, next })
    }
}

pub(crate) async fn load(
    tx: &mut AnyConnection,
    organisation: OrganisationId,
    id: SessionId,
) -> Result<Option<Session>, StoreError> {
    let sql = format!("{SELECT} WHERE s.organisation_id = $1 AND s.id = $2");
    let rows = sqlx::query(&sql)
        .bind(organisation.to_string())
        .bind(id.to_string())
        .fetch_all(&mut *tx)
        .await?;
    Ok(assemble(tx, organisation, &rows).await?.pop())
}

/// A session that was there a moment ago in the same transaction.
pub(crate) async fn reload(
    tx: &mut AnyConnection,
    organisation: OrganisationId,
    id: SessionId,
) -> Result<Session, StoreError> {
    load(tx, organisation, id)
        .await?
        .ok_or(StoreError::Corrupt("a session without room or site"))
}

const SELECT: &str = "SELECT s.id, s.version, s.kind, s.state, s.reference, s.starts_at, s.ends_at,
        s.started_at, s.ended_at, s.cancelled_at, s.cancel_reason, s.language,
        r.id AS room_id, r.name AS room_name,
        t.id AS site_id, t.name AS site_name, t.time_zone
     FROM sessions s JOIN rooms r ON r.id = s.room_id JOIN sites t ON t.id = r.site_id";

async fn assemble(
    tx: &mut AnyConnection,
    organisation: OrganisationId,
    rows: &[AnyRow],
) -> Result<Vec<Session>, StoreError> {
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let mut sessions = Vec::with_capacity(rows.len());
    for row in rows {
        sessions.push(session(organisation, row)?);
    }
    let mut participants = participants(tx, organisation, &sessions).await?;
    for session in &mut sessions {
        session.participants = participants.remove(&session.id).unwrap_or_default();
    }
    Ok(sessions)
}

fn session(organisation: OrganisationId, row: &AnyRow) -> Result<Session, StoreError> {
    Ok(Session {
        id: row.parsed("id")?,
        organisation,
        kind: row.word("kind")?,
        standing: standing(row)?,
        reference: Reference::parse(&row.text("reference")?)
            .map_err(|_| StoreError::Corrupt("reference"))?,
        slot: Slot::new(row.at("starts_at")?, row.at("ends_at")?)
            .map_err(|_| StoreError::Corrupt("ends_at"))?,
        room: room_ref_of(row)?,
        language: Language::parse(&row.text("language")?)
            .map_err(|_| StoreError::Corrupt("language"))?,
        participants: Vec::new(),
        version: row.number("version")?,
    })
}

fn standing(row: &AnyRow) -> Result<Standing, StoreError> {
    let instant = |column| row.maybe_at(column)?.ok_or(StoreError::Corrupt(column));
    Ok(match row.word("state")? {
        SessionState::Planned => Standing::Planned,
        SessionState::Live => Standing::Live {
            started_at: instant("started_at")?,
        },
        SessionState::Ended => Standing::Ended {
            started_at: instant("started_at")?,
            ended_at: instant("ended_at")?,
        },
        SessionState::Cancelled => Standing::Cancelled {
            cancelled_at: instant("cancelled_at")?,
            reason: row.maybe_text("cancel_reason")?.unwrap_or_default(),
        },
    })
}

async fn participants(
    tx: &mut AnyConnection,
    organisation: OrganisationId,
    sessions: &[Session],
) -> Result<HashMap<SessionId, Vec<Participant>>, StoreError> {
    let sql = format!(
        "SELECT p.id, p.session_id, p.role, p.name, p.user_id,
            i.id AS invitation_id, i.used_at,
            (SELECT COUNT(*) FROM invitations x WHERE x.participant_id = p.id) AS invitations
         FROM participants p
         LEFT JOIN invitations i ON i.participant_id = p.id AND i.revoked_at IS NULL
         WHERE p.organisation_id = $1 AND p.session_id IN ({})
         ORDER BY p.session_id, p.position",
        placeholders(2, sessions.len())
    );
    let mut query = sqlx::query(&sql).bind(organisation.to_string());
    for session in sessions {
        query = query.bind(session.id.to_string());
    }
    let rooms: HashMap<_, _> = sessions
        .iter()
        .map(|s| (s.id, s.room.name.as_str()))
        .collect();
    let mut of_session: HashMap<SessionId, Vec<Participant>> = HashMap::new();
    for row in query.fetch_all(tx).await? {
        let session = row.parsed("session_id")?;
        let role = row.word("role")?;
        let invitation_id = row.maybe_parsed("invitation_id")?;
        let invitation = match (invitation_id, row.maybe_at("used_at")?) {
            (Some(_), Some(_)) => InvitationState::Used,
            (Some(_), None) => InvitationState::Sent,
            (None, _) if row.number("invitations")? > 0 => InvitationState::Revoked,
            (None, _) => InvitationState::None,
        };
        // The device goes by the name of the room the session is in now.
        let name = match rooms.get(&session) {
            Some(room) if role == Role::RoomDevice => (*room).to_owned(),
            _ => row.text("name")?,
        };
        of_session.entry(session).or_default().push(Participant {
            id: row.parsed("id")?,
            role,
            name,
            user: row.maybe_parsed("user_id")?,
            invitation,
            invitation_id,
        });
    }
    Ok(of_session)
}
