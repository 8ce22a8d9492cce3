//! The loop of a wait for one session: pause, poll, and check whether it is over.

use std::time::{Duration, SystemTime};

use tokio::select;

use super::{
    Interruption, NotFound, Seen, Update, Wait, WaitReport, Waitable,
    news::{Listener, Signal},
    outage::Outage,
    schedule::Schedule,
};
use crate::{
    error::{Error, Result},
    metrics::Ongoing,
};

/// The pause before a poll that returned 404 is repeated, because a server that is shutting down
/// returns 404 for existing sessions.
pub(super) const CONFIRM: Duration = Duration::from_secs(1);

/// A wait in progress: its settings and its state.
pub(super) struct Loop<S> {
    wait: Wait<S>,
    schedule: Schedule,
    news: Listener<S>,
    outage: Outage,
    polls: u32,
    /// Whether the last poll did not find the session.
    missing: bool,
    last_state: Option<String>,
    last_failure: Option<String>,
    /// The time of the last change in the newest state that was read.
    changed_at: Option<SystemTime>,
    over: bool,
    _measured: Ongoing,
}

/// The reason why a pause ended.
enum Pause<S> {
    Poll,
    Changed(Box<S>),
    Over,
}

impl<S: Waitable> Loop<S> {
    pub(super) fn new(mut wait: Wait<S>) -> Self {
        Self {
            schedule: Schedule::new(&wait.settings, wait.target.slow_down.clone()),
            news: Listener::new(wait.target.listen.take()),
            outage: Outage::default(),
            polls: 0,
            missing: false,
            last_state: None,
            last_failure: None,
            changed_at: None,
            over: false,
            _measured: Ongoing::wait(),
            wait,
        }
    }

    /// Returns the next update, or the failure that ends the wait; `None` after its end.
    pub(super) async fn next(&mut self) -> Option<Result<Update<S>>> {
        if self.over {
            return None;
        }
        if let Err(error) = crate::runtime::check() {
            return self.end(error);
        }
        match self.pause().await {
            Pause::Over => return self.end(self.timed_out()),
            Pause::Changed(session) => return Some(self.saw(*session).map(Update::Seen)),
            Pause::Poll => {}
        }
        self.polls += 1;
        let polled = self.schedule.within((self.wait.target.fetch)()).await;
        match polled {
            Some(Ok(session)) => Some(self.saw(session).map(Update::Seen)),
            Some(Err(error)) => match self.failed(error) {
                Ok(interruption) => Some(Ok(Update::Interrupted(interruption))),
                Err(error) => self.end(error),
            },
            None => self.end(self.timed_out()),
        }
    }

    /// Pauses until the next poll is due or a change of the session arrives.
    async fn pause(&mut self) -> Pause<S> {
        self.news.begin(|| vec![self.wait.target.id.clone()]);
        loop {
            let is_proven = self.news.is_proven();
            let polled = self.polls > 0;
            let signal = select! {
                biased;
                signal = self.news.next(), if polled => signal,
                continues = self.schedule.pause(is_proven) => {
                    return if continues { Pause::Poll } else { Pause::Over };
                }
            };
            match signal {
                Signal::Poll => {
                    self.schedule.skip();
                    return Pause::Poll;
                }
                Signal::Session(session) if session.changed_at() >= self.changed_at => {
                    return Pause::Changed(session);
                }
                // An older state that was in transit while a newer one was read.
                Signal::Session(_) | Signal::Silence => {}
            }
        }
    }

    fn saw(&mut self, session: S) -> Result<Seen<S>> {
        self.outage.over();
        self.missing = false;
        self.last_failure = None;
        self.changed_at = session.changed_at().or(self.changed_at);
        let state = session.state();
        let changed = self.last_state.as_deref() != Some(state);
        self.last_state = Some(state.to_owned());
        if session.is_not_started() && !self.wait.settings.even_if_not_started {
            self.over = true;
            return Err(super::not_started(self.report()));
        }
        let wanted = self.wait.until.as_ref().is_some_and(|until| until(&session));
        self.over = wanted || session.is_over();
        let elapsed = self.schedule.elapsed();
        Ok(Seen { session, polls: self.polls, elapsed, changed, is_over: self.over })
    }

    /// Returns the update for a failed poll, or the error if the wait ends.
    fn failed(&mut self, error: Error) -> Result<Interruption> {
        self.last_failure = Some(error.to_string());
        if !self.continues_after(&error) {
            return Err(error);
        }
        if error.is_rate_limited() {
            self.schedule.rate_limited(error.retry_after());
        }
        self.schedule.at_least(error.retry_after().unwrap_or_default());
        Ok(Interruption {
            failures: self.outage.failures(),
            outage: self.outage.elapsed(),
            polls: self.polls,
            elapsed: self.schedule.elapsed(),
            error,
        })
    }

    fn continues_after(&mut self, error: &Error) -> bool {
        if !error.is_not_found() {
            return self.outage.is_tolerated(error, self.wait.settings.max_outage);
        }
        if self.wait.settings.not_found == NotFound::KeepWaiting {
            return true;
        }
        self.schedule.next_in(CONFIRM);
        !std::mem::replace(&mut self.missing, true)
    }

    fn end(&mut self, error: Error) -> Option<Result<Update<S>>> {
        self.over = true;
        let known = error.wait().is_some();
        Some(Err(if known { error } else { error.with_wait(self.report()) }))
    }

    fn report(&self) -> WaitReport {
        WaitReport {
            id: self.wait.target.id.clone(),
            last_state: self.last_state.clone(),
            elapsed: self.schedule.elapsed(),
            polls: self.polls,
            last_failure: self.last_failure.clone(),
        }
    }

    pub(super) fn timed_out(&self) -> Error {
        super::timed_out(self.wait.settings.timeout, self.report())
    }
}
