//! The chat: each line once, in one order for everybody.
//!
//! A client that lost its socket cannot know whether its line arrived, so it sends it again under
//! the same key. The room remembers the keys and answers as if it had just taken the line.

use std::collections::{HashSet, VecDeque};

use bega_protocol::{ChatLine, EventKind, ParticipantId};
use uuid::Uuid;

use crate::{
    log::Audience,
    permission::Action,
    room::{Now, RequestError, Room},
};

/// As the protocol says.
const MAX_CHARACTERS: usize = 2_000;
/// What a newcomer is shown.
const KEPT_LINES: usize = 500;
/// A key is forgotten long after any client has given up sending its line again.
const KEPT_KEYS: usize = 5_000;

/// The lines, and the keys of lines taken.
#[derive(Debug, Default)]
pub(crate) struct Chat {
    lines: VecDeque<ChatLine>,
    keys: VecDeque<(ParticipantId, Uuid)>,
    taken: HashSet<(ParticipantId, Uuid)>,
}

impl Chat {
    pub(crate) fn lines(&self) -> Vec<ChatLine> {
        self.lines.iter().cloned().collect()
    }

    fn has(&self, from: ParticipantId, key: Uuid) -> bool {
        self.taken.contains(&(from, key))
    }

    fn push(&mut self, line: ChatLine) {
        if self.keys.len() == KEPT_KEYS
            && let Some(oldest) = self.keys.pop_front()
        {
            self.taken.remove(&oldest);
        }
        self.keys.push_back((line.from, line.key));
        self.taken.insert((line.from, line.key));
        if self.lines.len() == KEPT_LINES {
            self.lines.pop_front();
        }
        self.lines.push_back(line);
    }
}

impl Room {
    /// Takes a line, once.
    pub(crate) fn say(
        &mut self,
        now: Now,
        from: ParticipantId,
        key: Uuid,
        text: &str,
    ) -> Result<(), RequestError> {
        let seat = self.inside(from)?;
        if !seat.may(Action::Say) {
            return Err(RequestError::NotAllowed);
        }
        if self.chat.has(from, key) {
            return Ok(());
        }
        let text = text.trim();
        if text.is_empty() || text.chars().count() > MAX_CHARACTERS {
            return Err(RequestError::BadText);
        }
        if !self.inside(from)?.lines.take(now.instant) {
            return Err(RequestError::TooMany);
        }
        let line = ChatLine {
            key,
            from,
            at: now.text(),
            text: text.into(),
        };
        self.chat.push(line.clone());
        self.tell(now, EventKind::Chat { line }, Audience::Inside);
        Ok(())
    }
}
