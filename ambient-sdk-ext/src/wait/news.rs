//! Pushed changes of sessions. If available, they end the pause between two polls.

use std::sync::Arc;

use super::BoxFuture;

/// A notification from a source of changes.
pub(crate) enum Signal<S> {
    /// The current state of a session.
    Session(Box<S>),
    /// A change may have been missed: poll immediately.
    Poll,
    /// There are no changes for now: continue to poll.
    Silence,
}

/// A source of changes of the sessions of one wait.
pub(crate) trait News<S>: Send {
    /// Returns the next notification. Cancel safe: none is lost if the future is dropped.
    fn next(&mut self) -> BoxFuture<'_, Signal<S>>;

    /// Returns whether changes arrive, so that polls are only needed rarely.
    fn is_proven(&self) -> bool;
}

/// Subscribes to changes of the given sessions.
pub(crate) type Listen<S> = Arc<dyn Fn(Vec<String>) -> Box<dyn News<S>> + Send + Sync>;

/// The changes for one wait, if it has a source.
pub(super) struct Listener<S> {
    listen: Option<Listen<S>>,
    news: Option<Box<dyn News<S>>>,
}

impl<S> Listener<S> {
    pub(super) fn new(listen: Option<Listen<S>>) -> Self {
        Self { listen, news: None }
    }

    /// Subscribes before the first poll, so that no change between the two is missed.
    pub(super) fn begin(&mut self, ids: impl FnOnce() -> Vec<String>) {
        if let Some(listen) = self.listen.take() {
            self.news = Some(listen(ids()));
        }
    }

    /// Returns the next notification; pending if there is no source.
    pub(super) async fn next(&mut self) -> Signal<S> {
        match &mut self.news {
            Some(news) => news.next().await,
            None => std::future::pending().await,
        }
    }

    pub(super) fn is_proven(&self) -> bool {
        self.news.as_ref().is_some_and(|news| news.is_proven())
    }
}
