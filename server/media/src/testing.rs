//! Shared by the tests of this crate.

use std::time::Instant;

/// A point in time to count from; its value means nothing.
#[expect(
    clippy::disallowed_methods,
    reason = "an Instant can only be had from the clock"
)]
pub(crate) fn epoch() -> Instant {
    Instant::now()
}
