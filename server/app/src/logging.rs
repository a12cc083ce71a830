//! Where log lines go: standard error, as text or as JSON objects.
//!
//! A line carries ids and counts only. Never a token, a name, an e-mail or the address of a
//! participant: `tests/system/logs.rs` scans for them. Other people's crates do not know this rule.
//! However much is asked for, a server lets them speak only when something is broken.

use std::io::IsTerminal as _;

use tracing::{Level, Metadata};
use tracing_subscriber::{
    EnvFilter, Layer as _, filter::FilterFn, fmt, layer::SubscriberExt as _,
    util::SubscriberInitExt as _,
};

/// Whose lines are written.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Voices {
    /// Ours, and errors of others: where there are people's data.
    Ours,
    /// Everybody's.
    All,
}

/// Starts logging. `BEGA_LOG` narrows or widens what is logged, such as `bega_gateway=debug`.
pub(crate) fn start(voices: Voices, json: bool) {
    let wanted = std::env::var("BEGA_LOG").unwrap_or_default();
    let wanted = EnvFilter::new(if wanted.is_empty() { DEFAULT } else { &wanted });
    let guard = FilterFn::new(move |line| voices == Voices::All || may_speak(line));
    let lines = fmt::layer()
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr);
    let lines = if json {
        lines.json().flatten_event(true).boxed()
    } else {
        lines.with_target(false).boxed()
    };
    tracing_subscriber::registry()
        .with(wanted)
        .with(guard)
        .with(lines)
        .init();
}

fn may_speak(line: &Metadata<'_>) -> bool {
    line.target().starts_with("bega") || *line.level() == Level::ERROR
}

const DEFAULT: &str = "error,bega=info,bega_api=info,bega_gateway=info,bega_negotiation=info,\
    bega_room=info,bega_network=info,bega_media=info,bega_transport=info,bega_store=info";
