//! The binary `bega`.
fn main() {}
