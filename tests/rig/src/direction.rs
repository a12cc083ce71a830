//! One direction of a bad link: takes frames in, and says when which of them comes out.
//!
//! The order of things is that of a real thin line: a router's queue of limited length, the line
//! with its rate, then the way with delay and loss. Lost frames have used the line, so loss does not
//! make a thin link wider.
//!
//! Time and chance are arguments, so the tests play minutes in no time.

use std::cmp::Ordering;
use std::collections::BinaryHeap;
use std::time::{Duration, Instant};

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use crate::conditions::Conditions;

/// The state of one direction.
#[derive(Debug)]
pub(crate) struct Direction {
    conditions: Conditions,
    chance: StdRng,
    state: State,
    /// When the line has sent all that waits before it.
    line_free_at: Instant,
    travelling: BinaryHeap<Frame>,
    arrivals: u64,
    tally: Tally,
}

/// What passed since the last report.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Tally {
    /// Frames that reached the other side.
    pub(crate) passed: u64,
    /// Their bytes.
    pub(crate) bytes: u64,
    /// Frames that were lost on the way.
    pub(crate) lost: u64,
    /// Frames that found the queue full.
    pub(crate) dropped: u64,
    /// The longest that a frame had to wait for the line.
    pub(crate) longest_wait: Duration,
}

impl Direction {
    /// A perfect link.
    pub(crate) fn new(now: Instant, seed: u64) -> Self {
        Self {
            conditions: Conditions::default(),
            chance: StdRng::seed_from_u64(seed),
            state: State::Good,
            line_free_at: now,
            travelling: BinaryHeap::new(),
            arrivals: 0,
            tally: Tally::default(),
        }
    }

    /// Changes the conditions; what is on its way keeps its time of arrival.
    pub(crate) fn set(&mut self, now: Instant, conditions: Conditions) {
        // What waits is worth more time on a thinner line, and less on a wider one.
        let (old, new) = (self.conditions.rate_kbit, conditions.rate_kbit);
        if old > 0.0 {
            let waiting = self.line_free_at.saturating_duration_since(now);
            let factor = if new > 0.0 { old / new } else { 0.0 };
            self.line_free_at = now + waiting.mul_f64(factor);
        }
        self.conditions = conditions;
        self.state = State::Good;
    }

    /// Begins the chances anew.
    pub(crate) fn seed(&mut self, seed: u64) {
        self.chance = StdRng::seed_from_u64(seed);
        self.state = State::Good;
    }

    /// Takes a frame that was sent into the link.
    pub(crate) fn handle_frame(&mut self, now: Instant, frame: &[u8]) {
        if is_arp(frame) {
            // Whose address this is, is not what a bad link is about: a question lost here would
            // cost a second that no real access line costs.
            self.depart(now, frame);
            return;
        }
        let Some(sent_at) = self.queue(now, frame.len() as u32) else {
            self.tally.dropped += 1;
            return;
        };
        if self.is_lost() {
            self.tally.lost += 1;
            return;
        }
        let arrives_at = sent_at + self.travel_time();
        self.depart(arrives_at, frame);
    }

    /// When the next frame comes out, if one is on its way.
    pub(crate) fn poll_timeout(&self) -> Option<Instant> {
        self.travelling.peek().map(|frame| frame.at)
    }

    /// A frame that has arrived by `now`.
    pub(crate) fn poll_frame(&mut self, now: Instant) -> Option<Vec<u8>> {
        if self.poll_timeout()? > now {
            return None;
        }
        let frame = self.travelling.pop()?;
        self.tally.passed += 1;
        self.tally.bytes += frame.bytes.len() as u64;
        Some(frame.bytes)
    }

    /// What happened since this was last asked.
    pub(crate) fn take_tally(&mut self) -> Tally {
        std::mem::take(&mut self.tally)
    }

    /// When the line has sent a frame of that size; nothing when there is no room to wait.
    fn queue(&mut self, now: Instant, size_bytes: u32) -> Option<Instant> {
        let Conditions {
            rate_kbit,
            queue_ms,
            ..
        } = self.conditions;
        if rate_kbit <= 0.0 {
            return Some(now);
        }
        let begins = self.line_free_at.max(now);
        let waits = begins - now;
        if waits > milliseconds(queue_ms) {
            return None;
        }
        self.tally.longest_wait = self.tally.longest_wait.max(waits);
        let bits = f64::from(size_bytes) * 8.0;
        self.line_free_at = begins + milliseconds(bits / rate_kbit);
        Some(self.line_free_at)
    }

    fn is_lost(&mut self) -> bool {
        let (turns, next) = match self.state {
            State::Good => (self.conditions.burst_begins, State::Bad),
            State::Bad => (self.conditions.burst_ends, State::Good),
        };
        if self.chance.random::<f64>() < turns {
            self.state = next;
        }
        let share = match self.state {
            State::Good => self.conditions.loss,
            State::Bad => self.conditions.loss_in_burst,
        };
        self.chance.random::<f64>() < share
    }

    fn travel_time(&mut self) -> Duration {
        let Conditions {
            delay_ms,
            jitter_ms,
            ..
        } = self.conditions;
        milliseconds(delay_ms + jitter_ms * self.chance.random_range(-1.0..1.0))
    }

    fn depart(&mut self, at: Instant, frame: &[u8]) {
        self.travelling.push(Frame {
            at,
            arrival: self.arrivals,
            bytes: frame.to_vec(),
        });
        self.arrivals += 1;
    }
}

#[derive(Clone, Copy, Debug)]
enum State {
    Good,
    Bad,
}

#[derive(Debug)]
struct Frame {
    at: Instant,
    /// Frames due at the same instant keep their order.
    arrival: u64,
    bytes: Vec<u8>,
}

impl Ord for Frame {
    /// The heap gives the greatest: that is the earliest.
    fn cmp(&self, other: &Self) -> Ordering {
        (other.at, other.arrival).cmp(&(self.at, self.arrival))
    }
}

impl PartialOrd for Frame {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Frame {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Frame {}

fn milliseconds(value: f64) -> Duration {
    Duration::from_secs_f64(value.max(0.0) / 1e3)
}

/// An Ethernet frame that asks or tells who has an address.
fn is_arp(frame: &[u8]) -> bool {
    frame.get(12..14) == Some(&[0x08, 0x06])
}

#[cfg(test)]
mod tests;
