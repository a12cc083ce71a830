//! `GET /sessions/{id}/line-checks`: what the trials of a session's lines have shown.

use axum::extract::State;
use bega_scheduling::{Operation, SessionId};

use super::LineCheck;
use crate::{
    Api, Problem,
    caller::Caller,
    extract::{Json, Path},
    sessions::find,
};

/// Lists the newest result of each participant who has tried the line.
#[utoipa::path(
    get,
    path = "/sessions/{id}/line-checks",
    tag = "line-checks",
    params(("id" = SessionId, Path, description = "The session")),
    responses((status = 200, body = Vec<LineCheck>))
)]
pub(crate) async fn list(
    State(api): State<Api>,
    caller: Caller,
    Path(id): Path<SessionId>,
) -> Result<Json<Vec<LineCheck>>, Problem> {
    let session = find(&api, &caller, id, Operation::ReadLineChecks).await?;
    let checks = api
        .store()
        .line_checks(session.organisation, session.id)
        .await?;
    Ok(Json(checks.into_iter().map(LineCheck::new).collect()))
}
