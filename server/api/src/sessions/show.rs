//! `GET /sessions/{id}`: one session.

use axum::{extract::State, response::Response};
use bega_scheduling::{Operation, SessionId};

use super::{Session, find, one};
use crate::{Api, Problem, caller::Caller, extract::Path};

/// Shows a session.
#[utoipa::path(
    get,
    path = "/sessions/{id}",
    tag = "sessions",
    params(("id" = SessionId, Path, description = "The session")),
    responses((status = 200, body = Session, headers(("ETag" = String, description = "Its version"))))
)]
pub(crate) async fn show(
    State(api): State<Api>,
    caller: Caller,
    Path(id): Path<SessionId>,
) -> Result<Response, Problem> {
    let session = find(&api, &caller, id, Operation::ReadSession).await?;
    Ok(one(&session, &caller))
}
