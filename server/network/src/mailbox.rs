//! A queue into a worker that wakes it.

use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc,
    },
};

use bega_media::Command;
use mio::{Registry, Token, Waker};

/// What a worker is told.
pub(crate) enum Message {
    /// For its engine.
    Command(Command),
    #[cfg(feature = "testing")]
    FailNextPacket(bega_media::PeerId),
    /// Say goodbye and end.
    Stop,
}

/// The end for senders.
#[derive(Clone)]
pub(crate) struct Mailbox {
    sender: mpsc::Sender<Message>,
    bell: Arc<Bell>,
}

/// The worker's end.
pub(crate) struct Messages {
    receiver: mpsc::Receiver<Message>,
    bell: Arc<Bell>,
}

struct Bell {
    waker: Waker,
    /// Rung and not yet answered: many commands at once cost one system call.
    is_rung: AtomicBool,
}

/// Makes both ends; the token tells the worker's poll that a message is there.
pub(crate) fn new(registry: &Registry, token: Token) -> io::Result<(Mailbox, Messages)> {
    let (sender, receiver) = mpsc::channel();
    let bell = Arc::new(Bell {
        waker: Waker::new(registry, token)?,
        is_rung: AtomicBool::new(false),
    });
    Ok((
        Mailbox {
            sender,
            bell: bell.clone(),
        },
        Messages { receiver, bell },
    ))
}

impl Mailbox {
    /// Queues a message, or drops it if the worker has ended.
    pub(crate) fn send(&self, message: Message) {
        if self.sender.send(message).is_err() || self.bell.is_rung.swap(true, Ordering::AcqRel) {
            return;
        }
        if let Err(error) = self.bell.waker.wake() {
            // It is answered late, with the next datagram or timer.
            tracing::error!(%error, "cannot wake a media worker");
            self.bell.is_rung.store(false, Ordering::Release);
        }
    }
}

impl Messages {
    /// Answers the bell. Take all messages afterwards: one that comes in between rings again.
    pub(crate) fn answer(&self) {
        self.bell.is_rung.store(false, Ordering::Release);
    }

    pub(crate) fn take(&self) -> Option<Message> {
        self.receiver.try_recv().ok()
    }
}

impl std::fmt::Debug for Mailbox {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Mailbox").finish_non_exhaustive()
    }
}
