//! News of sessions by push, where there is a source of them: they end the pause between two polls.

use std::sync::Arc;

use super::BoxFuture;

/// What a source of news says.
pub(crate) enum Heard<S> {
    /// A session as it is now.
    Session(Box<S>),
    /// Something may have been missed: poll at once.
    Poll,
    /// There is no news for now: go on polling.
    Silence,
}

/// A source of news of the sessions that one wait is about.
pub(crate) trait News<S>: Send {
    /// The next news. What was not taken stays when the future is dropped.
    fn next(&mut self) -> BoxFuture<'_, Heard<S>>;

    /// Whether news come, so that polls are needed only now and then.
    fn is_proven(&self) -> bool;
}

/// Begins to listen for news of these sessions.
pub(crate) type Listen<S> = Arc<dyn Fn(Vec<String>) -> Box<dyn News<S>> + Send + Sync>;

/// The news of one wait, if it has any.
pub(super) struct Listener<S> {
    listen: Option<Listen<S>>,
    news: Option<Box<dyn News<S>>>,
}

impl<S> Listener<S> {
    pub(super) fn new(listen: Option<Listen<S>>) -> Self {
        Self { listen, news: None }
    }

    /// Begins to listen, before the first poll, so that nothing is missed between the two.
    pub(super) fn begin(&mut self, ids: impl FnOnce() -> Vec<String>) {
        if let Some(listen) = self.listen.take() {
            self.news = Some(listen(ids()));
        }
    }

    /// The next news; never any without a source.
    pub(super) async fn next(&mut self) -> Heard<S> {
        match &mut self.news {
            Some(news) => news.next().await,
            None => std::future::pending().await,
        }
    }

    pub(super) fn is_proven(&self) -> bool {
        self.news.as_ref().is_some_and(|news| news.is_proven())
    }
}
