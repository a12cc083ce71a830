//! Lets through to the DTLS implementation what it can be trusted with.

use std::time::{Duration, Instant};

use bytes::BytesMut;
use rtc::dtls::endpoint::Endpoint;

use super::{ADDRESS, DtlsError};

/// Watches a handshake.
pub(super) struct Guard {
    /// Messages that have arrived: number, fragment offset and fragment length.
    seen: Vec<(u16, u32, u32)>,
    received_bytes: usize,
    /// Whether a repeated message means that our flight was lost. A server that has sent only
    /// HelloVerifyRequest keeps no timer and answers repeats by itself.
    has_flight: bool,
    last_sent: Option<Instant>,
    repeats: u8,
}

/// What is left of a datagram.
pub(super) struct Filtered {
    pub(super) records: BytesMut,
    /// Whether the other side repeats itself.
    pub(super) repeats: bool,
}

impl Guard {
    pub(super) fn server() -> Self {
        Self {
            seen: Vec::new(),
            received_bytes: 0,
            has_flight: false,
            last_sent: None,
            repeats: 0,
        }
    }

    pub(super) fn client() -> Self {
        Self {
            has_flight: true,
            ..Self::server()
        }
    }

    pub(super) fn filter(&mut self, datagram: &[u8]) -> Result<Filtered, DtlsError> {
        self.received_bytes += datagram.len();
        if self.received_bytes > MAX_HANDSHAKE_BYTES {
            return Err(DtlsError::TooLong);
        }
        let mut filtered = Filtered {
            records: BytesMut::with_capacity(datagram.len()),
            repeats: false,
        };
        for record in Records(datagram) {
            let record = record?;
            let passes = match (record.content, record.epoch) {
                (CHANGE_CIPHER_SPEC, epoch) => epoch == 0,
                (APPLICATION_DATA, epoch) => epoch > 0,
                (HANDSHAKE, 0) => {
                    let repeated = self.is_repeated(record.body);
                    filtered.repeats |= repeated && self.has_flight;
                    !(repeated && self.has_flight)
                }
                (HANDSHAKE | ALERT, _) => true,
                _ => false,
            };
            if passes {
                filtered.records.extend_from_slice(record.bytes);
            }
        }
        Ok(filtered)
    }

    /// Notes a datagram of ours.
    pub(super) fn note_sent(&mut self, now: Instant, datagram: &[u8]) {
        self.last_sent = Some(now);
        self.has_flight |= Records(datagram).flatten().any(|record| {
            record.content == HANDSHAKE
                && record.epoch == 0
                && record.body.first() == Some(&SERVER_HELLO)
        });
    }

    /// Sends our flight again at once instead of when its timer fires, a limited number of times
    /// and not faster than a browser repeats.
    pub(super) fn repeat_flight(
        &mut self,
        now: Instant,
        endpoint: &mut Endpoint,
    ) -> Result<(), DtlsError> {
        let is_early = self
            .last_sent
            .is_some_and(|sent| now.saturating_duration_since(sent) < REPEAT_INTERVAL);
        if is_early || self.repeats == MAX_EARLY_REPEATS {
            return Ok(());
        }
        let Some(timer) = endpoint.poll_timeout(&ADDRESS) else {
            return Ok(());
        };
        self.repeats += 1;
        self.last_sent = Some(now);
        endpoint
            .handle_timeout(ADDRESS, timer.max(now))
            .map_err(DtlsError::handshake)
    }

    /// Whether all messages in the record were there before. Notes those that were not.
    fn is_repeated(&mut self, mut body: &[u8]) -> bool {
        let mut all = true;
        while let Some((&[_, _, _, _, s0, s1, o0, o1, o2, l0, l1, l2], rest)) =
            body.split_first_chunk()
        {
            let length = u32::from_be_bytes([0, l0, l1, l2]);
            let message = (
                u16::from_be_bytes([s0, s1]),
                u32::from_be_bytes([0, o0, o1, o2]),
                length,
            );
            if !self.seen.contains(&message) {
                all = false;
                if self.seen.len() < MAX_SEEN {
                    self.seen.push(message);
                }
            }
            let Some(next) = rest.get(length as usize..) else {
                return false;
            };
            body = next;
        }
        all && body.is_empty()
    }
}

/// Of an established connection only what is encrypted, and of that only a few more handshake
/// records: each makes the implementation keep something and send its last flight again.
pub(super) fn filter_established(
    datagram: &[u8],
    repeats_left: &mut u8,
) -> Result<BytesMut, DtlsError> {
    let mut records = BytesMut::with_capacity(datagram.len());
    for record in Records(datagram) {
        let record = record?;
        let passes = match (record.content, record.epoch) {
            (_, 0) | (CHANGE_CIPHER_SPEC, _) => false,
            (HANDSHAKE, _) => {
                let left = repeats_left.checked_sub(1);
                *repeats_left = left.unwrap_or(0);
                left.is_some()
            }
            (ALERT | APPLICATION_DATA, _) => true,
            _ => false,
        };
        if passes {
            records.extend_from_slice(record.bytes);
        }
    }
    Ok(records)
}

/// The records of a datagram (RFC 6347, section 4.1); an error ends them.
pub(super) struct Records<'a>(pub(super) &'a [u8]);

pub(super) struct Record<'a> {
    pub(super) content: u8,
    pub(super) epoch: u16,
    pub(super) body: &'a [u8],
    /// Header and body.
    pub(super) bytes: &'a [u8],
}

impl<'a> Iterator for Records<'a> {
    type Item = Result<Record<'a>, DtlsError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.0.is_empty() {
            return None;
        }
        let rest = std::mem::take(&mut self.0);
        let (Some(&[content, _, _, e0, e1, _, _, _, _, _, _, l0, l1]), Some(header)) =
            (rest.first_chunk(), rest.get(..RECORD_HEADER))
        else {
            return Some(Err(DtlsError::Malformed));
        };
        let end = header.len() + usize::from(u16::from_be_bytes([l0, l1]));
        let (Some(bytes), Some(body), Some(after)) = (
            rest.get(..end),
            rest.get(RECORD_HEADER..end),
            rest.get(end..),
        ) else {
            return Some(Err(DtlsError::Malformed));
        };
        self.0 = after;
        Some(Ok(Record {
            content,
            epoch: u16::from_be_bytes([e0, e1]),
            body,
            bytes,
        }))
    }
}

pub(super) const RECORD_HEADER: usize = 13;

pub(super) const CHANGE_CIPHER_SPEC: u8 = 20;
pub(super) const ALERT: u8 = 21;
pub(super) const HANDSHAKE: u8 = 22;
pub(super) const APPLICATION_DATA: u8 = 23;

pub(super) const CLIENT_HELLO: u8 = 1;
pub(super) const SERVER_HELLO: u8 = 2;

/// A handshake is about 4 KiB from the client; this is room for all its repeats. With the first
/// flight that is held, it is also what a peer that never finishes can make us keep.
const MAX_HANDSHAKE_BYTES: usize = 48 * 1024;
const MAX_SEEN: usize = 64;

/// Browsers repeat after 50 ms at first, which on a slow path says nothing yet.
const REPEAT_INTERVAL: Duration = Duration::from_millis(150);

/// The implementation gives up at the eighth; the rest is for its own timer.
const MAX_EARLY_REPEATS: u8 = 5;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[expect(clippy::disallowed_methods, reason = "only the origin of virtual time")]
    fn now() -> Instant {
        Instant::now()
    }

    fn record(content: u8, epoch: u8, body: &[u8]) -> Vec<u8> {
        let mut record = vec![
            content,
            0xFE,
            0xFD,
            0,
            epoch,
            0,
            0,
            0,
            0,
            0,
            7,
            0,
            body.len() as u8,
        ];
        record.extend_from_slice(body);
        record
    }

    #[test]
    fn after_the_handshake_only_encrypted_records_pass() {
        let datagram = [
            record(HANDSHAKE, 0, b"forged"),
            record(CHANGE_CIPHER_SPEC, 1, &[1]),
            record(ALERT, 0, &[2, 80]),
            record(APPLICATION_DATA, 1, b"real"),
        ];

        let records = filter_established(&datagram.concat(), &mut 8).unwrap();

        assert_eq!(records, record(APPLICATION_DATA, 1, b"real"));
    }

    #[test]
    fn a_change_of_cipher_is_taken_in_plaintext_epoch_only() {
        let datagram = [
            record(CHANGE_CIPHER_SPEC, 0, &[1]),
            record(CHANGE_CIPHER_SPEC, 1, &[1]),
        ];

        let filtered = Guard::server().filter(&datagram.concat()).unwrap();

        assert_eq!(filtered.records, record(CHANGE_CIPHER_SPEC, 0, &[1]));
    }

    #[test]
    fn handshake_records_of_an_established_connection_run_out() {
        let finished = record(HANDSHAKE, 1, b"finished");
        let mut left = 2;

        let passed =
            (0..5).filter(|_| !filter_established(&finished, &mut left).unwrap().is_empty());

        assert_eq!(passed.count(), 2);
    }

    #[test]
    fn a_repeated_message_is_held_back_once_we_have_a_flight() {
        let message = [&[16, 0, 0, 2, 0, 5, 0, 0, 0, 0, 0, 2][..], b"hi"].concat();
        let datagram = record(HANDSHAKE, 0, &message);
        let mut guard = Guard::server();
        guard.note_sent(now(), &record(HANDSHAKE, 0, &[SERVER_HELLO]));

        let first = guard.filter(&datagram).unwrap();
        let second = guard.filter(&datagram).unwrap();

        assert!(!first.repeats && !first.records.is_empty());
        assert!(second.repeats && second.records.is_empty());
    }

    #[test]
    fn a_handshake_of_many_bytes_is_refused() {
        let datagram = record(ALERT, 0, &[0; 200]);
        let mut guard = Guard::server();

        let refused = (0..1000).find_map(|_| guard.filter(&datagram).err());

        assert_eq!(refused, Some(DtlsError::TooLong));
    }

    proptest! {
        #[test]
        fn any_bytes_are_filtered_without_panic(datagram in prop::collection::vec(any::<u8>(), 0..200)) {
            let mut guard = Guard::server();
            guard.note_sent(now(), &datagram);
            let _ = guard.filter(&datagram);
            let _ = filter_established(&datagram, &mut 3);
        }
    }
}
