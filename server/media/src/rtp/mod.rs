//! RTP packets on the wire (RFC 3550, section 5): reading, writing, and the bookkeeping of
//! sequence numbers.

pub(crate) mod cache;
pub(crate) mod extensions;
pub(crate) mod header;
pub(crate) mod rewriter;
pub(crate) mod rtx;
pub(crate) mod sealed;
pub(crate) mod sequence;

pub(crate) use cache::PacketCache;
pub(crate) use header::{Header, Packet};
pub(crate) use sequence::Unwrapper;
