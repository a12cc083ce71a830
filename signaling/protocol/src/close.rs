//! The codes a WebSocket of a live session is closed with.
//!
//! Where the connection still can, the server says [`ServerMessage::Closing`] first; the code is for
//! when that was lost or never could be sent. A code never changes its meaning.
//!
//! [`ServerMessage::Closing`]: crate::ServerMessage::Closing

use crate::LeaveReason;

/// Why the socket was closed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum CloseCode {
    /// The participant left.
    Left,
    /// The server stops; connect again, at once to another or soon to this one.
    ServerStopping,
    /// A frame that is not a request of this protocol.
    BadMessage,
    /// Turned away or removed; do not connect again unasked.
    Removed,
    /// No hello in time, or no answer to pings; connect again.
    TimedOut,
    /// The same participant connected from elsewhere; do not connect again unasked.
    Replaced,
    /// The session is over or was cancelled.
    SessionOver,
    /// A frame of more than 64 KiB.
    TooBig,
    /// The client did not read what it was sent; connect again.
    TooSlow,
    /// More frames than any person can cause.
    TooMany,
}

impl CloseCode {
    /// Every code, in the order of their numbers.
    pub const ALL: [Self; 10] = [
        Self::Left,
        Self::ServerStopping,
        Self::BadMessage,
        Self::Removed,
        Self::TimedOut,
        Self::Replaced,
        Self::SessionOver,
        Self::TooBig,
        Self::TooSlow,
        Self::TooMany,
    ];

    /// The number in the close frame. Our own follow the HTTP status of the same meaning.
    pub fn code(self) -> u16 {
        match self {
            Self::Left => 1000,
            Self::ServerStopping => 1012,
            Self::BadMessage => 4400,
            Self::Removed => 4403,
            Self::TimedOut => 4408,
            Self::Replaced => 4409,
            Self::SessionOver => 4410,
            Self::TooBig => 4413,
            Self::TooSlow => 4425,
            Self::TooMany => 4429,
        }
    }

    /// The name in documents and in TypeScript.
    pub fn name(self) -> &'static str {
        match self {
            Self::Left => "left",
            Self::ServerStopping => "server_stopping",
            Self::BadMessage => "bad_message",
            Self::Removed => "removed",
            Self::TimedOut => "timed_out",
            Self::Replaced => "replaced",
            Self::SessionOver => "session_over",
            Self::TooBig => "too_big",
            Self::TooSlow => "too_slow",
            Self::TooMany => "too_many",
        }
    }
}

impl From<LeaveReason> for CloseCode {
    fn from(reason: LeaveReason) -> Self {
        match reason {
            LeaveReason::Left => Self::Left,
            LeaveReason::Lost => Self::TimedOut,
            LeaveReason::Removed => Self::Removed,
            LeaveReason::Replaced => Self::Replaced,
            LeaveReason::SessionOver => Self::SessionOver,
            LeaveReason::ServerStopping => Self::ServerStopping,
            LeaveReason::ProtocolError => Self::BadMessage,
            LeaveReason::TooSlow => Self::TooSlow,
        }
    }
}
