//! Where a packet stands among the layers inside one stream, and whether a receiver that left some
//! of them out may take more from there on.

use crate::command::Depth;

/// What a packet says of layers. Without layers: one frame like any other, at depth zero.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct Place {
    pub(crate) depth: Depth,
    /// It is the first packet of a frame.
    pub(crate) starts_frame: bool,
    /// It is the last packet of a frame. A picture has one frame for each spatial layer.
    pub(crate) ends_frame: bool,
    /// From where on a receiver that can decode this frame may go on.
    pub(crate) entries: Entries,
    /// The frame needs nothing that a receiver at less depth does not have: in time only the base
    /// layer, in space only the frame below it.
    pub(crate) stands_on_base: bool,
}

/// A set of depths, four by four, to which a receiver may go up at a frame.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct Entries(u16);

impl Entries {
    /// Every depth: a keyframe.
    pub(crate) const ALL: Self = Self(u16::MAX);

    /// Adds one; what is deeper than any codec goes is left out.
    pub(crate) fn insert(&mut self, depth: Depth) {
        if depth.spatial < SIDE && depth.temporal < SIDE {
            self.0 |= bit(depth.spatial, depth.temporal);
        }
    }

    /// Adds every rate of pictures at a size.
    pub(crate) fn insert_rates(&mut self, spatial: u8) {
        for temporal in 0..SIDE {
            self.insert(Depth { spatial, temporal });
        }
    }

    /// The deepest entry above `from` that `wanted` holds, at a frame of size `own`: first another
    /// size, then a higher rate.
    pub(crate) fn best(self, own: u8, from: Depth, wanted: Depth) -> Option<Depth> {
        let size = (from.spatial.saturating_add(1)..=wanted.spatial.min(SIDE - 1))
            .rev()
            .find_map(|spatial| {
                let temporal = self.best_rate(spatial, from.temporal, wanted.temporal)?;
                Some(Depth { spatial, temporal })
            });
        size.or_else(|| {
            let temporal = self.best_rate(own, from.temporal.saturating_add(1), wanted.temporal)?;
            Some(Depth { temporal, ..from })
        })
    }

    fn best_rate(self, spatial: u8, least: u8, most: u8) -> Option<u8> {
        (least.min(SIDE)..=most.min(SIDE - 1))
            .rev()
            .find(|&temporal| spatial < SIDE && self.0 & bit(spatial, temporal) != 0)
    }
}

fn bit(spatial: u8, temporal: u8) -> u16 {
    1 << (spatial * SIDE + temporal)
}

/// No encoder makes more layers of a kind.
const SIDE: u8 = 4;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rate_of_a_stream_of_one_size_can_go_up_whatever_size_is_wanted() {
        let mut entries = Entries::default();
        entries.insert_rates(0);
        let from = Depth {
            spatial: u8::MAX,
            temporal: 0,
        };

        let best = entries.best(0, from, Depth::ALL).unwrap();

        assert_eq!((best.spatial, best.temporal), (u8::MAX, 3));
    }

    #[test]
    fn the_deepest_entry_that_is_wanted_is_taken() {
        let mut entries = Entries::default();
        for (spatial, temporal) in [(0, 0), (0, 1), (0, 2), (1, 1)] {
            entries.insert(Depth { spatial, temporal });
        }
        let best = |from: (u8, u8), wanted: (u8, u8)| {
            let depth = |(spatial, temporal)| Depth { spatial, temporal };
            entries
                .best(0, depth(from), depth(wanted))
                .map(|best| (best.spatial, best.temporal))
        };

        assert_eq!(best((0, 0), (0, 9)), Some((0, 2)));
        assert_eq!(best((0, 0), (9, 9)), Some((1, 1)));
        assert_eq!(best((0, 1), (0, 1)), None);
        assert_eq!(best((1, 2), (9, 9)), None);
    }
}
