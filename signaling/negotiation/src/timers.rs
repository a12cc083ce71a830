//! What happens without anybody saying anything: quality reports, expiry of lost sockets and tokens.

use std::time::{Duration, Instant};

use livekit_protocol as proto;
use proto::ConnectionQuality;
use proto::signal_response::Message;

use crate::ParticipantSid;
use crate::end::EndReason;
use crate::participant::{Presence, Socket};
use crate::room::{Effect, MediaRoom};

/// How long a presence waits for its client to come back on a new socket.
const RESUME_WINDOW: Duration = Duration::from_secs(30);
/// How often clients expect to hear of the quality of connections.
const QUALITY_INTERVAL: Duration = Duration::from_secs(5);
/// A new token is asked for at least this long before the old one ends.
const TOKEN_MARGIN: Duration = Duration::from_mins(1);

impl MediaRoom {
    /// The socket of a participant closed without a goodbye.
    pub fn handle_socket_lost(&mut self, now: Instant, sid: &ParticipantSid) {
        let Some(participant) = self.participants.get_mut(sid) else {
            return;
        };
        if participant.presence == Presence::Broken {
            self.end(sid, EndReason::TransportLost);
            self.settle();
        } else {
            participant.socket = Socket::Lost(now + RESUME_WINDOW);
        }
    }

    /// The next instant at which [`handle_timeout`](Self::handle_timeout) has something to do.
    pub fn poll_timeout(&self) -> Option<Instant> {
        self.participants
            .values()
            .flat_map(|one| {
                let lost = match one.socket {
                    Socket::Open => None,
                    Socket::Lost(until) => Some(until),
                };
                [lost, one.token_due]
            })
            .chain([self.quality_due])
            .flatten()
            .min()
    }

    /// Does what is due.
    pub fn handle_timeout(&mut self, now: Instant) {
        let expired: Vec<ParticipantSid> = self
            .participants
            .values()
            .filter(|one| matches!(one.socket, Socket::Lost(until) if until <= now))
            .map(|one| one.sid.clone())
            .collect();
        for sid in expired {
            self.end(&sid, EndReason::ResumeExpired);
        }

        for one in self.participants.values_mut() {
            if one.token_due.is_some_and(|due| due <= now) {
                one.token_due = None;
                self.effects.push_back(Effect::WantToken {
                    of: one.sid.clone(),
                    identity: one.grants.identity.clone(),
                });
            }
        }

        if self.quality_due.is_some_and(|due| due <= now) {
            self.report_quality();
            self.quality_due = self.any_active().then(|| now + QUALITY_INTERVAL);
        }
        self.settle();
    }

    /// The token asked for by [`Effect::WantToken`].
    pub fn refresh_token(
        &mut self,
        now: Instant,
        of: &ParticipantSid,
        token: String,
        expires: Instant,
    ) {
        if let Some(participant) = self.participants.get_mut(of) {
            participant.token_due = token_due(now, Some(expires));
            self.send(of, Message::RefreshToken(token));
        }
    }

    pub(crate) fn start_quality_reports(&mut self, now: Instant) {
        self.report_quality();
        self.quality_due.get_or_insert(now + QUALITY_INTERVAL);
    }

    /// Everybody who is connected is well: measured quality comes with bandwidth estimation. Never
    /// `Lost`, on which clients tear their session down; a lost transport is reported by its end.
    fn report_quality(&mut self) {
        let updates = self
            .participants
            .values()
            .filter(|one| one.presence == Presence::Active && !one.grants.hidden)
            .map(|one| proto::ConnectionQualityInfo {
                participant_sid: one.sid.to_string(),
                quality: ConnectionQuality::Excellent.into(),
                score: 5.0,
            })
            .collect();
        self.broadcast(&Message::ConnectionQuality(
            proto::ConnectionQualityUpdate { updates },
        ));
    }

    fn any_active(&self) -> bool {
        self.participants
            .values()
            .any(|one| one.presence == Presence::Active)
    }
}

/// A quarter of its life before a token ends, at least [`TOKEN_MARGIN`], but not twice at once.
pub(crate) fn token_due(now: Instant, expires: Option<Instant>) -> Option<Instant> {
    let life = expires?.checked_duration_since(now)?;
    let early = (life / 4).max(TOKEN_MARGIN).min(life / 2);
    Some(now + life.saturating_sub(early))
}
