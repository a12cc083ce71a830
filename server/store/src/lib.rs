//! Keeps what the platform must remember; the only crate with SQL.
//!
//! One SQL text runs on SQLite and on PostgreSQL. There is one function per need and one file per
//! noun. Three rules hold in all of them:
//!
//! - **Walls.** What belongs to an organisation is asked for with the organisation as the first
//!   argument, and every statement names it. What lies behind another's wall is simply not found.
//! - **One act, one transaction.** A change, the slots it claims and its audit entry are kept
//!   together or not at all; see `tx.rs`.
//! - **Errors say no more than they must.** [`StoreError`]'s text holds no SQL and no data; the cause
//!   is its source, to be logged once.
//!
//! The database decides what must never happen twice: a slot of a room or person is a primary key
//! (`claims.rs`), and the audit log is a hash chain that triggers keep append-only (`audit.rs`).

mod audit;
mod book;
mod change;
mod claims;
mod devices;
mod error;
mod idempotency;
mod invitations;
mod line_checks;
mod live;
mod migrate;
mod open;
mod organisations;
mod row;
mod secret;
mod sessions;
mod sites;
mod tx;
mod users;
mod web_sessions;

pub use audit::{AuditEntry, AuditError, AuditFault, AuditHead, AuditReport};
pub use book::BookError;
pub use change::{ChangeSessionError, MoveError};
pub use devices::{
    ClaimError, ConfirmError, CreatePairingError, Device, DeviceNow, NewDevice, NewPairing,
};
pub use error::{OpenError, StoreError};
pub use idempotency::{Created, IdempotencyKey};
pub use invitations::{ExchangeError, IssueError, NewInvitation};
pub use live::{LiveSession, TimelineEntry, TimelineRecord};
pub use open::Store;
pub use organisations::{NewOrganisation, Organisation};
pub use secret::SecretHash;
pub use sessions::{BadCursor, Cursor, Page, SessionFilter};
pub use sites::{NewRoom, NewSite, Room, Site};
pub use users::{CreateUserError, Credentials, NewUser};
pub use web_sessions::{Caller, CallerKind};
