//! What only `--dev` offers: rooms of the development key have no live session to rule them.

use axum::{
    Router,
    extract::{Path, State},
    http::StatusCode,
    routing::delete,
};
use bega_gateway::MediaHub;

/// The key whose tokens open any room.
pub(crate) const KEY: &str = "devkey";
/// Known to everybody.
pub(crate) const SECRET: &[u8] = b"secret";

pub(crate) fn router(rooms: MediaHub) -> Router {
    Router::new()
        .route("/dev/rooms/{room}/participants/{identity}", delete(remove))
        .with_state(rooms)
}

/// Removes a participant from a room.
async fn remove(
    State(rooms): State<MediaHub>,
    Path((room, identity)): Path<(String, String)>,
) -> StatusCode {
    rooms.kick(&room, &identity);
    StatusCode::NO_CONTENT
}
