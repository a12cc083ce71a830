//! Members of staff.
//!
//! E-mail addresses are unique over all organisations, because somebody who signs in names only
//! their address. They are kept in lower case.

use bega_scheduling::{Act, Actor, Language, OrganisationId, Person, StaffRole, Subject, UserId};
use jiff::Timestamp;
use sqlx::{AnyConnection, any::AnyRow};

use crate::{
    Store, StoreError, audit,
    error::lost_race_in_store,
    row::{Columns, json_of, placeholders},
    tx::{Scope, retrying},
};

/// An account to make.
#[derive(Clone, Debug)]
pub struct NewUser {
    /// The id it will have.
    pub id: UserId,
    /// The address to sign in with.
    pub email: String,
    /// The name to show.
    pub name: String,
    /// The hash of the password; without one nobody can sign in with a password.
    pub password_hash: Option<String>,
    /// What they are.
    pub roles: Vec<StaffRole>,
    /// What they speak, best first.
    pub languages: Vec<Language>,
    /// The language of what they see.
    pub language: Language,
}

/// What is needed to check a password.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Credentials {
    /// The account's organisation.
    pub organisation: OrganisationId,
    /// The account.
    pub user: UserId,
    /// The hash to check against.
    pub password_hash: Option<String>,
}

/// Why an account could not be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CreateUserError {
    /// Somebody has this address already.
    #[error("there is an account with this address already")]
    EmailTaken,
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

lost_race_in_store!(CreateUserError);

impl Store {
    /// Makes an account.
    pub async fn create_user(
        &self,
        organisation: OrganisationId,
        actor: Actor,
        now: Timestamp,
        new: &NewUser,
    ) -> Result<Person, CreateUserError> {
        retrying!(self.try_create_user(organisation, actor, now, new).await)
    }

    async fn try_create_user(
        &self,
        organisation: OrganisationId,
        actor: Actor,
        now: Timestamp,
        new: &NewUser,
    ) -> Result<Person, CreateUserError> {
        let mut tx = self.write(organisation).await?;
        let languages: Vec<_> = new.languages.iter().map(Language::as_str).collect();
        let made = sqlx::query(
            "INSERT INTO users (id, organisation_id, email, name, password_hash, roles, languages,
                language, created_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (email) DO NOTHING",
        )
        .bind(new.id.to_string())
        .bind(organisation.to_string())
        .bind(address(&new.email))
        .bind(new.name.as_str())
        .bind(new.password_hash.as_deref())
        .bind(json_of(&new.roles))
        .bind(json_of(&languages))
        .bind(new.language.as_str())
        .bind(now.as_millisecond())
        .execute(&mut *tx)
        .await?;
        if made.rows_affected() == 0 {
            return Err(CreateUserError::EmailTaken);
        }
        let act = Act::UserCreated {
            roles: new.roles.clone(),
        };
        audit::write(
            &mut tx,
            organisation,
            now,
            actor,
            Subject::User(new.id),
            &act,
        )
        .await?;
        tx.commit().await?;
        Ok(Person {
            id: new.id,
            name: new.name.clone(),
            roles: new.roles.clone(),
            languages: new.languages.clone(),
        })
    }

    /// Sets a password; false if there is no such account.
    pub async fn set_password(
        &self,
        organisation: OrganisationId,
        actor: Actor,
        now: Timestamp,
        user: UserId,
        password_hash: &str,
    ) -> Result<bool, StoreError> {
        retrying!(
            self.try_set_password(organisation, actor, now, user, password_hash)
                .await
        )
    }

    async fn try_set_password(
        &self,
        organisation: OrganisationId,
        actor: Actor,
        now: Timestamp,
        user: UserId,
        password_hash: &str,
    ) -> Result<bool, StoreError> {
        let mut tx = self.write(organisation).await?;
        let set = sqlx::query(
            "UPDATE users SET password_hash = $1 WHERE organisation_id = $2 AND id = $3",
        )
        .bind(password_hash)
        .bind(organisation.to_string())
        .bind(user.to_string())
        .execute(&mut *tx)
        .await?;
        if set.rows_affected() == 0 {
            return Ok(false);
        }
        let subject = Subject::User(user);
        audit::write(
            &mut tx,
            organisation,
            now,
            actor,
            subject,
            &Act::PasswordSet,
        )
        .await?;
        tx.commit().await?;
        Ok(true)
    }

    /// What is needed to check the password of whoever has this address.
    pub async fn credentials(&self, email: &str) -> Result<Option<Credentials>, StoreError> {
        let mut tx = self.read(Scope::Platform).await?;
        let row = sqlx::query(
            "SELECT id, organisation_id, password_hash FROM users
             WHERE email = $1 AND disabled_at IS NULL",
        )
        .bind(address(email))
        .fetch_optional(&mut *tx)
        .await?;
        row.map(|row| {
            Ok(Credentials {
                organisation: row.parsed("organisation_id")?,
                user: row.parsed("id")?,
                password_hash: row.maybe_text("password_hash")?,
            })
        })
        .transpose()
    }

    /// The organisation's staff by name, all or those of a role.
    pub async fn people(
        &self,
        organisation: OrganisationId,
        role: Option<StaffRole>,
    ) -> Result<Vec<Person>, StoreError> {
        let mut tx = self.read(organisation).await?;
        let people: Result<Vec<_>, _> = sqlx::query(
            "SELECT id, name, roles, languages FROM users
             WHERE organisation_id = $1 AND disabled_at IS NULL ORDER BY name, id",
        )
        .bind(organisation.to_string())
        .fetch_all(&mut *tx)
        .await?
        .iter()
        .map(person)
        .collect();
        let mut people = people?;
        people.retain(|person| role.is_none_or(|role| person.roles.contains(&role)));
        Ok(people)
    }
}

/// Those of the accounts that the organisation has.
pub(crate) async fn people_among(
    tx: &mut AnyConnection,
    organisation: OrganisationId,
    users: &[UserId],
) -> Result<Vec<Person>, StoreError> {
    if users.is_empty() {
        return Ok(Vec::new());
    }
    let sql = format!(
        "SELECT id, name, roles, languages FROM users
         WHERE organisation_id = $1 AND disabled_at IS NULL AND id IN ({})",
        placeholders(2, users.len())
    );
    let mut query = sqlx::query(&sql).bind(organisation.to_string());
    for user in users {
        query = query.bind(user.to_string());
    }
    query.fetch_all(tx).await?.iter().map(person).collect()
}

fn person(row: &AnyRow) -> Result<Person, StoreError> {
    Ok(Person {
        id: row.parsed("id")?,
        name: row.text("name")?,
        roles: row.json("roles")?,
        languages: languages(row)?,
    })
}

fn languages(row: &AnyRow) -> Result<Vec<Language>, StoreError> {
    row.json::<Vec<String>>("languages")?
        .iter()
        .map(|tag| Language::parse(tag).map_err(|_| StoreError::Corrupt("languages")))
        .collect()
}

/// As addresses are kept and compared.
fn address(email: &str) -> String {
    email.trim().to_lowercase()
}
