//! One peer's transport, sans-IO: from datagrams to RTP, RTCP and data-channel messages and back.
//!
//! ```text
//!            +-- ICE-lite ---- which address may speak, and where to answer
//! datagram --+-- DTLS -------- handshake, keys --- SCTP --- data channels
//!            +-- SRTP, SRTCP - opened and sealed in place
//! ```
//!
//! [`Transport`] is the whole of it; [`sdp`] reads and writes the descriptions that set it up.
//! Nothing here owns a socket, reads a clock or starts a thread: time comes in as an argument and
//! datagrams go out through [`Transport::poll_transmit`]. **After every call that takes `&mut
//! self`, drain `poll_transmit` and `poll_event`, then ask `poll_timeout` again.**
//!
//! STUN, DTLS, SCTP and the data-channel messages are those of the `rtc` crates; `dtls::guard` and
//! `sctp` say what we do about their known defects. SRTP is our own, because the packet path must
//! not copy or allocate. Good places to start reading: `transport`, `ice`, `secure`.

mod dtls;
pub mod framing;
mod ice;
mod identity;
mod path;
mod sctp;
pub mod sdp;
mod secure;
mod srtp;
#[cfg(feature = "testing")]
pub mod testing;
mod transport;

pub use dtls::DtlsError;
pub use ice::{IceCredentials, IceError, stun_ufrag};
pub use identity::{Fingerprint, Identity, IdentityError, InvalidFingerprint};
pub use path::{Path, Protocol};
pub use sctp::SendError;
pub use srtp::SrtpError;
pub use transport::{CloseReason, ReceiveError, Received, Transmit, Transport, TransportEvent};
