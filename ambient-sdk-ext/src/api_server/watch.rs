//! News of sessions by push: the API server's gRPC watch, with what it misses filled in.
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
//! # What the server offers
//! One call delivers the changes of all sessions that the caller may see, each with the whole session.
//! It has no history. It drops changes for a reader that is 256 behind, without a sign. It tells callers
//! without rights for the whole platform nothing of deleted sessions, and the server of today tells
//! those that have neither its service token nor its service account nothing at all.
//!
//! # What comes of it
//! The list of sessions is read as the watch begins, after each connection and every
//! [five minutes](Watch::read_every); every 15 s while the watch has not shown a change. What differs
//! from what was yielded is yielded. So each state that lasts is seen, those of one session in their
//! order, and none twice: by `updated_at`, which grows with each change. States that come and go
//! between two reads while the connection is lost may not be seen.
//!
//! A connection that is lost is made anew after a pause. A refusal that doesn't pass ends the stream with
//! that error; so do more than [ten](Watch::max_failures) failures in a row.
//!
//! # One connection
//! All watches and [waits](crate::wait) of a client and its clones share one call, and messages that are
//! [followed](super::messages) share its connection. It is open while somebody listens.

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

/// How often the list is read while the watch goes on.
const READ_EVERY: Duration = Duration::from_secs(300);
/// The shortest time between two reads.
const LEAST_EVERY: Duration = Duration::from_secs(1);
/// How many failures in a row may pass.
const MAX_FAILURES: u32 = 10;

/// A watch of sessions: set it up, then read [`events`](Self::events). See the [module](self).
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
    /// The sessions of the project, and their changes, as they come. With the feature `grpc`.
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
    /// The sessions of all projects that the caller may see. Default: those of the project of the
    /// handle.
    pub fn all_projects(mut self) -> Self {
        self.all_projects = true;
        self
    }

    /// Only states with this phase; several calls add up. Default: all states.
    pub fn phase(mut self, phase: impl Into<SessionPhase>) -> Self {
        self.phases.push(phase.into());
        self
    }

    /// How often the list is read while the watch goes on, for what it did not show. Default: 5
    /// minutes; at least 1 s.
    pub fn read_every(mut self, every: Duration) -> Self {
        self.read_every = every.max(LEAST_EVERY);
        self
    }

    /// How many failures in a row may pass, of connections and of lists; with one more the stream
    /// ends. Default: 10.
    pub fn max_failures(mut self, failures: u32) -> Self {
        self.max_failures = failures;
        self
    }

    /// The sessions as they are, and then what becomes of them. Dropping it ends it.
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

/// What a watch yields.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum WatchEvent {
    /// A session that the stream shows for the first time: it is new, it was there before the watch
    /// began, or it came into a phase that the watch is about.
    Created(Box<Session>),
    /// Another state of a session that the stream has shown.
    Updated(Box<Session>),
    /// The id of a session that the stream has shown, and that is gone.
    Deleted(String),
}

impl WatchEvent {
    /// The id of the session.
    #[must_use]
    pub fn id(&self) -> &str {
        match self {
            Self::Created(session) | Self::Updated(session) => &session.id,
            Self::Deleted(id) => id,
        }
    }

    /// The session, unless it is gone.
    #[must_use]
    pub fn session(&self) -> Option<&Session> {
        match self {
            Self::Created(session) | Self::Updated(session) => Some(session),
            Self::Deleted(_) => None,
        }
    }
}

/// The events of a watch, as a stream; an error is its last item.
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
