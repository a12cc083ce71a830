//! Counters in the VP8 and VP9 payload descriptors and in the dependency descriptor, and how they
//! are shifted.
//!
//! Each simulcast layer counts its pictures by itself. A subscriber that moves between layers must
//! see one count, so every stretch of a layer is shifted to follow the one before.

/// Where the counters of one packet are and what they say.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct PictureFields {
    /// The picture id (VP8 and VP9), 7 or 15 bits.
    pub(crate) id: Option<PictureId>,
    /// Counts base-layer pictures.
    pub(crate) tl0: Option<Field>,
    /// VP8's count of keyframes, the low 5 bits of its byte.
    pub(crate) key: Option<Field>,
    /// The dependency descriptor's count of frames.
    pub(crate) frame: Option<u16>,
}

/// A picture id in a payload.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct PictureId {
    /// Its offset in the payload.
    pub(crate) at: u8,
    /// Whether it has 15 bits in two bytes.
    pub(crate) is_wide: bool,
    /// What it says.
    pub(crate) value: u16,
}

/// A counter in one byte of a payload.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Field {
    /// Its offset in the payload.
    pub(crate) at: u8,
    /// What it says.
    pub(crate) value: u8,
}

impl PictureId {
    /// Reads an id whose first bit says how long it is.
    pub(crate) fn parse(payload: &[u8], at: usize) -> Option<Self> {
        let first = *payload.get(at)?;
        let is_wide = first & 0x80 != 0;
        let value = if is_wide {
            u16::from(first & 0x7F) << 8 | u16::from(*payload.get(at + 1)?)
        } else {
            u16::from(first)
        };
        Some(Self {
            at: u8::try_from(at).ok()?,
            is_wide,
            value,
        })
    }

    /// How many bytes it takes.
    pub(crate) fn len(self) -> usize {
        1 + usize::from(self.is_wide)
    }
}

impl Field {
    /// Reads a counter that fills its byte.
    pub(crate) fn parse(payload: &[u8], at: usize, mask: u8) -> Option<Self> {
        Some(Self {
            at: u8::try_from(at).ok()?,
            value: *payload.get(at)? & mask,
        })
    }
}

/// What is added to the counters of a stretch of packets, each modulo its width.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct PictureOffsets {
    pub(crate) id: u16,
    pub(crate) tl0: u8,
    pub(crate) key: u8,
    pub(crate) frame: u16,
}

impl PictureOffsets {
    /// The shift after which `next` follows `last`, the counters of the last packet as it was sent.
    pub(crate) fn following(last: PictureCounters, next: &PictureFields) -> Self {
        let id = next
            .id
            .map_or(0, |id| last.id.wrapping_add(1).wrapping_sub(id.value));
        let tl0 = next
            .tl0
            .map_or(0, |tl0| last.tl0.wrapping_add(1).wrapping_sub(tl0.value));
        let key = next
            .key
            .map_or(0, |key| last.key.wrapping_add(1).wrapping_sub(key.value));
        let frame = next
            .frame
            .map_or(0, |frame| last.frame.wrapping_add(1).wrapping_sub(frame));
        Self {
            id,
            tl0,
            key,
            frame,
        }
    }

    /// Shifts the counters in a payload.
    pub(crate) fn apply(self, fields: &PictureFields, payload: &mut [u8]) {
        let sent = self.shift(fields);
        if let Some(id) = fields.id {
            let at = usize::from(id.at);
            if id.is_wide {
                payload[at] = 0x80 | (sent.id >> 8) as u8 & 0x7F;
                payload[at + 1] = sent.id as u8;
            } else {
                payload[at] = sent.id as u8 & 0x7F;
            }
        }
        if let Some(tl0) = fields.tl0 {
            payload[usize::from(tl0.at)] = sent.tl0;
        }
        if let Some(key) = fields.key {
            let byte = &mut payload[usize::from(key.at)];
            *byte = *byte & 0xE0 | sent.key & 0x1F;
        }
    }

    /// The counters as they are sent; absent ones are zero.
    pub(crate) fn shift(self, fields: &PictureFields) -> PictureCounters {
        PictureCounters {
            id: fields
                .id
                .map_or(0, |id| id.value.wrapping_add(self.id) & 0x7FFF),
            tl0: fields.tl0.map_or(0, |tl0| tl0.value.wrapping_add(self.tl0)),
            key: fields
                .key
                .map_or(0, |key| key.value.wrapping_add(self.key) & 0x1F),
            frame: fields
                .frame
                .map_or(0, |frame| frame.wrapping_add(self.frame)),
        }
    }
}

/// The counters of a packet as it was sent.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct PictureCounters {
    pub(crate) id: u16,
    pub(crate) tl0: u8,
    pub(crate) key: u8,
    pub(crate) frame: u16,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_layer_counts_on_where_the_old_one_stopped() {
        let last = PictureCounters {
            id: 0x7FFF,
            tl0: 255,
            key: 31,
            frame: 0,
        };
        let mut payload = [0x80 | 0x12, 0x34, 77, 0xE0 | 9];
        let fields = PictureFields {
            id: PictureId::parse(&payload, 0),
            tl0: Field::parse(&payload, 2, 0xFF),
            key: Field::parse(&payload, 3, 0x1F),
            frame: None,
        };

        PictureOffsets::following(last, &fields).apply(&fields, &mut payload);

        assert_eq!(payload, [0x80, 0, 0, 0xE0]);
    }

    #[test]
    fn a_short_id_stays_short() {
        let mut payload = [0x7E];
        let fields = PictureFields {
            id: PictureId::parse(&payload, 0),
            ..PictureFields::default()
        };

        PictureOffsets {
            id: 5,
            ..PictureOffsets::default()
        }
        .apply(&fields, &mut payload);

        assert_eq!(payload, [0x03]);
    }
}
