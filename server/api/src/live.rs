//! The live sessions, as the API needs them. Implemented where the hub is.

use async_trait::async_trait;
use bega_scheduling::{ParticipantId, Session, SessionId};

/// The live sessions of this process.
#[async_trait]
pub trait LiveSessions: Send + Sync {
    /// A session was started.
    async fn started(&self, session: &Session);

    /// A session ended: everybody is told, then its media closes.
    async fn ended(&self, session: &Session);

    /// Time, room or details of a session changed.
    async fn changed(&self, session: &Session);

    /// A session was called off.
    async fn cancelled(&self, session: &Session);

    /// Whether the live room has let a participant in.
    async fn admission(&self, session: SessionId, participant: ParticipantId) -> Admission;
}

/// Whether a participant may take part in the media of a session.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Admission {
    /// Let in.
    Admitted,
    /// Not let in: absent, waiting, or refused.
    NotAdmitted,
}
