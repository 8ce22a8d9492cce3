//! Iterators over streams.

use std::{fmt, mem};

use futures_core::Stream;
use futures_util::StreamExt;

use super::runtime::Runtime;
use crate::error::Result;

/// A blocking iterator over a stream. Dropping it ends the stream.
#[must_use = "an iterator does nothing until it is read"]
pub struct Iter<S> {
    stream: S,
    runtime: Runtime,
    /// Whether the last call was rejected, so that a loop over the iterator ends.
    refused: bool,
}

impl<S> Iter<S> {
    pub(super) fn new(stream: S, runtime: Runtime) -> Self {
        Self { stream, runtime, refused: false }
    }

    /// Returns the stream, for example for the [`cursor`](crate::api_server::MessageStream::cursor)
    /// of messages.
    #[must_use]
    pub fn get_ref(&self) -> &S {
        &self.stream
    }

    /// Returns the stream, for example to [`catch_up`](crate::api_server::MessageStream::catch_up).
    pub fn get_mut(&mut self) -> &mut S {
        &mut self.stream
    }
}

impl<T, S: Stream<Item = Result<T>> + Unpin> Iterator for Iter<S> {
    type Item = Result<T>;

    /// Blocks until the next item. Inside an async runtime, returns an error and then `None`.
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
