//! ICE-lite: answers the other side's connectivity checks (RFC 8445) and remembers what they prove.
//!
//! A lite agent sends no checks of its own. What a check proves is that whoever holds the
//! credentials of our description can send from an address: only such addresses may speak DTLS
//! and SRTP, and only while their checks go on (consent, RFC 7675).
//!
//! An ICE restart adds a *generation* of credentials. The old one answers until the new one is
//! nominated, so media goes on all the while.

use std::{
    fmt,
    net::SocketAddr,
    time::{Duration, Instant},
};

use rand::{Rng as _, RngCore, distr::Alphanumeric};
use rtc::{
    crypto::RTCCrypto,
    stun::{
        attributes::{ATTR_MESSAGE_INTEGRITY, ATTR_USE_CANDIDATE, ATTR_USERNAME},
        fingerprint::FINGERPRINT,
        integrity::MessageIntegrity,
        message::{BINDING_REQUEST, BINDING_SUCCESS, Message},
        xoraddr::XorMappedAddress,
    },
};
use thiserror::Error;

use crate::{Path, Protocol};

/// ICE user fragment and password (RFC 8445, section 5.3).
#[derive(Clone, Eq, PartialEq)]
pub struct IceCredentials {
    /// The user fragment: routes checks to their transport, and is no secret.
    pub ufrag: String,
    /// The password: never logged.
    pub pwd: String,
}

impl IceCredentials {
    /// 47 bits to route by, and 142 bits of secret.
    pub fn generate(rng: &mut impl RngCore) -> Self {
        let mut text = |length| {
            (&mut *rng)
                .sample_iter(Alphanumeric)
                .take(length)
                .map(char::from)
                .collect()
        };
        Self {
            ufrag: text(8),
            pwd: text(24),
        }
    }
}

impl fmt::Debug for IceCredentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IceCredentials")
            .field("ufrag", &self.ufrag)
            .finish_non_exhaustive()
    }
}

/// The user fragment of ours that a STUN request is addressed to: the first half of its USERNAME.
///
/// Finds the transport before anything is verified, so it reads and allocates nothing else.
pub fn stun_ufrag(datagram: &[u8]) -> Option<&str> {
    username(datagram)?.split_once(':').map(|(ours, _)| ours)
}

fn username(datagram: &[u8]) -> Option<&str> {
    let (header, mut rest) = datagram.split_at_checked(STUN_HEADER)?;
    let &[0..=3, _, high, low, ref cookie @ ..] = header else {
        return None;
    };
    if !cookie.starts_with(&STUN_COOKIE)
        || usize::from(u16::from_be_bytes([high, low])) != rest.len()
    {
        return None;
    }
    while let &[type_high, type_low, high, low, ref after @ ..] = rest {
        let length = usize::from(u16::from_be_bytes([high, low]));
        if u16::from_be_bytes([type_high, type_low]) == ATTR_USERNAME.value() {
            return std::str::from_utf8(after.get(..length)?).ok();
        }
        rest = after.get(length.next_multiple_of(4)..)?;
    }
    None
}

/// The state of one peer's ICE.
pub(crate) struct IceLite {
    /// The newest last; the one before it, if any, is still the nominated one.
    generations: Vec<Generation>,
    paths: Vec<Checked>,
    selected: Option<Path>,
    /// When a check nominated the selected path last.
    nominated_at: Option<Instant>,
    /// When consent ends without another check. `None` before there is anyone to give it.
    consent_until: Option<Instant>,
}

struct Generation {
    local: IceCredentials,
    /// Unknown until the remote description has come.
    remote_ufrag: Option<String>,
    /// Media follows the first valid check of a restart: browsers send from the new address up to
    /// seconds before they nominate it.
    followed: bool,
}

impl Generation {
    fn new(local: IceCredentials) -> Self {
        Self {
            local,
            remote_ufrag: None,
            followed: false,
        }
    }
}

/// A path a valid check came by.
struct Checked {
    path: Path,
    checked_at: Instant,
}

/// What a valid check leads to.
pub(crate) struct Outcome {
    pub(crate) response: Vec<u8>,
    /// The path media takes from now on, if the check changed it.
    pub(crate) nominated: Option<Path>,
}

impl IceLite {
    pub(crate) fn new(local: IceCredentials) -> Self {
        Self {
            generations: vec![Generation::new(local)],
            paths: Vec::new(),
            selected: None,
            nominated_at: None,
            consent_until: None,
        }
    }

    pub(crate) fn set_remote(&mut self, now: Instant, ufrag: &str) {
        if let Some(newest) = self.generations.last_mut() {
            newest.remote_ufrag = Some(ufrag.to_owned());
        }
        self.consent_until.get_or_insert(now + CONSENT);
    }

    pub(crate) fn restart(&mut self, local: IceCredentials) {
        // A restart that was not nominated yet is given up for the new one.
        self.generations.truncate(1);
        self.generations.push(Generation::new(local));
    }

    pub(crate) fn handle_check(
        &mut self,
        crypto: &dyn RTCCrypto,
        now: Instant,
        from: Path,
        datagram: &[u8],
    ) -> Result<Outcome, IceError> {
        let check = Check::verify(crypto, &self.generations, datagram)?;
        let response = check.response(crypto, from.remote)?;
        let Check {
            generation,
            nominates,
            ..
        } = check;
        self.consent_until = Some(now + CONSENT);
        self.remember_path(now, from);
        let nominated = self.choose_path(now, generation, nominates, from);
        if nominates && self.selected == Some(from) {
            self.nominated_at = Some(now);
        }
        Ok(Outcome {
            response,
            nominated,
        })
    }

    /// A path that carries nothing any more: its connection was closed.
    pub(crate) fn forget_path(&mut self, path: Path) {
        self.paths.retain(|checked| checked.path != path);
        if self.selected == Some(path) {
            self.selected = None;
        }
    }

    /// Whether a valid check has come from there lately.
    pub(crate) fn is_valid(&self, now: Instant, from: Path) -> bool {
        self.paths
            .iter()
            .any(|checked| checked.path == from && checked.is_fresh(now))
    }

    pub(crate) fn destination(&self) -> Option<Path> {
        self.selected
            .or_else(|| self.paths.last().map(|checked| checked.path))
    }

    pub(crate) fn local_ufrags(&self) -> impl Iterator<Item = &str> {
        self.generations
            .iter()
            .map(|generation| generation.local.ufrag.as_str())
    }

    /// When consent is lost.
    pub(crate) fn poll_timeout(&self) -> Option<Instant> {
        self.consent_until
    }

    fn remember_path(&mut self, now: Instant, from: Path) {
        if let Some(known) = self.paths.iter_mut().find(|checked| checked.path == from) {
            known.checked_at = now;
            return;
        }
        let selected = self.selected;
        self.paths
            .retain(|checked| checked.is_fresh(now) || selected == Some(checked.path));
        if self.paths.len() == MAX_PATHS
            && let Some(oldest) = self
                .paths
                .iter()
                .position(|checked| selected != Some(checked.path))
        {
            self.paths.remove(oldest);
        }
        self.paths.push(Checked {
            path: from,
            checked_at: now,
        });
    }

    /// Returns the path if media moves to it.
    fn choose_path(
        &mut self,
        now: Instant,
        generation: usize,
        nominates: bool,
        from: Path,
    ) -> Option<Path> {
        let is_newest = generation + 1 == self.generations.len();
        let is_wanted = nominates && !self.is_second_choice(now, from);
        let is_needed = self.is_selected_silent(now);
        let newest = self.generations.last_mut()?;
        if is_newest {
            let first_of_restart = generation > 0 && !newest.followed;
            if !is_wanted && !is_needed && !first_of_restart {
                return None;
            }
            newest.followed = true;
            if nominates {
                self.generations.drain(..generation);
            }
        } else if !nominates || newest.followed {
            return None;
        }
        (self.selected.replace(from) != Some(from)).then_some(from)
    }

    /// Firefox nominates every path it checks and then uses the best: TCP, which connects later,
    /// does not take over from a UDP path that is still being nominated. Where the other side has
    /// really moved, it goes on nominating the new path and no longer the old.
    fn is_second_choice(&self, now: Instant, from: Path) -> bool {
        let is_worse = from.protocol == Protocol::Tcp
            && self
                .selected
                .is_some_and(|selected| selected.protocol == Protocol::Udp);
        let is_settling = self
            .nominated_at
            .is_some_and(|at| now.saturating_duration_since(at) < SETTLING);
        is_worse && is_settling
    }

    /// Whether the selected path has had no check for so long that any other is better.
    fn is_selected_silent(&self, now: Instant) -> bool {
        self.selected.is_some_and(|selected| {
            !self
                .paths
                .iter()
                .any(|checked| checked.path == selected && checked.is_heard(now))
        })
    }
}

/// A check whose password was right.
struct Check<'a> {
    message: Message,
    /// Index of the credentials it used.
    generation: usize,
    password: &'a str,
    /// Whether it carries USE-CANDIDATE.
    nominates: bool,
}

impl<'a> Check<'a> {
    fn verify(
        crypto: &dyn RTCCrypto,
        generations: &'a [Generation],
        datagram: &[u8],
    ) -> Result<Self, IceError> {
        let mut message = Message {
            raw: datagram.to_vec(),
            ..Default::default()
        };
        message.decode().map_err(|_| IceError::Malformed)?;
        if message.typ != BINDING_REQUEST {
            return Err(IceError::NotACheck);
        }
        FINGERPRINT
            .check(&message)
            .map_err(|_| IceError::Malformed)?;
        let (ours, theirs) = username(datagram)
            .and_then(|name| name.split_once(':'))
            .ok_or(IceError::Malformed)?;
        let (
            generation,
            Generation {
                local,
                remote_ufrag,
                ..
            },
        ) = generations
            .iter()
            .enumerate()
            .find(|(_, generation)| generation.local.ufrag == ours)
            .ok_or(IceError::UnknownUser)?;
        if remote_ufrag.as_deref() != Some(theirs) {
            return Err(IceError::UnknownUser);
        }
        MessageIntegrity::check(&mut message, local.pwd.as_bytes(), crypto)
            .map_err(|_| IceError::WrongPassword)?;
        // Anybody on the way can append attributes behind the one that authenticates.
        let covered = message
            .attributes
            .0
            .iter()
            .take_while(|attribute| attribute.typ != ATTR_MESSAGE_INTEGRITY);
        let nominates = covered
            .into_iter()
            .any(|attribute| attribute.typ == ATTR_USE_CANDIDATE);
        Ok(Self {
            generation,
            password: &local.pwd,
            nominates,
            message,
        })
    }

    fn response(&self, crypto: &dyn RTCCrypto, from: SocketAddr) -> Result<Vec<u8>, IceError> {
        let mut response = Message::new();
        response
            .build(&[
                Box::new(self.message.transaction_id),
                Box::new(BINDING_SUCCESS),
                Box::new(XorMappedAddress {
                    ip: from.ip(),
                    port: from.port(),
                }),
                Box::new(MessageIntegrity::new_short_term_integrity_with_provider(
                    self.password.to_owned(),
                    crypto,
                )),
                Box::new(FINGERPRINT),
            ])
            .map_err(|_| IceError::Malformed)?;
        Ok(response.raw)
    }
}

impl Checked {
    fn is_fresh(&self, now: Instant) -> bool {
        now.saturating_duration_since(self.checked_at) < CONSENT
    }

    fn is_heard(&self, now: Instant) -> bool {
        now.saturating_duration_since(self.checked_at) < SILENCE
    }
}

/// Why a STUN message got no answer. RFC 8445 knows error responses; silence tells strangers less.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
#[non_exhaustive]
pub enum IceError {
    /// Not STUN, without USERNAME, or with a wrong FINGERPRINT.
    #[error("malformed STUN message")]
    Malformed,
    /// A response, an indication or another method.
    #[error("not a connectivity check")]
    NotACheck,
    /// For other credentials than ours, or before the remote description has come.
    #[error("a check for unknown credentials")]
    UnknownUser,
    /// MESSAGE-INTEGRITY does not match.
    #[error("a check with a wrong password")]
    WrongPassword,
}

/// RFC 7675, section 5.1.
pub(crate) const CONSENT: Duration = Duration::from_secs(30);

/// Chromium nominates the path it uses every 2.5 s.
const SETTLING: Duration = Duration::from_secs(3);

/// Twice the longest pause between two checks of a path in use (RFC 7675, section 5.1).
const SILENCE: Duration = Duration::from_secs(12);

/// A browser checks from each of its interfaces; eight is more than any has at once.
const MAX_PATHS: usize = 8;

const STUN_HEADER: usize = 20;
const STUN_COOKIE: [u8; 4] = [0x21, 0x12, 0xA4, 0x42];

#[cfg(test)]
mod tests;
