//! Data messages: chat, calls and streams of bytes pass through as they are, but for who sent them.

use std::collections::VecDeque;

use bega_media::{Command, PeerId};
use bytes::Bytes;
use livekit_protocol as proto;
use prost::Message as _;
use proto::data_packet::Value;

use crate::ParticipantSid;
use crate::end::EndReason;
use crate::participant::{Participant, Presence};
use crate::room::MediaRoom;

/// The ordered channel without loss, opened by each side under the same label.
pub(crate) const RELIABLE: &str = "_reliable";
/// The unordered channel without repetition.
pub(crate) const LOSSY: &str = "_lossy";

impl MediaRoom {
    pub(crate) fn handle_message(&mut self, peer: PeerId, label: &str, payload: &[u8]) {
        if label != RELIABLE && label != LOSSY {
            return;
        }
        let Some(sender) = self
            .participants
            .values_mut()
            .find(|one| one.publisher.peer() == Some(peer))
        else {
            return;
        };
        let Ok(packet) = proto::DataPacket::decode(payload) else {
            let sid = sender.sid.clone();
            self.end(&sid, EndReason::Malformed);
            self.settle();
            return;
        };
        if !sender.grants.can_publish_data || is_repeated(sender, label, &packet) {
            return;
        }

        let sid = sender.sid.clone();
        let (packet, receivers) = signed(sender, packet);
        self.deliver(Some(&sid), label, &packet, &receivers);
    }

    /// To those it is meant for, but not back to its sender.
    pub(crate) fn deliver(
        &mut self,
        sender: Option<&ParticipantSid>,
        label: &str,
        packet: &proto::DataPacket,
        receivers: &Receivers,
    ) {
        let payload = Bytes::from(packet.encode_to_vec());
        if let Some(from) = sender
            && label == RELIABLE
            && packet.sequence != 0
        {
            self.recent.push(Message {
                from: from.clone(),
                sequence: packet.sequence,
                receivers: receivers.clone(),
                payload: payload.clone(),
            });
        }
        let peers: Vec<PeerId> = self
            .participants
            .values()
            .filter(|one| Some(&one.sid) != sender && one.presence == Presence::Active)
            .filter(|one| receivers.include(one))
            .map(|one| one.subscriber.peer)
            .collect();
        self.command_all(peers.into_iter().map(|peer| Command::SendMessage {
            peer,
            label: label.to_owned(),
            payload: payload.clone(),
        }));
    }
}

/// The newest reliable messages, for clients that come back and say up to where they have them.
#[derive(Debug, Default)]
pub(crate) struct Recent {
    messages: VecDeque<Message>,
    bytes: usize,
}

#[derive(Debug)]
struct Message {
    from: ParticipantSid,
    sequence: u32,
    receivers: Receivers,
    payload: Bytes,
}

impl Recent {
    fn push(&mut self, message: Message) {
        self.bytes += message.payload.len();
        self.messages.push_back(message);
        while self.bytes > MOST_BYTES || self.messages.len() > MOST_MESSAGES {
            let Some(oldest) = self.messages.pop_front() else {
                return;
            };
            self.bytes -= oldest.payload.len();
        }
    }
}

/// A client is away for half a minute at most.
const MOST_MESSAGES: usize = 256;
const MOST_BYTES: usize = 512 * 1024;

impl MediaRoom {
    /// Sends a client what came after the newest message it says it has of each sender. Clients pass
    /// over what they have already.
    pub(crate) fn replay(
        &mut self,
        to: &ParticipantSid,
        states: &[proto::DataChannelReceiveState],
    ) {
        let Some(participant) = self.participants.get(to) else {
            return;
        };
        let peer = participant.subscriber.peer;
        let missed: Vec<Command> = self
            .recent
            .messages
            .iter()
            .filter(|message| message.from != *to && message.receivers.include(participant))
            .filter(|message| {
                states.iter().any(|state| {
                    state.publisher_sid == message.from.as_str()
                        && state.last_seq < message.sequence
                })
            })
            .map(|message| Command::SendMessage {
                peer,
                label: RELIABLE.to_owned(),
                payload: message.payload.clone(),
            })
            .collect();
        self.command_all(missed);
    }
}

/// Who a message is for; both lists empty means everybody.
#[derive(Clone, Debug)]
pub(crate) struct Receivers {
    pub(crate) identities: Vec<String>,
    pub(crate) sids: Vec<String>,
}

impl Receivers {
    fn include(&self, participant: &Participant) -> bool {
        (self.identities.is_empty() && self.sids.is_empty())
            || self.identities.contains(&participant.grants.identity)
            || self.sids.iter().any(|sid| sid == participant.sid.as_str())
    }
}

/// After a resume a client sends again what it cannot know to have arrived.
fn is_repeated(sender: &mut Participant, label: &str, packet: &proto::DataPacket) -> bool {
    if label != RELIABLE || packet.sequence == 0 {
        return false;
    }
    if packet.sequence <= sender.last_message {
        return true;
    }
    sender.last_message = packet.sequence;
    false
}

/// The packet with its true sender in it: nobody speaks in another's name.
#[expect(
    deprecated,
    reason = "older clients name sender and receivers inside the user packet"
)]
fn signed(sender: &Participant, mut packet: proto::DataPacket) -> (proto::DataPacket, Receivers) {
    let mut receivers = Receivers {
        identities: packet.destination_identities.clone(),
        sids: Vec::new(),
    };
    packet.participant_sid = sender.sid.to_string();
    packet
        .participant_identity
        .clone_from(&sender.grants.identity);
    if let Some(Value::User(user)) = &mut packet.value {
        user.participant_sid = sender.sid.to_string();
        user.participant_identity
            .clone_from(&sender.grants.identity);
        receivers
            .identities
            .extend(user.destination_identities.iter().cloned());
        receivers.sids.extend(user.destination_sids.iter().cloned());
    }
    (packet, receivers)
}
