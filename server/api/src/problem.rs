//! Error answers, in the form of RFC 9457 (`application/problem+json`).
//!
//! A [`Problem`] carries a [`Code`] for programs, which never changes its meaning, and a detail for
//! people, which may change at any time. Whatever went wrong inside is logged once, where it is
//! turned into a problem, and never sent.

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use bega_scheduling::ResourceKind;
use serde::Serialize;
use utoipa::ToSchema;

/// An error answer.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Problem {
    code: Code,
    detail: String,
    resource: Option<Box<Resource>>,
    errors: Vec<FieldError>,
    retry_after: Option<u64>,
}

impl Problem {
    /// A problem with a sentence that a person may read.
    pub fn new(code: Code, detail: impl Into<String>) -> Self {
        Self {
            code,
            detail: detail.into(),
            resource: None,
            errors: Vec::new(),
            retry_after: None,
        }
    }

    /// Not there, or not the caller's: the two look the same.
    pub fn not_found() -> Self {
        Self::new(Code::NotFound, "there is no such thing here")
    }

    /// One field of the request breaks a rule.
    pub fn invalid(path: impl Into<String>, code: impl Into<String>, detail: &str) -> Self {
        Self {
            errors: vec![FieldError {
                path: path.into(),
                code: code.into(),
                detail: detail.to_owned(),
            }],
            ..Self::new(Code::Invalid, detail)
        }
    }

    /// Several fields of the request break rules.
    pub fn invalid_fields(errors: Vec<FieldError>) -> Self {
        Self {
            errors,
            ..Self::new(
                Code::Invalid,
                "the request breaks the rules named in `errors`",
            )
        }
    }

    /// Something inside failed: logs the cause and tells the caller nothing about it.
    pub fn internal(cause: &(dyn std::error::Error + 'static)) -> Self {
        tracing::error!(error = %Chain(cause), "a request failed inside");
        Self::new(Code::Internal, "something went wrong on the server")
    }

    /// A part the server needs does not answer now: logs the cause.
    pub fn unavailable(cause: &(dyn std::error::Error + 'static)) -> Self {
        tracing::error!(error = %Chain(cause), "a part the server needs does not answer");
        Self::new(Code::Unavailable, "the server cannot do this right now").retry_after(2)
    }

    /// Names what stands in the way.
    #[must_use]
    pub fn with_resource(mut self, resource: Resource) -> Self {
        self.resource = Some(Box::new(resource));
        self
    }

    /// Says after how many seconds a new attempt makes sense.
    #[must_use]
    pub fn retry_after(mut self, seconds: u64) -> Self {
        self.retry_after = Some(seconds);
        self
    }

    /// What a program may match on.
    pub fn code(&self) -> Code {
        self.code
    }

    /// The status of the answer.
    pub fn status(&self) -> StatusCode {
        self.code.status()
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = self.status();
        let retry_after = self.retry_after;
        metrics::counter!("bega_problems_total", "code" => self.code.as_str()).increment(1);
        let document = ProblemDocument {
            kind: format!("/problems/{}", self.code.as_str()),
            title: self.code.title().to_owned(),
            status: status.as_u16(),
            code: self.code,
            detail: self.detail,
            resource: self.resource.map(|resource| *resource),
            errors: self.errors,
        };
        let body = serde_json::to_vec(&document).expect("strings and numbers always serialise");
        let mut response = (status, body).into_response();
        let headers = response.headers_mut();
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/problem+json"),
        );
        if let Some(seconds) = retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}

/// The body of every error answer (RFC 9457).
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Problem)]
pub(crate) struct ProblemDocument {
    /// Names the kind of problem; ends with the code.
    #[serde(rename = "type")]
    kind: String,
    /// The kind of problem in a few words.
    title: String,
    /// The HTTP status, again.
    status: u16,
    /// What a program may match on; it never changes its meaning.
    code: Code,
    /// What happened here, for a person.
    detail: String,
    /// What stands in the way.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    resource: Option<Resource>,
    /// The fields that broke a rule.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    errors: Vec<FieldError>,
}

/// A room or a person that stands in the way of a request.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, ToSchema)]
pub struct Resource {
    /// What it is.
    pub kind: ResourceKind,
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
}

/// A field that broke a rule.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, ToSchema)]
pub struct FieldError {
    /// Where in the body, such as `participants/0/name`.
    pub path: String,
    /// Which rule.
    pub code: String,
    /// The rule, for a person.
    pub detail: String,
}

macro_rules! codes {
    ($($(#[$doc:meta])* $variant:ident = $code:literal, $status:ident, $title:literal;)*) => {
        /// What a program may match on. A code never changes its meaning; new ones may be added.
        #[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize, ToSchema)]
        #[non_exhaustive]
        pub enum Code {
            $($(#[$doc])* #[serde(rename = $code)] $variant,)*
        }

        impl Code {
            /// As it stands in the document.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $code,)* }
            }

            fn status(self) -> StatusCode {
                match self { $(Self::$variant => StatusCode::$status,)* }
            }

            fn title(self) -> &'static str {
                match self { $(Self::$variant => $title,)* }
            }
        }
    };
}

codes! {
    /// The body is not JSON.
    BadJson = "bad_json", BAD_REQUEST, "The body is not JSON";
    /// Nobody is signed in.
    Unauthenticated = "unauthenticated", UNAUTHORIZED, "Sign in first";
    /// E-mail and password do not belong together.
    BadCredentials = "bad_credentials", UNAUTHORIZED, "E-mail or password is wrong";
    /// The cookie or token is unknown, forged or revoked.
    InvalidToken = "invalid_token", UNAUTHORIZED, "The token is not valid";
    /// The cookie or token was valid once.
    TokenExpired = "token_expired", UNAUTHORIZED, "The token has expired";
    /// No invitation has this secret, or it was revoked.
    InvitationInvalid = "invitation_invalid", UNAUTHORIZED, "The invitation is not valid";
    /// The session of the invitation is over.
    InvitationExpired = "invitation_expired", UNAUTHORIZED, "The invitation has expired";
    /// The pairing was not confirmed in time, or never existed.
    PairingExpired = "pairing_expired", UNAUTHORIZED, "The pairing code has expired";
    /// The role of the caller does not allow this.
    NotAllowed = "not_allowed", FORBIDDEN, "Not allowed";
    /// Another site's page sent the request.
    BadOrigin = "bad_origin", FORBIDDEN, "The request came from another site";
    /// Not there, or not the caller's.
    NotFound = "not_found", NOT_FOUND, "Not found";
    /// No device shows this pairing code.
    UnknownCode = "unknown_code", NOT_FOUND, "No device shows this code";
    /// The path does not take this method.
    MethodNotAllowed = "method_not_allowed", METHOD_NOT_ALLOWED, "Method not allowed";
    /// A room or a person is booked for part of that time.
    SlotTaken = "slot_taken", CONFLICT, "Already booked for part of that time";
    /// The session has moved on, or is not that far.
    WrongState = "wrong_state", CONFLICT, "Not possible in this state";
    /// The live room has not let the participant in.
    NotAdmitted = "not_admitted", CONFLICT, "Not admitted yet";
    /// Somebody changed it in the meantime.
    Stale = "stale", PRECONDITION_FAILED, "Changed in the meantime";
    /// The body is larger than the server takes.
    TooLarge = "too_large", PAYLOAD_TOO_LARGE, "The body is too large";
    /// The body is not declared as JSON.
    UnsupportedMediaType = "unsupported_media_type", UNSUPPORTED_MEDIA_TYPE, "The body must be JSON";
    /// The body breaks a rule.
    Invalid = "invalid", UNPROCESSABLE_ENTITY, "The request is not valid";
    /// The key was used for another request.
    IdempotencyMismatch = "idempotency_mismatch", UNPROCESSABLE_ENTITY, "The idempotency key was used for another request";
    /// A change must name the version it was made from.
    IfMatchRequired = "if_match_required", PRECONDITION_REQUIRED, "If-Match is missing";
    /// More attempts than a person makes.
    TooMany = "too_many", TOO_MANY_REQUESTS, "Too many attempts";
    /// Something inside failed.
    Internal = "internal", INTERNAL_SERVER_ERROR, "Something went wrong";
    /// A part the server needs does not answer.
    Unavailable = "unavailable", SERVICE_UNAVAILABLE, "Not available right now";
}

/// An error and what caused it, on one line.
struct Chain<'a>(&'a (dyn std::error::Error + 'static));

impl std::fmt::Display for Chain<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.0)?;
        let mut cause = self.0.source();
        while let Some(error) = cause {
            write!(f, ": {error}")?;
            cause = error.source();
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use axum::body::to_bytes;
    use insta::assert_snapshot;

    use super::*;

    #[tokio::test]
    async fn a_taken_slot_names_what_is_taken() {
        let problem = Problem::new(Code::SlotTaken, "Room 2 is booked for part of that time")
            .with_resource(Resource {
                kind: ResourceKind::Room,
                id: "r2".into(),
                name: "Room 2".into(),
            });

        assert_snapshot!(body(problem).await, @r#"{"type":"/problems/slot_taken","title":"Already booked for part of that time","status":409,"code":"slot_taken","detail":"Room 2 is booked for part of that time","resource":{"kind":"room","id":"r2","name":"Room 2"}}"#);
    }

    #[tokio::test]
    async fn an_invalid_field_is_named_by_its_path() {
        let problem = Problem::invalid(
            "endsAt",
            "ends_before_start",
            "a session must end after it starts",
        );

        assert_snapshot!(body(problem).await, @r#"{"type":"/problems/invalid","title":"The request is not valid","status":422,"code":"invalid","detail":"a session must end after it starts","errors":[{"path":"endsAt","code":"ends_before_start","detail":"a session must end after it starts"}]}"#);
    }

    #[tokio::test]
    async fn what_failed_inside_is_not_sent() {
        let cause = std::io::Error::other("password of the database is swordfish");

        let body = body(Problem::internal(&cause)).await;

        assert!(!body.contains("swordfish"));
    }

    async fn body(problem: Problem) -> String {
        let response = problem.into_response();
        assert_eq!(
            response.headers()[header::CONTENT_TYPE],
            "application/problem+json"
        );
        let bytes = to_bytes(response.into_body(), 4096).await.unwrap();
        String::from_utf8(bytes.to_vec()).unwrap()
    }
}
