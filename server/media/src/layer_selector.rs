//! Chooses which simulcast layer of one publication one subscriber is sent.
//!
//! A decoder can only change layer at a keyframe. So a switch takes two steps: ask the publisher
//! for a keyframe of the new layer, and move over when that keyframe arrives. Until then the old
//! layer goes on, and the picture never freezes.
//!
//! Nothing here does I/O or reads a clock. Time comes in as an argument and requests go out as
//! return values, so a test runs an hour of it in a microsecond.

use std::time::{Duration, Instant};

/// Index of a simulcast layer, the smallest picture first.
pub(crate) type Layer = u8;

/// Forwards one layer of a publication and steers towards the wanted one.
#[derive(Debug, Default)]
pub(crate) struct LayerSelector {
    state: State,
}

#[derive(Clone, Copy, Debug, Default)]
enum State {
    #[default]
    Paused,
    Steady(Layer),
    Switching {
        from: Option<Layer>,
        to: Layer,
        ask_at: Instant,
    },
}

impl LayerSelector {
    /// Sets the layer the subscriber should get, or `None` to pause.
    pub(crate) fn want(&mut self, now: Instant, layer: Option<Layer>) {
        let from = self.forwarding();
        self.state = match (self.state, layer) {
            (_, None) => State::Paused,
            (State::Switching { to, .. }, Some(layer)) if to == layer => return,
            (_, Some(layer)) if from == Some(layer) => State::Steady(layer),
            (_, Some(to)) => State::Switching {
                from,
                to,
                ask_at: now,
            },
        };
    }

    /// Starts over with the layer that is wanted: what was forwarded cannot go on without a
    /// keyframe, because its source began anew or the subscriber lost its way.
    pub(crate) fn restart(&mut self, now: Instant) {
        if let Some(to) = self.target() {
            self.state = State::Switching {
                from: None,
                to,
                ask_at: now,
            };
        }
    }

    /// Decides whether a packet goes on to the subscriber. `can_start` is whether a decoder can
    /// begin with it.
    pub(crate) fn handle_packet(&mut self, layer: Layer, can_start: bool) -> Verdict {
        if let State::Switching { to, .. } = self.state
            && to == layer
            && can_start
        {
            self.state = State::Steady(layer);
            return Verdict::Begin;
        }
        if self.forwarding() == Some(layer) {
            Verdict::Forward
        } else {
            Verdict::Drop
        }
    }

    /// When [`Self::handle_timeout`] must be called next. Ask again after every other call.
    pub(crate) fn poll_timeout(&self) -> Option<Instant> {
        match self.state {
            State::Switching { ask_at, .. } => Some(ask_at),
            State::Paused | State::Steady(_) => None,
        }
    }

    /// Moves time on to `now` and names the layer whose publisher must be asked for a keyframe.
    pub(crate) fn handle_timeout(&mut self, now: Instant) -> Option<Layer> {
        match &mut self.state {
            State::Switching { to, ask_at, .. } if *ask_at <= now => {
                *ask_at = now + KEYFRAME_RETRY;
                Some(*to)
            }
            _ => None,
        }
    }

    /// The layer that is forwarded now.
    pub(crate) fn forwarding(&self) -> Option<Layer> {
        match self.state {
            State::Paused => None,
            State::Steady(layer) => Some(layer),
            State::Switching { from, .. } => from,
        }
    }

    /// The layer that is, or will be, forwarded.
    pub(crate) fn target(&self) -> Option<Layer> {
        match self.state {
            State::Paused => None,
            State::Steady(layer) => Some(layer),
            State::Switching { to, .. } => Some(to),
        }
    }

    /// Whether a layer's packets are of use to this subscriber, now or soon.
    pub(crate) fn uses(&self, layer: Layer) -> bool {
        self.forwarding() == Some(layer) || self.target() == Some(layer)
    }
}

/// What becomes of one packet.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Verdict {
    /// A new stretch begins with it: rewrite from here with new offsets, and send it on.
    Begin,
    /// Rewrite its header and send it on.
    Forward,
    /// Leave it out.
    Drop,
}

/// The best layer to aim for: the wanted one if it lives, else the best living one below it, else
/// the smallest living one above. A publisher need not send every layer it announced.
pub(crate) fn best_layer(wanted: Layer, is_live: impl Fn(Layer) -> bool, layers: Layer) -> Layer {
    let wanted = wanted.min(layers.saturating_sub(1));
    (0..=wanted)
        .rev()
        .find(|layer| is_live(*layer))
        .or_else(|| (wanted + 1..layers).find(|layer| is_live(*layer)))
        .unwrap_or(wanted)
}

/// How long a keyframe may take before it is asked for again: a PLI can be lost, and so can the
/// keyframe it asks for. About two round trips on a poor mobile link.
pub(crate) const KEYFRAME_RETRY: Duration = Duration::from_millis(500);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::epoch;

    const QUARTER: Layer = 0;
    const HALF: Layer = 1;
    const FULL: Layer = 2;

    #[test]
    fn the_old_layer_goes_on_until_the_new_keyframe() {
        let now = epoch();
        let mut selector = steady(QUARTER, now);

        selector.want(now, Some(FULL));

        assert_eq!(selector.handle_timeout(now), Some(FULL));
        assert_eq!(selector.handle_packet(FULL, false), Verdict::Drop);
        assert_eq!(selector.handle_packet(QUARTER, false), Verdict::Forward);
        assert_eq!(selector.handle_packet(FULL, true), Verdict::Begin);
        assert_eq!(selector.handle_packet(QUARTER, false), Verdict::Drop);
    }

    #[test]
    fn a_lost_keyframe_is_asked_for_again() {
        let start = epoch();
        let mut selector = steady(QUARTER, start);
        selector.want(start, Some(HALF));
        assert!(selector.handle_timeout(start).is_some());

        let retry = selector.poll_timeout().expect("the switch is pending");

        assert_eq!(retry - start, KEYFRAME_RETRY);
        assert_eq!(selector.handle_timeout(retry), Some(HALF));
    }

    #[test]
    fn going_back_to_the_current_layer_asks_for_nothing() {
        let now = epoch();
        let mut selector = steady(HALF, now);

        selector.want(now, Some(FULL));
        selector.want(now, Some(HALF));

        assert_eq!(selector.poll_timeout(), None);
        assert_eq!(selector.handle_packet(HALF, false), Verdict::Forward);
    }

    #[test]
    fn wanting_the_same_layer_again_does_not_ask_sooner() {
        let now = epoch();
        let mut selector = steady(QUARTER, now);
        selector.want(now, Some(FULL));
        assert!(selector.handle_timeout(now).is_some());

        selector.want(now, Some(FULL));

        assert_eq!(selector.handle_timeout(now), None);
    }

    #[test]
    fn a_paused_track_sends_nothing() {
        let now = epoch();
        let mut selector = steady(HALF, now);

        selector.want(now, None);

        assert_eq!(selector.handle_packet(HALF, true), Verdict::Drop);
        assert_eq!(selector.poll_timeout(), None);
    }

    #[test]
    fn after_a_restart_nothing_is_forwarded_before_a_keyframe() {
        let now = epoch();
        let mut selector = steady(HALF, now);

        selector.restart(now);

        assert_eq!(selector.handle_packet(HALF, false), Verdict::Drop);
        assert_eq!(selector.handle_packet(HALF, true), Verdict::Begin);
    }

    #[test]
    fn a_layer_that_does_not_arrive_is_replaced_by_the_best_below_it() {
        assert_eq!(best_layer(FULL, |layer| layer <= HALF, 3), HALF);
        assert_eq!(best_layer(FULL, |_| true, 3), FULL);
        assert_eq!(best_layer(HALF, |_| true, 3), HALF);
    }

    #[test]
    fn a_layer_above_is_better_than_nothing() {
        assert_eq!(best_layer(QUARTER, |layer| layer == FULL, 3), FULL);
        assert_eq!(best_layer(QUARTER, |_| false, 3), QUARTER);
        assert_eq!(best_layer(200, |_| true, 1), 0);
    }

    fn steady(layer: Layer, now: Instant) -> LayerSelector {
        let mut selector = LayerSelector::default();
        selector.want(now, Some(layer));
        selector.handle_packet(layer, true);
        selector
    }
}
