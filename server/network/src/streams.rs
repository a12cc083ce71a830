//! ICE-TCP (RFC 6544): streams that participants open to the media port, where UDP is blocked.
//!
//! Each stream is a path of its own and carries framed datagrams; to the engine these are datagrams
//! like any others. A stream earns its place: its first frame must be a check for a peer we have,
//! within seconds a check must have been answered on it, and when its peer is gone or it falls
//! silent it is closed. What a stream does not take in time is dropped, as a network in trouble
//! would do: nobody ever waits for a slow receiver.

mod queue;

use std::{
    collections::{HashMap, VecDeque},
    io::{self, ErrorKind, Read as _},
    net::{IpAddr, SocketAddr},
    time::{Duration, Instant},
};

use bega_media::{Engine, Transmit};
use bega_transport::{Path, Protocol, framing::FrameReader};
use mio::{
    Interest, Registry, Token,
    event::Event,
    net::{TcpListener, TcpStream},
};
use socket2::SockRef;

use crate::socket::Sent;
use queue::SendQueue;

/// The listener and all streams of a worker.
pub(crate) struct Streams {
    listener: TcpListener,
    registry: Registry,
    open: HashMap<Token, Stream>,
    by_path: HashMap<Path, Token>,
    by_ip: HashMap<IpAddr, usize>,
    /// Those that may have bytes to read; readiness is told once.
    readable: VecDeque<Token>,
    has_callers: bool,
    /// Paths whose streams ended, for the engine.
    closed: VecDeque<Path>,
    chunk: Box<[u8]>,
    next_token: usize,
    sweep_at: Option<Instant>,
}

struct Stream {
    io: TcpStream,
    path: Path,
    reader: FrameReader,
    queue: SendQueue,
    opened_at: Instant,
    heard_at: Instant,
    is_first_frame: bool,
    is_readable: bool,
}

/// A frame that has arrived.
pub(crate) struct Frame {
    pub(crate) path: Path,
    /// Whether it is the first of its stream.
    pub(crate) is_first: bool,
}

impl Streams {
    /// Listens. Tokens from `first_token` on are taken.
    pub(crate) fn bind(
        address: SocketAddr,
        registry: &Registry,
        first_token: usize,
    ) -> io::Result<Self> {
        let mut listener = TcpListener::bind(address)?;
        registry.register(&mut listener, Token(first_token), Interest::READABLE)?;
        Ok(Self {
            listener,
            registry: registry.try_clone()?,
            open: HashMap::new(),
            by_path: HashMap::new(),
            by_ip: HashMap::new(),
            readable: VecDeque::new(),
            has_callers: true,
            closed: VecDeque::new(),
            chunk: vec![0; CHUNK_BYTES].into_boxed_slice(),
            next_token: first_token + 1,
            sweep_at: None,
        })
    }

    /// Notes what the poll tells of a listener or stream.
    pub(crate) fn note(&mut self, event: &Event) {
        let token = event.token();
        let Some(stream) = self.open.get_mut(&token) else {
            self.has_callers = true;
            return;
        };
        if event.is_readable() && !stream.is_readable {
            stream.is_readable = true;
            self.readable.push_back(token);
        }
        if event.is_writable() && stream.queue.write(&mut stream.io).is_err() {
            self.close(token);
        }
    }

    /// Whether there is something to do without waiting.
    pub(crate) fn is_ready(&self) -> bool {
        self.has_callers || !self.readable.is_empty() || !self.closed.is_empty()
    }

    /// Takes in who calls.
    pub(crate) fn accept(&mut self, now: Instant) {
        for _ in 0..MAX_CALLERS {
            if !self.has_callers {
                return;
            }
            match self.listener.accept() {
                Ok((io, remote)) => {
                    // Who cannot be taken is hung up on.
                    let _ = self.take_in(now, io, remote);
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => {
                    // Nobody is left, or we have no file for the next one: then after a while.
                    self.has_callers = false;
                    if error.kind() != ErrorKind::WouldBlock {
                        tracing::warn!(kind = ?error.kind(), "cannot accept a media stream");
                        self.sweep_at.get_or_insert(now + SWEEP);
                    }
                }
            }
        }
    }

    fn take_in(&mut self, now: Instant, mut io: TcpStream, remote: SocketAddr) -> io::Result<()> {
        let remote = SocketAddr::new(remote.ip().to_canonical(), remote.port());
        let from_there = self.by_ip.get(&remote.ip()).copied().unwrap_or(0);
        if self.open.len() >= MAX_STREAMS || from_there >= MAX_STREAMS_OF_ADDRESS {
            metrics::counter!("bega_media_streams_refused_total").increment(1);
            return Ok(());
        }
        let path = Path {
            remote,
            local: Some(io.local_addr()?.ip().to_canonical()),
            protocol: Protocol::Tcp,
        };
        io.set_nodelay(true)?;
        // Datagrams wait here, where they can be dropped, and not in the kernel.
        SockRef::from(&io).set_tcp_notsent_lowat(UNSENT_BYTES)?;
        let token = Token(self.next_token);
        self.registry
            .register(&mut io, token, Interest::READABLE | Interest::WRITABLE)?;
        self.next_token += 1;
        if let Some(stale) = self.by_path.insert(path, token) {
            self.close(stale);
            self.by_path.insert(path, token);
        }
        *self.by_ip.entry(remote.ip()).or_default() += 1;
        let stream = Stream {
            io,
            path,
            reader: FrameReader::default(),
            queue: SendQueue::default(),
            opened_at: now,
            heard_at: now,
            is_first_frame: true,
            is_readable: true,
        };
        self.open.insert(token, stream);
        self.readable.push_back(token);
        self.sweep_at.get_or_insert(now + SWEEP);
        Ok(())
    }

    /// Puts the next frame into `frame`; `None` if nothing has arrived. Streams take turns.
    pub(crate) fn receive(&mut self, now: Instant, frame: &mut Vec<u8>) -> Option<Frame> {
        while let Some(token) = self.readable.front().copied() {
            let Some(stream) = self.open.get_mut(&token) else {
                self.readable.pop_front();
                continue;
            };
            match stream.reader.next_frame() {
                Ok(Some(bytes)) => {
                    frame.clear();
                    frame.extend_from_slice(bytes);
                    let is_first = std::mem::take(&mut stream.is_first_frame);
                    return Some(Frame {
                        path: stream.path,
                        is_first,
                    });
                }
                Ok(None) => {}
                Err(_) => {
                    self.close(token);
                    continue;
                }
            }
            match stream.io.read(&mut self.chunk) {
                Ok(0) => self.close(token),
                Ok(length) => {
                    stream.heard_at = now;
                    stream.reader.push(&self.chunk[..length]);
                    self.readable.rotate_left(1);
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    stream.is_readable = false;
                    self.readable.pop_front();
                }
                Err(_) => self.close(token),
            }
        }
        None
    }

    /// Sends a run of datagrams as frames, as far as the stream takes them in time.
    pub(crate) fn send(&mut self, now: Instant, transmit: &Transmit<'_>) -> Sent {
        let datagrams = transmit.bytes.chunks(transmit.segment_size.max(1));
        let token = self.by_path.get(&transmit.to).copied();
        let Some((token, stream)) =
            token.and_then(|token| Some((token, self.open.get_mut(&token)?)))
        else {
            return Sent {
                sent: 0,
                dropped: datagrams.len() as u64,
            };
        };
        let mut outcome = Sent::default();
        for datagram in datagrams {
            if stream.queue.push(now, datagram) {
                outcome.sent += 1;
            } else {
                outcome.dropped += 1;
            }
        }
        if stream.queue.write(&mut stream.io).is_err() {
            self.close(token);
        }
        outcome
    }

    /// Hangs up.
    pub(crate) fn hang_up(&mut self, path: Path) {
        if let Some(token) = self.by_path.get(&path).copied() {
            self.close(token);
        }
    }

    /// A path whose stream has ended.
    pub(crate) fn poll_closed(&mut self) -> Option<Path> {
        self.closed.pop_front()
    }

    pub(crate) fn poll_timeout(&self) -> Option<Instant> {
        self.sweep_at
    }

    /// Closes what has not earned its place.
    pub(crate) fn handle_timeout(&mut self, now: Instant, engine: &Engine) {
        if self.sweep_at.is_none_or(|at| now < at) {
            return;
        }
        let useless: Vec<Token> = self
            .open
            .iter()
            .filter(|(_, stream)| {
                let is_proven = engine.has_path(stream.path);
                (!is_proven && now.saturating_duration_since(stream.opened_at) >= PROBATION)
                    || now.saturating_duration_since(stream.heard_at) >= SILENCE
            })
            .map(|(token, _)| *token)
            .collect();
        for token in useless {
            self.close(token);
        }
        self.has_callers = true;
        self.sweep_at = (!self.open.is_empty()).then(|| now + SWEEP);
    }

    fn close(&mut self, token: Token) {
        let Some(mut stream) = self.open.remove(&token) else {
            return;
        };
        // Fails only for what is not registered, and then there is nothing to undo.
        let _ = self.registry.deregister(&mut stream.io);
        self.by_path.remove(&stream.path);
        if let Some(count) = self.by_ip.get_mut(&stream.path.remote.ip()) {
            *count -= 1;
            if *count == 0 {
                self.by_ip.remove(&stream.path.remote.ip());
            }
        }
        self.closed.push_back(stream.path);
    }
}

/// Streams of one worker. A browser holds up to two for each of its two connections, one for each
/// of our addresses.
const MAX_STREAMS: usize = 4096;
/// A centre whose devices all leave through one address.
const MAX_STREAMS_OF_ADDRESS: usize = 256;

/// Taken in at once, so that a crowd does not hold up media.
const MAX_CALLERS: usize = 64;

/// How long a stream may be there before a check on it was answered.
const PROBATION: Duration = Duration::from_secs(10);
/// Browsers check every path they keep more than twice in that time.
const SILENCE: Duration = Duration::from_mins(1);
const SWEEP: Duration = Duration::from_secs(2);

/// What the kernel holds that has not left: a few milliseconds of a thin line's video.
const UNSENT_BYTES: u32 = 16 * 1024;
/// As much as one read takes: a frame of the largest size, or many of the usual one.
const CHUNK_BYTES: usize = 32 * 1024;
