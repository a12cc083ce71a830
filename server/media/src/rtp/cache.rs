//! The packets a layer brought lately, once for all subscribers.
//!
//! Payloads lie in one ring of bytes and are found by sequence number. The ring starts small and
//! doubles while it would forget anything younger than [`RETAIN`], so its size follows the
//! layer's bitrate: a thumbnail costs 32 KiB, a full picture a few hundred.

use std::time::{Duration, Instant};

use crate::{codec::PayloadInfo, command::Codec};

/// What is known of a packet once it was taken apart.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PacketInfo {
    pub(crate) sequence: u64,
    pub(crate) timestamp: u32,
    pub(crate) marker: bool,
    pub(crate) codec: Codec,
    pub(crate) audio_level: Option<u8>,
    /// How many bytes in front of the kept payload are its dependency descriptor.
    pub(crate) descriptor_len: u8,
    pub(crate) content: PayloadInfo,
}

/// The packets of one stream, newest last.
#[derive(Debug, Default)]
pub(crate) struct PacketCache {
    bytes: Vec<u8>,
    /// Where the next payload goes.
    position: usize,
    lap: u32,
    lap_started: Option<Instant>,
    /// The entry of packet n is at n modulo the length, which is a power of two.
    entries: Vec<Option<Entry>>,
    highest: u64,
}

#[derive(Clone, Copy, Debug)]
struct Entry {
    info: PacketInfo,
    received: Instant,
    lap: u32,
    offset: u32,
    len: u16,
}

/// What became of a packet.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Inserted {
    /// It was not there before.
    New,
    /// It is there already: the network or the publisher sent it twice.
    Duplicate,
    /// It is older than anything kept.
    TooOld,
}

impl PacketCache {
    /// Keeps a packet: its dependency descriptor, if it has one, and its payload.
    pub(crate) fn insert(
        &mut self,
        now: Instant,
        info: PacketInfo,
        descriptor: &[u8],
        payload: &[u8],
    ) -> Inserted {
        debug_assert_eq!(descriptor.len(), usize::from(info.descriptor_len));
        let Ok(len) = u16::try_from(descriptor.len() + payload.len()) else {
            return Inserted::TooOld;
        };
        if self.entries.is_empty() {
            self.entries = vec![None; FIRST_ENTRIES];
            self.bytes = vec![0; FIRST_BYTES];
        }
        if info.sequence + self.entries.len() as u64 <= self.highest {
            return Inserted::TooOld;
        }
        if self.entry(info.sequence).is_some() {
            return Inserted::Duplicate;
        }
        self.make_room_for_entry(now, info.sequence);
        self.make_room_for_bytes(now, usize::from(len));
        let offset = self.position;
        let kept = &mut self.bytes[offset..offset + usize::from(len)];
        let (kept_descriptor, kept_payload) = kept.split_at_mut(descriptor.len());
        kept_descriptor.copy_from_slice(descriptor);
        kept_payload.copy_from_slice(payload);
        self.position += usize::from(len);
        self.highest = self.highest.max(info.sequence);
        let slot = self.slot(info.sequence);
        self.entries[slot] = Some(Entry {
            info,
            received: now,
            lap: self.lap,
            offset: offset as u32,
            len,
        });
        Inserted::New
    }

    /// A packet with its descriptor and payload, if it is still there.
    pub(crate) fn find(&self, sequence: u64) -> Option<(&PacketInfo, &[u8], &[u8])> {
        let entry = self.entry(sequence)?;
        let offset = entry.offset as usize;
        let is_intact =
            entry.lap == self.lap || entry.lap + 1 == self.lap && offset >= self.position;
        let kept = &self.bytes[offset..offset + usize::from(entry.len)];
        let (descriptor, payload) = kept.split_at_checked(entry.info.descriptor_len.into())?;
        is_intact.then_some((&entry.info, descriptor, payload))
    }

    fn entry(&self, sequence: u64) -> Option<&Entry> {
        let entry = self.entries.get(self.slot(sequence))?.as_ref()?;
        (entry.info.sequence == sequence).then_some(entry)
    }

    fn slot(&self, sequence: u64) -> usize {
        (sequence % self.entries.len().max(1) as u64) as usize
    }

    fn make_room_for_entry(&mut self, now: Instant, sequence: u64) {
        while self.entries.len() < MAX_ENTRIES
            && let Some(old) = self.entries[self.slot(sequence)]
            && now.saturating_duration_since(old.received) < RETAIN
        {
            let old = std::mem::take(&mut self.entries);
            self.entries = vec![None; old.len() * 2];
            for entry in old.into_iter().flatten() {
                let slot = self.slot(entry.info.sequence);
                self.entries[slot] = Some(entry);
            }
        }
    }

    fn make_room_for_bytes(&mut self, now: Instant, len: usize) {
        let lap_started = *self.lap_started.get_or_insert(now);
        if self.position + len <= self.bytes.len() {
            return;
        }
        let is_young = now.saturating_duration_since(lap_started) < RETAIN;
        if is_young && self.bytes.len() < MAX_BYTES || len > self.bytes.len() {
            let doubled = self.bytes.len() * 2;
            self.bytes.resize(doubled.max(self.position + len), 0);
        } else {
            self.lap += 1;
            self.lap_started = Some(now);
            self.position = 0;
        }
    }
}

/// How long a packet can be asked for: three round trips on a satellite link are longer than any
/// jitter buffer waits.
const RETAIN: Duration = Duration::from_secs(1);
const FIRST_ENTRIES: usize = 64;
const FIRST_BYTES: usize = 32 << 10;
/// A second of 8 Mbit/s, more than any browser sends for one layer.
const MAX_BYTES: usize = 1 << 20;
const MAX_ENTRIES: usize = 1 << 11;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::epoch;

    #[test]
    fn a_packet_is_found_by_its_number() {
        let mut cache = PacketCache::default();

        cache.insert(epoch(), info(70_000), b"", b"one");
        cache.insert(epoch(), info(70_002), b"", b"three");

        assert_eq!(cache.find(70_000).unwrap().2, b"one");
        assert_eq!(cache.find(70_002).unwrap().2, b"three");
        assert!(cache.find(70_001).is_none());
        assert!(cache.find(70_000 + 64).is_none());
    }

    #[test]
    fn a_descriptor_is_kept_beside_its_payload() {
        let mut cache = PacketCache::default();
        let info = PacketInfo {
            descriptor_len: 3,
            ..info(70_000)
        };

        cache.insert(epoch(), info, b"DDD", b"payload");

        let (_, descriptor, payload) = cache.find(70_000).unwrap();
        assert_eq!((descriptor, payload), (&b"DDD"[..], &b"payload"[..]));
    }

    #[test]
    fn a_packet_that_is_there_already_is_a_duplicate() {
        let mut cache = PacketCache::default();

        assert_eq!(cache.insert(epoch(), info(9), b"", b"a"), Inserted::New);
        assert_eq!(
            cache.insert(epoch(), info(9), b"", b"a"),
            Inserted::Duplicate
        );
    }

    #[test]
    fn a_packet_from_long_ago_is_refused() {
        let mut cache = PacketCache::default();
        cache.insert(epoch(), info(100_000), b"", b"a");

        assert_eq!(
            cache.insert(epoch(), info(90_000), b"", b"b"),
            Inserted::TooOld
        );
    }

    #[test]
    fn a_second_of_a_fast_layer_is_kept_and_no_more_memory_is_taken() {
        let mut cache = PacketCache::default();
        let payload = [7; 1100];

        // 450 packets a second for five seconds: 4 Mbit/s.
        for n in 0..2250u64 {
            let now = epoch() + Duration::from_micros(n * 2222);
            cache.insert(now, info(n), b"", &payload);
            let second_ago = n.saturating_sub(440);
            assert!(
                cache.find(second_ago).is_some(),
                "packet {second_ago} at {n}"
            );
        }

        assert!(cache.bytes.len() <= MAX_BYTES);
        assert!(cache.entries.len() <= 512);
    }

    #[test]
    fn what_was_overwritten_is_not_found() {
        let mut cache = PacketCache::default();
        let slow = Duration::from_secs(2);

        for n in 0..64u64 {
            cache.insert(epoch() + slow * n as u32, info(n), b"", &[n as u8; 1000]);
        }

        for n in 0..64u64 {
            if let Some((info, _, payload)) = cache.find(n) {
                assert_eq!(info.sequence, n);
                assert!(payload.iter().all(|byte| *byte == n as u8));
            }
        }
        assert!(cache.find(0).is_none());
        assert!(cache.find(63).is_some());
    }

    proptest::proptest! {
        #[test]
        fn whatever_is_found_is_what_was_put_in(
            steps in proptest::collection::vec((0u64..90, 0usize..1500, 0u64..40), 1..400),
        ) {
            let mut cache = PacketCache::default();
            let mut now = epoch();
            let mut base = 0u64;
            for (jump, len, millis) in steps {
                now += Duration::from_millis(millis);
                base += jump / 30;
                let sequence = base + jump % 7;
                cache.insert(now, info(sequence), b"", &vec![sequence as u8; len]);
                for n in base.saturating_sub(100)..base + 7 {
                    if let Some((info, _, payload)) = cache.find(n) {
                        proptest::prop_assert_eq!(info.sequence, n);
                        proptest::prop_assert!(payload.iter().all(|byte| *byte == n as u8));
                    }
                }
            }
        }
    }

    fn info(sequence: u64) -> PacketInfo {
        PacketInfo {
            sequence,
            timestamp: 0,
            marker: false,
            codec: Codec::Vp8,
            audio_level: None,
            descriptor_len: 0,
            content: PayloadInfo::default(),
        }
    }
}
