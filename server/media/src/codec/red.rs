//! Redundant audio (RFC 2198): a packet that carries the ones before it once more.
//!
//! ```text
//!  1 type offset:14 length:10 | ... | 0 type | oldest ... | primary
//!  one header for each earlier payload         their bytes, then this packet's own
//! ```
//!
//! A voice that loses every fifth packet stays whole this way, at the price of twice its few
//! kilobits. An earlier payload belongs to the packet right before: browsers put the last ones in,
//! in order, and leave none out.

/// A payload taken apart.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Redundant<'a> {
    /// The payload type of the packet's own sound.
    pub(crate) payload_type: u8,
    /// Where that begins.
    pub(crate) primary_at: u16,
    count: usize,
    bytes: &'a [u8],
}

/// The sound of an earlier packet.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Earlier<'a> {
    /// How many packets ago.
    pub(crate) distance: u64,
    /// How many ticks ago.
    pub(crate) offset: u32,
    pub(crate) payload: &'a [u8],
}

impl<'a> Redundant<'a> {
    /// Takes a payload apart; `None` when its lengths contradict one another or nothing of its own
    /// is in it.
    pub(crate) fn parse(bytes: &'a [u8]) -> Option<Self> {
        let mut count = 0;
        let mut earlier_len = 0;
        while bytes.get(count * HEADER_LEN)? & MORE != 0 {
            let (_, len) = header(bytes, count)?;
            earlier_len += len;
            count += 1;
            if count > MAX_EARLIER {
                return None;
            }
        }
        let last = count * HEADER_LEN;
        let primary_at = last + 1 + earlier_len;
        (primary_at < bytes.len()).then_some(Self {
            payload_type: bytes[last],
            primary_at: u16::try_from(primary_at).ok()?,
            count,
            bytes,
        })
    }

    /// The sound of the packet itself.
    #[cfg(test)]
    pub(crate) fn primary(&self) -> &'a [u8] {
        &self.bytes[usize::from(self.primary_at)..]
    }

    /// What it carries of earlier packets, oldest first. Empty ones are left out, and so are those
    /// of another payload type: comfort noise and tones are not ours to place.
    pub(crate) fn earlier(&self) -> impl Iterator<Item = Earlier<'a>> {
        let Self {
            payload_type,
            count,
            bytes,
            ..
        } = *self;
        let mut at = count * HEADER_LEN + 1;
        (0..count).filter_map(move |index| {
            let (offset, len) = header(bytes, index)?;
            let payload = bytes.get(at..at + len)?;
            at += len;
            let is_usable = offset > 0
                && !payload.is_empty()
                && bytes[index * HEADER_LEN] & !MORE == payload_type;
            is_usable.then_some(Earlier {
                distance: (count - index) as u64,
                offset,
                payload,
            })
        })
    }
}

/// Offset and length in the header of an earlier payload.
fn header(bytes: &[u8], index: usize) -> Option<(u32, usize)> {
    let [_, a, b, c] = *bytes.get(index * HEADER_LEN..)?.first_chunk()?;
    let bits = u32::from_be_bytes([0, a, b, c]);
    Some((bits >> 10, (bits & MAX_LEN as u32) as usize))
}

/// Appends `primary` together with the packet before it, or alone where that does not fit.
pub(crate) fn write(
    payload_type: u8,
    before: Option<(u32, &[u8])>,
    primary: &[u8],
    out: &mut Vec<u8>,
) {
    let before = before
        .filter(|(offset, earlier)| (1..=MAX_OFFSET).contains(offset) && earlier.len() <= MAX_LEN);
    if let Some((offset, earlier)) = before {
        let [_, a, b, c] = (offset << 10 | earlier.len() as u32).to_be_bytes();
        out.extend_from_slice(&[MORE | payload_type, a, b, c, payload_type]);
        out.extend_from_slice(earlier);
    } else {
        out.push(payload_type);
    }
    out.extend_from_slice(primary);
}

/// Gives everything in a payload that was parsed another payload type: they are numbered by each
/// side for itself.
pub(crate) fn set_payload_type(bytes: &mut [u8], from: u8, to: u8) {
    let mut at = 0;
    while let Some(first) = bytes.get_mut(at) {
        let is_last = *first & MORE == 0;
        if *first & !MORE == from {
            *first = *first & MORE | to;
        }
        if is_last {
            return;
        }
        at += HEADER_LEN;
    }
}

/// Set in every header but the last.
const MORE: u8 = 0x80;
const HEADER_LEN: usize = 4;
/// What 14 and 10 bits hold.
const MAX_OFFSET: u32 = 0x3FFF;
const MAX_LEN: usize = 0x3FF;
/// Browsers send one or two; more is an attempt to make us work.
const MAX_EARLIER: usize = 8;

#[cfg(test)]
mod tests {
    use super::*;

    const OPUS: u8 = 111;

    #[test]
    fn what_browsers_send_is_taken_apart() {
        // 20 and 40 ms ago at 48 kHz.
        let bytes = [
            &[MORE | OPUS, 0x1E, 0x00, 2][..],
            &[MORE | OPUS, 0x0F, 0x00, 3],
            &[111],
            b"aabbbcccc",
        ]
        .concat();

        let red = Redundant::parse(&bytes).unwrap();

        assert_eq!(red.payload_type, 111);
        assert_eq!(red.primary(), b"cccc");
        let earlier: Vec<_> = red.earlier().collect();
        assert_eq!(
            earlier,
            [
                Earlier {
                    distance: 2,
                    offset: 1920,
                    payload: b"aa"
                },
                Earlier {
                    distance: 1,
                    offset: 960,
                    payload: b"bbb"
                },
            ]
        );
    }

    #[test]
    fn a_packet_without_earlier_ones_is_itself() {
        let red = Redundant::parse(&[111, 1, 2]).unwrap();

        assert_eq!(red.primary(), [1, 2]);
        assert_eq!(red.earlier().count(), 0);
    }

    #[test]
    fn lengths_that_contradict_one_another_are_refused() {
        assert_eq!(Redundant::parse(&[]), None);
        assert_eq!(Redundant::parse(&[111]), None);
        assert_eq!(Redundant::parse(&[MORE | OPUS, 0, 0]), None);
        assert_eq!(
            Redundant::parse(&[MORE | OPUS, 0x0F, 0, 9, 111, 1, 2]),
            None
        );
        assert_eq!(Redundant::parse(&[MORE | OPUS; 90]), None);
    }

    #[test]
    fn what_is_written_is_read_back() {
        let mut bytes = Vec::new();
        write(111, Some((960, b"before")), b"now", &mut bytes);

        let red = Redundant::parse(&bytes).unwrap();

        assert_eq!(red.primary(), b"now");
        let earlier = red.earlier().next().unwrap();
        assert_eq!((earlier.offset, earlier.payload), (960, &b"before"[..]));
    }

    #[test]
    fn what_does_not_fit_is_left_out() {
        let mut bytes = Vec::new();
        write(111, Some((MAX_OFFSET + 1, b"long ago")), b"now", &mut bytes);
        assert_eq!(bytes, [&[111][..], b"now"].concat());

        bytes.clear();
        write(111, Some((960, &[7; MAX_LEN + 1])), b"now", &mut bytes);
        assert_eq!(bytes, [&[111][..], b"now"].concat());
    }

    #[test]
    fn payload_types_change_and_nothing_else() {
        let mut bytes = Vec::new();
        write(109, Some((960, b"before")), b"now", &mut bytes);
        let mut expected = Vec::new();
        write(111, Some((960, b"before")), b"now", &mut expected);

        set_payload_type(&mut bytes, 109, 111);

        assert_eq!(bytes, expected);
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_are_taken_apart_or_refused(mut bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..120)) {
            if let Some(red) = Redundant::parse(&bytes) {
                let earlier: usize = red.earlier().map(|one| one.payload.len()).sum();
                proptest::prop_assert!(earlier + red.primary().len() < bytes.len());
            }
            set_payload_type(&mut bytes, 1, 2);
        }
    }
}
