//! What a trial of the line has shown, and whether an interview can be held over it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::ParticipantId;

/// A participant's newest trial.
#[derive(Clone, Debug, PartialEq)]
pub struct LineCheck {
    /// Whose line.
    pub participant: ParticipantId,
    /// When it was tried.
    pub at: Timestamp,
    /// What came out.
    pub result: LineResult,
}

/// What a trial has shown.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct LineResult {
    /// Which way the media went.
    pub path: LinePath,
    /// To the server and back.
    pub round_trip_ms: u32,
    /// From the browser to the server.
    pub up: Way,
    /// From the server to the browser.
    pub down: Way,
}

/// One direction of a line.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Way {
    /// Of a thousand packets, how many were lost.
    pub lost_per_mille: u32,
    /// How unevenly they arrived.
    pub jitter_ms: u32,
}

/// Which way media takes.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum LinePath {
    /// Directly over UDP: the best.
    Udp,
    /// Directly over TCP: late when packets are lost.
    Tcp,
    /// Through a relay.
    Relay,
    /// None was found.
    Blocked,
}

/// What it means.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum LineVerdict {
    /// An interview can be held.
    Good,
    /// It can be held, but voices may break or come late.
    Weak,
    /// No sound came back.
    Blocked,
}

impl LineResult {
    /// Whether the numbers can be those of a line.
    pub fn is_plausible(&self) -> bool {
        self.round_trip_ms <= LONGEST_MS
            && [self.up, self.down]
                .iter()
                .all(|way| way.lost_per_mille <= 1000 && way.jitter_ms <= LONGEST_MS)
    }

    /// What it means.
    pub fn verdict(&self) -> LineVerdict {
        let most_lost = self.up.lost_per_mille.max(self.down.lost_per_mille);
        if self.path == LinePath::Blocked {
            LineVerdict::Blocked
        } else if most_lost > MOST_LOST || self.round_trip_ms > LATE_MS {
            LineVerdict::Weak
        } else {
            LineVerdict::Good
        }
    }
}

/// Speech is hard to follow beyond 5 % of loss, even with redundancy.
const MOST_LOST: u32 = 50;
/// Beyond it people talk over each other (ITU-T G.114, both ways).
const LATE_MS: u32 = 400;
/// A trial does not last longer.
const LONGEST_MS: u32 = 60_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_as_good_as_its_worse_direction() {
        let verdict = |path, round_trip_ms, up, down| {
            let way = |lost_per_mille| Way {
                lost_per_mille,
                jitter_ms: 5,
            };
            LineResult {
                path,
                round_trip_ms,
                up: way(up),
                down: way(down),
            }
            .verdict()
        };

        assert_eq!(verdict(LinePath::Udp, 40, 0, 50), LineVerdict::Good);
        assert_eq!(verdict(LinePath::Udp, 40, 51, 0), LineVerdict::Weak);
        assert_eq!(verdict(LinePath::Relay, 40, 0, 51), LineVerdict::Weak);
        assert_eq!(verdict(LinePath::Tcp, 401, 0, 0), LineVerdict::Weak);
        assert_eq!(verdict(LinePath::Blocked, 0, 0, 0), LineVerdict::Blocked);
    }

    #[test]
    fn numbers_that_no_line_has_are_refused() {
        let way = |lost_per_mille| Way {
            lost_per_mille,
            jitter_ms: 0,
        };
        let result = |lost| LineResult {
            path: LinePath::Udp,
            round_trip_ms: 1,
            up: way(lost),
            down: way(0),
        };

        assert!(result(1000).is_plausible());
        assert!(!result(1001).is_plausible());
    }
}
