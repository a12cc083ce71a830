//! Sites and their rooms.

pub(crate) mod list;
pub(crate) mod list_sites;

use bega_scheduling::SiteId;
use serde::Serialize;
use utoipa::ToSchema;

/// A place with rooms.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Site {
    /// Its id.
    id: SiteId,
    /// Its name.
    name: String,
    /// Its IANA time zone.
    time_zone: String,
}

impl From<bega_store::Site> for Site {
    fn from(site: bega_store::Site) -> Self {
        Self {
            id: site.id,
            name: site.name,
            time_zone: site.time_zone,
        }
    }
}
