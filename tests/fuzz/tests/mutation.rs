//! Fuzzing on stable Rust: mutants of the corpus, the same ones for the same seed.
//!
//! A few on every run; for as long as `BEGA_FUZZ_SECONDS` says where that is set. An input that
//! fails is written into `target/fuzz`.

use std::{
    env, fs,
    panic::catch_unwind,
    path::Path,
    time::{Duration, Instant},
};

use bega_fuzz::{TARGETS, Target, mutation::Mutator};

#[test]
fn mutants_of_the_corpus_are_survived_by_every_target() {
    let only = env::var("BEGA_FUZZ_TARGET").ok();
    let chosen = TARGETS
        .into_iter()
        .filter(|target| only.as_deref().is_none_or(|only| only == target.name));
    let mut failed = Vec::new();
    for target in chosen {
        let (inputs, found) = run(target);
        println!("{}: {inputs} mutants, {} failed", target.name, found.len());
        failed.extend(found);
    }
    assert!(failed.is_empty(), "these inputs failed: {failed:#?}");
}

/// How many mutants there were, and the files of those that failed.
fn run(target: Target) -> (u64, Vec<String>) {
    let seconds = env::var("BEGA_FUZZ_SECONDS").ok();
    let seconds = seconds.and_then(|text| text.parse().ok());
    let seed = env::var("BEGA_FUZZ_SEED").ok();
    let seed = seed.and_then(|text| text.parse().ok()).unwrap_or(1);
    let end = seconds.map(|seconds| now() + Duration::from_secs(seconds));
    let mut mutator = Mutator::new(corpus(target.name), seed);
    let mut inputs = 0;
    let mut failed = Vec::new();
    while end.map_or(inputs < A_FEW, |end| now() < end) && failed.len() < ENOUGH {
        inputs += 1;
        let mutant = mutator.mutant();
        if catch_unwind(|| (target.run)(&mutant)).is_err() {
            failed.push(keep(target.name, inputs, &mutant));
        }
    }
    (inputs, failed)
}

fn corpus(target: &str) -> Vec<Vec<u8>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut paths: Vec<_> = ["corpus", "crashes"]
        .iter()
        .flat_map(|kind| fs::read_dir(root.join(kind).join(target)))
        .flatten()
        .flatten()
        .map(|entry| entry.path())
        .collect();
    // The order in a folder is the file system's, and the seed must mean the same everywhere.
    paths.sort();
    paths
        .iter()
        .map(|path| fs::read(path).expect("the file was listed"))
        .collect()
}

fn keep(target: &str, number: u64, bytes: &[u8]) -> String {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("fuzz");
    let path = folder.join(format!("{target}-{number}"));
    let written = fs::create_dir_all(&folder).and_then(|()| fs::write(&path, bytes));
    written.map_or_else(|error| error.to_string(), |()| path.display().to_string())
}

#[expect(clippy::disallowed_methods, reason = "fuzzing ends by the clock")]
fn now() -> Instant {
    Instant::now()
}

/// On every run of the tests.
const A_FEW: u64 = 100;

/// A target that fails this often has been heard.
const ENOUGH: usize = 5;
