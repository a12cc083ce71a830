//! Sites and their rooms. A site is kept by one organisation and open to those it grants.

use bega_scheduling::{Act, Actor, OrganisationId, RoomId, RoomRef, SiteId, Subject};
use jiff::Timestamp;
use serde::Serialize;
use sqlx::{AnyConnection, any::AnyRow};

use crate::{Device, Store, StoreError, audit, row::Columns, tx::retrying};

/// A place with rooms.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Site {
    /// Its id.
    pub id: SiteId,
    /// Its name.
    pub name: String,
    /// Its IANA time zone.
    pub time_zone: String,
}

/// A site to set up.
#[derive(Clone, Debug)]
pub struct NewSite {
    /// The id it will have.
    pub id: SiteId,
    /// Its name.
    pub name: String,
    /// Its IANA time zone.
    pub time_zone: String,
}

/// A room, with the device that stands in it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Room {
    /// Its id.
    pub id: RoomId,
    /// Its name.
    pub name: String,
    /// For how many people.
    pub seats: i64,
    /// Where.
    pub site: Site,
    /// Its device.
    pub device: Option<Device>,
}

/// A room to set up.
#[derive(Clone, Debug)]
pub struct NewRoom {
    /// The id it will have.
    pub id: RoomId,
    /// Its site.
    pub site: SiteId,
    /// Its name.
    pub name: String,
    /// For how many people.
    pub seats: i64,
}

impl Store {
    /// Sets up a site that the organisation keeps and may use.
    pub async fn create_site(
        &self,
        organisation: OrganisationId,
        actor: Actor,
        now: Timestamp,
        new: &NewSite,
    ) -> Result<Site, StoreError> {
        retrying!(self.try_create_site(organisation, actor, now, new).await)
    }

    async fn try_create_site(
        &self,
        organisation: OrganisationId,
        actor: Actor,
        now: Timestamp,
        new: &NewSite,
    ) -> Result<Site, StoreError> {
        let mut tx = self.write(organisation).await?;
        sqlx::query(
            "INSERT INTO sites (id, keeper_id, name, time_zone, created_at)
             VALUES ($1, $2, $3, $4, $5)",
        )
        .bind(new.id.to_string())
        .bind(organisation.to_string())
        .bind(new.name.as_str())
        .bind(new.time_zone.as_str())
        .bind(now.as_millisecond())
        .execute(&mut *tx)
        .await?;
        grant(&mut tx, new.id, organisation).await?;
        let subject = Subject::Site(new.id);
        audit::write(
            &mut tx,
            organisation,
            now,
            actor,
            subject,
            &Act::SiteCreated,
        )
        .await?;
        tx.commit().await?;
        Ok(Site {
            id: new.id,
            name: new.name.clone(),
            time_zone: new.time_zone.clone(),
        })
    }

    /// Opens a site to another organisation; false if the first does not keep it, or it was open.
    pub async fn grant_site(
        &self,
        organisation: OrganisationId,
        actor: Actor,
        now: Timestamp,
        site: SiteId,
        to: OrganisationId,
    ) -> Result<bool, StoreError> {
        retrying!(
            self.try_grant_site(organisation, actor, now, site, to)
                .await
        )
    }

    async fn try_grant_site(
        &self,
        organisation: OrganisationId,
        actor: Actor,
        now: Timestamp,
        site: SiteId,
        to: OrganisationId,
    ) -> Result<bool, StoreError> {
        let mut tx = self.write(organisation).await?;
        if !keeps(&mut tx, organisation, site).await? || !grant(&mut tx, site, to).await? {
            return Ok(false);
        }
        let act = Act::SiteGranted { organisation: to };
        audit::write(&mut tx, organisation, now, actor, Subject::Site(site), &act).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// Sets up a room; `None` if the organisation does not keep the site, or it has such a room.
    pub async fn create_room(
        &self,
        organisation: OrganisationId,
        actor: Actor,
        now: Timestamp,
        new: &NewRoom,
    ) -> Result<Option<Room>, StoreError> {
        retrying!(self.try_create_room(organisation, actor, now, new).await)
    }

    async fn try_create_room(
        &self,
        organisation: OrganisationId,
        actor: Actor,
        now: Timestamp,
        new: &NewRoom,
    ) -> Result<Option<Room>, StoreError> {
        let mut tx = self.write(organisation).await?;
        if !keeps(&mut tx, organisation, new.site).await? {
            return Ok(None);
        }
        let made = sqlx::query(
            "INSERT INTO rooms (id, site_id, name, seats, created_at) VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT (site_id, name) DO NOTHING",
        )
        .bind(new.id.to_string())
        .bind(new.site.to_string())
        .bind(new.name.as_str())
        .bind(new.seats)
        .bind(now.as_millisecond())
        .execute(&mut *tx)
        .await?;
        if made.rows_affected() == 0 {
            return Ok(None);
        }
        let act = Act::RoomCreated { site: new.site };
        audit::write(
            &mut tx,
            organisation,
            now,
            actor,
            Subject::Room(new.id),
            &act,
        )
        .await?;
        let rooms = rooms(&mut tx, organisation).await?;
        tx.commit().await?;
        Ok(rooms.into_iter().find(|room| room.id == new.id))
    }

    /// The sites the organisation may use, by name.
    pub async fn sites(&self, organisation: OrganisationId) -> Result<Vec<Site>, StoreError> {
        let mut tx = self.read(organisation).await?;
        sqlx::query(
            "SELECT s.id AS site_id, s.name AS site_name, s.time_zone
             FROM sites s JOIN site_access a ON a.site_id = s.id
             WHERE a.organisation_id = $1 ORDER BY s.name, s.id",
        )
        .bind(organisation.to_string())
        .fetch_all(&mut *tx)
        .await?
        .iter()
        .map(site)
        .collect()
    }

    /// The rooms the organisation may use, by site and name, with their devices.
    pub async fn rooms(&self, organisation: OrganisationId) -> Result<Vec<Room>, StoreError> {
        let mut tx = self.read(organisation).await?;
        rooms(&mut tx, organisation).await
    }
}

async fn rooms(
    tx: &mut AnyConnection,
    organisation: OrganisationId,
) -> Result<Vec<Room>, StoreError> {
    sqlx::query(
        "SELECT r.id AS room_id, r.name AS room_name, r.seats,
            s.id AS site_id, s.name AS site_name, s.time_zone,
            d.id AS device_id, d.name AS device_name, d.organisation_id AS device_organisation_id,
            d.created_at AS device_created_at, d.last_seen_at
         FROM rooms r
         JOIN sites s ON s.id = r.site_id
         JOIN site_access a ON a.site_id = s.id
         LEFT JOIN devices d ON d.room_id = r.id AND d.revoked_at IS NULL
         WHERE a.organisation_id = $1 ORDER BY s.name, r.name, r.id",
    )
    .bind(organisation.to_string())
    .fetch_all(tx)
    .await?
    .iter()
    .map(|row| {
        let device = match row.maybe_text("device_id")? {
            None => None,
            Some(_) => Some(crate::devices::device(row)?),
        };
        Ok(Room {
            id: row.parsed("room_id")?,
            name: row.text("room_name")?,
            seats: row.number("seats")?,
            site: site(row)?,
            device,
        })
    })
    .collect()
}

/// A room the organisation may use.
pub(crate) async fn room_ref(
    tx: &mut AnyConnection,
    organisation: OrganisationId,
    room: RoomId,
) -> Result<Option<RoomRef>, StoreError> {
    sqlx::query(
        "SELECT r.id AS room_id, r.name AS room_name,
            s.id AS site_id, s.name AS site_name, s.time_zone
         FROM rooms r
         JOIN sites s ON s.id = r.site_id
         JOIN site_access a ON a.site_id = s.id
         WHERE a.organisation_id = $1 AND r.id = $2",
    )
    .bind(organisation.to_string())
    .bind(room.to_string())
    .fetch_optional(tx)
    .await?
    .map(|row| room_ref_of(&row))
    .transpose()
}

/// From the columns `room_id, room_name, site_id, site_name, time_zone`.
pub(crate) fn room_ref_of(row: &AnyRow) -> Result<RoomRef, StoreError> {
    Ok(RoomRef {
        id: row.parsed("room_id")?,
        name: row.text("room_name")?,
        site_id: row.parsed("site_id")?,
        site_name: row.text("site_name")?,
        time_zone: row.text("time_zone")?,
    })
}

fn site(row: &AnyRow) -> Result<Site, StoreError> {
    Ok(Site {
        id: row.parsed("site_id")?,
        name: row.text("site_name")?,
        time_zone: row.text("time_zone")?,
    })
}

async fn keeps(
    tx: &mut AnyConnection,
    organisation: OrganisationId,
    site: SiteId,
) -> Result<bool, StoreError> {
    let found = sqlx::query("SELECT id FROM sites WHERE keeper_id = $1 AND id = $2")
        .bind(organisation.to_string())
        .bind(site.to_string())
        .fetch_optional(tx)
        .await?;
    Ok(found.is_some())
}

async fn grant(
    tx: &mut AnyConnection,
    site: SiteId,
    to: OrganisationId,
) -> Result<bool, StoreError> {
    let granted = sqlx::query(
        "INSERT INTO site_access (site_id, organisation_id) VALUES ($1, $2) ON CONFLICT DO NOTHING",
    )
    .bind(site.to_string())
    .bind(to.to_string())
    .execute(tx)
    .await?;
    Ok(granted.rows_affected() == 1)
}
