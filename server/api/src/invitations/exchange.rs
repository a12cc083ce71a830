//! `POST /invitations/exchange`: the secret of a personal link for a cookie.
//!
//! The secret came in the URL's fragment, which browsers never send: this body is the only time the
//! server sees it. A person may change browser: the link works until the session is over.

use axum::{
    extract::State,
    http::{Extensions, HeaderMap},
    response::Response,
};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::{
    Api, Code, Problem, Secret,
    auth::{Me, sign_in::too_many, welcome},
    extract::Json,
};

/// Exchanges the secret of a personal link for a cookie limited to its session.
#[utoipa::path(
    post,
    path = "/invitations/exchange",
    tag = "invitations",
    request_body = Exchange,
    responses((status = 200, body = Me, description = "The cookie `bega-<participant id>` is set"))
)]
pub(crate) async fn exchange(
    State(api): State<Api>,
    headers: HeaderMap,
    extensions: Extensions,
    Json(request): Json<Exchange>,
) -> Result<Response, Problem> {
    let now = api.now();
    let address = api.client(&headers, &extensions);
    api.limits().address.take(now, &address).map_err(too_many)?;

    let cookie = api.new_secret();
    let secret = Secret::presented(request.secret.trim());
    let exchanged = api
        .store()
        .exchange_invitation(now, secret.hash(), cookie.hash())
        .await
        .map_err(Problem::from);
    // Only a wrong secret was a guess.
    if !matches!(&exchanged, Err(problem) if problem.code() == Code::InvitationInvalid) {
        api.limits().address.give_back(&address);
    }
    Ok(welcome(&api, &exchanged?, &cookie))
}

/// What stood behind the `#` of the link.
#[derive(Deserialize, ToSchema)]
pub(crate) struct Exchange {
    /// The secret.
    #[schema(max_length = 128)]
    secret: String,
}
