//! A bad link between two network namespaces: two TAP devices and what lies between them.
//!
//! ```text
//! bega-rig TAP_A TAP_B
//!
//! A --> read --> Direction "up"   --> write --> B        stdin:  {"up": {…}, "down": {…}, "seed": 7}
//! A <-- write <- Direction "down" <-- read <--- B        stdout: {"atMs": …, "up": {…}, "down": {…}}
//! ```
//!
//! Both devices appear in the namespace this was started in; who started it moves them where they
//! belong. A line on standard input changes the conditions while packets flow, a report is printed
//! ten times a second, and the end of standard input ends the link.

use std::io::BufRead;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, bail};
use serde::Serialize;
use tun_rs::{DeviceBuilder, Layer, SyncDevice};

mod conditions;
mod direction;

use conditions::Change;
use direction::{Direction, Tally};

/// How often the state of the link is told.
const REPORT_EVERY: Duration = Duration::from_millis(100);

/// A whole Ethernet frame.
const FRAME_BYTES: usize = 2048;

fn main() -> Result<()> {
    let names: Vec<String> = std::env::args().skip(1).collect();
    let [a, b] = names.as_slice() else {
        bail!("usage: bega-rig TAP_A TAP_B");
    };
    let (a, b) = (open(a)?, open(b)?);
    let up = carry(Arc::clone(&a), Arc::clone(&b), 1);
    let down = carry(b, a, 2);

    let told = [Arc::clone(&up), Arc::clone(&down)];
    thread::spawn(move || tell(&told[0], &told[1]));
    println!("{}", serde_json::json!({ "ready": true }));

    for line in std::io::stdin().lock().lines() {
        let change: Change = serde_json::from_str(&line?).context("a change of conditions")?;
        up.change(change.up, change.seed);
        // Other chances than the way up: what is lost there must not be lost here too.
        down.change(
            change.down,
            change.seed.map(|seed| seed.wrapping_add(1 << 32)),
        );
    }
    Ok(())
}

fn open(name: &str) -> Result<Arc<SyncDevice>> {
    let device = DeviceBuilder::new()
        .name(name)
        .layer(Layer::L2)
        .enable(false)
        .build_sync()
        .with_context(|| format!("no TAP device {name}"))?;
    Ok(Arc::new(device))
}

/// One direction, shared by the thread that reads and the thread that writes.
struct Lane {
    direction: Mutex<Direction>,
    changed: Condvar,
}

impl Lane {
    fn lock(&self) -> MutexGuard<'_, Direction> {
        self.direction
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn change(&self, conditions: Option<conditions::Conditions>, seed: Option<u64>) {
        let mut direction = self.lock();
        if let Some(conditions) = conditions {
            direction.set(now(), conditions);
        }
        if let Some(seed) = seed {
            direction.seed(seed);
        }
    }
}

fn carry(from: Arc<SyncDevice>, to: Arc<SyncDevice>, seed: u64) -> Arc<Lane> {
    let lane = Arc::new(Lane {
        direction: Mutex::new(Direction::new(now(), seed)),
        changed: Condvar::new(),
    });
    let reading = Arc::clone(&lane);
    thread::spawn(move || read(&from, &reading));
    let writing = Arc::clone(&lane);
    thread::spawn(move || write(&to, &writing));
    lane
}

fn read(device: &SyncDevice, lane: &Lane) {
    let mut frame = [0; FRAME_BYTES];
    loop {
        match device.recv(&mut frame) {
            Ok(size) => {
                lane.lock().handle_frame(now(), &frame[..size]);
                lane.changed.notify_one();
            }
            // The device is down while it moves to its namespace.
            Err(_) => thread::sleep(Duration::from_millis(10)),
        }
    }
}

fn write(device: &SyncDevice, lane: &Lane) {
    let mut direction = lane.lock();
    loop {
        let now = now();
        if let Some(frame) = direction.poll_frame(now) {
            drop(direction);
            // A device that is down loses the frame, as a cable that is out does.
            let _ = device.send(&frame);
            direction = lane.lock();
            continue;
        }
        let pause = direction
            .poll_timeout()
            .map_or(REPORT_EVERY, |at| at.saturating_duration_since(now));
        direction = lane
            .changed
            .wait_timeout(direction, pause)
            .unwrap_or_else(PoisonError::into_inner)
            .0;
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Report {
    at_ms: u128,
    up: Told,
    down: Told,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Told {
    passed: u64,
    bytes: u64,
    lost: u64,
    dropped: u64,
    queue_ms: f64,
}

impl From<Tally> for Told {
    fn from(tally: Tally) -> Self {
        Self {
            passed: tally.passed,
            bytes: tally.bytes,
            lost: tally.lost,
            dropped: tally.dropped,
            queue_ms: tally.longest_wait.as_secs_f64() * 1e3,
        }
    }
}

fn tell(up: &Lane, down: &Lane) {
    loop {
        thread::sleep(REPORT_EVERY);
        let report = Report {
            at_ms: wall_clock().as_millis(),
            up: up.lock().take_tally().into(),
            down: down.lock().take_tally().into(),
        };
        println!(
            "{}",
            serde_json::to_string(&report).expect("numbers have a JSON form")
        );
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "a program that carries real packets reads the clock"
)]
fn now() -> Instant {
    Instant::now()
}

#[expect(
    clippy::disallowed_methods,
    reason = "browsers' measurements carry this clock"
)]
fn wall_clock() -> Duration {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default()
}
