//! H.264 payloads (RFC 6184): a decoder can start where a sequence parameter set is.

/// Whether a packet carries, or begins to carry, a sequence parameter set.
///
/// An IDR picture alone is not enough: without its parameter sets nobody who just joined can
/// decode it. Browsers send the sets in front of every IDR picture.
pub(super) fn starts_keyframe(payload: &[u8]) -> bool {
    let Some((&first, rest)) = payload.split_first() else {
        return false;
    };
    match first & NAL_TYPE {
        SPS => true,
        STAP_A => aggregates(rest).any(|unit| unit & NAL_TYPE == SPS),
        FU_A => rest
            .first()
            .is_some_and(|header| header & FU_START != 0 && header & NAL_TYPE == SPS),
        _ => false,
    }
}

/// The header bytes of the units in an aggregation packet.
fn aggregates(mut rest: &[u8]) -> impl Iterator<Item = u8> {
    std::iter::from_fn(move || {
        let (len, after) = rest.split_first_chunk::<2>()?;
        let unit = after.get(..usize::from(u16::from_be_bytes(*len)))?;
        rest = &after[unit.len()..];
        unit.first().copied()
    })
}

const NAL_TYPE: u8 = 0x1F;
const SPS: u8 = 7;
const STAP_A: u8 = 24;
const FU_A: u8 = 28;
const FU_START: u8 = 0x80;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameter_sets_alone_aggregated_or_fragmented_start_a_keyframe() {
        assert!(starts_keyframe(&[0x67, 1, 2]));
        assert!(starts_keyframe(&[0x78, 0, 1, 0x68, 0, 2, 0x67, 1]));
        assert!(starts_keyframe(&[0x7C, 0x87, 0]));
    }

    #[test]
    fn slices_and_later_fragments_do_not() {
        assert!(!starts_keyframe(&[0x65, 1]));
        assert!(!starts_keyframe(&[0x61, 1]));
        assert!(!starts_keyframe(&[0x7C, 0x07, 0]));
        assert!(!starts_keyframe(&[0x78, 0, 9, 0x67]));
    }
}
