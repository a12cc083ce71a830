//! `bega plan`: the mission planner on a file.
//!
//! Bad input leaves standard output empty, lists every wrong field on standard error as one JSON
//! array, and exits with 2.

use std::{
    io::{Read as _, Write as _},
    process::ExitCode,
    time::{Duration, Instant},
};

use anyhow::Context as _;
use bega_scheduling::planner::{Fault, Instance, Plan};
use serde::Serialize;

use crate::cli::PlanFlags;

/// The plan and how long it took.
#[derive(Serialize)]
struct Timed {
    #[serde(flatten)]
    plan: Plan,
    seconds: f64,
}

/// Reads an instance, prints its plan.
#[expect(
    clippy::disallowed_methods,
    reason = "the command's time limit needs a clock"
)]
pub(crate) fn run(flags: &PlanFlags) -> anyhow::Result<ExitCode> {
    let began = Instant::now();
    let limit = Duration::try_from_secs_f64(flags.seconds)
        .context("--seconds takes a number that is not negative")?
        .saturating_sub(RESERVE);
    let mut bytes = Vec::new();
    std::io::stdin()
        .take(LARGEST_BYTES + 1)
        .read_to_end(&mut bytes)
        .context("cannot read the instance")?;
    let instance = match read(&bytes) {
        Ok(instance) => instance,
        Err(faults) => return refuse(&faults),
    };
    let plan = match instance.plan(|| began.elapsed() < limit) {
        Ok(plan) => plan,
        Err(faults) => return refuse(&faults),
    };
    let timed = Timed {
        plan,
        seconds: (began.elapsed().as_secs_f64() * 1000.0).round() / 1000.0,
    };
    let mut out = std::io::stdout().lock();
    serde_json::to_writer(&mut out, &timed).context("cannot write the plan")?;
    writeln!(out).context("cannot write the plan")?;
    Ok(ExitCode::SUCCESS)
}

fn read(bytes: &[u8]) -> Result<Instance, Vec<Fault>> {
    let whole = |code, detail: &str| {
        vec![Fault {
            path: String::new(),
            code,
            detail: detail.into(),
        }]
    };
    if bytes.len() as u64 > LARGEST_BYTES {
        return Err(whole("too_large", "an instance has at most 64 MiB"));
    }
    let text = std::str::from_utf8(bytes).map_err(|_| whole("not_json", "this is not UTF-8"))?;
    Instance::read(text)
}

fn refuse(faults: &[Fault]) -> anyhow::Result<ExitCode> {
    let text = serde_json::to_string(faults).context("cannot write the list")?;
    eprintln!("{text}");
    Ok(ExitCode::from(2))
}

/// For starting, explaining and writing.
const RESERVE: Duration = Duration::from_millis(60);
const LARGEST_BYTES: u64 = 64 << 20;
