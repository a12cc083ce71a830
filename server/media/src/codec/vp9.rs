//! The VP9 payload descriptor (RFC 9628, section 4.2).

use super::PayloadInfo;
use super::picture::{Field, PictureFields, PictureId};
use super::place::{Entries, Place};

/// Reads the descriptor up to the counters.
pub(super) fn inspect(payload: &[u8]) -> Option<PayloadInfo> {
    let first = *payload.first()?;
    let mut at = 1;
    let mut picture = PictureFields::default();
    if first & HAS_PICTURE_ID != 0 {
        let id = PictureId::parse(payload, at)?;
        at += id.len();
        picture.id = Some(id);
    }
    let mut place = Place {
        starts_frame: first & STARTS_FRAME != 0,
        ends_frame: first & ENDS_FRAME != 0,
        ..Place::default()
    };
    let mut is_switching_point = false;
    if first & HAS_LAYERS != 0 {
        let layers = *payload.get(at)?;
        place.depth.temporal = layers >> 5;
        place.depth.spatial = layers >> 1 & 0x07;
        is_switching_point = layers & SWITCHING_POINT != 0;
        at += 1;
        if first & FLEXIBLE == 0 {
            picture.tl0 = Some(Field::parse(payload, at, 0xFF)?);
        }
    }
    let is_intra = first & INTER_PREDICTED == 0;
    let starts_keyframe = is_intra && place.starts_frame && place.depth.spatial == 0;
    place.stands_on_base = is_intra;
    if starts_keyframe {
        place.entries = Entries::ALL;
    } else if is_intra || is_switching_point {
        // Pictures of this size and of any rate refer to nothing that was left out before.
        place.entries.insert_rates(place.depth.spatial);
    }
    Some(PayloadInfo {
        starts_keyframe,
        picture,
        place,
        ..PayloadInfo::default()
    })
}

const HAS_PICTURE_ID: u8 = 0x80;
const INTER_PREDICTED: u8 = 0x40;
const HAS_LAYERS: u8 = 0x20;
const FLEXIBLE: u8 = 0x10;
const STARTS_FRAME: u8 = 0x08;
const ENDS_FRAME: u8 = 0x04;
const SWITCHING_POINT: u8 = 0x10;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::Depth;

    #[test]
    fn an_intra_frame_of_the_base_layer_is_a_keyframe() {
        let info = inspect(&[0x80 | 0x20 | 0x08, 0x85, 0x06, 0x00, 9]).unwrap();

        assert!(info.starts_keyframe);
        assert_eq!(info.picture.id.unwrap().value, 0x506);
        assert_eq!(info.picture.tl0.unwrap().value, 9);
    }

    #[test]
    fn an_inter_predicted_frame_is_not_a_keyframe() {
        assert!(!inspect(&[0x48]).unwrap().starts_keyframe);
    }

    #[test]
    fn a_higher_spatial_layer_does_not_start_a_keyframe() {
        assert!(
            !inspect(&[0x20 | 0x10 | 0x08, 0x02])
                .unwrap()
                .starts_keyframe
        );
    }

    #[test]
    fn the_layers_and_the_ends_of_a_frame_are_read() {
        let place = inspect(&[0x40 | 0x20 | 0x10 | 0x04, 2 << 5 | 0x10 | 1 << 1])
            .unwrap()
            .place;

        assert_eq!((place.depth.spatial, place.depth.temporal), (1, 2));
        assert!(place.ends_frame && !place.starts_frame);
        let from = Depth {
            spatial: 1,
            temporal: 0,
        };
        let entry = place.entries.best(1, from, Depth::ALL).unwrap();
        assert_eq!((entry.spatial, entry.temporal), (1, 3));
    }

    #[test]
    fn the_flexible_mode_has_no_base_layer_counter() {
        assert_eq!(inspect(&[0x38, 0x00, 1]).unwrap().picture.tl0, None);
    }
}
