//! The progress of a run: the messages and phases of its session, until it is over.

use std::{convert::Infallible, future::pending, time::Duration};

use ambient_sdk::api_server::types;
use futures_util::StreamExt;
use tokio::{
    select,
    time::{Instant, sleep, timeout_at},
};

use super::{Begin, EndedSession, Run, RunUpdate, Settings, ended::Output, stop, stop::StopOnDrop};
use crate::{
    api_server::{
        ApiServer,
        messages::{FollowedMessages, Message},
        stream::failures::{Failures, Tolerance},
    },
    error::{Error, Result},
    options::CallOptions,
    transport::FOREVER,
    wait::{Update, Updates, WaitReport, Waitable},
};

/// The shortest and the longest interval at which the session is read.
const READ_EVERY: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(15));
/// The shortest timeout of a call.
const LEAST: Duration = Duration::from_millis(1);
/// The delay of the read after a message that ends a run.
const SOON: Duration = Duration::from_millis(250);

/// A run in progress.
pub(super) struct Progress {
    server: ApiServer,
    settings: Settings,
    begin: Option<Begin>,
    started: Instant,
    deadline: Option<Instant>,
    id: String,
    /// Whether this run created the session.
    created: bool,
    live: Option<FollowedMessages>,
    reads: Option<Updates<types::Session>>,
    polls: u32,
    last_state: Option<String>,
    output: Output,
    /// The ended session and its remaining messages.
    over: Option<(types::Session, std::vec::IntoIter<Message>)>,
    stop_on_drop: Option<StopOnDrop>,
    finished: bool,
}

impl Progress {
    pub(super) fn new(run: Run) -> Self {
        let started = Instant::now();
        let Run { server, begin, settings } = run;
        Self {
            server,
            begin: Some(begin),
            started,
            deadline: settings.timeout.map(|timeout| started + timeout.min(FOREVER)),
            settings,
            id: String::new(),
            created: false,
            live: None,
            reads: None,
            polls: 0,
            last_state: None,
            output: Output::default(),
            over: None,
            stop_on_drop: None,
            finished: false,
        }
    }

    /// Returns the next update; `None` after the end.
    pub(super) async fn next(&mut self) -> Option<Result<RunUpdate>> {
        if self.finished {
            return None;
        }
        if let Err(error) = crate::runtime::check() {
            self.finished = true;
            return Some(Err(error));
        }
        let update = match self.begin.take() {
            // The first calls have their own deadline, because their errors contain the outcome.
            Some(Begin::Create(request)) => self.create(*request).await,
            Some(Begin::Existing(id)) => {
                self.follow(id);
                self.next_in_time().await
            }
            None => self.next_in_time().await,
        };
        self.finished = !matches!(update, Ok(RunUpdate::Phase(_) | RunUpdate::Message(_)));
        if self.finished
            && let Some(stop) = &mut self.stop_on_drop
        {
            stop.disarm();
        }
        Some(update)
    }

    /// Returns the error for a caller that polls again after the end.
    pub(super) fn ended_already(&self) -> Error {
        Error::invalid(format!("Invalid request: the run of session {} has ended", self.id))
    }

    async fn create(&mut self, request: Result<types::SessionCreateRequest>) -> Result<RunUpdate> {
        let id = self.within_deadline().sessions().create_for_id(request?).await?;
        let session = self.within_deadline().sessions().start_created(&id).await?;
        self.created = true;
        self.follow(id);
        if self.settings.stop_on_drop {
            self.stop_on_drop = Some(StopOnDrop::new(&self.server, &self.id));
        }
        self.saw(&session);
        Ok(RunUpdate::Phase(Box::new(session)))
    }

    async fn next_in_time(&mut self) -> Result<RunUpdate> {
        let Some(deadline) = self.deadline else { return self.go_on().await };
        match timeout_at(deadline, self.go_on()).await {
            Ok(update) => update,
            Err(_) => Err(self.timed_out().await),
        }
    }

    /// Returns a handle whose calls end by the deadline.
    fn within_deadline(&self) -> ApiServer {
        let Some(deadline) = self.deadline else { return self.server.clone() };
        let left = deadline.saturating_duration_since(Instant::now()).max(LEAST);
        let timeout = left.min(self.server.client.call_timeout());
        self.server.with(CallOptions::new().timeout(timeout))
    }

    fn follow(&mut self, id: String) {
        let follow = (self.settings.follow)(self.server.messages(&id).follow());
        self.live = Some(follow.after(0).messages());
        self.id = id;
        self.read_in(Duration::ZERO);
    }

    /// Schedules reads of the session: the first after `pause`, then at intervals.
    fn read_in(&mut self, pause: Duration) {
        let wait = self.server.sessions().wait_for_completion(&self.id);
        let wait = wait.poll_interval(READ_EVERY.0).max_poll_interval(READ_EVERY.1);
        self.reads = Some(wait.initial_delay(pause).updates());
    }

    async fn go_on(&mut self) -> Result<RunUpdate> {
        loop {
            if let Some((session, rest)) = &mut self.over {
                if let Some(message) = rest.next() {
                    self.output.see(&message);
                    return Ok(RunUpdate::Message(message));
                }
                let output = std::mem::take(&mut self.output);
                return Ok(RunUpdate::Ended(Box::new(EndedSession::new(session.clone(), output))));
            }
            select! {
                biased;
                message = next_message(&mut self.live) => match message {
                    Ok(message) => {
                        if self.output.see(&message) {
                            self.read_in(SOON);
                        }
                        return Ok(RunUpdate::Message(message));
                    }
                    Err(error) => return Err(self.of_session(error, "can't be followed")),
                },
                session = next_read(&mut self.reads) => {
                    let session = session.map_err(|error| self.of_session(error, "can't be read"))?;
                    self.polls += 1;
                    let is_new = self.saw(&session);
                    if session.is_over() {
                        self.end(session.clone()).await?;
                    }
                    if is_new {
                        return Ok(RunUpdate::Phase(Box::new(session)));
                    }
                }
            }
        }
    }

    /// Records the phase; returns whether it changed.
    fn saw(&mut self, session: &types::Session) -> bool {
        let is_new = self.last_state.as_deref() != Some(session.state());
        self.last_state = Some(session.state().to_owned());
        is_new
    }

    /// Lists the messages that the connection may not have delivered.
    async fn end(&mut self, session: types::Session) -> Result<()> {
        let had = self.live.as_ref().map(FollowedMessages::cursor).unwrap_or_default();
        self.reads = None;
        let mut failures = Failures::new(Tolerance::default());
        let rest = loop {
            match self.server.messages(&self.id).list().after(had.clone()).await {
                Ok(rest) => break rest,
                // The rest of the messages cannot be read in this case.
                Err(error) if error.is_too_large() || error.is_decode() => break Vec::new(),
                Err(error) => match failures.add(error.retry_after()) {
                    Some(pause) if error.is_transient() => sleep(pause).await,
                    _ => return Err(self.of_session(error, "is over; can't read its messages")),
                },
            }
        };
        self.live = None;
        self.over = Some((session, rest.into_iter()));
        Ok(())
    }

    /// Adds the session to an error.
    fn of_session(&self, error: Error, what: &str) -> Error {
        let error = error.prefixed(&format!("session {} {what}", self.id));
        if self.created { error.with_created(&self.id) } else { error }
    }

    async fn timed_out(&mut self) -> Error {
        let report = WaitReport {
            id: self.id.clone(),
            last_state: self.last_state.clone(),
            elapsed: self.started.elapsed(),
            polls: self.polls,
            last_failure: None,
        };
        let error = crate::wait::timed_out(self.settings.timeout, report);
        let error = if self.created { error.with_created(&self.id) } else { error };
        if !self.settings.stop_on_timeout {
            return error;
        }
        let timeout = self.settings.timeout.unwrap_or_default();
        error.followed_by(&stop::stop(&self.server, &self.id, timeout).await)
    }
}

/// Returns the next message. Undecodable frames are skipped, because the list is read for their
/// messages.
async fn next_message(live: &mut Option<FollowedMessages>) -> Result<Message> {
    while let Some(live) = live {
        match live.next().await {
            Some(Err(error)) if error.is_decode() => {}
            Some(message) => return message,
            None => break,
        }
    }
    never().await
}

/// Returns the session at its next read.
async fn next_read(reads: &mut Option<Updates<types::Session>>) -> Result<types::Session> {
    while let Some(reads) = reads {
        match reads.next().await {
            Some(Ok(Update::Seen(seen))) => return Ok(seen.session),
            Some(Ok(Update::Interrupted(_))) => {}
            Some(Err(error)) => return Err(error),
            None => break,
        }
    }
    never().await
}

async fn never<T>() -> T {
    match pending::<Infallible>().await {}
}
