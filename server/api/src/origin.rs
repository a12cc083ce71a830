//! Requests caused by another site's page are refused.
//!
//! `SameSite=Strict` keeps the cookie from other sites already; this is the second lock, and the
//! only one on WebSockets in older browsers. A browser names the page's origin with every unsafe
//! request and every upgrade, and no script can change that. A request without any sign of a
//! browser comes from a program, which nobody can trick into sending it.

use axum::http::{HeaderMap, header};

/// Whether a page that may talk to us sent this, or a program did.
pub fn is_ours(headers: &HeaderMap, public_url: &str) -> bool {
    match (text(headers, "origin"), text(headers, "sec-fetch-site")) {
        (Some(origin), _) => origin.eq_ignore_ascii_case(public_url) || is_of_host(origin, headers),
        (None, Some(site)) => site == "same-origin" || site == "none",
        (None, None) => true,
    }
}

/// Whether the page came from the very host the request goes to, such as 127.0.0.1 for localhost.
fn is_of_host(origin: &str, headers: &HeaderMap) -> bool {
    let authority = origin
        .strip_prefix("https://")
        .or_else(|| origin.strip_prefix("http://"));
    let host = text(headers, header::HOST.as_str());
    matches!((authority, host), (Some(a), Some(b)) if a.eq_ignore_ascii_case(b))
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    // Bytes that are not text are no origin of ours.
    headers.get(name).map(|value| value.to_str().unwrap_or("?"))
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderName, HeaderValue};

    use super::*;

    #[test]
    fn only_our_own_pages_and_programs_may_ask() {
        let cases: [(&[(&str, &str)], bool); 9] = [
            (&[("origin", "https://bega.example")], true),
            (&[("origin", "https://BEGA.example")], true),
            (&[("origin", "https://mallory.example")], false),
            (&[("origin", "https://bega.example.mallory.example")], false),
            (&[("origin", "null"), ("host", "bega.example")], false),
            (
                &[
                    ("origin", "http://127.0.0.1:8080"),
                    ("host", "127.0.0.1:8080"),
                ],
                true,
            ),
            (&[("sec-fetch-site", "cross-site")], false),
            (&[("sec-fetch-site", "same-origin")], true),
            (&[("host", "bega.example")], true),
        ];
        for (headers, expected) in cases {
            let map: HeaderMap = headers
                .iter()
                .map(|(name, value)| {
                    let name = HeaderName::from_bytes(name.as_bytes()).unwrap();
                    (name, HeaderValue::from_str(value).unwrap())
                })
                .collect();

            assert_eq!(
                is_ours(&map, "https://bega.example"),
                expected,
                "{headers:?}"
            );
        }
    }
}
