//! The requests that read the sessions of a wait for many: a list, or a single session.

use std::{future::Future, sync::Arc};

use super::super::{BoxFuture, SlowDown, news::Listen};
use crate::error::{Error, Result};

type List<S> = Arc<dyn Fn(Vec<String>) -> BoxFuture<'static, Result<Vec<S>>> + Send + Sync>;
type Get<S> = Arc<dyn Fn(String) -> BoxFuture<'static, Result<S>> + Send + Sync>;

/// The two requests that read the sessions of a service.
pub(crate) struct Group<S> {
    /// The maximum number of ids per list request.
    pub(super) most: usize,
    pub(super) check: fn(&str) -> Result<(), Error>,
    pub(super) list: List<S>,
    pub(super) get: Get<S>,
    pub(super) slow_down: Arc<SlowDown>,
    pub(super) listen: Option<Listen<S>>,
}

impl<S: 'static> Group<S> {
    /// Creates a group. `list` reads up to `most` sessions by their ids, and may omit some or
    /// return others; `get` reads one. `check` rejects invalid ids.
    pub(crate) fn new<L, G>(
        most: usize,
        slow_down: Arc<SlowDown>,
        check: fn(&str) -> Result<(), Error>,
        list: impl Fn(Vec<String>) -> L + Send + Sync + 'static,
        get: impl Fn(String) -> G + Send + Sync + 'static,
    ) -> Self
    where
        L: Future<Output = Result<Vec<S>>> + Send + 'static,
        G: Future<Output = Result<S>> + Send + 'static,
    {
        Self {
            most,
            check,
            slow_down,
            listen: None,
            list: Arc::new(move |ids| Box::pin(list(ids))),
            get: Arc::new(move |id| Box::pin(get(id))),
        }
    }

    /// Adds a source of pushed changes, which supplements the polls.
    #[cfg(feature = "grpc")]
    pub(crate) fn with_news(self, listen: Option<Listen<S>>) -> Self {
        Self { listen, ..self }
    }
}
