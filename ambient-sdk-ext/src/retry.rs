//! When a request is sent again, and after which pause.
//!
//! A retry must never repeat what may have been done. So a request that only reads is repeated
//! after any transient failure (429, 408, 500, 502, 503, 504, a connection that breaks), and one that
//! writes only when the server certainly did nothing: the connection was never made, or the server
//! turned the request away (429).
//!
//! A connection that is refused is proof that nothing was sent, and a server that restarts refuses
//! them for seconds. So a call is tried again until its timeout in that case.

mod backoff;
mod budget;

use std::time::Duration;

use http::{Method, StatusCode};

pub use backoff::{Backoff, InvalidBackoff};
pub(crate) use budget::Budget;

/// The longest pause that a server can ask for, unless set.
const MAX_ASKED: Duration = Duration::from_secs(60);

/// How often a request is sent, and how long the pauses are.
///
/// The default sends a request at most three times, with pauses from 200 ms to 5 s that grow
/// twofold and are shortened at random. A server that asks for a longer pause gets it, up to
/// [`max_asked_pause`](Self::max_asked_pause). Retries also draw on a budget that a client and its
/// clones share, so that a server in trouble isn't met by a multiple of its usual load; and they end
/// at the timeout of the call: a pause that would pass it is not begun, and the error says so.
///
/// While connections are refused, or can't be made in time, nothing is sent. Such attempts don't
/// count: the call is [tried again until its timeout](Self::reconnect).
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
    /// Tries every request once, whether its connection is made or not.
    pub fn none() -> Self {
        Self { max_attempts: 1, reconnect: false, ..Self::default() }
    }

    /// How often a request is sent at the most, the first time included; 0 counts as 1. Default: 3.
    pub fn max_attempts(mut self, attempts: u32) -> Self {
        self.max_attempts = attempts.max(1);
        self
    }

    /// How the pauses grow.
    pub fn backoff(mut self, backoff: Backoff) -> Self {
        self.backoff = backoff;
        self
    }

    /// Whether a call whose connection was refused, or could not be made, is tried again until its
    /// timeout, whether it reads or writes: nothing was sent. Default: yes.
    ///
    /// The pauses grow as the [`backoff`](Self::backoff) says, each between none and all of its step
    /// at random, so that callers don't come back all at once. Such attempts take nothing from the
    /// budget of the client. A name that can't be resolved and a certificate that isn't accepted are
    /// not likely to pass soon: they have [`max_attempts`](Self::max_attempts), as all have without
    /// this.
    pub fn reconnect(mut self, reconnect: bool) -> Self {
        self.reconnect = reconnect;
        self
    }

    /// The longest pause that a server can ask for, with `Retry-After` or in the body of a 429.
    /// Default: 60 s. A longer one is cut to this.
    pub fn max_asked_pause(mut self, longest: Duration) -> Self {
        self.max_asked = longest;
        self
    }

    /// The pause before the next attempt, or `None` when there is to be none; `asked` is what the
    /// server asked for.
    pub(crate) fn pause(
        &self,
        method: &Method,
        failure: Transient,
        attempts: Attempted,
        asked: Option<Duration>,
    ) -> Option<Duration> {
        if self.goes_on_until_timeout(failure) {
            return Some(self.backoff.any_pause(attempts.unconnected));
        }
        let safe = method.is_safe() || failure != Transient::Unclear;
        let again = safe && attempts.sent < self.max_attempts;
        let asked = asked.unwrap_or_default().min(self.max_asked);
        again.then(|| self.backoff.pause(attempts.sent).max(asked))
    }

    /// Whether only the timeout of the call ends the attempts.
    pub(crate) fn goes_on_until_timeout(&self, failure: Transient) -> bool {
        self.reconnect && failure == Transient::Unconnected
    }
}

/// How often a call was tried.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Attempted {
    /// Attempts that may have sent something, and all others that count.
    pub(crate) sent: u32,
    /// Attempts without a connection, which a policy that reconnects doesn't count.
    pub(crate) unconnected: u32,
}

/// A failure that may pass, and what is known of the request that met it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Transient {
    /// The connection was refused or not made in time: nothing was sent.
    Unconnected,
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

    const ALL: [Method; 5] =
        [Method::GET, Method::POST, Method::PATCH, Method::PUT, Method::DELETE];

    fn sent(sent: u32) -> Attempted {
        Attempted { sent, unconnected: 0 }
    }

    fn again(method: Method, failure: Transient, attempts: u32) -> bool {
        RetryPolicy::default().pause(&method, failure, sent(attempts), None).is_some()
    }

    #[test]
    fn a_write_is_repeated_only_when_nothing_was_done() {
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
    fn attempts_without_a_connection_do_not_count_unless_that_is_wanted() {
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
    fn the_server_can_ask_for_a_longer_pause_within_a_bound() {
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
    fn only_some_statuses_pass() {
        let retried: Vec<u16> = (400..600)
            .filter(|status| Transient::of_status(StatusCode::from_u16(*status).unwrap()).is_some())
            .collect();
        assert_eq!(retried, [408, 429, 500, 502, 503, 504]);
    }
}
