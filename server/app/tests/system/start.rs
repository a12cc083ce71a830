//! A server that cannot start says why on one line, and ends with exit code 1.

use std::{
    net::TcpListener,
    path::Path,
    process::{Command, Output},
};

#[test]
fn an_unreachable_database_is_one_line() {
    let directory = tempfile::tempdir().unwrap();

    let output = serve(
        directory.path(),
        &["--database", "postgres://bega@127.0.0.1:1/bega"],
    );

    refuses(
        &output,
        "the database server at 127.0.0.1:1 cannot be reached",
    );
}

#[test]
fn an_unknown_kind_of_database_is_one_line() {
    let directory = tempfile::tempdir().unwrap();

    let output = serve(directory.path(), &["--database", "mysql://127.0.0.1/bega"]);

    refuses(
        &output,
        "the database address must begin with `sqlite:` or `postgres://`",
    );
}

#[test]
fn a_port_in_use_is_one_line() {
    let directory = tempfile::tempdir().unwrap();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();

    let output = serve(directory.path(), &["--listen", &address]);

    refuses(
        &output,
        &format!("cannot listen on {address}: Address already in use"),
    );
}

#[test]
fn a_wrong_configuration_is_one_line() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("bega.toml");
    std::fs::write(&path, "[media]\nprot = 1\n").unwrap();

    let output = serve(directory.path(), &["--config", path.to_str().unwrap()]);

    refuses(&output, "line 2: unknown field `prot`");
}

#[test]
fn a_data_directory_that_cannot_be_made_is_one_line() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("file");
    std::fs::write(&file, "").unwrap();

    let output = serve(&file.join("data"), &[]);

    refuses(&output, "cannot make the data directory");
}

#[test]
fn a_full_disk_is_one_line() {
    let directory = tempfile::tempdir().unwrap();
    // A disk of our own, seen only by this process: 128 KiB, of which the tables need more.
    let script = "mount -t tmpfs -o size=128k none \"$0\" && exec \"$@\"";
    let output = Command::new("unshare")
        .args(["--map-root-user", "--mount", "sh", "-c", script])
        .arg(directory.path())
        .arg(env!("CARGO_BIN_EXE_bega"))
        .args(arguments(directory.path()))
        .output();
    let Ok(output) = output else {
        eprintln!("skipped: there is no `unshare` here");
        return;
    };
    let said = String::from_utf8_lossy(&output.stderr);
    if said.contains("unshare") || said.contains("mount:") {
        eprintln!("skipped: this machine lets nobody mount: {said}");
        return;
    }

    refuses(&output, "the disk of the database is full");
}

fn serve(directory: &Path, more: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_bega"))
        .args(arguments(directory))
        .args(more)
        .output()
        .unwrap()
}

fn arguments(directory: &Path) -> [&str; 4] {
    let directory = directory.to_str().unwrap();
    ["serve", "--media-port=0", "--data-dir", directory]
}

fn refuses(output: &Output, why: &str) {
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.starts_with("bega: ") && said.contains(why), "{said}");
    assert_eq!(said.trim_end().lines().count(), 1, "{said}");
}
