//! Checks `Cargo.lock` against the RustSec advisories kept beside this file, without a network.
//!
//! Prints each finding with what to do and exits 1 if there is a vulnerability that is not in
//! [`ACCEPTED`]. Unmaintained and unsound crates are named too, but do not fail the check.

use std::{path::Path, process::ExitCode};

use anyhow::Context as _;
use rustsec::{Database, Lockfile, report};

/// Advisories that do not concern us, each with the reason.
const ACCEPTED: &[(&str, &str)] = &[(
    "RUSTSEC-2023-0071",
    "`rsa` is named in the lock file by sqlx's MySQL driver, which is not built",
)];

fn main() -> anyhow::Result<ExitCode> {
    let folder = tempfile::tempdir()?;
    let packed: &[u8] = include_bytes!("../advisories.tar.gz");
    tar::Archive::new(flate2::read::GzDecoder::new(packed))
        .unpack(folder.path())
        .context("unpacking the advisories")?;
    let database = Database::open(folder.path()).context("reading the advisories")?;
    let lockfile = Lockfile::load(Path::new("Cargo.lock")).context("reading Cargo.lock")?;

    let report = report::Report::generate(&database, &lockfile, &report::Settings::default());
    let mut vulnerable = 0;
    for found in &report.vulnerabilities.list {
        let id = found.advisory.id.as_str();
        if let Some((_, reason)) = ACCEPTED.iter().find(|(accepted, _)| *accepted == id) {
            println!("{id} accepted: {reason}");
            continue;
        }
        vulnerable += 1;
        println!(
            "{id} {} {}: {}; patched in {:?}",
            found.package.name,
            found.package.version,
            found.advisory.title,
            found.versions.patched()
        );
    }
    for warning in report.warnings.values().flatten() {
        if let Some(advisory) = &warning.advisory {
            println!(
                "note {} {} {}: {}",
                advisory.id, warning.package.name, warning.package.version, advisory.title
            );
        }
    }
    println!(
        "{} packages against {} advisories: {vulnerable} vulnerable",
        lockfile.packages.len(),
        database.iter().count()
    );
    Ok(if vulnerable == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
