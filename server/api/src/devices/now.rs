//! `GET /device/now`: a device asks what happens in its room. Asking shows that it is there.

use axum::extract::State;
use bega_scheduling::{Operation, ParticipantId, SessionId, SessionState};
use bega_store::CallerKind;
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use crate::{Api, Problem, caller::Caller, extract::Json, guard::not_allowed, sessions::RoomRef};

/// Tells a device the session that runs in its room, else the next one within the hour.
#[utoipa::path(
    get,
    path = "/device/now",
    tag = "devices",
    responses((status = 200, body = DeviceNow))
)]
pub(crate) async fn now(
    State(api): State<Api>,
    caller: Caller,
) -> Result<Json<DeviceNow>, Problem> {
    let CallerKind::Device { device, .. } = &caller.kind else {
        // The table of permissions lets nobody else in.
        tracing::error!(operation = ?Operation::ReadDeviceNow, "let in a caller that is no device");
        return Err(not_allowed());
    };
    let now = api.now();
    api.store().device_seen(*device, now).await?;
    let there = api
        .store()
        .device_now(*device, now)
        .await?
        .ok_or_else(Problem::not_found)?;
    let session = there.session.and_then(|session| {
        let place = session.room_device()?;
        Some(DeviceSession {
            id: session.id,
            participant_id: place.id,
            state: session.state(),
            starts_at: session.slot.starts_at(),
            ends_at: session.slot.ends_at(),
            language: session.language.as_str().to_owned(),
            reference: session.reference.as_str().to_owned(),
        })
    });
    Ok(Json(DeviceNow {
        room: (&there.room).into(),
        session,
    }))
}

/// What happens in a device's room.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DeviceNow {
    /// The room.
    room: RoomRef,
    /// The session that runs, else the next one within the hour.
    #[schema(required = true)]
    session: Option<DeviceSession>,
}

/// A session as the room's device needs it.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DeviceSession {
    /// Its id.
    id: SessionId,
    /// The device's place in it.
    participant_id: ParticipantId,
    /// Where it stands.
    state: SessionState,
    /// Planned start.
    #[schema(value_type = String, format = DateTime)]
    starts_at: Timestamp,
    /// Planned end.
    #[schema(value_type = String, format = DateTime)]
    ends_at: Timestamp,
    /// The applicants' language, BCP 47.
    language: String,
    /// The pseudonymous reference of the case or group.
    reference: String,
}
