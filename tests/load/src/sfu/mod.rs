//! How a participant comes into a room of the server under load: the only part that differs from
//! one server to another.

mod bega;
mod janus;

use anyhow::{Error, Result, anyhow};
use async_trait::async_trait;
use tokio::{sync::mpsc, task::JoinHandle};

pub(crate) use bega::Bega;
pub(crate) use janus::Janus;

use crate::{
    bot::Happening,
    plane::{BotId, Plane},
    stream::Shape,
};

/// A server, by its signalling.
#[async_trait]
pub(crate) trait Sfu: Send + Sync {
    /// Comes in, and publishes what the participant has.
    async fn join(&self, plane: &Plane, participant: Participant) -> Result<Seat>;

    /// Receives what everybody else publishes. Called when all have come in; where the server
    /// subscribes by itself, there is nothing to do.
    async fn subscribe(&self, plane: &Plane, seat: &mut Seat) -> Result<()>;
}

/// Who comes.
#[derive(Clone, Debug)]
pub(crate) struct Participant {
    pub(crate) room: u32,
    pub(crate) name: String,
    pub(crate) publishes: Vec<Shape>,
}

/// A participant in a room.
pub(crate) struct Seat {
    pub(crate) participant: Participant,
    /// Its transports, and what happened to them.
    pub(crate) bots: Vec<BotId>,
    events: mpsc::UnboundedSender<Happening>,
    pub(crate) happenings: mpsc::UnboundedReceiver<Happening>,
    /// Its name as a publisher, where the server gives one.
    own_feed: Option<u64>,
    /// The conversation goes on until this is dropped.
    conversation: Option<JoinHandle<Result<()>>>,
}

impl Seat {
    /// Waits until something happened this often.
    pub(crate) async fn wait_for(&mut self, wanted: fn(Happening) -> bool, times: usize) -> bool {
        let mut seen = 0;
        while seen < times {
            match self.happenings.recv().await {
                Some(happening) => seen += usize::from(wanted(happening)),
                None => return false,
            }
        }
        true
    }

    /// After the conversation has ended.
    async fn why_it_ended(mut self) -> Error {
        let ended = match self.conversation.take() {
            Some(conversation) => conversation.await,
            None => return anyhow!("there was no conversation"),
        };
        match ended {
            Ok(Err(error)) => error,
            Ok(Ok(())) => anyhow!("the conversation ended"),
            Err(error) => error.into(),
        }
    }

    /// Goes.
    pub(crate) fn leave(self, plane: &Plane) {
        for bot in &self.bots {
            plane.remove(*bot);
        }
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        if let Some(conversation) = &self.conversation {
            conversation.abort();
        }
    }
}
