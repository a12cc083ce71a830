//! `GET /sites`: the sites open to the organisation.

use axum::extract::State;

use super::Site;
use crate::{Api, Problem, caller::Caller, extract::Json, page::Page};

/// Lists the sites open to the caller's organisation.
#[utoipa::path(
    get,
    path = "/sites",
    tag = "rooms",
    responses((status = 200, body = Page<Site>))
)]
pub(crate) async fn list_sites(
    State(api): State<Api>,
    caller: Caller,
) -> Result<Json<Page<Site>>, Problem> {
    let sites = api.store().sites(caller.organisation()).await?;
    Ok(Json(Page::whole(sites.into_iter().map(Site::from))))
}
