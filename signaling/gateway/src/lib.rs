//! WebSockets on axum: frames in and out of rooms, heartbeat, back-pressure, resume.
//!
//! Nothing is decided here. A socket belongs to one task, a room to one task, and the two talk by
//! queues: a slow client delays nobody, and a room needs no lock.

mod bucket;
mod live;
mod live_hub;
mod live_room;
mod media_hub;
mod media_room;
mod room_service;
mod rtc;

use std::sync::Arc;

pub use bega_room::{Admission, Admissions, Booked, Moment, TimelineEntry};
pub use live::live_router;
pub use live_hub::{
    LiveDoorError, LiveDoors, LiveHub, LiveRecords, LiveSeams, MediaGates, Opening, Visitor,
};
pub use media_hub::{DoorError, Entrance, MediaDoors, MediaHub, MediaPlane, Renewal, Reports};
pub use room_service::{Caller, Powers, ServiceDoors, room_service_router};
pub use rtc::rtc_router;

/// What a socket holds while it is silent, most of its life. The library's own choice of 128 KiB
/// would be most of what a participant costs; larger messages still fit, in a buffer of their own.
const READ_BUFFER_BYTES: usize = 4 * 1024;

/// Where the time of day comes from.
pub type Clock = Arc<dyn Fn() -> jiff::Timestamp + Send + Sync>;
