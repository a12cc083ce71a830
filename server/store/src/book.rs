//! Books a session: the session, its participants, their links, its claims and its audit entry in
//! one transaction.

use bega_scheduling::{
    Act, Actor, AuditedParticipant, Booking, OrganisationId, Person, Resource, RoomRef, Session,
    SessionState, Subject, Violation, Who,
};
use jiff::Timestamp;
use sqlx::AnyConnection;

use crate::{
    Created, IdempotencyKey, NewInvitation, Store, StoreError, audit, claims,
    error::lost_race_in_store,
    idempotency::{Reserved, reserve},
    invitations,
    row::word_of,
    sessions::reload,
    sites::room_ref,
    tx::retrying,
    users::people_among,
};

/// Why a session was not booked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BookError {
    /// It would break these rules.
    #[error("the session would not be valid")]
    Invalid(Vec<Violation>),
    /// There is no such room, or the organisation may not use it.
    #[error("there is no such room")]
    UnknownRoom,
    /// A room or person is in another session at that time; nobody says in which.
    #[error("{} is taken at that time", .0.name)]
    SlotTaken(Resource),
    /// The key was used for another request.
    #[error("this idempotency key was used for another request")]
    IdempotencyMismatch,
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

lost_race_in_store!(BookError);

impl Store {
    /// Books a session. Repeated under the same key it gives what the first request made.
    pub async fn book(
        &self,
        organisation: OrganisationId,
        actor: Actor,
        now: Timestamp,
        booking: &Booking,
        invitations: &[NewInvitation],
        key: Option<&IdempotencyKey>,
    ) -> Result<Created<Session>, BookError> {
        retrying!(
            self.try_book(organisation, actor, now, booking, invitations, key)
                .await
        )
    }

    async fn try_book(
        &self,
        organisation: OrganisationId,
        actor: Actor,
        now: Timestamp,
        booking: &Booking,
        invitations: &[NewInvitation],
        key: Option<&IdempotencyKey>,
    ) -> Result<Created<Session>, BookError> {
        let mut tx = self.write(organisation).await?;
        let id = booking.id.to_string();
        match reserve(&mut tx, organisation, actor, now, key, &id).await? {
            Reserved::Fresh => {}
            Reserved::Mismatch => return Err(BookError::IdempotencyMismatch),
            Reserved::Used(made) => {
                let made = made.parse().map_err(|_| StoreError::Corrupt("subject"))?;
                let session = reload(&mut tx, organisation, made).await?;
                return Ok(Created::Before(session));
            }
        }
        let room = room_ref(&mut tx, organisation, booking.room)
            .await?
            .ok_or(BookError::UnknownRoom)?;
        let users: Vec<_> = booking.users().collect();
        let people = people_among(&mut tx, organisation, &users).await?;
        booking.check_people(&people).map_err(BookError::Invalid)?;

        insert_session(&mut tx, organisation, now, booking).await?;
        insert_participants(&mut tx, organisation, booking, &people).await?;
        claims::claim(&mut tx, booking.id, booking.slot, resources(&room, &people))
            .await?
            .map_err(BookError::SlotTaken)?;
        for invitation in invitations {
            invitations::insert(&mut tx, organisation, now, booking.id, invitation).await?;
        }
        let subject = Subject::Session(booking.id);
        audit::write(&mut tx, organisation, now, actor, subject, &booked(booking)).await?;
        let session = reload(&mut tx, organisation, booking.id).await?;
        tx.commit().await?;
        Ok(Created::Now(session))
    }
}

/// What a session holds while it is planned or live.
pub(crate) fn resources(room: &RoomRef, people: &[Person]) -> Vec<Resource> {
    let people = people
        .iter()
        .map(|person| Resource::person(person.id, person.name.as_str()));
    [Resource::room(room.id, room.name.as_str())]
        .into_iter()
        .chain(people)
        .collect()
}

async fn insert_session(
    tx: &mut AnyConnection,
    organisation: OrganisationId,
    now: Timestamp,
    booking: &Booking,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO sessions (id, organisation_id, version, kind, state, reference, starts_at,
            ends_at, room_id, language, created_at)
         VALUES ($1, $2, 1, $3, $4, $5, $6, $7, $8, $9, $10)",
    )
    .bind(booking.id.to_string())
    .bind(organisation.to_string())
    .bind(word_of(booking.kind))
    .bind(word_of(SessionState::Planned))
    .bind(booking.reference.as_str())
    .bind(booking.slot.starts_at().as_millisecond())
    .bind(booking.slot.ends_at().as_millisecond())
    .bind(booking.room.to_string())
    .bind(booking.language.as_str())
    .bind(now.as_millisecond())
    .execute(tx)
    .await?;
    Ok(())
}

async fn insert_participants(
    tx: &mut AnyConnection,
    organisation: OrganisationId,
    booking: &Booking,
    people: &[Person],
) -> Result<(), StoreError> {
    // Who leads stands first in every list.
    let mut in_order: Vec<_> = booking.participants.iter().collect();
    in_order.sort_by_key(|participant| participant.role);
    for (position, participant) in (0_i64..).zip(in_order) {
        let (name, user) = match &participant.who {
            Who::User(user) => {
                let person = people.iter().find(|person| person.id == *user);
                (
                    person.map_or("", |person| person.name.as_str()),
                    Some(*user),
                )
            }
            Who::Guest(name) => (name.as_str(), None),
            // Shown under the name of the room it is in.
            Who::RoomDevice => ("", None),
        };
        sqlx::query(
            "INSERT INTO participants (id, organisation_id, session_id, position, role, name,
                user_id)
             VALUES ($1, $2, $3, $4, $5, $6, $7)",
        )
        .bind(participant.id.to_string())
        .bind(organisation.to_string())
        .bind(booking.id.to_string())
        .bind(position)
        .bind(participant.role.as_str())
        .bind(name)
        .bind(user.map(|user| user.to_string()))
        .execute(&mut *tx)
        .await?;
    }
    Ok(())
}

fn booked(booking: &Booking) -> Act {
    Act::SessionBooked {
        kind: booking.kind,
        room: booking.room,
        starts_at: booking.slot.starts_at(),
        ends_at: booking.slot.ends_at(),
        participants: booking
            .participants
            .iter()
            .map(|participant| AuditedParticipant {
                id: participant.id,
                role: participant.role,
                user: match participant.who {
                    Who::User(user) => Some(user),
                    Who::Guest(_) | Who::RoomDevice => None,
                },
            })
            .collect(),
    }
}
