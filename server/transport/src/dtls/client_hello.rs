//! Reads the SRTP profiles a client offers before the handshake begins.
//!
//! A ClientHello with post-quantum keys is larger than a datagram, so fragments are held until the
//! message is whole.

use super::{
    DtlsError,
    guard::{CLIENT_HELLO, HANDSHAKE, Records},
};
use crate::srtp::Profile;

/// The first flight of a client, as far as it has arrived.
#[derive(Default)]
pub(super) struct ClientHello {
    datagrams: Vec<Vec<u8>>,
}

impl ClientHello {
    /// Holds a datagram if it belongs to a first flight.
    pub(super) fn add(&mut self, datagram: &[u8]) -> Result<(), DtlsError> {
        let mut has_hello = false;
        for record in Records(datagram) {
            let record = record?;
            has_hello |= record.content == HANDSHAKE && record.body.first() == Some(&CLIENT_HELLO);
        }
        if !has_hello {
            return Err(DtlsError::Malformed);
        }
        let held: usize = self.datagrams.iter().map(Vec::len).sum();
        if held + datagram.len() > MAX_HELD_BYTES {
            return Err(DtlsError::TooLong);
        }
        if self.datagrams.len() < MAX_DATAGRAMS {
            self.datagrams.push(datagram.to_vec());
        }
        Ok(())
    }

    /// The profile to offer; `None` while the message is incomplete. After many fragments that
    /// make no message the handshake itself may find out what is wrong.
    pub(super) fn choose_profile(&self) -> Option<Profile> {
        let offered = match self.join() {
            Some(message) => srtp_profiles(&message).unwrap_or_default(),
            None if self.datagrams.len() < MAX_DATAGRAMS => return None,
            None => Vec::new(),
        };
        let only_cm = !offered.contains(&GCM) && offered.contains(&CM);
        Some(if only_cm { Profile::Cm } else { Profile::Gcm })
    }

    pub(super) fn take_datagrams(&mut self) -> Vec<Vec<u8>> {
        std::mem::take(&mut self.datagrams)
    }

    /// The body of the message, if all of its fragments are here.
    fn join(&self) -> Option<Vec<u8>> {
        let mut message = Vec::new();
        let mut arrived = Vec::new();
        for record in self
            .datagrams
            .iter()
            .flat_map(|datagram| Records(datagram))
            .flatten()
        {
            let Some((&[CLIENT_HELLO, t0, t1, t2, _, _, o0, o1, o2, l0, l1, l2], rest)) =
                record.body.split_first_chunk()
            else {
                continue;
            };
            let [total, offset, length] = [[t0, t1, t2], [o0, o1, o2], [l0, l1, l2]]
                .map(|[a, b, c]| u32::from_be_bytes([0, a, b, c]) as usize);
            if record.content != HANDSHAKE || total > MAX_BYTES {
                return None;
            }
            message.resize(total, 0);
            arrived.resize(total, false);
            let range = offset..offset + length;
            message
                .get_mut(range.clone())?
                .copy_from_slice(rest.get(..length)?);
            arrived.get_mut(range)?.fill(true);
        }
        (!arrived.is_empty() && arrived.iter().all(|arrived| *arrived)).then_some(message)
    }
}

/// The list in the `use_srtp` extension (RFC 5764, section 4.1.1).
fn srtp_profiles(message: &[u8]) -> Option<Vec<u16>> {
    let mut reader = Reader(message);
    let _version_and_random = reader.take(2 + 32)?;
    let _session = reader.take_u8()?;
    let _cookie = reader.take_u8()?;
    let _cipher_suites = reader.take_u16()?;
    let _compression = reader.take_u8()?;
    let mut extensions = Reader(reader.take_u16()?);
    loop {
        let kind = extensions.number()?;
        let mut value = Reader(extensions.take_u16()?);
        if kind == USE_SRTP {
            let list = value.take_u16()?;
            return Some(
                list.chunks_exact(2)
                    .filter_map(|pair| Some(u16::from_be_bytes(*pair.first_chunk()?)))
                    .collect(),
            );
        }
    }
}

/// Takes bytes off the front.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }

    fn number(&mut self) -> Option<u16> {
        self.take(2)?.first_chunk().copied().map(u16::from_be_bytes)
    }

    /// A field with its length in one byte in front.
    fn take_u8(&mut self) -> Option<&'a [u8]> {
        let length = *self.take(1)?.first()?;
        self.take(length.into())
    }

    /// A field with its length in two bytes in front.
    fn take_u16(&mut self) -> Option<&'a [u8]> {
        let length = self.number()?;
        self.take(length.into())
    }
}

const USE_SRTP: u16 = 14;

/// Profile numbers of RFC 5764 and RFC 7714.
const CM: u16 = 0x0001;
const GCM: u16 = 0x0007;

/// Chromium's takes two; the rest is for repeats while one is lost.
const MAX_DATAGRAMS: usize = 6;
const MAX_BYTES: usize = 8192;
/// Of datagrams that wait for the rest of the message: that many, none larger than a path carries.
const MAX_HELD_BYTES: usize = MAX_DATAGRAMS * 1500;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::dtls::guard::ALERT;

    /// A ClientHello that offers these profiles, in as many datagrams as asked for.
    fn hello(profiles: &[u16], datagrams: usize) -> Vec<Vec<u8>> {
        let mut message = vec![0xFE, 0xFD];
        message.extend([7; 32]);
        message.extend([0, 0, 0, 2, 0xC0, 0x2B, 1, 0]);
        let list: Vec<u8> = profiles
            .iter()
            .flat_map(|profile| profile.to_be_bytes())
            .collect();
        let mut extensions = vec![0, 10, 0, 4, 0, 2, 0, 23, 0, 14];
        extensions.extend((list.len() as u16 + 3).to_be_bytes());
        extensions.extend((list.len() as u16).to_be_bytes());
        extensions.extend(list);
        extensions.push(0);
        message.extend((extensions.len() as u16).to_be_bytes());
        message.extend(extensions);

        let size = message.len().div_ceil(datagrams);
        let total = message.len() as u8;
        let fragment = |(index, part): (usize, &[u8])| {
            let mut datagram = vec![
                HANDSHAKE,
                0xFE,
                0xFD,
                0,
                0,
                0,
                0,
                0,
                0,
                0,
                index as u8,
                0,
                part.len() as u8 + 12,
            ];
            datagram.extend([
                CLIENT_HELLO,
                0,
                0,
                total,
                0,
                0,
                0,
                0,
                (index * size) as u8,
                0,
                0,
                part.len() as u8,
            ]);
            datagram.extend(part);
            datagram
        };
        message.chunks(size).enumerate().map(fragment).collect()
    }

    fn choose(datagrams: &[Vec<u8>]) -> Option<Profile> {
        let mut hello = ClientHello::default();
        for datagram in datagrams {
            hello.add(datagram).unwrap();
        }
        hello.choose_profile()
    }

    #[test]
    fn gcm_is_chosen_wherever_it_stands_in_the_list() {
        assert_eq!(choose(&hello(&[1, 8, 7], 1)), Some(Profile::Gcm));
    }

    #[test]
    fn counter_mode_is_chosen_where_it_is_all_there_is() {
        assert_eq!(choose(&hello(&[2, 1], 1)), Some(Profile::Cm));
    }

    #[test]
    fn fragments_are_awaited_in_any_order() {
        let mut datagrams = hello(&[1], 3);
        datagrams.reverse();

        assert_eq!(choose(&datagrams[..2]), None);
        assert_eq!(choose(&datagrams), Some(Profile::Cm));
    }

    #[test]
    fn a_first_flight_of_many_bytes_is_not_held() {
        let mut large = hello(&[1], 2).swap_remove(0);
        large.extend([ALERT, 0xFE, 0xFD, 0, 0, 0, 0, 0, 0, 0, 9, 0x20, 0]);
        large.resize(large.len() + 0x2000, 0);
        let mut hello = ClientHello::default();

        assert_eq!(hello.add(&large), Ok(()));
        assert_eq!(hello.add(&large), Err(DtlsError::TooLong));
    }

    #[test]
    fn a_fragment_that_never_comes_does_not_hold_the_handshake_for_ever() {
        let datagrams = hello(&[1], 3);

        assert_eq!(
            choose(&vec![datagrams[0].clone(); MAX_DATAGRAMS]),
            Some(Profile::Gcm)
        );
    }

    proptest! {
        #[test]
        fn any_message_is_read_without_panic(message in prop::collection::vec(any::<u8>(), 0..300)) {
            let _ = srtp_profiles(&message);
        }

        #[test]
        fn any_damage_to_a_hello_is_survived(at in any::<prop::sample::Index>(), byte: u8, cut in any::<prop::sample::Index>()) {
            let mut datagrams = hello(&[1, 7], 2);
            let index = at.index(datagrams[0].len());
            datagrams[0][index] = byte;
            let cut = cut.index(datagrams[1].len());
            datagrams[1].truncate(cut);
            let mut hello = ClientHello::default();
            for datagram in &datagrams {
                let _ = hello.add(datagram);
            }
            let _ = hello.choose_profile();
        }
    }
}
