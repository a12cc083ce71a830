//! `POST /auth/sign-out`: ends the sign-in this request came with.

use axum::{
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse as _, Response},
};

use crate::{
    Api, Problem,
    caller::Caller,
    cookies::{self, Carrier, SignIn},
};

/// Signs out.
#[utoipa::path(
    post,
    path = "/auth/sign-out",
    tag = "auth",
    responses((status = 204, description = "Signed out; the cookie is gone"))
)]
pub(crate) async fn sign_out(
    State(api): State<Api>,
    caller: Caller,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let mut sign_in = SignIn::Staff;
    if let Some((secret, carrier)) = cookies::presented(&headers) {
        if let Carrier::Cookie(presented) = carrier {
            sign_in = presented;
        }
        api.store()
            .sign_out(&caller, secret.hash(), api.now())
            .await?;
    }
    let cookie = cookies::forget(sign_in, api.is_https());
    Ok((StatusCode::NO_CONTENT, [(header::SET_COOKIE, cookie)]).into_response())
}
