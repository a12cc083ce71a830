//! The client's half of the media conversation, as far as a simulated participant needs it.
//!
//! `bega doctor` and the load generator join like any client does. They speak through these plain
//! types, so that the protocol's generated code stays behind this crate.

use livekit_protocol as proto;
use prost::Message as _;
use proto::{signal_request::Message as Request, signal_response::Message as Response};

/// Which of a participant's two transports a description or candidate belongs to.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Target {
    /// The one the participant publishes on; the client offers.
    Publisher,
    /// The one the participant receives on; the server offers.
    Subscriber,
}

/// What a simulated participant says.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum ClientFrame {
    /// A session description, numbered by the side that offered.
    Description {
        /// `Publisher` carries an offer, `Subscriber` an answer.
        target: Target,
        /// The SDP.
        sdp: String,
        /// The offer's number; an answer repeats it.
        id: u32,
    },
    /// Announces an audio track before it is offered.
    AddAudio {
        /// The track's id in the offer's msid.
        cid: String,
        /// Its name.
        name: String,
    },
    /// Shows that the client is alive.
    Ping {
        /// Milliseconds since the Unix epoch.
        timestamp: i64,
    },
    /// Leaves.
    Leave,
}

impl ClientFrame {
    /// The bytes of one binary WebSocket message.
    pub fn encode(self) -> Vec<u8> {
        let message = match self {
            Self::Description { target, sdp, id } => {
                let (kind, wrap): (_, fn(proto::SessionDescription) -> Request) = match target {
                    Target::Publisher => ("offer", Request::Offer),
                    Target::Subscriber => ("answer", Request::Answer),
                };
                wrap(proto::SessionDescription {
                    r#type: kind.into(),
                    sdp,
                    id,
                    ..Default::default()
                })
            }
            Self::AddAudio { cid, name } => Request::AddTrack(proto::AddTrackRequest {
                cid,
                name,
                r#type: proto::TrackType::Audio as i32,
                source: proto::TrackSource::Microphone as i32,
                disable_red: true,
                ..Default::default()
            }),
            Self::Ping { timestamp } => Request::PingReq(proto::Ping { timestamp, rtt: 0 }),
            Self::Leave => Request::Leave(proto::LeaveRequest::default()),
        };
        proto::SignalRequest {
            message: Some(message),
        }
        .encode_to_vec()
    }
}

/// What the server says to a simulated participant.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum ServerFrame {
    /// The join was accepted.
    Joined,
    /// A description for one of the transports.
    Description {
        /// `Subscriber` carries an offer, `Publisher` an answer.
        target: Target,
        /// The SDP.
        sdp: String,
        /// The offer's number.
        id: u32,
    },
    /// An announced track got its server id.
    TrackPublished {
        /// As announced.
        cid: String,
        /// The server's id.
        sid: String,
    },
    /// The answer to a ping.
    Pong {
        /// As sent.
        timestamp: i64,
    },
    /// The server ends the participation.
    Leave,
    /// Something this client does not need.
    Other,
}

impl ServerFrame {
    /// Reads one binary WebSocket message; `None` if it is not of the protocol.
    pub fn decode(bytes: &[u8]) -> Option<Self> {
        let message = proto::SignalResponse::decode(bytes).ok()?.message;
        Some(match message {
            Some(Response::Join(_)) => Self::Joined,
            Some(Response::Offer(offer)) => Self::Description {
                target: Target::Subscriber,
                sdp: offer.sdp,
                id: offer.id,
            },
            Some(Response::Answer(answer)) => Self::Description {
                target: Target::Publisher,
                sdp: answer.sdp,
                id: answer.id,
            },
            Some(Response::TrackPublished(published)) => Self::TrackPublished {
                cid: published.cid,
                sid: published.track.map(|track| track.sid).unwrap_or_default(),
            },
            Some(Response::PongResp(pong)) => Self::Pong {
                timestamp: pong.last_ping_timestamp,
            },
            Some(Response::Leave(_)) => Self::Leave,
            _ => Self::Other,
        })
    }
}

/// A relay that the server offers.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Relay {
    /// TURN URLs.
    pub urls: Vec<String>,
    /// For a while.
    pub username: String,
    /// For as long.
    pub credential: String,
}

/// The relays that the message of [`ServerFrame::Joined`] names.
pub fn relays(joined: &[u8]) -> Vec<Relay> {
    let message = proto::SignalResponse::decode(joined)
        .ok()
        .and_then(|response| response.message);
    let Some(Response::Join(join)) = message else {
        return Vec::new();
    };
    join.ice_servers
        .into_iter()
        .map(|server| Relay {
            urls: server.urls,
            username: server.username,
            credential: server.credential,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_offer_goes_out_under_its_number() {
        let bytes = ClientFrame::Description {
            target: Target::Publisher,
            sdp: "v=0".into(),
            id: 3,
        }
        .encode();

        let request = proto::SignalRequest::decode(&*bytes).unwrap();
        let Some(Request::Offer(offer)) = request.message else {
            panic!("not an offer: {request:?}");
        };
        assert_eq!((offer.id, offer.r#type.as_str()), (3, "offer"));
    }

    #[test]
    fn bytes_of_another_protocol_are_refused() {
        assert_eq!(ServerFrame::decode(b"\xff\xff\xff"), None);
    }
}
