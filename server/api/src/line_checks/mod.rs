//! What trials of the line have shown, kept with the session they were made for.

pub(crate) mod keep;
pub(crate) mod list;

use bega_scheduling::{LineResult, LineVerdict, ParticipantId};
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

/// A participant's newest trial of the line.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct LineCheck {
    /// Whose line.
    participant_id: ParticipantId,
    /// When it was tried.
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    /// What it means.
    verdict: LineVerdict,
    /// What came out.
    result: LineResult,
}

impl LineCheck {
    fn new(check: bega_scheduling::LineCheck) -> Self {
        Self {
            participant_id: check.participant,
            at: check.at,
            verdict: check.result.verdict(),
            result: check.result,
        }
    }
}
