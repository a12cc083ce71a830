//! Which problem each refusal of the rules and of the store becomes.

use bega_scheduling::{Resource as Taken, Violation, WrongState};
use bega_store::{
    BookError, ChangeSessionError, ClaimError, ConfirmError, CreatePairingError, ExchangeError,
    IssueError, MoveError, StoreError,
};

use crate::{Code, Problem, Resource, problem::FieldError, version::stale};

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Unavailable(_) | StoreError::DiskFull(_) | StoreError::Contended(_) => {
                Self::unavailable(&error)
            }
            _ => Self::internal(&error),
        }
    }
}

impl From<Vec<Violation>> for Problem {
    fn from(violations: Vec<Violation>) -> Self {
        Self::invalid_fields(
            violations
                .iter()
                .map(|violation| FieldError {
                    path: violation.path(),
                    code: violation.code().to_owned(),
                    detail: violation.to_string(),
                })
                .collect(),
        )
    }
}

impl From<Taken> for Problem {
    fn from(taken: Taken) -> Self {
        Self::new(
            Code::SlotTaken,
            format!("{} is booked for part of that time", taken.name),
        )
        .with_resource(Resource {
            kind: taken.kind,
            id: taken.id.to_string(),
            name: taken.name,
        })
    }
}

impl From<WrongState> for Problem {
    fn from(error: WrongState) -> Self {
        Self::new(Code::WrongState, error.to_string())
    }
}

impl From<BookError> for Problem {
    fn from(error: BookError) -> Self {
        match error {
            BookError::Invalid(violations) => violations.into(),
            BookError::UnknownRoom => unknown_room(),
            BookError::SlotTaken(taken) => taken.into(),
            BookError::IdempotencyMismatch => idempotency_mismatch(),
            BookError::Store(error) => error.into(),
            error => Self::internal(&error),
        }
    }
}

impl From<ChangeSessionError> for Problem {
    fn from(error: ChangeSessionError) -> Self {
        match error {
            ChangeSessionError::NotFound => Self::not_found(),
            ChangeSessionError::Stale { .. } => stale(),
            ChangeSessionError::WrongState(state) => state.into(),
            ChangeSessionError::Invalid(violations) => violations.into(),
            ChangeSessionError::UnknownRoom => unknown_room(),
            ChangeSessionError::SlotTaken(taken) => taken.into(),
            ChangeSessionError::Store(error) => error.into(),
            error => Self::internal(&error),
        }
    }
}

impl From<MoveError> for Problem {
    fn from(error: MoveError) -> Self {
        match error {
            MoveError::NotFound => Self::not_found(),
            MoveError::WrongState(state) => state.into(),
            MoveError::Reason(error) => Self::invalid("reason", error.code(), &error.to_string()),
            MoveError::Store(error) => error.into(),
            error => Self::internal(&error),
        }
    }
}

impl From<IssueError> for Problem {
    fn from(error: IssueError) -> Self {
        match error {
            IssueError::NotFound => Self::not_found(),
            IssueError::WrongState(state) => state.into(),
            IssueError::IdempotencyMismatch => idempotency_mismatch(),
            IssueError::Store(error) => error.into(),
            error => Self::internal(&error),
        }
    }
}

impl From<ExchangeError> for Problem {
    fn from(error: ExchangeError) -> Self {
        match error {
            ExchangeError::Invalid => Self::new(
                Code::InvitationInvalid,
                "this link is not valid, or a newer one was sent",
            ),
            ExchangeError::Expired => Self::new(
                Code::InvitationExpired,
                "the session of this link is over or was cancelled",
            ),
            ExchangeError::Store(error) => error.into(),
            error => Self::internal(&error),
        }
    }
}

impl From<CreatePairingError> for Problem {
    fn from(error: CreatePairingError) -> Self {
        match error {
            CreatePairingError::CodeTaken => {
                Self::new(Code::Unavailable, "every code is in use").retry_after(60)
            }
            CreatePairingError::Store(error) => error.into(),
            error => Self::internal(&error),
        }
    }
}

impl From<ClaimError> for Problem {
    fn from(error: ClaimError) -> Self {
        match error {
            ClaimError::Expired => Self::new(
                Code::PairingExpired,
                "this pairing is over; start a new one",
            ),
            ClaimError::Store(error) => error.into(),
            error => Self::internal(&error),
        }
    }
}

impl From<ConfirmError> for Problem {
    fn from(error: ConfirmError) -> Self {
        match error {
            ConfirmError::UnknownCode => unknown_code(),
            ConfirmError::UnknownRoom => unknown_room(),
            ConfirmError::RoomHasDevice => Self::new(
                Code::WrongState,
                "this room has a device; remove that one first",
            ),
            ConfirmError::IdempotencyMismatch => idempotency_mismatch(),
            ConfirmError::Store(error) => error.into(),
            error => Self::internal(&error),
        }
    }
}

/// No device shows this code now.
pub(crate) fn unknown_code() -> Problem {
    Problem::new(Code::UnknownCode, "no device shows this code now")
}

fn unknown_room() -> Problem {
    Problem::invalid("roomId", "unknown_room", "there is no such room")
}

fn idempotency_mismatch() -> Problem {
    Problem::new(
        Code::IdempotencyMismatch,
        "this Idempotency-Key was used for another request",
    )
}
