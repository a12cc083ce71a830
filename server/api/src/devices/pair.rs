//! `POST /devices/pairings`: a device without a room asks for six digits to show.

use axum::{
    extract::State,
    http::{Extensions, HeaderMap, StatusCode},
};
use bega_scheduling::{PairingCode, PairingId};
use bega_store::{CreatePairingError, NewPairing};
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use crate::{Api, Problem, auth::sign_in::too_many, extract::Json};

/// Starts to pair a device.
#[utoipa::path(
    post,
    path = "/devices/pairings",
    tag = "devices",
    responses((status = 201, body = Pairing))
)]
pub(crate) async fn pair(
    State(api): State<Api>,
    headers: HeaderMap,
    extensions: Extensions,
) -> Result<(StatusCode, Json<Pairing>), Problem> {
    let now = api.now();
    let address = api.client(&headers, &extensions);
    api.limits()
        .strangers
        .take(now, &address)
        .map_err(too_many)?;

    let id = PairingId::new(now, api.random());
    let secret = api.new_secret();
    for _ in 0..ATTEMPTS {
        let code = PairingCode::new(api.random());
        let created = api
            .store()
            .create_pairing(
                now,
                &NewPairing {
                    id,
                    code: code.clone(),
                    secret: secret.hash(),
                },
            )
            .await;
        match created {
            Ok(expires_at) => {
                let pairing = Pairing {
                    id,
                    code: code.to_string(),
                    expires_at,
                    secret: secret.expose().to_owned(),
                };
                return Ok((StatusCode::CREATED, Json(pairing)));
            }
            Err(CreatePairingError::CodeTaken) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(CreatePairingError::CodeTaken.into())
}

/// With a million codes and few in use, the second try is rare and the fifth is not seen.
const ATTEMPTS: usize = 5;

/// A pairing that waits for a coordinator.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Pairing {
    /// Its id.
    #[serde(rename = "pairingId")]
    id: PairingId,
    /// Six digits to show.
    code: String,
    /// Until when they can be typed in.
    #[schema(value_type = String, format = DateTime)]
    expires_at: Timestamp,
    /// What the device proves itself with; it never leaves it.
    secret: String,
}
