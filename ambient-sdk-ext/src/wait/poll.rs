//! The loop of a wait: look, decide, pause.

use std::time::Duration;

use tokio::time::{Instant, sleep, timeout_at};

use super::{NotFound, Update, Wait, WaitReport, Waitable};
use crate::error::{Error, ErrorKind, Result};

/// The longest pause that a server can ask for.
const MOST_ASKED: Duration = Duration::from_secs(600);
/// The pause before a 404 is taken for an answer: a server that shuts down answers 404 for sessions
/// that exist.
const LOOK_AGAIN: Duration = Duration::from_secs(1);
/// What a look that starts at the deadline has to answer.
const LAST_LOOK: Duration = Duration::from_secs(1);

/// A wait that goes on: its settings, and what it has seen.
pub(super) struct Loop<S> {
    wait: Wait<S>,
    started: Instant,
    deadline: Option<Instant>,
    polls: u32,
    failures: u32,
    /// Whether the last look found no such session.
    missing: bool,
    pause: Duration,
    last_state: Option<String>,
    last_failure: Option<String>,
    over: bool,
}

impl<S: Waitable> Loop<S> {
    pub(super) fn new(wait: Wait<S>) -> Self {
        let started = Instant::now();
        Self {
            started,
            deadline: wait.settings.timeout.and_then(|timeout| started.checked_add(timeout)),
            polls: 0,
            failures: 0,
            missing: false,
            pause: wait.settings.initial_delay,
            last_state: None,
            last_failure: None,
            over: false,
            wait,
        }
    }

    /// The next successful look, or the failure that ends the wait; `None` after its end.
    pub(super) async fn next(&mut self) -> Option<Result<Update<S>>> {
        while !self.over {
            if let Err(timed_out) = self.sleep().await {
                return self.end(timed_out);
            }
            self.pause = self.next_interval();
            match self.look().await {
                Ok(session) => return Some(self.saw(session)),
                Err(error) => {
                    if let Err(error) = self.tolerated(error) {
                        return self.end(error);
                    }
                }
            }
        }
        None
    }

    /// Pauses before a look: before the first one the initial delay, then the interval, and never
    /// past the deadline, so that the last look is at it.
    async fn sleep(&self) -> Result<()> {
        let Some(deadline) = self.deadline else {
            sleep(self.pause).await;
            return Ok(());
        };
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() && self.polls > 0 {
            return Err(self.timed_out());
        }
        sleep(self.pause.min(left)).await;
        Ok(())
    }

    async fn look(&mut self) -> Result<S> {
        let fetch = (self.wait.look.fetch)();
        let first = self.polls == 0;
        self.polls += 1;
        match self.deadline.filter(|_| !first) {
            Some(deadline) => {
                let least = Instant::now() + LAST_LOOK;
                let looked = timeout_at(deadline.max(least), fetch).await;
                looked.unwrap_or_else(|_| Err(self.timed_out()))
            }
            None => fetch.await,
        }
    }

    fn saw(&mut self, session: S) -> Result<Update<S>> {
        self.failures = 0;
        self.missing = false;
        self.last_failure = None;
        let state = session.state();
        let changed = self.last_state.as_deref() != Some(state);
        self.last_state = Some(state.to_owned());
        if session.is_not_started() && !self.wait.settings.not_started {
            self.over = true;
            return Err(self.not_started());
        }
        let wanted = self.wait.until.as_ref().is_some_and(|until| until(&session));
        self.over = wanted || session.is_over();
        Ok(Update {
            session,
            polls: self.polls,
            elapsed: self.started.elapsed(),
            changed,
            is_over: self.over,
        })
    }

    /// Whether the wait goes on after a failed look.
    fn tolerated(&mut self, error: Error) -> Result<()> {
        self.last_failure = Some(error.to_string());
        if error.is_not_found() && self.wait.settings.not_found == NotFound::KeepWaiting {
            return Ok(());
        }
        if error.is_not_found() && !std::mem::replace(&mut self.missing, true) {
            self.pause = LOOK_AGAIN;
            return Ok(());
        }
        self.missing = false;
        self.failures += 1;
        if !error.is_transient() || self.failures > self.wait.settings.tolerated {
            return Err(error);
        }
        let asked = error.retry_after().unwrap_or_default();
        self.pause = self.pause.max(asked.min(MOST_ASKED));
        Ok(())
    }

    /// The interval after the look that is to come: it grows by a half where it may grow.
    fn next_interval(&self) -> Duration {
        let settings = &self.wait.settings;
        match settings.largest {
            Some(largest) if self.polls > 0 => {
                let grown = self.pause.saturating_mul(3) / 2;
                grown.clamp(settings.interval, largest.max(settings.interval))
            }
            _ => settings.interval,
        }
    }

    fn end(&mut self, error: Error) -> Option<Result<Update<S>>> {
        self.over = true;
        let known = error.wait().is_some();
        Some(Err(if known { error } else { error.with_wait(self.report()) }))
    }

    fn report(&self) -> WaitReport {
        WaitReport {
            id: self.wait.look.id.clone(),
            last_state: self.last_state.clone(),
            elapsed: self.started.elapsed(),
            polls: self.polls,
            last_failure: self.last_failure.clone(),
        }
    }

    pub(super) fn timed_out(&self) -> Error {
        let report = self.report();
        let timeout = self.wait.settings.timeout.unwrap_or(report.elapsed).as_secs_f64();
        let text = format!("Session monitoring timed out after {timeout} seconds ({report})");
        Error::new(ErrorKind::Timeout, text).with_wait(report)
    }

    fn not_started(&self) -> Error {
        let report = self.report();
        let id = &report.id;
        let text = format!(
            "session {id} was never started, so waiting for it would not end: start it first"
        );
        Error::new(ErrorKind::NotStarted, text).with_wait(report)
    }
}
