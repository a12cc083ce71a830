//! What a process costs, as the kernel counts it.

use std::{fs, time::Duration};

use anyhow::{Context as _, Result};

/// CPU time used so far by all living threads of a process whose names begin like this.
///
/// Loopback hands a datagram to its receiver within the sender's system call, so this includes
/// the kernel's work on both ends of the wire.
pub(crate) fn cpu_time(pid: u32, name: &str) -> Result<Duration> {
    let mut sum = Duration::ZERO;
    for task in fs::read_dir(format!("/proc/{pid}/task"))? {
        let folder = task?.path();
        // A thread may end while we look.
        let Ok(comm) = fs::read_to_string(folder.join("comm")) else {
            continue;
        };
        let Ok(times) = fs::read_to_string(folder.join("schedstat")) else {
            continue;
        };
        if comm.starts_with(name) {
            let nanoseconds = times.split(' ').next().context("schedstat is empty")?;
            sum += Duration::from_nanos(nanoseconds.parse()?);
        }
    }
    Ok(sum)
}

/// Memory in use, in KiB.
pub(crate) fn memory_kib(pid: u32) -> Result<u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))
        .context("the process has ended")?;
    let number = line.trim().split(' ').next().unwrap_or_default();
    Ok(number.parse()?)
}
