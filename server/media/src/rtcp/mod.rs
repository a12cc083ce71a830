//! RTCP: compounds read and written (RFC 3550, RFC 4585, RFC 5104), and the small state machines
//! that decide what to report.
//!
//! * [`parse`] and [`write`]: packets on the wire
//! * [`reception`]: what a receiver report says of one source
//! * [`missing`]: which packets a publisher is asked for again
//! * [`transport_cc`]: when each packet arrived, for the publisher's bandwidth estimator
//! * [`transport_feedback`]: the same from a subscriber, for ours
//! * [`clock`]: what time a source's timestamps mean, from its sender reports

pub(crate) mod clock;
pub(crate) mod missing;
pub(crate) mod parse;
pub(crate) mod reception;
pub(crate) mod transport_cc;
pub(crate) mod transport_feedback;
pub(crate) mod write;
