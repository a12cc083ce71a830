//! `POST /sessions/{id}/participants/{participantId}/invitation`: a new personal link.

use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse as _, Response},
};
use bega_scheduling::{InvitationId, Operation, ParticipantId, SessionId};
use bega_store::NewInvitation;
use serde::Deserialize;

use super::{Invitation, find, invitations};
use crate::{
    Api, Problem,
    caller::Caller,
    extract::{Json, Path},
    idempotency::Keyed,
};

/// Makes a new personal link for a participant. The older ones stop to work.
#[utoipa::path(
    post,
    path = "/sessions/{id}/participants/{participantId}/invitation",
    tag = "sessions",
    params(
        ("id" = SessionId, Path, description = "The session"),
        ("participantId" = ParticipantId, Path, description = "The participant"),
        ("Idempotency-Key" = Option<String>, Header, description = "Makes a repeated request harmless")
    ),
    responses((status = 201, body = Invitation))
)]
pub(crate) async fn invite(
    State(api): State<Api>,
    caller: Caller,
    Path(place): Path<Place>,
    Keyed { key, .. }: Keyed,
) -> Result<Response, Problem> {
    find(&api, &caller, place.id, Operation::IssueInvitation).await?;
    let now = api.now();
    let id = InvitationId::new(now, api.random());
    let session = api
        .store()
        .issue_invitation(
            caller.organisation(),
            caller.actor(),
            now,
            place.id,
            &NewInvitation {
                participant: place.participant_id,
                id,
                secret: api.links().secret(id).hash(),
            },
            key.as_ref(),
        )
        .await?
        .into_inner();
    let invitation = invitations(&api, &session)
        .into_iter()
        .find(|invitation| invitation.participant_id == place.participant_id)
        .ok_or_else(Problem::not_found)?;
    Ok((StatusCode::CREATED, Json(invitation)).into_response())
}

/// A place in a session.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Place {
    id: SessionId,
    participant_id: ParticipantId,
}
