//! Who calls, and what they may do.

use std::ops::Deref;

use axum::{extract::FromRequestParts, http::request::Parts};
use bega_scheduling::{Operation, OrganisationId, Participant, Reach, Session, Tie, permission};

use crate::{Api, Code, Problem, Secret};

/// Whoever proved to be somebody. Operations take it as an argument; the guard put it there.
#[derive(Clone, Debug)]
pub(crate) struct Caller(bega_store::Caller);

impl Caller {
    /// The wall around everything the caller may find.
    pub(crate) fn organisation(&self) -> OrganisationId {
        self.0.organisation.id
    }

    /// Whether the caller may do this to a thing tied so.
    pub(crate) fn may(&self, operation: Operation, tie: Tie) -> bool {
        permission::may(&self.0.kinds(), operation, tie)
    }

    /// How far the caller reaches in an operation.
    pub(crate) fn reach(&self, operation: Operation) -> Reach {
        permission::farthest(&self.0.kinds(), operation)
    }

    /// The caller's place in a session.
    pub(crate) fn place_in<'a>(&self, session: &'a Session) -> Option<&'a Participant> {
        self.0.participant_in(session)
    }
}

impl Deref for Caller {
    type Target = bega_store::Caller;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        parts
            .extensions
            .get::<Self>()
            .cloned()
            // An operation that asks for a caller but is open to all: refused, not let through.
            .ok_or_else(|| Problem::new(Code::Unauthenticated, "sign in first"))
    }
}

/// Finds who holds a secret.
pub(crate) async fn authenticate(api: &Api, secret: &Secret) -> Result<Caller, Problem> {
    let now = api.now();
    let caller = api
        .store()
        .caller(secret.hash(), now)
        .await?
        .ok_or_else(|| Problem::new(Code::InvalidToken, "sign in again"))?;
    Ok(Caller(caller))
}
