//! Divides what a link carries among the pictures a subscriber wants.
//!
//! Sound is not asked here: it is always sent, and what is left is divided. First every picture
//! gets its smallest layer, the important ones first, and what does not fit is paused. Then each
//! grows as far as there is room, in the same order. Growing takes some room to spare and some
//! time since it last had to shrink; shrinking is at once. So no picture flickers at a boundary.

use std::time::Duration;

use crate::command::{Depth, Priority, PublicationId};

/// One picture that is wanted.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) publication: PublicationId,
    pub(crate) priority: Priority,
    /// What is asked for.
    pub(crate) wanted: Depth,
    /// What is granted so far; `None` when paused.
    pub(crate) granted: Option<Depth>,
    /// What arrives, the least first, and the bits a second it takes.
    pub(crate) steps: Vec<(Depth, f64)>,
    /// When it last had to shrink.
    pub(crate) shrunk_at: Option<Duration>,
}

/// What came of it.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Outcome {
    /// What is granted, in bits a second.
    pub(crate) granted: f64,
    /// What would be granted if the link carried it.
    pub(crate) wanted: f64,
}

/// Sets `granted` of each request. `budget` is in bits a second.
pub(crate) fn allocate(now: Duration, budget: f64, requests: &mut [Request]) -> Outcome {
    requests.sort_by_key(|one| {
        let size = std::cmp::Reverse(one.wanted.spatial);
        (one.priority, size, one.publication)
    });
    let mut left = budget;
    let mut chosen: Vec<Option<usize>> = Vec::new();
    for request in requests.iter() {
        let is_free = request.steps.is_empty();
        let fits = is_free || request.cost(0) * request.margin(now, 0) <= left;
        if fits {
            left -= request.cost(0);
        }
        chosen.push(fits.then_some(0));
    }
    for (request, chosen) in requests.iter().zip(&mut chosen) {
        let Some(step) = chosen else {
            continue;
        };
        let room = left + request.cost(*step);
        let best = (*step..request.useful())
            .rev()
            .find(|step| request.cost(*step) * request.margin(now, *step) <= room);
        if let Some(best) = best {
            *step = best;
            left = room - request.cost(best);
        }
    }
    let mut outcome = Outcome::default();
    for (request, chosen) in requests.iter_mut().zip(chosen) {
        let most = request.useful();
        outcome.wanted += request.cost(most.saturating_sub(1));
        outcome.granted += chosen.map_or(0.0, |step| request.cost(step));
        if request
            .current()
            .is_some_and(|before| chosen < Some(before))
        {
            request.shrunk_at = Some(now);
        }
        request.granted = chosen.map(|step| match request.steps.get(step) {
            // Nothing arrives: nothing is spent on it, whatever it may have.
            None => request.wanted,
            Some((depth, _)) => *depth,
        });
    }
    outcome
}

impl Request {
    /// How many steps are not more than what is wanted; at least one, for want of a smaller.
    fn useful(&self) -> usize {
        let wanted = self.wanted.spatial;
        // A stream of one size has no other to offer.
        let useful = self
            .steps
            .iter()
            .filter(|(depth, _)| depth.spatial <= wanted || depth.spatial == u8::MAX);
        useful.count().max(1)
    }

    fn cost(&self, step: usize) -> f64 {
        self.steps.get(step).map_or(0.0, |(_, rate)| *rate)
    }

    /// The step that is granted so far.
    fn current(&self) -> Option<usize> {
        let granted = self.granted?;
        self.steps.iter().position(|(depth, _)| *depth == granted)
    }

    /// How much room a step takes for each bit it has.
    fn margin(&self, now: Duration, step: usize) -> f64 {
        let is_held = match (self.granted, self.current()) {
            (None, _) => false,
            (Some(_), Some(current)) => step <= current,
            // What is granted does not arrive, or nothing was granted yet.
            (Some(granted), None) => self
                .steps
                .get(step)
                .is_none_or(|(depth, _)| depth.spatial <= granted.spatial),
        };
        let is_sore = |at| now.saturating_sub(at) < REST;
        if is_held {
            TO_KEEP
        } else if self.shrunk_at.is_some_and(is_sore) {
            f64::INFINITY
        } else if step == 0 {
            // Any picture is better than none.
            1.0
        } else {
            TO_GROW
        }
    }
}

/// An encoder does not keep its rate from one second to the next.
const TO_GROW: f64 = 1.05;
/// The estimate is lowered to 85 % of what was carried: what is sent already may go on at that. If
/// it is too much, a queue grows and there is less to divide.
pub(crate) const TO_KEEP: f64 = 0.85;
/// After it had to shrink. A keyframe is needed to grow, and costs as much as a second of picture.
const REST: Duration = Duration::from_secs(2);

#[cfg(test)]
mod tests {
    use super::*;

    const LATER: Duration = Duration::from_secs(100);

    #[test]
    fn with_room_for_all_everybody_gets_what_is_wanted() {
        let mut requests = [camera(Priority::Other), camera(Priority::Principal)];

        let outcome = allocate(LATER, 10e6, &mut requests);

        assert_eq!(granted(&requests), [Some(2), Some(2)]);
        assert!((outcome.wanted - 4e6).abs() < 1.0);
        assert!((outcome.granted - 4e6).abs() < 1.0);
    }

    #[test]
    fn everybody_is_seen_before_anybody_is_seen_large() {
        let mut requests = [camera(Priority::Principal), camera(Priority::Other)];

        allocate(LATER, 800e3, &mut requests);

        assert_eq!(granted(&requests), [Some(1), Some(0)]);
    }

    #[test]
    fn the_important_picture_is_the_last_to_go() {
        let mut requests = [
            camera(Priority::Other),
            camera(Priority::Prominent),
            camera(Priority::Principal),
        ];

        allocate(LATER, 250e3, &mut requests);

        // Sorted by importance.
        assert_eq!(granted(&requests), [Some(0), None, None]);
        assert_eq!(requests[0].priority, Priority::Principal);
    }

    #[test]
    fn nothing_fits_into_nothing() {
        let mut requests = [camera(Priority::Principal)];

        let outcome = allocate(LATER, 20e3, &mut requests);

        assert_eq!(granted(&requests), [None]);
        assert!(outcome.wanted > 1.9e6);
    }

    #[test]
    fn shrinking_is_at_once_and_growing_takes_room_and_time() {
        let mut requests = [Request {
            granted: Some(Depth::of_size(2)),
            ..camera(Priority::Other)
        }];
        allocate(LATER, 600e3, &mut requests);
        assert_eq!(granted(&requests), [Some(1)]);

        // Room for it, but only just.
        allocate(LATER + REST * 2, 2.05e6, &mut requests);
        assert_eq!(granted(&requests), [Some(1)]);
        // Room enough, but too soon.
        allocate(LATER + REST / 2, 3e6, &mut requests);
        assert_eq!(granted(&requests), [Some(1)]);

        allocate(LATER + REST * 2, 3e6, &mut requests);
        assert_eq!(granted(&requests), [Some(2)]);
    }

    #[test]
    fn the_rate_of_pictures_goes_before_the_picture() {
        let mut requests = [camera(Priority::Other)];
        requests[0].steps.insert(
            0,
            (
                Depth {
                    spatial: 0,
                    temporal: 0,
                },
                80e3,
            ),
        );

        allocate(LATER, 100e3, &mut requests);

        let granted = requests[0].granted.unwrap();
        assert_eq!((granted.spatial, granted.temporal), (0, 0));
    }

    #[test]
    fn a_larger_layer_is_taken_where_there_is_no_smaller() {
        let mut requests = [camera(Priority::Other)];
        requests[0].wanted = Depth::of_size(0);
        requests[0].steps = vec![(Depth::of_size(2), 2e6)];

        allocate(LATER, 10e6, &mut requests);

        assert_eq!(granted(&requests), [Some(2)]);
    }

    #[test]
    fn no_more_is_granted_than_is_asked_for() {
        let mut requests = [camera(Priority::Other)];
        requests[0].wanted = Depth::of_size(1);

        let outcome = allocate(LATER, 10e6, &mut requests);

        assert_eq!(granted(&requests), [Some(1)]);
        assert!((outcome.wanted - 500e3).abs() < 1.0);
    }

    #[test]
    fn a_camera_that_is_off_costs_nothing_and_is_not_paused() {
        let mut requests = [camera(Priority::Other)];
        requests[0].steps.clear();

        allocate(LATER, 0.0, &mut requests);

        assert_eq!(granted(&requests), [Some(2)]);
    }

    fn camera(priority: Priority) -> Request {
        Request {
            publication: PublicationId(1),
            priority,
            wanted: Depth::of_size(2),
            granted: None,
            steps: vec![
                (Depth::of_size(0), 150e3),
                (Depth::of_size(1), 500e3),
                (Depth::of_size(2), 2e6),
            ],
            shrunk_at: None,
        }
    }

    fn granted(requests: &[Request]) -> Vec<Option<u8>> {
        requests
            .iter()
            .map(|one| one.granted.map(|depth| depth.spatial))
            .collect()
    }
}
