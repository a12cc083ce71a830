//! Room devices: paired by a code, known by a cookie, shut out by whoever paired them.
//!
//! ```text
//! device                        coordinator
//! create_pairing (shows code)
//! claim_pairing -> pending
//!                               confirm_pairing (code, room) -> device
//! claim_pairing -> cookie
//! ```

use bega_scheduling::{
    Act, Actor, DeviceId, OrganisationId, PairingCode, PairingId, RoomId, RoomRef, Session,
    SessionId, SessionState, Subject,
};
use jiff::{SignedDuration, Timestamp};
use sqlx::{AnyConnection, any::AnyRow};

use crate::{
    Caller, Created, IdempotencyKey, SecretHash, Store, StoreError, audit,
    error::lost_race_in_store,
    idempotency::{Reserved, reserve},
    row::{Columns, word_of},
    sessions::load,
    sites::{room_ref, room_ref_of},
    tx::{Scope, retrying},
    web_sessions::{self, Holder},
};

/// A device.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Device {
    /// Its id.
    pub id: DeviceId,
    /// Who paired it and may shut it out.
    pub organisation: OrganisationId,
    /// Its name.
    pub name: String,
    /// Where it stands.
    pub room: RoomRef,
    /// Since when.
    pub created_at: Timestamp,
    /// When it was last heard of.
    pub last_seen_at: Option<Timestamp>,
}

/// A pairing to begin.
#[derive(Clone, Debug)]
pub struct NewPairing {
    /// The id it will have.
    pub id: PairingId,
    /// What the device shows.
    pub code: PairingCode,
    /// The hash of what only the device knows.
    pub secret: SecretHash,
}

/// A device to confirm.
#[derive(Clone, Debug)]
pub struct NewDevice {
    /// The id it will have.
    pub id: DeviceId,
    /// What it shows.
    pub code: PairingCode,
    /// Where it stands.
    pub room: RoomId,
    /// What to call it.
    pub name: String,
}

/// What a device has to know.
#[derive(Clone, Debug, PartialEq)]
pub struct DeviceNow {
    /// Where it stands.
    pub room: RoomRef,
    /// The live session there, else the next within the hour; whichever organisation's it is.
    pub session: Option<Session>,
}

/// Why a pairing did not begin.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CreatePairingError {
    /// Another device shows this code; make a new one.
    #[error("another device shows this code")]
    CodeTaken,
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why a device got no cookie.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ClaimError {
    /// Unknown, too old, tried too often, or claimed already; begin again.
    #[error("this pairing has expired; begin again")]
    Expired,
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why a device was not confirmed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConfirmError {
    /// No device shows this code now.
    #[error("no device shows this code")]
    UnknownCode,
    /// There is no such room, or the organisation may not use it.
    #[error("there is no such room")]
    UnknownRoom,
    /// Another organisation's device stands there.
    #[error("the room has a device of another organisation")]
    RoomHasDevice,
    /// The key was used for another request.
    #[error("this idempotency key was used for another request")]
    IdempotencyMismatch,
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

lost_race_in_store!(CreatePairingError, ClaimError, ConfirmError);

/// Browsers keep no cookie longer than 400 days.
const COOKIE_LIFE: SignedDuration = SignedDuration::from_hours(400 * 24);

/// How long before its start a session shows on the device.
const NEXT_WITHIN: SignedDuration = SignedDuration::from_mins(60);

impl Store {
    /// Begins a pairing; gives the time the code dies.
    pub async fn create_pairing(
        &self,
        now: Timestamp,
        new: &NewPairing,
    ) -> Result<Timestamp, CreatePairingError> {
        retrying!(self.try_create_pairing(now, new).await)
    }

    async fn try_create_pairing(
        &self,
        now: Timestamp,
        new: &NewPairing,
    ) -> Result<Timestamp, CreatePairingError> {
        let expires_at = PairingCode::expires_at(now);
        let mut tx = self.write(Scope::Platform).await?;
        // A dead code may be shown again.
        sqlx::query("DELETE FROM pairings WHERE expires_at <= $1 AND device_id IS NULL")
            .bind(now.as_millisecond())
            .execute(&mut *tx)
            .await?;
        let made = sqlx::query(
            "INSERT INTO pairings (id, code, secret_hash, created_at, expires_at, attempts)
             VALUES ($1, $2, $3, $4, $5, 0) ON CONFLICT DO NOTHING",
        )
        .bind(new.id.to_string())
        .bind(new.code.as_str())
        .bind(new.secret.to_hex())
        .bind(now.as_millisecond())
        .bind(expires_at.as_millisecond())
        .execute(&mut *tx)
        .await?;
        if made.rows_affected() == 0 {
            return Err(CreatePairingError::CodeTaken);
        }
        tx.commit().await?;
        Ok(expires_at)
    }

    /// The device asks for its cookie; `None` while nobody has typed the code.
    pub async fn claim_pairing(
        &self,
        now: Timestamp,
        pairing: PairingId,
        secret: SecretHash,
        cookie: SecretHash,
    ) -> Result<Option<Caller>, ClaimError> {
        retrying!(self.try_claim_pairing(now, pairing, secret, cookie).await)
    }

    async fn try_claim_pairing(
        &self,
        now: Timestamp,
        pairing: PairingId,
        secret: SecretHash,
        cookie: SecretHash,
    ) -> Result<Option<Caller>, ClaimError> {
        // Asked every few seconds while the code is on the screen: look before locking.
        let mut tx = self.read(Scope::Platform).await?;
        let row = open_pairing(&mut tx, now, pairing).await?;
        drop(tx);
        let right = row.text("secret_hash")? == secret.to_hex();
        if right && row.maybe_text("device_id")?.is_none() {
            return Ok(None);
        }

        let mut tx = self.write(Scope::Platform).await?;
        if !right {
            sqlx::query("UPDATE pairings SET attempts = attempts + 1 WHERE id = $1")
                .bind(pairing.to_string())
                .execute(&mut *tx)
                .await?;
            tx.commit().await?;
            return Err(ClaimError::Expired);
        }
        let claimed =
            sqlx::query("UPDATE pairings SET claimed_at = $1 WHERE id = $2 AND claimed_at IS NULL")
                .bind(now.as_millisecond())
                .bind(pairing.to_string())
                .execute(&mut *tx)
                .await?;
        if claimed.rows_affected() == 0 {
            return Err(ClaimError::Expired);
        }
        let device: DeviceId = row.parsed("device_id")?;
        let organisation: OrganisationId =
            sqlx::query("SELECT organisation_id FROM devices WHERE id = $1 AND revoked_at IS NULL")
                .bind(device.to_string())
                .fetch_optional(&mut *tx)
                .await?
                .ok_or(ClaimError::Expired)?
                .parsed("organisation_id")?;
        let expires_at = now
            .saturating_add(COOKIE_LIFE)
            .expect("a fixed duration is no calendar unit");
        let holder = Holder::Device(device);
        web_sessions::keep_cookie(&mut tx, organisation, holder, now, cookie, expires_at).await?;
        let actor = Actor::Device(device);
        let subject = Subject::Device(device);
        audit::write(
            &mut tx,
            organisation,
            now,
            actor,
            subject,
            &Act::DeviceClaimed,
        )
        .await?;
        let caller = web_sessions::caller(&mut tx, cookie, now).await?;
        tx.commit().await?;
        Ok(caller)
    }

    /// Gives the device that shows a code its room. An older device of the organisation in that
    /// room is shut out.
    pub async fn confirm_pairing(
        &self,
        organisation: OrganisationId,
        actor: Actor,
        now: Timestamp,
        new: &NewDevice,
        key: Option<&IdempotencyKey>,
    ) -> Result<Created<Device>, ConfirmError> {
        retrying!(
            self.try_confirm_pairing(organisation, actor, now, new, key)
                .await
        )
    }

    async fn try_confirm_pairing(
        &self,
        organisation: OrganisationId,
        actor: Actor,
        now: Timestamp,
        new: &NewDevice,
        key: Option<&IdempotencyKey>,
    ) -> Result<Created<Device>, ConfirmError> {
        let mut tx = self.write(organisation).await?;
        let id = new.id.to_string();
        match reserve(&mut tx, organisation, actor, now, key, &id).await? {
            Reserved::Fresh => {}
            Reserved::Mismatch => return Err(ConfirmError::IdempotencyMismatch),
            Reserved::Used(made) => {
                let made = made.parse().map_err(|_| StoreError::Corrupt("subject"))?;
                let device = one_device(&mut tx, organisation, made)
                    .await?
                    .ok_or(ConfirmError::UnknownCode)?;
                return Ok(Created::Before(device));
            }
        }
        room_ref(&mut tx, organisation, new.room)
            .await?
            .ok_or(ConfirmError::UnknownRoom)?;
        let older = sqlx::query(
            "SELECT id, organisation_id FROM devices WHERE room_id = $1 AND revoked_at IS NULL",
        )
        .bind(new.room.to_string())
        .fetch_optional(&mut *tx)
        .await?;
        if let Some(older) = older {
            if older.parsed::<OrganisationId>("organisation_id")? != organisation {
                return Err(ConfirmError::RoomHasDevice);
            }
            let older = older.parsed("id")?;
            shut_out(&mut tx, organisation, actor, now, older).await?;
        }
        let made = sqlx::query(
            "INSERT INTO devices (id, organisation_id, room_id, name, created_at)
             VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING",
        )
        .bind(new.id.to_string())
        .bind(organisation.to_string())
        .bind(new.room.to_string())
        .bind(new.name.as_str())
        .bind(now.as_millisecond())
        .execute(&mut *tx)
        .await?;
        if made.rows_affected() == 0 {
            return Err(ConfirmError::RoomHasDevice);
        }
        let confirmed = sqlx::query(
            "UPDATE pairings SET device_id = $1
             WHERE code = $2 AND device_id IS NULL AND expires_at > $3 AND attempts < $4",
        )
        .bind(new.id.to_string())
        .bind(new.code.as_str())
        .bind(now.as_millisecond())
        .bind(PairingCode::ATTEMPTS)
        .execute(&mut *tx)
        .await?;
        if confirmed.rows_affected() == 0 {
            return Err(ConfirmError::UnknownCode);
        }
        let act = Act::DevicePaired { room: new.room };
        let subject = Subject::Device(new.id);
        audit::write(&mut tx, organisation, now, actor, subject, &act).await?;
        let device = one_device(&mut tx, organisation, new.id)
            .await?
            .ok_or(StoreError::Corrupt("a device without a room"))?;
        tx.commit().await?;
        Ok(Created::Now(device))
    }

    /// The organisation's devices, by name.
    pub async fn devices(&self, organisation: OrganisationId) -> Result<Vec<Device>, StoreError> {
        let mut tx = self.read(organisation).await?;
        let sql = format!(
            "{SELECT} WHERE d.organisation_id = $1 AND d.revoked_at IS NULL ORDER BY d.name, d.id"
        );
        sqlx::query(&sql)
            .bind(organisation.to_string())
            .fetch_all(&mut *tx)
            .await?
            .iter()
            .map(device)
            .collect()
    }

    /// Shuts a device out; false if the organisation has no such device.
    pub async fn revoke_device(
        &self,
        organisation: OrganisationId,
        actor: Actor,
        now: Timestamp,
        id: DeviceId,
    ) -> Result<bool, StoreError> {
        retrying!(self.try_revoke_device(organisation, actor, now, id).await)
    }

    async fn try_revoke_device(
        &self,
        organisation: OrganisationId,
        actor: Actor,
        now: Timestamp,
        id: DeviceId,
    ) -> Result<bool, StoreError> {
        let mut tx = self.write(organisation).await?;
        let shut_out = shut_out(&mut tx, organisation, actor, now, id).await?;
        tx.commit().await?;
        Ok(shut_out)
    }

    /// Notes that a device was heard of; at most every 15 seconds.
    pub async fn device_seen(&self, id: DeviceId, now: Timestamp) -> Result<(), StoreError> {
        const EVERY_MS: i64 = 15_000;
        let mut tx = self.read(Scope::Platform).await?;
        let due = sqlx::query(
            "SELECT id FROM devices
             WHERE id = $1 AND (last_seen_at IS NULL OR last_seen_at < $2)",
        )
        .bind(id.to_string())
        .bind(now.as_millisecond() - EVERY_MS)
        .fetch_optional(&mut *tx)
        .await?;
        drop(tx);
        if due.is_some() {
            let mut tx = self.write(Scope::Platform).await?;
            sqlx::query("UPDATE devices SET last_seen_at = $1 WHERE id = $2")
                .bind(now.as_millisecond())
                .bind(id.to_string())
                .execute(&mut *tx)
                .await?;
            tx.commit().await?;
        }
        Ok(())
    }

    /// What happens in a device's room.
    pub async fn device_now(
        &self,
        id: DeviceId,
        now: Timestamp,
    ) -> Result<Option<DeviceNow>, StoreError> {
        let mut tx = self.read(Scope::Platform).await?;
        let sql = format!("{SELECT} WHERE d.id = $1 AND d.revoked_at IS NULL");
        let row = sqlx::query(&sql)
            .bind(id.to_string())
            .fetch_optional(&mut *tx)
            .await?;
        let Some(row) = row else { return Ok(None) };
        let room = room_ref_of(&row)?;
        let soon = now
            .saturating_add(NEXT_WITHIN)
            .expect("a fixed duration is no calendar unit");
        let found = sqlx::query(
            "SELECT id, organisation_id FROM sessions
             WHERE room_id = $1 AND (state = $2
                OR (state = $3 AND starts_at <= $4 AND ends_at > $5))
             ORDER BY CASE WHEN state = $2 THEN 0 ELSE 1 END, starts_at, id LIMIT 1",
        )
        .bind(room.id.to_string())
        .bind(word_of(SessionState::Live))
        .bind(word_of(SessionState::Planned))
        .bind(soon.as_millisecond())
        .bind(now.as_millisecond())
        .fetch_optional(&mut *tx)
        .await?;
        let session = match found {
            None => None,
            Some(found) => {
                let session: SessionId = found.parsed("id")?;
                load(&mut tx, found.parsed("organisation_id")?, session).await?
            }
        };
        Ok(Some(DeviceNow { room, session }))
    }
}

const SELECT: &str = "SELECT d.id AS device_id, d.name AS device_name,
        d.organisation_id AS device_organisation_id, d.created_at AS device_created_at,
        d.last_seen_at, r.id AS room_id, r.name AS room_name,
        s.id AS site_id, s.name AS site_name, s.time_zone
     FROM devices d JOIN rooms r ON r.id = d.room_id JOIN sites s ON s.id = r.site_id";

/// From the columns of [`SELECT`].
pub(crate) fn device(row: &AnyRow) -> Result<Device, StoreError> {
    Ok(Device {
        id: row.parsed("device_id")?,
        organisation: row.parsed("device_organisation_id")?,
        name: row.text("device_name")?,
        room: room_ref_of(row)?,
        created_at: row.at("device_created_at")?,
        last_seen_at: row.maybe_at("last_seen_at")?,
    })
}

async fn one_device(
    tx: &mut AnyConnection,
    organisation: OrganisationId,
    id: DeviceId,
) -> Result<Option<Device>, StoreError> {
    let sql = format!("{SELECT} WHERE d.organisation_id = $1 AND d.id = $2");
    sqlx::query(&sql)
        .bind(organisation.to_string())
        .bind(id.to_string())
        .fetch_optional(tx)
        .await?
        .map(|row| device(&row))
        .transpose()
}

/// A pairing that may still be claimed.
async fn open_pairing(
    tx: &mut AnyConnection,
    now: Timestamp,
    pairing: PairingId,
) -> Result<AnyRow, ClaimError> {
    sqlx::query(
        "SELECT secret_hash, device_id FROM pairings
         WHERE id = $1 AND expires_at > $2 AND attempts < $3 AND claimed_at IS NULL",
    )
    .bind(pairing.to_string())
    .bind(now.as_millisecond())
    .bind(PairingCode::ATTEMPTS)
    .fetch_optional(tx)
    .await?
    .ok_or(ClaimError::Expired)
}

async fn shut_out(
    tx: &mut AnyConnection,
    organisation: OrganisationId,
    actor: Actor,
    now: Timestamp,
    id: DeviceId,
) -> Result<bool, StoreError> {
    let revoked = sqlx::query(
        "UPDATE devices SET revoked_at = $1
         WHERE organisation_id = $2 AND id = $3 AND revoked_at IS NULL",
    )
    .bind(now.as_millisecond())
    .bind(organisation.to_string())
    .bind(id.to_string())
    .execute(&mut *tx)
    .await?;
    if revoked.rows_affected() == 0 {
        return Ok(false);
    }
    sqlx::query(
        "UPDATE web_sessions SET revoked_at = $1 WHERE organisation_id = $2 AND device_id = $3",
    )
    .bind(now.as_millisecond())
    .bind(organisation.to_string())
    .bind(id.to_string())
    .execute(&mut *tx)
    .await?;
    let subject = Subject::Device(id);
    audit::write(tx, organisation, now, actor, subject, &Act::DeviceRevoked).await?;
    Ok(true)
}
