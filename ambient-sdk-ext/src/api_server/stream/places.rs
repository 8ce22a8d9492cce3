//! How many message streams a client keeps open, and which sessions have them.
//!
//! The server can have 50 requests on their way, and an open stream is one of them for as long as
//! it is open. So a client has a few places for streams, and the sessions without a place are
//! polled. A session that has something to say may have the place of one that was quiet for a
//! while: it is asked to leave, and goes on being polled.

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

/// How long a session must be quiet before another one may have its place.
const QUIET: Duration = Duration::from_secs(15);

/// The places of a client.
pub(crate) struct Places {
    free: Arc<Semaphore>,
    holders: Mutex<Vec<Weak<Holder>>>,
}

/// The right to have one stream open.
pub(crate) struct Place {
    holder: Arc<Holder>,
    _permit: OwnedSemaphorePermit,
}

/// A place that another session was asked to leave.
pub(crate) type Claim = Pin<Box<dyn Future<Output = Option<Place>> + Send>>;

struct Holder {
    heard: Mutex<Instant>,
    asked: AtomicBool,
    leave: Notify,
}

impl Places {
    pub(crate) fn new(count: usize) -> Arc<Self> {
        let free = Arc::new(Semaphore::new(count.min(Semaphore::MAX_PERMITS)));
        Arc::new(Self { free, holders: Mutex::default() })
    }

    /// A place, if one is free and nobody waits for it.
    pub(crate) fn take(&self) -> Option<Place> {
        let permit = self.free.clone().try_acquire_owned().ok()?;
        Some(self.hold(permit))
    }

    /// Asks the session that was quiet for longest to leave; `None` when all had something to say.
    pub(crate) fn claim(self: &Arc<Self>) -> Option<Claim> {
        let quietest = self.quietest()?;
        quietest.asked.store(true, Ordering::Relaxed);
        quietest.leave.notify_one();
        let places = self.clone();
        Some(Box::pin(async move {
            let permit = places.free.clone().acquire_owned().await.ok()?;
            Some(places.hold(permit))
        }))
    }

    fn hold(&self, permit: OwnedSemaphorePermit) -> Place {
        let holder = Arc::new(Holder {
            heard: Mutex::new(Instant::now()),
            asked: AtomicBool::new(false),
            leave: Notify::new(),
        });
        let mut holders = self.holders.lock().unwrap_or_else(PoisonError::into_inner);
        holders.retain(|holder| holder.strong_count() > 0);
        holders.push(Arc::downgrade(&holder));
        Place { holder, _permit: permit }
    }

    fn quietest(&self) -> Option<Arc<Holder>> {
        let holders = self.holders.lock().unwrap_or_else(PoisonError::into_inner);
        let held = holders.iter().filter_map(Weak::upgrade);
        let may_leave = held.filter(|holder| {
            !holder.asked.load(Ordering::Relaxed) && holder.heard().elapsed() >= QUIET
        });
        may_leave.min_by_key(|holder| holder.heard())
    }
}

impl Holder {
    fn heard(&self) -> Instant {
        *self.heard.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Place {
    /// The session had something to say.
    pub(crate) fn heard(&self) {
        *self.holder.heard.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
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
    async fn the_quietest_leaves_for_one_that_has_something_to_say() {
        let places = Places::new(2);
        let (quiet, busy) = (places.take().unwrap(), places.take().unwrap());
        assert!(places.take().is_none());
        assert!(places.claim().is_none());
        advance(QUIET).await;
        busy.heard();
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
    async fn no_places_are_none() {
        let places = Places::new(0);
        assert!(places.take().is_none() && places.claim().is_none());
    }
}
