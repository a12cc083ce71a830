//! SRTP and SRTCP (RFC 3711) with the keys of a DTLS handshake (RFC 5764).
//!
//! AEAD_AES_128_GCM (RFC 7714) is our own: it works in place and allocates nothing, because every
//! forwarded packet passes here. The older AES_CM_128_HMAC_SHA1_80 is for clients without GCM and
//! goes through the context of the `rtc` crates.
//!
//! With GCM a nonce must never be used twice, and the nonce is the packet's index. So this is the
//! one owner of the indices of its keys, and it refuses to seal an index again.

mod window;

use aws_lc_rs::aead::{AES_128_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use rtc::{
    crypto::{BlockCipherAlgorithm, RTCCrypto},
    srtp::{
        context::Context,
        option::{srtcp_replay_protection, srtp_replay_protection},
        protection_profile::ProtectionProfile,
    },
};
use thiserror::Error;

use window::Window;

/// Both directions of one transport.
pub(crate) struct Srtp {
    outbound: Box<Direction>,
    inbound: Box<Direction>,
}

enum Direction {
    Gcm(Gcm),
    Cm(Context),
}

/// The SRTP protection profiles we negotiate.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Profile {
    /// AEAD_AES_128_GCM.
    Gcm,
    /// AES_CM_128_HMAC_SHA1_80.
    Cm,
}

impl Profile {
    fn salt_len(self) -> usize {
        match self {
            Self::Gcm => 12,
            Self::Cm => 14,
        }
    }

    /// How much keying material to export: two keys and two salts (RFC 5764, section 4.2).
    pub(crate) fn keying_material_len(self) -> usize {
        2 * (KEY_LEN + self.salt_len())
    }
}

/// Whether the keying material is seen from the DTLS client or the server.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Role {
    Client,
    Server,
}

impl Srtp {
    /// From exported keying material: client key, server key, client salt, server salt.
    pub(crate) fn new(
        crypto: &dyn RTCCrypto,
        profile: Profile,
        role: Role,
        material: &[u8],
    ) -> Result<Self, SrtpError> {
        if material.len() != profile.keying_material_len() {
            return Err(SrtpError::Keys);
        }
        let (keys, salts) = material.split_at(2 * KEY_LEN);
        let (client_key, server_key) = keys.split_at(KEY_LEN);
        let (client_salt, server_salt) = salts.split_at(profile.salt_len());
        let direction = |key, salt| Direction::new(crypto, profile, key, salt).map(Box::new);
        let client = direction(client_key, client_salt)?;
        let server = direction(server_key, server_salt)?;
        Ok(match role {
            Role::Client => Self {
                outbound: client,
                inbound: server,
            },
            Role::Server => Self {
                outbound: server,
                inbound: client,
            },
        })
    }

    pub(crate) fn seal_rtp(&mut self, buffer: &mut Vec<u8>, start: usize) -> Result<(), SrtpError> {
        match &mut *self.outbound {
            Direction::Gcm(gcm) => gcm.seal_rtp(buffer, start),
            Direction::Cm(context) => {
                replace_tail(buffer, start, |packet| context.encrypt_rtp(packet))
            }
        }
    }

    pub(crate) fn seal_rtcp(
        &mut self,
        buffer: &mut Vec<u8>,
        start: usize,
    ) -> Result<(), SrtpError> {
        match &mut *self.outbound {
            Direction::Gcm(gcm) => gcm.seal_rtcp(buffer, start),
            Direction::Cm(context) => {
                replace_tail(buffer, start, |packet| context.encrypt_rtcp(packet))
            }
        }
    }

    pub(crate) fn open_rtp<'a>(&mut self, packet: &'a mut [u8]) -> Result<&'a mut [u8], SrtpError> {
        match &mut *self.inbound {
            Direction::Gcm(gcm) => gcm.open_rtp(packet),
            Direction::Cm(context) => replace_front(packet, |packet| context.decrypt_rtp(packet)),
        }
    }

    pub(crate) fn open_rtcp<'a>(
        &mut self,
        packet: &'a mut [u8],
    ) -> Result<&'a mut [u8], SrtpError> {
        match &mut *self.inbound {
            Direction::Gcm(gcm) => gcm.open_rtcp(packet),
            Direction::Cm(context) => replace_front(packet, |packet| context.decrypt_rtcp(packet)),
        }
    }
}

impl Direction {
    fn new(
        crypto: &dyn RTCCrypto,
        profile: Profile,
        key: &[u8],
        salt: &[u8],
    ) -> Result<Self, SrtpError> {
        match profile {
            Profile::Gcm => Gcm::new(crypto, key, salt).map(Self::Gcm),
            Profile::Cm => Context::new(
                key,
                salt,
                ProtectionProfile::Aes128CmHmacSha1_80,
                // `None` would mean no replay protection at all.
                Some(srtp_replay_protection(WINDOW)),
                Some(srtcp_replay_protection(WINDOW)),
                crypto,
            )
            .map(Self::Cm)
            .map_err(|_| SrtpError::Keys),
        }
    }
}

/// One direction of AEAD_AES_128_GCM.
struct Gcm {
    rtp: LessSafeKey,
    rtp_salt: [u8; SALT_LEN],
    rtcp: LessSafeKey,
    rtcp_salt: [u8; SALT_LEN],
    rtp_indices: Indices,
    rtcp_indices: Indices,
    /// Of the next SRTCP packet we send, whatever its SSRC.
    next_rtcp_index: u32,
}

impl Gcm {
    fn new(crypto: &dyn RTCCrypto, key: &[u8], salt: &[u8]) -> Result<Self, SrtpError> {
        let session_key = |label| -> Result<LessSafeKey, SrtpError> {
            let key = derive(crypto, key, salt, label)?;
            UnboundKey::new(&AES_128_GCM, &key)
                .map(LessSafeKey::new)
                .map_err(|_| SrtpError::Keys)
        };
        let session_salt = |label| -> Result<[u8; SALT_LEN], SrtpError> {
            let block = derive(crypto, key, salt, label)?;
            block.first_chunk().copied().ok_or(SrtpError::Keys)
        };
        Ok(Self {
            rtp: session_key(LABEL_RTP_KEY)?,
            rtp_salt: session_salt(LABEL_RTP_SALT)?,
            rtcp: session_key(LABEL_RTCP_KEY)?,
            rtcp_salt: session_salt(LABEL_RTCP_SALT)?,
            rtp_indices: Indices::default(),
            rtcp_indices: Indices::default(),
            next_rtcp_index: 0,
        })
    }

    fn seal_rtp(&mut self, buffer: &mut Vec<u8>, start: usize) -> Result<(), SrtpError> {
        let packet = buffer.get_mut(start..).ok_or(SrtpError::Malformed)?;
        let header = RtpHeader::parse(packet)?;
        let (header_bytes, payload) = packet
            .split_at_mut_checked(header.len)
            .ok_or(SrtpError::Malformed)?;
        let window = self.rtp_indices.entry(header.ssrc)?;
        let index = window
            .guess(header.sequence)
            .filter(|index| window.is_new(*index))
            .ok_or(SrtpError::Replayed)?;
        let nonce = rtp_nonce(&self.rtp_salt, header.ssrc, index);
        let tag = self
            .rtp
            .seal_in_place_separate_tag(nonce, Aad::from(&*header_bytes), payload)
            .map_err(|_| SrtpError::Malformed)?;
        window.mark(index);
        buffer.extend_from_slice(tag.as_ref());
        Ok(())
    }

    fn open_rtp<'a>(&mut self, packet: &'a mut [u8]) -> Result<&'a mut [u8], SrtpError> {
        let header = RtpHeader::parse(packet)?;
        let (header_bytes, sealed) = packet
            .split_at_mut_checked(header.len)
            .ok_or(SrtpError::Malformed)?;
        let known = self.rtp_indices.find(header.ssrc);
        let index = match known {
            Some(window) => window
                .guess(header.sequence)
                .filter(|index| window.is_new(*index)),
            None => Some(u64::from(header.sequence)),
        };
        let index = index.ok_or(SrtpError::Replayed)?;
        let nonce = rtp_nonce(&self.rtp_salt, header.ssrc, index);
        let opened = self
            .rtp
            .open_in_place(nonce, Aad::from(&*header_bytes), sealed)
            .map_err(|_| SrtpError::Forged)?
            .len();
        // Only what is authentic takes a place in the table or moves a window.
        self.rtp_indices.entry(header.ssrc)?.mark(index);
        packet
            .get_mut(..header.len + opened)
            .ok_or(SrtpError::Malformed)
    }

    fn seal_rtcp(&mut self, buffer: &mut Vec<u8>, start: usize) -> Result<(), SrtpError> {
        let index = self.next_rtcp_index;
        if index > MAX_RTCP_INDEX {
            return Err(SrtpError::Exhausted);
        }
        let packet = buffer.get_mut(start..).ok_or(SrtpError::Malformed)?;
        let (header, payload) = packet.split_first_chunk_mut().ok_or(SrtpError::Malformed)?;
        let trailer = (RTCP_ENCRYPTED | index).to_be_bytes();
        let nonce = rtcp_nonce(&self.rtcp_salt, *header, index);
        let tag = self
            .rtcp
            .seal_in_place_separate_tag(nonce, Aad::from(rtcp_aad(*header, trailer)), payload)
            .map_err(|_| SrtpError::Malformed)?;
        self.next_rtcp_index += 1;
        buffer.extend_from_slice(tag.as_ref());
        buffer.extend_from_slice(&trailer);
        Ok(())
    }

    fn open_rtcp<'a>(&mut self, packet: &'a mut [u8]) -> Result<&'a mut [u8], SrtpError> {
        let (sealed, trailer) = packet.split_last_chunk_mut().ok_or(SrtpError::Malformed)?;
        let (header, sealed) = sealed.split_first_chunk_mut().ok_or(SrtpError::Malformed)?;
        let trailer: [u8; 4] = *trailer;
        let word = u32::from_be_bytes(trailer);
        if word & RTCP_ENCRYPTED == 0 {
            return Err(SrtpError::Forged);
        }
        let index = word & MAX_RTCP_INDEX;
        let ssrc = rtcp_ssrc(*header);
        if self
            .rtcp_indices
            .find(ssrc)
            .is_some_and(|window| !window.is_new(u64::from(index)))
        {
            return Err(SrtpError::Replayed);
        }
        let nonce = rtcp_nonce(&self.rtcp_salt, *header, index);
        let opened = self
            .rtcp
            .open_in_place(nonce, Aad::from(rtcp_aad(*header, trailer)), sealed)
            .map_err(|_| SrtpError::Forged)?
            .len();
        self.rtcp_indices.entry(ssrc)?.mark(u64::from(index));
        packet
            .get_mut(..RTCP_HEADER + opened)
            .ok_or(SrtpError::Malformed)
    }
}

/// A window of indices for each SSRC, sorted. A peer has a few dozen at most, so looking one up
/// costs less than hashing it.
#[derive(Default)]
struct Indices(Vec<(u32, Window)>);

impl Indices {
    fn find(&self, ssrc: u32) -> Option<&Window> {
        let at = self.0.binary_search_by_key(&ssrc, |(of, _)| *of).ok()?;
        self.0.get(at).map(|(_, window)| window)
    }

    fn entry(&mut self, ssrc: u32) -> Result<&mut Window, SrtpError> {
        let at = match self.0.binary_search_by_key(&ssrc, |(of, _)| *of) {
            Ok(at) => at,
            Err(_) if self.0.len() == MAX_SSRCS => return Err(SrtpError::TooManySources),
            Err(at) => {
                self.0.insert(at, (ssrc, Window::default()));
                at
            }
        };
        self.0
            .get_mut(at)
            .map(|(_, window)| window)
            .ok_or(SrtpError::TooManySources)
    }
}

/// Why a packet cannot be sealed or opened.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
#[non_exhaustive]
pub enum SrtpError {
    /// The handshake is not over.
    #[error("no keys yet")]
    NotConnected,
    /// The keying material does not fit the profile.
    #[error("unusable keying material")]
    Keys,
    /// Shorter than its header says.
    #[error("malformed packet")]
    Malformed,
    /// The authentication tag is wrong.
    #[error("packet is not authentic")]
    Forged,
    /// Its index was used before, or is too old to tell.
    #[error("packet was seen before")]
    Replayed,
    /// More SSRCs than any client has.
    #[error("too many sources")]
    TooManySources,
    /// The key's last index is used up.
    #[error("key is used up")]
    Exhausted,
}

struct RtpHeader {
    sequence: u16,
    ssrc: u32,
    /// With CSRCs and extension: what stays readable.
    len: usize,
}

impl RtpHeader {
    fn parse(packet: &[u8]) -> Result<Self, SrtpError> {
        let &[first, _, s0, s1, _, _, _, _, c0, c1, c2, c3, ref rest @ ..] = packet else {
            return Err(SrtpError::Malformed);
        };
        let mut len = 12 + 4 * usize::from(first & 0x0F);
        if first & 0x10 != 0 {
            let Some(&[_, _, high, low]) = rest.get(len - 12..len - 8) else {
                return Err(SrtpError::Malformed);
            };
            len += 4 + 4 * usize::from(u16::from_be_bytes([high, low]));
        }
        if len > packet.len() {
            return Err(SrtpError::Malformed);
        }
        Ok(Self {
            sequence: u16::from_be_bytes([s0, s1]),
            ssrc: u32::from_be_bytes([c0, c1, c2, c3]),
            len,
        })
    }
}

/// RFC 7714, section 8.1: zeros, SSRC and 48-bit index, masked by the salt.
fn rtp_nonce(salt: &[u8; SALT_LEN], ssrc: u32, index: u64) -> Nonce {
    nonce(salt, (u128::from(ssrc) << 48) | u128::from(index))
}

/// RFC 7714, section 9.1: zeros, SSRC, zeros and 31-bit index, masked by the salt.
fn rtcp_nonce(salt: &[u8; SALT_LEN], header: [u8; RTCP_HEADER], index: u32) -> Nonce {
    nonce(
        salt,
        (u128::from(rtcp_ssrc(header)) << 48) | u128::from(index),
    )
}

fn nonce(salt: &[u8; SALT_LEN], counter: u128) -> Nonce {
    let [_, _, _, _, counter @ ..] = counter.to_be_bytes();
    let mut nonce = *salt;
    nonce
        .iter_mut()
        .zip(counter)
        .for_each(|(byte, mask)| *byte ^= mask);
    Nonce::assume_unique_for_key(nonce)
}

/// RFC 7714, section 9.2.
fn rtcp_aad(header: [u8; RTCP_HEADER], trailer: [u8; 4]) -> [u8; RTCP_HEADER + 4] {
    let mut aad = [0; RTCP_HEADER + 4];
    aad.iter_mut()
        .zip(header.iter().chain(&trailer))
        .for_each(|(to, from)| *to = *from);
    aad
}

fn rtcp_ssrc(header: [u8; RTCP_HEADER]) -> u32 {
    let [_, _, _, _, ssrc @ ..] = header;
    u32::from_be_bytes(ssrc)
}

/// RFC 3711, section 4.3: a key derivation rate of zero, and one block is enough for all we need.
fn derive(
    crypto: &dyn RTCCrypto,
    key: &[u8],
    salt: &[u8],
    label: u8,
) -> Result<[u8; 16], SrtpError> {
    let mut block = [0; 16];
    block
        .iter_mut()
        .zip(salt.iter().take(14))
        .for_each(|(to, from)| *to = *from);
    block[7] ^= label;
    crypto
        .block_encrypt(BlockCipherAlgorithm::Aes128, key, &mut block)
        .map_err(|_| SrtpError::Keys)?;
    Ok(block)
}

/// For a cipher that allocates its result: `buffer[start..]` becomes what `seal` makes of it.
fn replace_tail<E>(
    buffer: &mut Vec<u8>,
    start: usize,
    seal: impl FnOnce(&[u8]) -> Result<bytes::BytesMut, E>,
) -> Result<(), SrtpError> {
    let packet = buffer.get(start..).ok_or(SrtpError::Malformed)?;
    let sealed = seal(packet).map_err(|_| SrtpError::Malformed)?;
    buffer.truncate(start);
    buffer.extend_from_slice(&sealed);
    Ok(())
}

/// The same for opening, where the result is never longer.
fn replace_front<E>(
    packet: &mut [u8],
    open: impl FnOnce(&[u8]) -> Result<bytes::BytesMut, E>,
) -> Result<&mut [u8], SrtpError> {
    let opened = open(packet).map_err(|_| SrtpError::Forged)?;
    let front = packet.get_mut(..opened.len()).ok_or(SrtpError::Malformed)?;
    front.copy_from_slice(&opened);
    Ok(front)
}

const KEY_LEN: usize = 16;
/// Of GCM; the counter-mode salt is two longer.
const SALT_LEN: usize = 12;
const RTCP_HEADER: usize = 8;
const RTCP_ENCRYPTED: u32 = 1 << 31;
const MAX_RTCP_INDEX: u32 = RTCP_ENCRYPTED - 1;

const LABEL_RTP_KEY: u8 = 0;
const LABEL_RTP_SALT: u8 = 2;
const LABEL_RTCP_KEY: u8 = 3;
const LABEL_RTCP_SALT: u8 = 5;

/// Packets a replay window of the fallback reaches back.
const WINDOW: usize = 512;

/// A publisher has about ten SSRCs and a subscriber two for each track it receives.
const MAX_SSRCS: usize = 1024;

#[cfg(test)]
mod tests;
