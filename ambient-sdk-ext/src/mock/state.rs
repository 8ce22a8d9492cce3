//! The state of the server.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use serde_json::Value;
use tokio::{sync::watch, time::Instant};

use super::{
    access::Access,
    clock::Clock,
    fault::FaultBook,
    ids::ksuid,
    kinds::Rules,
    life::{Life, Scripts},
    limit::RateLimit,
    load::ConnectionPool,
    log::RequestLog,
    messages::Messages,
    public_api::LargeResponses,
    store::{Fields, Record, Store},
    table::Table,
};

/// The data that requests, streams and the [`MockServer`](super::MockServer) share.
pub(super) struct Shared {
    pub(super) table: &'static Table,
    /// The database connections of the API server, if they are limited.
    pub(super) pool: Option<ConnectionPool>,
    state: Mutex<State>,
    /// Notifies the open streams of a change of the planned actions.
    changed: watch::Sender<()>,
    closed: AtomicBool,
}

impl Shared {
    pub(super) fn new(
        table: &'static Table,
        pool: Option<ConnectionPool>,
        state: State,
    ) -> Arc<Self> {
        Arc::new(Self {
            table,
            pool,
            state: Mutex::new(state),
            changed: watch::Sender::new(()),
            closed: AtomicBool::new(false),
        })
    }

    /// Locks the state and applies all actions that are due.
    pub(super) fn now(&self) -> MutexGuard<'_, State> {
        // No input makes the code under this lock panic. If it did, the state would still be
        // consistent enough to answer requests.
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.advance(Instant::now());
        state
    }

    /// Returns the time of the next planned action.
    pub(super) fn next_due(&self) -> Option<Instant> {
        self.now().life.next_due()
    }

    /// Wakes the open streams, so that they wait for a newly planned action.
    pub(super) fn announce(&self) {
        self.changed.send_replace(());
    }

    pub(super) fn changes(&self) -> watch::Receiver<()> {
        self.changed.subscribe()
    }

    /// Ends every stream and rejects later requests.
    pub(super) fn close(&self) {
        self.closed.store(true, Ordering::Relaxed);
        if let Some(pool) = &self.pool {
            pool.close();
        }
        self.now().disconnect();
        self.announce();
    }

    pub(super) fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Relaxed)
    }
}

/// The mutable state.
pub(super) struct State {
    pub(super) clock: Clock,
    pub(super) store: Store,
    /// The ids of sessions by their names in the cluster, which are their ids on the gateway.
    pub(super) cluster_names: BTreeMap<String, String>,
    pub(super) life: Life,
    pub(super) messages: Messages,
    pub(super) access: Access,
    pub(super) faults: FaultBook,
    pub(super) log: RequestLog,
    pub(super) limit: Option<RateLimit>,
    pub(super) large_responses: Option<LargeResponses>,
}

impl State {
    pub(super) fn new(scripts: Scripts, access: Access, limit: Option<RateLimit>) -> Self {
        Self {
            clock: Clock::start(),
            store: Store::default(),
            cluster_names: BTreeMap::new(),
            life: Life::new(scripts),
            messages: Messages::default(),
            access,
            faults: FaultBook::default(),
            log: RequestLog::default(),
            limit,
            large_responses: None,
        }
    }

    /// Ends every stream.
    pub(super) fn disconnect(&mut self) {
        self.messages.disconnect();
        #[cfg(feature = "grpc")]
        self.store.watchers.disconnect();
    }

    pub(super) fn new_id(&self, at: Instant) -> String {
        ksuid(self.clock.unix_seconds(at))
    }

    /// Stores a new record of a kind with the fields that only the server sets. Returns its id.
    pub(super) fn add(
        &mut self,
        kind: &str,
        path: &str,
        mut record: Record,
        at: Instant,
    ) -> String {
        let given = Rules::of(kind).id_from.and_then(|field| record.text(field));
        let id = given.map_or_else(|| self.new_id(at), str::to_owned);
        let time = Value::from(self.clock.text(at));
        record.id.clone_from(&id);
        record.set("id", id.as_str());
        record.set("kind", kind);
        record.set("href", format!("{path}/{id}"));
        for field in ["created_at", "updated_at"] {
            record.fields.entry(field).or_insert_with(|| time.clone());
        }
        self.store.put(kind, record);
        id
    }

    /// Merges `fields` into a record and sets its `updated_at`. Returns `false` if the record
    /// doesn't exist.
    pub(super) fn merge(&mut self, kind: &str, id: &str, fields: Fields, at: Instant) -> bool {
        let time = self.clock.text(at);
        self.store.change(kind, id, |record| {
            record.set("updated_at", time);
            record.fields.extend(fields);
        })
    }

    pub(super) fn set(&mut self, kind: &str, id: &str, field: &str, value: Value, at: Instant) {
        self.merge(kind, id, Fields::from_iter([(field.to_owned(), value)]), at);
    }
}
