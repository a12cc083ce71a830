//! A full ICE agent in the controlling role, as far as an ICE-lite server with one address needs
//! one, and a DTLS client behind it.

use std::{
    collections::VecDeque,
    net::SocketAddr,
    sync::Arc,
    time::{Duration, Instant},
};

use rtc::{
    dtls::extension::extension_use_srtp::SrtpProtectionProfile,
    stun::{
        attributes::{
            ATTR_ICE_CONTROLLING, ATTR_PRIORITY, ATTR_USE_CANDIDATE, ATTR_USERNAME, RawAttribute,
        },
        fingerprint::FINGERPRINT,
        integrity::MessageIntegrity,
        message::{BINDING_REQUEST, BINDING_SUCCESS, Message, Setter, TransactionId},
        textattrs::TextAttribute,
    },
};

use crate::{
    Fingerprint, IceCredentials, IceError, Identity, ReceiveError, Received, SendError, SrtpError,
    Transmit, TransportEvent, dtls::Dtls, secure::Secure, transport::Class,
};

/// The other side of a [`crate::Transport`]. Drive it by the same rules.
pub struct Client {
    identity: Arc<Identity>,
    profiles: Profiles,
    local: IceCredentials,
    remote: Option<Remote>,
    /// From the first answered check on.
    secure: Option<Secure>,
    channels: Vec<(String, bool, Option<u16>)>,
    transmits: VecDeque<Transmit>,
    events: VecDeque<TransportEvent>,
    checks: u64,
    waits: bool,
    closed: bool,
}

/// The SRTP profiles it offers, in this order.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Profiles {
    /// As Chromium does: the old one first.
    #[default]
    CmThenGcm,
    /// Only AES_CM_128_HMAC_SHA1_80.
    Cm,
}

struct Remote {
    ice: IceCredentials,
    fingerprint: Fingerprint,
    address: SocketAddr,
    phase: Phase,
    next_check: Option<Instant>,
    /// Transaction numbers of this generation start here.
    first_check: u64,
    nominates: bool,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Phase {
    /// No check has been answered.
    Checking,
    /// Checks carry USE-CANDIDATE until one of those is answered.
    Nominating,
    /// Checks keep consent.
    Settled,
}

impl Client {
    /// Makes a client that does nothing yet.
    pub fn new(identity: Arc<Identity>, local: IceCredentials, profiles: Profiles) -> Self {
        Self {
            identity,
            profiles,
            local,
            remote: None,
            secure: None,
            channels: Vec::new(),
            transmits: VecDeque::new(),
            events: VecDeque::new(),
            checks: 0,
            waits: false,
            closed: false,
        }
    }

    /// Leaves the start of the handshake to the server.
    pub fn be_passive(&mut self) {
        self.waits = true;
    }

    /// Begins to check the server's address, and once that answers, the handshake.
    pub fn connect(
        &mut self,
        now: Instant,
        ice: IceCredentials,
        fingerprint: Fingerprint,
        address: SocketAddr,
    ) {
        let remote = Remote {
            ice,
            fingerprint,
            address,
            phase: Phase::Checking,
            next_check: Some(now),
            first_check: self.checks,
            nominates: true,
        };
        self.remote = Some(remote);
        self.handle_timeout(now);
    }

    /// Checks anew with new credentials on both sides; the connection stays.
    pub fn restart_ice(&mut self, now: Instant, local: IceCredentials, ice: IceCredentials) {
        self.local = local;
        if let Some(remote) = &mut self.remote {
            remote.ice = ice;
            remote.phase = Phase::Checking;
            remote.next_check = Some(now);
            remote.first_check = self.checks;
        }
        self.handle_timeout(now);
    }

    /// Whether checks may nominate; browsers sometimes do so late.
    pub fn set_nominates(&mut self, nominates: bool) {
        if let Some(remote) = &mut self.remote {
            remote.nominates = nominates;
        }
    }

    /// Sends no more checks, as if the network under it were gone.
    pub fn stop_checks(&mut self) {
        if let Some(remote) = &mut self.remote {
            remote.next_check = None;
        }
    }

    /// Opens a data channel when the connection is up.
    pub fn open_channel(
        &mut self,
        now: Instant,
        label: &str,
        ordered: bool,
        max_retransmits: Option<u16>,
    ) {
        match &mut self.secure {
            Some(secure) => secure.open_channel(now, label, ordered, max_retransmits),
            None => self
                .channels
                .push((label.to_owned(), ordered, max_retransmits)),
        }
        self.collect();
    }

    /// Takes one datagram from the server.
    pub fn handle_datagram<'a>(
        &mut self,
        now: Instant,
        datagram: &'a mut [u8],
    ) -> Result<Received<'a>, ReceiveError> {
        if self.closed {
            return Err(ReceiveError::Closed);
        }
        let class = Class::of(datagram).ok_or(ReceiveError::Unknown)?;
        if class == Class::Stun {
            self.handle_answer(now, datagram)?;
            return Ok(Received::Consumed);
        }
        let secure = self.secure.as_mut().ok_or(ReceiveError::UnknownPath)?;
        match class {
            Class::Rtp => Ok(Received::Rtp(secure.open_rtp(datagram)?)),
            Class::Rtcp => Ok(Received::Rtcp(secure.open_rtcp(datagram)?)),
            Class::Dtls | Class::Stun => {
                let result = secure.handle_dtls(now, datagram);
                self.collect();
                result?;
                Ok(Received::Consumed)
            }
        }
    }

    /// Encrypts the RTP packet `buffer[start..]`.
    pub fn seal_rtp(&mut self, buffer: &mut Vec<u8>, start: usize) -> Result<(), SrtpError> {
        self.secure
            .as_mut()
            .ok_or(SrtpError::NotConnected)?
            .seal_rtp(buffer, start)
    }

    /// Encrypts the RTCP packet `buffer[start..]`.
    pub fn seal_rtcp(&mut self, buffer: &mut Vec<u8>, start: usize) -> Result<(), SrtpError> {
        self.secure
            .as_mut()
            .ok_or(SrtpError::NotConnected)?
            .seal_rtcp(buffer, start)
    }

    /// Sends a message on a data channel.
    pub fn send_message(
        &mut self,
        now: Instant,
        label: &str,
        binary: bool,
        payload: &[u8],
    ) -> Result<(), SendError> {
        let secure = self.secure.as_mut().ok_or(SendError::NoChannel)?;
        let result = secure.send_message(now, label, binary, payload);
        self.collect();
        result
    }

    /// Sends an SCTP packet of these chunks, with the association's tag and a right checksum: what
    /// a participant can say who speaks SCTP its own way.
    pub fn send_sctp_chunks(&mut self, now: Instant, chunks: &[u8]) {
        if let Some(secure) = &mut self.secure {
            secure.send_sctp_chunks(now, chunks);
        }
        self.collect();
    }

    /// Sends a message on a stream, with any payload protocol identifier, past the data channels.
    pub fn send_on_stream(&mut self, now: Instant, stream: u16, protocol: u32, payload: &[u8]) {
        if let Some(secure) = &mut self.secure {
            secure.send_on_stream(now, stream, protocol, payload);
        }
        self.collect();
    }

    /// Where media goes.
    pub fn destination(&self) -> Option<SocketAddr> {
        self.remote.as_ref().map(|remote| remote.address)
    }

    /// Whether DTLS is up.
    pub fn is_connected(&self) -> bool {
        self.secure.as_ref().is_some_and(Secure::is_connected)
    }

    /// Whether the handshake chose AEAD_AES_128_GCM; `None` before it did.
    pub fn uses_gcm(&self) -> Option<bool> {
        let secure = self
            .secure
            .as_ref()
            .filter(|secure| secure.is_connected())?;
        secure
            .dtls()
            .profile()
            .map(|profile| profile == SrtpProtectionProfile::Srtp_Aead_Aes_128_Gcm)
    }

    /// The next datagram to send that is not media.
    pub fn poll_transmit(&mut self) -> Option<Transmit> {
        if let Some(check) = self.transmits.pop_front() {
            return Some(check);
        }
        let payload = self.secure.as_mut()?.poll_datagram()?;
        Some(Transmit {
            to: self.remote.as_ref()?.address.into(),
            payload,
        })
    }

    /// What happened.
    pub fn poll_event(&mut self) -> Option<TransportEvent> {
        self.events.pop_front()
    }

    /// When [`Self::handle_timeout`] must be called next.
    pub fn poll_timeout(&self) -> Option<Instant> {
        if self.closed {
            return None;
        }
        let check = self.remote.as_ref().and_then(|remote| remote.next_check);
        let secure = self.secure.as_ref().and_then(Secure::poll_timeout);
        check.into_iter().chain(secure).min()
    }

    /// Moves time on to `now`.
    pub fn handle_timeout(&mut self, now: Instant) {
        if self.closed {
            return;
        }
        if let Some(secure) = &mut self.secure {
            secure.handle_timeout(now);
        }
        if let Some(remote) = &mut self.remote
            && remote.next_check.is_some_and(|at| at <= now)
        {
            let interval = match remote.phase {
                Phase::Settled => CONSENT_INTERVAL,
                Phase::Checking | Phase::Nominating => CHECK_INTERVAL,
            };
            remote.next_check = Some(now + interval);
            self.send_check();
        }
        self.collect();
    }

    /// Says goodbye.
    pub fn close(&mut self, now: Instant) {
        self.closed = true;
        if let Some(secure) = &mut self.secure {
            secure.close(now);
        }
    }

    fn send_check(&mut self) {
        let Some(remote) = &self.remote else { return };
        let nominates = remote.nominates && remote.phase != Phase::Checking;
        let mut id = [0; 12];
        let (tag, number) = id.split_at_mut(4);
        tag.copy_from_slice(if nominates { NOMINATING } else { PLAIN });
        number.copy_from_slice(&self.checks.to_be_bytes());
        self.checks += 1;

        let username = format!("{}:{}", remote.ice.ufrag, self.local.ufrag);
        let raw = |typ, value: &[u8]| {
            Box::new(RawAttribute {
                typ,
                length: 0,
                value: value.to_vec(),
            })
        };
        let mut setters: Vec<Box<dyn Setter + '_>> = vec![
            Box::new(TransactionId(id)),
            Box::new(BINDING_REQUEST),
            Box::new(TextAttribute::new(ATTR_USERNAME, username)),
            raw(ATTR_PRIORITY, &PEER_REFLEXIVE_PRIORITY),
            raw(ATTR_ICE_CONTROLLING, &[7; 8]),
        ];
        if nominates {
            setters.push(raw(ATTR_USE_CANDIDATE, &[]));
        }
        setters.push(Box::new(
            MessageIntegrity::new_short_term_integrity_with_provider(
                remote.ice.pwd.clone(),
                self.identity.provider.crypto(),
            ),
        ));
        setters.push(Box::new(FINGERPRINT));
        let mut check = Message::new();
        check.build(&setters).expect("all attributes are short");
        self.transmits.push_back(Transmit {
            to: remote.address.into(),
            payload: check.raw.into(),
        });
    }

    fn handle_answer(&mut self, now: Instant, datagram: &[u8]) -> Result<(), IceError> {
        let mut answer = Message {
            raw: datagram.to_vec(),
            ..Default::default()
        };
        answer.decode().map_err(|_| IceError::Malformed)?;
        let Some(remote) = &mut self.remote else {
            return Err(IceError::UnknownUser);
        };
        if answer.typ != BINDING_SUCCESS {
            return Err(IceError::NotACheck);
        }
        let id = answer.transaction_id.0;
        let (tag, number) = id.split_at(4);
        let number = number
            .iter()
            .fold(0, |number, byte| number << 8 | u64::from(*byte));
        if number < remote.first_check || number >= self.checks {
            return Err(IceError::UnknownUser);
        }
        MessageIntegrity::check(
            &mut answer,
            remote.ice.pwd.as_bytes(),
            self.identity.provider.crypto(),
        )
        .map_err(|_| IceError::WrongPassword)?;
        if tag == NOMINATING {
            remote.phase = Phase::Settled;
        } else if remote.phase == Phase::Checking {
            remote.phase = Phase::Nominating;
            remote.next_check = remote.next_check.and(Some(now));
        }
        if self.secure.is_none() {
            self.start_handshake(now);
        }
        self.handle_timeout(now);
        Ok(())
    }

    fn start_handshake(&mut self, now: Instant) {
        let Some(remote) = &self.remote else { return };
        let mut secure = if self.waits {
            Secure::server(self.identity.clone())
        } else {
            let gcm = SrtpProtectionProfile::Srtp_Aead_Aes_128_Gcm;
            let cm = SrtpProtectionProfile::Srtp_Aes128_Cm_Hmac_Sha1_80;
            let config = match self.profiles {
                Profiles::CmThenGcm => self.identity.client(&[cm, gcm]),
                Profiles::Cm => self.identity.client(&[cm]),
            };
            let config = config.expect("the server's configurations were made in the same way");
            let dtls = Dtls::client(now, config)
                .expect("a first flight needs nothing from the other side");
            Secure::client(self.identity.clone(), dtls, now)
        };
        secure.set_remote_fingerprint(remote.fingerprint);
        for (label, ordered, max_retransmits) in self.channels.drain(..) {
            secure.open_channel(now, &label, ordered, max_retransmits);
        }
        self.secure = Some(secure);
    }

    fn collect(&mut self) {
        let Some(secure) = &mut self.secure else {
            return;
        };
        while let Some(event) = secure.poll_event() {
            self.closed |= matches!(event, TransportEvent::Closed(_));
            self.events.push_back(event);
        }
    }
}

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Client")
            .field("connected", &self.is_connected())
            .finish_non_exhaustive()
    }
}

/// RFC 8445, section 14.2.
const CHECK_INTERVAL: Duration = Duration::from_millis(50);

/// Chromium's on a stable connection.
const CONSENT_INTERVAL: Duration = Duration::from_millis(2500);

/// Type preference 110 (RFC 8445, section 5.1.2.2).
const PEER_REFLEXIVE_PRIORITY: [u8; 4] = [110, 0xFF, 0xFF, 0xFF];

/// In front of a transaction number: whether that check nominates.
const NOMINATING: &[u8] = b"nomi";
const PLAIN: &[u8] = b"chck";
