//! Keeps from the SCTP implementation what it cannot be trusted with. Found by fuzzing:
//!
//! * a chunk or parameter whose length does not fit makes it panic;
//! * messages that it has for its own use make its data channels panic when they come from outside;
//! * it follows a FORWARD-TSN number by number, which for a number far ahead takes a minute;
//! * its receive window counts the bytes of messages that cannot be read yet and nothing else. So a
//!   participant could make it hold any number of empty pieces, a state for each of 65,536 streams
//!   (through all of which it goes for every piece), or single bytes that each keep their packet.
//!
//! What browsers send is far from all of these limits.

/// Follows one peer's association.
#[derive(Debug, Default)]
pub(super) struct Guard {
    /// Pieces let through since everything before was read: at least as many as are held.
    pieces: u32,
    /// The last number of the other side that we acknowledged.
    acknowledged: Option<u32>,
}

impl Guard {
    /// Whether a packet is let through.
    pub(super) fn admit(&mut self, packet: &[u8]) -> bool {
        if packet.len() > MAX_PACKET_BYTES {
            return false;
        }
        let mut pieces = 0;
        for chunk in Chunks::of(packet) {
            let is_fine = match chunk {
                Some(Chunk { kind: DATA, value }) => {
                    pieces += 1;
                    self.is_piece(value)
                }
                Some(Chunk {
                    kind: INIT | INIT_ACK,
                    value,
                }) => self.begins(value),
                Some(Chunk {
                    kind: HEARTBEAT | HEARTBEAT_ACK | ABORT | ERROR | RECONFIG,
                    value,
                }) => are_parameters(value),
                Some(Chunk {
                    kind: FORWARD_TSN,
                    value,
                }) => number(value, 0).is_some_and(|tsn| self.is_near(tsn)),
                Some(_) => true,
                None => false,
            };
            if !is_fine {
                return false;
            }
        }
        let is_admitted = pieces == 0 || self.pieces + pieces <= MAX_PIECES;
        if is_admitted {
            self.pieces += pieces;
        }
        is_admitted
    }

    /// Looks at a packet of ours: what it acknowledges, and a whole window says that nothing is
    /// held.
    pub(super) fn note_sent(&mut self, packet: &[u8], whole_window: u32) {
        let chunks = Chunks::of(packet).flatten();
        for Chunk { value, .. } in chunks.filter(|chunk| chunk.kind == SACK) {
            self.acknowledged = number(value, 0).or(self.acknowledged);
            if number(value, 4) == Some(whole_window) {
                self.pieces = 0;
            }
        }
    }

    /// A beginning, or the same again: another would be about other numbers.
    fn begins(&mut self, init: &[u8]) -> bool {
        let Some(first) = number(init, 12) else {
            return false;
        };
        let before = first.wrapping_sub(1);
        *self.acknowledged.get_or_insert(before) == before
            && init.get(INIT_FIXED..).is_some_and(are_parameters)
    }

    fn is_piece(&self, value: &[u8]) -> bool {
        let Some((&[t0, t1, t2, t3, high, low, ..], data)) =
            value.split_first_chunk::<DATA_HEADER>()
        else {
            return false;
        };
        !data.is_empty()
            && u16::from_be_bytes([high, low]) < MAX_STREAMS
            && self.is_near(u32::from_be_bytes([t0, t1, t2, t3]))
    }

    /// Whether a number is not far ahead. One from before is harmless.
    fn is_near(&self, tsn: u32) -> bool {
        self.acknowledged
            .is_some_and(|acknowledged| tsn.wrapping_sub(acknowledged).cast_signed() <= MAX_AHEAD)
    }
}

#[derive(Clone, Copy)]
struct Chunk<'a> {
    kind: u8,
    value: &'a [u8],
}

/// The chunks of a packet (RFC 9260, section 3.2); ends with `None` after one that does not fit.
struct Chunks<'a>(&'a [u8]);

impl<'a> Chunks<'a> {
    fn of(packet: &'a [u8]) -> Self {
        Self(packet.get(COMMON_HEADER..).unwrap_or_default())
    }

    fn split(&mut self) -> Option<Chunk<'a>> {
        let &[kind, _, high, low] = self.0.first_chunk()?;
        let length = usize::from(u16::from_be_bytes([high, low]));
        let value = self.0.get(CHUNK_HEADER..length)?;
        self.0 = self.0.get(length.next_multiple_of(4)..).unwrap_or_default();
        Some(Chunk { kind, value })
    }
}

impl<'a> Iterator for Chunks<'a> {
    type Item = Option<Chunk<'a>>;

    fn next(&mut self) -> Option<Option<Chunk<'a>>> {
        if self.0.is_empty() {
            return None;
        }
        let chunk = self.split();
        if chunk.is_none() {
            self.0 = &[];
        }
        Some(chunk)
    }
}

/// Whether these are parameters, or causes of an error, whose lengths fit.
fn are_parameters(mut rest: &[u8]) -> bool {
    while let Some(&[_, _, high, low]) = rest.first_chunk() {
        let length = usize::from(u16::from_be_bytes([high, low]));
        if length < CHUNK_HEADER || length > rest.len() {
            return false;
        }
        rest = rest.get(length.next_multiple_of(4)..).unwrap_or_default();
    }
    rest.is_empty()
}

/// Whether a message that opens a channel, or answers that, is one of the two there are (RFC 8832,
/// section 8.2.1).
pub(super) fn is_control_message(message: &[u8]) -> bool {
    matches!(message, [ACK | OPEN, ..])
}

fn number(value: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_be_bytes(*value.get(at..)?.first_chunk()?))
}

const COMMON_HEADER: usize = 12;
const CHUNK_HEADER: usize = 4;
const DATA_HEADER: usize = 12;
/// Of INIT, in front of its parameters.
const INIT_FIXED: usize = 16;

const DATA: u8 = 0;
const INIT: u8 = 1;
const INIT_ACK: u8 = 2;
const SACK: u8 = 3;
const HEARTBEAT: u8 = 4;
const HEARTBEAT_ACK: u8 = 5;
const ABORT: u8 = 6;
const ERROR: u8 = 9;
const RECONFIG: u8 = 130;
const FORWARD_TSN: u8 = 192;

/// Of control messages.
const ACK: u8 = 2;
const OPEN: u8 = 3;

/// More than any path carries in one datagram.
const MAX_PACKET_BYTES: usize = 2048;

/// As many as Chromium has; clients number their channels from 0.
const MAX_STREAMS: u16 = 1024;

/// More than a window of 256 KiB holds of pieces that a message is cut into.
const MAX_AHEAD: i32 = 8_192;

/// Sixteen of the largest messages take a thousand. On a path that loses much, what was received
/// is still read to the end every few seconds.
const MAX_PIECES: u32 = 8_192;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const WINDOW: u32 = 1_000;
    /// Close to the wrap.
    const FIRST: u32 = u32::MAX - 5;

    /// An association that has just begun.
    fn begun() -> Guard {
        let mut guard = Guard::default();
        let init = [&[0; 12][..], &FIRST.to_be_bytes()].concat();
        assert!(guard.admit(&packet(&[chunk(INIT, &init)])));
        guard
    }

    #[test]
    fn a_piece_of_a_message_is_let_through() {
        assert!(begun().admit(&packet(&[data(4, b"hello"), data(1023, b"!")])));
    }

    #[test]
    fn an_empty_piece_takes_its_packet_along() {
        assert!(!begun().admit(&packet(&[data(4, b"hello"), data(4, b"")])));
    }

    #[test]
    fn a_stream_far_from_all_others_is_not_made() {
        assert!(!begun().admit(&packet(&[data(1024, b"hello")])));
    }

    #[test]
    fn a_packet_larger_than_any_path_carries_is_not_kept() {
        assert!(!begun().admit(&packet(&[data(0, &[0; 2_100])])));
    }

    #[test]
    fn pieces_that_are_never_read_run_out() {
        let mut guard = begun();
        let piece = packet(&[data(0, b"x")]);

        let let_through = (0..20_000).filter(|_| guard.admit(&piece)).count();

        assert_eq!(let_through, MAX_PIECES as usize);
        guard.note_sent(&packet(&[sack(FIRST, WINDOW - 1)]), WINDOW);
        assert!(!guard.admit(&piece), "something is still held");
        assert!(
            guard.admit(&packet(&[sack(1, 5)])),
            "what is no piece passes"
        );
        guard.note_sent(&packet(&[sack(FIRST, WINDOW)]), WINDOW);
        assert!(guard.admit(&piece));
    }

    #[test]
    fn a_leap_over_numbers_is_as_long_as_a_window_at_the_most() {
        let leap = |to: u32| packet(&[chunk(FORWARD_TSN, &to.to_be_bytes())]);
        let mut guard = begun();

        assert!(guard.admit(&leap(FIRST.wrapping_add(8_191))));
        assert!(!guard.admit(&leap(FIRST.wrapping_add(8_192))));
        assert!(!guard.admit(&leap(FIRST.wrapping_add(1 << 30))));

        guard.note_sent(&packet(&[sack(FIRST.wrapping_add(8_191), WINDOW)]), WINDOW);
        assert!(guard.admit(&leap(FIRST.wrapping_add(8_192))));
        assert!(
            !Guard::default().admit(&leap(FIRST)),
            "before the beginning"
        );
    }

    #[test]
    fn another_beginning_does_not_move_the_numbers() {
        let mut guard = begun();
        let init = [&[0; 12][..], &(1_u32 << 30).to_be_bytes()].concat();

        assert!(!guard.admit(&packet(&[chunk(INIT, &init)])));
        assert!(guard.admit(&packet(&[data(0, b"hello")])));
    }

    #[test]
    fn lengths_that_do_not_fit_are_refused() {
        let mut long = chunk(RECONFIG, &[0, 13, 0, 4]);
        long[3] = 12;
        assert!(!begun().admit(&packet(&[long])));

        let parameter_too_long = chunk(RECONFIG, &[0, 13, 0, 16, 0, 0, 0, 1]);
        assert!(!begun().admit(&packet(&[parameter_too_long])));
        let parameter_without_header = chunk(HEARTBEAT, &[0, 1, 0, 3]);
        assert!(!begun().admit(&packet(&[parameter_without_header])));
    }

    proptest! {
        #[test]
        fn any_packet_is_looked_at_without_panic(packet in prop::collection::vec(any::<u8>(), 0..100)) {
            let mut guard = Guard::default();
            guard.admit(&packet);
            guard.note_sent(&packet, WINDOW);
        }
    }

    fn data(stream: u16, data: &[u8]) -> Vec<u8> {
        let mut value = FIRST.to_be_bytes().to_vec();
        value.extend(stream.to_be_bytes());
        value.extend([0; 6]);
        value.extend(data);
        chunk(DATA, &value)
    }

    fn sack(acknowledged: u32, window: u32) -> Vec<u8> {
        let numbers = [acknowledged.to_be_bytes(), window.to_be_bytes()];
        chunk(SACK, &[numbers.concat(), vec![0; 4]].concat())
    }

    fn chunk(kind: u8, value: &[u8]) -> Vec<u8> {
        let mut chunk = vec![kind, 3];
        chunk.extend((value.len() as u16 + 4).to_be_bytes());
        chunk.extend(value);
        chunk.resize(chunk.len().next_multiple_of(4), 0);
        chunk
    }

    fn packet(chunks: &[Vec<u8>]) -> Vec<u8> {
        [vec![0; COMMON_HEADER], chunks.concat()].concat()
    }
}
