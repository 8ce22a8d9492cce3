//! Limits the time for which the runtime's thread is used without a break.
//!
//! A thread that decodes for more than a millisecond delays all other tasks. Therefore a large event
//! is decoded on a blocking thread, and many small ones with a break after each 256 KiB.

use std::{
    future::{Future, poll_fn},
    pin::Pin,
    task::{Context, Poll, ready},
};

use tokio::{runtime::Handle, task::yield_now};

/// The number of bytes that are decoded at once on the current thread, which takes about half a
/// millisecond. The raw client has the same limit for responses.
const AT_ONCE: usize = 256 * 1024;
/// The cost of an item, whatever its size, as a number of bytes.
const ITEM: usize = 256;

/// Returns the runtime whose blocking threads decode `bytes`, if that would delay other tasks.
pub(crate) fn large_on(bytes: usize) -> Option<Handle> {
    if bytes <= AT_ONCE {
        return None;
    }
    Handle::try_current().ok()
}

/// Like [`large_on`], for a number of items that are already decoded.
pub(crate) fn many_on(items: usize) -> Option<Handle> {
    large_on(items.saturating_mul(ITEM))
}

/// The work on the current thread since the last break.
#[derive(Default)]
pub(crate) struct Work {
    bytes: usize,
    pausing: Option<Pin<Box<dyn Future<Output = ()> + Send>>>,
}

impl Work {
    /// Records an item of this size.
    pub(crate) fn add(&mut self, bytes: usize) {
        self.bytes = self.bytes.saturating_add(bytes).saturating_add(ITEM);
    }

    /// Records a chunk of this size whose lines are parsed. Short lines take more time than JSON of
    /// the same size.
    pub(crate) fn add_lines(&mut self, bytes: usize) {
        self.add(bytes.saturating_mul(4));
    }

    /// Lets other tasks run if the thread was busy for long; ready immediately otherwise.
    pub(crate) fn poll_break(&mut self, context: &mut Context<'_>) -> Poll<()> {
        if self.bytes <= AT_ONCE {
            return Poll::Ready(());
        }
        let pausing = self.pausing.get_or_insert_with(|| Box::pin(yield_now()));
        ready!(pausing.as_mut().poll(context));
        *self = Self::default();
        Poll::Ready(())
    }

    /// Like [`poll_break`](Self::poll_break).
    pub(crate) async fn take_break(&mut self) {
        poll_fn(|context| self.poll_break(context)).await;
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;

    #[tokio::test]
    async fn a_break_follows_many_items_or_many_bytes() {
        let mut work = Work::default();
        let mut until_break = |bytes: usize| {
            let mut items = 0;
            while work.take_break().now_or_never().is_some() {
                work.add(bytes);
                items += 1;
            }
            // The same break is over at the next poll.
            assert!(work.take_break().now_or_never().is_some());
            items
        };
        assert_eq!([until_break(0), until_break(100_000), until_break(0)], [1025, 3, 1025]);
    }

    #[tokio::test]
    async fn only_large_data_needs_another_thread() {
        assert!(large_on(AT_ONCE).is_none() && large_on(AT_ONCE + 1).is_some());
        assert!(many_on(1024).is_none() && many_on(1025).is_some());
    }

    #[test]
    fn outside_a_runtime_there_is_no_other_thread() {
        assert!(large_on(AT_ONCE + 1).is_none());
    }
}
