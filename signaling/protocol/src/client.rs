//! From a client to the server.

use serde::{Deserialize, Serialize};
use ts_rs::TS;
use uuid::Uuid;

use crate::ParticipantId;

/// A numbered request. The server answers each with `done` or `failed` under the same number.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize, TS)]
#[ts(type = "{ id: number } & ClientMessage")]
pub struct Request {
    /// Counts up from 1 on each connection.
    pub id: u32,
    /// What is asked for.
    #[serde(flatten)]
    pub message: ClientMessage,
}

/// What a client may ask for.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize, TS)]
#[serde(
    tag = "type",
    rename_all = "snake_case",
    rename_all_fields = "camelCase"
)]
pub enum ClientMessage {
    /// Always the first message on a connection.
    Hello {
        /// The version of this protocol the client speaks; 1.
        protocol: u32,
        /// What the client already holds, after a lost socket.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        resume: Option<Resume>,
    },
    /// Let a waiting participant in. Needs the right to admit.
    Admit {
        /// Who waits.
        participant: ParticipantId,
    },
    /// Turn a waiting participant away. Needs the right to admit.
    Refuse {
        /// Who waits.
        participant: ParticipantId,
    },
    /// Take an admitted participant out of the session. Needs the right to admit.
    Remove {
        /// Who is taken out.
        participant: ParticipantId,
    },
    /// Ask for the floor.
    RaiseHand,
    /// Take the hand down; another's needs the right to admit.
    LowerHand {
        /// Whose hand; absent for one's own.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        participant: Option<ParticipantId>,
    },
    /// Write a line to everybody admitted.
    Say {
        /// Made by the client; the same key twice is one line.
        key: Uuid,
        /// At most 2,000 characters.
        text: String,
    },
    /// Shows that the client is alive; answered by `done`.
    Ping,
    /// Leave the session for now.
    Leave,
}

/// What a client holds already.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Resume {
    /// `epoch` of the welcome it had.
    pub epoch: Uuid,
    /// The number of the last event it saw.
    #[ts(type = "number")]
    pub number: u64,
}
