//! Streams as iterators.

use std::{fmt, mem};

use futures_core::Stream;
use futures_util::StreamExt;

use super::runtime::Runtime;
use crate::error::Result;

/// A stream, read by a thread that waits for each item. Dropping it ends it.
#[must_use = "an iterator does nothing until it is read"]
pub struct Iter<S> {
    stream: S,
    runtime: Runtime,
    /// Whether the last call was refused, so that a loop over it ends.
    refused: bool,
}

impl<S> Iter<S> {
    pub(super) fn new(stream: S, runtime: Runtime) -> Self {
        Self { stream, runtime, refused: false }
    }

    /// The stream itself, for example for the [`cursor`](crate::api_server::MessageStream::cursor) of
    /// messages.
    #[must_use]
    pub fn get_ref(&self) -> &S {
        &self.stream
    }

    /// The stream itself, for example to [`catch_up`](crate::api_server::MessageStream::catch_up).
    pub fn get_mut(&mut self) -> &mut S {
        &mut self.stream
    }
}

impl<T, S: Stream<Item = Result<T>> + Unpin> Iterator for Iter<S> {
    type Item = Result<T>;

    /// The next item, as soon as there is one. Inside an async runtime it is an error, and then the end.
    fn next(&mut self) -> Option<Result<T>> {
        match self.runtime.block_on(self.stream.next()) {
            Ok(item) => {
                self.refused = false;
                item
            }
            Err(error) => (!mem::replace(&mut self.refused, true)).then_some(Err(error)),
        }
    }
}

impl<S: fmt::Debug> fmt::Debug for Iter<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Iter").field(&self.stream).finish()
    }
}
