//! AV1 payloads (the RTP payload format for AV1, section 4.4).

/// Whether a packet is the first of a new coded video sequence, which begins with a keyframe.
pub(super) fn starts_keyframe(payload: &[u8]) -> bool {
    payload
        .first()
        .is_some_and(|header| header & CONTINUES == 0 && header & NEW_SEQUENCE != 0)
}

const CONTINUES: u8 = 0x80;
const NEW_SEQUENCE: u8 = 0x08;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_first_packet_of_a_coded_sequence_starts_a_keyframe() {
        assert!(starts_keyframe(&[0x18, 0x0A]));
        assert!(!starts_keyframe(&[0x10, 0x0A]));
        assert!(!starts_keyframe(&[0x98, 0x0A]));
        assert!(!starts_keyframe(&[]));
    }
}
