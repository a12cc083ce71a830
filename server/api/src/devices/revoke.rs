//! `DELETE /devices/{id}`: shuts a device out.

use axum::{extract::State, http::StatusCode};
use bega_scheduling::DeviceId;

use crate::{Api, Problem, caller::Caller, extract::Path};

/// Shuts a device out: its cookie is worth nothing from now on.
#[utoipa::path(
    delete,
    path = "/devices/{id}",
    tag = "devices",
    params(("id" = DeviceId, Path, description = "The device")),
    responses((status = 204, description = "Shut out"))
)]
pub(crate) async fn revoke(
    State(api): State<Api>,
    caller: Caller,
    Path(id): Path<DeviceId>,
) -> Result<StatusCode, Problem> {
    let revoked = api
        .store()
        .revoke_device(caller.organisation(), caller.actor(), api.now(), id)
        .await?;
    if revoked {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(Problem::not_found())
    }
}
