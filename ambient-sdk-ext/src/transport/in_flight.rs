//! How many requests of a client are on their way at once.
//!
//! The API server of today hangs for everyone with more than 50 requests at once: each holds one of
//! its 50 database connections and asks for a second. So a client keeps below that on its own.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// The places that the requests of a client and its clones share, given out in the order in which
/// they are asked for.
#[derive(Clone, Debug)]
pub(crate) struct InFlight {
    places: Option<Arc<Semaphore>>,
    most: Option<usize>,
}

/// A place that one request has; it is free again once this is dropped.
#[derive(Debug)]
pub(crate) struct Place {
    _permit: Option<OwnedSemaphorePermit>,
}

impl InFlight {
    /// Room for `most` requests; for any number without it.
    pub(crate) fn new(most: Option<usize>) -> Self {
        let places = most.map(|most| Arc::new(Semaphore::new(most.min(Semaphore::MAX_PERMITS))));
        Self { places, most }
    }

    /// A place, as soon as there is one.
    pub(crate) async fn enter(&self) -> Place {
        let Some(places) = &self.places else { return Place { _permit: None } };
        // Nothing closes the semaphore; without a permit the request would go uncounted.
        Place { _permit: places.clone().acquire_owned().await.ok() }
    }

    /// How many places there are, where there is a bound.
    pub(crate) fn most(&self) -> Option<usize> {
        self.most
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;

    #[tokio::test]
    async fn places_are_given_out_in_turn() {
        let places = InFlight::new(Some(1));
        let first = places.enter().await;
        let (mut second, mut third) = (Box::pin(places.enter()), Box::pin(places.enter()));
        assert!((&mut second).now_or_never().is_none() && (&mut third).now_or_never().is_none());
        drop(first);
        assert!((&mut third).now_or_never().is_none(), "the second was there before");
        drop(second.await);
        third.await;
    }

    #[tokio::test]
    async fn who_gives_up_in_line_takes_no_place() {
        let places = InFlight::new(Some(1));
        let first = places.enter().await;
        let mut waiting = Box::pin(places.enter());
        assert!((&mut waiting).now_or_never().is_none());
        drop(waiting);
        drop(first);
        assert!(places.enter().now_or_never().is_some());
    }

    #[tokio::test]
    async fn without_a_bound_there_is_always_a_place() {
        let places = InFlight::new(None);
        let all: Vec<_> = (0..1_000).map(|_| places.enter().now_or_never()).collect();
        assert!(all.iter().all(Option::is_some));
    }
}
