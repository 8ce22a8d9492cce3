//! Pushed session changes: the API server's gRPC watch, supplemented by reads of the list.
//!
//! ```no_run
//! use ambient_sdk_ext::api_server::WatchEvent;
//! use futures_util::StreamExt;
//!
//! # async fn example(client: ambient_sdk_ext::Client) -> ambient_sdk_ext::Result<()> {
//! let mut events = client.api_server().watch().phase("Failed").events();
//! while let Some(event) = events.next().await {
//!     match event? {
//!         WatchEvent::Created(session) => println!("{} failed", session.name),
//!         WatchEvent::Updated(session) => println!("{} failed again", session.name),
//!         WatchEvent::Deleted(id) => println!("{id} is gone"),
//!         _ => {}
//!     }
//! }
//! # Ok(())
//! # }
//! ```
//!
//! # Server behaviour
//! One call delivers the changes of all sessions that the caller can access, each with the whole
//! session. The call has no history. The server silently drops changes for a reader that is 256
//! changes behind. It hides deletions from callers without platform-wide rights. The current server
//! sends changes only to callers with its service token or service account; for others the call
//! opens but delivers no event.
//!
//! # Yielded events
//! The list of sessions is read when the watch begins, after each connection, and every
//! [five minutes](Watch::read_every), or every 15 s until the watch has delivered a change. The
//! stream yields each difference from the state that it yielded before. Therefore every state that
//! lasts until a read is yielded, the states of one session are in order, and none is yielded
//! twice: states are distinguished by `updated_at`, which increases with each change. A state that
//! is set and replaced between two reads while the connection is lost can be missed.
//!
//! The watch reconnects after a pause if the connection is lost. The stream ends with an error if
//! the server refuses the watch, or after more than [ten](Watch::max_failures) failures in a row.
//!
//! # Shared connection
//! All watches and [waits](crate::wait) of a client and its clones share one call, and the sessions
//! whose messages are [followed](super::messages) share its connection. The call stays open while
//! something uses it.

mod hub;
mod known;
mod reader;
mod waits;

use std::{
    fmt,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use ambient_sdk::api_server::types::{Session, SessionPhase};
use futures_core::Stream;
use futures_util::stream::{self, BoxStream, StreamExt};

use super::ApiServer;
use crate::error::Result;

pub(crate) use hub::Hub;
use known::Filter;
use reader::Reader;
pub(crate) use waits::news;

/// The default interval of list reads.
const READ_EVERY: Duration = Duration::from_secs(300);
/// The minimum interval of list reads.
const LEAST_EVERY: Duration = Duration::from_secs(1);
/// The default maximum number of failures in a row.
const MAX_FAILURES: u32 = 10;

/// A builder for a watch of sessions; [`events`](Self::events) starts it. See the [module](self).
#[derive(Clone)]
#[must_use = "nothing is watched until the events are read"]
pub struct Watch {
    server: ApiServer,
    all_projects: bool,
    phases: Vec<SessionPhase>,
    read_every: Duration,
    max_failures: u32,
}

impl ApiServer {
    /// Watches the sessions of the project and their changes. Requires the feature `grpc`.
    pub fn watch(&self) -> Watch {
        Watch {
            server: self.clone(),
            all_projects: false,
            phases: Vec::new(),
            read_every: READ_EVERY,
            max_failures: MAX_FAILURES,
        }
    }
}

impl Watch {
    /// Watches the sessions of all projects that the caller can access. Default: the project of the
    /// handle.
    pub fn all_projects(mut self) -> Self {
        self.all_projects = true;
        self
    }

    /// Yields only states in this phase, or in one of several if called more than once. Default:
    /// all states.
    pub fn phase(mut self, phase: impl Into<SessionPhase>) -> Self {
        self.phases.push(phase.into());
        self
    }

    /// Sets how often the list is read for changes that the watch did not deliver. Default:
    /// 5 minutes; the minimum is 1 s.
    pub fn read_every(mut self, every: Duration) -> Self {
        self.read_every = every.max(LEAST_EVERY);
        self
    }

    /// Sets how many connections and list reads may fail in a row before the stream ends. Default:
    /// 10.
    pub fn max_failures(mut self, failures: u32) -> Self {
        self.max_failures = failures;
        self
    }

    /// Starts the watch: yields the current sessions, then their changes. Dropping the stream ends
    /// it.
    pub fn events(self) -> WatchEvents {
        let reader = Box::new(Reader::new(self));
        let events = stream::unfold(reader, |mut reader| async {
            let event = reader.next().await?;
            Some((event, reader))
        });
        WatchEvents(events.boxed())
    }

    fn filter(&self) -> Filter {
        let project = self.server.client.project();
        Filter {
            project: (!self.all_projects && project != "*").then(|| project.to_owned()),
            phases: self.phases.clone(),
        }
    }
}

impl fmt::Debug for Watch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Watch")
            .field("filter", &self.filter())
            .field("read_every", &self.read_every)
            .finish_non_exhaustive()
    }
}

/// An event of a watch.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum WatchEvent {
    /// A session that the stream yields for the first time: it is new, existed before the watch
    /// began, or entered a phase of the filter.
    Created(Box<Session>),
    /// A new state of a session that the stream has yielded before.
    Updated(Box<Session>),
    /// The id of a deleted session that the stream has yielded before.
    Deleted(String),
}

impl WatchEvent {
    /// Returns the id of the session.
    #[must_use]
    pub fn id(&self) -> &str {
        match self {
            Self::Created(session) | Self::Updated(session) => &session.id,
            Self::Deleted(id) => id,
        }
    }

    /// Returns the session; `None` if it was deleted.
    #[must_use]
    pub fn session(&self) -> Option<&Session> {
        match self {
            Self::Created(session) | Self::Updated(session) => Some(session),
            Self::Deleted(_) => None,
        }
    }
}

/// The stream of a watch's events. It ends after its first error.
#[must_use = "a stream does nothing until it is read"]
pub struct WatchEvents(BoxStream<'static, Result<WatchEvent>>);

impl Stream for WatchEvents {
    type Item = Result<WatchEvent>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.poll_next_unpin(context)
    }
}

impl fmt::Debug for WatchEvents {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WatchEvents")
    }
}
