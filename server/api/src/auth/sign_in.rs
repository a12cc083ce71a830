//! `POST /auth/sign-in`: e-mail and password for a cookie.
//!
//! A wrong password, an unknown e-mail and an account without a password look and take the same.

use std::net::IpAddr;

use axum::{
    extract::State,
    http::{Extensions, HeaderMap},
    response::Response,
};
use jiff::SignedDuration;
use serde::Deserialize;
use utoipa::ToSchema;

use super::{Me, welcome};
use crate::{Api, Code, Problem, extract::Json};

/// Signs in with e-mail and password.
#[utoipa::path(
    post,
    path = "/auth/sign-in",
    tag = "auth",
    request_body = SignIn,
    responses((status = 200, body = Me, description = "Signed in; the cookie `bega` is set"))
)]
pub(crate) async fn sign_in(
    State(api): State<Api>,
    headers: HeaderMap,
    extensions: Extensions,
    Json(request): Json<SignIn>,
) -> Result<Response, Problem> {
    let now = api.now();
    let email = request.email.trim().to_lowercase();
    let address = api.client(&headers, &extensions);
    take_attempt(&api, address, &email)?;

    let credentials = api.store().credentials(&email).await?;
    let hash = credentials
        .as_ref()
        .and_then(|credentials| credentials.password_hash.clone());
    let right = api.passwords().check(request.password, hash).await;
    let Some(credentials) = credentials.filter(|_| right) else {
        metrics::counter!("bega_sign_ins_total", "outcome" => "refused").increment(1);
        return Err(Problem::new(
            Code::BadCredentials,
            "the e-mail or the password is wrong",
        ));
    };

    let cookie = api.new_secret();
    api.store()
        .sign_in(
            credentials.organisation,
            credentials.user,
            now,
            cookie.hash(),
            now + LIFETIME,
        )
        .await?;
    api.limits().email.give_back(&email);
    api.limits().address.give_back(&address);
    metrics::counter!("bega_sign_ins_total", "outcome" => "accepted").increment(1);

    let caller = api
        .store()
        .caller(cookie.hash(), now)
        .await?
        // Disabled between the two statements.
        .ok_or_else(|| Problem::new(Code::BadCredentials, "the e-mail or the password is wrong"))?;
    Ok(welcome(&api, &caller, &cookie))
}

/// E-mail and password.
#[derive(Deserialize, ToSchema)]
pub(crate) struct SignIn {
    /// The e-mail of the account.
    #[schema(max_length = 254)]
    email: String,
    /// Its password.
    #[schema(max_length = 1024)]
    password: String,
}

fn take_attempt(api: &Api, address: IpAddr, email: &String) -> Result<(), Problem> {
    let now = api.now();
    api.limits()
        .address
        .take(now, &address)
        .and_then(|()| api.limits().email.take(now, email))
        .map_err(|wait| {
            metrics::counter!("bega_sign_ins_total", "outcome" => "limited").increment(1);
            too_many(wait)
        })
}

/// More attempts than a person makes.
pub(crate) fn too_many(wait: SignedDuration) -> Problem {
    let seconds = u64::try_from(wait.as_secs()).unwrap_or(0) + 1;
    Problem::new(
        Code::TooMany,
        format!("too many attempts; try again in {seconds} s"),
    )
    .retry_after(seconds)
}

/// A working day.
const LIFETIME: SignedDuration = SignedDuration::from_hours(12);
