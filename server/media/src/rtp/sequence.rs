//! Sequence numbers that do not wrap.
//!
//! On the wire they have 16 bits and start anywhere. Inside, each stream counts on in 64 bits, so
//! that comparing two of them is `<`. Counting starts one cycle up, which leaves room for packets
//! that are older than the first one seen.

/// Turns the 16-bit numbers of one stream into ever growing ones.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Unwrapper {
    highest: Option<u64>,
}

impl Unwrapper {
    /// The full number of a packet, taken to be the one nearest to the highest seen.
    pub(crate) fn unwrap(&mut self, sequence: u16) -> u64 {
        let full = self.peek(sequence);
        self.highest = Some(self.highest.map_or(full, |highest| highest.max(full)));
        full
    }

    /// As [`Self::unwrap`], but the packet does not count as seen.
    pub(crate) fn peek(&self, sequence: u16) -> u64 {
        let Some(highest) = self.highest else {
            return CYCLE + u64::from(sequence);
        };
        let step = sequence.wrapping_sub(highest as u16).cast_signed();
        // Cannot go below zero: counting starts at `CYCLE` and a step back is half of that at most,
        // and only forward steps move `highest`.
        highest.saturating_add_signed(i64::from(step))
    }

    /// Begins with a full number that was seen.
    pub(crate) fn starting_at(highest: u64) -> Self {
        Self {
            highest: Some(highest),
        }
    }

    /// The highest number seen.
    pub(crate) fn highest(&self) -> Option<u64> {
        self.highest
    }
}

const CYCLE: u64 = 1 << 16;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_go_on_after_the_wrap() {
        let mut unwrapper = Unwrapper::default();

        let before = unwrapper.unwrap(65_534);
        let after = unwrapper.unwrap(3);

        assert_eq!(after - before, 5);
    }

    #[test]
    fn a_late_packet_from_before_the_wrap_gets_its_own_number() {
        let mut unwrapper = Unwrapper::default();
        let newest = unwrapper.unwrap(1);

        let late = unwrapper.unwrap(65_535);

        assert_eq!(newest - late, 2);
        assert_eq!(unwrapper.highest(), Some(newest));
    }

    #[test]
    fn a_packet_older_than_the_first_one_seen_is_below_it() {
        let mut unwrapper = Unwrapper::default();
        let first = unwrapper.unwrap(0);

        assert_eq!(unwrapper.unwrap(65_500), first - 36);
    }

    proptest::proptest! {
        #[test]
        fn any_walk_of_small_steps_is_followed(start: u16, steps in proptest::collection::vec(-30_000i64..30_000, 0..200)) {
            let mut unwrapper = Unwrapper::default();
            let mut truth = CYCLE + u64::from(start);
            let mut highest = truth;
            unwrapper.unwrap(start);
            for step in steps {
                truth = highest.saturating_add_signed(step);
                proptest::prop_assert_eq!(unwrapper.unwrap(truth as u16), truth);
                highest = highest.max(truth);
            }
            proptest::prop_assert_eq!(unwrapper.highest(), Some(highest));
            let _ = truth;
        }
    }
}
