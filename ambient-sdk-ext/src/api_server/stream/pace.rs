//! Limits the rate of polls over all sessions that a client follows without a stream.
//!
//! A single session is polled at most once per second by default. A thousand sessions would cause
//! bursts of a thousand requests, so all polls of a client take turns: a few at a time, with a
//! pause between two starts. If there are more sessions than this allows, each is polled less
//! often.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::{Instant, sleep_until},
};

/// The maximum number of concurrent polls of a client; each is one of the server's concurrent
/// requests.
const AT_ONCE: usize = 4;
/// The pause between the starts of two polls, which limits the rate to 100 per second.
const APART: Duration = Duration::from_millis(10);

/// A queue for the polls of a client.
#[derive(Debug)]
pub(crate) struct Pace {
    turns: Arc<Semaphore>,
    next: Mutex<Option<Instant>>,
}

impl Default for Pace {
    fn default() -> Self {
        Self { turns: Arc::new(Semaphore::new(AT_ONCE)), next: Mutex::default() }
    }
}

impl Pace {
    /// Waits for the turn of a poll, which lasts until the result is dropped. It must be awaited in
    /// a separate task, because a future that is not polled would block the others.
    pub(crate) async fn turn(&self) -> Option<OwnedSemaphorePermit> {
        let turn = self.turns.clone().acquire_owned().await.ok();
        sleep_until(self.reserve(Instant::now())).await;
        turn
    }

    fn reserve(&self, now: Instant) -> Instant {
        let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
        let begin = next.map_or(now, |next| next.max(now));
        *next = Some(begin + APART);
        begin
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::sleep;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn polls_start_apart_and_few_are_in_flight() {
        let pace = Arc::new(Pace::default());
        let on_their_way = Arc::new(Mutex::new((0, 0)));
        let start = Instant::now();
        let polls: Vec<_> = (0..200)
            .map(|_| {
                let (pace, count) = (pace.clone(), on_their_way.clone());
                tokio::spawn(async move {
                    let _turn = pace.turn().await;
                    let mut now = *count.lock().unwrap();
                    now = (now.0 + 1, now.1.max(now.0 + 1));
                    *count.lock().unwrap() = now;
                    sleep(Duration::from_millis(25)).await;
                    count.lock().unwrap().0 -= 1;
                })
            })
            .collect();
        for poll in polls {
            poll.await.unwrap();
        }
        assert!(on_their_way.lock().unwrap().1 <= AT_ONCE);
        assert!(start.elapsed() >= APART * 199, "{:?}", start.elapsed());
        assert!(start.elapsed() < APART * 230, "{:?}", start.elapsed());
    }
}
