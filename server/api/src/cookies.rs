//! The cookies of sign-ins: secrets out of reach of scripts and of other sites.
//!
//! Each sign-in of a browser has a cookie of its own, so that a coordinator, a personal link and a
//! room's device may be open in three windows of one browser without signing one another out. A
//! page says which it means by the header [`AS`] (a WebSocket, which cannot have headers of its
//! own, by a query parameter of the same meaning). That is a wish and no secret: it only picks
//! among the cookies the browser holds.

use axum::{
    extract::Request,
    http::{HeaderMap, HeaderName, HeaderValue, Uri, header},
    middleware::Next,
    response::Response,
};
use cookie::{Cookie, SameSite, time::Duration};
use uuid::Uuid;

use crate::Secret;

/// The name of the cookie of a member of staff, and how the others begin.
pub(crate) const NAME: &str = "bega";

/// The header that picks one of the browser's sign-ins: `staff`, `device` or a participant's id.
pub(crate) const AS: HeaderName = HeaderName::from_static("bega-as");

/// One of the sign-ins a browser may hold.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum SignIn {
    /// Of a member of staff.
    Staff,
    /// Of the device of a room.
    Device,
    /// By a personal link: the participant's id.
    Guest(Uuid),
}

impl SignIn {
    fn cookie_name(self) -> String {
        match self {
            Self::Staff => NAME.to_owned(),
            Self::Device => format!("{NAME}-{DEVICE}"),
            Self::Guest(participant) => format!("{NAME}-{participant}"),
        }
    }

    fn of_cookie(name: &str) -> Option<Self> {
        match name.strip_prefix(NAME)?.strip_prefix('-') {
            None => (name == NAME).then_some(Self::Staff),
            Some(rest) => Self::wished(rest).filter(|sign_in| *sign_in != Self::Staff),
        }
    }

    fn wished(text: &str) -> Option<Self> {
        match text {
            STAFF => Some(Self::Staff),
            DEVICE => Some(Self::Device),
            participant => Uuid::try_parse(participant).ok().map(Self::Guest),
        }
    }
}

/// A `Set-Cookie` that keeps a secret for some time.
pub(crate) fn keep(sign_in: SignIn, secret: &Secret, seconds: i64, https: bool) -> HeaderValue {
    header(sign_in, secret.expose(), Duration::seconds(seconds), https)
}

/// A `Set-Cookie` that makes the browser forget.
pub(crate) fn forget(sign_in: SignIn, https: bool) -> HeaderValue {
    header(sign_in, "", Duration::ZERO, https)
}

/// The secret a browser or a program presents: an `Authorization: Bearer`, else the cookie of the
/// sign-in it asks for, else the one cookie there is.
pub(crate) fn presented(headers: &HeaderMap) -> Option<(Secret, Carrier)> {
    let bearer = headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
        .map(|(_, token)| (Secret::presented(token.trim()), Carrier::Bearer));
    bearer.or_else(|| cookie(headers))
}

/// The secret a browser or a program presents, however it does.
pub fn presented_secret(headers: &HeaderMap) -> Option<Secret> {
    presented(headers).map(|(secret, _)| secret)
}

/// Middleware for WebSockets: turns the query parameter `as` into the header `Bega-As`.
pub async fn as_in_query(mut request: Request, next: Next) -> Response {
    if let Some(wish) = wish_in_query(request.uri()) {
        request.headers_mut().insert(AS, wish);
    }
    next.run(request).await
}

fn wish_in_query(uri: &Uri) -> Option<HeaderValue> {
    uri.query()?
        .split('&')
        .find_map(|parameter| parameter.strip_prefix("as="))
        .and_then(|wish| HeaderValue::from_str(wish).ok())
}

/// How a secret was presented.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Carrier {
    /// By the browser, of itself: another site could have caused it.
    Cookie(SignIn),
    /// On purpose.
    Bearer,
}

fn cookie(headers: &HeaderMap) -> Option<(Secret, Carrier)> {
    let held: Vec<_> = headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(Cookie::split_parse)
        .filter_map(Result::ok)
        .filter_map(|cookie| {
            let sign_in = SignIn::of_cookie(cookie.name())?;
            Some((sign_in, Secret::presented(cookie.value())))
        })
        .collect();
    let wanted = match headers.get(AS) {
        Some(wish) => SignIn::wished(wish.to_str().ok()?)?,
        // A program that does not know of several has just one.
        None => match held.as_slice() {
            [(only, _)] => *only,
            _ => SignIn::Staff,
        },
    };
    held.into_iter()
        .find(|(sign_in, _)| *sign_in == wanted)
        .map(|(sign_in, secret)| (secret, Carrier::Cookie(sign_in)))
}

fn header(sign_in: SignIn, value: &str, age: Duration, https: bool) -> HeaderValue {
    let cookie = Cookie::build((sign_in.cookie_name(), value))
        .path("/")
        .http_only(true)
        .same_site(SameSite::Strict)
        .secure(https)
        .max_age(age)
        .build();
    HeaderValue::from_str(&cookie.to_string()).expect("base64url and attributes are visible ASCII")
}

const STAFF: &str = "staff";
const DEVICE: &str = "device";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cookie_is_out_of_reach_of_scripts_and_other_sites() {
        let cookie = keep(SignIn::Staff, &Secret::presented("abc"), 3600, true);

        assert_eq!(
            cookie,
            "bega=abc; HttpOnly; SameSite=Strict; Secure; Path=/; Max-Age=3600"
        );
        assert!(
            !keep(SignIn::Staff, &Secret::presented("abc"), 3600, false)
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
            Some((Secret::presented("abc"), Carrier::Cookie(SignIn::Staff)))
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

    #[test]
    fn windows_of_one_browser_have_sign_ins_of_their_own() {
        let guest = "0190c2f0-0000-7000-8000-000000000001";
        let mut headers = HeaderMap::new();
        headers.insert(
            header::COOKIE,
            HeaderValue::from_str(&format!(
                "bega=coordinator; bega-device=room; bega-{guest}=link"
            ))
            .unwrap(),
        );
        let mut presents = |wish: &'static str| {
            headers.insert(AS, HeaderValue::from_static(wish));
            presented_secret(&headers)
        };

        assert_eq!(presents("staff"), Some(Secret::presented("coordinator")));
        assert_eq!(presents("device"), Some(Secret::presented("room")));
        assert_eq!(presents(guest), Some(Secret::presented("link")));
        assert_eq!(presents("0190c2f0-0000-7000-8000-000000000002"), None);
        assert_eq!(presents("nonsense"), None);
    }

    #[test]
    fn who_asks_for_none_means_staff_or_the_only_one() {
        let mut headers = HeaderMap::new();
        headers.insert(header::COOKIE, HeaderValue::from_static("bega-device=room"));
        assert_eq!(presented_secret(&headers), Some(Secret::presented("room")));

        headers.insert(
            header::COOKIE,
            HeaderValue::from_static("bega-device=room; bega=staff"),
        );
        assert_eq!(presented_secret(&headers), Some(Secret::presented("staff")));
    }

    #[test]
    fn a_socket_asks_in_its_query() {
        let uri = Uri::from_static("/api/v1/sessions/1/live?x=1&as=device");
        assert_eq!(
            wish_in_query(&uri),
            Some(HeaderValue::from_static("device"))
        );
    }
}
