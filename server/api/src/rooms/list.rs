//! `GET /rooms`: the rooms one may book, and whether their devices are there.

use axum::extract::State;
use bega_scheduling::{DeviceId, RoomId};
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use super::Site;
use crate::{Api, Problem, caller::Caller, devices::is_online, extract::Json, page::Page};

/// Lists the rooms open to the caller's organisation.
#[utoipa::path(
    get,
    path = "/rooms",
    tag = "rooms",
    responses((status = 200, body = Page<Room>))
)]
pub(crate) async fn list(
    State(api): State<Api>,
    caller: Caller,
) -> Result<Json<Page<Room>>, Problem> {
    let now = api.now();
    let rooms = api.store().rooms(caller.organisation()).await?;
    Ok(Json(Page::whole(rooms.into_iter().map(|room| Room {
        id: room.id,
        name: room.name,
        seats: room.seats,
        site: room.site.into(),
        device: room.device.map(|device| RoomDevice {
            id: device.id,
            name: device.name,
            online: is_online(device.last_seen_at, now),
            last_seen_at: device.last_seen_at,
        }),
    }))))
}

/// A room.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Room {
    /// Its id.
    id: RoomId,
    /// Its name.
    name: String,
    /// How many people it seats.
    seats: i64,
    /// Where it is.
    site: Site,
    /// The device that stands in it.
    #[schema(required = true)]
    device: Option<RoomDevice>,
}

/// The device of a room.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RoomDevice {
    /// Its id.
    id: DeviceId,
    /// Its name.
    name: String,
    /// Whether it was heard of a moment ago.
    online: bool,
    /// When it was last heard of.
    #[schema(value_type = Option<String>, format = DateTime, required = true)]
    last_seen_at: Option<Timestamp>,
}
