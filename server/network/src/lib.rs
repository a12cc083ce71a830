//! Threads and sockets for the media plane: the only crate that touches a socket for media.
//!
//! ```text
//!  MediaHandle --commands--> mailbox --+
//!                                      |    +----------- one thread -----------+
//!  datagrams ---- one UDP port --------+    |                                  |
//!  frames ------- the same TCP port ---+--> | engine: no I/O, time as argument | --> event sink
//!  time ----------- poll timeout ------+    +----------------------------------+
//!                                                        |
//!                                          runs of datagrams, with GSO where there is
//! ```
//!
//! A room lives on one worker and a worker has one port, so nothing is shared and nothing locked.
//! A panic in the engine ends the one peer that was being worked on; it is counted and logged, and
//! everybody else goes on.
//!
//! Logs and metrics never hold the address of a participant.

mod candidates;
mod mailbox;
mod meters;
mod socket;
mod streams;
mod worker;

use std::{
    net::{IpAddr, SocketAddr},
    num::NonZeroUsize,
    sync::Arc,
    thread::JoinHandle,
};

use bega_media::{Command, Event, RoomId};
use bega_transport::{Identity, sdp::Candidate};
use thiserror::Error;

use mailbox::{Mailbox, Message};
use worker::Worker;

/// All media workers of this process. Dropping it stops them.
#[derive(Debug)]
pub struct MediaPlane {
    handle: MediaHandle,
    threads: Vec<JoinHandle<()>>,
}

/// Where and how wide.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Config {
    /// How many threads, each with its own port.
    pub workers: NonZeroUsize,
    /// The address to listen on; the unspecified one means all.
    pub listen: IpAddr,
    /// The first worker's port; the others take the following ones. Zero lets the system choose.
    pub port: u16,
    /// Addresses under which participants reach us. Empty means the one we listen on, or if that
    /// is unspecified, the loopback address and the one this machine uses towards others: right
    /// for development, and for a server with a public address of its own.
    pub public_ips: Vec<IpAddr>,
}

type EventSink = Arc<dyn Fn(Event) + Send + Sync>;

impl MediaPlane {
    /// Binds all ports, then starts all threads. The sink takes what the workers tell, on their
    /// threads: it must not block.
    pub fn start(
        config: &Config,
        identity: &Arc<Identity>,
        sink: impl Fn(Event) + Send + Sync + 'static,
    ) -> Result<Self, StartError> {
        let sink: EventSink = Arc::new(sink);
        let mut workers = Vec::new();
        for index in 0..config.workers.get() {
            let port = port_of(config, index)?;
            let address = SocketAddr::new(config.listen, port);
            let worker = Worker::bind(WorkerId(index), address, identity.clone(), sink.clone());
            workers.push(worker.map_err(|source| StartError::Bind { address, source })?);
        }
        let routes = workers.iter().map(|(worker, mailbox)| Route {
            mailbox: mailbox.clone(),
            candidates: candidates::of(config, worker.port()),
        });
        let handle = MediaHandle {
            routes: routes.collect(),
        };
        let mut plane = Self {
            handle,
            threads: Vec::new(),
        };
        for (index, (worker, _)) in workers.into_iter().enumerate() {
            let thread = std::thread::Builder::new().name(format!("media-{index}"));
            let thread = thread
                .spawn(move || worker.run())
                .map_err(StartError::Thread)?;
            plane.threads.push(thread);
        }
        Ok(plane)
    }

    /// For everybody who sends commands.
    pub fn handle(&self) -> MediaHandle {
        self.handle.clone()
    }

    /// Says goodbye to all peers and waits for the threads to end.
    pub fn shutdown(mut self) {
        self.stop();
    }

    fn stop(&mut self) {
        for route in self.handle.routes.iter() {
            route.mailbox.send(Message::Stop);
        }
        for thread in self.threads.drain(..) {
            if thread.join().is_err() {
                tracing::error!("a media worker ended by a panic");
            }
        }
    }
}

impl Drop for MediaPlane {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Sends commands to the workers.
#[derive(Clone, Debug)]
pub struct MediaHandle {
    /// By worker; never empty.
    routes: Arc<[Route]>,
}

#[derive(Debug)]
struct Route {
    mailbox: Mailbox,
    candidates: Vec<Candidate>,
}

impl MediaHandle {
    /// Which worker a room lives on. The same for the life of the process.
    pub fn place(&self, room: RoomId) -> WorkerId {
        // Room ids need not be random: mix the bits (the finaliser of SplitMix64).
        let mut hash = room.0;
        hash = (hash ^ (hash >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        hash = (hash ^ (hash >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        hash ^= hash >> 31;
        WorkerId((hash % self.routes.len() as u64) as usize)
    }

    /// Where the worker of a room can be reached.
    pub fn candidates(&self, room: RoomId) -> Vec<Candidate> {
        self.route(room)
            .map(|route| route.candidates.clone())
            .unwrap_or_default()
    }

    /// Queues a command for the worker of a room. Commands of one sender keep their order. After
    /// [`MediaPlane::shutdown`] it is dropped.
    pub fn send(&self, room: RoomId, command: Command) {
        if let Some(route) = self.route(room) {
            route.mailbox.send(Message::Command(command));
        }
    }

    /// Makes handling the next datagram of a peer panic.
    #[cfg(feature = "testing")]
    pub fn fail_next_packet(&self, room: RoomId, peer: bega_media::PeerId) {
        if let Some(route) = self.route(room) {
            route.mailbox.send(Message::FailNextPacket(peer));
        }
    }

    fn route(&self, room: RoomId) -> Option<&Route> {
        self.routes.get(self.place(room).0)
    }
}

/// A media worker, counted from zero.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct WorkerId(pub usize);

/// Why the media plane does not start.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum StartError {
    /// Another process listens there, or the address is not ours.
    #[error("cannot listen for media on UDP and TCP {address}: {source}")]
    Bind {
        /// Where.
        address: SocketAddr,
        /// Why.
        source: std::io::Error,
    },
    /// There are fewer ports behind the first one than workers.
    #[error("there are not enough UDP ports from {port} on for {workers} media workers")]
    Ports {
        /// The first.
        port: u16,
        /// How many.
        workers: usize,
    },
    /// The system gives no more threads.
    #[error("cannot start a media worker: {0}")]
    Thread(std::io::Error),
}

fn port_of(config: &Config, index: usize) -> Result<u16, StartError> {
    if config.port == 0 {
        return Ok(0);
    }
    let offset = u16::try_from(index).ok();
    let port = offset.and_then(|offset| config.port.checked_add(offset));
    port.ok_or(StartError::Ports {
        port: config.port,
        workers: config.workers.get(),
    })
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    #[test]
    fn rooms_spread_over_the_workers_and_stay() {
        let plane = start(3, 0).unwrap();
        let handle = plane.handle();

        let mut rooms = [0; 3];
        for room in 0..300 {
            let worker = handle.place(RoomId(room));
            assert_eq!(handle.place(RoomId(room)), worker);
            rooms[worker.0] += 1;
        }

        assert!(
            rooms.iter().all(|rooms| (70..130).contains(rooms)),
            "{rooms:?}"
        );
    }

    #[test]
    fn a_port_in_use_is_named() {
        let taken = std::net::UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = taken.local_addr().unwrap().port();

        let error = start(1, port).unwrap_err();

        let text = error.to_string();
        assert!(
            text.starts_with(&format!(
                "cannot listen for media on UDP and TCP 127.0.0.1:{port}: "
            )),
            "{text}"
        );
    }

    #[test]
    fn more_workers_than_ports_are_refused() {
        assert!(matches!(
            start(3, 65_534),
            Err(StartError::Ports { .. } | StartError::Bind { .. })
        ));
    }

    #[test]
    fn commands_after_the_end_are_dropped() {
        let plane = start(1, 0).unwrap();
        let handle = plane.handle();

        plane.shutdown();

        handle.send(
            RoomId(1),
            Command::RemovePeer {
                peer: bega_media::PeerId(1),
            },
        );
    }

    fn start(workers: usize, port: u16) -> Result<MediaPlane, StartError> {
        let config = Config {
            workers: NonZeroUsize::new(workers).unwrap(),
            listen: Ipv4Addr::LOCALHOST.into(),
            port,
            public_ips: Vec::new(),
        };
        MediaPlane::start(&config, &Identity::generate().unwrap(), |_| {})
    }
}
