//! One watch: the changes as they come, and the list for what they miss.

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

/// How often the list is read while the watch has not shown a change.
const UNPROVEN: Duration = Duration::from_secs(15);
/// How many sessions a page of the list has.
const PAGE: u32 = 500;
/// How many ids one request takes: they are part of its URL.
const IDS_A_LIST: usize = 100;

pub(super) struct Reader {
    watch: Watch,
    listener: Option<Listener>,
    known: Known,
    ready: VecDeque<WatchEvent>,
    reading: Option<Reading>,
    /// Whether the list is to be read again after the read that goes on.
    again: bool,
    /// When the list was last read, or could not be.
    read: Instant,
    /// No read before this.
    not_before: Instant,
    failures: Failures,
    over: bool,
}

/// A read on its way.
struct Reading {
    begun: Instant,
    call: Ahead<Listed>,
}

/// What a read brought.
struct Listed {
    sessions: Vec<Session>,
    of: Of,
}

/// What a read is of.
enum Of {
    /// All sessions that the watch is about, with whether some may be missing.
    All { may_be_incomplete: bool },
    /// These, which were missing.
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

    /// The next event; none after the end.
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
            notice = listener.next() => self.heard(notice),
            () = sleep_until(due), if !reads => {
                self.begin();
                Ok(())
            }
        }
    }

    fn heard(&mut self, notice: Notice) -> Result<()> {
        match notice {
            Notice::Changed(change) => {
                self.failures.reset();
                let event = match &change.session {
                    Some(session) => self.known.take(session.clone(), Instant::now()),
                    None => self.known.delete(&change.id),
                };
                self.ready.extend(event);
            }
            // A connection was made, or has held for a while.
            Notice::Read => {
                self.failures.reset();
                self.again = true;
            }
            Notice::Lost(error) => self.failed(error.duplicate())?,
        }
        Ok(())
    }

    /// Counts a failure, unless it ends the watch.
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

    /// Begins to read the list.
    fn begin(&mut self) {
        self.again = false;
        let server = self.watch.server.clone();
        let (all, phases) = (self.watch.all_projects, self.watch.phases.clone());
        self.read(async move { list(server, all, phases).await });
    }

    /// Begins to read sessions that were missing in the list.
    fn confirm(&mut self, ids: Vec<String>) {
        let server = self.watch.server.clone();
        self.read(async move { of_ids(server, ids).await });
    }

    fn read(&mut self, call: impl Future<Output = Result<Listed>> + Send + 'static) {
        self.reading = Some(Reading { begun: Instant::now(), call: Ahead::spawn(call) });
    }

    /// A read has ended.
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
            // What is missing in such a list may be there.
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

/// All sessions that a watch is about.
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

/// These sessions, of any project; those that are gone are not among them.
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
    let text = "the client has no watch: it was built without gRPC, or with a transport of its own; \
                set grpc_url";
    Error::new(ErrorKind::Configuration, text)
}
