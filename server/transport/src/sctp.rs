//! Data channels: an SCTP association inside DTLS (RFC 8831) and the messages that open channels
//! on it (RFC 8832).
//!
//! Two habits of the `rtc` implementation rule this file: a repeated INIT makes a second
//! association, so all of them are kept until one is up; and its event "association lost" is about
//! a stream, so the end of the association is told by "was up and is closed". A [`Guard`] in front
//! keeps to our limits what its own do not count.
//!
//! After every call, drain [`Sctp::poll_packet`] and [`Sctp::poll_event`].

mod guard;

use std::{collections::VecDeque, sync::Arc, time::Instant};

use bytes::{Bytes, BytesMut};
use rtc::{
    datachannel::data_channel::{DataChannel, DataChannelConfig, DataChannelMessage},
    sansio::Protocol as _,
    sctp::{
        Association, AssociationHandle, DatagramEvent, Endpoint, Event, Payload,
        PayloadProtocolIdentifier as Ppi, StreamEvent,
    },
    shared::TransportProtocol,
};
use thiserror::Error;

use crate::{
    Identity, TransportEvent, dtls::ADDRESS, identity::RECEIVE_BUFFER_BYTES,
    sdp::MAX_MESSAGE_SIZE_BYTES,
};
use guard::Guard;

/// The data channels of one peer.
pub(crate) struct Sctp {
    identity: Arc<Identity>,
    /// Of the next channel we open (RFC 8832, section 6: the DTLS client takes the even numbers).
    next_stream: u16,
    /// From the first SCTP packet on: a peer without data channels costs nothing here.
    link: Option<Box<Link>>,
    channels: Vec<Channel>,
    packets: VecDeque<Bytes>,
    events: VecDeque<TransportEvent>,
}

struct Link {
    endpoint: Endpoint,
    /// One for each INIT, until one of them is up.
    associations: Vec<(AssociationHandle, Association)>,
    is_up: bool,
    guard: Guard,
}

struct Channel {
    label: String,
    state: ChannelState,
}

enum ChannelState {
    /// Ours, for when the association is up.
    Wanted {
        config: Box<DataChannelConfig>,
        waiting: Waiting,
    },
    /// We sent OPEN. On an unordered channel a message could overtake it, so messages wait for the
    /// answer.
    Opening {
        stream: u16,
        channel: Box<DataChannel>,
        waiting: Waiting,
    },
    Open {
        stream: u16,
        channel: Box<DataChannel>,
    },
}

/// Messages for a channel that is not open yet.
#[derive(Default)]
struct Waiting {
    messages: Vec<DataChannelMessage>,
    bytes: usize,
}

impl Sctp {
    /// Waits for the other side's INIT, as the DTLS server.
    pub(crate) fn server(identity: Arc<Identity>) -> Self {
        Self {
            identity,
            next_stream: 1,
            link: None,
            channels: Vec::new(),
            packets: VecDeque::new(),
            events: VecDeque::new(),
        }
    }

    /// As the DTLS client; [`Self::connect`] begins.
    #[cfg(feature = "testing")]
    pub(crate) fn client(identity: Arc<Identity>) -> Self {
        let mut sctp = Self::server(identity);
        sctp.become_client();
        sctp
    }

    /// Before any channel is opened on the wire: [`Self::connect`] begins, and our streams are the
    /// even ones.
    pub(crate) fn become_client(&mut self) {
        self.next_stream = 0;
    }

    pub(crate) fn connect(&mut self, now: Instant) {
        let mut link = Link::new(&self.identity);
        let config = rtc::sctp::ClientConfig::new(crate::identity::sctp_transport());
        link.associations
            .extend(link.endpoint.connect(now, config, ADDRESS));
        self.link = Some(Box::new(link));
        self.pump(now);
    }

    /// Opens a channel as soon as the association is up.
    pub(crate) fn open(
        &mut self,
        now: Instant,
        label: &str,
        ordered: bool,
        max_retransmits: Option<u16>,
    ) {
        let (channel_type, reliability_parameter) =
            DataChannel::get_channel_type_and_reliability_parameter(ordered, max_retransmits, None);
        let config = DataChannelConfig {
            channel_type,
            reliability_parameter,
            label: label.to_owned(),
            ..Default::default()
        };
        let state = ChannelState::Wanted {
            config: Box::new(config),
            waiting: Waiting::default(),
        };
        self.channels.push(Channel {
            label: label.to_owned(),
            state,
        });
        self.pump(now);
    }

    /// Takes one SCTP packet, decrypted.
    pub(crate) fn handle_packet(&mut self, now: Instant, packet: Bytes) {
        let link = self
            .link
            .get_or_insert_with(|| Box::new(Link::new(&self.identity)));
        link.handle_packet(now, packet);
        self.pump(now);
    }

    /// Sends a message, or keeps it until its channel is open.
    pub(crate) fn send(
        &mut self,
        now: Instant,
        label: &str,
        binary: bool,
        payload: &[u8],
    ) -> Result<(), SendError> {
        if payload.len() > MAX_MESSAGE_SIZE_BYTES {
            return Err(SendError::TooLarge);
        }
        // A client that opens a label again means the new channel.
        let channel = self
            .channels
            .iter_mut()
            .rev()
            .find(|channel| channel.label == label);
        let message = DataChannel::get_data_channel_message(!binary, BytesMut::from(payload));
        match &mut channel.ok_or(SendError::NoChannel)?.state {
            ChannelState::Wanted { waiting, .. } | ChannelState::Opening { waiting, .. } => {
                waiting.push(message)?;
            }
            ChannelState::Open { stream, channel } => {
                let link = self.link.as_mut().ok_or(SendError::NoChannel)?;
                if link.buffered(*stream) + payload.len() > MAX_BUFFERED_BYTES {
                    return Err(SendError::Full);
                }
                channel
                    .handle_write(message)
                    .map_err(|_| SendError::NoChannel)?;
            }
        }
        self.pump(now);
        Ok(())
    }

    #[cfg(feature = "testing")]
    pub(crate) fn send_on_stream(
        &mut self,
        now: Instant,
        stream: u16,
        protocol: u32,
        payload: &[u8],
    ) {
        if let Some((_, association)) = self.link.as_mut().and_then(|link| link.established()) {
            // Fails on a stream that is open already, which then is the one that is meant.
            let _ = association.open_stream(stream, Ppi::Binary);
            if let Ok(mut stream) = association.stream(stream) {
                let payload = Bytes::copy_from_slice(payload);
                let _ = stream.write_chunk_with_ppi(now, &payload, Ppi::from(protocol));
            }
        }
        self.pump(now);
    }

    pub(crate) fn poll_packet(&mut self) -> Option<Bytes> {
        self.packets.pop_front()
    }

    pub(crate) fn poll_event(&mut self) -> Option<TransportEvent> {
        self.events.pop_front()
    }

    pub(crate) fn poll_timeout(&self) -> Option<Instant> {
        let associations = self.link.iter().flat_map(|link| &link.associations);
        associations
            .filter_map(|(_, association)| association.poll_timeout())
            .min()
    }

    pub(crate) fn handle_timeout(&mut self, now: Instant) {
        for (_, association) in self.link.iter_mut().flat_map(|link| &mut link.associations) {
            if association.poll_timeout().is_some_and(|at| at <= now) {
                association.handle_timeout(now);
            }
        }
        self.pump(now);
    }

    /// Says goodbye.
    pub(crate) fn close(&mut self, now: Instant) {
        for (_, association) in self.link.iter_mut().flat_map(|link| &mut link.associations) {
            // Fails only on one that is closed already.
            let _ = association.abort();
        }
        self.collect_packets(now);
    }

    /// Carries on everything that may have become possible.
    fn pump(&mut self, now: Instant) {
        self.handle_events();
        self.open_wanted();
        self.write_messages(now);
        self.collect_packets(now);
        self.drop_if_closed();
    }

    fn handle_events(&mut self) {
        let Self {
            link,
            channels,
            events,
            ..
        } = self;
        let Some(link) = link else { return };
        let mut winner = None;
        for (handle, association) in &mut link.associations {
            while let Some(event) = association.poll() {
                match event {
                    Event::Connected => winner = Some(*handle),
                    Event::Stream(StreamEvent::Readable { id }) => {
                        read_stream(*handle, association, id, channels, events);
                    }
                    Event::AssociationLost { id, .. } => close_stream(id, channels, events),
                    _ => {}
                }
            }
        }
        if let Some(winner) = winner {
            link.is_up = true;
            link.endpoint.reject_new_associations();
            link.associations.retain(|(handle, _)| *handle == winner);
        }
    }

    fn open_wanted(&mut self) {
        let Some((handle, association)) = self.link.as_mut().and_then(|link| link.established())
        else {
            return;
        };
        for channel in &mut self.channels {
            let ChannelState::Wanted { config, waiting } = &mut channel.state else {
                continue;
            };
            let stream = self.next_stream;
            // Both fail only where the stream number is taken, and ours never are.
            if association.open_stream(stream, Ppi::Binary).is_ok()
                && let Ok(dialed) = DataChannel::dial((**config).clone(), handle.0, stream)
            {
                self.next_stream = self.next_stream.wrapping_add(2);
                let waiting = std::mem::take(waiting);
                channel.state = ChannelState::Opening {
                    stream,
                    channel: Box::new(dialed),
                    waiting,
                };
            }
        }
    }

    fn write_messages(&mut self, now: Instant) {
        let Some((_, association)) = self.link.as_mut().and_then(|link| link.established()) else {
            return;
        };
        for channel in &mut self.channels {
            let (ChannelState::Opening {
                stream, channel, ..
            }
            | ChannelState::Open { stream, channel }) = &mut channel.state
            else {
                continue;
            };
            while let Some(message) = channel.poll_write() {
                if let Ok(mut stream) = association.stream(*stream) {
                    // Fails on a stream that the other side has just reset: its event follows.
                    let _ =
                        stream.write_chunk_with_ppi(now, &message.payload.freeze(), message.ppi);
                }
            }
        }
    }

    fn collect_packets(&mut self, now: Instant) {
        let Some(link) = &mut self.link else { return };
        for (_, association) in &mut link.associations {
            while let Some(transmit) = association.poll_transmit(now) {
                if let Payload::RawEncode(packets) = transmit.message {
                    for packet in &packets {
                        link.guard.note_sent(packet, RECEIVE_BUFFER_BYTES);
                    }
                    self.packets.extend(packets);
                }
            }
        }
    }

    fn drop_if_closed(&mut self) {
        let Some(link) = &mut self.link else { return };
        let mut drained = Vec::new();
        for (handle, association) in &mut link.associations {
            drained.extend(
                std::iter::from_fn(|| association.poll_endpoint_event())
                    .map(|event| (*handle, event)),
            );
        }
        for (handle, event) in drained {
            link.endpoint.handle_event(handle, event);
        }
        // An association is "closed" before it is up, too.
        if link.is_up
            && link
                .associations
                .iter()
                .all(|(_, association)| association.is_closed())
        {
            self.link = None;
            for Channel { label, state } in std::mem::take(&mut self.channels) {
                if matches!(state, ChannelState::Open { .. }) {
                    self.events
                        .push_back(TransportEvent::ChannelClosed { label });
                }
            }
        }
    }
}

impl Link {
    fn new(identity: &Identity) -> Self {
        let config = identity.sctp_endpoint.clone();
        let server = Some(identity.sctp_server.clone());
        Self {
            endpoint: Endpoint::new(ADDRESS, TransportProtocol::UDP, config, server),
            associations: Vec::new(),
            is_up: false,
            guard: Guard::default(),
        }
    }

    fn handle_packet(&mut self, now: Instant, packet: Bytes) {
        if !self.guard.admit(&packet) {
            return;
        }
        match self.endpoint.handle(now, ADDRESS, None, packet) {
            Some((handle, DatagramEvent::NewAssociation(association))) => {
                self.associations.push((handle, association));
                if self.associations.len() == MAX_ASSOCIATIONS {
                    self.endpoint.reject_new_associations();
                }
            }
            Some((handle, DatagramEvent::AssociationEvent(event))) => {
                if let Some((_, association)) =
                    self.associations.iter_mut().find(|(of, _)| *of == handle)
                {
                    association.handle_event(event);
                }
            }
            _ => {}
        }
    }

    fn established(&mut self) -> Option<(AssociationHandle, &mut Association)> {
        let (handle, association) = self.associations.first_mut().filter(|_| self.is_up)?;
        Some((*handle, association))
    }

    fn buffered(&mut self, stream: u16) -> usize {
        let stream = self
            .established()
            .and_then(|(_, association)| association.stream(stream).ok());
        stream
            .and_then(|stream| stream.buffered_amount().ok())
            .unwrap_or(0)
    }
}

impl Waiting {
    fn push(&mut self, message: DataChannelMessage) -> Result<(), SendError> {
        let bytes = self.bytes + message.payload.len();
        if bytes > MAX_BUFFERED_BYTES {
            return Err(SendError::Full);
        }
        self.bytes = bytes;
        self.messages.push(message);
        Ok(())
    }
}

fn read_stream(
    handle: AssociationHandle,
    association: &mut Association,
    id: u16,
    channels: &mut Vec<Channel>,
    events: &mut VecDeque<TransportEvent>,
) {
    while let Ok(mut stream) = association.stream(id) {
        let Ok(Some(chunks)) = stream.read_sctp() else {
            return;
        };
        let ppi = chunks.ppi;
        // A message larger than we announced is left out.
        let Ok(payload) = chunks.to_payload(MAX_MESSAGE_SIZE_BYTES) else {
            continue;
        };
        if ppi == Ppi::Dcep && !guard::is_control_message(&payload) {
            continue;
        }
        let known = channels
            .iter_mut()
            .find(|channel| channel.stream() == Some(id));
        let Some(Channel { label, state }) = known else {
            if let Some(channel) = accept(handle, id, ppi, &payload, channels.len()) {
                let (unordered, reliability) =
                    DataChannel::get_reliability_params(channel.config().channel_type);
                let parameter = channel.config().reliability_parameter;
                // Fails only without the stream that is at hand.
                let _ = stream.set_reliability_params(unordered, reliability, parameter);
                let label = channel.config().label.clone();
                events.push_back(TransportEvent::ChannelOpen {
                    label: label.clone(),
                });
                let state = ChannelState::Open {
                    stream: id,
                    channel: Box::new(channel),
                };
                channels.push(Channel { label, state });
            }
            continue;
        };
        let (ChannelState::Opening { channel, .. } | ChannelState::Open { channel, .. }) = state
        else {
            continue;
        };
        let message = DataChannelMessage {
            association_handle: handle.0,
            stream_id: id,
            ppi,
            payload,
            negotiated: false,
        };
        // A malformed control message is no reason to lose the channel.
        let _ = channel.handle_read(message);
        while let Some(message) = channel.poll_read() {
            let (binary, empty) = match message.ppi {
                Ppi::Binary => (true, false),
                Ppi::BinaryEmpty => (true, true),
                Ppi::String => (false, false),
                Ppi::StringEmpty => (false, true),
                _ => continue,
            };
            let payload = if empty {
                Bytes::new()
            } else {
                message.payload.freeze()
            };
            events.push_back(TransportEvent::Message {
                label: label.clone(),
                binary,
                payload,
            });
        }
        if let Some(open) = state.take_opened() {
            let (unordered, reliability) =
                DataChannel::get_reliability_params(open.config().channel_type);
            let _ = stream.set_reliability_params(
                unordered,
                reliability,
                open.config().reliability_parameter,
            );
            *state = ChannelState::Open {
                stream: id,
                channel: open,
            };
            events.push_back(TransportEvent::ChannelOpen {
                label: label.clone(),
            });
        }
    }
}

/// The first message on a stream must be OPEN.
fn accept(
    handle: AssociationHandle,
    id: u16,
    ppi: Ppi,
    payload: &[u8],
    channels: usize,
) -> Option<DataChannel> {
    if channels >= MAX_CHANNELS {
        return None;
    }
    let channel =
        DataChannel::accept(DataChannelConfig::default(), handle.0, id, ppi, payload).ok()?;
    (channel.config().label.len() <= MAX_LABEL_BYTES).then_some(channel)
}

fn close_stream(id: u16, channels: &mut Vec<Channel>, events: &mut VecDeque<TransportEvent>) {
    for Channel { label, .. } in channels.extract_if(.., |channel| channel.stream() == Some(id)) {
        events.push_back(TransportEvent::ChannelClosed { label });
    }
}

impl Channel {
    fn stream(&self) -> Option<u16> {
        match self.state {
            ChannelState::Wanted { .. } => None,
            ChannelState::Opening { stream, .. } | ChannelState::Open { stream, .. } => {
                Some(stream)
            }
        }
    }
}

impl ChannelState {
    /// The channel with its waiting messages written, if its OPEN has just been answered.
    fn take_opened(&mut self) -> Option<Box<DataChannel>> {
        let Self::Opening {
            channel, waiting, ..
        } = self
        else {
            return None;
        };
        if !channel.is_handshake_complete() {
            return None;
        }
        for message in waiting.messages.drain(..) {
            // Only queues.
            let _ = channel.handle_write(message);
        }
        Some(std::mem::take(channel))
    }
}

/// Why a message cannot be sent.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
#[non_exhaustive]
pub enum SendError {
    /// No channel has this label, or it was closed.
    #[error("no such data channel")]
    NoChannel,
    /// More than 64 KiB.
    #[error("the message is too large")]
    TooLarge,
    /// The other side takes messages more slowly than they come.
    #[error("too much is waiting to be sent")]
    Full,
}

/// A client repeats its INIT while the answer is lost; the last that counts is the fourth.
const MAX_ASSOCIATIONS: usize = 4;

/// Clients open three.
const MAX_CHANNELS: usize = 32;
const MAX_LABEL_BYTES: usize = 256;

/// Per channel: about a second of everything a room says at its busiest.
const MAX_BUFFERED_BYTES: usize = 1024 * 1024;
