//! Reads single bits from the front of bytes.

/// A cursor over bits, the most significant first.
#[derive(Clone, Debug)]
pub(super) struct Bits<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Bits<'a> {
    /// Starts at the first bit.
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    /// The next bit; `None` past the end.
    pub(super) fn flag(&mut self) -> Option<bool> {
        let byte = *self.bytes.get(self.at / 8)?;
        let bit = byte >> (7 - self.at % 8) & 1;
        self.at += 1;
        Some(bit == 1)
    }

    /// The next `count` bits as a number, 32 at most.
    pub(super) fn number(&mut self, count: u32) -> Option<u32> {
        (0..count).try_fold(0, |number, _| Some(number << 1 | u32::from(self.flag()?)))
    }

    /// A number below `limit` in as few bits as that takes (AV1 specification, section 4.10.7).
    pub(super) fn below(&mut self, limit: u32) -> Option<u32> {
        let width = 32 - limit.leading_zeros();
        if width == 0 {
            return Some(0);
        }
        let short = (1 << width) - limit;
        let number = self.number(width - 1)?;
        if number < short {
            return Some(number);
        }
        Some((number << 1 | u32::from(self.flag()?)) - short)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_are_read_from_the_front_and_not_past_the_end() {
        let mut bits = Bits::new(&[0b1011_0000, 0xFF]);

        assert_eq!(bits.flag(), Some(true));
        assert_eq!(bits.number(3), Some(0b011));
        assert_eq!(bits.number(8), Some(0x0F));
        assert_eq!(bits.number(5), None);
        assert_eq!(Bits::new(&[]).flag(), None);
    }

    #[test]
    fn a_number_below_five_takes_two_or_three_bits() {
        // 0, 1, 2 in two bits; 3 and 4 in three.
        let mut bits = Bits::new(&[0b0001_1011, 0b0111_0000]);
        let numbers: Vec<_> = (0..5).map(|_| bits.below(5).unwrap()).collect();

        assert_eq!(numbers, [0, 1, 2, 3, 4]);
        assert_eq!(bits.below(1), Some(0), "which takes none");
        assert_eq!(bits.number(4), Some(0));
        assert_eq!(bits.flag(), None);
    }
}
