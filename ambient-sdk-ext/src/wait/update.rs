//! The updates of a wait, one per poll.

use std::{
    fmt,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use futures_core::Stream;
use futures_util::{StreamExt, stream};

use super::{Waitable, poll::Loop};
use crate::error::{Error, Result};

/// The result of one poll of a wait.
#[derive(Debug)]
#[non_exhaustive]
pub enum Update<S> {
    /// The session was read.
    Seen(Seen<S>),
    /// The poll failed with a transient error. The wait continues.
    Interrupted(Interruption),
}

impl<S> Update<S> {
    /// Returns the session; `None` if the poll failed.
    pub fn seen(self) -> Option<Seen<S>> {
        match self {
            Self::Seen(seen) => Some(seen),
            Self::Interrupted(_) => None,
        }
    }
}

/// A session as returned by a poll.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Seen<S> {
    /// The session.
    pub session: S,
    /// The number of polls so far, this one included.
    pub polls: u32,
    /// The time since the wait began.
    pub elapsed: Duration,
    /// Whether the state differs from the previous one; `true` for the first.
    pub changed: bool,
    /// Whether the wait ends with this poll.
    pub is_over: bool,
}

/// A failed poll after which the wait continues.
#[derive(Debug)]
#[non_exhaustive]
pub struct Interruption {
    /// The error of the poll.
    pub error: Error,
    /// The number of failed polls in a row, this one included.
    pub failures: u32,
    /// The time since the first of these failures. The wait ends when it exceeds
    /// [`max_outage`](super::Wait::max_outage).
    pub outage: Duration,
    /// The number of polls so far, this one included.
    pub polls: u32,
    /// The time since the wait began.
    pub elapsed: Duration,
}

/// The polls of a wait, as a stream that ends with the wait.
#[must_use = "a stream does nothing until it is read"]
pub struct Updates<S>(stream::BoxStream<'static, Result<Update<S>>>);

impl<S: Waitable> Updates<S> {
    pub(super) fn new(polls: Loop<S>) -> Self {
        let updates = stream::unfold(polls, |mut polls| async {
            let update = polls.next().await?;
            Some((update, polls))
        });
        Self(updates.boxed())
    }
}

impl<S> Stream for Updates<S> {
    type Item = Result<Update<S>>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.poll_next_unpin(context)
    }
}

impl<S> fmt::Debug for Updates<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Updates")
    }
}
