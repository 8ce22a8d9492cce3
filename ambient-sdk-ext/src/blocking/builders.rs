//! What is set up first, and then waited for or read.

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

/// Writes the method that sets something up, for one type.
macro_rules! set {
    ($type:ty) => {
        /// Sets it up by the methods of the async form.
        pub fn set(self, change: impl FnOnce($type) -> $type) -> Self {
            Self { inner: change(self.inner), runtime: self.runtime }
        }
    };
}

impl<T, F: IntoFuture<Output = Result<T>>> Blocking<F> {
    /// Waits until it is done, and returns what awaiting the async form does.
    ///
    /// # Errors
    /// As those of the async form; [`Configuration`](crate::ErrorKind::Configuration) inside an async
    /// runtime.
    pub fn wait(self) -> Result<T> {
        self.runtime.wait(self.inner)
    }
}

impl<T> Blocking<T> {
    /// The stream that is made of it, as an iterator.
    fn iterate<S: Stream>(self, stream: impl FnOnce(T) -> S) -> Iter<S> {
        Iter::new(stream(self.inner), self.runtime)
    }
}

impl<K: ListKind> Blocking<List<K>> {
    set!(List<K>);

    /// The pages, one after another; see [`List::pages`].
    pub fn pages(self) -> Iter<Pages<K::Item>> {
        self.iterate(List::pages)
    }

    /// Every item, in memory; see [`List::collect`].
    ///
    /// # Errors
    /// As those of that; [`Configuration`](crate::ErrorKind::Configuration) inside an async runtime.
    pub fn collect(self) -> Result<Collected<K::Item>> {
        self.runtime.wait(self.inner.collect())
    }

    /// The first item, if there is one.
    ///
    /// # Errors
    /// As those of [`collect`](Self::collect).
    pub fn first(self) -> Result<Option<K::Item>> {
        self.runtime.wait(self.inner.first())
    }

    /// How many items there are in all, by the server's count.
    ///
    /// # Errors
    /// As those of [`collect`](Self::collect).
    pub fn count(self) -> Result<u64> {
        self.runtime.wait(self.inner.count())
    }
}

impl<K: ListKind> IntoIterator for Blocking<List<K>> {
    type Item = Result<K::Item>;
    type IntoIter = Iter<Items<K::Item>>;

    /// The items, which are asked for page by page.
    fn into_iter(self) -> Self::IntoIter {
        self.iterate(List::stream)
    }
}

impl<S: Waitable> Blocking<Wait<S>> {
    set!(Wait<S>);

    /// Each poll as an update; see [`Wait::updates`].
    pub fn updates(self) -> Iter<Updates<S>> {
        self.iterate(Wait::updates)
    }
}

impl<S: Waitable> Blocking<WaitMany<S>> {
    set!(WaitMany<S>);

    /// The outcome of each session as it ends; see [`WaitMany::outcomes`]. An error of the iterator
    /// itself, as inside an async runtime, is not that of a session.
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

    /// The messages alone, each once; see [`Follow::messages`]. The iterator waits for the next one, and
    /// ends with an error that lasts.
    pub fn messages(self) -> Iter<FollowedMessages> {
        self.iterate(Follow::messages)
    }

    /// Everything that happens; see [`Follow::stream`].
    pub fn stream(self) -> Iter<MessageStream> {
        self.iterate(Follow::stream)
    }
}

impl Blocking<Turn> {
    set!(Turn);

    /// The messages of the run; see [`Turn::stream`].
    pub fn stream(self) -> Iter<BoxStream<'static, Result<Message>>> {
        self.iterate(|turn| turn.stream().boxed())
    }
}

impl Blocking<Run> {
    set!(Run);

    /// Every message and every change of the phase, to the end; see [`Run::stream`].
    pub fn stream(self) -> Iter<RunUpdates> {
        self.iterate(Run::stream)
    }
}

impl Blocking<Events> {
    set!(Events);

    /// The events from now on; see [`Events::stream`].
    pub fn stream(self) -> Iter<EventStream> {
        self.iterate(Events::stream)
    }
}
