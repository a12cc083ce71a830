//! Free ports of 127.0.0.1.
//!
//! A port is found by binding it and letting it go, so another process may take it in between. Each
//! process therefore looks in a stretch of its own, and never offers a port twice.

use std::{
    net::{Ipv4Addr, TcpListener, UdpSocket},
    process,
    sync::atomic::{AtomicU16, Ordering},
};

use anyhow::{Result, bail};

/// Below Linux's range for outgoing connections, which starts at 32768.
const FIRST: u16 = 20_000;
const LAST: u16 = 32_000;

static NEXT: AtomicU16 = AtomicU16::new(0);

/// The first of `count` neighbouring ports that are free for UDP and TCP.
pub(crate) fn free(count: u16) -> Result<u16> {
    let offset = (process::id() % u32::from((LAST - FIRST) / 64)) as u16 * 64;
    for _ in 0..(LAST - FIRST) / count {
        let step = NEXT.fetch_add(count, Ordering::Relaxed);
        let port = FIRST + (offset.wrapping_add(step)) % (LAST - FIRST - count);
        if (port..port + count).all(is_free) {
            return Ok(port);
        }
    }
    bail!("no {count} neighbouring ports are free on 127.0.0.1")
}

fn is_free(port: u16) -> bool {
    let address = (Ipv4Addr::LOCALHOST, port);
    TcpListener::bind(address).is_ok() && UdpSocket::bind(address).is_ok()
}
