//! Who listens to which session, each with a buffer of its own.

use std::collections::BTreeMap;

use tokio::sync::mpsc::{self, error::TrySendError};

/// The open streams of one sort, by session.
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
    /// What has this number or a smaller one is not for it.
    above: i64,
    frames: mpsc::Sender<T>,
}

impl<T: Clone> Listeners<T> {
    /// Adds a listener who gets what is above a number, with a buffer of so many frames.
    pub(super) fn listen(&mut self, session: &str, above: i64, buffer: usize) -> mpsc::Receiver<T> {
        let (frames, receiver) = mpsc::channel(buffer.max(1));
        let listeners = self.sessions.entry(session.to_owned()).or_default();
        listeners.push(Listener { above, frames });
        receiver
    }

    /// Hands a frame to the listeners of a session; a full buffer loses it.
    pub(super) fn tell(&mut self, session: &str, seq: i64, frame: impl FnOnce() -> T) {
        let Some(listeners) = self.sessions.get_mut(session) else {
            return;
        };
        listeners.retain(|listener| !listener.frames.is_closed());
        if listeners.is_empty() {
            self.sessions.remove(session);
            return;
        }
        let frame = frame();
        for listener in listeners.iter().filter(|listener| listener.above < seq) {
            match listener.frames.try_send(frame.clone()) {
                // One that left meanwhile is forgotten at the next frame.
                Ok(()) | Err(TrySendError::Full(_) | TrySendError::Closed(_)) => {}
            }
        }
    }

    /// Ends the streams of a session.
    pub(super) fn end(&mut self, session: &str) {
        self.sessions.remove(session);
    }
}
