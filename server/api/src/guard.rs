//! The door of every operation: origin, sign-in, permission, and a limit of time.
//!
//! An operation gets here only through the table of routes, where each has its access beside it.
//! What is not in the table is not there: deny by default.

use std::time::Duration;

use axum::{
    extract::{Request, State},
    http::Method,
    middleware::Next,
    response::{IntoResponse as _, Response},
};
use bega_scheduling::{Operation, Reach, permission::farthest};

use crate::{
    Api, Code, Problem,
    caller::{self, Caller},
    cookies::{self, Carrier},
    origin,
};

/// Who may come in.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Access {
    /// Anybody: it proves itself by what it brings, or needs no proof.
    Open,
    /// Whoever the table of permissions lets; how far, the operation decides.
    May(Operation),
}

/// The middleware of one operation.
#[derive(Clone)]
pub(crate) struct Guard {
    pub(crate) api: Api,
    pub(crate) access: Access,
}

impl Guard {
    pub(crate) async fn check(State(this): State<Self>, request: Request, next: Next) -> Response {
        let answer = tokio::time::timeout(LONGEST, this.pass(request, next)).await;
        match answer {
            Ok(Ok(response)) => response,
            Ok(Err(problem)) => problem.into_response(),
            Err(late) => Problem::unavailable(&late).into_response(),
        }
    }

    async fn pass(&self, mut request: Request, next: Next) -> Result<Response, Problem> {
        let presented = cookies::presented(request.headers());
        let on_purpose = matches!(presented, Some((_, Carrier::Bearer)));
        if is_unsafe(request.method())
            && !on_purpose
            && !origin::is_ours(request.headers(), self.api.public_url())
        {
            return Err(Problem::new(
                Code::BadOrigin,
                "this request was sent by a page of another site",
            ));
        }
        if let Access::May(operation) = self.access {
            let Some((secret, _)) = presented else {
                return Err(Problem::new(Code::Unauthenticated, "sign in first"));
            };
            let caller = caller::authenticate(&self.api, &secret).await?;
            if farthest(&caller.kinds(), operation) == Reach::None {
                return Err(not_allowed());
            }
            request.extensions_mut().insert::<Caller>(caller);
        }
        Ok(next.run(request).await)
    }
}

/// The caller's role does not reach this.
pub(crate) fn not_allowed() -> Problem {
    Problem::new(Code::NotAllowed, "your role does not allow this")
}

fn is_unsafe(method: &Method) -> bool {
    !matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS)
}

/// Nothing here takes this long unless something it needs hangs.
const LONGEST: Duration = Duration::from_secs(10);
