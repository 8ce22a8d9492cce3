//! The session watch that a client and its clones share.
//!
//! A task reads the watch while there are listeners. It forwards each change to the listeners of
//! that session, and notifies all of them when a connection begins, because the watch does not
//! include earlier changes.
//!
//! Whether a watch delivers changes is unknown until the first one: the server accepts the watch of
//! every caller, omits sessions that the caller cannot access, and does not start its response
//! before the first change. Therefore a watch is [proven](Hub::is_proven) by the first change on
//! each connection, and its users continue to poll until then.

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

/// The capacity of a listener's queue. Further notices are dropped, and the listener receives
/// `Read`.
const QUEUE: usize = 1024;
/// The time after which a call without a response counts as open: the server responds with the
/// first change.
const OPENED: Duration = Duration::from_millis(250);
/// The further time until all changes that the connection missed are visible.
const SETTLED: Duration = Duration::from_secs(1);
/// The pause after a refusal, which a retry is unlikely to change.
const REFUSED: Duration = Duration::from_secs(300);
/// The time after which an open connection counts as healthy, even without changes.
const WELL: Duration = Duration::from_secs(10);
/// The time for which the watch stays open without listeners.
const LINGER: Duration = Duration::from_secs(5);

/// A change of a session.
#[derive(Clone, Debug)]
pub(crate) struct Change {
    pub(crate) id: String,
    /// The session after the change; `None` if it was deleted.
    pub(crate) session: Option<types::Session>,
}

/// A notification for a listener.
#[derive(Clone, Debug)]
pub(crate) enum Notice {
    Changed(Arc<Change>),
    /// Changes may have been missed: read the sessions.
    Read,
    /// The watch was lost for this reason; it will be reopened.
    Lost(Arc<Error>),
}

/// The sessions that a listener is interested in.
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
    /// Notified when the listeners change.
    changed: Notify,
}

#[derive(Default)]
struct State {
    next: u64,
    listeners: HashMap<u64, Arc<Sender>>,
    of_all: Vec<u64>,
    by_id: HashMap<String, Vec<u64>>,
    task: Option<JoinHandle<()>>,
    /// The reason for the last refusal, until the next attempt.
    refused: Option<Arc<Error>>,
    /// Whether a listener asked for an immediate attempt.
    eager: bool,
}

struct Sender {
    notices: mpsc::Sender<Notice>,
    /// Whether a notice was dropped.
    lagged: AtomicBool,
}

/// The receiving end of a listener. Dropping it unsubscribes.
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

    /// Returns whether the current connection has delivered a change.
    pub(crate) fn is_proven(&self) -> bool {
        self.proven.load(Ordering::Relaxed)
    }

    /// Subscribes to changes. An `eager` listener triggers an immediate attempt after a refusal.
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

    /// Watches while there are listeners.
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
            tracing::info!(%error, pause_ms, "watch unavailable; sessions are polled meanwhile");
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
        state.notify_all(&Notice::Lost(error.clone()));
    }

    /// Pauses, unless an eager listener subscribes; returns `false` if there are no listeners.
    async fn pause(&self, pause: Duration) -> bool {
        select! {
            () = sleep(pause) => {}
            () = self.eager_listener() => {}
            () = self.idle() => {}
        }
        self.state().refused = None;
        !self.ended()
    }

    /// Resolves when an eager listener has subscribed.
    async fn eager_listener(&self) {
        loop {
            let changed = self.changed.notified();
            if self.state().eager {
                return;
            }
            changed.await;
        }
    }

    /// Returns whether the task must end because there are no listeners.
    fn ended(&self) -> bool {
        let mut state = self.state();
        let is_over = state.listeners.is_empty();
        if is_over {
            state.task = None;
        }
        is_over
    }

    /// Runs one connection until it is lost; `None` if there are no listeners.
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
                    self.state().notify_all(&Notice::Read);
                }
                () = self.idle() => if self.ended() { return None },
            }
        }
    }

    /// Resolves when there were no listeners for a while.
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
            // A change without its session.
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

    fn notify_all(&self, notice: &Notice) {
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
    /// Returns the next notice.
    pub(crate) async fn next(&mut self) -> Notice {
        if let Ok(notice) = self.notices.try_recv() {
            return notice;
        }
        if self.sender.lagged.swap(false, Ordering::Relaxed) {
            return Notice::Read;
        }
        match self.notices.recv().await {
            Some(notice) => notice,
            // The listener holds the sender, so the queue is never closed.
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
