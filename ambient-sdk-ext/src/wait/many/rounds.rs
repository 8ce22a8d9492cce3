//! The rounds of a wait for many sessions.
//!
//! A round reads the sessions that are not over yet in batches. Outcomes are returned after each
//! batch, so that at most the sessions of one batch are in memory.

use std::{
    collections::{BTreeMap, HashSet, VecDeque},
    sync::Arc,
    time::SystemTime,
};

use super::{
    super::{
        news::{Listener, Signal},
        not_started,
        outage::Outage,
        poll::CONFIRM,
        schedule::Schedule,
        timed_out,
    },
    Group, NotFound, WaitMany, WaitOutcome, WaitSettings, Waitable,
};
use tokio::select;

use crate::{
    error::{Error, Result},
    metrics::Ongoing,
    wait::WaitReport,
};

/// A session that is not over yet.
#[derive(Default)]
struct Pending {
    last_state: Option<Box<str>>,
    last_failure: Option<Arc<str>>,
    polls: u32,
    /// Whether the last round did not find the session.
    missing: bool,
    /// The latest change time among the states that were read.
    changed_at: Option<SystemTime>,
    outage: Outage,
}

/// A wait for many sessions in progress.
pub(super) struct Rounds<S> {
    group: Group<S>,
    settings: WaitSettings,
    schedule: Schedule,
    news: Listener<S>,
    pending: BTreeMap<String, Pending>,
    /// The ids that remain to be read in this round.
    to_read: VecDeque<Vec<String>>,
    ready: VecDeque<WaitOutcome<S>>,
    _measured: Ongoing,
}

impl<S: Waitable> Rounds<S> {
    pub(super) fn new(wait: WaitMany<S>) -> Self {
        let WaitMany { mut group, ids, settings } = wait;
        let schedule = Schedule::new(&settings, group.slow_down.clone());
        let news = Listener::new(group.listen.take());
        let mut rounds = Self {
            group,
            settings,
            schedule,
            news,
            pending: BTreeMap::new(),
            to_read: VecDeque::new(),
            ready: VecDeque::new(),
            _measured: Ongoing::wait(),
        };
        for id in ids {
            match (rounds.group.check)(&id) {
                Ok(()) => _ = rounds.pending.insert(id, Pending::default()),
                Err(error) => rounds.ready.push_back(WaitOutcome { id, result: Err(error) }),
            }
        }
        rounds
    }

    /// Returns the next outcome; `None` when each session has one.
    pub(super) async fn next(&mut self) -> Option<WaitOutcome<S>> {
        loop {
            if let Some(outcome) = self.ready.pop_front() {
                return Some(outcome);
            }
            if self.pending.is_empty() {
                return None;
            }
            if let Err(error) = crate::runtime::check() {
                let ids: Vec<String> = self.pending.keys().cloned().collect();
                self.failed(&ids, &error);
                continue;
            }
            match self.to_read.pop_front() {
                Some(batch) => self.read(batch).await,
                None => self.begin_round().await,
            }
        }
    }

    async fn begin_round(&mut self) {
        self.news.begin(|| self.pending.keys().cloned().collect());
        let is_proven = self.news.is_proven();
        let has_begun = self.schedule.has_begun();
        let signal = select! {
            biased;
            signal = self.news.next(), if has_begun => signal,
            continues = self.schedule.pause(is_proven) => match continues {
                true => Signal::Poll,
                false => return self.end_all(),
            },
        };
        match signal {
            Signal::Session(session) => return self.pushed(*session),
            Signal::Silence => return,
            Signal::Poll => self.schedule.skip(),
        }
        let ids: Vec<&String> = self.pending.keys().collect();
        let batches = ids.chunks(self.group.most.max(1));
        self.to_read = batches.map(|ids| ids.iter().copied().cloned().collect()).collect();
    }

    /// Reads a batch: first with the list, then individually those that the list lacks.
    async fn read(&mut self, ids: Vec<String>) {
        let list = (self.group.list)(ids.clone());
        let sessions = match self.schedule.within(list).await {
            Some(Ok(sessions)) => sessions,
            Some(Err(error)) => return self.failed(&ids, &error),
            None => return self.end_all(),
        };
        let listed: HashSet<String> = sessions.iter().map(|session| session.id().into()).collect();
        sessions.into_iter().for_each(|session| self.polled(session));
        for id in ids.into_iter().filter(|id| !listed.contains(id)) {
            if !self.read_alone(id).await {
                return self.end_all();
            }
        }
    }

    /// Reads one session; returns `false` if the deadline has passed.
    async fn read_alone(&mut self, id: String) -> bool {
        let get = (self.group.get)(id.clone());
        match self.schedule.within(get).await {
            Some(Ok(session)) => self.polled(session),
            Some(Err(error)) if error.is_not_found() => self.missed(&id, error),
            Some(Err(error)) => self.failed(&[id], &error),
            None => return false,
        }
        true
    }

    /// Processes a pushed session, unless a newer state was read.
    fn pushed(&mut self, session: S) {
        let seen = self.pending.get(session.id()).map(|pending| pending.changed_at);
        if seen.is_some_and(|seen| session.changed_at() >= seen) {
            self.saw(session);
        }
    }

    /// Processes a session that a poll returned.
    fn polled(&mut self, session: S) {
        if let Some(pending) = self.pending.get_mut(session.id()) {
            pending.polls += 1;
        }
        self.saw(session);
    }

    fn saw(&mut self, session: S) {
        // A list may contain sessions that are not part of the wait.
        let Some(pending) = self.pending.get_mut(session.id()) else { return };
        pending.missing = false;
        pending.last_failure = None;
        pending.changed_at = session.changed_at().or(pending.changed_at);
        pending.outage.over();
        if pending.last_state.as_deref() != Some(session.state()) {
            pending.last_state = Some(session.state().into());
        }
        let id = session.id().to_owned();
        if session.is_over() {
            self.end(&id, |_| Ok(session));
        } else if session.is_not_started() && !self.settings.even_if_not_started {
            self.end(&id, |report| Err(not_started(report)));
        }
    }

    fn missed(&mut self, id: &str, error: Error) {
        let Some(pending) = self.pending.get_mut(id) else { return };
        pending.polls += 1;
        let again = std::mem::replace(&mut pending.missing, true);
        if self.settings.not_found == NotFound::KeepWaiting {
            return;
        }
        if again {
            self.end(id, |report| Err(error.with_wait(report)));
        } else {
            self.schedule.next_in(CONFIRM);
        }
    }

    /// Processes a failed request for some sessions: they are read again in the next round, or end
    /// with the error.
    fn failed(&mut self, ids: &[String], error: &Error) {
        if error.is_rate_limited() {
            self.schedule.rate_limited(error.retry_after());
        }
        self.schedule.at_least(error.retry_after().unwrap_or_default());
        let text: Arc<str> = error.to_string().into();
        for id in ids {
            let Some(pending) = self.pending.get_mut(id) else { continue };
            pending.polls += 1;
            pending.last_failure = Some(text.clone());
            if !pending.outage.is_tolerated(error, self.settings.max_outage) {
                self.end(id, |report| Err(error.duplicate().with_wait(report)));
            }
        }
    }

    fn end(&mut self, id: &str, result: impl FnOnce(WaitReport) -> Result<S>) {
        if let Some((id, pending)) = self.pending.remove_entry(id) {
            let result = result(self.report(&id, pending));
            self.ready.push_back(WaitOutcome { id, result });
        }
    }

    /// Ends all remaining sessions after the timeout.
    fn end_all(&mut self) {
        self.to_read.clear();
        for (id, pending) in std::mem::take(&mut self.pending) {
            let error = timed_out(self.settings.timeout, self.report(&id, pending));
            self.ready.push_back(WaitOutcome { id, result: Err(error) });
        }
    }

    fn report(&self, id: &str, pending: Pending) -> WaitReport {
        WaitReport {
            id: id.to_owned(),
            last_state: pending.last_state.map(String::from),
            elapsed: self.schedule.elapsed(),
            polls: pending.polls,
            last_failure: pending.last_failure.map(|text| text.as_ref().to_owned()),
        }
    }
}
