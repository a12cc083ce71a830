//! A thread with a port and an engine.
//!
//! One turn: wait for a datagram, a frame of a stream, a command or a timer; let the engine handle all that is there;
//! send what it has to send. Nothing blocks but the wait.

use std::{
    io::{self, ErrorKind},
    net::SocketAddr,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
    time::{Duration, Instant},
};

use bega_media::{Engine, EngineConfig, Transmit};
use bega_transport::{Identity, Protocol};
use mio::{Events, Interest, Poll, Registry, Token};

use crate::{
    EventSink, WorkerId,
    mailbox::{self, Mailbox, Message, Messages},
    meters::Meters,
    socket::{Inbox, Sent, Socket},
    streams::Streams,
};

/// A worker before and while it runs.
pub(crate) struct Worker {
    id: WorkerId,
    engine: Engine,
    socket: Socket,
    streams: Streams,
    poll: Poll,
    messages: Messages,
    sink: EventSink,
    /// Whether datagrams may be left: readiness is told once and holds until a read finds nothing.
    is_readable: bool,
    /// After a panic that no peer can be blamed for, timers rest until then: the one that panics
    /// would be due again at once.
    rest_until: Option<Instant>,
}

impl Worker {
    /// Takes a port. Nothing is answered before [`Self::run`].
    pub(crate) fn bind(
        id: WorkerId,
        address: SocketAddr,
        identity: Arc<Identity>,
        sink: EventSink,
    ) -> io::Result<(Self, Mailbox)> {
        let poll = Poll::new()?;
        let (mut socket, streams) = bind_both(address, poll.registry())?;
        poll.registry()
            .register(socket.source(), SOCKET, Interest::READABLE)?;
        let (mailbox, messages) = mailbox::new(poll.registry(), MAILBOX)?;
        let engine = Engine::new(EngineConfig { identity }, now());
        let worker = Self {
            id,
            engine,
            socket,
            streams,
            poll,
            messages,
            sink,
            is_readable: true,
            rest_until: None,
        };
        Ok((worker, mailbox))
    }

    pub(crate) fn port(&self) -> u16 {
        self.socket.port()
    }

    /// Works until [`Message::Stop`].
    pub(crate) fn run(mut self) {
        let mut meters = Meters::new(self.id);
        let mut inbox = Inbox::new();
        let mut frame = Vec::new();
        let mut ready = Events::with_capacity(256);
        tracing::info!(
            worker = self.id.0,
            port = self.port(),
            "media worker listens"
        );
        loop {
            if let Err(error) = self.wait(&mut ready, &meters) {
                // Without it there is no way to sleep: do not spin, and say so.
                tracing::error!(worker = self.id.0, %error, "media worker cannot wait");
                std::thread::sleep(REST);
                self.is_readable = true;
            }
            if !self.handle_messages(&mut meters) {
                break;
            }
            self.handle_datagrams(&mut inbox, &mut meters);
            self.handle_frames(&mut frame, &mut meters);
            self.handle_timeouts(&mut meters);
            self.drain(&meters);
        }
        self.guard(&meters, |engine| engine.close(now()));
        self.drain(&meters);
        meters.tell(&self.engine);
        tracing::info!(worker = self.id.0, "media worker ends");
    }

    fn wait(&mut self, ready: &mut Events, meters: &Meters) -> io::Result<()> {
        let due = match self.rest_until {
            Some(rest) => Some(rest),
            None => self
                .engine
                .poll_timeout()
                .into_iter()
                .chain(meters.poll_timeout())
                .chain(self.streams.poll_timeout())
                .min(),
        };
        let timeout = if self.is_readable || self.streams.is_ready() {
            Some(Duration::ZERO)
        } else {
            due.map(|due| due.saturating_duration_since(now()))
        };
        match self.poll.poll(ready, timeout) {
            Err(error) if error.kind() != ErrorKind::Interrupted => return Err(error),
            Ok(()) | Err(_) => {}
        }
        for event in &*ready {
            match event.token() {
                SOCKET => self.is_readable = true,
                MAILBOX => {}
                _ => self.streams.note(event),
            }
        }
        Ok(())
    }

    /// False when it is time to end.
    fn handle_messages(&mut self, meters: &mut Meters) -> bool {
        self.messages.answer();
        while let Some(message) = self.messages.take() {
            match message {
                Message::Command(command) => {
                    let now = now();
                    meters.note(now);
                    self.guard(meters, |engine| engine.handle_command(now, command));
                }
                #[cfg(feature = "testing")]
                Message::FailNextPacket(peer) => self.engine.fail_next_packet(peer),
                Message::Stop => return false,
            }
        }
        true
    }

    /// Reads until nothing is left, but no longer than commands and timers can wait.
    fn handle_datagrams(&mut self, inbox: &mut Inbox, meters: &mut Meters) {
        if !self.is_readable {
            return;
        }
        let mut errors = 0;
        for _ in 0..MAX_BATCHES {
            let mut batch = match self.socket.receive(inbox) {
                Ok(Some(batch)) => batch,
                Ok(None) => {
                    self.is_readable = false;
                    return;
                }
                Err(error) => {
                    // For example that an earlier datagram of ours met a closed port.
                    tracing::debug!(worker = self.id.0, kind = ?error.kind(), "media socket reports an error");
                    errors += 1;
                    self.is_readable = errors < MAX_BATCHES;
                    continue;
                }
            };
            let now = now();
            let is_last = batch.is_last();
            let mut datagrams = 0;
            batch.for_each(|from, datagram| {
                datagrams += 1;
                self.guard(meters, |engine| engine.handle_datagram(now, from, datagram));
            });
            meters.count_received(now, datagrams);
            self.drain(meters);
            if is_last {
                self.is_readable = false;
                return;
            }
        }
    }

    /// The same for streams.
    fn handle_frames(&mut self, frame: &mut Vec<u8>, meters: &mut Meters) {
        let now = now();
        self.streams.accept(now);
        let mut frames = 0;
        while frames < MAX_FRAMES
            && let Some(received) = self.streams.receive(now, frame)
        {
            if received.is_first && !self.engine.expects(frame) {
                self.streams.hang_up(received.path);
                continue;
            }
            frames += 1;
            self.guard(meters, |engine| {
                engine.handle_datagram(now, received.path, frame);
            });
        }
        while let Some(path) = self.streams.poll_closed() {
            self.guard(meters, |engine| engine.handle_closed_path(now, path));
        }
        if frames > 0 {
            meters.count_received(now, frames);
        }
    }

    fn handle_timeouts(&mut self, meters: &mut Meters) {
        let now = now();
        self.streams.handle_timeout(now, &self.engine);
        if self.rest_until.is_some_and(|rest| now < rest) {
            return;
        }
        self.rest_until = None;
        if self.engine.poll_timeout().is_some_and(|due| due <= now) {
            meters.note(now);
            self.guard(meters, |engine| engine.handle_timeout(now));
        }
        meters.handle_timeout(now, &self.engine);
    }

    fn drain(&mut self, meters: &Meters) {
        while let Some(transmit) = self.engine.poll_transmit() {
            meters.count_sent(send(&self.socket, &mut self.streams, &transmit));
        }
        while let Some(event) = self.engine.poll_event() {
            (self.sink)(event);
        }
    }

    /// Lets the engine work. If it panics, the peer it worked on is ended, and only that.
    fn guard(&mut self, meters: &Meters, work: impl FnOnce(&mut Engine)) {
        let engine = &mut self.engine;
        // The engine says itself, by what it has in hand, how it is put right again.
        if catch_unwind(AssertUnwindSafe(|| work(engine))).is_ok() {
            return;
        }
        meters.count_panic();
        let abandoned = catch_unwind(AssertUnwindSafe(|| engine.abandon_in_hand()));
        if let Ok(Some(peer)) = abandoned {
            tracing::error!(
                worker = self.id.0,
                peer.id = peer.0,
                "a peer was ended after a panic"
            );
        } else {
            tracing::error!(worker = self.id.0, "the media engine panicked");
            self.rest_until = Some(now() + REST);
        }
    }
}

/// One port for UDP and TCP: a firewall has one number to open.
fn bind_both(address: SocketAddr, registry: &Registry) -> io::Result<(Socket, Streams)> {
    let mut tries = 0;
    loop {
        let socket = Socket::bind(address)?;
        let same_port = SocketAddr::new(address.ip(), socket.port());
        match Streams::bind(same_port, registry, FIRST_STREAM) {
            Ok(streams) => return Ok((socket, streams)),
            // What the system chose for one may be taken for the other.
            Err(error) if address.port() == 0 && tries < MAX_TRIES => {
                tracing::debug!(kind = ?error.kind(), "looking for another media port");
                tries += 1;
            }
            Err(error) => return Err(error),
        }
    }
}

fn send(socket: &Socket, streams: &mut Streams, transmit: &Transmit<'_>) -> Sent {
    match transmit.to.protocol {
        Protocol::Udp => socket.send(transmit),
        Protocol::Tcp => streams.send(now(), transmit),
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "this is where media gets its clock from"
)]
fn now() -> Instant {
    Instant::now()
}

const SOCKET: Token = Token(0);
const MAILBOX: Token = Token(1);
const FIRST_STREAM: usize = 2;

const MAX_TRIES: usize = 20;

/// About 500 messages of up to 64 KiB: a few milliseconds.
const MAX_BATCHES: usize = 16;

/// As long.
const MAX_FRAMES: u64 = 1024;

const REST: Duration = Duration::from_millis(100);
