//! Waits for many sessions with few requests.

mod group;
mod rounds;

use std::{
    fmt,
    future::IntoFuture,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use futures_core::Stream;
use futures_util::{StreamExt, stream};

pub(crate) use group::Group;

use super::{
    BoxFuture, NotFound, Waitable,
    settings::{WaitSettings, setters},
};
use crate::error::Result;

/// A builder for a wait for many sessions: read [`outcomes`](Self::outcomes), or await it for all
/// outcomes. Dropping it ends the wait.
///
/// Each round reads the sessions that are not over yet, up to 100 with one request (all with one on
/// the gateway, whose list has no pages). A session that the list lacks is read individually, and
/// reported as [not found](crate::Error::is_not_found) if two rounds in a row could not find it.
///
/// Between rounds, only the id and the last state of each session are kept in memory.
#[must_use = "a wait does nothing until it is awaited or its outcomes are read"]
pub struct WaitMany<S> {
    group: Group<S>,
    ids: Vec<String>,
    settings: WaitSettings,
}

/// The outcome of the wait for one session.
#[derive(Debug)]
#[non_exhaustive]
pub struct WaitOutcome<S> {
    /// The id of the session.
    pub id: String,
    /// The ended session, or the error of its wait.
    pub result: Result<S>,
}

impl<S: Waitable> WaitMany<S> {
    pub(crate) fn new<I: Into<String>>(group: Group<S>, ids: impl IntoIterator<Item = I>) -> Self {
        let ids = ids.into_iter().map(Into::into).collect();
        Self { group, ids, settings: WaitSettings::default() }
    }

    setters!();

    /// Returns a stream of the outcomes as sessions end, in no particular order. Each id has
    /// exactly one outcome, even if it was given twice.
    ///
    /// The stream ends when each id has its outcome. If the timeout expires, or polls have failed
    /// for [`max_outage`](Self::max_outage), the outcome of the remaining sessions is an error.
    pub fn outcomes(self) -> Outcomes<S> {
        let rounds = rounds::Rounds::new(self);
        let outcomes = stream::unfold(rounds, |mut rounds| async {
            let outcome = rounds.next().await?;
            Some((outcome, rounds))
        });
        Outcomes(outcomes.boxed())
    }
}

impl<S: Waitable> IntoFuture for WaitMany<S> {
    type Output = Vec<WaitOutcome<S>>;
    type IntoFuture = BoxFuture<'static, Vec<WaitOutcome<S>>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.outcomes().collect())
    }
}

impl<S> fmt::Debug for WaitMany<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = f.debug_struct("WaitMany");
        out.field("ids", &self.ids.len()).field("settings", &self.settings).finish()
    }
}

/// The outcomes of a wait for many sessions, as a stream that ends with the wait.
#[must_use = "a stream does nothing until it is read"]
pub struct Outcomes<S>(stream::BoxStream<'static, WaitOutcome<S>>);

impl<S> Stream for Outcomes<S> {
    type Item = WaitOutcome<S>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.poll_next_unpin(context)
    }
}

impl<S> fmt::Debug for Outcomes<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Outcomes")
    }
}
