//! DTLS over one peer's datagrams, and a guard in front of the `rtc` implementation.
//!
//! The implementation keeps its connections by address. We give each peer an endpoint of its own
//! and one constant address, so that a changed path (ICE restart, NAT) is invisible to DTLS.
//!
//! The guard ([`Guard`]) is there because
//! * a forged ChangeCipherSpec of a later epoch is taken without decryption and makes the
//!   connection deaf for good; after the handshake nothing in plaintext has any business;
//! * a repeated handshake message stops the retransmission timer without an answer, so that both
//!   sides wait for each other; instead we repeat our own flight when the other side repeats its;
//! * the server picks the first SRTP profile of the client's list that it supports, and Chromium
//!   lists the slow one first; so we read the ClientHello and offer the profile we want.

mod client_hello;
mod guard;

use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::Arc,
    time::{Duration, Instant},
};

use bytes::{Bytes, BytesMut};
use rtc::{
    dtls::{
        config::HandshakeConfig,
        endpoint::{Endpoint, EndpointEvent},
        extension::extension_use_srtp::SrtpProtectionProfile,
        state::State,
    },
    shared::TransportProtocol,
};
use thiserror::Error;

use crate::{
    Fingerprint, Identity,
    srtp::{Profile, Role, Srtp, SrtpError},
};
use client_hello::ClientHello;
use guard::Guard;

/// One peer's DTLS connection.
pub(crate) struct Dtls {
    endpoint: Endpoint,
    role: Role,
    stage: Stage,
}

enum Stage {
    /// The first flight is collected until its SRTP profiles can be read.
    Hello {
        identity: Arc<Identity>,
        hello: Box<ClientHello>,
        /// From the first piece of it on.
        deadline: Option<Instant>,
    },
    Handshake {
        deadline: Instant,
        guard: Box<Guard>,
    },
    /// Datagrams that are still let through although they repeat the handshake.
    Up {
        repeats_left: u8,
    },
    Over,
}

/// What a datagram led to.
pub(crate) enum DtlsEvent {
    /// The handshake is complete. The certificate has not been compared with anything yet.
    HandshakeComplete,
    /// Decrypted data.
    Data(Bytes),
    /// The other side closed the connection.
    Closed,
}

impl Dtls {
    /// Waits for a ClientHello.
    pub(crate) fn server(identity: Arc<Identity>) -> Self {
        Self {
            endpoint: Endpoint::new(ADDRESS, TransportProtocol::UDP, Some(identity.gcm.clone())),
            role: Role::Server,
            stage: Stage::Hello {
                identity,
                hello: Box::default(),
                deadline: None,
            },
        }
    }

    /// Starts a handshake.
    pub(crate) fn client(now: Instant, config: Arc<HandshakeConfig>) -> Result<Self, DtlsError> {
        let mut endpoint = Endpoint::new(ADDRESS, TransportProtocol::UDP, None);
        endpoint
            .connect(now, ADDRESS, config, None)
            .map_err(DtlsError::handshake)?;
        let stage = Stage::Handshake {
            deadline: now + HANDSHAKE_LIMIT,
            guard: Box::new(Guard::client()),
        };
        Ok(Self {
            endpoint,
            role: Role::Client,
            stage,
        })
    }

    /// Takes one datagram. An error during the handshake ends it; one after it does not matter.
    pub(crate) fn handle_datagram(
        &mut self,
        now: Instant,
        datagram: &[u8],
        events: &mut Vec<DtlsEvent>,
    ) -> Result<(), DtlsError> {
        match &mut self.stage {
            Stage::Hello {
                identity,
                hello,
                deadline,
            } => {
                hello.add(datagram)?;
                let deadline = *deadline.get_or_insert(now + HANDSHAKE_LIMIT);
                let Some(profile) = hello.choose_profile() else {
                    return Ok(());
                };
                let config = match profile {
                    Profile::Gcm => identity.gcm.clone(),
                    Profile::Cm => identity.cm.clone(),
                };
                let held = hello.take_datagrams();
                self.begin(deadline, config);
                held.iter()
                    .try_for_each(|datagram| self.read(now, datagram, events))
            }
            Stage::Handshake { .. } | Stage::Up { .. } => self.read(now, datagram, events),
            Stage::Over => Err(DtlsError::Over),
        }
    }

    fn begin(&mut self, deadline: Instant, config: Arc<HandshakeConfig>) {
        self.endpoint.set_server_config(Some(config));
        self.stage = Stage::Handshake {
            deadline,
            guard: Box::new(Guard::server()),
        };
    }

    fn read(
        &mut self,
        now: Instant,
        datagram: &[u8],
        events: &mut Vec<DtlsEvent>,
    ) -> Result<(), DtlsError> {
        let records = match &mut self.stage {
            Stage::Handshake { guard, .. } => {
                let filtered = guard.filter(datagram)?;
                if filtered.repeats {
                    guard.repeat_flight(now, &mut self.endpoint)?;
                }
                filtered.records
            }
            Stage::Up { repeats_left } => guard::filter_established(datagram, repeats_left)?,
            Stage::Hello { .. } | Stage::Over => return Err(DtlsError::Over),
        };
        if records.is_empty() {
            return Ok(());
        }
        match self.endpoint.read(now, ADDRESS, None, records) {
            Ok(read) => {
                for event in read {
                    match event {
                        EndpointEvent::HandshakeComplete => {
                            self.stage = Stage::Up {
                                repeats_left: MAX_REPEATS,
                            };
                            events.push(DtlsEvent::HandshakeComplete);
                        }
                        EndpointEvent::ApplicationData(data) => {
                            events.push(DtlsEvent::Data(data.freeze()));
                        }
                        EndpointEvent::PeerClosed => {
                            self.stage = Stage::Over;
                            events.push(DtlsEvent::Closed);
                        }
                        _ => {}
                    }
                }
                Ok(())
            }
            Err(error) if matches!(self.stage, Stage::Up { .. }) => {
                Err(DtlsError::Record(error.to_string()))
            }
            Err(error) => {
                self.stage = Stage::Over;
                Err(DtlsError::handshake(error))
            }
        }
    }

    /// Encrypts data for the other side.
    pub(crate) fn write(&mut self, now: Instant, data: &[u8]) {
        if matches!(self.stage, Stage::Up { .. }) {
            // Fails only without a connection, and then there is nobody to send to.
            let _ = self.endpoint.write(now, ADDRESS, data);
        }
    }

    pub(crate) fn poll_transmit(&mut self, now: Instant) -> Option<BytesMut> {
        let datagram = self.endpoint.poll_transmit()?.message;
        if let Stage::Handshake { guard, .. } = &mut self.stage {
            guard.note_sent(now, &datagram);
        }
        Some(datagram)
    }

    pub(crate) fn poll_timeout(&self) -> Option<Instant> {
        match &self.stage {
            Stage::Handshake { deadline, .. } => Some(
                self.endpoint
                    .poll_timeout(&ADDRESS)
                    .map_or(*deadline, |retransmit| retransmit.min(*deadline)),
            ),
            Stage::Hello { deadline, .. } => *deadline,
            Stage::Up { .. } | Stage::Over => None,
        }
    }

    /// Repeats a flight, or gives up after ten seconds.
    pub(crate) fn handle_timeout(&mut self, now: Instant) -> Result<(), DtlsError> {
        let deadline = match &self.stage {
            Stage::Handshake { deadline, .. }
            | Stage::Hello {
                deadline: Some(deadline),
                ..
            } => *deadline,
            Stage::Hello { deadline: None, .. } | Stage::Up { .. } | Stage::Over => return Ok(()),
        };
        if deadline <= now {
            self.stage = Stage::Over;
            return Err(DtlsError::TooSlow);
        }
        if self
            .endpoint
            .poll_timeout(&ADDRESS)
            .is_some_and(|at| at <= now)
        {
            self.endpoint
                .handle_timeout(ADDRESS, now)
                .map_err(|error| {
                    self.stage = Stage::Over;
                    DtlsError::handshake(error)
                })?;
        }
        Ok(())
    }

    /// Whether a handshake has begun and is not over: the time in which a peer costs most.
    pub(crate) fn is_shaking_hands(&self) -> bool {
        match &self.stage {
            Stage::Hello { deadline, .. } => deadline.is_some(),
            Stage::Handshake { .. } => true,
            Stage::Up { .. } | Stage::Over => false,
        }
    }

    /// Whether nothing has happened yet.
    pub(crate) fn is_idle(&self) -> bool {
        matches!(self.stage, Stage::Hello { deadline: None, .. })
    }

    /// Whether the handshake has failed or the connection was closed.
    pub(crate) fn is_over(&self) -> bool {
        matches!(self.stage, Stage::Over)
    }

    /// Of the certificate the other side proved to own.
    pub(crate) fn peer_fingerprint(&self) -> Option<Fingerprint> {
        self.state()?
            .peer_certificates
            .first()
            .map(|der| Fingerprint::of(der))
    }

    /// Keys for SRTP from the completed handshake (RFC 5764, section 4.2).
    pub(crate) fn srtp(&self, identity: &Identity) -> Result<Srtp, SrtpError> {
        let state = self.state().ok_or(SrtpError::NotConnected)?;
        let profile = match state.srtp_protection_profile() {
            SrtpProtectionProfile::Srtp_Aead_Aes_128_Gcm => Profile::Gcm,
            SrtpProtectionProfile::Srtp_Aes128_Cm_Hmac_Sha1_80 => Profile::Cm,
            _ => return Err(SrtpError::Keys),
        };
        let material = state
            .export_keying_material("EXTRACTOR-dtls_srtp", &[], profile.keying_material_len())
            .map_err(|_| SrtpError::Keys)?;
        Srtp::new(
            identity.provider.crypto(),
            profile,
            self.role,
            material.as_ref(),
        )
    }

    /// The SRTP profile of the completed handshake.
    #[cfg(feature = "testing")]
    pub(crate) fn profile(&self) -> Option<SrtpProtectionProfile> {
        self.state().map(State::srtp_protection_profile)
    }

    pub(crate) fn is_client(&self) -> bool {
        self.role == Role::Client
    }

    /// Says goodbye, and forgets the connection.
    pub(crate) fn close(&mut self, now: Instant) {
        self.stage = Stage::Over;
        // Only queues an alert; there is nothing in it that can fail.
        let _ = self.endpoint.close(now);
    }

    fn state(&self) -> Option<&State> {
        self.endpoint.get_connection_state(ADDRESS)
    }
}

/// Why DTLS does not go on, or a datagram was dropped.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
#[non_exhaustive]
pub enum DtlsError {
    /// Not a sequence of DTLS records.
    #[error("malformed DTLS datagram")]
    Malformed,
    /// The handshake failed.
    #[error("DTLS handshake failed: {0}")]
    Handshake(String),
    /// Far more bytes than any handshake has; the rest is dropped.
    #[error("DTLS handshake is too long")]
    TooLong,
    /// The handshake took longer than ten seconds.
    #[error("DTLS handshake took too long")]
    TooSlow,
    /// A record that the connection refused; it goes on.
    #[error("DTLS record refused: {0}")]
    Record(String),
    /// The connection has ended.
    #[error("the DTLS connection is over")]
    Over,
}

impl DtlsError {
    fn handshake(error: impl std::fmt::Display) -> Self {
        Self::Handshake(error.to_string())
    }
}

/// Stands for the other side, wherever it is.
pub(crate) const ADDRESS: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED), 9);

/// A handshake of five round trips; longer ones are given up and started again by the client.
const HANDSHAKE_LIMIT: Duration = Duration::from_secs(10);

/// As many repeats of its last flight as the implementation answers.
const MAX_REPEATS: u8 = 8;
