//! What the fuzz targets do, as plain functions of bytes.
//!
//! Each target takes any bytes, must not panic, and asserts what must hold whatever they are. The
//! same function runs in three places:
//!
//! * on every `make test`, over `corpus/<target>` and `crashes/<target>` (`tests/replay.rs`), and
//!   for a moment over mutations of them (`tests/mutation.rs`);
//! * in `make test-full`, a minute each: under libFuzzer where a nightly toolchain and `cargo fuzz`
//!   are there (`libfuzzer/`), else by the same mutations;
//! * by hand: `tests/fuzz/run 600 transport`.
//!
//! An input that made a target fail goes into `crashes/<target>`, minimised, with the repair.
//!
//! To add a target: a function here, a row in [`TARGETS`], a file in `libfuzzer/fuzz_targets` with
//! its entry in `libfuzzer/Cargo.toml`, and at least one file in `corpus/<target>`.

mod engine;
mod input;
mod live;
pub mod mutation;
mod pair;
mod sdp;
mod signalling;
mod stun;
mod transport;

use std::time::Instant;

/// One target.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    /// Names its folders.
    pub name: &'static str,
    /// What is done with the bytes.
    pub run: fn(&[u8]),
}

/// All of them.
pub const TARGETS: [Target; 13] = [
    Target {
        name: "stun",
        run: stun::checks,
    },
    Target {
        name: "rtp",
        run: bega_media::fuzzing::rtp,
    },
    Target {
        name: "rtcp",
        run: bega_media::fuzzing::rtcp,
    },
    Target {
        name: "payload",
        run: bega_media::fuzzing::payload,
    },
    Target {
        name: "dependency",
        run: bega_media::fuzzing::dependency,
    },
    Target {
        name: "sdp",
        run: sdp::description,
    },
    Target {
        name: "handshake",
        run: transport::handshake,
    },
    Target {
        name: "transport",
        run: transport::connected,
    },
    Target {
        name: "data_channel",
        run: transport::channels,
    },
    Target {
        name: "signalling",
        run: signalling::frames,
    },
    Target {
        name: "data_packet",
        run: signalling::data_packets,
    },
    Target {
        name: "live",
        run: live::messages,
    },
    Target {
        name: "engine",
        run: engine::secrecy,
    },
];

/// Runs a target by its name, for libFuzzer.
///
/// # Panics
///
/// When there is no such target, and when the target does.
pub fn run(name: &str, bytes: &[u8]) {
    let target = TARGETS.iter().find(|target| target.name == name);
    (target
        .expect("libfuzzer/Cargo.toml names the targets of this table")
        .run)(bytes);
}

/// A point in time to count from.
#[expect(
    clippy::disallowed_methods,
    reason = "an Instant can only be had from the clock"
)]
fn epoch() -> Instant {
    Instant::now()
}
