//! Coming back on a new socket: the transports live on, only their paths are found anew.

use std::time::Instant;

use livekit_protocol as proto;
use prost::Message as _;
use proto::DisconnectReason;
use proto::leave_request::Action;
use proto::signal_response::Message;

use crate::ParticipantSid;
use crate::end::{EndReason, leave};
use crate::join::server_info;
use crate::participant::{Participant, Presence, Socket};
use crate::room::MediaRoom;

/// Why a client must join anew.
#[derive(Debug, thiserror::Error, Eq, PartialEq)]
#[non_exhaustive]
pub enum ResumeError {
    /// Nobody with this sid and identity is here: it never was, was too late, or the server restarted.
    #[error("no such participant")]
    Unknown,
    /// Its transport is gone; a new path would lead nowhere.
    #[error("the participant's transport is gone")]
    TransportGone,
}

impl ResumeError {
    /// What the client is told before its socket closes: join anew.
    pub fn frame(&self) -> Vec<u8> {
        let leave = leave(DisconnectReason::StateMismatch, Action::Reconnect);
        proto::SignalResponse {
            message: Some(Message::Leave(leave)),
        }
        .encode_to_vec()
    }
}

impl MediaRoom {
    /// The client of `sid` is back. What is sent to `sid` from now on belongs on its new socket.
    pub fn handle_resume(
        &mut self,
        now: Instant,
        sid: &ParticipantSid,
        identity: &str,
    ) -> Result<(), ResumeError> {
        let participant = self
            .participants
            .get_mut(sid)
            .filter(|one| one.grants.identity == identity)
            .ok_or(ResumeError::Unknown)?;
        if participant.presence == Presence::Broken {
            self.end(sid, EndReason::TransportLost);
            self.settle();
            return Err(ResumeError::TransportGone);
        }

        participant.socket = Socket::Open;
        let restart = participant.subscriber.restart(&mut self.ids);
        let last_message_seq = participant.last_message;
        self.command(restart);

        let ice_servers = self.ice_servers(now, sid);
        // Clients drop whatever comes before the ReconnectResponse.
        self.send(
            sid,
            Message::Reconnect(proto::ReconnectResponse {
                server_info: Some(server_info()),
                last_message_seq,
                ice_servers,
                ..proto::ReconnectResponse::default()
            }),
        );
        let participants = self
            .participants
            .values()
            .filter(|one| !one.grants.hidden || one.sid == *sid)
            .map(Participant::info)
            .collect();
        self.send(
            sid,
            Message::Update(proto::ParticipantUpdate { participants }),
        );
        self.send(
            sid,
            Message::RoomUpdate(proto::RoomUpdate {
                room: Some(self.room_info()),
            }),
        );
        self.repeat_signals(sid);
        self.unsettled.add(sid);
        self.settle();
        Ok(())
    }

    /// What the client may have missed while its socket was lost.
    fn repeat_signals(&mut self, sid: &ParticipantSid) {
        if let Some(participant) = self.participants.get_mut(sid) {
            participant.heard.clear();
            participant.withheld.clear();
        }
        self.repeat_demand(sid);
        self.tell_speakers_to(sid);
    }

    /// What the client had asked for, in case the request was lost with the socket.
    pub(crate) fn handle_sync_state(&mut self, from: &ParticipantSid, state: proto::SyncState) {
        if let Some(subscription) = state.subscription {
            self.handle_subscription(from, &subscription);
        }
        self.handle_disabled(from, &state.track_sids_disabled);
        self.replay(from, &state.datachannel_receive_states);
    }
}
