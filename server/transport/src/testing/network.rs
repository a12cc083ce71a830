//! A network in virtual time.

use std::{
    cmp::Reverse,
    collections::BinaryHeap,
    net::SocketAddr,
    time::{Duration, Instant},
};

use rand::{Rng as _, SeedableRng as _, rngs::StdRng};

/// Carries datagrams from [`Self::send`] to [`Self::receive`].
#[derive(Debug)]
pub struct Network {
    conditions: Conditions,
    rng: StdRng,
    /// Ordered by arrival, and where that is equal by departure.
    flying: BinaryHeap<Reverse<(Instant, u64, Datagram)>>,
    sent: u64,
}

/// What happens to datagrams on their way.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Conditions {
    /// The shortest way.
    pub latency: Duration,
    /// Up to this much longer, each on its own: more than the time between datagrams reorders.
    pub jitter: Duration,
    /// How many in a hundred get lost.
    pub loss_percent: f64,
    /// How many in a hundred arrive twice.
    pub duplication_percent: f64,
}

/// A datagram on its way.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Datagram {
    /// From where.
    pub from: SocketAddr,
    /// Where to.
    pub to: SocketAddr,
    /// What.
    pub payload: Vec<u8>,
}

impl Network {
    /// The same seed makes the same choices.
    pub fn new(conditions: Conditions, seed: u64) -> Self {
        Self {
            conditions,
            rng: StdRng::seed_from_u64(seed),
            flying: BinaryHeap::new(),
            sent: 0,
        }
    }

    /// Changes what happens to datagrams sent from now on.
    pub fn set_conditions(&mut self, conditions: Conditions) {
        self.conditions = conditions;
    }

    /// Takes a datagram on its way.
    pub fn send(&mut self, now: Instant, datagram: Datagram) {
        if self.chance(self.conditions.loss_percent) {
            return;
        }
        if self.chance(self.conditions.duplication_percent) {
            self.fly(now, datagram.clone());
        }
        self.fly(now, datagram);
    }

    /// Takes a datagram of which somebody else knows when it arrives.
    pub fn send_to_arrive_at(&mut self, at: Instant, datagram: Datagram) {
        self.flying.push(Reverse((at, self.sent, datagram)));
        self.sent += 1;
    }

    /// When the next one arrives.
    pub fn poll_timeout(&self) -> Option<Instant> {
        self.flying.peek().map(|Reverse((at, ..))| *at)
    }

    /// The next one that has arrived.
    pub fn receive(&mut self, now: Instant) -> Option<Datagram> {
        if self.poll_timeout()? > now {
            return None;
        }
        self.flying.pop().map(|Reverse((_, _, datagram))| datagram)
    }

    fn fly(&mut self, now: Instant, datagram: Datagram) {
        let jitter = self.conditions.jitter.mul_f64(self.rng.random::<f64>());
        self.flying.push(Reverse((
            now + self.conditions.latency + jitter,
            self.sent,
            datagram,
        )));
        self.sent += 1;
    }

    fn chance(&mut self, percent: f64) -> bool {
        self.rng.random::<f64>() * 100.0 < percent
    }
}
