//! `POST /sessions/{id}/line-checks`: keeps what a trial of the caller's line has shown.

use axum::extract::State;
use bega_scheduling::{LineResult, Operation, SessionId};

use super::LineCheck;
use crate::{
    Api, Problem,
    caller::Caller,
    extract::{Json, Path},
    guard::not_allowed,
    sessions::find,
};

/// Keeps the result with the caller's place in the session; an older one is replaced.
#[utoipa::path(
    post,
    path = "/sessions/{id}/line-checks",
    tag = "line-checks",
    params(("id" = SessionId, Path, description = "The session")),
    request_body = LineResult,
    responses((status = 200, body = LineCheck))
)]
pub(crate) async fn keep(
    State(api): State<Api>,
    caller: Caller,
    Path(id): Path<SessionId>,
    Json(result): Json<LineResult>,
) -> Result<Json<LineCheck>, Problem> {
    let session = find(&api, &caller, id, Operation::KeepLineCheck).await?;
    let place = caller.place_in(&session).ok_or_else(not_allowed)?;
    if !result.is_plausible() {
        return Err(Problem::invalid(
            String::new(),
            "bad_value",
            "these are not the numbers of a line",
        ));
    }
    let check = bega_scheduling::LineCheck {
        participant: place.id,
        at: api.now(),
        result,
    };
    api.store()
        .keep_line_check(session.organisation, session.id, &check)
        .await?;
    Ok(Json(LineCheck::new(check)))
}
