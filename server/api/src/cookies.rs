//! The cookie `bega`: the secret of a sign-in, out of reach of scripts and of other sites.

use axum::http::{HeaderMap, HeaderValue, header};
use cookie::{Cookie, SameSite, time::Duration};

use crate::Secret;

/// The cookie's name.
pub const NAME: &str = "bega";

/// A `Set-Cookie` that keeps a secret for some time.
pub(crate) fn keep(secret: &Secret, seconds: i64, https: bool) -> HeaderValue {
    header(secret.expose(), Duration::seconds(seconds), https)
}

/// A `Set-Cookie` that makes the browser forget.
pub(crate) fn forget(https: bool) -> HeaderValue {
    header("", Duration::ZERO, https)
}

/// The secret a browser or a program presents: the cookie, else an `Authorization: Bearer`.
pub(crate) fn presented(headers: &HeaderMap) -> Option<(Secret, Carrier)> {
    let bearer = headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
        .map(|(_, token)| (Secret::presented(token.trim()), Carrier::Bearer));
    bearer.or_else(|| cookie(headers).map(|secret| (secret, Carrier::Cookie)))
}

/// The secret a browser or a program presents, however it does.
pub fn presented_secret(headers: &HeaderMap) -> Option<Secret> {
    presented(headers).map(|(secret, _)| secret)
}

/// How a secret was presented.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Carrier {
    /// By the browser, of itself: another site could have caused it.
    Cookie,
    /// On purpose.
    Bearer,
}

fn cookie(headers: &HeaderMap) -> Option<Secret> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(Cookie::split_parse)
        .filter_map(Result::ok)
        .find(|cookie| cookie.name() == NAME)
        .map(|cookie| Secret::presented(cookie.value()))
}

fn header(value: &str, age: Duration, https: bool) -> HeaderValue {
    let cookie = Cookie::build((NAME, value))
        .path("/")
        .http_only(true)
        .same_site(SameSite::Strict)
        .secure(https)
        .max_age(age)
        .build();
    HeaderValue::from_str(&cookie.to_string()).expect("base64url and attributes are visible ASCII")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cookie_is_out_of_reach_of_scripts_and_other_sites() {
        let cookie = keep(&Secret::presented("abc"), 3600, true);

        assert_eq!(
            cookie,
            "bega=abc; HttpOnly; SameSite=Strict; Secure; Path=/; Max-Age=3600"
        );
        assert!(
            !keep(&Secret::presented("abc"), 3600, false)
                .to_str()
                .unwrap()
                .contains("Secure")
        );
    }

    #[test]
    fn a_bearer_token_wins_over_the_cookie() {
        let mut headers = HeaderMap::new();
        assert!(presented(&headers).is_none());

        headers.insert(
            header::COOKIE,
            HeaderValue::from_static("a=1; bega=abc; b=2"),
        );
        assert_eq!(
            presented(&headers),
            Some((Secret::presented("abc"), Carrier::Cookie))
        );

        headers.insert(
            header::AUTHORIZATION,
            HeaderValue::from_static("bearer def"),
        );
        assert_eq!(
            presented(&headers),
            Some((Secret::presented("def"), Carrier::Bearer))
        );
    }
}
