//! The VP9 payload descriptor (RFC 9628, section 4.2).

use super::PayloadInfo;
use super::picture::{Field, PictureFields, PictureId};

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
    let mut spatial_layer = 0;
    if first & HAS_LAYERS != 0 {
        spatial_layer = *payload.get(at)? >> 1 & 0x07;
        at += 1;
        if first & FLEXIBLE == 0 {
            picture.tl0 = Some(Field::parse(payload, at, 0xFF)?);
        }
    }
    let starts_keyframe =
        first & INTER_PREDICTED == 0 && first & STARTS_FRAME != 0 && spatial_layer == 0;
    Some(PayloadInfo {
        starts_keyframe,
        picture,
    })
}

const HAS_PICTURE_ID: u8 = 0x80;
const INTER_PREDICTED: u8 = 0x40;
const HAS_LAYERS: u8 = 0x20;
const FLEXIBLE: u8 = 0x10;
const STARTS_FRAME: u8 = 0x08;

#[cfg(test)]
mod tests {
    use super::*;

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
    fn the_flexible_mode_has_no_base_layer_counter() {
        assert_eq!(inspect(&[0x38, 0x00, 1]).unwrap().picture.tl0, None);
    }
}
