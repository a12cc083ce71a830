//! A participant's own name, metadata and attributes, what it says of its tracks; the room's metadata.

use livekit_protocol as proto;
use proto::request_response::{Reason, Request};
use proto::signal_response::Message;

use crate::publisher::MOST_PARTS;
use crate::room::MediaRoom;
use crate::track::Track;
use crate::{Grants, ParticipantSid};

/// Everything a participant says of itself goes to everybody, again and again.
pub(crate) const LARGEST: usize = 16 * 1024;

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

    /// What a microphone's sound went through on the client.
    pub(crate) fn handle_audio_track(
        &mut self,
        from: &ParticipantSid,
        update: proto::UpdateLocalAudioTrack,
    ) {
        let mut features = update.features;
        features.truncate(MOST_PARTS);
        self.change_track(from, &update.track_sid, |track| {
            let is_changed = track.info.audio_features != features;
            track.info.audio_features = features;
            is_changed
        });
    }

    /// The size of a picture changed, such as when a device was turned.
    pub(crate) fn handle_video_track(
        &mut self,
        from: &ParticipantSid,
        update: &proto::UpdateLocalVideoTrack,
    ) {
        self.change_track(from, &update.track_sid, |track| {
            let size = (update.width, update.height);
            let is_changed = (track.info.width, track.info.height) != size;
            (track.info.width, track.info.height) = size;
            is_changed
        });
    }

    fn change_track(
        &mut self,
        of: &ParticipantSid,
        sid: &str,
        change: impl FnOnce(&mut Track) -> bool,
    ) {
        let is_changed = self
            .participants
            .get_mut(of)
            .and_then(|one| one.tracks.iter_mut().find(|track| track.info.sid == sid))
            .is_some_and(change);
        if is_changed {
            self.announce(of);
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
            Reason::NotAllowed
        } else if grants.update(wanted) {
            Reason::Ok
        } else {
            Reason::LimitExceeded
        }
    }
}

impl Grants {
    /// Takes over what is said; false when that were too much.
    pub(crate) fn update(&mut self, wanted: &proto::UpdateParticipantMetadata) -> bool {
        let mut attributes = self.attributes.clone();
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
            return false;
        }

        self.attributes = attributes;
        if !wanted.metadata.is_empty() {
            self.metadata.clone_from(&wanted.metadata);
        }
        if !wanted.name.is_empty() {
            self.name.clone_from(&wanted.name);
        }
        true
    }
}
