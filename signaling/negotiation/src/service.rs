//! What other servers ask of rooms: the calls of `livekit.RoomService`, in protobuf or JSON.
//!
//! A [`ServiceCall`] is read once and then says what its caller must be allowed to do, before any
//! room hears of it; [`MediaRoom::handle_call`] carries it out. The gateway moves the bytes and
//! finds the room.

mod carry_out;

use livekit_protocol as proto;
use prost::Message;
use serde::Serialize;
use serde::de::DeserializeOwned;

#[cfg(doc)]
use crate::MediaRoom;

/// Longer names are nobody's.
const LONGEST_NAME: usize = 256;

/// How the messages of a call are written.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Encoding {
    /// `application/protobuf`.
    Protobuf,
    /// `application/json`.
    Json,
}

/// What one server asks of another.
#[derive(Clone, Debug)]
pub struct ServiceCall {
    encoding: Encoding,
    asked: Asked,
}

#[derive(Clone, Debug)]
enum Asked {
    CreateRoom(Box<proto::CreateRoomRequest>),
    ListRooms(proto::ListRoomsRequest),
    DeleteRoom(proto::DeleteRoomRequest),
    ListParticipants(proto::ListParticipantsRequest),
    GetParticipant(proto::RoomParticipantIdentity),
    RemoveParticipant(proto::RoomParticipantIdentity),
    MutePublishedTrack(proto::MuteRoomTrackRequest),
    UpdateParticipant(proto::UpdateParticipantRequest),
    UpdateSubscriptions(proto::UpdateSubscriptionsRequest),
    SendData(proto::SendDataRequest),
    UpdateRoomMetadata(proto::UpdateRoomMetadataRequest),
}

/// What a caller must be allowed to do.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Needs {
    /// To make and end rooms.
    CreateRooms,
    /// To see which rooms there are.
    ListRooms,
    /// To rule the call's room.
    RuleRoom,
}

/// A room in the list of rooms.
#[derive(Clone, Debug)]
pub struct RoomEntry(proto::Room);

/// Why a call was not carried out.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum CallError {
    /// There is no such method.
    #[error("no such method")]
    NoSuchMethod,
    /// The body is not the method's message.
    #[error("the body is not the message of this method")]
    Malformed,
    /// A field cannot be so; it is named.
    #[error("{0} is missing, too long or wrong")]
    Invalid(&'static str),
    /// There is no such room.
    #[error("room does not exist")]
    NoSuchRoom,
    /// Nobody of this identity is in the room.
    #[error("participant does not exist")]
    NoSuchParticipant,
    /// The participant publishes no such track.
    #[error("track does not exist")]
    NoSuchTrack,
    /// Nobody's microphone is opened from afar.
    #[error("a participant unmutes itself")]
    NoRemoteUnmute,
}

impl ServiceCall {
    /// Reads the body of a call.
    pub fn parse(method: &str, encoding: Encoding, body: &[u8]) -> Result<Self, CallError> {
        let asked = match method {
            "CreateRoom" => Asked::CreateRoom(Box::new(read(encoding, body)?)),
            "ListRooms" => Asked::ListRooms(read(encoding, body)?),
            "DeleteRoom" => Asked::DeleteRoom(read(encoding, body)?),
            "ListParticipants" => Asked::ListParticipants(read(encoding, body)?),
            "GetParticipant" => Asked::GetParticipant(read(encoding, body)?),
            "RemoveParticipant" => Asked::RemoveParticipant(read(encoding, body)?),
            "MutePublishedTrack" => Asked::MutePublishedTrack(read(encoding, body)?),
            "UpdateParticipant" => Asked::UpdateParticipant(read(encoding, body)?),
            "UpdateSubscriptions" => Asked::UpdateSubscriptions(read(encoding, body)?),
            "SendData" => Asked::SendData(read(encoding, body)?),
            "UpdateRoomMetadata" => Asked::UpdateRoomMetadata(read(encoding, body)?),
            _ => return Err(CallError::NoSuchMethod),
        };
        let call = Self { encoding, asked };
        let names_a_room = call
            .room()
            .is_none_or(|room| !room.is_empty() && room.len() <= LONGEST_NAME);
        if names_a_room {
            Ok(call)
        } else {
            Err(CallError::Invalid("room"))
        }
    }

    /// The method, for logs and figures.
    pub fn method(&self) -> &'static str {
        match self.asked {
            Asked::CreateRoom(_) => "CreateRoom",
            Asked::ListRooms(_) => "ListRooms",
            Asked::DeleteRoom(_) => "DeleteRoom",
            Asked::ListParticipants(_) => "ListParticipants",
            Asked::GetParticipant(_) => "GetParticipant",
            Asked::RemoveParticipant(_) => "RemoveParticipant",
            Asked::MutePublishedTrack(_) => "MutePublishedTrack",
            Asked::UpdateParticipant(_) => "UpdateParticipant",
            Asked::UpdateSubscriptions(_) => "UpdateSubscriptions",
            Asked::SendData(_) => "SendData",
            Asked::UpdateRoomMetadata(_) => "UpdateRoomMetadata",
        }
    }

    /// The room it is about; `None` when it is about all.
    pub fn room(&self) -> Option<&str> {
        match &self.asked {
            Asked::CreateRoom(asked) => Some(&asked.name),
            Asked::ListRooms(_) => None,
            Asked::DeleteRoom(asked) => Some(&asked.room),
            Asked::ListParticipants(asked) => Some(&asked.room),
            Asked::GetParticipant(asked) | Asked::RemoveParticipant(asked) => Some(&asked.room),
            Asked::MutePublishedTrack(asked) => Some(&asked.room),
            Asked::UpdateParticipant(asked) => Some(&asked.room),
            Asked::UpdateSubscriptions(asked) => Some(&asked.room),
            Asked::SendData(asked) => Some(&asked.room),
            Asked::UpdateRoomMetadata(asked) => Some(&asked.room),
        }
    }

    /// What its caller must be allowed to do.
    pub fn needs(&self) -> Needs {
        match self.asked {
            Asked::CreateRoom(_) | Asked::DeleteRoom(_) => Needs::CreateRooms,
            Asked::ListRooms(_) => Needs::ListRooms,
            Asked::ListParticipants(_)
            | Asked::GetParticipant(_)
            | Asked::RemoveParticipant(_)
            | Asked::MutePublishedTrack(_)
            | Asked::UpdateParticipant(_)
            | Asked::UpdateSubscriptions(_)
            | Asked::SendData(_)
            | Asked::UpdateRoomMetadata(_) => Needs::RuleRoom,
        }
    }

    /// Whether it opens its room if there is none.
    pub fn opens_room(&self) -> bool {
        matches!(self.asked, Asked::CreateRoom(_))
    }

    /// Whether it decides what only the live session of a room decides: that there is one, who
    /// somebody is and what they may do.
    pub fn overrules_session(&self) -> bool {
        match self.asked {
            Asked::CreateRoom(_) | Asked::UpdateParticipant(_) => true,
            Asked::ListRooms(_)
            | Asked::DeleteRoom(_)
            | Asked::ListParticipants(_)
            | Asked::GetParticipant(_)
            | Asked::RemoveParticipant(_)
            | Asked::MutePublishedTrack(_)
            | Asked::UpdateSubscriptions(_)
            | Asked::SendData(_)
            | Asked::UpdateRoomMetadata(_) => false,
        }
    }

    /// Whether the list that is asked for holds this room.
    pub fn lists(&self, room: &str) -> bool {
        match &self.asked {
            Asked::ListRooms(asked) => {
                asked.names.is_empty() || asked.names.iter().any(|name| name == room)
            }
            Asked::CreateRoom(_)
            | Asked::DeleteRoom(_)
            | Asked::ListParticipants(_)
            | Asked::GetParticipant(_)
            | Asked::RemoveParticipant(_)
            | Asked::MutePublishedTrack(_)
            | Asked::UpdateParticipant(_)
            | Asked::UpdateSubscriptions(_)
            | Asked::SendData(_)
            | Asked::UpdateRoomMetadata(_) => false,
        }
    }

    /// The answer to one that asks which rooms there are.
    pub fn list_of(&self, mut rooms: Vec<RoomEntry>) -> Vec<u8> {
        rooms.sort_by(|one, other| one.0.name.cmp(&other.0.name));
        self.write(&proto::ListRoomsResponse {
            rooms: rooms.into_iter().map(|entry| entry.0).collect(),
        })
    }

    /// The answer when the room it is about does not exist: nobody is in it.
    pub fn without_room(&self) -> Result<Vec<u8>, CallError> {
        match self.asked {
            Asked::ListParticipants(_) => {
                Ok(self.write(&proto::ListParticipantsResponse::default()))
            }
            Asked::CreateRoom(_)
            | Asked::ListRooms(_)
            | Asked::DeleteRoom(_)
            | Asked::GetParticipant(_)
            | Asked::RemoveParticipant(_)
            | Asked::MutePublishedTrack(_)
            | Asked::UpdateParticipant(_)
            | Asked::UpdateSubscriptions(_)
            | Asked::SendData(_)
            | Asked::UpdateRoomMetadata(_) => Err(CallError::NoSuchRoom),
        }
    }

    fn write<T: Message + Serialize>(&self, reply: &T) -> Vec<u8> {
        match self.encoding {
            Encoding::Protobuf => reply.encode_to_vec(),
            Encoding::Json => {
                serde_json::to_vec(reply).expect("numbers of enums are ours and known")
            }
        }
    }
}

fn read<T: Message + Default + DeserializeOwned>(
    encoding: Encoding,
    body: &[u8],
) -> Result<T, CallError> {
    match encoding {
        Encoding::Protobuf => T::decode(body).map_err(|_| CallError::Malformed),
        Encoding::Json => serde_json::from_slice(body).map_err(|_| CallError::Malformed),
    }
}
