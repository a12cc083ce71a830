//! `POST /sessions/{id}/cancel`: calls a session off.

use axum::{extract::State, response::Response};
use bega_scheduling::{Operation, SessionId};
use serde::Deserialize;
use utoipa::ToSchema;

use super::{Session, find, one};
use crate::{
    Api, Problem,
    caller::Caller,
    extract::{Json, Path},
};

/// Calls a session off before it started. Its room and people are free again.
#[utoipa::path(
    post,
    path = "/sessions/{id}/cancel",
    tag = "sessions",
    params(("id" = SessionId, Path, description = "The session")),
    request_body = Cancel,
    responses((status = 200, body = Session))
)]
pub(crate) async fn cancel(
    State(api): State<Api>,
    caller: Caller,
    Path(id): Path<SessionId>,
    Json(request): Json<Cancel>,
) -> Result<Response, Problem> {
    find(&api, &caller, id, Operation::CancelSession).await?;
    let session = api
        .store()
        .cancel(
            caller.organisation(),
            caller.actor(),
            api.now(),
            id,
            &request.reason,
        )
        .await?;
    api.live().cancelled(&session).await;
    Ok(one(&session, &caller))
}

/// Why.
#[derive(Deserialize, ToSchema)]
pub(crate) struct Cancel {
    /// The reason, for those who were invited.
    #[schema(max_length = 500)]
    reason: String,
}
