//! Calls that run in a task, independently of their caller, and work on blocking threads.

use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll},
};

use futures_util::FutureExt;
use tokio::{runtime::Handle, task::JoinHandle};
use tracing::Instrument;

use crate::error::{Error, ErrorKind, Result};

/// A call that runs in a task until it is done or dropped, or work on a blocking thread.
pub(crate) struct Ahead<T>(JoinHandle<Result<T>>);

impl<T: Send + 'static> Ahead<T> {
    pub(crate) fn spawn(call: impl Future<Output = Result<T>> + Send + 'static) -> Self {
        Self(tokio::spawn(call.in_current_span()))
    }

    /// Runs `work` on a blocking thread, so that it does not delay the tasks of the runtime.
    pub(crate) fn spawn_blocking(
        runtime: &Handle,
        work: impl FnOnce() -> Result<T> + Send + 'static,
    ) -> Self {
        Self(runtime.spawn_blocking(work))
    }
}

impl<T> Future for Ahead<T> {
    type Output = Result<T>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        self.0.poll_unpin(context).map(|joined| match joined {
            Ok(outcome) => outcome,
            Err(ended) => {
                let text = "the task of a call ended before it was done";
                Err(Error::new(ErrorKind::Connection, text).with_source(ended))
            }
        })
    }
}

impl<T> Drop for Ahead<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}
