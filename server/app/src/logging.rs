//! Where log lines go: standard error, as text or as JSON objects.
//!
//! A line carries ids and counts only. Never a token, a name, an e-mail or the address of a
//! participant: `tests/system/logs.rs` scans for them.

use std::io::IsTerminal as _;

use tracing_subscriber::EnvFilter;

/// Starts logging. `BEGA_LOG` narrows or widens what is logged, such as `bega=debug`.
pub(crate) fn start(json: bool) {
    let wanted = std::env::var("BEGA_LOG").unwrap_or_default();
    let filter = EnvFilter::new(if wanted.is_empty() { DEFAULT } else { &wanted });
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr);
    if json {
        builder.json().flatten_event(true).init();
    } else {
        builder.with_target(false).init();
    }
}

/// Our own crates in full, others only when something is wrong: they log addresses and SQL.
const DEFAULT: &str = "error,bega=info,bega_api=info,bega_gateway=info,bega_negotiation=info,\
    bega_room=info,bega_network=info,bega_media=info,bega_transport=info,bega_store=info";
