//! Organisations: the walls themselves.

use bega_scheduling::{Act, Actor, OrganisationId, Subject};
use jiff::Timestamp;
use serde::Serialize;

use crate::{
    Store, StoreError, audit,
    row::Columns,
    tx::{Scope, retrying},
};

/// An organisation.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Organisation {
    /// Its id.
    pub id: OrganisationId,
    /// Its name.
    pub name: String,
}

/// An organisation to set up.
#[derive(Clone, Debug)]
pub struct NewOrganisation {
    /// The id it will have.
    pub id: OrganisationId,
    /// Its name.
    pub name: String,
}

impl Store {
    /// Sets up an organisation and begins its audit chain.
    pub async fn create_organisation(
        &self,
        actor: Actor,
        now: Timestamp,
        new: &NewOrganisation,
    ) -> Result<Organisation, StoreError> {
        retrying!(self.try_create_organisation(actor, now, new).await)
    }

    async fn try_create_organisation(
        &self,
        actor: Actor,
        now: Timestamp,
        new: &NewOrganisation,
    ) -> Result<Organisation, StoreError> {
        let mut tx = self.write(new.id).await?;
        sqlx::query("INSERT INTO organisations (id, name, created_at) VALUES ($1, $2, $3)")
            .bind(new.id.to_string())
            .bind(new.name.as_str())
            .bind(now.as_millisecond())
            .execute(&mut *tx)
            .await?;
        sqlx::query("INSERT INTO audit_heads (organisation_id, number, hash) VALUES ($1, 0, $2)")
            .bind(new.id.to_string())
            .bind(hex::encode(audit::genesis(new.id)))
            .execute(&mut *tx)
            .await?;
        let subject = Subject::Organisation(new.id);
        audit::write(
            &mut tx,
            new.id,
            now,
            actor,
            subject,
            &Act::OrganisationCreated,
        )
        .await?;
        tx.commit().await?;
        Ok(Organisation {
            id: new.id,
            name: new.name.clone(),
        })
    }

    /// Every organisation, by name; for the command line and for start-up.
    pub async fn organisations(&self) -> Result<Vec<Organisation>, StoreError> {
        let mut tx = self.read(Scope::Platform).await?;
        sqlx::query("SELECT id, name FROM organisations ORDER BY name, id")
            .fetch_all(&mut *tx)
            .await?
            .iter()
            .map(|row| {
                Ok(Organisation {
                    id: row.parsed("id")?,
                    name: row.text("name")?,
                })
            })
            .collect()
    }
}
