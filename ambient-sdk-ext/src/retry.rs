//! Retries: which requests are sent again, and the pauses between attempts.
//!
//! A retry must never repeat a request that may have been carried out. A read is therefore retried
//! after any transient failure (429, 408, 500, 502, 503, 504, a broken connection). A write is
//! retried only if the server certainly did nothing: no connection was made, or the server rejected
//! the request with 429.
//!
//! A refused connection proves that nothing was sent, and a restarting server refuses connections
//! for several seconds. In this case a call is retried until its timeout.

mod backoff;
mod budget;

use std::time::Duration;

use http::{Method, StatusCode};

pub use backoff::{Backoff, InvalidBackoff};
pub(crate) use budget::Budget;

/// The default limit for the pause that a server requests.
const MAX_ASKED: Duration = Duration::from_secs(60);

/// The number of attempts of a request and the pauses between them.
///
/// The default policy sends a request at most three times, with pauses from 200 ms to 5 s that
/// double and are randomly shortened. If the server requests a longer pause, it is used, up to
/// [`max_asked_pause`](Self::max_asked_pause). A client and its clones share a budget of retries,
/// so that retries do not multiply the load on a failing server. Retries end at the timeout of the
/// call: a pause that would exceed it is not started, and the error states this.
///
/// While connections are refused or time out, nothing is sent. These attempts are not counted, and
/// the call is [retried until its timeout](Self::reconnect).
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
    reconnect: bool,
    max_asked: Duration,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self { max_attempts: 3, backoff: Backoff::default(), reconnect: true, max_asked: MAX_ASKED }
    }
}

impl RetryPolicy {
    /// Creates a policy without retries, including attempts to connect.
    pub fn none() -> Self {
        Self { max_attempts: 1, reconnect: false, ..Self::default() }
    }

    /// Sets the maximum number of attempts, including the first; 0 counts as 1. Default: 3.
    pub fn max_attempts(mut self, attempts: u32) -> Self {
        self.max_attempts = attempts.max(1);
        self
    }

    /// Sets the pauses between attempts.
    pub fn backoff(mut self, backoff: Backoff) -> Self {
        self.backoff = backoff;
        self
    }

    /// Sets whether a call, read or write, is retried until its timeout if no connection could be
    /// made, since nothing was sent. Default: `true`.
    ///
    /// The pauses grow according to [`backoff`](Self::backoff). Each is chosen at random between
    /// zero and its full step, so that clients do not reconnect at the same time. These attempts do
    /// not use the retry budget. Name resolution and certificate failures are unlikely to be
    /// temporary, so they are limited by [`max_attempts`](Self::max_attempts), as are all failures
    /// if this is `false`.
    pub fn reconnect(mut self, reconnect: bool) -> Self {
        self.reconnect = reconnect;
        self
    }

    /// Sets the longest pause that a server can request with `Retry-After` or in the body of a 429.
    /// Longer pauses are shortened to this. Default: 60 s.
    pub fn max_asked_pause(mut self, longest: Duration) -> Self {
        self.max_asked = longest;
        self
    }

    /// Returns the pause before the next attempt, or `None` if there is no further attempt. `asked`
    /// is the pause that the server requested.
    pub(crate) fn pause(
        &self,
        method: &Method,
        failure: Transient,
        attempts: Attempted,
        asked: Option<Duration>,
    ) -> Option<Duration> {
        if self.retries_until_timeout(failure) {
            return Some(self.backoff.any_pause(attempts.unconnected));
        }
        let safe = method.is_safe() || failure != Transient::Unclear;
        let again = safe && attempts.sent < self.max_attempts;
        let asked = asked.unwrap_or_default().min(self.max_asked);
        again.then(|| self.backoff.pause(attempts.sent).max(asked))
    }

    /// Returns whether the attempts end only at the timeout of the call.
    pub(crate) fn retries_until_timeout(&self, failure: Transient) -> bool {
        self.reconnect && failure == Transient::Unconnected
    }
}

/// The number of attempts of a call.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Attempted {
    /// Attempts that count towards the maximum.
    pub(crate) sent: u32,
    /// Attempts without a connection that do not count, because the policy reconnects.
    pub(crate) unconnected: u32,
}

/// A transient failure, by what is known about the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Transient {
    /// The connection was refused or timed out; nothing was sent.
    Unconnected,
    /// The server certainly did not carry out the request.
    NotProcessed,
    /// The server may have carried out the request.
    Unclear,
}

impl Transient {
    /// Classifies the status of a response; `None` if it is not transient.
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

    const ALL: [Method; 5] =
        [Method::GET, Method::POST, Method::PATCH, Method::PUT, Method::DELETE];

    fn sent(sent: u32) -> Attempted {
        Attempted { sent, unconnected: 0 }
    }

    fn again(method: Method, failure: Transient, attempts: u32) -> bool {
        RetryPolicy::default().pause(&method, failure, sent(attempts), None).is_some()
    }

    #[test]
    fn a_write_is_retried_only_if_nothing_was_done() {
        for method in ALL {
            assert_eq!(again(method.clone(), Transient::Unclear, 1), method == Method::GET);
            assert!(again(method.clone(), Transient::NotProcessed, 1), "{method}");
        }
    }

    #[test]
    fn attempts_are_counted() {
        assert!(again(Method::GET, Transient::Unclear, 2));
        assert!(!again(Method::GET, Transient::Unclear, 3));
        let none = RetryPolicy::none();
        assert_eq!(none.pause(&Method::GET, Transient::NotProcessed, sent(1), None), None);
    }

    #[test]
    fn attempts_without_a_connection_count_only_if_configured() {
        let attempted = Attempted { sent: 0, unconnected: 50 };
        for method in ALL {
            let pause = |policy: RetryPolicy, attempted| {
                policy.pause(&method, Transient::Unconnected, attempted, None)
            };
            let once = RetryPolicy::default().max_attempts(1);
            assert!(pause(once, attempted).unwrap() <= Duration::from_secs(5));
            assert_eq!(pause(RetryPolicy::none(), sent(1)), None);
            let counted = RetryPolicy::default().reconnect(false);
            assert!(pause(counted.clone(), sent(2)).is_some());
            assert_eq!(pause(counted, sent(3)), None);
        }
    }

    #[test]
    fn the_server_can_request_a_longer_pause_up_to_a_limit() {
        let policy = RetryPolicy::default();
        let pause = |policy: &RetryPolicy, asked| {
            policy.pause(&Method::GET, Transient::Unclear, sent(1), Some(asked)).unwrap()
        };
        assert_eq!(pause(&policy, Duration::from_secs(60)), Duration::from_secs(60));
        assert_eq!(pause(&policy, Duration::from_secs(3600)), Duration::from_secs(60));
        assert!(pause(&policy, Duration::ZERO) >= Duration::from_millis(100));
        let policy = policy.max_asked_pause(Duration::from_secs(3));
        assert_eq!(pause(&policy, Duration::from_secs(60)), Duration::from_secs(3));
    }

    #[test]
    fn only_some_statuses_are_transient() {
        let retried: Vec<u16> = (400..600)
            .filter(|status| Transient::of_status(StatusCode::from_u16(*status).unwrap()).is_some())
            .collect();
        assert_eq!(retried, [408, 429, 500, 502, 503, 504]);
    }
}
