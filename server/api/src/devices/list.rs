//! `GET /devices`: the organisation's devices.

use axum::extract::State;

use super::Device;
use crate::{Api, Problem, caller::Caller, extract::Json, page::Page};

/// Lists the organisation's devices.
#[utoipa::path(
    get,
    path = "/devices",
    tag = "devices",
    responses((status = 200, body = Page<Device>))
)]
pub(crate) async fn list(
    State(api): State<Api>,
    caller: Caller,
) -> Result<Json<Page<Device>>, Problem> {
    let now = api.now();
    let devices = api.store().devices(caller.organisation()).await?;
    Ok(Json(Page::whole(
        devices.iter().map(|device| Device::new(device, now)),
    )))
}
