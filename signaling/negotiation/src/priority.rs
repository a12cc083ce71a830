//! Whose picture a thin link is given to first, and what a client is told when it is paused.
//!
//! In a session the role decides, which the server wrote into the token and which nobody in a room
//! can change for oneself. Then what the client shows large or names first. Sound needs no rank: it
//! is always sent.

use bega_media::{PeerId, Priority, PublicationId, StreamState};
use livekit_protocol as proto;
use proto::signal_response::Message;

use crate::Grants;
use crate::layers::Wish;
use crate::room::MediaRoom;

/// How important a track is to a subscriber. `asked` is the client's own rank, 1 the highest.
pub(crate) fn priority(is_principal: bool, wish: Wish, asked: u32) -> Priority {
    let is_large = wish.lines().is_some_and(|lines| lines >= LARGE);
    if is_principal {
        Priority::Principal
    } else if asked == 1 || is_large {
        Priority::Prominent
    } else {
        Priority::Other
    }
}

/// Whether the session is about this participant, or it speaks for those it is about.
pub(crate) fn is_principal(grants: &Grants) -> bool {
    grants
        .attributes
        .get("role")
        .is_some_and(|role| PRINCIPALS.contains(&role.as_str()))
        && !grants.can_update_metadata
}

impl MediaRoom {
    /// A subscriber's link no longer carries a picture, or does again.
    pub(crate) fn handle_stream_state(
        &mut self,
        peer: PeerId,
        publication: PublicationId,
        state: StreamState,
    ) {
        let Some(subscriber) = self.by_peer(peer).map(|one| one.sid.clone()) else {
            return;
        };
        let track = self.participants.values().find_map(|one| {
            let track = one.published().find(|t| t.publication == publication)?;
            Some((one.sid.to_string(), track.info.sid.clone()))
        });
        let Some((participant_sid, track_sid)) = track else {
            return;
        };
        let state = match state {
            StreamState::Active => proto::StreamState::Active,
            StreamState::Paused => proto::StreamState::Paused,
        };
        self.send(
            &subscriber,
            Message::StreamStateUpdate(proto::StreamStateUpdate {
                stream_states: vec![proto::StreamStateInfo {
                    participant_sid,
                    track_sid,
                    state: state.into(),
                }],
            }),
        );
    }
}

/// The device in the room of the applicants, and the interpreter.
const PRINCIPALS: [&str; 2] = ["room_device", "interpreter"];
/// Lines: a tile that is looked at, not one of many.
const LARGE: u32 = 480;
