//! `POST /devices/pairings/confirm`: a coordinator types the digits and names the room.

use axum::{extract::State, http::StatusCode};
use bega_scheduling::{DeviceId, PairingCode, RoomId};
use bega_store::{ConfirmError, NewDevice};
use serde::Deserialize;
use utoipa::ToSchema;

use super::Device;
use crate::{
    Api, Problem, auth::sign_in::too_many, caller::Caller, extract::Json, idempotency::Create,
    refusal::unknown_code,
};

/// Gives a device that shows a code its room.
#[utoipa::path(
    post,
    path = "/devices/pairings/confirm",
    tag = "devices",
    params(("Idempotency-Key" = Option<String>, Header, description = "Makes a repeated request harmless")),
    request_body = Confirm,
    responses((status = 201, body = Device))
)]
pub(crate) async fn confirm(
    State(api): State<Api>,
    caller: Caller,
    Create { body, key }: Create<Confirm>,
) -> Result<(StatusCode, Json<Device>), Problem> {
    let now = api.now();
    let guesser = caller.organisation().0;
    api.limits().codes.take(now, &guesser).map_err(too_many)?;

    let code = PairingCode::parse(&body.code).map_err(|_| unknown_code())?;
    let confirmed = api
        .store()
        .confirm_pairing(
            caller.organisation(),
            caller.actor(),
            now,
            &NewDevice {
                id: DeviceId::new(now, api.random()),
                code,
                room: body.room_id,
                name: body.name,
            },
            key.as_ref(),
        )
        .await;
    if !matches!(confirmed, Err(ConfirmError::UnknownCode)) {
        api.limits().codes.give_back(&guesser);
    }
    let device = confirmed?.into_inner();
    Ok((StatusCode::CREATED, Json(Device::new(&device, now))))
}

/// Which device goes where.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Confirm {
    /// The six digits on its screen; spaces and dashes do not matter.
    #[schema(max_length = 16)]
    code: String,
    /// Its room.
    room_id: RoomId,
    /// Its name, such as "Tablet 2".
    #[schema(min_length = 1, max_length = 100)]
    name: String,
}
