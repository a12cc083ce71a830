//! Personal links, from the side of those who hold them.

pub(crate) mod exchange;
