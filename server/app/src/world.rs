//! Clock and chance: the only places of this binary where they come from.
//!
//! Everything below takes them as arguments, so that tests can hold them still.

use jiff::Timestamp;

/// The time now.
#[expect(
    clippy::disallowed_methods,
    reason = "the one place where the clock is read; everything below is told"
)]
pub(crate) fn now() -> Timestamp {
    Timestamp::now()
}

/// The monotonic time now.
#[expect(
    clippy::disallowed_methods,
    reason = "the one place where the clock is read; everything below is told"
)]
pub(crate) fn instant() -> std::time::Instant {
    std::time::Instant::now()
}

/// Fills with random bytes fit for secrets.
#[expect(
    clippy::disallowed_methods,
    reason = "the one place where chance comes from; everything below is told"
)]
pub(crate) fn fill_random(bytes: &mut [u8]) {
    rand::RngCore::fill_bytes(&mut rand::rng(), bytes);
}

/// Random bytes fit for secrets.
pub(crate) fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    fill_random(&mut bytes);
    bytes
}
