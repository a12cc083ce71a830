//! Datagrams in a stream of bytes: each behind its length in two bytes (RFC 4571).
//!
//! ICE-TCP (RFC 6544) carries STUN, DTLS and SRTP like that. The reader keeps at most one unfinished
//! frame and what was pushed since it was last drained, so a peer cannot make it grow.

use thiserror::Error;

/// Cuts a stream into frames. After each [`Self::push`], drain [`Self::next_frame`].
#[derive(Debug, Default)]
pub struct FrameReader {
    bytes: Vec<u8>,
    /// `bytes[start..]` is not read yet.
    start: usize,
}

impl FrameReader {
    /// Takes bytes as the stream gave them.
    pub fn push(&mut self, bytes: &[u8]) {
        self.bytes.drain(..self.start);
        self.start = 0;
        if self.bytes.is_empty() {
            // What a burst once needed is not kept by an idle connection.
            self.bytes.shrink_to(KEPT_BYTES);
        }
        self.bytes.extend_from_slice(bytes);
    }

    /// The next whole frame; `None` until more bytes are pushed. Empty frames are skipped: they
    /// carry nothing. An error is final, because nothing behind it can be found.
    pub fn next_frame(&mut self) -> Result<Option<&mut [u8]>, FrameError> {
        loop {
            let unread = self.bytes.get(self.start..).unwrap_or_default();
            let Some((&header, body)) = unread.split_first_chunk() else {
                return Ok(None);
            };
            let length = usize::from(u16::from_be_bytes(header));
            if length > MAX_FRAME_BYTES {
                return Err(FrameError::TooLong { length });
            }
            if body.len() < length {
                return Ok(None);
            }
            let begin = self.start + header.len();
            self.start = begin + length;
            if length > 0 {
                return Ok(self.bytes.get_mut(begin..self.start));
            }
        }
    }
}

/// Appends a datagram as a frame. One that is too long for a frame is left out: `false`.
pub fn write_frame(datagram: &[u8], stream: &mut Vec<u8>) -> bool {
    let Some(length) = u16::try_from(datagram.len())
        .ok()
        .filter(|length| *length > 0)
    else {
        return false;
    };
    stream.extend_from_slice(&length.to_be_bytes());
    stream.extend_from_slice(datagram);
    true
}

/// Why a stream cannot be read on.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
#[non_exhaustive]
pub enum FrameError {
    /// No datagram of WebRTC is that long; it is another protocol, or an attack.
    #[error("a frame of {length} bytes")]
    TooLong {
        /// What its header says.
        length: usize,
    },
}

/// Far above the path MTU that media keeps to, and room for the largest DTLS record
/// (RFC 6347, section 4.1), which some clients do not split over TCP.
pub const MAX_FRAME_BYTES: usize = (1 << 14) + 512;

/// A frame of media and some more.
const KEPT_BYTES: usize = 4096;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_frame_is_read_when_its_last_byte_is_there() {
        let mut reader = FrameReader::default();

        for byte in [0, 3, b'a', b'b'] {
            reader.push(&[byte]);
            assert_eq!(reader.next_frame(), Ok(None));
        }
        reader.push(b"c");

        assert_eq!(reader.next_frame().unwrap().unwrap(), b"abc");
        assert_eq!(reader.next_frame(), Ok(None));
    }

    #[test]
    fn an_empty_frame_is_skipped() {
        let mut reader = FrameReader::default();

        reader.push(&[0, 0, 0, 0, 0, 1, 7]);

        assert_eq!(reader.next_frame().unwrap().unwrap(), [7]);
    }

    #[test]
    fn a_length_of_no_datagram_ends_the_stream() {
        let mut reader = FrameReader::default();

        reader.push(b"GET / HTTP/1.1\r\n");

        assert_eq!(
            reader.next_frame(),
            Err(FrameError::TooLong { length: 0x4745 })
        );
    }

    #[test]
    fn an_unfinished_frame_is_all_that_is_kept() {
        let mut reader = FrameReader::default();
        let mut stream = Vec::new();
        assert!(write_frame(&[1; 1000], &mut stream));

        for _ in 0..100 {
            reader.push(&stream);
            while reader.next_frame().unwrap().is_some() {}
        }
        reader.push(&stream[..100]);

        assert!(reader.bytes.len() <= 100 && reader.bytes.capacity() <= KEPT_BYTES);
    }

    #[test]
    fn what_does_not_fit_a_frame_is_not_written() {
        let mut stream = Vec::new();

        assert!(!write_frame(&vec![0; 65_536], &mut stream));
        assert!(!write_frame(&[], &mut stream));

        assert!(stream.is_empty());
    }

    proptest! {
        #[test]
        fn datagrams_come_out_as_they_went_in_however_the_stream_is_cut(
            datagrams in prop::collection::vec(prop::collection::vec(any::<u8>(), 1..300), 0..20),
            cut in 1_usize..500,
        ) {
            let mut stream = Vec::new();
            for datagram in &datagrams {
                write_frame(datagram, &mut stream);
            }

            let mut reader = FrameReader::default();
            let mut read = Vec::new();
            for piece in stream.chunks(cut) {
                reader.push(piece);
                while let Some(frame) = reader.next_frame().unwrap() {
                    read.push(frame.to_vec());
                }
            }

            prop_assert_eq!(read, datagrams);
        }
    }
}
