//! The RTP header, read from and written to bytes (RFC 3550, section 5.1).

use super::extensions::Extensions;

/// The fields of a header that matter to us. Contributing sources are skipped: browsers send none.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Header {
    pub(crate) marker: bool,
    pub(crate) payload_type: u8,
    pub(crate) sequence: u16,
    pub(crate) timestamp: u32,
    pub(crate) ssrc: u32,
}

impl Header {
    /// Appends the header with an extension block that is complete (profile and length included),
    /// or empty when there is none.
    pub(crate) fn write(&self, extensions: &[u8], out: &mut Vec<u8>) {
        let has_extensions = u8::from(!extensions.is_empty());
        out.extend_from_slice(&[
            VERSION | has_extensions << 4,
            u8::from(self.marker) << 7 | self.payload_type,
        ]);
        out.extend_from_slice(&self.sequence.to_be_bytes());
        out.extend_from_slice(&self.timestamp.to_be_bytes());
        out.extend_from_slice(&self.ssrc.to_be_bytes());
        out.extend_from_slice(extensions);
    }

    /// Appends a packet of nothing but `padding` bytes, at least one.
    pub(crate) fn write_padded(&self, extensions: &[u8], padding: u8, out: &mut Vec<u8>) {
        let start = out.len();
        self.write(extensions, out);
        out[start] |= PADDED;
        out.resize(out.len() + usize::from(padding) - 1, 0);
        out.push(padding);
    }
}

/// A packet in pieces. The payload has no padding.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Packet<'a> {
    pub(crate) header: Header,
    pub(crate) extensions: Extensions<'a>,
    pub(crate) payload: &'a [u8],
}

impl<'a> Packet<'a> {
    /// Takes a packet apart; `None` when its lengths contradict one another.
    pub(crate) fn parse(bytes: &'a [u8]) -> Option<Self> {
        let fixed: &[u8; FIXED_LEN] = bytes.first_chunk()?;
        if fixed[0] & 0xC0 != VERSION {
            return None;
        }
        let header = Header {
            marker: fixed[1] & 0x80 != 0,
            payload_type: fixed[1] & 0x7F,
            sequence: u16::from_be_bytes([fixed[2], fixed[3]]),
            timestamp: u32::from_be_bytes([fixed[4], fixed[5], fixed[6], fixed[7]]),
            ssrc: u32::from_be_bytes([fixed[8], fixed[9], fixed[10], fixed[11]]),
        };
        let contributors = 4 * usize::from(fixed[0] & 0x0F);
        let mut rest = bytes.get(FIXED_LEN + contributors..)?;
        let mut extensions = Extensions::default();
        if fixed[0] & 0x10 != 0 {
            let block: &[u8; 4] = rest.first_chunk()?;
            let profile = u16::from_be_bytes([block[0], block[1]]);
            let len = 4 * usize::from(u16::from_be_bytes([block[2], block[3]]));
            extensions = Extensions::new(profile, rest.get(4..4 + len)?);
            rest = &rest[4 + len..];
        }
        let payload = if fixed[0] & PADDED == 0 {
            rest
        } else {
            let padding = usize::from(*rest.last()?);
            if padding == 0 {
                return None;
            }
            &rest[..rest.len().checked_sub(padding)?]
        };
        Some(Self {
            header,
            extensions,
            payload,
        })
    }
}

const VERSION: u8 = 2 << 6;
const PADDED: u8 = 0x20;
const FIXED_LEN: usize = 12;

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: Header = Header {
        marker: true,
        payload_type: 96,
        sequence: 0xABCD,
        timestamp: 0x0102_0304,
        ssrc: 0xDEAD_BEEF,
    };

    #[test]
    fn what_is_written_is_read_back() {
        let mut bytes = Vec::new();
        HEADER.write(&[0xBE, 0xDE, 0, 1, 0x10, b'7', 0, 0], &mut bytes);
        bytes.extend_from_slice(b"payload");

        let packet = Packet::parse(&bytes).unwrap();

        assert_eq!(packet.header, HEADER);
        assert_eq!(packet.extensions.find(1), Some(&b"7"[..]));
        assert_eq!(packet.payload, b"payload");
    }

    #[test]
    fn padding_is_not_part_of_the_payload() {
        let mut bytes = Vec::new();
        HEADER.write(&[], &mut bytes);
        bytes[0] |= 0x20;
        bytes.extend_from_slice(b"ab\0\0\x03");

        assert_eq!(Packet::parse(&bytes).unwrap().payload, b"ab");
    }

    #[test]
    fn a_packet_of_padding_is_empty() {
        let mut bytes = Vec::new();
        HEADER.write_padded(&[0xBE, 0xDE, 0, 1, 0x10, b'7', 0, 0], 255, &mut bytes);

        assert_eq!(bytes.len(), 12 + 8 + 255);
        assert_eq!(Packet::parse(&bytes).unwrap().payload, b"");
    }

    #[test]
    fn padding_longer_than_the_packet_is_refused() {
        let mut bytes = Vec::new();
        HEADER.write(&[], &mut bytes);
        bytes[0] |= 0x20;
        bytes.extend_from_slice(b"ab\x09");

        assert!(Packet::parse(&bytes).is_none());
    }

    #[test]
    fn contributing_sources_are_skipped() {
        let mut bytes = Vec::new();
        HEADER.write(&[], &mut bytes);
        bytes[0] |= 2;
        bytes.extend_from_slice(b"csrcCSRCdata");

        assert_eq!(Packet::parse(&bytes).unwrap().payload, b"data");
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..200)) {
            if let Some(packet) = Packet::parse(&bytes) {
                for id in 0..=255 {
                    let _ = packet.extensions.find(id);
                }
                let _ = packet.payload.len();
            }
        }
    }
}
