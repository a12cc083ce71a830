//! Sound as it was sent, for subscribers that have no stream of retransmissions for it.
//!
//! Browsers ask for lost sound under its own number. Sealing it anew would use the number's nonce
//! for another text (the time of sending differs), so the very bytes are kept and sent again.

/// The last packets of one forwarded stream.
#[derive(Debug, Default)]
pub(crate) struct Sealed {
    /// Empty until there is something to keep.
    packets: Vec<Packet>,
}

#[derive(Clone, Debug, Default)]
struct Packet {
    sequence: u16,
    bytes: Vec<u8>,
}

impl Sealed {
    /// Keeps a packet in the place of an old one, whose memory it takes over.
    pub(crate) fn keep(&mut self, sequence: u16, bytes: &[u8]) {
        if self.packets.is_empty() {
            self.packets = vec![Packet::default(); KEPT];
        }
        let packet = &mut self.packets[usize::from(sequence) % KEPT];
        packet.sequence = sequence;
        packet.bytes.clear();
        packet.bytes.extend_from_slice(bytes);
    }

    /// The packet that was sent under a number, if it is kept.
    pub(crate) fn find(&self, sequence: u16) -> Option<&[u8]> {
        let packet = self.packets.get(usize::from(sequence) % KEPT)?;
        (packet.sequence == sequence && !packet.bytes.is_empty()).then_some(&packet.bytes)
    }
}

/// At 20 ms each, longer than any voice waits.
const KEPT: usize = 32;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_packet_is_found_as_it_was_sent_until_newer_ones_take_its_place() {
        let mut sealed = Sealed::default();
        assert_eq!(sealed.find(0), None);

        sealed.keep(65_535, b"old");
        sealed.keep(0, b"new");

        assert_eq!(sealed.find(65_535), Some(&b"old"[..]));
        assert_eq!(sealed.find(0), Some(&b"new"[..]));
        assert_eq!(sealed.find(32), None);
        for sequence in 1..40 {
            sealed.keep(sequence, b"newer");
        }
        assert_eq!(sealed.find(65_535), None);
    }
}
