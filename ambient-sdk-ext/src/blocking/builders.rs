//! Blocking forms of the async builders, which are set up first and then awaited or read.

use std::future::IntoFuture;

use futures_core::Stream;
use futures_util::{StreamExt, stream::BoxStream};

use super::{Blocking, Iter};
use crate::{
    api_server::{
        Follow, List, Message, MessageStream, Run, RunUpdates, Turn,
        events::{EventStream, Events},
        list::{Collected, Items, ListKind, Pages},
        messages::{FollowedMessages, ListMessages},
        resource::agents::StartAgent,
    },
    error::Result,
    wait::{Updates, Wait, WaitMany, WaitOutcome, Waitable},
};

/// The outcomes of a wait for many sessions, each as it ends.
pub type Outcomes<S> = Iter<BoxStream<'static, Result<WaitOutcome<S>>>>;

/// Defines the method `set` for one type.
macro_rules! set {
    ($type:ty) => {
        /// Changes the settings with the methods of the async builder.
        pub fn set(self, change: impl FnOnce($type) -> $type) -> Self {
            Self { inner: change(self.inner), runtime: self.runtime }
        }
    };
}

impl<T, F: IntoFuture<Output = Result<T>>> Blocking<F> {
    /// Blocks until the call is done, and returns the result of awaiting the async form.
    ///
    /// # Errors
    /// Those of the async form; [`Configuration`](crate::ErrorKind::Configuration) inside an async
    /// runtime.
    pub fn wait(self) -> Result<T> {
        self.runtime.wait(self.inner)
    }
}

impl<T> Blocking<T> {
    /// Returns an iterator over the stream that `stream` creates.
    fn iterate<S: Stream>(self, stream: impl FnOnce(T) -> S) -> Iter<S> {
        Iter::new(stream(self.inner), self.runtime)
    }
}

impl<K: ListKind> Blocking<List<K>> {
    set!(List<K>);

    /// Returns an iterator over the pages; see [`List::pages`].
    pub fn pages(self) -> Iter<Pages<K::Item>> {
        self.iterate(List::pages)
    }

    /// Collects all items in memory; see [`List::collect`].
    ///
    /// # Errors
    /// Those of the async method; [`Configuration`](crate::ErrorKind::Configuration) inside an
    /// async runtime.
    pub fn collect(self) -> Result<Collected<K::Item>> {
        self.runtime.wait(self.inner.collect())
    }

    /// Returns the first item, or `None` if the list is empty.
    ///
    /// # Errors
    /// The errors of [`collect`](Self::collect).
    pub fn first(self) -> Result<Option<K::Item>> {
        self.runtime.wait(self.inner.first())
    }

    /// Returns the total number of items that the server reports.
    ///
    /// # Errors
    /// The errors of [`collect`](Self::collect).
    pub fn count(self) -> Result<u64> {
        self.runtime.wait(self.inner.count())
    }
}

impl<K: ListKind> IntoIterator for Blocking<List<K>> {
    type Item = Result<K::Item>;
    type IntoIter = Iter<Items<K::Item>>;

    /// Returns an iterator over the items, which requests each page when it is needed.
    fn into_iter(self) -> Self::IntoIter {
        self.iterate(List::stream)
    }
}

impl<S: Waitable> Blocking<Wait<S>> {
    set!(Wait<S>);

    /// Returns an iterator that yields each poll as an update; see [`Wait::updates`].
    pub fn updates(self) -> Iter<Updates<S>> {
        self.iterate(Wait::updates)
    }
}

impl<S: Waitable> Blocking<WaitMany<S>> {
    set!(WaitMany<S>);

    /// Returns an iterator over the outcomes as sessions end; see [`WaitMany::outcomes`]. An error
    /// of the iterator itself, for example inside an async runtime, is not the outcome of a
    /// session.
    pub fn outcomes(self) -> Outcomes<S> {
        self.iterate(|wait| wait.outcomes().map(Ok).boxed())
    }
}

impl Blocking<StartAgent> {
    set!(StartAgent);
}

impl Blocking<ListMessages> {
    set!(ListMessages);
}

impl Blocking<Follow> {
    set!(Follow);

    /// Returns an iterator over the messages only, each once; see [`Follow::messages`]. It blocks
    /// until the next message arrives, and ends after a permanent error.
    pub fn messages(self) -> Iter<FollowedMessages> {
        self.iterate(Follow::messages)
    }

    /// Returns an iterator over messages and connection events; see [`Follow::stream`].
    pub fn stream(self) -> Iter<MessageStream> {
        self.iterate(Follow::stream)
    }
}

impl Blocking<Turn> {
    set!(Turn);

    /// Returns an iterator over the messages of the run; see [`Turn::stream`].
    pub fn stream(self) -> Iter<BoxStream<'static, Result<Message>>> {
        self.iterate(|turn| turn.stream().boxed())
    }
}

impl Blocking<Run> {
    set!(Run);

    /// Returns an iterator over messages and changes of the phase, to the end; see [`Run::stream`].
    pub fn stream(self) -> Iter<RunUpdates> {
        self.iterate(Run::stream)
    }
}

impl Blocking<Events> {
    set!(Events);

    /// Returns an iterator over the events from now on; see [`Events::stream`].
    pub fn stream(self) -> Iter<EventStream> {
        self.iterate(Events::stream)
    }
}
