//! Versions of things: `ETag` out, `If-Match` in.

use axum::{
    extract::FromRequestParts,
    http::{HeaderValue, header, request::Parts},
};

use crate::{Code, Problem};

/// The version a change was made from, out of `If-Match`. Without it a change is refused: two people
/// who change the same thing must notice.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct IfMatch(pub(crate) i64);

impl<S: Send + Sync> FromRequestParts<S> for IfMatch {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let Some(value) = parts.headers.get(header::IF_MATCH) else {
            return Err(Problem::new(
                Code::IfMatchRequired,
                "send the version you changed as If-Match, as it came in ETag",
            ));
        };
        value
            .to_str()
            .ok()
            .and_then(|tag| tag.trim().strip_prefix('"')?.strip_suffix('"'))
            .and_then(|version| version.parse().ok())
            .map(Self)
            // A tag we never gave out matches nothing.
            .ok_or_else(stale)
    }
}

/// The `ETag` of a version.
pub(crate) fn etag(version: i64) -> (header::HeaderName, HeaderValue) {
    let tag = HeaderValue::from_str(&format!("\"{version}\"")).expect("a number in quotes");
    (header::ETAG, tag)
}

/// Somebody was faster.
pub(crate) fn stale() -> Problem {
    Problem::new(
        Code::Stale,
        "somebody changed it in the meantime; read it again",
    )
}

#[cfg(test)]
mod tests {
    use axum::http::Request;

    use super::*;

    #[tokio::test]
    async fn a_change_must_name_its_version() {
        assert_eq!(if_match(None).await, Err(Code::IfMatchRequired));
        assert_eq!(if_match(Some("\"3\"")).await, Ok(3));
        assert_eq!(if_match(Some("W/\"3\"")).await, Err(Code::Stale));
        assert_eq!(if_match(Some("*")).await, Err(Code::Stale));
        assert_eq!(etag(3).1, "\"3\"");
    }

    async fn if_match(value: Option<&str>) -> Result<i64, Code> {
        let mut request = Request::new(());
        if let Some(value) = value {
            request
                .headers_mut()
                .insert(header::IF_MATCH, HeaderValue::from_str(value).unwrap());
        }
        let mut parts = request.into_parts().0;
        IfMatch::from_request_parts(&mut parts, &())
            .await
            .map(|version| version.0)
            .map_err(|problem| problem.code())
    }
}
