//! A session from its creation to its end: created, started, followed, and what came of it.
//!
//! ```no_run
//! use std::time::Duration;
//! use ambient_sdk_ext::api_server::{NewSession, run::RunUpdate};
//! use futures_util::TryStreamExt;
//!
//! # async fn example(client: ambient_sdk_ext::Client) -> ambient_sdk_ext::Result<()> {
//! let server = client.api_server();
//! let hour = Duration::from_secs(3600);
//!
//! // Awaited: the session as it ended, and what its agent said last.
//! let new = NewSession::new("fix-login").prompt("Fix the login test").label("team", "web");
//! let session = server.run(new).timeout(hour).stop_on_timeout(true).await?;
//! match session.is_completed() {
//!     true => println!("{}", session.result().unwrap_or_default()),
//!     false => println!("{}: {}", session.phase(), session.error().unwrap_or("no reason given")),
//! }
//!
//! // Read: every message and every change of the phase as it comes, to the end.
//! let mut updates = server.sessions().follow(&session.id).stream();
//! while let Some(update) = updates.try_next().await? {
//!     match update {
//!         RunUpdate::Message(message) => println!("{}: {}", message.event_type, message.payload),
//!         RunUpdate::Phase(session) => println!("{}", session.name),
//!         RunUpdate::Ended(session) => println!("{}", session.result().unwrap_or_default()),
//!         _ => {}
//!     }
//! }
//! # Ok(())
//! # }
//! ```
//!
//! # The end
//! The end is that of the session: its phase is `Completed`, `Failed` or `Stopped`. The session is
//! asked for its phase, after a second, then less often, down to every 15 s, and again soon after a
//! message that ends a run of its agent. Once it is over, the messages that were not seen yet are
//! listed, so that the last ones are never missing. Failures that may pass are tolerated as in a
//! [wait](crate::wait::Wait::max_outage) and while [following](super::messages).
//!
//! A session whose runner stays up after its run is not over: bound it with
//! [`timeout`](Run::timeout), or [talk](super::conversation) to it instead.
//!
//! # When nobody waits any longer
//! A session goes on when its `Run` times out or is dropped. [`Run::stop_on_timeout`] and
//! [`Run::stop_on_drop`] stop it then.

mod ended;
mod progress;
mod stop;

use std::{
    fmt::{self, Display},
    future::{Future, IntoFuture},
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use ambient_sdk::api_server::types;
use futures_core::Stream;
use futures_util::{StreamExt, stream};

pub use ended::EndedSession;
use progress::Progress;

use super::{
    ApiServer, Sessions,
    messages::{Follow, Message},
    patch::body,
};
use crate::error::Result;

impl ApiServer {
    /// Creates a session, starts it and follows it to its end: await it for the [`EndedSession`], or
    /// read its [stream](Run::stream). It takes a [`NewSession`](super::NewSession), or the
    /// [`CreateSessionRequest`](crate::CreateSessionRequest) of the public API.
    pub fn run<B>(&self, request: B) -> Run
    where
        B: TryInto<types::SessionCreateRequest>,
        B::Error: Display,
    {
        Run::new(self, Begin::Create(Box::new(body(request))))
    }
}

impl Sessions {
    /// Creates a session, starts it and follows it to its end; see [`ApiServer::run`].
    pub fn run<B>(&self, request: B) -> Run
    where
        B: TryInto<types::SessionCreateRequest>,
        B::Error: Display,
    {
        self.server().run(request)
    }

    /// Follows a session that was started to its end, all its messages from the first one: await it
    /// for the [`EndedSession`], or read its [stream](Run::stream).
    ///
    /// A session that was never started is an error of the kind
    /// [`NotStarted`](crate::ErrorKind::NotStarted).
    pub fn follow(&self, id: impl Into<String>) -> Run {
        Run::new(self.server(), Begin::Existing(id.into()))
    }
}

/// A session that is to be run or followed to its end: await it for the [`EndedSession`], or read
/// [`stream`](Self::stream). Nothing is sent before that.
///
/// # Errors
/// An error that comes after the session was created has its id as
/// [`Error::created_session`](crate::Error::created_session). Without it, creating the session is what
/// failed, and [`Error::outcome`](crate::Error::outcome) says whether it may exist all the same.
///
/// - [`InvalidRequest`](crate::ErrorKind::InvalidRequest) before anything is sent when a value is
///   refused.
/// - [`Timeout`](crate::ErrorKind::Timeout) when the session is not over in time;
///   [`Error::wait`](crate::Error::wait) says what was seen last.
/// - Any kind that creating, starting, reading or following a session can fail with.
#[must_use = "nothing is sent until it is awaited or its stream is read"]
pub struct Run {
    server: ApiServer,
    begin: Begin,
    settings: Settings,
}

/// The session that a run is about.
enum Begin {
    Create(Box<Result<types::SessionCreateRequest>>),
    Existing(String),
}

#[derive(Clone, Copy)]
struct Settings {
    timeout: Option<Duration>,
    stop_on_timeout: bool,
    stop_on_drop: bool,
    follow: fn(Follow) -> Follow,
}

impl Run {
    fn new(server: &ApiServer, begin: Begin) -> Self {
        let settings = Settings {
            timeout: None,
            stop_on_timeout: false,
            stop_on_drop: false,
            follow: std::convert::identity,
        };
        Self { server: server.clone(), begin, settings }
    }

    /// The longest time from the beginning to the end of the session, creating it included. Default:
    /// no limit.
    pub fn timeout(mut self, timeout: impl Into<Option<Duration>>) -> Self {
        self.settings.timeout = timeout.into();
        self
    }

    /// Whether the session is stopped when the [`timeout`](Self::timeout) passes. Default: no.
    ///
    /// The error comes on time: the answer to the stop is waited for a twentieth of the timeout (at
    /// least 50 ms, at most 1 s), and the error's text says what it was. A stop that takes longer goes
    /// on by itself.
    pub fn stop_on_timeout(mut self, stop: bool) -> Self {
        self.settings.stop_on_timeout = stop;
        self
    }

    /// Whether the session is stopped when this is dropped after the session was created and before
    /// it is over, for example because a task is aborted. Default: no.
    ///
    /// The stop is a task of its own on the runtime, and an attempt only: nobody hears whether it was
    /// successful, and a runtime that shuts down cuts it off. A drop while the session is being
    /// created can't know its id, and stops nothing.
    pub fn stop_on_drop(mut self, stop: bool) -> Self {
        self.settings.stop_on_drop = stop;
        self
    }

    /// Follows the messages with other settings, for example [`Follow::polling`]. Where it begins is
    /// the first message whatever is set.
    pub fn follow(mut self, settings: fn(Follow) -> Follow) -> Self {
        self.settings.follow = settings;
        self
    }

    /// Everything that happens, to the end: the last item is [`RunUpdate::Ended`] or an error.
    pub fn stream(self) -> RunUpdates {
        let updates = stream::unfold(Box::new(Progress::new(self)), |mut progress| async {
            let update = progress.next().await?;
            Some((update, progress))
        });
        RunUpdates(updates.boxed())
    }
}

impl IntoFuture for Run {
    type Output = Result<EndedSession>;
    type IntoFuture = Pin<Box<dyn Future<Output = Result<EndedSession>> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move {
            let mut progress = Progress::new(self);
            loop {
                match progress.next().await {
                    Some(Ok(RunUpdate::Ended(session))) => return Ok(*session),
                    Some(Ok(_)) => {}
                    Some(Err(error)) => return Err(error),
                    None => return Err(progress.ended_already()),
                }
            }
        })
    }
}

impl fmt::Debug for Run {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = f.debug_struct("Run");
        if let Begin::Existing(id) = &self.begin {
            out.field("session", id);
        }
        out.field("timeout", &self.settings.timeout).finish_non_exhaustive()
    }
}

/// What happens to a session that is run or followed.
#[derive(Debug)]
#[non_exhaustive]
pub enum RunUpdate {
    /// The session is in another phase than before, or is seen for the first time.
    Phase(Box<types::Session>),
    /// A message, each once.
    Message(Message),
    /// The session is over. Nothing comes after it.
    Ended(Box<EndedSession>),
}

/// What happens to a session, as a stream that ends with the session; see [`Run::stream`].
#[must_use = "a stream does nothing until it is read"]
pub struct RunUpdates(stream::BoxStream<'static, Result<RunUpdate>>);

impl Stream for RunUpdates {
    type Item = Result<RunUpdate>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.poll_next_unpin(context)
    }
}

impl fmt::Debug for RunUpdates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RunUpdates")
    }
}
