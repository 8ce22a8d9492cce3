//! The limit for concurrent requests of a client.
//!
//! The current API server hangs for all clients with more than 50 concurrent requests: each holds
//! one of its 50 database connections and requests another. A client therefore limits its requests.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// The places that the requests of a client and its clones share, assigned in the order of the
/// requests.
#[derive(Clone, Debug)]
pub(crate) struct InFlight {
    places: Option<Arc<Semaphore>>,
    most: Option<usize>,
}

/// The place of one request, released on drop.
#[derive(Debug)]
pub(crate) struct Place {
    _permit: Option<OwnedSemaphorePermit>,
}

impl InFlight {
    /// Creates `most` places; `None` removes the limit.
    pub(crate) fn new(most: Option<usize>) -> Self {
        let places = most.map(|most| Arc::new(Semaphore::new(most.min(Semaphore::MAX_PERMITS))));
        Self { places, most }
    }

    /// Takes a free place. There is none while other requests wait, since a released place is
    /// assigned to the first of them.
    pub(crate) fn try_enter(&self) -> Option<Place> {
        let Some(places) = &self.places else { return Some(Place { _permit: None }) };
        let permit = places.clone().try_acquire_owned().ok()?;
        Some(Place { _permit: Some(permit) })
    }

    /// Waits for a place.
    pub(crate) async fn enter(&self) -> Place {
        let Some(places) = &self.places else { return Place { _permit: None } };
        // The semaphore is never closed. Without a permit, the request would not be counted.
        Place { _permit: places.clone().acquire_owned().await.ok() }
    }

    /// Returns the number of places, or `None` without a limit.
    pub(crate) fn most(&self) -> Option<usize> {
        self.most
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;

    #[tokio::test]
    async fn places_are_assigned_in_order() {
        let places = InFlight::new(Some(1));
        let first = places.try_enter().unwrap();
        let (mut second, mut third) = (Box::pin(places.enter()), Box::pin(places.enter()));
        assert!((&mut second).now_or_never().is_none() && (&mut third).now_or_never().is_none());
        drop(first);
        assert!(places.try_enter().is_none(), "the released place belongs to the second");
        assert!((&mut third).now_or_never().is_none(), "the second was there before");
        drop(second.await);
        third.await;
    }

    #[tokio::test]
    async fn a_dropped_waiter_takes_no_place() {
        let places = InFlight::new(Some(1));
        let first = places.enter().await;
        let mut waiting = Box::pin(places.enter());
        assert!((&mut waiting).now_or_never().is_none());
        drop(waiting);
        drop(first);
        assert!(places.enter().now_or_never().is_some());
    }

    #[tokio::test]
    async fn without_a_limit_there_is_always_a_place() {
        let places = InFlight::new(None);
        let all: Vec<_> = (0..1_000).map(|_| places.enter().now_or_never()).collect();
        assert!(all.iter().all(Option::is_some));
    }
}
