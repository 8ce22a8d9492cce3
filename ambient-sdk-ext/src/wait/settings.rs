//! The settings that a wait for one session and a wait for many have in common.

use std::time::Duration;

/// How often the platform's other SDKs poll.
const POLL_INTERVAL: Duration = Duration::from_secs(5);
/// The shortest time between two polls: a shorter one would be a load, not a wait.
const LEAST_INTERVAL: Duration = Duration::from_millis(1);
/// How long failures are tolerated: long enough for a server that is rolled out anew.
const MAX_OUTAGE: Duration = Duration::from_secs(120);
/// By which part of the interval a pause is shorter or longer.
const JITTER: f64 = 0.2;

/// What a wait does while the server says that there is no such session.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum NotFound {
    /// Ends with the error, after a second poll confirmed it: a server that shuts down answers 404
    /// for sessions that exist. The default.
    #[default]
    Fail,
    /// Goes on: the session may not be visible yet.
    KeepWaiting,
}

/// The settings of one wait.
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

/// Writes the setters that both builders have, with their documentation.
macro_rules! setters {
    () => {
        /// The pause between two polls. Default: 5 s. Values below 1 ms count as 1 ms.
        ///
        /// Each pause is up to a fifth shorter or longer, at random (see [`jitter`](Self::jitter)).
        /// A server that asks for a longer pause gets it, up to ten minutes.
        pub fn poll_interval(mut self, interval: Duration) -> Self {
            self.settings.set_interval(interval);
            self
        }

        /// Lets the pauses grow by half each time, up to `largest`. Default: they don't grow. 5 to
        /// 15 s suit most programs; with a larger value the end of a session shows late.
        pub fn max_poll_interval(mut self, largest: Duration) -> Self {
            self.settings.largest = Some(largest);
            self
        }

        /// The share by which each pause is shortened or extended at random, so that waits that
        /// began together don't poll together. Default: 0.2. 0 switches it off; the largest is 1.
        pub fn jitter(mut self, share: f64) -> Self {
            self.settings.set_jitter(share);
            self
        }

        /// The longest time to wait in all. Default: no limit.
        ///
        /// The wait ends on time, whatever a poll in flight does: the last poll starts at the latest
        /// when the time is over, and has a twentieth of it to answer (at least 50 ms, at most 1 s).
        pub fn timeout(mut self, timeout: impl Into<Option<Duration>>) -> Self {
            self.settings.timeout = timeout.into();
            self
        }

        /// The pause before the first poll, at most the timeout. Default: none.
        pub fn initial_delay(mut self, delay: Duration) -> Self {
            self.settings.initial_delay = delay;
            self
        }

        /// How long polls may keep failing for a transient reason: no connection, a connection that
        /// breaks off, a timeout, 429 or 5xx. Default: 2 minutes. Zero tolerates no failure.
        ///
        /// The time counts from the first failure after the last success. Each poll also has the
        /// retries of the client.
        pub fn max_outage(mut self, longest: Duration) -> Self {
            self.settings.max_outage = longest;
            self
        }

        /// What to do while the server says that there is no such session. Default:
        /// [`NotFound::Fail`].
        pub fn not_found(mut self, choice: NotFound) -> Self {
            self.settings.not_found = choice;
            self
        }

        /// Waits also for a session that was created and not started. Default: such a session is an
        /// error of the kind [`NotStarted`](crate::ErrorKind::NotStarted), since a wait for it would
        /// not end.
        pub fn even_if_not_started(mut self) -> Self {
            self.settings.even_if_not_started = true;
            self
        }
    };
}
pub(super) use setters;
