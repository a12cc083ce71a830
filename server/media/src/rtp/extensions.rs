//! RTP header extensions (RFC 8285), in the one-byte and the two-byte form.

use crate::{codec::dependency, command::ExtensionIds};

/// The extension block of one packet.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Extensions<'a> {
    form: Form,
    elements: &'a [u8],
}

#[derive(Clone, Copy, Debug, Default)]
enum Form {
    #[default]
    None,
    OneByte,
    TwoBytes,
}

impl<'a> Extensions<'a> {
    /// Wraps a block whose length was checked. Profiles we do not know have no elements.
    pub(crate) fn new(profile: u16, elements: &'a [u8]) -> Self {
        let form = match profile {
            0xBEDE => Form::OneByte,
            profile if profile & 0xFFF0 == 0x1000 => Form::TwoBytes,
            _ => Form::None,
        };
        Self { form, elements }
    }

    /// The value of the element with this identifier.
    pub(crate) fn find(&self, id: u8) -> Option<&'a [u8]> {
        let mut rest = self.elements;
        while let Some((&first, after)) = rest.split_first() {
            if first == 0 {
                rest = after;
                continue;
            }
            let (found, len, data) = match self.form {
                Form::None => return None,
                // 15 ends the block (RFC 8285, section 4.2).
                Form::OneByte if first >> 4 == 15 => return None,
                Form::OneByte => (first >> 4, usize::from(first & 0x0F) + 1, after),
                Form::TwoBytes => {
                    let (&len, data) = after.split_first()?;
                    (first, usize::from(len), data)
                }
            };
            let value = data.get(..len)?;
            if found == id {
                return Some(value);
            }
            rest = &data[len..];
        }
        None
    }

    /// As [`Self::find`], for an extension that may not have been negotiated.
    pub(crate) fn find_negotiated(&self, id: Option<u8>) -> Option<&'a [u8]> {
        self.find(id?)
    }

    /// A text element, such as a MID or a RID.
    pub(crate) fn text(&self, id: Option<u8>) -> Option<&'a str> {
        std::str::from_utf8(self.find_negotiated(id)?).ok()
    }

    /// The transport-wide sequence number.
    pub(crate) fn transport_sequence(&self, ids: &ExtensionIds) -> Option<u16> {
        let value = self.find_negotiated(ids.transport_cc)?;
        Some(u16::from_be_bytes(*value.first_chunk()?))
    }
}

/// The block one subscription writes into each of its packets: made once, patched per packet.
///
/// It names the media section (MID). Where negotiated it also carries the time of sending, the
/// transport-wide number and the loudness of the source.
#[derive(Clone, Debug, Default)]
pub(crate) struct ExtensionTemplate {
    bytes: Vec<u8>,
    abs_send_time: Option<usize>,
    transport_sequence: Option<usize>,
    audio_level: Option<usize>,
    descriptor: Option<u8>,
    /// The same block with a descriptor in it, in the form that has room for one.
    described: Vec<u8>,
}

/// What is new in every packet of a transport.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Stamps {
    /// When it is sent (`abs-send-time`).
    pub(crate) abs_send_time: u32,
    /// Its number among all packets of the transport.
    pub(crate) transport_sequence: u16,
}

impl ExtensionTemplate {
    /// Lays the block out. Elements that the one-byte form cannot hold are left out.
    pub(crate) fn new(ids: &ExtensionIds, mid: &str) -> Self {
        let mut template = Self::default();
        template.push(ids.mid, mid.as_bytes());
        template.abs_send_time = template.push(ids.abs_send_time, &[0; 3]);
        template.transport_sequence = template.push(ids.transport_cc, &[0; 2]);
        template.audio_level = template.push(ids.audio_level, &[SILENT]);
        template.descriptor = ids.dependency_descriptor;
        seal(&mut template.bytes);
        template
    }

    /// Puts this packet's values in and gives the whole block; empty when nothing was negotiated.
    pub(crate) fn fill(&mut self, stamps: Stamps, audio_level: Option<u8>) -> &[u8] {
        if let Some(at) = self.abs_send_time {
            self.bytes[at..at + 3].copy_from_slice(&stamps.abs_send_time.to_be_bytes()[1..]);
        }
        if let Some(at) = self.transport_sequence {
            self.bytes[at..at + 2].copy_from_slice(&stamps.transport_sequence.to_be_bytes());
        }
        if let Some(at) = self.audio_level {
            self.bytes[at] = audio_level.unwrap_or(SILENT);
        }
        &self.bytes
    }

    /// Whether packets carry a transport-wide number.
    pub(crate) fn is_numbered(&self) -> bool {
        self.transport_sequence.is_some()
    }

    /// The block as it was filled, and a dependency descriptor whose frame has another number here.
    ///
    /// A descriptor can be longer than the one-byte form holds, so the whole block takes the
    /// two-byte form, as our offers allow (`extmap-allow-mixed`).
    pub(crate) fn describe(&mut self, descriptor: &[u8], frame: u16) -> &[u8] {
        let (Some(id), Ok(len)) = (self.descriptor, u8::try_from(descriptor.len())) else {
            return &self.bytes;
        };
        self.described.clear();
        self.described.extend_from_slice(&[0x10, 0, 0, 0]);
        let mut rest = self.bytes.get(4..).unwrap_or_default();
        while let Some((&first, after)) = rest.split_first()
            && first != 0
        {
            let (value, after) = after.split_at(usize::from(first & 0x0F) + 1);
            self.described
                .extend_from_slice(&[first >> 4, value.len() as u8]);
            self.described.extend_from_slice(value);
            rest = after;
        }
        self.described.extend_from_slice(&[id, len]);
        let start = self.described.len();
        self.described.extend_from_slice(descriptor);
        dependency::set_frame(&mut self.described[start..], frame);
        seal(&mut self.described);
        &self.described
    }

    /// Appends an element and says where its value is.
    fn push(&mut self, id: Option<u8>, value: &[u8]) -> Option<usize> {
        let id = id.filter(|id| (1..=14).contains(id))?;
        if !(1..=16).contains(&value.len()) {
            return None;
        }
        if self.bytes.is_empty() {
            self.bytes.extend_from_slice(&[0xBE, 0xDE, 0, 0]);
        }
        self.bytes.push(id << 4 | (value.len() - 1) as u8);
        self.bytes.extend_from_slice(value);
        Some(self.bytes.len() - value.len())
    }
}

/// Completes a block: padding and its length in words.
fn seal(block: &mut Vec<u8>) {
    if block.is_empty() {
        return;
    }
    while !block.len().is_multiple_of(4) {
        block.push(0);
    }
    let words = (block.len() / 4 - 1) as u16;
    block[2..4].copy_from_slice(&words.to_be_bytes());
}

/// The audio level of silence: -127 dBov (RFC 6464).
const SILENT: u8 = 127;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_byte_elements_are_found_past_padding() {
        let extensions = Extensions::new(0xBEDE, &[0x10, b'0', 0, 0x21, b'h', b'i', 0, 0]);

        assert_eq!(extensions.find(1), Some(&b"0"[..]));
        assert_eq!(extensions.find(2), Some(&b"hi"[..]));
        assert_eq!(extensions.find(3), None);
    }

    #[test]
    fn two_byte_elements_may_be_empty_or_have_high_identifiers() {
        let extensions = Extensions::new(0x1000, &[1, 0, 20, 2, b'h', b'i', 0, 0]);

        assert_eq!(extensions.find(1), Some(&b""[..]));
        assert_eq!(extensions.find(20), Some(&b"hi"[..]));
    }

    #[test]
    fn identifier_fifteen_ends_the_block() {
        let extensions = Extensions::new(0xBEDE, &[0xF0, 0, 0x10, b'0']);

        assert_eq!(extensions.find(1), None);
    }

    #[test]
    fn an_element_longer_than_the_block_is_not_there() {
        let extensions = Extensions::new(0xBEDE, &[0x1F, b'0', b'1', b'2']);

        assert_eq!(extensions.find(1), None);
    }

    #[test]
    fn an_unknown_profile_has_no_elements() {
        assert_eq!(Extensions::new(0xABAC, &[0x10, b'0']).find(1), None);
    }

    #[test]
    fn the_template_carries_what_was_negotiated() {
        let ids = ExtensionIds {
            mid: Some(3),
            abs_send_time: Some(4),
            audio_level: Some(5),
            transport_cc: Some(6),
            ..ExtensionIds::default()
        };
        let mut template = ExtensionTemplate::new(&ids, "12");

        let block = template
            .fill(
                Stamps {
                    abs_send_time: 0x0001_0203,
                    transport_sequence: 0xABCD,
                },
                Some(0x9E),
            )
            .to_vec();

        let extensions = Extensions::new(0xBEDE, &block[4..]);
        assert_eq!(block[2..4], [0, (block.len() / 4 - 1) as u8]);
        assert_eq!(extensions.text(Some(3)), Some("12"));
        assert_eq!(extensions.find(4), Some(&[1, 2, 3][..]));
        assert_eq!(extensions.find(5), Some(&[0x9E][..]));
        assert_eq!(extensions.transport_sequence(&ids), Some(0xABCD));
    }

    #[test]
    fn a_long_descriptor_goes_along_under_another_frame_number() {
        let ids = ExtensionIds {
            mid: Some(3),
            abs_send_time: Some(4),
            dependency_descriptor: Some(5),
            ..ExtensionIds::default()
        };
        let mut template = ExtensionTemplate::new(&ids, "12");
        let descriptor = [7; 40];

        let stamps = Stamps {
            abs_send_time: 0x0001_0203,
            ..Stamps::default()
        };
        template.fill(stamps, None);
        let block = template.describe(&descriptor, 0xABCD).to_vec();

        let profile = u16::from_be_bytes([block[0], block[1]]);
        let extensions = Extensions::new(profile, &block[4..]);
        assert_eq!(usize::from(block[3]) * 4 + 4, block.len());
        assert_eq!(extensions.text(Some(3)), Some("12"));
        assert_eq!(extensions.find(4), Some(&[1, 2, 3][..]));
        let sent = extensions.find(5).unwrap();
        assert_eq!(sent[..4], [7, 0xAB, 0xCD, 7]);
        assert_eq!(sent.len(), 40);
    }

    #[test]
    fn a_descriptor_is_left_out_where_it_was_not_negotiated() {
        let ids = ExtensionIds {
            mid: Some(3),
            ..ExtensionIds::default()
        };
        let mut template = ExtensionTemplate::new(&ids, "12");
        let plain = template.fill(Stamps::default(), None).to_vec();

        assert_eq!(template.describe(&[7; 40], 1), plain);
    }

    #[test]
    fn without_negotiated_extensions_there_is_no_block() {
        let mut template = ExtensionTemplate::new(&ExtensionIds::default(), "0");

        assert!(template.fill(Stamps::default(), None).is_empty());
    }

    proptest::proptest! {
        #[test]
        fn any_block_is_searched_without_a_panic(
            profile in proptest::sample::select(vec![0xBEDEu16, 0x1000, 0x1007, 0x1234]),
            bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..64),
            id: u8,
        ) {
            let _ = Extensions::new(profile, &bytes).find(id);
        }
    }
}
