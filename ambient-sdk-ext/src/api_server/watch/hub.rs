//! The one watch of a client and its clones: whoever wants news of sessions takes them from here.
//!
//! A task reads the watch for as long as somebody listens. It hands each change to those whose sessions
//! it is about, and says when a connection began, since changes before that are not in it.
//!
//! Whether a watch shows anything at all is not known before it does: the server lets every caller
//! watch, says nothing to those without the right to see a session, and does not even begin its answer
//! before the first change. So a watch is [proven](Hub::is_proven) by its first change, anew on each
//! connection, and whoever relies on it goes on polling until then.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use ambient_sdk::{api_server::types, grpc};
use futures_util::StreamExt;
use tokio::{
    select,
    sync::{Notify, mpsc},
    task::JoinHandle,
    time::{Instant, sleep, sleep_until},
};

use crate::{
    api_server::stream::failures::{Failures, Tolerance},
    error::Error,
    grpc::{Grpc, channel::Events, convert},
};

/// How many notices wait for a listener. What comes beyond is dropped, and it is told to read.
const QUEUE: usize = 1024;
/// How long after a call without an answer the watch counts as open: it answers with its first change.
const OPENED: Duration = Duration::from_millis(250);
/// How long after that everything is visible which the connection missed.
const SETTLED: Duration = Duration::from_secs(1);
/// The pause after a refusal, which another try will hardly change.
const REFUSED: Duration = Duration::from_secs(300);
/// A connection that was open for so long did well, though nothing came.
const WELL: Duration = Duration::from_secs(10);
/// How long the watch stays open when nobody listens.
const LINGER: Duration = Duration::from_secs(5);

/// A change of a session.
#[derive(Clone, Debug)]
pub(crate) struct Change {
    pub(crate) id: String,
    /// The session after it; none when it was deleted.
    pub(crate) session: Option<types::Session>,
}

/// What a listener hears.
#[derive(Clone, Debug)]
pub(crate) enum Notice {
    Changed(Arc<Change>),
    /// Changes may have been missed until now: read the sessions.
    Read,
    /// There is no watch now, and why. Another will be tried.
    Lost(Arc<Error>),
}

/// Which sessions a listener is about.
#[derive(Clone, Debug)]
pub(crate) enum Interest {
    All,
    Ids(Vec<String>),
}

/// The watch of a client.
pub(crate) struct Hub {
    grpc: Arc<Grpc>,
    state: Mutex<State>,
    proven: AtomicBool,
    /// The listeners have changed.
    changed: Notify,
}

#[derive(Default)]
struct State {
    next: u64,
    listeners: HashMap<u64, Arc<Sender>>,
    of_all: Vec<u64>,
    by_id: HashMap<String, Vec<u64>>,
    task: Option<JoinHandle<()>>,
    /// Why the last try was refused, until the next.
    refused: Option<Arc<Error>>,
    /// Whether a listener came who wants to know at once whether there is a watch.
    eager: bool,
}

struct Sender {
    notices: mpsc::Sender<Notice>,
    /// Whether a notice was dropped.
    lagged: AtomicBool,
}

/// A listener's end. Dropping it ends it.
pub(crate) struct Listener {
    hub: Arc<Hub>,
    number: u64,
    interest: Interest,
    notices: mpsc::Receiver<Notice>,
    sender: Arc<Sender>,
}

impl Hub {
    pub(crate) fn new(grpc: Arc<Grpc>) -> Arc<Self> {
        Arc::new(Self {
            grpc,
            state: Mutex::default(),
            proven: AtomicBool::new(false),
            changed: Notify::new(),
        })
    }

    pub(crate) fn grpc(&self) -> &Arc<Grpc> {
        &self.grpc
    }

    /// Whether the connection that is open has shown a change.
    pub(crate) fn is_proven(&self) -> bool {
        self.proven.load(Ordering::Relaxed)
    }

    /// Listens from now on; an `eager` listener does not wait until a refusal is tried again.
    pub(crate) fn listen(self: &Arc<Self>, interest: Interest, eager: bool) -> Listener {
        let (notices, receiver) = mpsc::channel(QUEUE);
        let sender = Arc::new(Sender { notices, lagged: AtomicBool::new(false) });
        let mut state = self.state();
        state.next += 1;
        let number = state.next;
        state.listeners.insert(number, sender.clone());
        match &interest {
            Interest::All => state.of_all.push(number),
            Interest::Ids(ids) => {
                ids.iter().for_each(|id| state.by_id.entry(id.clone()).or_default().push(number))
            }
        }
        state.eager |= eager;
        if let Some(refused) = state.refused.clone().filter(|_| !eager) {
            sender.send(Notice::Lost(refused));
        }
        if state.task.as_ref().is_none_or(JoinHandle::is_finished) {
            state.task = Some(tokio::spawn(self.clone().run()));
        }
        drop(state);
        self.changed.notify_waiters();
        Listener { hub: self.clone(), number, interest, notices: receiver, sender }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Watches for as long as somebody listens.
    async fn run(self: Arc<Self>) {
        let tolerance = Tolerance { max_failures: u32::MAX, ..Tolerance::default() };
        let mut failures = Failures::new(tolerance);
        loop {
            let begun = Instant::now();
            let Some(error) = self.connection().await else { return };
            self.proven.store(false, Ordering::Relaxed);
            if begun.elapsed() >= WELL {
                failures.reset();
            }
            let is_refused = !error.is_transient();
            let pause = failures.add(error.retry_after()).unwrap_or(REFUSED);
            let pause = if is_refused { REFUSED } else { pause };
            let pause_ms = pause.as_millis() as u64;
            tracing::info!(%error, pause_ms, "no watch of sessions: they are polled until it is back");
            let error = Arc::new(error);
            self.lost(&error, is_refused);
            if !self.pause(pause).await {
                return;
            }
        }
    }

    fn lost(&self, error: &Arc<Error>, is_refused: bool) {
        let mut state = self.state();
        state.refused = is_refused.then(|| error.clone());
        state.eager = false;
        state.tell_all(&Notice::Lost(error.clone()));
    }

    /// Waits, unless somebody comes who does not want to; false when nobody listens any more.
    async fn pause(&self, pause: Duration) -> bool {
        select! {
            () = sleep(pause) => {}
            () = self.asked() => {}
            () = self.idle() => {}
        }
        self.state().refused = None;
        !self.ended()
    }

    /// Resolves when a listener wants to know at once whether there is a watch.
    async fn asked(&self) {
        loop {
            let changed = self.changed.notified();
            if self.state().eager {
                return;
            }
            changed.await;
        }
    }

    /// Whether the task ends, since nobody listens.
    fn ended(&self) -> bool {
        let mut state = self.state();
        let is_over = state.listeners.is_empty();
        if is_over {
            state.task = None;
        }
        is_over
    }

    /// One connection, until it is lost; none when nobody listens any more.
    async fn connection(&self) -> Option<Error> {
        select! {
            connected = self.grpc.connected() => match connected {
                Ok(()) => {}
                Err(error) => return Some(error),
            },
            () = self.idle() => if self.ended() { return None },
        }
        let mut events: Events<grpc::SessionWatchEvent> = self.grpc.watch_sessions();
        let begun = Instant::now();
        let (mut opened, mut settled) = (false, false);
        loop {
            let due = begun + if opened { OPENED + SETTLED } else { OPENED };
            select! {
                event = events.next() => match event {
                    Some(Ok(event)) => self.take(event),
                    Some(Err(error)) => return Some(error),
                    None => return Some(Error::new(
                        crate::ErrorKind::Connection,
                        "the server ended the watch of sessions",
                    )),
                },
                () = sleep_until(due), if !settled => {
                    settled = opened;
                    if !std::mem::replace(&mut opened, true) {
                        tracing::debug!("watching sessions");
                    }
                    self.state().tell_all(&Notice::Read);
                }
                () = self.idle() => if self.ended() { return None },
            }
        }
    }

    /// Resolves when nobody has listened for a while.
    async fn idle(&self) {
        loop {
            let changed = self.changed.notified();
            if !self.state().listeners.is_empty() {
                changed.await;
                continue;
            }
            sleep(LINGER).await;
            if self.state().listeners.is_empty() {
                return;
            }
        }
    }

    fn take(&self, event: grpc::SessionWatchEvent) {
        self.proven.store(true, Ordering::Relaxed);
        let is_deleted = event.r#type() == grpc::EventType::Deleted;
        let shown = event.session.as_ref().and_then(|session| session.metadata.as_ref());
        let id = match (event.resource_id.is_empty(), shown) {
            (true, Some(metadata)) => metadata.id.clone(),
            _ => event.resource_id,
        };
        let state = self.state();
        let listeners = state.listeners_of(&id);
        if listeners.is_empty() {
            return;
        }
        let session = event.session.filter(|_| !is_deleted).map(convert::session);
        let notice = match session.is_some() || is_deleted {
            true => Notice::Changed(Arc::new(Change { id, session })),
            // A change that shows nothing of its session.
            false => Notice::Read,
        };
        listeners.iter().for_each(|listener| listener.send(notice.clone()));
    }
}

impl State {
    fn listeners_of(&self, id: &str) -> Vec<&Arc<Sender>> {
        let numbers = self.of_all.iter().chain(self.by_id.get(id).into_iter().flatten());
        numbers.filter_map(|number| self.listeners.get(number)).collect()
    }

    fn tell_all(&self, notice: &Notice) {
        self.listeners.values().for_each(|listener| listener.send(notice.clone()));
    }

    fn remove(&mut self, number: u64, interest: &Interest) {
        self.listeners.remove(&number);
        self.of_all.retain(|other| *other != number);
        let Interest::Ids(ids) = interest else { return };
        for id in ids {
            if let Some(numbers) = self.by_id.get_mut(id) {
                numbers.retain(|other| *other != number);
                if numbers.is_empty() {
                    self.by_id.remove(id);
                }
            }
        }
    }
}

impl Sender {
    fn send(&self, notice: Notice) {
        if self.notices.try_send(notice).is_err() {
            self.lagged.store(true, Ordering::Relaxed);
        }
    }
}

impl Listener {
    /// The next notice.
    pub(crate) async fn next(&mut self) -> Notice {
        if let Ok(notice) = self.notices.try_recv() {
            return notice;
        }
        if self.sender.lagged.swap(false, Ordering::Relaxed) {
            return Notice::Read;
        }
        match self.notices.recv().await {
            Some(notice) => notice,
            // The sender is held here, so that the queue never ends.
            None => std::future::pending().await,
        }
    }

    pub(crate) fn is_proven(&self) -> bool {
        self.hub.is_proven()
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.hub.state().remove(self.number, &self.interest);
        self.hub.changed.notify_waiters();
    }
}
