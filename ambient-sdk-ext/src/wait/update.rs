//! The course of a wait, poll by poll.

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

/// One poll of a wait.
#[derive(Debug)]
#[non_exhaustive]
pub enum Update<S> {
    /// The session as the poll saw it.
    Seen(Seen<S>),
    /// The poll failed for a reason that may pass. The wait goes on.
    Interrupted(Interruption),
}

impl<S> Update<S> {
    /// The session, when the poll saw it.
    pub fn seen(self) -> Option<Seen<S>> {
        match self {
            Self::Seen(seen) => Some(seen),
            Self::Interrupted(_) => None,
        }
    }
}

/// A session as a poll saw it.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Seen<S> {
    /// The session.
    pub session: S,
    /// The number of polls so far, this one included.
    pub polls: u32,
    /// The time since the wait began.
    pub elapsed: Duration,
    /// Whether the state differs from the one seen before; true for the first.
    pub changed: bool,
    /// Whether the wait ends with this poll.
    pub is_over: bool,
}

/// A poll that failed, while the wait goes on.
#[derive(Debug)]
#[non_exhaustive]
pub struct Interruption {
    /// Why the poll failed.
    pub error: Error,
    /// The number of polls that have failed in a row, this one included.
    pub failures: u32,
    /// The time since the first of them. The wait ends when it passes
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
