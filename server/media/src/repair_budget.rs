//! How much of what a subscriber is sent may be repair.
//!
//! Packets that are sent again come on top of the others, on a line that just lost some. So at
//! most a fifth of all bytes are repair, and a client that asks for everything again gets no more
//! than that. Sound comes first: pictures leave it a reserve.

use crate::command::Kind;

/// The bytes one subscriber's transport may be sent again.
#[derive(Debug)]
pub(crate) struct RepairBudget {
    bytes: usize,
}

impl RepairBudget {
    /// Earns by what is sent for the first time.
    pub(crate) fn earn(&mut self, bytes: usize) {
        // In quarters: a fourth of what is new is a fifth of the whole.
        self.bytes = (self.bytes + bytes).min(MOST * EARNED_BY);
    }

    /// Whether a packet of this size may be sent again, which is then paid for.
    pub(crate) fn spend(&mut self, kind: Kind, bytes: usize) -> bool {
        let reserve = match kind {
            Kind::Audio => 0,
            Kind::Video => SOUND_RESERVE,
        };
        let can_pay = (reserve + bytes) * EARNED_BY <= self.bytes;
        if can_pay {
            self.bytes -= bytes * EARNED_BY;
        }
        can_pay
    }
}

impl Default for RepairBudget {
    fn default() -> Self {
        Self {
            bytes: AT_FIRST * EARNED_BY,
        }
    }
}

/// So many bytes must be new for one that is repair.
const EARNED_BY: usize = 4;
/// Saved up at most: a fifth of a second of a full picture, lost at once.
const MOST: usize = 32 << 10;
/// Before anything was earned: what a first keyframe may lose.
const AT_FIRST: usize = 8 << 10;
/// Half a second of sound with redundancy.
const SOUND_RESERVE: usize = 4 << 10;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_that_asks_for_everything_gets_a_fifth() {
        let mut budget = RepairBudget::default();
        let (mut new, mut repair) = (0, 0);

        for _ in 0..10_000 {
            budget.earn(1_000);
            new += 1_000;
            for _ in 0..3 {
                if budget.spend(Kind::Video, 1_000) {
                    repair += 1_000;
                }
            }
        }

        let share = f64::from(repair) / f64::from(new + repair);
        assert!((0.19..=0.201).contains(&share), "{share}");
    }

    #[test]
    fn pictures_leave_something_to_sound() {
        let mut budget = RepairBudget::default();

        while budget.spend(Kind::Video, 1_000) {}

        let words = std::iter::repeat_with(|| budget.spend(Kind::Audio, 100));
        assert!(words.take_while(|is_sent| *is_sent).count() >= 40);
    }

    #[test]
    fn nobody_saves_up_without_bound() {
        let mut budget = RepairBudget::default();
        budget.earn(100_000_000);

        let mut sent = 0;
        while budget.spend(Kind::Audio, 1_000) {
            sent += 1_000;
        }

        assert!(sent <= MOST);
    }
}
