//! A participant's own name, metadata and attributes; the room's metadata.

use livekit_protocol as proto;
use proto::request_response::{Reason, Request};
use proto::signal_response::Message;

use crate::ParticipantSid;
use crate::room::MediaRoom;

/// Everything a participant says of itself goes to everybody, again and again.
const LARGEST: usize = 16 * 1024;

impl MediaRoom {
    /// Sets the metadata of the room.
    pub fn set_metadata(&mut self, metadata: String) {
        self.config.metadata = metadata;
        self.broadcast(&Message::RoomUpdate(proto::RoomUpdate {
            room: Some(self.room_info()),
        }));
    }

    /// An empty field means: leave it. An attribute with an empty value is removed.
    pub(crate) fn handle_metadata(
        &mut self,
        from: &ParticipantSid,
        wanted: proto::UpdateParticipantMetadata,
    ) {
        let reason = self.update_metadata(from, &wanted);
        if reason == Reason::Ok {
            self.announce(from);
        }
        if reason != Reason::Ok || wanted.request_id != 0 {
            self.respond(
                from,
                wanted.request_id,
                reason,
                Request::UpdateMetadata(wanted),
            );
        }
    }

    fn update_metadata(
        &mut self,
        from: &ParticipantSid,
        wanted: &proto::UpdateParticipantMetadata,
    ) -> Reason {
        let Some(participant) = self.participants.get_mut(from) else {
            return Reason::NotFound;
        };
        let grants = &mut participant.grants;
        if !grants.can_update_metadata {
            return Reason::NotAllowed;
        }

        let mut attributes = grants.attributes.clone();
        for (key, value) in &wanted.attributes {
            if value.is_empty() {
                attributes.remove(key);
            } else {
                attributes.insert(key.clone(), value.clone());
            }
        }
        let size = wanted.metadata.len()
            + wanted.name.len()
            + attributes
                .iter()
                .map(|(key, value)| key.len() + value.len())
                .sum::<usize>();
        if size > LARGEST {
            return Reason::LimitExceeded;
        }

        grants.attributes = attributes;
        if !wanted.metadata.is_empty() {
            grants.metadata.clone_from(&wanted.metadata);
        }
        if !wanted.name.is_empty() {
            grants.name.clone_from(&wanted.name);
        }
        Reason::Ok
    }
}
