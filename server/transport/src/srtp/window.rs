//! Which packet indices of one SSRC were used (RFC 3711, section 3.3).
//!
//! An index is the 16-bit sequence number with the count of its wraps in front. The window reaches
//! [`Window::LEN`] indices back from the highest: late packets pass once, older ones never.

/// The indices of one SSRC.
#[derive(Default)]
pub(super) struct Window {
    highest: Option<u64>,
    /// Bit `index % LEN` of the indices in `highest - LEN + 1 ..= highest`.
    used: [u64; Window::WORDS],
}

impl Window {
    const WORDS: usize = 8;
    /// Half a second of the densest video: more than any jitter buffer reaches back.
    pub(super) const LEN: u64 = 64 * Self::WORDS as u64;

    /// The index nearest to the highest that has this sequence number; `None` before the first.
    pub(super) fn guess(&self, sequence: u16) -> Option<u64> {
        let Some(highest) = self.highest else {
            return Some(u64::from(sequence));
        };
        let distance = i64::from(sequence.wrapping_sub(highest as u16).cast_signed());
        highest.checked_add_signed(distance)
    }

    /// Whether the index was not used and is not too old to tell.
    pub(super) fn is_new(&self, index: u64) -> bool {
        match self.highest {
            Some(highest) if index <= highest => {
                highest - index < Self::LEN && !self.is_used(index)
            }
            _ => true,
        }
    }

    /// Notes that the index is used now.
    pub(super) fn mark(&mut self, index: u64) {
        match self.highest {
            Some(highest) if index <= highest => {}
            Some(highest) if index - highest < Self::LEN => {
                (highest + 1..index).for_each(|skipped| self.set(skipped, false));
                self.highest = Some(index);
            }
            _ => {
                self.used = [0; Self::WORDS];
                self.highest = Some(index);
            }
        }
        self.set(index, true);
    }

    fn is_used(&self, index: u64) -> bool {
        let bit = index % Self::LEN;
        self.used
            .get((bit / 64) as usize)
            .is_some_and(|word| word >> (bit % 64) & 1 == 1)
    }

    fn set(&mut self, index: u64, used: bool) {
        let bit = index % Self::LEN;
        if let Some(word) = self.used.get_mut((bit / 64) as usize) {
            *word = *word & !(1 << (bit % 64)) | u64::from(used) << (bit % 64);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_wrapped_sequence_number_counts_on() {
        let mut window = Window::default();
        for (sequence, index) in [
            (65_534, 65_534),
            (65_535, 65_535),
            (0, 65_536),
            (65_533, 65_533),
            (2, 65_538),
        ] {
            assert_eq!(window.guess(sequence), Some(index));
            window.mark(index);
        }
    }

    #[test]
    fn a_number_from_before_the_first_wrap_has_no_index() {
        let mut window = Window::default();
        window.mark(3);

        assert_eq!(window.guess(65_530), None);
    }

    #[test]
    fn an_index_older_than_the_window_is_not_new() {
        let mut window = Window::default();
        window.mark(1000);

        assert!(window.is_new(1000 - Window::LEN + 1));
        assert!(!window.is_new(1000 - Window::LEN));
    }

    proptest! {
        #[test]
        fn an_index_is_new_exactly_once(steps in prop::collection::vec(-600_i64..700, 1..400)) {
            let mut window = Window::default();
            let mut seen = BTreeSet::new();
            let mut index: i64 = 100_000;
            for step in steps {
                index = (index + step).max(0);
                let at = index.unsigned_abs();
                let highest = seen.last().copied().unwrap_or(0);
                let expected = !seen.contains(&at) && at + Window::LEN > highest;
                prop_assert_eq!(window.is_new(at), expected);
                if expected {
                    window.mark(at);
                    seen.insert(at);
                }
            }
        }
    }
}
