//! Trials of a line before an interview, by `bega doctor` or a browser: two seats in a media room
//! of its own, where nobody else is.

pub(crate) mod create;

/// How the names of such rooms begin.
pub const ROOM_PREFIX: &str = "self-test-";
