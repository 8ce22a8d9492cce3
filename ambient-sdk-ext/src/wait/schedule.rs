//! The schedule of polls: pauses with jitter, a deadline, and a slow-down that a client's waits
//! share.

use std::{
    future::Future,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::time::{Instant, sleep_until, timeout_at};

use super::settings::WaitSettings;

/// The longest pause that a server can request.
const MAX_ASKED: Duration = Duration::from_secs(600);
/// The interval of polls when changes are pushed: the server drops some for slow readers.
const BESIDE_NEWS: Duration = Duration::from_secs(30);
/// The pause after a 429 without `Retry-After`.
const AFTER_RATE_LIMIT: Duration = Duration::from_secs(1);
/// A poll in flight at the deadline may take this fraction of the timeout longer, within the two
/// bounds.
const GRACE_PART: u32 = 20;
const MIN_GRACE: Duration = Duration::from_millis(50);
const MAX_GRACE: Duration = Duration::from_secs(1);

/// The time until which the waits of a client pause because one of them received a 429.
///
/// The server's limit counts all requests of a client. If each wait paused separately, the others
/// would use up the requests that the pause had freed.
#[derive(Debug, Default)]
pub(crate) struct SlowDown(Mutex<Option<Instant>>);

impl SlowDown {
    fn extend(&self, until: Instant) {
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *held = Some(held.map_or(until, |held| held.max(until)));
    }

    fn until(&self) -> Option<Instant> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The poll times of a wait.
pub(super) struct Schedule {
    started: Instant,
    deadline: Option<Instant>,
    grace: Duration,
    interval: Duration,
    largest: Option<Duration>,
    jitter: f64,
    /// The length of the next pause, before jitter.
    pause: Duration,
    pauses: u32,
    /// The end of the current pause, and whether changes are pushed meanwhile.
    due: Option<(Instant, bool)>,
    slow_down: Arc<SlowDown>,
}

impl Schedule {
    pub(super) fn new(settings: &WaitSettings, slow_down: Arc<SlowDown>) -> Self {
        let started = Instant::now();
        let timeout = settings.timeout;
        Self {
            started,
            deadline: timeout.and_then(|timeout| started.checked_add(timeout)),
            grace: (timeout.unwrap_or_default() / GRACE_PART).clamp(MIN_GRACE, MAX_GRACE),
            interval: settings.interval,
            largest: settings.largest,
            jitter: settings.jitter,
            pause: settings.initial_delay,
            pauses: 0,
            due: None,
            slow_down,
        }
    }

    pub(super) fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }

    /// Pauses until the next poll; returns `false` if the deadline has passed and the last poll was
    /// made.
    ///
    /// With `news` polls are rare. If the future is dropped, the next call continues the same
    /// pause.
    pub(super) async fn pause(&mut self, news: bool) -> bool {
        let now = Instant::now();
        let is_over = self.deadline.is_some_and(|deadline| deadline <= now);
        if is_over && self.pauses > 0 {
            return false;
        }
        let next = match self.due.filter(|(_, beside_news)| *beside_news == news) {
            Some((next, _)) => next,
            None => self.next(now, news),
        };
        self.due = Some((next, news));
        self.sleep_until(next).await;
        // Another wait may have hit the limit in the meantime.
        while let Some(until) = self.slow_down.until().filter(|until| *until > Instant::now()) {
            self.sleep_until(until + self.spread()).await;
            if self.deadline.is_some_and(|deadline| deadline <= Instant::now()) {
                break;
            }
        }
        self.skip();
        true
    }

    /// Ends the pause: the next poll is made now.
    pub(super) fn skip(&mut self) {
        self.due = None;
        self.pause = self.next_interval();
        self.pauses += 1;
    }

    /// Returns whether the first poll was made.
    pub(super) fn has_begun(&self) -> bool {
        self.pauses > 0
    }

    /// Returns the end of a pause that starts now.
    fn next(&self, now: Instant, news: bool) -> Instant {
        let pause = self.jittered();
        let pause = if news && self.pauses > 0 { pause.max(BESIDE_NEWS) } else { pause };
        now.checked_add(pause).unwrap_or_else(|| far(now))
    }

    /// Awaits a poll; `None` if the deadline and the grace period pass first.
    pub(super) async fn within<T>(&self, poll: impl Future<Output = T>) -> Option<T> {
        match self.deadline {
            Some(deadline) => timeout_at(deadline + self.grace, poll).await.ok(),
            None => Some(poll.await),
        }
    }

    /// Makes the next pause at least as long as the server requests.
    pub(super) fn at_least(&mut self, pause: Duration) {
        self.pause = self.pause.max(pause.min(MAX_ASKED));
    }

    /// Sets the length of the next pause.
    pub(super) fn next_in(&mut self, pause: Duration) {
        self.pause = pause;
    }

    /// Pauses all waits of the client after a 429 in which the server requested `pause`.
    pub(super) fn rate_limited(&self, pause: Option<Duration>) {
        let pause = pause.unwrap_or(AFTER_RATE_LIMIT).min(MAX_ASKED);
        self.slow_down.extend(Instant::now() + pause);
    }

    /// Sleeps until `next`, or until the deadline, when the last poll is made.
    async fn sleep_until(&self, next: Instant) {
        sleep_until(self.deadline.map_or(next, |deadline| next.min(deadline))).await;
    }

    /// Returns a random delay, so that waits that were paused together do not poll together.
    fn spread(&self) -> Duration {
        Duration::try_from_secs_f64(self.interval.as_secs_f64() * self.jitter * fastrand::f64())
            .unwrap_or_default()
    }

    /// Applies jitter to the pause, except to the first one, which is the initial delay.
    fn jittered(&self) -> Duration {
        if self.pauses == 0 || self.jitter == 0.0 {
            return self.pause;
        }
        let factor = 1.0 + self.jitter * (2.0 * fastrand::f64() - 1.0);
        Duration::try_from_secs_f64(self.pause.as_secs_f64() * factor).unwrap_or(self.pause)
    }

    fn next_interval(&self) -> Duration {
        match self.largest {
            Some(largest) if self.pauses > 0 => {
                let grown = self.pause.saturating_mul(3) / 2;
                grown.clamp(self.interval, largest.max(self.interval))
            }
            _ => self.interval,
        }
    }
}

/// Returns a time that is later than the end of any wait.
fn far(now: Instant) -> Instant {
    now + crate::transport::FOREVER
}
