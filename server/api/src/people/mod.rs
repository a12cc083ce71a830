//! The organisation's staff.

pub(crate) mod list;
