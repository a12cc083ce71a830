//! The few bits of each codec's payload that forwarding needs: where a keyframe starts, and which
//! counters run through a stream and must not jump when the layer changes.
//!
//! Everything else stays closed to us; with end-to-end encryption exactly these bits remain clear.

mod av1;
mod bits;
pub(crate) mod dependency;
mod h264;
pub(crate) mod picture;
pub(crate) mod place;
pub(crate) mod red;
mod vp8;
mod vp9;

use crate::command::Codec;
use picture::PictureFields;
use place::Place;

/// What was found in a payload.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct PayloadInfo {
    /// A decoder can start with this packet.
    pub(crate) starts_keyframe: bool,
    /// The counters in its descriptor.
    pub(crate) picture: PictureFields,
    /// Where it stands among the layers inside its stream.
    pub(crate) place: Place,
    /// What surrounds it.
    pub(crate) packing: Packing,
}

/// What surrounds the sound of a packet.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) enum Packing {
    /// Nothing.
    #[default]
    Plain,
    /// Redundancy.
    Redundant {
        /// The payload type of what is inside, as the publisher numbers it.
        payload_type: u8,
        /// Where the packet's own sound begins.
        primary_at: u16,
    },
}

impl Packing {
    /// The packet's own sound or picture.
    pub(crate) fn primary(self, payload: &[u8]) -> &[u8] {
        match self {
            Self::Plain => payload,
            Self::Redundant { primary_at, .. } => {
                payload.get(usize::from(primary_at)..).unwrap_or_default()
            }
        }
    }
}

/// Looks into a payload. A payload that contradicts itself has no keyframe and no counters.
pub(crate) fn inspect(codec: Codec, payload: &[u8]) -> PayloadInfo {
    let info = match codec {
        Codec::Opus => None,
        Codec::Vp8 => vp8::inspect(payload),
        Codec::Vp9 => vp9::inspect(payload),
        Codec::H264 => Some(PayloadInfo {
            starts_keyframe: h264::starts_keyframe(payload),
            ..PayloadInfo::default()
        }),
        Codec::Av1 => Some(PayloadInfo {
            starts_keyframe: av1::starts_keyframe(payload),
            ..PayloadInfo::default()
        }),
    };
    info.unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use picture::PictureOffsets;

    proptest::proptest! {
        #[test]
        fn any_payload_is_inspected_and_patched_without_a_panic(
            codec in proptest::sample::select(vec![Codec::Opus, Codec::Vp8, Codec::H264, Codec::Vp9, Codec::Av1]),
            mut bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..64),
            id: u16, level: u8, key: u8,
        ) {
            let info = inspect(codec, &bytes);
            let before = bytes.len();
            PictureOffsets { id, tl0: level, key, frame: 0 }.apply(&info.picture, &mut bytes);
            proptest::prop_assert_eq!(bytes.len(), before);
            let again = inspect(codec, &bytes);
            proptest::prop_assert_eq!(info.starts_keyframe, again.starts_keyframe);
        }
    }
}
