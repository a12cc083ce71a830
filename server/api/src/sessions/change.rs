//! `PATCH /sessions/{id}`: moves or corrects a session.

use axum::{extract::State, response::Response};
use bega_scheduling::{Change, Operation, RoomId, SessionId};
use jiff::Timestamp;
use serde::Deserialize;
use utoipa::ToSchema;

use super::{Session, find, one};
use crate::{
    Api, Problem,
    caller::Caller,
    extract::{Json, Path},
    version::IfMatch,
};

/// Changes what is given and leaves the rest.
#[utoipa::path(
    patch,
    path = "/sessions/{id}",
    tag = "sessions",
    params(
        ("id" = SessionId, Path, description = "The session"),
        ("If-Match" = String, Header, description = "The version that is changed, from `ETag`")
    ),
    request_body = SessionChange,
    responses((status = 200, body = Session, headers(("ETag" = String, description = "Its new version"))))
)]
pub(crate) async fn change(
    State(api): State<Api>,
    caller: Caller,
    Path(id): Path<SessionId>,
    IfMatch(version): IfMatch,
    Json(change): Json<SessionChange>,
) -> Result<Response, Problem> {
    find(&api, &caller, id, Operation::ChangeSession).await?;
    let session = api
        .store()
        .change(
            caller.organisation(),
            caller.actor(),
            api.now(),
            id,
            version,
            &change.into(),
        )
        .await?;
    api.live().changed(&session).await;
    Ok(one(&session, &caller))
}

/// What is to be changed.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SessionChange {
    /// A new start.
    #[schema(value_type = Option<String>, format = DateTime)]
    starts_at: Option<Timestamp>,
    /// A new end.
    #[schema(value_type = Option<String>, format = DateTime)]
    ends_at: Option<Timestamp>,
    /// Another room.
    room_id: Option<RoomId>,
    /// Another language, BCP 47.
    #[schema(min_length = 2, max_length = 35)]
    language: Option<String>,
    /// Another reference.
    #[schema(min_length = 1, max_length = 64)]
    reference: Option<String>,
}

impl From<SessionChange> for Change {
    fn from(change: SessionChange) -> Self {
        Self {
            starts_at: change.starts_at,
            ends_at: change.ends_at,
            room: change.room_id,
            language: change.language,
            reference: change.reference,
        }
    }
}
