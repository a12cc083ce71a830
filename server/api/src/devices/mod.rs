//! The devices in the centre's rooms: pairing them, and what they ask.
//!
//! ```text
//! device       POST /devices/pairings            six digits on its screen, a secret of its own
//! coordinator  POST /devices/pairings/confirm    types the digits, names the room
//! device       POST /devices/pairings/{id}/claim its secret for the long-lived cookie
//! ```

pub(crate) mod claim;
pub(crate) mod confirm;
pub(crate) mod list;
pub(crate) mod now;
pub(crate) mod pair;
pub(crate) mod revoke;

use bega_scheduling::DeviceId;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use utoipa::ToSchema;

use crate::sessions::RoomRef;

/// A device in a room.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Device {
    /// Its id.
    id: DeviceId,
    /// Its name.
    name: String,
    /// Where it stands.
    room: RoomRef,
    /// Whether it was heard of a moment ago.
    online: bool,
    /// When it was last heard of.
    #[schema(value_type = Option<String>, format = DateTime, required = true)]
    last_seen_at: Option<Timestamp>,
}

impl Device {
    fn new(device: &bega_store::Device, now: Timestamp) -> Self {
        Self {
            id: device.id,
            name: device.name.clone(),
            room: (&device.room).into(),
            online: is_online(device.last_seen_at, now),
            last_seen_at: device.last_seen_at,
        }
    }
}

/// Whether a device was heard of a moment ago.
pub(crate) fn is_online(last_seen_at: Option<Timestamp>, now: Timestamp) -> bool {
    last_seen_at.is_some_and(|seen| now.duration_since(seen) <= SILENCE)
}

/// A device asks every few seconds; three missed questions in a row are more than a hiccup.
const SILENCE: SignedDuration = SignedDuration::from_secs(60);
