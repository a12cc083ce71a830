//! What one subscriber's link can carry, and what is sent over it.
//!
//! * [`history`]: what was sent under which transport-wide number, until its fate is known

pub(crate) mod history;
