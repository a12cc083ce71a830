//! What a cookie stands for: a member of staff, a guest of one session, or a device.

use bega_scheduling::{
    Act, Actor, ActorKind, DeviceId, Language, OrganisationId, Participant, ParticipantId, Role,
    RoomRef, Session, SessionId, StaffRole, Subject, Tie, UserId,
};
use jiff::Timestamp;
use sqlx::AnyConnection;

use crate::{
    Organisation, SecretHash, Store, StoreError, audit,
    row::{Columns, word_of},
    sites::room_ref_of,
    tx::{Scope, retrying},
};

/// Whoever holds a valid cookie.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Caller {
    /// The organisation whose rows they may see.
    pub organisation: Organisation,
    /// The name to show.
    pub name: String,
    /// The language of what they see; a guest's is not known.
    pub language: Option<Language>,
    /// Who they are.
    pub kind: CallerKind,
    /// When the cookie dies.
    pub expires_at: Timestamp,
}

/// Who holds a cookie.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum CallerKind {
    /// A member of staff.
    Staff {
        /// The account.
        user: UserId,
        /// What they are.
        roles: Vec<StaffRole>,
    },
    /// Somebody who came by a personal link.
    Guest {
        /// The one session they see.
        session: SessionId,
        /// Their place in it.
        participant: ParticipantId,
        /// What they are there.
        role: Role,
    },
    /// A room's device. It serves every organisation that books its room.
    Device {
        /// Which.
        device: DeviceId,
        /// Where it stands.
        room: RoomRef,
    },
}

impl Caller {
    /// As the audit log names them.
    pub fn actor(&self) -> Actor {
        match self.kind {
            CallerKind::Staff { user, .. } => Actor::User(user),
            CallerKind::Guest { participant, .. } => Actor::Participant(participant),
            CallerKind::Device { device, .. } => Actor::Device(device),
        }
    }

    /// As the permission table knows them.
    pub fn kinds(&self) -> Vec<ActorKind> {
        match &self.kind {
            CallerKind::Staff { roles, .. } => {
                roles.iter().copied().map(ActorKind::Staff).collect()
            }
            CallerKind::Guest { .. } => vec![ActorKind::Guest],
            CallerKind::Device { .. } => vec![ActorKind::Device],
        }
    }

    /// Their place in a session, if they have one.
    pub fn participant_in<'a>(&self, session: &'a Session) -> Option<&'a Participant> {
        match &self.kind {
            CallerKind::Staff { user, .. } => session.participant_of(*user),
            CallerKind::Guest { participant, .. } => session.participant(*participant),
            CallerKind::Device { room, .. } => {
                session.room_device().filter(|_| session.room.id == room.id)
            }
        }
    }

    /// How they are tied to a session.
    pub fn tie(&self, session: &Session) -> Tie {
        self.participant_in(session)
            .map_or(Tie::Organisation, |participant| {
                Tie::Participant(participant.role)
            })
    }
}

impl Store {
    /// Keeps the cookie of a member of staff who has shown their password.
    pub async fn sign_in(
        &self,
        organisation: OrganisationId,
        user: UserId,
        now: Timestamp,
        cookie: SecretHash,
        expires_at: Timestamp,
    ) -> Result<(), StoreError> {
        retrying!(
            self.try_sign_in(organisation, user, now, cookie, expires_at)
                .await
        )
    }

    async fn try_sign_in(
        &self,
        organisation: OrganisationId,
        user: UserId,
        now: Timestamp,
        cookie: SecretHash,
        expires_at: Timestamp,
    ) -> Result<(), StoreError> {
        let mut tx = self.write(organisation).await?;
        let holder = Holder::Staff(user);
        keep_cookie(&mut tx, organisation, holder, now, cookie, expires_at).await?;
        let actor = Actor::User(user);
        audit::write(
            &mut tx,
            organisation,
            now,
            actor,
            Subject::User(user),
            &Act::SignedIn,
        )
        .await?;
        tx.commit().await
    }

    /// Who holds this cookie; `None` if it is unknown, dead or taken back.
    pub async fn caller(
        &self,
        cookie: SecretHash,
        now: Timestamp,
    ) -> Result<Option<Caller>, StoreError> {
        let mut tx = self.read(Scope::Platform).await?;
        caller(&mut tx, cookie, now).await
    }

    /// Takes a caller's cookie back.
    pub async fn sign_out(
        &self,
        caller: &Caller,
        cookie: SecretHash,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        retrying!(self.try_sign_out(caller, cookie, now).await)
    }

    async fn try_sign_out(
        &self,
        caller: &Caller,
        cookie: SecretHash,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let organisation = caller.organisation.id;
        let mut tx = self.write(organisation).await?;
        let revoked = sqlx::query(
            "UPDATE web_sessions SET revoked_at = $1
             WHERE organisation_id = $2 AND cookie_hash = $3 AND revoked_at IS NULL",
        )
        .bind(now.as_millisecond())
        .bind(organisation.to_string())
        .bind(cookie.to_hex())
        .execute(&mut *tx)
        .await?;
        if revoked.rows_affected() == 1 {
            let subject = match caller.kind {
                CallerKind::Staff { user, .. } => Subject::User(user),
                CallerKind::Guest { session, .. } => Subject::Session(session),
                CallerKind::Device { device, .. } => Subject::Device(device),
            };
            let act = Act::SignedOut;
            audit::write(&mut tx, organisation, now, caller.actor(), subject, &act).await?;
        }
        tx.commit().await
    }

    /// Takes every cookie of a member of staff back, as after a new password; gives their number.
    pub async fn revoke_cookies_of(
        &self,
        organisation: OrganisationId,
        actor: Actor,
        now: Timestamp,
        user: UserId,
    ) -> Result<u64, StoreError> {
        retrying!(
            self.try_revoke_cookies_of(organisation, actor, now, user)
                .await
        )
    }

    async fn try_revoke_cookies_of(
        &self,
        organisation: OrganisationId,
        actor: Actor,
        now: Timestamp,
        user: UserId,
    ) -> Result<u64, StoreError> {
        let mut tx = self.write(organisation).await?;
        let revoked = sqlx::query(
            "UPDATE web_sessions SET revoked_at = $1
             WHERE organisation_id = $2 AND user_id = $3 AND revoked_at IS NULL",
        )
        .bind(now.as_millisecond())
        .bind(organisation.to_string())
        .bind(user.to_string())
        .execute(&mut *tx)
        .await?
        .rows_affected();
        if revoked > 0 {
            let subject = Subject::User(user);
            audit::write(&mut tx, organisation, now, actor, subject, &Act::SignedOut).await?;
        }
        tx.commit().await?;
        Ok(revoked)
    }

    /// Forgets what no longer matters: dead cookies and pairings, and idempotency keys after a day.
    pub async fn purge(&self, now: Timestamp) -> Result<u64, StoreError> {
        retrying!(self.try_purge(now).await)
    }

    async fn try_purge(&self, now: Timestamp) -> Result<u64, StoreError> {
        const DAY_MS: i64 = 24 * 3600 * 1000;
        let mut tx = self.write(Scope::Platform).await?;
        let mut purged = 0;
        for sql in [
            "DELETE FROM idempotency_keys WHERE created_at < $1",
            // A day's grace, so that a dead cookie can still be told from an unknown one in a log.
            "DELETE FROM web_sessions WHERE expires_at < $1 OR revoked_at < $1",
            "DELETE FROM pairings WHERE expires_at < $1",
        ] {
            purged += sqlx::query(sql)
                .bind(now.as_millisecond() - DAY_MS)
                .execute(&mut *tx)
                .await?
                .rows_affected();
        }
        tx.commit().await?;
        Ok(purged)
    }
}

/// Whose a new cookie is.
#[derive(Clone, Copy)]
pub(crate) enum Holder {
    Staff(UserId),
    Guest(SessionId, ParticipantId),
    Device(DeviceId),
}

/// Whose a kept cookie is.
#[derive(serde::Deserialize, serde::Serialize)]
#[serde(rename_all = "snake_case")]
enum HolderKind {
    Staff,
    Guest,
    Device,
}

pub(crate) async fn keep_cookie(
    tx: &mut AnyConnection,
    organisation: OrganisationId,
    holder: Holder,
    now: Timestamp,
    cookie: SecretHash,
    expires_at: Timestamp,
) -> Result<(), StoreError> {
    let (kind, user, session, participant, device) = match holder {
        Holder::Staff(user) => (HolderKind::Staff, Some(user), None, None, None),
        Holder::Guest(session, participant) => (
            HolderKind::Guest,
            None,
            Some(session),
            Some(participant),
            None,
        ),
        Holder::Device(device) => (HolderKind::Device, None, None, None, Some(device)),
    };
    sqlx::query(
        "INSERT INTO web_sessions (cookie_hash, organisation_id, kind, user_id, session_id,
            participant_id, device_id, created_at, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
    )
    .bind(cookie.to_hex())
    .bind(organisation.to_string())
    .bind(word_of(kind))
    .bind(user.map(|id| id.to_string()))
    .bind(session.map(|id| id.to_string()))
    .bind(participant.map(|id| id.to_string()))
    .bind(device.map(|id| id.to_string()))
    .bind(now.as_millisecond())
    .bind(expires_at.as_millisecond())
    .execute(tx)
    .await?;
    Ok(())
}

pub(crate) async fn caller(
    tx: &mut AnyConnection,
    cookie: SecretHash,
    now: Timestamp,
) -> Result<Option<Caller>, StoreError> {
    let row = sqlx::query(
        "SELECT w.kind, w.user_id, w.session_id, w.participant_id, w.device_id, w.expires_at,
            w.organisation_id, o.name AS organisation_name
         FROM web_sessions w JOIN organisations o ON o.id = w.organisation_id
         WHERE w.cookie_hash = $1 AND w.revoked_at IS NULL AND w.expires_at > $2",
    )
    .bind(cookie.to_hex())
    .bind(now.as_millisecond())
    .fetch_optional(&mut *tx)
    .await?;
    let Some(row) = row else { return Ok(None) };

    let found = match row.word::<HolderKind>("kind")? {
        HolderKind::Staff => staff(tx, row.parsed("user_id")?).await?,
        HolderKind::Guest => guest(tx, row.parsed("participant_id")?).await?,
        HolderKind::Device => device(tx, row.parsed("device_id")?).await?,
    };
    let Some((name, language, kind)) = found else {
        return Ok(None);
    };
    Ok(Some(Caller {
        organisation: Organisation {
            id: row.parsed("organisation_id")?,
            name: row.text("organisation_name")?,
        },
        name,
        language,
        kind,
        expires_at: row.at("expires_at")?,
    }))
}

type Found = Option<(String, Option<Language>, CallerKind)>;

async fn staff(tx: &mut AnyConnection, user: UserId) -> Result<Found, StoreError> {
    let row = sqlx::query(
        "SELECT name, language, roles FROM users WHERE id = $1 AND disabled_at IS NULL",
    )
    .bind(user.to_string())
    .fetch_optional(tx)
    .await?;
    let Some(row) = row else { return Ok(None) };
    let language =
        Language::parse(&row.text("language")?).map_err(|_| StoreError::Corrupt("language"))?;
    let roles = row.json("roles")?;
    Ok(Some((
        row.text("name")?,
        Some(language),
        CallerKind::Staff { user, roles },
    )))
}

async fn guest(tx: &mut AnyConnection, participant: ParticipantId) -> Result<Found, StoreError> {
    let row = sqlx::query(
        "SELECT p.name, p.role, p.session_id, r.name AS room_name
         FROM participants p
         JOIN sessions s ON s.id = p.session_id
         JOIN rooms r ON r.id = s.room_id
         WHERE p.id = $1",
    )
    .bind(participant.to_string())
    .fetch_optional(tx)
    .await?;
    let Some(row) = row else { return Ok(None) };
    let role = row.word("role")?;
    let name = if role == Role::RoomDevice {
        row.text("room_name")?
    } else {
        row.text("name")?
    };
    let kind = CallerKind::Guest {
        session: row.parsed("session_id")?,
        participant,
        role,
    };
    Ok(Some((name, None, kind)))
}

async fn device(tx: &mut AnyConnection, device: DeviceId) -> Result<Found, StoreError> {
    let row = sqlx::query(
        "SELECT d.name AS device_name, r.id AS room_id, r.name AS room_name,
            s.id AS site_id, s.name AS site_name, s.time_zone
         FROM devices d JOIN rooms r ON r.id = d.room_id JOIN sites s ON s.id = r.site_id
         WHERE d.id = $1 AND d.revoked_at IS NULL",
    )
    .bind(device.to_string())
    .fetch_optional(tx)
    .await?;
    let Some(row) = row else { return Ok(None) };
    let kind = CallerKind::Device {
        device,
        room: room_ref_of(&row)?,
    };
    Ok(Some((row.text("device_name")?, None, kind)))
}
