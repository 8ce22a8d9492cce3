//! The reader of one watch: combines the pushed changes with reads of the list.

use std::{
    collections::{HashSet, VecDeque},
    time::Duration,
};

use ambient_sdk::api_server::types::{Session, SessionPhase};
use tokio::{
    select,
    time::{Instant, sleep_until},
};

use super::{
    Watch, WatchEvent,
    hub::{Interest, Listener, Notice},
    known::Known,
};
use crate::{
    api_server::{
        ApiServer,
        ahead::Ahead,
        search::{Search, field},
        stream::{
            connection::deadline,
            failures::{Failures, Tolerance},
        },
    },
    error::{Error, ErrorKind, Result},
};

/// The interval of list reads while the watch has not delivered a change.
const UNPROVEN: Duration = Duration::from_secs(15);
/// The page size of the list.
const PAGE: u32 = 500;
/// The number of ids per request: they are part of its URL.
const IDS_A_LIST: usize = 100;

pub(super) struct Reader {
    watch: Watch,
    listener: Option<Listener>,
    known: Known,
    ready: VecDeque<WatchEvent>,
    reading: Option<Reading>,
    /// Whether to read the list again after the current read.
    again: bool,
    /// The time of the last list read, successful or not.
    read: Instant,
    /// The earliest time of the next read.
    not_before: Instant,
    failures: Failures,
    over: bool,
}

/// A list read in progress.
struct Reading {
    begun: Instant,
    call: Ahead<Listed>,
}

/// The result of a read.
struct Listed {
    sessions: Vec<Session>,
    of: Of,
}

/// The scope of a read.
enum Of {
    /// All sessions that the watch selects, and whether some may be missing.
    All { may_be_incomplete: bool },
    /// The sessions that were missing in the list.
    Missing(Vec<String>),
}

impl Reader {
    pub(super) fn new(watch: Watch) -> Self {
        let tolerance = Tolerance { max_failures: watch.max_failures, ..Tolerance::default() };
        let now = Instant::now();
        Self {
            known: Known::new(watch.filter()),
            watch,
            listener: None,
            ready: VecDeque::new(),
            reading: None,
            again: true,
            read: now,
            not_before: now,
            failures: Failures::new(tolerance),
            over: false,
        }
    }

    /// Returns the next event; `None` after the end.
    pub(super) async fn next(&mut self) -> Option<Result<WatchEvent>> {
        loop {
            if let Some(event) = self.ready.pop_front() {
                return Some(Ok(event));
            }
            if self.over {
                return None;
            }
            if let Err(error) = self.step().await {
                self.over = true;
                return Some(Err(error));
            }
        }
    }

    async fn step(&mut self) -> Result<()> {
        let listener = match &mut self.listener {
            Some(listener) => listener,
            None => {
                let hub = self.watch.server.client.hub().ok_or_else(no_watch)?;
                self.listener.insert(hub.listen(Interest::All, true))
            }
        };
        let every = match listener.is_proven() {
            true => self.watch.read_every,
            false => self.watch.read_every.min(UNPROVEN),
        };
        let due = if self.again { Instant::now() } else { self.read + every };
        let due = due.max(self.not_before);
        let reads = self.reading.is_some();
        select! {
            biased;
            listed = finished(&mut self.reading) => self.listed(listed),
            notice = listener.next() => self.notified(notice),
            () = sleep_until(due), if !reads => {
                self.begin();
                Ok(())
            }
        }
    }

    fn notified(&mut self, notice: Notice) -> Result<()> {
        match notice {
            Notice::Changed(change) => {
                self.failures.reset();
                let event = match &change.session {
                    Some(session) => self.known.take(session.clone(), Instant::now()),
                    None => self.known.delete(&change.id),
                };
                self.ready.extend(event);
            }
            // A connection was made, or has been open for a while.
            Notice::Read => {
                self.failures.reset();
                self.again = true;
            }
            Notice::Lost(error) => self.failed(error.duplicate())?,
        }
        Ok(())
    }

    /// Counts a failure; returns the error if it ends the watch.
    fn failed(&mut self, error: Error) -> Result<()> {
        if !error.is_transient() {
            return Err(error);
        }
        match self.failures.add(error.retry_after()) {
            Some(pause) => self.not_before = deadline(pause),
            None => {
                let failures = self.failures.count();
                let what = format!("gave up after {failures} failures in a row");
                return Err(error.prefixed(&what));
            }
        }
        Ok(())
    }

    /// Starts a read of the list.
    fn begin(&mut self) {
        self.again = false;
        let server = self.watch.server.clone();
        let (all, phases) = (self.watch.all_projects, self.watch.phases.clone());
        self.read(async move { list(server, all, phases).await });
    }

    /// Starts a read of the sessions that were missing in the list.
    fn confirm(&mut self, ids: Vec<String>) {
        let server = self.watch.server.clone();
        self.read(async move { of_ids(server, ids).await });
    }

    fn read(&mut self, call: impl Future<Output = Result<Listed>> + Send + 'static) {
        self.reading = Some(Reading { begun: Instant::now(), call: Ahead::spawn(call) });
    }

    /// Processes the result of a read.
    fn listed(&mut self, listed: Result<Listed>) -> Result<()> {
        let begun = self.reading.take().map_or_else(Instant::now, |reading| reading.begun);
        self.read = Instant::now();
        let Listed { sessions, of } = match listed {
            Ok(listed) => listed,
            Err(error) => {
                self.again = true;
                return self.failed(error);
            }
        };
        let ids: HashSet<String> = sessions.iter().map(|session| session.id.clone()).collect();
        let mut sessions = sessions;
        sessions.sort_by_key(changed);
        for session in sessions {
            let event = self.known.take(session, begun);
            self.ready.extend(event);
        }
        match of {
            // A session that is missing in such a list may still exist.
            Of::All { may_be_incomplete: true } => {
                self.again = true;
                self.not_before = self.read + UNPROVEN;
            }
            Of::All { .. } => {
                self.known.listed(begun);
                let missing = self.known.missing(&ids, begun);
                if !missing.is_empty() {
                    self.confirm(missing);
                }
            }
            Of::Missing(asked) => {
                for id in asked.iter().filter(|id| !ids.contains(*id)) {
                    let event = self.known.delete(id);
                    self.ready.extend(event);
                }
            }
        }
        Ok(())
    }
}

fn changed(session: &Session) -> Option<std::time::SystemTime> {
    session.updated_at.as_ref()?.to_system_time()
}

/// Lists all sessions that a watch selects.
async fn list(server: ApiServer, all: bool, phases: Vec<SessionPhase>) -> Result<Listed> {
    let mut list = server.sessions().list().page_size(PAGE);
    if all {
        list = list.all_projects();
    }
    if !phases.is_empty() {
        let phases = phases.iter().map(|phase| phase.as_str().to_owned());
        let search: Search = field("phase").in_list(phases);
        list = list.search(search);
    }
    let collected = list.collect().await?;
    let may_be_incomplete = collected.may_be_incomplete();
    Ok(Listed { sessions: collected.into_vec(), of: Of::All { may_be_incomplete } })
}

/// Lists these sessions, in any project; deleted sessions are omitted.
async fn of_ids(server: ApiServer, ids: Vec<String>) -> Result<Listed> {
    let mut sessions = Vec::new();
    for some in ids.chunks(IDS_A_LIST) {
        let list = server.sessions().list().all_projects().page_size(IDS_A_LIST as u32);
        let found = list.search(field("id").in_list(some.iter().cloned())).collect().await?;
        sessions.extend(found.into_vec());
    }
    Ok(Listed { sessions, of: Of::Missing(ids) })
}

async fn finished(reading: &mut Option<Reading>) -> Result<Listed> {
    match reading {
        Some(reading) => (&mut reading.call).await,
        None => std::future::pending().await,
    }
}

fn no_watch() -> Error {
    let text = "the client has no watch: it was built without gRPC, or with a custom transport; \
                set grpc_url";
    Error::new(ErrorKind::Configuration, text)
}
