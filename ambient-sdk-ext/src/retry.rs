//! When a request is sent again, and after which pause.
//!
//! A retry must never repeat what may have been done. So a request that only reads is repeated
//! after any transient failure (429, 408, 500, 502, 503, 504, a connection that breaks), and one that
//! writes only when the server certainly did nothing: the connection was never made, or the server
//! turned the request away (429).

mod backoff;
mod budget;

use std::time::Duration;

use http::{Method, StatusCode};

pub use backoff::{Backoff, InvalidBackoff};
pub(crate) use budget::Budget;

/// How often a request is sent, and how long the pauses are.
///
/// The default sends a request at most three times, with pauses from 200 ms to 5 s that grow
/// twofold and are shortened at random, and obeys a server that asks for a longer pause. Retries
/// also draw on a budget that a client and its clones share, so that a server in trouble isn't met
/// by a multiple of its usual load; and they end at the time-out of the call.
///
/// ```
/// use std::time::Duration;
/// use ambient_sdk_ext::retry::{Backoff, RetryPolicy};
///
/// let patient = RetryPolicy::default()
///     .max_attempts(6)
///     .backoff(Backoff::new(Duration::from_millis(500), Duration::from_secs(10))?);
/// # Ok::<(), ambient_sdk_ext::retry::InvalidBackoff>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
#[must_use]
pub struct RetryPolicy {
    max_attempts: u32,
    backoff: Backoff,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self { max_attempts: 3, backoff: Backoff::default() }
    }
}

impl RetryPolicy {
    /// Sends every request once.
    pub fn none() -> Self {
        Self { max_attempts: 1, ..Self::default() }
    }

    /// How often a request is sent at the most, the first time included; 0 counts as 1.
    pub fn max_attempts(mut self, attempts: u32) -> Self {
        self.max_attempts = attempts.max(1);
        self
    }

    /// How the pauses grow.
    pub fn backoff(mut self, backoff: Backoff) -> Self {
        self.backoff = backoff;
        self
    }

    /// The pause before the next attempt, or `None` when there is to be none.
    ///
    /// `attempts` have been made; `asked` is what the server asked for.
    pub(crate) fn pause(
        &self,
        method: &Method,
        failure: Transient,
        attempts: u32,
        asked: Option<Duration>,
    ) -> Option<Duration> {
        let safe = method.is_safe() || failure == Transient::NotProcessed;
        let again = safe && attempts < self.max_attempts;
        again.then(|| self.backoff.pause(attempts).max(asked.unwrap_or_default()))
    }
}

/// A failure that may pass, and what is known of the request that met it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Transient {
    /// The server certainly did not act on it.
    NotProcessed,
    /// The server may have acted on it.
    Unclear,
}

impl Transient {
    /// Whether a response of this status may pass.
    pub(crate) fn of_status(status: StatusCode) -> Option<Self> {
        match status.as_u16() {
            429 => Some(Self::NotProcessed),
            // The gateway answers large lists with 500 at random.
            408 | 500 | 502 | 503 | 504 => Some(Self::Unclear),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn again(method: Method, failure: Transient, attempts: u32) -> bool {
        RetryPolicy::default().pause(&method, failure, attempts, None).is_some()
    }

    #[test]
    fn a_write_is_repeated_only_when_nothing_was_done() {
        for method in [Method::POST, Method::PATCH, Method::PUT, Method::DELETE] {
            assert!(!again(method.clone(), Transient::Unclear, 1), "{method}");
            assert!(again(method.clone(), Transient::NotProcessed, 1), "{method}");
        }
        assert!(again(Method::GET, Transient::Unclear, 1));
    }

    #[test]
    fn attempts_are_counted() {
        assert!(again(Method::GET, Transient::Unclear, 2));
        assert!(!again(Method::GET, Transient::Unclear, 3));
        let none = RetryPolicy::none();
        assert_eq!(none.pause(&Method::GET, Transient::NotProcessed, 1, None), None);
    }

    #[test]
    fn the_server_can_ask_for_a_longer_pause_only() {
        let policy = RetryPolicy::default();
        let pause = |asked| policy.pause(&Method::GET, Transient::Unclear, 1, Some(asked)).unwrap();
        assert_eq!(pause(Duration::from_secs(60)), Duration::from_secs(60));
        assert!(pause(Duration::ZERO) >= Duration::from_millis(100));
    }

    #[test]
    fn only_some_statuses_pass() {
        let retried: Vec<u16> = (400..600)
            .filter(|status| Transient::of_status(StatusCode::from_u16(*status).unwrap()).is_some())
            .collect();
        assert_eq!(retried, [408, 429, 500, 502, 503, 504]);
    }
}
