//! `bega doctor` joins over the media path with an implementation of WebRTC that is not ours.

use std::process::Command;

use bega_harness::Server;
use serde_json::Value;

#[test]
fn sound_goes_through_the_server_and_comes_back_by_udp_and_by_tcp() {
    let server = Server::builder().start().unwrap();

    let output = Command::new(env!("CARGO_BIN_EXE_bega"))
        .args(["doctor", "--json", &server.url()])
        .output()
        .unwrap();

    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}\n{}", server.logs());
    let report: Value = serde_json::from_str(&said).unwrap();
    let ways = report["ways"].as_array().unwrap();
    for (way, name) in ways.iter().zip(["UDP", "TCP"]) {
        assert_eq!(way["way"], name, "{said}");
        assert_eq!(way["good"], true, "{said}\n{}", server.logs());
    }
    assert_eq!(report["advice"], Value::Array(Vec::new()), "{said}");
}

#[test]
fn a_server_that_is_not_there_is_told_from_a_bad_line() {
    let output = Command::new(env!("CARGO_BIN_EXE_bega"))
        .args(["doctor", "http://127.0.0.1:1"])
        .output()
        .unwrap();

    let said = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(1));
    assert!(said.contains("web                  FAILED"), "{said}");
    assert!(said.contains("allow HTTPS to this address"), "{said}");
}
