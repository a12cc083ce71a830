//! Every input that was ever interesting, on every run of the tests.

use std::{
    fs,
    panic::catch_unwind,
    path::{Path, PathBuf},
};

use bega_fuzz::TARGETS;

#[test]
fn the_corpus_and_past_crashes_of_every_target_are_survived() {
    let mut failed = Vec::new();
    for target in TARGETS {
        let inputs = inputs(target.name);
        assert!(!inputs.is_empty(), "{} has no corpus", target.name);
        for path in inputs {
            let bytes = fs::read(&path).expect("the file was listed");
            if catch_unwind(|| (target.run)(&bytes)).is_err() {
                failed.push(path);
            }
        }
    }
    assert!(failed.is_empty(), "these inputs failed: {failed:#?}");
}

#[test]
fn nothing_is_survived_that_no_target_runs() {
    let names = TARGETS.map(|target| target.name);
    for kind in ["corpus", "crashes"] {
        for folder in entries(&root().join(kind)) {
            let name = folder.file_name().and_then(|name| name.to_str());
            assert!(
                name.is_some_and(|name| names.contains(&name)),
                "{} belongs to no target",
                folder.display()
            );
        }
    }
}

#[test]
fn the_corpus_stays_small() {
    let bytes: u64 = TARGETS
        .iter()
        .flat_map(|target| inputs(target.name))
        .map(|path| fs::metadata(path).map_or(0, |file| file.len()))
        .sum();
    assert!(bytes < 2 * 1024 * 1024, "{bytes} bytes");
}

fn inputs(target: &str) -> Vec<PathBuf> {
    let folders = ["corpus", "crashes"].map(|kind| root().join(kind).join(target));
    folders.iter().flat_map(|folder| entries(folder)).collect()
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let mut paths: Vec<_> = fs::read_dir(folder)
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path())
        .collect();
    paths.sort();
    paths
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}
