//! `POST /sessions/{id}/end`: ends a session for everybody.

use axum::{extract::State, response::Response};
use bega_scheduling::{Operation, SessionId};

use super::{Session, find, one};
use crate::{Api, Problem, caller::Caller, extract::Path};

/// Ends a session: everybody is told, then its media closes.
#[utoipa::path(
    post,
    path = "/sessions/{id}/end",
    tag = "sessions",
    params(("id" = SessionId, Path, description = "The session")),
    responses((status = 200, body = Session))
)]
pub(crate) async fn end(
    State(api): State<Api>,
    caller: Caller,
    Path(id): Path<SessionId>,
) -> Result<Response, Problem> {
    find(&api, &caller, id, Operation::EndSession).await?;
    let session = api
        .store()
        .end(caller.organisation(), caller.actor(), api.now(), id)
        .await?;
    api.live().ended(&session).await;
    Ok(one(&session, &caller))
}
