//! The settings that waits for one session and for many have in common.

use std::time::Duration;

/// The default poll interval, the same as in the platform's other SDKs.
const POLL_INTERVAL: Duration = Duration::from_secs(5);
/// The minimum poll interval, which protects the server.
const LEAST_INTERVAL: Duration = Duration::from_millis(1);
/// The default maximum outage, long enough for a rollout of the server.
const MAX_OUTAGE: Duration = Duration::from_secs(120);
/// The default jitter, as a fraction of the pause.
const JITTER: f64 = 0.2;

/// The behaviour of a wait if the server does not find the session.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum NotFound {
    /// Ends with the error after a second poll confirms it, because a server that is shutting down
    /// returns 404 for existing sessions. The default.
    #[default]
    Fail,
    /// Continues, because the session may not be visible yet.
    KeepWaiting,
}

/// The settings of a wait.
#[derive(Clone, Debug)]
pub(super) struct WaitSettings {
    pub(super) interval: Duration,
    pub(super) largest: Option<Duration>,
    pub(super) jitter: f64,
    pub(super) initial_delay: Duration,
    pub(super) timeout: Option<Duration>,
    pub(super) max_outage: Duration,
    pub(super) not_found: NotFound,
    pub(super) even_if_not_started: bool,
}

impl Default for WaitSettings {
    fn default() -> Self {
        Self {
            interval: POLL_INTERVAL,
            largest: None,
            jitter: JITTER,
            initial_delay: Duration::ZERO,
            timeout: None,
            max_outage: MAX_OUTAGE,
            not_found: NotFound::Fail,
            even_if_not_started: false,
        }
    }
}

impl WaitSettings {
    pub(super) fn set_interval(&mut self, interval: Duration) {
        self.interval = interval.max(LEAST_INTERVAL);
    }

    pub(super) fn set_jitter(&mut self, share: f64) {
        self.jitter = if share.is_nan() { 0.0 } else { share.clamp(0.0, 1.0) };
    }
}

/// Defines the setters of both builders.
macro_rules! setters {
    () => {
        /// Sets the pause between two polls. Default: 5 s; the minimum is 1 ms.
        ///
        /// Each pause is lengthened or shortened at random by up to a fifth (see
        /// [`jitter`](Self::jitter)). If the server requests a longer pause, it is used up to ten
        /// minutes.
        pub fn poll_interval(mut self, interval: Duration) -> Self {
            self.settings.set_interval(interval);
            self
        }

        /// Lets the pauses grow by half each time, up to `largest`. Default: no growth. Growth from
        /// 5 s to 15 s suits most programs; a larger value delays the detection of the end.
        pub fn max_poll_interval(mut self, largest: Duration) -> Self {
            self.settings.largest = Some(largest);
            self
        }

        /// Sets the fraction by which each pause is lengthened or shortened at random, so that
        /// waits that started together do not poll together. Default: 0.2. 0 disables jitter; the
        /// maximum is 1.
        pub fn jitter(mut self, share: f64) -> Self {
            self.settings.set_jitter(share);
            self
        }

        /// Sets the maximum duration of the wait. Default: no limit.
        ///
        /// The wait ends on time even if a poll is in flight: the last poll starts no later than
        /// the end of the timeout, and has a twentieth of the timeout to complete (at least 50 ms,
        /// at most 1 s).
        pub fn timeout(mut self, timeout: impl Into<Option<Duration>>) -> Self {
            self.settings.timeout = timeout.into();
            self
        }

        /// Sets the pause before the first poll, at most the timeout. Default: none.
        pub fn initial_delay(mut self, delay: Duration) -> Self {
            self.settings.initial_delay = delay;
            self
        }

        /// Sets how long polls may fail continuously with a transient error: no connection, a
        /// broken connection, a timeout, 429 or 5xx. Default: 2 minutes. With zero, the first
        /// failure ends the wait.
        ///
        /// The time is measured from the first failure after the last success. Each poll is also
        /// retried by the client's retry policy.
        pub fn max_outage(mut self, longest: Duration) -> Self {
            self.settings.max_outage = longest;
            self
        }

        /// Sets the behaviour if the server does not find the session. Default: [`NotFound::Fail`].
        pub fn not_found(mut self, choice: NotFound) -> Self {
            self.settings.not_found = choice;
            self
        }

        /// Also waits for a session that was created but not started. By default, such a session is
        /// an error of the kind [`NotStarted`](crate::ErrorKind::NotStarted), because the wait for
        /// it would not end.
        pub fn even_if_not_started(mut self) -> Self {
            self.settings.even_if_not_started = true;
            self
        }
    };
}
pub(super) use setters;
