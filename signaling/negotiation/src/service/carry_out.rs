//! What each call does to its room.

use std::time::Duration;

use bega_media::Command;
use livekit_protocol as proto;
use proto::data_packet::{Kind, Value};
use proto::signal_response::Message;

use super::{Asked, CallError, RoomEntry, ServiceCall};
use crate::data::{LOSSY, RELIABLE, Receivers};
use crate::grants::Source;
use crate::metadata::LARGEST;
use crate::participant::Participant;
use crate::report::Happening;
use crate::room::MediaRoom;
use crate::subscription::Unsettled;
use crate::{EndReason, Grants, ParticipantSid};

/// How long a room that was made waits for the first to come, unless its maker says.
const EMPTY_TIMEOUT: Duration = Duration::from_mins(5);
/// How long it waits for somebody to come back after the last has gone, unless its maker says.
const DEPARTURE_TIMEOUT: Duration = Duration::from_secs(20);
/// Nobody keeps an empty room for longer, whatever they say.
const LONGEST_TIMEOUT: Duration = Duration::from_hours(24);
/// Fits one message of a data channel with what is around it.
const LARGEST_DATA: usize = 60 * 1024;

impl MediaRoom {
    /// Another server asks for something; returns what it is answered.
    pub fn handle_call(&mut self, call: &ServiceCall) -> Result<Vec<u8>, CallError> {
        let answer = self.carry_out(call);
        self.settle();
        answer
    }

    /// The room in the list of rooms.
    pub fn entry(&self) -> RoomEntry {
        RoomEntry(self.room_info())
    }

    fn carry_out(&mut self, call: &ServiceCall) -> Result<Vec<u8>, CallError> {
        match &call.asked {
            Asked::CreateRoom(asked) => Ok(call.write(&self.set_up(asked)?)),
            Asked::ListRooms(_) => Ok(call.list_of(vec![self.entry()])),
            Asked::DeleteRoom(_) => {
                self.close();
                Ok(call.write(&proto::DeleteRoomResponse {}))
            }
            Asked::ListParticipants(_) => Ok(call.write(&proto::ListParticipantsResponse {
                participants: self.participants.values().map(Participant::info).collect(),
            })),
            Asked::GetParticipant(asked) => {
                let sid = self.named(&asked.identity)?;
                Ok(call.write(&self.participants[&sid].info()))
            }
            Asked::RemoveParticipant(asked) => {
                let sid = self.named(&asked.identity)?;
                self.end(&sid, EndReason::Removed);
                Ok(call.write(&proto::RemoveParticipantResponse {}))
            }
            Asked::MutePublishedTrack(asked) => Ok(call.write(&self.mute_track(asked)?)),
            Asked::UpdateParticipant(asked) => Ok(call.write(&self.update(asked)?)),
            Asked::UpdateSubscriptions(asked) => {
                let sid = self.named(&asked.identity)?;
                self.handle_subscription(
                    &sid,
                    &proto::UpdateSubscription {
                        track_sids: asked.track_sids.clone(),
                        subscribe: asked.subscribe,
                        participant_tracks: asked.participant_tracks.clone(),
                    },
                );
                Ok(call.write(&proto::UpdateSubscriptionsResponse {}))
            }
            Asked::SendData(asked) => {
                self.send_data(asked)?;
                Ok(call.write(&proto::SendDataResponse {}))
            }
            Asked::UpdateRoomMetadata(asked) => {
                within(&asked.metadata, "metadata")?;
                self.set_metadata(asked.metadata.clone());
                Ok(call.write(&self.room_info()))
            }
        }
    }

    fn set_up(&mut self, asked: &proto::CreateRoomRequest) -> Result<proto::Room, CallError> {
        within(&asked.metadata, "metadata")?;
        self.lifetime.unused = timeout(asked.empty_timeout, EMPTY_TIMEOUT);
        self.lifetime.left = timeout(asked.departure_timeout, DEPARTURE_TIMEOUT);
        if asked.max_participants > 0 {
            self.most_participants = asked.max_participants;
        }
        if !asked.metadata.is_empty() && asked.metadata != self.config.metadata {
            self.set_metadata(asked.metadata.clone());
        }
        Ok(self.room_info())
    }

    fn mute_track(
        &mut self,
        asked: &proto::MuteRoomTrackRequest,
    ) -> Result<proto::MuteRoomTrackResponse, CallError> {
        let sid = self.named(&asked.identity)?;
        let track = self.participants[&sid]
            .tracks
            .iter()
            .find(|track| track.info.sid == asked.track_sid)
            .ok_or(CallError::NoSuchTrack)?;
        if track.info.muted && !asked.muted {
            return Err(CallError::NoRemoteUnmute);
        }
        let info = proto::TrackInfo {
            muted: asked.muted,
            ..track.info.clone()
        };
        for muted in self.set_muted(&sid, asked.muted, |track| track.info.sid == asked.track_sid) {
            self.send(
                &sid,
                Message::Mute(proto::MuteTrackRequest {
                    sid: muted,
                    muted: true,
                }),
            );
        }
        Ok(proto::MuteRoomTrackResponse { track: Some(info) })
    }

    /// An empty field means: leave it. Permissions that are there replace all of them.
    fn update(
        &mut self,
        asked: &proto::UpdateParticipantRequest,
    ) -> Result<proto::ParticipantInfo, CallError> {
        let sid = self.named(&asked.identity)?;
        let wanted = proto::UpdateParticipantMetadata {
            metadata: asked.metadata.clone(),
            name: asked.name.clone(),
            attributes: asked.attributes.clone(),
            ..proto::UpdateParticipantMetadata::default()
        };
        if let Some(participant) = self.participants.get_mut(&sid)
            && !participant.grants.update(&wanted)
        {
            return Err(CallError::Invalid("metadata, name or attributes"));
        }
        if let Some(permission) = &asked.permission {
            self.set_permission(&sid, permission);
        }
        self.announce(&sid);
        Ok(self.participants[&sid].info())
    }

    /// What is published against the new permission ends.
    fn set_permission(&mut self, of: &ParticipantSid, wanted: &proto::ParticipantPermission) {
        let Some(participant) = self.participants.get_mut(of) else {
            return;
        };
        participant.grants.permit(wanted);
        let grants = &participant.grants;
        let ended: Vec<_> = participant
            .tracks
            .extract_if(.., |track| !grants.allows(track.info.source()))
            .collect();
        let info = participant.info();
        for track in &ended {
            let track_sid = track.info.sid.clone();
            self.send(
                of,
                Message::TrackUnpublished(proto::TrackUnpublishedResponse { track_sid }),
            );
            if track.receive.is_some() {
                self.command(Command::Unpublish {
                    publication: track.publication,
                });
                self.report(&Happening::TrackUnpublished(&info, &track.info));
            }
        }
        self.forget_wishes(&ended);
        self.unsettled = Unsettled::Everybody;
    }

    #[expect(
        deprecated,
        reason = "older clients read receivers and sender inside the user packet"
    )]
    fn send_data(&mut self, asked: &proto::SendDataRequest) -> Result<(), CallError> {
        if asked.data.len() > LARGEST_DATA {
            return Err(CallError::Invalid("data"));
        }
        let packet = proto::DataPacket {
            kind: asked.kind,
            destination_identities: asked.destination_identities.clone(),
            value: Some(Value::User(proto::UserPacket {
                payload: asked.data.clone(),
                destination_sids: asked.destination_sids.clone(),
                destination_identities: asked.destination_identities.clone(),
                topic: asked.topic.clone(),
                nonce: asked.nonce.clone(),
                ..proto::UserPacket::default()
            })),
            ..proto::DataPacket::default()
        };
        let label = match asked.kind() {
            Kind::Reliable => RELIABLE,
            Kind::Lossy => LOSSY,
        };
        let receivers = Receivers {
            identities: asked.destination_identities.clone(),
            sids: asked.destination_sids.clone(),
        };
        self.deliver(None, label, &packet, &receivers);
        Ok(())
    }

    fn named(&self, identity: &str) -> Result<ParticipantSid, CallError> {
        self.sid_of(identity).ok_or(CallError::NoSuchParticipant)
    }
}

impl Grants {
    /// Being hidden is not among it: who listens is seen, whatever a server asks for.
    fn permit(&mut self, wanted: &proto::ParticipantPermission) {
        let named: Vec<proto::TrackSource> = wanted.can_publish_sources().collect();
        let sources: Vec<Source> = named.iter().filter_map(|&s| Source::named(s)).collect();
        // An empty list means all sources; a list of unknown ones means none.
        self.can_publish = wanted.can_publish && sources.is_empty() == named.is_empty();
        self.can_publish_sources = sources;
        self.can_subscribe = wanted.can_subscribe;
        self.can_publish_data = wanted.can_publish_data;
        self.can_update_metadata = wanted.can_update_metadata;
    }
}

fn within(text: &str, what: &'static str) -> Result<(), CallError> {
    if text.len() <= LARGEST {
        Ok(())
    } else {
        Err(CallError::Invalid(what))
    }
}

/// 0 stands for the usual.
fn timeout(seconds: u32, usual: Duration) -> Duration {
    if seconds == 0 {
        usual
    } else {
        Duration::from_secs(seconds.into()).min(LONGEST_TIMEOUT)
    }
}
