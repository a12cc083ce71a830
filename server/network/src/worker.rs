//! A thread with a port and an engine.
//!
//! One turn: wait for a datagram, a command or a timer; let the engine handle all that is there;
//! send what it has to send. Nothing blocks but the wait.

use std::{
    io::{self, ErrorKind},
    net::SocketAddr,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
    time::{Duration, Instant},
};

use bega_media::{Engine, EngineConfig};
use bega_transport::Identity;
use mio::{Events, Interest, Poll, Token};

use crate::{
    EventSink, WorkerId,
    mailbox::{self, Mailbox, Message, Messages},
    meters::Meters,
    socket::{Inbox, Socket},
};

/// A worker before and while it runs.
pub(crate) struct Worker {
    id: WorkerId,
    engine: Engine,
    socket: Socket,
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
        let mut socket = Socket::bind(address)?;
        let poll = Poll::new()?;
        poll.registry()
            .register(socket.source(), SOCKET, Interest::READABLE)?;
        let (mailbox, messages) = mailbox::new(poll.registry(), MAILBOX)?;
        let engine = Engine::new(EngineConfig { identity }, now());
        let worker = Self {
            id,
            engine,
            socket,
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
        let mut ready = Events::with_capacity(8);
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
                .min(),
        };
        let timeout = if self.is_readable {
            Some(Duration::ZERO)
        } else {
            due.map(|due| due.saturating_duration_since(now()))
        };
        match self.poll.poll(ready, timeout) {
            Err(error) if error.kind() != ErrorKind::Interrupted => return Err(error),
            Ok(()) | Err(_) => {}
        }
        self.is_readable |= ready.iter().any(|event| event.token() == SOCKET);
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

    fn handle_timeouts(&mut self, meters: &mut Meters) {
        let now = now();
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
            meters.count_sent(self.socket.send(&transmit));
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

#[expect(
    clippy::disallowed_methods,
    reason = "this is where media gets its clock from"
)]
fn now() -> Instant {
    Instant::now()
}

const SOCKET: Token = Token(0);
const MAILBOX: Token = Token(1);

/// About 500 messages of up to 64 KiB: a few milliseconds.
const MAX_BATCHES: usize = 16;

const REST: Duration = Duration::from_millis(100);
