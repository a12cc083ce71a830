//! `GET /me`: who one is.

use super::Me;
use crate::{caller::Caller, extract::Json};

/// Tells who one is.
#[utoipa::path(
    get,
    path = "/me",
    tag = "auth",
    responses((status = 200, body = Me))
)]
pub(crate) async fn me(caller: Caller) -> Json<Me> {
    Json(Me::new(&caller))
}
