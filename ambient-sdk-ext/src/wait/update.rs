//! What a wait sees, look by look.

use std::{
    fmt,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use futures_core::Stream;
use futures_util::{StreamExt, stream};

use super::{Waitable, poll::Loop};
use crate::error::Result;

/// One look at a session.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Update<S> {
    /// The session as it was seen.
    pub session: S,
    /// How many looks there were, this one included.
    pub polls: u32,
    /// Since the wait began.
    pub elapsed: Duration,
    /// Whether the state differs from that of the look before; true for the first.
    pub changed: bool,
    /// Whether this is the end of the wait.
    pub is_over: bool,
}

/// The looks of a wait, as a stream that ends with the wait.
#[must_use = "a stream does nothing until it is read"]
pub struct Updates<S>(stream::BoxStream<'static, Result<Update<S>>>);

impl<S: Waitable> Updates<S> {
    pub(super) fn new(looks: Loop<S>) -> Self {
        let updates = stream::unfold(looks, |mut looks| async {
            let update = looks.next().await?;
            Some((update, looks))
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
