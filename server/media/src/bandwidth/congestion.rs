//! Everything that is known of one subscriber's link, and how it is used.
//!
//! A peer that nothing numbered was sent to costs next to nothing: the rest is made when the first
//! subscription with transport-wide numbers begins.

use std::time::Duration;

use super::{
    allocator::{Outcome, TO_KEEP},
    estimator::{Estimator, OVERHEAD},
    history::{Acknowledged, History},
    pacer::{Admission, Pacer},
    probe::{Prober, Situation},
    rate::RateWindow,
};
use crate::rtcp::transport_feedback::TransportFeedback;

/// The link of one transport.
#[derive(Debug, Default)]
pub(crate) struct Congestion {
    pub(crate) history: History,
    control: Option<Box<Control>>,
}

/// What steers what is sent.
#[derive(Debug)]
pub(crate) struct Control {
    pub(crate) pacer: Pacer,
    pub(crate) prober: Prober,
    estimator: Estimator,
    /// What is sent whatever the link carries.
    sound: RateWindow,
    repair: RateWindow,
    sound_rate: f64,
    repair_rate: f64,
    /// What the last allocation granted.
    outcome: Outcome,
    /// What it had to divide.
    budget: f64,
    /// When the oldest packet was sent that no feedback has come since.
    unanswered_since: Option<Duration>,
}

/// What a packet is, for the order in which the link is given to them.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Class {
    /// Never waits, is never left out.
    Sound,
    /// A picture.
    Picture,
    /// Something that was lost.
    Repair,
    /// Nothing but weight.
    Padding,
}

impl Congestion {
    /// From now on packets are numbered and the other side says when they arrived.
    pub(crate) fn enable(&mut self) {
        self.control.get_or_insert_with(Box::default);
    }

    /// What steers, if the other side says when packets arrive.
    pub(crate) fn control(&mut self) -> Option<&mut Control> {
        self.control.as_deref_mut()
    }

    /// The same, to look at.
    pub(crate) fn state(&self) -> Option<&Control> {
        self.control.as_deref()
    }

    /// Whether a packet of a picture may leave now.
    pub(crate) fn admit(&self, now: Duration) -> Admission {
        match &self.control {
            Some(control) => control.pacer.admit(now),
            None => Admission::Now,
        }
    }

    /// A numbered packet left.
    pub(crate) fn handle_sent(&mut self, now: Duration, size: usize, class: Class) {
        let cluster = match &mut self.control {
            Some(control) => {
                let cluster = control.prober.cluster();
                control.handle_sent(now, size, class);
                cluster
            }
            None => None,
        };
        self.history.record(now, size, cluster);
    }

    /// Takes a feedback; `told` is where to put what it says. `None` if it speaks of more than it
    /// may, else whether less must be sent at once.
    pub(crate) fn handle_feedback(
        &mut self,
        now: Duration,
        feedback: &TransportFeedback<'_>,
        told: &mut Vec<Acknowledged>,
    ) -> Option<Urgency> {
        told.clear();
        if !self.history.handle_feedback(now, feedback, told) {
            return None;
        }
        let Some(control) = &mut self.control else {
            return Some(Urgency::None);
        };
        control.unanswered_since = None;
        control.estimator.handle_feedback(now, told);
        control.set_pace();
        let is_urgent = control.budget(now) < control.outcome.granted * TO_KEEP;
        Some(if is_urgent {
            Urgency::Now
        } else {
            Urgency::None
        })
    }
}

/// How soon the pictures must be divided anew.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Urgency {
    /// When it is time anyway.
    None,
    /// More is granted than there is.
    Now,
}

impl Control {
    /// What may be divided among the pictures, in bits a second.
    pub(crate) fn take_budget(&mut self, now: Duration) -> f64 {
        let silent_since = self.unanswered_since;
        if let Some(since) = silent_since
            && self.estimator.has_heard()
        {
            self.estimator.handle_silence(now, since);
            self.set_pace();
        }
        self.budget = if !self.estimator.has_heard()
            && silent_since.is_some_and(|since| now.saturating_sub(since) > NEVER_HEARD)
        {
            // It never says when packets arrive. There is nothing to go by.
            self.pacer.set_rate(f64::MAX, BURST);
            f64::MAX
        } else {
            let micros = now.as_micros() as i64;
            self.sound_rate = self.sound.rate(micros).unwrap_or(0.0);
            self.repair_rate = self.repair.rate(micros).unwrap_or(0.0);
            self.budget(now)
        };
        self.budget
    }

    /// Takes what was granted, and decides whether to try for more. True if a burst begins.
    pub(crate) fn handle_outcome(&mut self, now: Duration, outcome: Outcome) -> bool {
        self.outcome = outcome;
        if self.budget >= f64::MAX {
            return false;
        }
        let situation = Situation {
            estimate: self.estimator.estimate(),
            wanted: (outcome.wanted + self.sound_rate + self.repair_rate) * TO_SPARE,
            is_congested: self.estimator.is_congested(now),
        };
        self.prober.handle_timeout(now, &situation)
    }

    /// What the link is taken to carry, in bits a second.
    pub(crate) fn estimate(&self) -> f64 {
        self.estimator.estimate()
    }

    /// There is no stream to send a burst on: go on as if it had been a success. What is sent
    /// then shows whether it was right.
    pub(crate) fn trust(&mut self, now: Duration) {
        if let Some(rate) = self.prober.give_up(now) {
            self.estimator.trust(rate);
        }
    }

    fn handle_sent(&mut self, now: Duration, size: usize, class: Class) {
        let bytes = size as u64 + OVERHEAD;
        let micros = now.as_micros() as i64;
        match class {
            Class::Sound => self.sound.add(micros, bytes),
            Class::Repair => self.repair.add(micros, bytes),
            Class::Picture | Class::Padding => {}
        }
        self.unanswered_since.get_or_insert(now);
        self.pacer.handle_sent(now, size);
        self.prober
            .handle_sent(now, size, self.estimator.round_trip());
    }

    fn budget(&self, now: Duration) -> f64 {
        (self.estimator.target(now) - self.sound_rate - self.repair_rate).max(0.0)
    }

    fn set_pace(&mut self) {
        let estimate = self.estimator.estimate();
        // On a thin link sound must find its way between the packets of a picture.
        let factor = if estimate < THIN { 1.1 } else { 2.5 };
        self.pacer.set_rate(estimate * factor, BURST);
    }
}

impl Default for Control {
    fn default() -> Self {
        let mut control = Self {
            pacer: Pacer::default(),
            prober: Prober::default(),
            estimator: Estimator::new(FIRST_ESTIMATE),
            sound: RateWindow::new(1_000),
            repair: RateWindow::new(1_000),
            sound_rate: 0.0,
            repair_rate: 0.0,
            outcome: Outcome::default(),
            budget: FIRST_ESTIMATE,
            unanswered_since: None,
        };
        control.set_pace();
        control
    }
}

/// Enough for sound and one picture of middle size; a probe soon says whether there is more.
const FIRST_ESTIMATE: f64 = 800e3;
/// Bits a second.
const THIN: f64 = 1e6;
/// A picture of fair size leaves at once.
const BURST: Duration = Duration::from_millis(40);
/// The link should carry a little more than what is wanted.
const TO_SPARE: f64 = 1.2;
/// After that long without any feedback none will come.
const NEVER_HEARD: Duration = Duration::from_secs(2);
