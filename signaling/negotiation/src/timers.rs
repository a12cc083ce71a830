//! What happens without anybody saying anything: what is told after a while, expiry of lost sockets
//! and tokens.

use std::time::{Duration, Instant};

use livekit_protocol::signal_response::Message;

use crate::ParticipantSid;
use crate::end::EndReason;
use crate::participant::{Presence, Socket};
use crate::room::{Effect, MediaRoom};

/// How long a presence waits for its client to come back on a new socket.
const RESUME_WINDOW: Duration = Duration::from_secs(30);
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
            .chain([
                self.quality_due,
                self.next_demand(),
                self.lifetime.poll_timeout(),
            ])
            // In the past: at once.
            .chain([self.has_new_demand.then_some(self.config.created)])
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

        self.handle_quality_timeout(now);
        self.settle();
        self.handle_demand_timeout(now);
        if std::mem::take(&mut self.has_new_demand) {
            self.settle_demand(now);
        }
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
}

/// A quarter of its life before a token ends, at least [`TOKEN_MARGIN`], but not twice at once.
pub(crate) fn token_due(now: Instant, expires: Option<Instant>) -> Option<Instant> {
    let life = expires?.checked_duration_since(now)?;
    let early = (life / 4).max(TOKEN_MARGIN).min(life / 2);
    Some(now + life.saturating_sub(early))
}
