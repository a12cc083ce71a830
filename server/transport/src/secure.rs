//! What lies behind ICE: DTLS, and with its keys SRTP and SCTP. The same on both sides of the wire.

use std::{collections::VecDeque, sync::Arc, time::Instant};

use bytes::Bytes;
use rtc::crypto::RTCCrypto;

use crate::{
    CloseReason, DtlsError, Fingerprint, Identity, SendError, SrtpError, TransportEvent,
    dtls::{Dtls, DtlsEvent},
    sctp::Sctp,
    srtp::Srtp,
};

/// The secured layers of one connection.
pub(crate) struct Secure {
    identity: Arc<Identity>,
    dtls: Dtls,
    /// From the end of the handshake on.
    srtp: Option<Srtp>,
    sctp: Sctp,
    remote_fingerprint: Option<Fingerprint>,
    datagrams: VecDeque<Bytes>,
    events: VecDeque<TransportEvent>,
    /// The ports and the tag of our last SCTP packet.
    #[cfg(feature = "testing")]
    sctp_header: [u8; 8],
}

impl Secure {
    pub(crate) fn server(identity: Arc<Identity>) -> Self {
        Self::new(
            Dtls::server(identity.clone()),
            Sctp::server(identity.clone()),
            identity,
        )
    }

    /// With a handshake that has begun.
    #[cfg(feature = "testing")]
    pub(crate) fn client(identity: Arc<Identity>, dtls: Dtls, now: Instant) -> Self {
        let mut secure = Self::new(dtls, Sctp::client(identity.clone()), identity);
        secure.collect(now);
        secure
    }

    fn new(dtls: Dtls, sctp: Sctp, identity: Arc<Identity>) -> Self {
        Self {
            identity,
            dtls,
            srtp: None,
            sctp,
            remote_fingerprint: None,
            datagrams: VecDeque::new(),
            events: VecDeque::new(),
            #[cfg(feature = "testing")]
            sctp_header: [0; 8],
        }
    }

    /// Starts the handshake, if nobody has: the other side waits for it.
    pub(crate) fn start_handshake(&mut self, now: Instant) {
        if !self.dtls.is_idle() {
            return;
        }
        match Dtls::client(now, self.identity.active.clone()) {
            Ok(dtls) => {
                self.dtls = dtls;
                self.sctp.become_client();
                self.collect(now);
            }
            Err(_) => self.end(now, CloseReason::HandshakeFailed),
        }
    }

    pub(crate) fn crypto(&self) -> &dyn RTCCrypto {
        self.identity.provider.crypto()
    }

    pub(crate) fn set_remote_fingerprint(&mut self, fingerprint: Fingerprint) {
        self.remote_fingerprint = Some(fingerprint);
    }

    pub(crate) fn is_connected(&self) -> bool {
        self.srtp.is_some()
    }

    pub(crate) fn is_shaking_hands(&self) -> bool {
        self.dtls.is_shaking_hands()
    }

    #[cfg(feature = "testing")]
    pub(crate) fn dtls(&self) -> &Dtls {
        &self.dtls
    }

    pub(crate) fn open_channel(
        &mut self,
        now: Instant,
        label: &str,
        ordered: bool,
        max_retransmits: Option<u16>,
    ) {
        self.sctp.open(now, label, ordered, max_retransmits);
        self.collect(now);
    }

    pub(crate) fn handle_dtls(&mut self, now: Instant, datagram: &[u8]) -> Result<(), DtlsError> {
        let mut events = Vec::new();
        let result = self.dtls.handle_datagram(now, datagram, &mut events);
        for event in events {
            match event {
                DtlsEvent::HandshakeComplete => self.connect(now),
                // Data cannot come before the handshake is complete, but it can come after a
                // certificate was refused.
                DtlsEvent::Data(packet) if self.srtp.is_some() => {
                    self.sctp.handle_packet(now, packet);
                }
                DtlsEvent::Data(_) => {}
                DtlsEvent::Closed => self.end(now, CloseReason::ClosedByPeer),
            }
        }
        if result.is_err() && self.dtls.is_over() {
            self.end(now, CloseReason::HandshakeFailed);
        }
        self.collect(now);
        result
    }

    /// The handshake is complete: whoever it was with must be who the description promised.
    fn connect(&mut self, now: Instant) {
        if self.remote_fingerprint.is_none()
            || self.dtls.peer_fingerprint() != self.remote_fingerprint
        {
            return self.end(now, CloseReason::FingerprintMismatch);
        }
        match self.dtls.srtp(&self.identity) {
            Ok(srtp) => {
                self.srtp = Some(srtp);
                self.events.push_back(TransportEvent::Connected);
                if self.dtls.is_client() {
                    self.sctp.connect(now);
                }
            }
            Err(_) => self.end(now, CloseReason::HandshakeFailed),
        }
    }

    fn end(&mut self, now: Instant, reason: CloseReason) {
        self.srtp = None;
        self.dtls.close(now);
        self.events.push_back(TransportEvent::Closed(reason));
    }

    pub(crate) fn seal_rtp(&mut self, buffer: &mut Vec<u8>, start: usize) -> Result<(), SrtpError> {
        self.srtp
            .as_mut()
            .ok_or(SrtpError::NotConnected)?
            .seal_rtp(buffer, start)
    }

    pub(crate) fn seal_rtcp(
        &mut self,
        buffer: &mut Vec<u8>,
        start: usize,
    ) -> Result<(), SrtpError> {
        self.srtp
            .as_mut()
            .ok_or(SrtpError::NotConnected)?
            .seal_rtcp(buffer, start)
    }

    pub(crate) fn open_rtp<'a>(&mut self, packet: &'a mut [u8]) -> Result<&'a mut [u8], SrtpError> {
        self.srtp
            .as_mut()
            .ok_or(SrtpError::NotConnected)?
            .open_rtp(packet)
    }

    pub(crate) fn open_rtcp<'a>(
        &mut self,
        packet: &'a mut [u8],
    ) -> Result<&'a mut [u8], SrtpError> {
        self.srtp
            .as_mut()
            .ok_or(SrtpError::NotConnected)?
            .open_rtcp(packet)
    }

    pub(crate) fn send_message(
        &mut self,
        now: Instant,
        label: &str,
        binary: bool,
        payload: &[u8],
    ) -> Result<(), SendError> {
        let result = self.sctp.send(now, label, binary, payload);
        self.collect(now);
        result
    }

    #[cfg(feature = "testing")]
    pub(crate) fn send_sctp_chunks(&mut self, now: Instant, chunks: &[u8]) {
        let packet = [&self.sctp_header, &[0; 4][..], chunks].concat();
        self.dtls.write(now, &crate::testing::with_checksum(packet));
        self.collect(now);
    }

    #[cfg(feature = "testing")]
    pub(crate) fn send_on_stream(
        &mut self,
        now: Instant,
        stream: u16,
        protocol: u32,
        payload: &[u8],
    ) {
        self.sctp.send_on_stream(now, stream, protocol, payload);
        self.collect(now);
    }

    pub(crate) fn poll_datagram(&mut self) -> Option<Bytes> {
        self.datagrams.pop_front()
    }

    pub(crate) fn poll_event(&mut self) -> Option<TransportEvent> {
        self.events.pop_front()
    }

    pub(crate) fn poll_timeout(&self) -> Option<Instant> {
        [self.dtls.poll_timeout(), self.sctp.poll_timeout()]
            .into_iter()
            .flatten()
            .min()
    }

    pub(crate) fn handle_timeout(&mut self, now: Instant) {
        if self.dtls.handle_timeout(now).is_err() {
            self.end(now, CloseReason::HandshakeFailed);
        }
        if self.sctp.poll_timeout().is_some_and(|at| at <= now) {
            self.sctp.handle_timeout(now);
        }
        self.collect(now);
    }

    pub(crate) fn close(&mut self, now: Instant) {
        self.sctp.close(now);
        self.collect(now);
        self.srtp = None;
        self.dtls.close(now);
        self.collect(now);
    }

    /// SCTP packets become DTLS records, DTLS records datagrams.
    fn collect(&mut self, now: Instant) {
        while let Some(packet) = self.sctp.poll_packet() {
            #[cfg(feature = "testing")]
            if let Some(header) = packet.first_chunk() {
                self.sctp_header = *header;
            }
            self.dtls.write(now, &packet);
        }
        while let Some(datagram) = self.dtls.poll_transmit(now) {
            self.datagrams.push_back(datagram.freeze());
        }
        while let Some(event) = self.sctp.poll_event() {
            self.events.push_back(event);
        }
    }
}
