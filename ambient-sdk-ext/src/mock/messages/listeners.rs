//! The open streams by session. Each has a separate buffer.

use std::collections::BTreeMap;

use tokio::sync::mpsc::{self, error::TrySendError};

/// The open streams of one type, by session.
#[derive(Debug)]
pub(super) struct Listeners<T> {
    sessions: BTreeMap<String, Vec<Listener<T>>>,
}

impl<T> Default for Listeners<T> {
    fn default() -> Self {
        Self { sessions: BTreeMap::new() }
    }
}

#[derive(Debug)]
struct Listener<T> {
    /// Only messages with a greater number are sent.
    after: i64,
    frames: mpsc::Sender<T>,
}

impl<T: Clone> Listeners<T> {
    /// Adds a listener that receives messages with a number greater than `after`. `buffer` is the
    /// size of its buffer in frames.
    pub(super) fn subscribe(
        &mut self,
        session: &str,
        after: i64,
        buffer: usize,
    ) -> mpsc::Receiver<T> {
        let (frames, receiver) = mpsc::channel(buffer.max(1));
        let listeners = self.sessions.entry(session.to_owned()).or_default();
        listeners.push(Listener { after, frames });
        receiver
    }

    /// Sends a frame to the listeners of a session, except those whose buffer is full.
    pub(super) fn send(&mut self, session: &str, seq: i64, frame: impl FnOnce() -> T) {
        let Some(listeners) = self.sessions.get_mut(session) else {
            return;
        };
        listeners.retain(|listener| !listener.frames.is_closed());
        if listeners.is_empty() {
            self.sessions.remove(session);
            return;
        }
        let frame = frame();
        for listener in listeners.iter().filter(|listener| listener.after < seq) {
            match listener.frames.try_send(frame.clone()) {
                // A listener that is closed in the meantime is removed at the next frame.
                Ok(()) | Err(TrySendError::Full(_) | TrySendError::Closed(_)) => {}
            }
        }
    }

    /// Ends the streams of a session.
    pub(super) fn end(&mut self, session: &str) {
        self.sessions.remove(session);
    }
}
