//! The VP8 payload descriptor (RFC 7741, section 4.2).

use super::PayloadInfo;
use super::picture::{Field, PictureFields, PictureId};
use super::place::{Entries, Place};

/// Reads the descriptor and the first bit of the frame.
pub(super) fn inspect(payload: &[u8]) -> Option<PayloadInfo> {
    let first = *payload.first()?;
    let mut at = 1;
    let mut picture = PictureFields::default();
    let mut place = Place::default();
    if first & EXTENDED != 0 {
        let present = *payload.get(at)?;
        at += 1;
        if present & HAS_PICTURE_ID != 0 {
            let id = PictureId::parse(payload, at)?;
            at += id.len();
            picture.id = Some(id);
        }
        if present & HAS_TL0 != 0 {
            picture.tl0 = Some(Field::parse(payload, at, 0xFF)?);
            at += 1;
        }
        if present & (HAS_TID | HAS_KEY) != 0 {
            let key = Field::parse(payload, at, 0x1F)?;
            picture.key = (present & HAS_KEY != 0).then_some(key);
            if present & HAS_TID != 0 {
                let byte = *payload.get(at)?;
                place.depth.temporal = byte >> 6;
                place.stands_on_base = byte & LAYER_SYNC != 0;
            }
            at += 1;
        }
    }
    // The start of the first partition, and the inverse keyframe flag of its first byte.
    let starts_frame = first & START_OF_PARTITION != 0 && first & PARTITION_INDEX == 0;
    let starts_keyframe = starts_frame && payload.get(at).is_some_and(|byte| byte & 1 == 0);
    place.starts_frame = starts_frame;
    if starts_keyframe {
        place.entries = Entries::ALL;
    } else if place.stands_on_base {
        // It refers to the base layer only: pictures like it can be shown from here on.
        place.entries.insert(place.depth);
    }
    Some(PayloadInfo {
        starts_keyframe,
        picture,
        place,
        ..PayloadInfo::default()
    })
}

const EXTENDED: u8 = 0x80;
const START_OF_PARTITION: u8 = 0x10;
const PARTITION_INDEX: u8 = 0x07;
const HAS_PICTURE_ID: u8 = 0x80;
const HAS_TL0: u8 = 0x40;
const HAS_TID: u8 = 0x20;
const HAS_KEY: u8 = 0x10;
const LAYER_SYNC: u8 = 0x20;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::Depth;

    #[test]
    fn a_keyframe_as_chromium_sends_it_is_recognised() {
        let info = inspect(&[
            0x90,
            0xF0,
            0x92,
            0x34,
            7,
            0x20 | 3,
            0x10,
            0,
            0x9d,
            0x01,
            0x2a,
        ]);

        let info = info.unwrap();
        assert!(info.starts_keyframe);
        assert_eq!(info.picture.id.unwrap().value, 0x1234);
        assert_eq!(info.picture.tl0.unwrap().value, 7);
        assert_eq!(info.picture.key.unwrap().value, 3);
    }

    #[test]
    fn the_temporal_layer_and_its_sync_are_read() {
        let deep = inspect(&[0x90, 0xE0, 5, 7, 0x80 | 0x20, 1]).unwrap().place;
        let plain = inspect(&[0x90, 0xE0, 5, 7, 0x40, 1]).unwrap().place;

        assert_eq!((deep.depth.temporal, deep.stands_on_base), (2, true));
        assert_eq!((plain.depth.temporal, plain.stands_on_base), (1, false));
        let base = Depth::default();
        assert_eq!(deep.entries.best(0, base, Depth::ALL).unwrap().temporal, 2);
        assert_eq!(plain.entries.best(0, base, Depth::ALL), None);
    }

    #[test]
    fn a_delta_frame_is_not_a_keyframe() {
        assert!(!inspect(&[0x90, 0x80, 0x05, 0x01]).unwrap().starts_keyframe);
    }

    #[test]
    fn a_continuation_of_a_keyframe_does_not_start_one() {
        assert!(!inspect(&[0x80, 0x80, 0x05, 0x00]).unwrap().starts_keyframe);
        assert!(!inspect(&[0x11, 0x00]).unwrap().starts_keyframe);
    }

    #[test]
    fn a_descriptor_without_extension_has_no_counters() {
        let info = inspect(&[0x10, 0x00]).unwrap();

        assert!(info.starts_keyframe);
        assert_eq!(info.picture, PictureFields::default());
    }

    #[test]
    fn a_descriptor_cut_short_is_refused() {
        assert_eq!(inspect(&[0x90, 0xF0, 0x92]), None);
    }
}
