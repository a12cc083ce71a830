//! A stretch of time that a session takes from its room and its people.
//!
//! A slot is claimed cell by cell on a grid of five minutes; two sessions that share a cell of the
//! same resource cannot both be kept. The grid is counted in UTC, so the hour that daylight saving
//! repeats is two hours here.

use std::ops::Range;

use jiff::{SignedDuration, Timestamp};

/// A stretch of time that ends after it starts and lasts at most [`Slot::LONGEST`].
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct Slot {
    starts_at: Timestamp,
    ends_at: Timestamp,
}

impl Slot {
    /// Longer than any working day; a longer one is a typing error.
    pub const LONGEST: SignedDuration = SignedDuration::from_hours(12);

    /// The width of a cell, in milliseconds.
    pub const CELL_MS: i64 = 5 * 60 * 1000;

    /// A slot from `starts_at` to `ends_at`, cut to whole milliseconds.
    pub fn new(starts_at: Timestamp, ends_at: Timestamp) -> Result<Self, SlotError> {
        let [starts_at, ends_at] = [starts_at, ends_at].map(whole_milliseconds);
        if ends_at <= starts_at {
            return Err(SlotError::Empty);
        }
        if ends_at.duration_since(starts_at) > Self::LONGEST {
            return Err(SlotError::TooLong);
        }
        Ok(Self { starts_at, ends_at })
    }

    /// When it starts.
    pub fn starts_at(&self) -> Timestamp {
        self.starts_at
    }

    /// When it ends; no longer part of it.
    pub fn ends_at(&self) -> Timestamp {
        self.ends_at
    }

    /// Whether the two share any instant. Back-to-back slots do not.
    pub fn overlaps(&self, other: &Self) -> bool {
        self.starts_at < other.ends_at && other.starts_at < self.ends_at
    }

    /// The numbers of the cells it touches, counted from 1970.
    pub fn cells(&self) -> Range<i64> {
        let first = self.starts_at.as_millisecond().div_euclid(Self::CELL_MS);
        first..Self::cell_after(self.ends_at)
    }

    /// The first cell that begins at or after an instant: what a session that ends then gives back.
    pub fn cell_after(at: Timestamp) -> i64 {
        (at.as_millisecond() + Self::CELL_MS - 1).div_euclid(Self::CELL_MS)
    }
}

/// Why two instants are no slot.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum SlotError {
    /// It ends before it starts, or at once.
    #[error("a session must end after it starts")]
    Empty,
    /// It lasts longer than [`Slot::LONGEST`].
    #[error("a session lasts at most 12 hours")]
    TooLong,
}

fn whole_milliseconds(at: Timestamp) -> Timestamp {
    Timestamp::from_millisecond(at.as_millisecond()).expect("within range: it came from one")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn back_to_back_slots_do_not_overlap() {
        let nine = slot("2030-01-07T09:00Z", "2030-01-07T10:00Z");
        let ten = slot("2030-01-07T10:00Z", "2030-01-07T11:00Z");

        assert!(!nine.overlaps(&ten));
        assert_eq!(nine.cells().end, ten.cells().start);
    }

    #[test]
    fn an_hour_is_twelve_cells() {
        assert_eq!(
            slot("2030-01-07T09:00Z", "2030-01-07T10:00Z")
                .cells()
                .count(),
            12
        );
    }

    #[test]
    fn a_slot_off_the_grid_claims_the_cells_it_touches() {
        assert_eq!(
            slot("2030-01-07T09:03Z", "2030-01-07T09:06Z")
                .cells()
                .count(),
            2
        );
    }

    #[test]
    fn a_slot_that_runs_backwards_is_refused() {
        let [nine, ten] = ["2030-01-07T09:00Z", "2030-01-07T10:00Z"].map(at);

        assert_eq!(Slot::new(ten, nine), Err(SlotError::Empty));
        assert_eq!(Slot::new(nine, nine), Err(SlotError::Empty));
    }

    #[test]
    fn a_slot_of_more_than_twelve_hours_is_refused() {
        let nine = at("2030-01-07T09:00Z");

        assert!(Slot::new(nine, at("2030-01-07T21:00Z")).is_ok());
        assert_eq!(
            Slot::new(nine, at("2030-01-07T21:01Z")),
            Err(SlotError::TooLong)
        );
    }

    proptest! {
        #[test]
        fn slots_that_overlap_share_a_cell(
            a in 0..1_000_000_000_000_i64, b in -50_000_000..50_000_000_i64,
            long_a in 1..43_200_000_i64, long_b in 1..43_200_000_i64,
        ) {
            let make = |start: i64, long: i64| {
                let start = start + 100_000_000;
                Slot::new(
                    Timestamp::from_millisecond(start).unwrap(),
                    Timestamp::from_millisecond(start + long).unwrap(),
                ).unwrap()
            };
            let (x, y) = (make(a, long_a), make(a + b, long_b));
            let share = x.cells().start < y.cells().end && y.cells().start < x.cells().end;

            prop_assert!(!x.overlaps(&y) || share);
            prop_assert!(x.cells().count() <= 145);
        }
    }

    fn at(text: &str) -> Timestamp {
        text.replace('Z', ":00Z").parse().unwrap()
    }

    fn slot(start: &str, end: &str) -> Slot {
        Slot::new(at(start), at(end)).unwrap()
    }
}
