//! Messages that are held back so that they can be yielded in the order of their `seq`.
//!
//! A message is held back for the window, during which one with a smaller `seq` may still arrive.
//! Only the message with the smallest `seq` can be yielded: when it is due, it is yielded and the
//! next one is considered.

use std::{collections::BTreeMap, time::Duration};

use tokio::time::Instant;

use super::{Message, ledger::Next};

#[derive(Debug)]
pub(super) struct Held {
    window: Duration,
    messages: BTreeMap<i64, (Instant, Message)>,
    yielded: i64,
}

impl Held {
    pub(super) fn new(window: Duration) -> Self {
        Self { window, messages: BTreeMap::new(), yielded: 0 }
    }

    /// Holds a message back, or returns it if it arrived too late for its place in the order. No
    /// message can precede one of the history.
    pub(super) fn place(
        &mut self,
        message: Message,
        is_history: bool,
        now: Instant,
    ) -> Option<Next> {
        if message.seq < self.yielded {
            return Some(Next::Late(message));
        }
        let due = if is_history { now } else { now + self.window };
        self.messages.insert(message.seq, (due, message));
        None
    }

    pub(super) fn due(&self) -> Option<Instant> {
        self.messages.first_key_value().map(|(_, (due, _))| *due)
    }

    pub(super) fn release(&mut self, now: Instant) -> Option<Message> {
        let first = self.messages.first_entry().filter(|first| first.get().0 <= now)?;
        let (_, message) = first.remove();
        self.yielded = message.seq;
        Some(message)
    }

    pub(super) fn smallest(&self) -> Option<i64> {
        self.messages.first_key_value().map(|(seq, _)| *seq)
    }

    pub(super) fn seqs(&self) -> impl Iterator<Item = i64> + '_ {
        self.messages.keys().copied()
    }
}
