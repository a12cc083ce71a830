//! Where this program reads the time: publishers stamp packets with it and receivers compare.

use std::{
    sync::LazyLock,
    time::{Duration, Instant},
};

/// Now.
#[expect(
    clippy::disallowed_methods,
    reason = "a load generator lives in real time"
)]
pub(crate) fn now() -> Instant {
    Instant::now()
}

/// Nanoseconds since this program first asked.
pub(crate) fn stamp(at: Instant) -> u64 {
    at.saturating_duration_since(*START).as_nanos() as u64
}

/// Seconds since the Unix epoch, for tokens.
pub(crate) fn unix_seconds() -> u64 {
    #[expect(clippy::disallowed_methods, reason = "tokens follow the wall clock")]
    let now = std::time::SystemTime::now();
    now.duration_since(std::time::UNIX_EPOCH)
        .unwrap_or(Duration::ZERO)
        .as_secs()
}

static START: LazyLock<Instant> = LazyLock::new(now);
