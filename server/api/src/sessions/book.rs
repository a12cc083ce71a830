//! `POST /sessions`: books a session and makes the personal links of everybody in it.

use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse as _, Response},
};
use bega_scheduling::{Booking, InvitationId, Role, RoomId, SessionKind, UserId};
use bega_store::{BookError, Created, NewInvitation};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Invitation, Session, invitations};
use crate::{Api, Problem, caller::Caller, extract::Json, idempotency::Create, version::etag};

/// Books a session, unless its room or one of its people is taken.
#[utoipa::path(
    post,
    path = "/sessions",
    tag = "sessions",
    params(("Idempotency-Key" = Option<String>, Header, description = "Makes a repeated request harmless")),
    request_body = NewSession,
    responses((status = 201, body = Booked, headers(("ETag" = String, description = "The session's version"))))
)]
pub(crate) async fn book(
    State(api): State<Api>,
    caller: Caller,
    Create { body, key }: Create<NewSession>,
) -> Result<Response, Problem> {
    let now = api.now();
    let booking = Booking::new(now, &body.into(), &mut || api.random())?;
    let links: Vec<_> = booking
        .participants
        .iter()
        .map(|participant| {
            let id = InvitationId::new(now, api.random());
            NewInvitation {
                participant: participant.id,
                id,
                secret: api.links().secret(id).hash(),
            }
        })
        .collect();

    let booked = api
        .store()
        .book(
            caller.organisation(),
            caller.actor(),
            now,
            &booking,
            &links,
            key.as_ref(),
        )
        .await;
    let session = match booked {
        Ok(Created::Now(session)) => {
            metrics::counter!("bega_bookings_total", "outcome" => "booked").increment(1);
            session
        }
        Ok(Created::Before(session)) => session,
        Err(error) => {
            if matches!(error, BookError::SlotTaken(_)) {
                metrics::counter!("bega_bookings_total", "outcome" => "slot_taken").increment(1);
            }
            return Err(error.into());
        }
    };
    let answer = Booked {
        invitations: invitations(&api, &session),
        session: Session::new(&session, &caller),
    };
    Ok((StatusCode::CREATED, [etag(session.version)], Json(answer)).into_response())
}

/// What is to be booked.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct NewSession {
    /// What it is for.
    kind: SessionKind,
    /// The pseudonymous reference of the case or group; never a name.
    #[schema(min_length = 1, max_length = 64)]
    reference: String,
    /// From when.
    #[schema(value_type = String, format = DateTime)]
    starts_at: Timestamp,
    /// Until when; at most 12 hours.
    #[schema(value_type = String, format = DateTime)]
    ends_at: Timestamp,
    /// Where.
    room_id: RoomId,
    /// The applicants' language, BCP 47.
    #[schema(min_length = 2, max_length = 35)]
    language: String,
    /// Who; the room's device comes by itself.
    #[schema(max_items = 49)]
    participants: Vec<NewParticipant>,
}

/// Somebody to take part: an account or a name.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct NewParticipant {
    /// As what.
    role: Role,
    /// The account.
    user_id: Option<UserId>,
    /// The name of somebody without an account.
    #[schema(min_length = 1, max_length = 100)]
    name: Option<String>,
}

/// What was booked.
#[derive(Serialize, ToSchema)]
pub(crate) struct Booked {
    /// The session.
    session: Session,
    /// A personal link for each participant.
    invitations: Vec<Invitation>,
}

impl From<NewSession> for bega_scheduling::NewSession {
    fn from(new: NewSession) -> Self {
        Self {
            kind: new.kind,
            reference: new.reference,
            starts_at: new.starts_at,
            ends_at: new.ends_at,
            room: new.room_id,
            language: new.language,
            participants: new
                .participants
                .into_iter()
                .map(|participant| bega_scheduling::NewParticipant {
                    role: participant.role,
                    user: participant.user_id,
                    name: participant.name,
                })
                .collect(),
        }
    }
}
