//! `POST /sessions/{id}/start`: somebody who leads starts a session.

use axum::{extract::State, response::Response};
use bega_scheduling::{Operation, SessionId};

use super::{Session, find, one};
use crate::{Api, Problem, caller::Caller, extract::Path};

/// Starts a session.
#[utoipa::path(
    post,
    path = "/sessions/{id}/start",
    tag = "sessions",
    params(("id" = SessionId, Path, description = "The session")),
    responses((status = 200, body = Session))
)]
pub(crate) async fn start(
    State(api): State<Api>,
    caller: Caller,
    Path(id): Path<SessionId>,
) -> Result<Response, Problem> {
    find(&api, &caller, id, Operation::StartSession).await?;
    let session = api
        .store()
        .start(caller.organisation(), caller.actor(), api.now(), id)
        .await?;
    api.live().started(&session).await;
    Ok(one(&session, &caller))
}
