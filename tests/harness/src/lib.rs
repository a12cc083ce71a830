//! What tests need around the code: a throw-away PostgreSQL and a real `bega` process.
//!
//! Both live in temporary folders, listen on free ports of 127.0.0.1, and end with the test. All of
//! it blocks; in an async test that is a pause at the start, which is fine.
//!
//! ```no_run
//! let database = bega_harness::postgres()?;
//! let mut server = bega_harness::Server::builder()
//!     .database(database.url())
//!     .arg("--demo")
//!     .start()?;
//! server.kill()?;
//! server.restart()?;
//! assert!(!server.logs().contains("password"));
//! # anyhow::Ok(())
//! ```

mod ports;
mod postgres;
mod server;

pub use postgres::{Database, Postgres, PostgresOptions, postgres};
pub use server::{Server, ServerBuilder};
