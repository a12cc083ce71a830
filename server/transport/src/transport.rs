//! A peer's connection to us: ICE-lite in front, the secured layers behind.

use std::{collections::VecDeque, sync::Arc, time::Instant};

use bytes::Bytes;
use thiserror::Error;

use crate::{
    DtlsError, Fingerprint, IceCredentials, IceError, Identity, Path, SendError, SrtpError,
    ice::{IceLite, Outcome},
    secure::Secure,
};

/// The transport of one peer: we are ICE-lite, and the DTLS server unless the peer asks otherwise.
///
/// Methods come in four kinds: intent (`set_*`, `restart_ice`, `open_channel`, `close`), input
/// (`handle_*`), packets out (`seal_*`, `send_message`), and output (`poll_*`, `destination`).
pub struct Transport {
    ice: IceLite,
    secure: Secure,
    responses: VecDeque<Transmit>,
    events: VecDeque<TransportEvent>,
    /// Whether the first checked path is also the sign to start the handshake.
    is_active: bool,
    state: State,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum State {
    Open,
    Closed,
}

impl Transport {
    /// Makes a transport that will answer checks for `local`, once it knows the other side.
    pub fn new(identity: Arc<Identity>, local: IceCredentials) -> Self {
        Self {
            ice: IceLite::new(local),
            secure: Secure::server(identity),
            responses: VecDeque::new(),
            events: VecDeque::new(),
            is_active: false,
            state: State::Open,
        }
    }

    /// The remote description arrived. Until then checks are dropped in silence, and since DTLS
    /// needs a checked path, the fingerprint is always known before the handshake.
    ///
    /// Belongs to the newest local credentials: after [`Self::restart_ice`] it must be called
    /// again. The fingerprint of a handshake that is over is not looked at again.
    pub fn set_remote(&mut self, now: Instant, ufrag: &str, fingerprint: Fingerprint) {
        self.ice.set_remote(now, ufrag);
        self.secure.set_remote_fingerprint(fingerprint);
    }

    /// The other side waits for the DTLS handshake (`a=setup:passive`): start it on the first path
    /// that is checked. A handshake that has begun is not begun again.
    pub fn be_active(&mut self) {
        self.is_active = true;
    }

    /// Accepts checks for new credentials beside the old ones, which live until the new ones are
    /// nominated. DTLS, SRTP and SCTP do not notice.
    pub fn restart_ice(&mut self, local: IceCredentials) {
        self.ice.restart(local);
    }

    /// Opens a data channel as soon as SCTP is up. `max_retransmits: None` is without limit.
    pub fn open_channel(
        &mut self,
        now: Instant,
        label: &str,
        ordered: bool,
        max_retransmits: Option<u16>,
    ) {
        self.secure
            .open_channel(now, label, ordered, max_retransmits);
    }

    /// Takes one datagram. RTP and RTCP are decrypted in place and handed back.
    ///
    /// An error concerns this datagram only; if it ended the transport, a
    /// [`TransportEvent::Closed`] says so.
    pub fn handle_datagram<'a>(
        &mut self,
        now: Instant,
        from: impl Into<Path>,
        datagram: &'a mut [u8],
    ) -> Result<Received<'a>, ReceiveError> {
        let from = from.into();
        if self.state == State::Closed {
            return Err(ReceiveError::Closed);
        }
        match Class::of(datagram).ok_or(ReceiveError::Unknown)? {
            Class::Stun => {
                let Outcome {
                    response,
                    nominated,
                } = self
                    .ice
                    .handle_check(self.secure.crypto(), now, from, datagram)?;
                self.responses.push_back(Transmit {
                    to: from,
                    payload: response.into(),
                });
                self.events.extend(nominated.map(TransportEvent::Nominated));
                if std::mem::take(&mut self.is_active) {
                    self.secure.start_handshake(now);
                    self.collect();
                }
                Ok(Received::Consumed)
            }
            _ if !self.ice.is_valid(now, from) => Err(ReceiveError::UnknownPath),
            Class::Dtls => {
                let result = self.secure.handle_dtls(now, datagram);
                self.collect();
                result?;
                Ok(Received::Consumed)
            }
            Class::Rtp => Ok(Received::Rtp(self.secure.open_rtp(datagram)?)),
            Class::Rtcp => Ok(Received::Rtcp(self.secure.open_rtcp(datagram)?)),
        }
    }

    /// Encrypts the RTP packet `buffer[start..]` in place and appends its tag. Reserve 16 bytes
    /// and nothing is allocated.
    pub fn seal_rtp(&mut self, buffer: &mut Vec<u8>, start: usize) -> Result<(), SrtpError> {
        self.secure.seal_rtp(buffer, start)
    }

    /// The same for a (compound) RTCP packet; reserve 20 bytes.
    pub fn seal_rtcp(&mut self, buffer: &mut Vec<u8>, start: usize) -> Result<(), SrtpError> {
        self.secure.seal_rtcp(buffer, start)
    }

    /// Sends a message on the channel with this label, or keeps it until that channel is open.
    pub fn send_message(
        &mut self,
        now: Instant,
        label: &str,
        binary: bool,
        payload: &[u8],
    ) -> Result<(), SendError> {
        let result = self.secure.send_message(now, label, binary, payload);
        self.collect();
        result
    }

    /// The connection behind a path was closed: nothing comes from there or goes there any more.
    pub fn forget_path(&mut self, path: Path) {
        self.ice.forget_path(path);
    }

    /// Which way media goes: the nominated path, or before nomination one that passed a check.
    pub fn destination(&self) -> Option<Path> {
        self.ice.destination()
    }

    /// Whether DTLS is up and packets can be sealed.
    pub fn is_connected(&self) -> bool {
        self.state == State::Open && self.secure.is_connected()
    }

    /// Whether a handshake has begun and is not over. It is over ten seconds after its first
    /// datagram at the latest, and holds some tens of KiB at the most.
    pub fn is_shaking_hands(&self) -> bool {
        self.state == State::Open && self.secure.is_shaking_hands()
    }

    /// Our ICE user fragments that are answered now: one, or two during an ICE restart.
    pub fn local_ufrags(&self) -> impl Iterator<Item = &str> {
        self.ice.local_ufrags()
    }

    /// The next datagram to send that is not media.
    #[must_use]
    pub fn poll_transmit(&mut self) -> Option<Transmit> {
        if let Some(response) = self.responses.pop_front() {
            return Some(response);
        }
        let to = self.ice.destination()?;
        Some(Transmit {
            to,
            payload: self.secure.poll_datagram()?,
        })
    }

    /// What happened.
    #[must_use]
    pub fn poll_event(&mut self) -> Option<TransportEvent> {
        self.events.pop_front()
    }

    /// When [`Self::handle_timeout`] must be called next. Consent alone moves it, and only to a
    /// later time, so a timer may as well fire early.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Instant> {
        match self.state {
            State::Open => [self.ice.poll_timeout(), self.secure.poll_timeout()]
                .into_iter()
                .flatten()
                .min(),
            State::Closed => None,
        }
    }

    /// Moves time on to `now`: retransmissions, the limit of the handshake, lost consent.
    pub fn handle_timeout(&mut self, now: Instant) {
        if self.state == State::Closed {
            return;
        }
        self.secure.handle_timeout(now);
        self.collect();
        if self.state == State::Open && self.ice.poll_timeout().is_some_and(|at| at <= now) {
            self.state = State::Closed;
            self.events
                .push_back(TransportEvent::Closed(CloseReason::ConsentLost));
        }
    }

    /// Says goodbye to the other side. No event follows.
    pub fn close(&mut self, now: Instant) {
        if self.state == State::Open {
            self.state = State::Closed;
            self.secure.close(now);
        }
    }

    fn collect(&mut self) {
        while let Some(event) = self.secure.poll_event() {
            if matches!(event, TransportEvent::Closed(_)) {
                self.state = State::Closed;
            }
            self.events.push_back(event);
        }
    }
}

impl std::fmt::Debug for Transport {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Neither keys nor addresses.
        f.debug_struct("Transport")
            .field("state", &self.state)
            .finish_non_exhaustive()
    }
}

/// What a datagram turned out to be.
#[derive(Debug, Eq, PartialEq)]
pub enum Received<'a> {
    /// Nothing for the caller: a check, a handshake, SCTP.
    Consumed,
    /// An RTP packet, in the clear.
    Rtp(&'a mut [u8]),
    /// A compound RTCP packet, in the clear.
    Rtcp(&'a mut [u8]),
}

/// A datagram to send.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Transmit {
    /// Where to, and from which of our addresses.
    pub to: Path,
    /// What.
    pub payload: Bytes,
}

/// What a transport tells its owner.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum TransportEvent {
    /// The other side chose the path media takes.
    Nominated(Path),
    /// The DTLS handshake is done and its certificate is the right one: media may flow.
    Connected,
    /// A data channel can be used, whoever opened it.
    ChannelOpen {
        /// Its label.
        label: String,
    },
    /// A data channel is gone.
    ChannelClosed {
        /// Its label.
        label: String,
    },
    /// A data-channel message came in.
    Message {
        /// The channel's label.
        label: String,
        /// Whether it was sent as bytes rather than as text.
        binary: bool,
        /// The message.
        payload: Bytes,
    },
    /// The end. Nothing is received or sent any more.
    Closed(CloseReason),
}

/// Why a transport ended by itself.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum CloseReason {
    /// The other side said goodbye.
    ClosedByPeer,
    /// No valid check for 30 s (RFC 7675).
    ConsentLost,
    /// The DTLS handshake failed or took longer than 10 s.
    HandshakeFailed,
    /// The certificate was not the one in the description.
    FingerprintMismatch,
}

/// Why a datagram was dropped.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
#[non_exhaustive]
pub enum ReceiveError {
    /// Neither STUN, DTLS, RTP nor RTCP by its first bytes (RFC 7983).
    #[error("not a protocol of this transport")]
    Unknown,
    /// From an address that no valid check has come from.
    #[error("from an address without a valid check")]
    UnknownPath,
    /// The transport has ended.
    #[error("the transport is closed")]
    Closed,
    /// A STUN message that is not a valid check.
    #[error(transparent)]
    Ice(#[from] IceError),
    /// A DTLS datagram that is malformed or ended the handshake.
    #[error(transparent)]
    Dtls(#[from] DtlsError),
    /// A packet that cannot be opened.
    #[error(transparent)]
    Srtp(#[from] SrtpError),
}

/// What the first bytes of a datagram say it is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Class {
    Stun,
    Dtls,
    Rtp,
    Rtcp,
}

impl Class {
    /// RFC 7983, section 7, and RFC 5761, section 4.
    pub(crate) fn of(datagram: &[u8]) -> Option<Self> {
        match *datagram {
            [0..=3, ..] => Some(Self::Stun),
            [20..=63, ..] => Some(Self::Dtls),
            [128..=191, 192..=223, ..] => Some(Self::Rtcp),
            [128..=191, _, ..] => Some(Self::Rtp),
            _ => None,
        }
    }
}
