//! What one subscriber's link can carry, and what is sent over it.
//!
//! ```text
//! packets sent ──> history ──feedback──> estimator: delay, loss, what arrives
//!       ^                                    │ estimate
//!       │                                    v
//!     pacer <── what waits      allocator: who gets which layer ──> subscriptions
//!       ^                                    │ more is wanted
//!       └────────── padding ── prober <──────┘
//! ```
//!
//! * [`history`]: what was sent under which transport-wide number, until its fate is known
//! * [`delay`], [`loss`], [`rate`]: what arrival times, losses and arrivals say
//! * [`estimator`]: what they say together
//! * [`probe`]: bursts that show whether there is more
//! * [`allocator`]: divides it among the pictures
//! * [`pacer`]: when a packet may leave
//! * [`congestion`]: all of this for one subscriber
//!
//! All of it is sans-IO and told the time, so the tests play it over a link in virtual time.
//!
//! `rtc::interceptor` brings an estimator, too (`Gcc`). `comparison` plays both over a link of
//! 2 Mbit/s that falls to 300 kbit/s and recovers, with no, 5 and 20 % random loss. Theirs needed
//! 22 s for its queue to go below half a second; it judges the difference between two groups of
//! packets and not their sum, so a queue that grows slowly is not seen. Its loss half takes all
//! loss for congestion: at 5 % it settled at a quarter of the link and never used it again, at
//! 20 % at a hundredth. Ours took 1.1 s, came back within 3 s, and at 20 % loss delivered
//! 1.1 Mbit/s. So it is ours that is used.

pub(crate) mod allocator;
#[cfg(test)]
mod comparison;
pub(crate) mod congestion;
mod delay;
mod estimator;
pub(crate) mod history;
#[cfg(test)]
pub(crate) mod link;
mod loss;
pub(crate) mod pacer;
mod probe;
mod rate;
