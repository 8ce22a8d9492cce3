//! Limits the number of message streams that a client keeps open, and assigns them to sessions.
//!
//! The server handles 50 concurrent requests, and each open stream is one of them. Therefore a
//! client has a few places for streams, and sessions without a place are polled. A session with new
//! messages can take the place of one that was idle for a while: the latter is asked to leave, and
//! is polled from then on.

use std::{
    fmt,
    future::Future,
    pin::Pin,
    sync::{
        Arc, Mutex, PoisonError, Weak,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use tokio::{
    sync::{Notify, OwnedSemaphorePermit, Semaphore},
    time::Instant,
};

/// The time for which a session must be idle before another one can take its place.
const QUIET: Duration = Duration::from_secs(15);

/// The places for streams of a client.
pub(crate) struct Places {
    free: Arc<Semaphore>,
    holders: Mutex<Vec<Weak<Holder>>>,
}

/// The permission to keep one stream open.
pub(crate) struct Place {
    holder: Arc<Holder>,
    _permit: OwnedSemaphorePermit,
}

/// A future for the place of a session that was asked to leave.
pub(crate) type Claim = Pin<Box<dyn Future<Output = Option<Place>> + Send>>;

struct Holder {
    last_message: Mutex<Instant>,
    asked: AtomicBool,
    leave: Notify,
}

impl Places {
    pub(crate) fn new(count: usize) -> Arc<Self> {
        let free = Arc::new(Semaphore::new(count.min(Semaphore::MAX_PERMITS)));
        Arc::new(Self { free, holders: Mutex::default() })
    }

    /// Takes a place, if one is free and no claim waits for it.
    pub(crate) fn take(&self) -> Option<Place> {
        let permit = self.free.clone().try_acquire_owned().ok()?;
        Some(self.hold(permit))
    }

    /// Asks the session that was idle longest to leave; `None` if no session was idle long enough.
    pub(crate) fn claim(self: &Arc<Self>) -> Option<Claim> {
        let longest_idle = self.longest_idle()?;
        longest_idle.asked.store(true, Ordering::Relaxed);
        longest_idle.leave.notify_one();
        let places = self.clone();
        Some(Box::pin(async move {
            let permit = places.free.clone().acquire_owned().await.ok()?;
            Some(places.hold(permit))
        }))
    }

    fn hold(&self, permit: OwnedSemaphorePermit) -> Place {
        let holder = Arc::new(Holder {
            last_message: Mutex::new(Instant::now()),
            asked: AtomicBool::new(false),
            leave: Notify::new(),
        });
        let mut holders = self.holders.lock().unwrap_or_else(PoisonError::into_inner);
        holders.retain(|holder| holder.strong_count() > 0);
        holders.push(Arc::downgrade(&holder));
        Place { holder, _permit: permit }
    }

    fn longest_idle(&self) -> Option<Arc<Holder>> {
        let holders = self.holders.lock().unwrap_or_else(PoisonError::into_inner);
        let held = holders.iter().filter_map(Weak::upgrade);
        let may_leave = held.filter(|holder| {
            !holder.asked.load(Ordering::Relaxed) && holder.last_message().elapsed() >= QUIET
        });
        may_leave.min_by_key(|holder| holder.last_message())
    }
}

impl Holder {
    fn last_message(&self) -> Instant {
        *self.last_message.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Place {
    /// Records that the session received a message.
    pub(crate) fn record_message(&self) {
        *self.holder.last_message.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
    }

    /// Waits until another session needs the place.
    pub(crate) async fn needed(&self) {
        self.holder.leave.notified().await;
    }
}

impl fmt::Debug for Places {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Places").field("free", &self.free.available_permits()).finish()
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;
    use tokio::time::advance;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn the_most_idle_session_gives_its_place_to_an_active_one() {
        let places = Places::new(2);
        let (quiet, busy) = (places.take().unwrap(), places.take().unwrap());
        assert!(places.take().is_none());
        assert!(places.claim().is_none());
        advance(QUIET).await;
        busy.record_message();
        let mut claim = places.claim().unwrap();
        assert!(places.claim().is_none(), "it was asked already");
        assert!(quiet.needed().now_or_never().is_some());
        assert!(busy.needed().now_or_never().is_none());
        assert!((&mut claim).now_or_never().is_none());
        drop(quiet);
        assert!(places.take().is_none(), "the place is promised");
        assert!(claim.now_or_never().flatten().is_some());
        assert!(places.take().is_some());
    }

    #[tokio::test(start_paused = true)]
    async fn without_places_none_is_assigned() {
        let places = Places::new(0);
        assert!(places.take().is_none() && places.claim().is_none());
    }
}
