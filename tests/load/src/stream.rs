//! Synthetic streams: packets that look like Opus and VP8 to a server and carry the time at which
//! they were sent.

use std::time::{Duration, Instant};

use bega_transport::testing::Client;

use crate::{clock, rtp};

/// What a track is made of.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shape {
    pub(crate) kind: Kind,
    /// A frame every so often.
    pub(crate) interval: Duration,
    pub(crate) packets_per_frame: u16,
    /// Of an RTP packet before it is sealed.
    pub(crate) packet_bytes: usize,
}

impl Shape {
    /// Speech at 40 kbit/s, in packets of 20 ms.
    pub(crate) fn voice() -> Self {
        Self {
            kind: Kind::Audio,
            interval: Duration::from_millis(20),
            packets_per_frame: 1,
            packet_bytes: 120,
        }
    }
}

/// Sound or pictures.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Kind {
    Audio,
    Video,
}

/// What was negotiated for a track that is published.
#[derive(Clone, Debug)]
pub(crate) struct Numbers {
    pub(crate) mid: String,
    pub(crate) ssrc: u32,
    pub(crate) payload_type: u8,
}

/// A track on its way out.
#[derive(Debug)]
pub(crate) struct SendStream {
    pub(crate) shape: Shape,
    numbers: Numbers,
    sequence: u16,
    timestamp: u32,
    picture: u16,
    needs_keyframe: bool,
}

impl SendStream {
    pub(crate) fn new(shape: Shape, numbers: Numbers) -> Self {
        Self {
            shape,
            numbers,
            sequence: 1_000,
            timestamp: 0,
            picture: 0,
            needs_keyframe: true,
        }
    }

    /// Somebody cannot decode: begin anew with the next frame.
    pub(crate) fn request_keyframe(&mut self) {
        self.needs_keyframe = true;
    }

    /// Appends the sealed packets of one frame, all of one size, which is returned.
    pub(crate) fn write_frame(
        &mut self,
        now: Instant,
        client: &mut Client,
        transport_sequence: &mut u16,
        out: &mut Vec<u8>,
    ) -> Option<usize> {
        let first = out.len();
        for number in 0..self.shape.packets_per_frame {
            let start = out.len();
            self.write_header(number, *transport_sequence, out);
            *transport_sequence = transport_sequence.wrapping_add(1);
            self.write_payload(now, number, out);
            out.resize(start + self.shape.packet_bytes, 0);
            client.seal_rtp(out, start).ok()?;
            self.sequence = self.sequence.wrapping_add(1);
        }
        let ticks = match self.shape.kind {
            Kind::Audio => 48_000,
            Kind::Video => 90_000,
        };
        let step = self.shape.interval.as_micros() * ticks / 1_000_000;
        self.timestamp = self.timestamp.wrapping_add(step as u32);
        self.picture = (self.picture + 1) & 0x7FFF;
        self.needs_keyframe = false;
        Some((out.len() - first) / usize::from(self.shape.packets_per_frame))
    }

    fn write_header(&self, number: u16, transport_sequence: u16, out: &mut Vec<u8>) {
        let is_last = number + 1 == self.shape.packets_per_frame;
        out.extend_from_slice(&[0x90, u8::from(is_last) << 7 | self.numbers.payload_type]);
        out.extend_from_slice(&self.sequence.to_be_bytes());
        out.extend_from_slice(&self.timestamp.to_be_bytes());
        out.extend_from_slice(&self.numbers.ssrc.to_be_bytes());
        let transport_sequence = transport_sequence.to_be_bytes();
        let elements: [(u8, &[u8]); 3] = [
            (MID, self.numbers.mid.as_bytes()),
            (TRANSPORT_CC, &transport_sequence),
            (AUDIO_LEVEL, &[0x9E]),
        ];
        let used = match self.shape.kind {
            Kind::Audio => &elements[..],
            Kind::Video => &elements[..2],
        };
        rtp::write_extensions(used, out);
    }

    fn write_payload(&self, now: Instant, number: u16, out: &mut Vec<u8>) {
        let start = out.len();
        match self.shape.kind {
            // 20 ms of one speaker (RFC 6716, section 3.1).
            Kind::Audio => out.push(0x78),
            Kind::Video => {
                let starts = u8::from(number == 0) << 4;
                let picture = 0x8000 | self.picture;
                // Descriptor with a 15-bit picture id (RFC 7741, section 4.2).
                out.extend_from_slice(&[0x80 | starts, 0x80]);
                out.extend_from_slice(&picture.to_be_bytes());
                // Frame tag: the lowest bit says "not a keyframe"; then start code and size.
                let is_inter = u8::from(!self.needs_keyframe);
                out.extend_from_slice(&[0x10 | is_inter, 0, 0, 0x9D, 0x01, 0x2A, 64, 1, 180, 0]);
            }
        }
        out.resize(start + STAMP_AT, 0);
        out.extend_from_slice(&MAGIC);
        out.extend_from_slice(&clock::stamp(now).to_be_bytes());
    }
}

/// When a packet was sent; `None` if it is not one of ours.
pub(crate) fn sent_at(payload: &[u8]) -> Option<u64> {
    let stamp = payload.get(STAMP_AT..)?.strip_prefix(&MAGIC)?;
    Some(u64::from_be_bytes(*stamp.first_chunk()?))
}

/// A stream as it comes in.
#[derive(Debug)]
pub(crate) struct ReceiveStream {
    pub(crate) ssrc: u32,
    pub(crate) kind: Kind,
    /// The number after the last of the time before measuring.
    first: u64,
    /// One past the highest number seen.
    next: u64,
    pub(crate) packets: u64,
}

impl ReceiveStream {
    pub(crate) fn new(ssrc: u32, kind: Kind, sequence: u16) -> Self {
        // Counting starts one cycle up, so that an older packet has a number too.
        let first = u64::from(sequence) + (1 << 16);
        Self {
            ssrc,
            kind,
            first,
            next: first,
            packets: 0,
        }
    }

    pub(crate) fn add(&mut self, sequence: u16) {
        let step = sequence.wrapping_sub(self.next as u16).cast_signed();
        let full = self.next.saturating_add_signed(i64::from(step));
        self.next = self.next.max(full + 1);
        self.packets += u64::from(full >= self.first);
    }

    /// How many there should have been. The first place counted is the one after the last packet
    /// before [`Self::begin`].
    pub(crate) fn expected(&self) -> u64 {
        self.next - self.first
    }

    /// Counts from here on.
    pub(crate) fn begin(&mut self) {
        self.first = self.next;
        self.packets = 0;
    }

    pub(crate) fn highest(&self) -> u32 {
        (self.next - 1) as u32
    }
}

/// Identifiers of header extensions in our offers.
pub(crate) const AUDIO_LEVEL: u8 = 1;
pub(crate) const TRANSPORT_CC: u8 = 3;
pub(crate) const MID: u8 = 4;

/// Behind everything a server looks at or writes into.
const STAMP_AT: usize = 16;
const MAGIC: [u8; 4] = *b"load";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn losses_and_late_packets_are_told_apart() {
        let mut stream = ReceiveStream::new(1, Kind::Video, 65_534);
        for sequence in [65_534, 65_535, 2, 1] {
            stream.add(sequence);
        }

        assert_eq!((stream.expected(), stream.packets), (5, 4));
    }

    #[test]
    fn what_came_before_measuring_does_not_count() {
        let mut stream = ReceiveStream::new(1, Kind::Video, 7);
        stream.add(7);
        stream.begin();
        stream.add(8);
        stream.add(10);

        assert_eq!((stream.expected(), stream.packets), (3, 2));
    }
}
