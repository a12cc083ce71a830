//! Extractors that answer with a [`Problem`] where axum's own would answer with plain text.

use axum::{
    body::Bytes,
    extract::{FromRequest, FromRequestParts, Request, rejection::BytesRejection},
    http::{HeaderMap, StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
};
use serde::{Serialize, de::DeserializeOwned};

use crate::{Code, Problem};

/// A JSON body, in or out.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Json<T>(pub(crate) T);

impl<T, S> FromRequest<S> for Json<T>
where
    T: DeserializeOwned,
    S: Send + Sync,
{
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        require_json(request.headers())?;
        parse(&body(request, state).await?).map(Self)
    }
}

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        axum::Json(self.0).into_response()
    }
}

/// Refuses a body that is not declared as JSON.
pub(crate) fn require_json(headers: &HeaderMap) -> Result<(), Problem> {
    if is_json(headers) {
        return Ok(());
    }
    Err(Problem::new(
        Code::UnsupportedMediaType,
        "send the body as application/json",
    ))
}

/// The whole body.
pub(crate) async fn body<S: Send + Sync>(request: Request, state: &S) -> Result<Bytes, Problem> {
    Bytes::from_request(request, state)
        .await
        .map_err(|rejection| unreadable(&rejection))
}

/// Parses a body: what is not JSON is 400, JSON of another shape is 422 and names the field.
pub(crate) fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    let mut deserializer = serde_json::Deserializer::from_slice(body);
    let value = serde_path_to_error::deserialize(&mut deserializer).map_err(|error| {
        let path = pointer(error.path());
        let cause = error.into_inner();
        if cause.is_data() {
            Problem::invalid(path, "bad_value", &without_position(&cause))
        } else {
            not_json(&cause)
        }
    })?;
    deserializer.end().map_err(|cause| not_json(&cause))?;
    Ok(value)
}

/// The place in the body, such as `participants/0/role`.
fn pointer(path: &serde_path_to_error::Path) -> String {
    path.iter()
        .map(ToString::to_string)
        .map(|segment| segment.trim_matches(['[', ']']).to_owned())
        .collect::<Vec<_>>()
        .join("/")
}

fn not_json(cause: &serde_json::Error) -> Problem {
    Problem::new(
        Code::BadJson,
        format!(
            "the body is not JSON: line {}, column {}",
            cause.line(),
            cause.column()
        ),
    )
}

/// The parser's words without the " at line 1 column 2" it appends: the path says it better.
fn without_position(cause: &serde_json::Error) -> String {
    let text = cause.to_string();
    match text.rfind(" at line ") {
        Some(end) => text[..end].to_owned(),
        None => text,
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split(';').next())
        .is_some_and(|media_type| media_type.trim().eq_ignore_ascii_case("application/json"))
}

fn unreadable(rejection: &BytesRejection) -> Problem {
    if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE {
        Problem::new(Code::TooLarge, "the body is larger than 64 KiB")
    } else {
        Problem::new(Code::BadJson, "the body broke off")
    }
}

/// Parts of the path. What does not parse cannot exist: 404.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Path<T>(pub(crate) T);

impl<T, S> FromRequestParts<S> for Path<T>
where
    T: DeserializeOwned + Send,
    S: Send + Sync,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        match axum::extract::Path::from_request_parts(parts, state).await {
            Ok(axum::extract::Path(value)) => Ok(Self(value)),
            Err(_) => Err(Problem::not_found()),
        }
    }
}

/// The query of the URI.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Query<T>(pub(crate) T);

impl<T, S> FromRequestParts<S> for Query<T>
where
    T: DeserializeOwned,
    S: Send + Sync,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        match axum::extract::Query::from_request_parts(parts, state).await {
            Ok(axum::extract::Query(value)) => Ok(Self(value)),
            Err(rejection) => Err(Problem::invalid(
                "query",
                "bad_value",
                &rejection.body_text(),
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Party {
        #[expect(dead_code, reason = "only its parsing matters")]
        guests: Vec<Guest>,
    }

    #[derive(Debug, Deserialize)]
    struct Guest {
        #[expect(dead_code, reason = "only its parsing matters")]
        name: String,
    }

    #[test]
    fn what_is_not_json_is_told_from_json_of_another_shape() {
        assert_eq!(parse::<Party>(b"{").unwrap_err().code(), Code::BadJson);
        assert_eq!(
            parse::<Party>(b"{\"guests\":[]} x").unwrap_err().code(),
            Code::BadJson
        );
        assert_eq!(parse::<Party>(b"{}").unwrap_err().code(), Code::Invalid);
    }

    #[test]
    fn the_path_of_a_wrong_field_is_given() {
        let problem = parse::<Party>(br#"{"guests":[{"name":"A"},{"name":7}]}"#).unwrap_err();

        insta::assert_debug_snapshot!(problem, @r#"
        Problem {
            code: Invalid,
            detail: "invalid type: integer `7`, expected a string",
            resource: None,
            errors: [
                FieldError {
                    path: "guests/1/name",
                    code: "bad_value",
                    detail: "invalid type: integer `7`, expected a string",
                },
            ],
            retry_after: None,
        }
        "#);
    }

    #[test]
    fn an_unknown_field_is_ignored() {
        assert!(parse::<Party>(br#"{"guests":[],"music":true}"#).is_ok());
    }
}
