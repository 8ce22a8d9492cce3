//! Decisions after a failed attempt: whether to retry, after which pause, and the error at the
//! timeout.

use std::time::Duration;

use http::Method;
use tokio::time::Instant;

use super::{Attempts, failure::Failure};
use crate::{
    error::{Error, ErrorKind, RequestOutcome},
    retry::{Attempted, RetryPolicy, Transient},
};

/// The minimum remaining time for another attempt to connect.
const LEAST: Duration = Duration::from_millis(100);

impl Attempts<'_> {
    /// Returns the pause before the next attempt, or the failure if there is none.
    pub(super) fn pause(&mut self, failure: Failure) -> Result<Duration, Failure> {
        let Some(transient) = failure.transient().filter(|_| self.next.is_some()) else {
            return Err(failure);
        };
        let policy = self.stack.retry();
        if policy.retries_until_timeout(transient) {
            self.unconnected += 1;
            return self.until_timeout(policy, transient).ok_or_else(|| self.gave_up(failure));
        }
        let asked = failure.asked();
        let Some(pause) = policy.pause(&self.method(), transient, self.attempted(), asked) else {
            return Err(failure);
        };
        let next = Instant::now().checked_add(pause);
        if next.is_none_or(|next| next >= self.deadline) {
            let asks_for_more = asked.is_some_and(|asked| asked >= pause);
            return Err(if asks_for_more { self.too_long(failure, pause) } else { failure });
        }
        if self.stack.settings.budget.take() { Ok(pause) } else { Err(failure) }
    }

    fn method(&self) -> Method {
        self.again.method(self.operation)
    }

    fn attempted(&self) -> Attempted {
        Attempted { sent: self.made - self.unconnected, unconnected: self.unconnected }
    }

    /// Returns the pause before the next attempt to connect, at most half of the remaining time.
    fn until_timeout(&self, policy: &RetryPolicy, transient: Transient) -> Option<Duration> {
        let left = self.deadline.saturating_duration_since(Instant::now());
        let pause = policy.pause(&self.method(), transient, self.attempted(), None)?;
        (left >= LEAST).then(|| pause.min(left / 2))
    }

    fn gave_up(&self, failure: Failure) -> Failure {
        let (seconds, made) = (self.started.elapsed().as_secs_f64(), self.made);
        failure.noted(format!("gave up after {made} attempts in {seconds:.1} seconds"))
    }

    fn too_long(&self, failure: Failure, pause: Duration) -> Failure {
        let left = self.deadline.saturating_duration_since(Instant::now()).as_secs_f64();
        let pause = pause.as_secs_f64();
        failure.noted(format!(
            "it was not retried: the server requests a pause of {pause} seconds, and the call has \
             {left:.1} left"
        ))
    }

    pub(super) fn timed_out(&self) -> Error {
        let allowed = self.deadline - self.started;
        let text = format!(
            "{} timed out after {} seconds ({} {}{})",
            self.operation.id(),
            allowed.as_secs_f64(),
            self.made,
            if self.made == 1 { "attempt" } else { "attempts" },
            self.line(),
        );
        let error = Error::new(ErrorKind::Timeout, text);
        match self.in_line {
            Some(_) => error.with_outcome(RequestOutcome::NotSent),
            // The token did not arrive in time.
            None if self.made == 0 => error.with_outcome(RequestOutcome::NotSent),
            None => error.with_outcome(RequestOutcome::Unknown),
        }
    }

    /// Returns a note on the time spent waiting for a place, if that was a significant part of the
    /// call.
    fn line(&self) -> String {
        let (waited, allowed) = (self.waited(), self.deadline - self.started);
        match self.stack.settings.in_flight.most() {
            Some(most) if waited > allowed / 10 => format!(
                ", {:.1} seconds waiting: the client has at most {most} requests in flight, see \
                 max_in_flight",
                waited.as_secs_f64()
            ),
            _ => String::new(),
        }
    }
}
