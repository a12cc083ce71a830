//! RTP and RTCP as far as a synthetic participant needs them, written from the RFCs and on
//! purpose not with the server's code.

/// An RTP packet in pieces.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Packet<'a> {
    pub(crate) payload_type: u8,
    pub(crate) sequence: u16,
    pub(crate) ssrc: u32,
    extensions: &'a [u8],
    pub(crate) payload: &'a [u8],
}

impl<'a> Packet<'a> {
    /// Takes a packet apart (RFC 3550, section 5.1); `None` when it is too short for what it says.
    pub(crate) fn parse(bytes: &'a [u8]) -> Option<Self> {
        let fixed: &[u8; 12] = bytes.first_chunk()?;
        let mut rest = bytes.get(12 + 4 * usize::from(fixed[0] & 0x0F)..)?;
        let mut extensions: &[u8] = &[];
        if fixed[0] & 0x10 != 0 {
            let block: &[u8; 4] = rest.first_chunk()?;
            let len = 4 * usize::from(u16::from_be_bytes([block[2], block[3]]));
            if block[..2] == ONE_BYTE_FORM {
                extensions = rest.get(4..4 + len)?;
            }
            rest = rest.get(4 + len..)?;
        }
        Some(Self {
            payload_type: fixed[1] & 0x7F,
            sequence: u16::from_be_bytes([fixed[2], fixed[3]]),
            ssrc: u32::from_be_bytes([fixed[8], fixed[9], fixed[10], fixed[11]]),
            extensions,
            payload: rest,
        })
    }

    /// The transport-wide number, from the extension with this identifier.
    pub(crate) fn transport_sequence(&self, id: u8) -> Option<u16> {
        let mut rest = self.extensions;
        while let Some((&first, after)) = rest.split_first() {
            if first == 0 {
                rest = after;
                continue;
            }
            let value = after.get(..usize::from(first & 0x0F) + 1)?;
            if first >> 4 == id {
                return Some(u16::from_be_bytes(*value.first_chunk()?));
            }
            rest = &after[value.len()..];
        }
        None
    }
}

/// Writes the one-byte form of extensions (RFC 8285).
pub(crate) fn write_extensions(elements: &[(u8, &[u8])], out: &mut Vec<u8>) {
    let start = out.len();
    out.extend_from_slice(&ONE_BYTE_FORM);
    out.extend_from_slice(&[0, 0]);
    for (id, value) in elements {
        out.push(id << 4 | (value.len() as u8 - 1));
        out.extend_from_slice(value);
    }
    while !(out.len() - start).is_multiple_of(4) {
        out.push(0);
    }
    let words = ((out.len() - start) / 4 - 1) as u16;
    out[start + 2..start + 4].copy_from_slice(&words.to_be_bytes());
}

/// What one stream's receiver report says (RFC 3550, section 6.4.2).
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reception {
    pub(crate) ssrc: u32,
    pub(crate) highest: u32,
    pub(crate) lost: u32,
}

/// Writes a receiver report.
pub(crate) fn write_receiver_report(blocks: &[Reception], out: &mut Vec<u8>) {
    let blocks = &blocks[..blocks.len().min(31)];
    out.extend_from_slice(&[0x80 | blocks.len() as u8, 201]);
    out.extend_from_slice(&(1 + 6 * blocks.len() as u16).to_be_bytes());
    out.extend_from_slice(&OUR_SSRC.to_be_bytes());
    for block in blocks {
        out.extend_from_slice(&block.ssrc.to_be_bytes());
        out.extend_from_slice(&(block.lost & 0x00FF_FFFF).to_be_bytes());
        out.extend_from_slice(&block.highest.to_be_bytes());
        // Jitter, and a sender report that we never saw.
        out.extend_from_slice(&[0; 12]);
    }
}

/// The packets of a compound whose contents ask for a keyframe: PLI (RFC 4585) and FIR (RFC 5104).
pub(crate) fn asks_for_keyframe(mut compound: &[u8]) -> bool {
    while let Some(head) = compound.first_chunk::<4>() {
        let len = 4 * (usize::from(u16::from_be_bytes([head[2], head[3]])) + 1);
        if head[1] == 206 && matches!(head[0] & 0x1F, 1 | 4) {
            return true;
        }
        let Some(rest) = compound.get(len..) else {
            return false;
        };
        compound = rest;
    }
    false
}

/// Writes a PLI.
pub(crate) fn write_pli(media: u32, out: &mut Vec<u8>) {
    out.extend_from_slice(&[0x81, 206, 0, 2]);
    out.extend_from_slice(&OUR_SSRC.to_be_bytes());
    out.extend_from_slice(&media.to_be_bytes());
}

/// Writes a NACK for 17 numbers from `first` on.
pub(crate) fn write_nack(media: u32, first: u16, out: &mut Vec<u8>) {
    out.extend_from_slice(&[0x81, 205, 0, 3]);
    out.extend_from_slice(&OUR_SSRC.to_be_bytes());
    out.extend_from_slice(&media.to_be_bytes());
    out.extend_from_slice(&first.to_be_bytes());
    out.extend_from_slice(&[0xFF, 0xFF]);
}

/// Packets with a transport-wide number since the last feedback
/// (draft-holmer-rmcat-transport-wide-cc-extensions-01).
#[derive(Debug, Default)]
pub(crate) struct Arrivals {
    first: u16,
    /// In units of 250 µs since this program started; `None` where nothing arrived.
    times: Vec<Option<u64>>,
    count: u8,
}

impl Arrivals {
    pub(crate) fn add(&mut self, nanoseconds: u64, sequence: u16) {
        if self.times.is_empty() {
            self.first = sequence;
        }
        let place = usize::from(sequence.wrapping_sub(self.first));
        // Late for a feedback that has left, or from another age.
        if place >= MOST_ARRIVALS {
            return;
        }
        if self.times.len() <= place {
            self.times.resize(place + 1, None);
        }
        self.times[place].get_or_insert(nanoseconds / TICK);
    }

    /// Appends the feedback and begins anew; nothing if nothing arrived.
    pub(crate) fn write(&mut self, media: u32, out: &mut Vec<u8>) {
        let Some(begin) = self.times.iter().flatten().next().copied() else {
            return;
        };
        let start = out.len();
        let reference = begin / TICKS_PER_REFERENCE;
        out.extend_from_slice(&[0x8F, 205, 0, 0]);
        out.extend_from_slice(&OUR_SSRC.to_be_bytes());
        out.extend_from_slice(&media.to_be_bytes());
        out.extend_from_slice(&self.first.to_be_bytes());
        out.extend_from_slice(&(self.times.len() as u16).to_be_bytes());
        out.extend_from_slice(&(reference as u32).to_be_bytes()[1..]);
        out.push(self.count);
        self.count = self.count.wrapping_add(1);

        let mut last = reference * TICKS_PER_REFERENCE;
        let mut deltas = Vec::with_capacity(self.times.len());
        for times in self.times.chunks(7) {
            let mut chunk: u16 = 0b11 << 14;
            for (place, time) in times.iter().enumerate() {
                let Some(time) = *time else { continue };
                let delta = time.cast_signed() - last.cast_signed();
                last = time;
                let symbol = if let Ok(small) = u8::try_from(delta) {
                    deltas.push(small);
                    1
                } else {
                    deltas.extend_from_slice(&(delta as i16).to_be_bytes());
                    2
                };
                chunk |= symbol << (12 - 2 * place);
            }
            out.extend_from_slice(&chunk.to_be_bytes());
        }
        out.extend_from_slice(&deltas);
        while !(out.len() - start).is_multiple_of(4) {
            out.push(0);
        }
        let words = ((out.len() - start) / 4 - 1) as u16;
        out[start + 2..start + 4].copy_from_slice(&words.to_be_bytes());
        self.times.clear();
    }
}

/// Our own, where RTCP asks who we are.
const OUR_SSRC: u32 = 1;
const ONE_BYTE_FORM: [u8; 2] = [0xBE, 0xDE];
const TICK: u64 = 250_000;
/// The reference time counts in 64 ms.
const TICKS_PER_REFERENCE: u64 = 256;
const MOST_ARRIVALS: usize = 8_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn extensions_are_read_as_they_were_written() {
        let mut bytes = vec![0x90, 96, 0, 7, 0, 0, 0, 0, 0, 0, 0, 9];
        write_extensions(&[(4, b"0"), (3, &[1, 2])], &mut bytes);
        bytes.extend_from_slice(b"payload");

        let packet = Packet::parse(&bytes).unwrap();

        assert_eq!(packet.transport_sequence(3), Some(0x0102));
        assert_eq!((packet.sequence, packet.ssrc), (7, 9));
        assert_eq!(packet.payload, b"payload");
    }

    #[test]
    fn feedback_tells_what_arrived_when() {
        let mut arrivals = Arrivals::default();
        arrivals.add(64_000_000, 10);
        arrivals.add(64_500_000, 12);

        let mut feedback = Vec::new();
        arrivals.write(5, &mut feedback);

        // Two arrived 0 and 2 ticks after the reference, the one between did not.
        assert_eq!(feedback[12..20], [0, 10, 0, 3, 0, 0, 1, 0]);
        assert_eq!(feedback[20..22], [0b1101_0001, 0]);
        assert_eq!(feedback[22..24], [0, 2]);
    }

    #[test]
    fn a_keyframe_request_is_found_behind_a_report() {
        let mut compound = Vec::new();
        write_receiver_report(&[], &mut compound);
        assert!(!asks_for_keyframe(&compound));

        write_pli(7, &mut compound);

        assert!(asks_for_keyframe(&compound));
    }
}
