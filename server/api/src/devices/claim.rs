//! `POST /devices/pairings/{id}/claim`: the device asks whether somebody typed its digits.

use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse as _, Response},
};
use bega_scheduling::PairingId;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    Api, Problem, Secret,
    auth::{Me, welcome},
    extract::{Json, Path},
};

/// Takes the device's cookie, once a coordinator has confirmed the code.
#[utoipa::path(
    post,
    path = "/devices/pairings/{id}/claim",
    tag = "devices",
    params(("id" = PairingId, Path, description = "The pairing")),
    request_body = Claim,
    responses(
        (status = 200, body = Me, description = "Paired; the cookie `bega-device` is set"),
        (status = 202, body = Pending, description = "Nobody has typed the code yet")
    )
)]
pub(crate) async fn claim(
    State(api): State<Api>,
    Path(id): Path<PairingId>,
    Json(request): Json<Claim>,
) -> Result<Response, Problem> {
    let cookie = api.new_secret();
    let secret = Secret::presented(&request.secret);
    let claimed = api
        .store()
        .claim_pairing(api.now(), id, secret.hash(), cookie.hash())
        .await?;
    Ok(match claimed {
        Some(caller) => welcome(&api, &caller, &cookie),
        None => (
            StatusCode::ACCEPTED,
            Json(Pending {
                state: PendingState::Pending,
            }),
        )
            .into_response(),
    })
}

/// What the device proves itself with.
#[derive(Deserialize, ToSchema)]
pub(crate) struct Claim {
    /// The secret it was given with the code.
    #[schema(max_length = 128)]
    secret: String,
}

/// Nobody has typed the code yet.
#[derive(Serialize, ToSchema)]
pub(crate) struct Pending {
    /// Where the pairing stands.
    state: PendingState,
}

/// Where a pairing stands that nobody confirmed.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum PendingState {
    /// Nobody has typed the code yet.
    Pending,
}
