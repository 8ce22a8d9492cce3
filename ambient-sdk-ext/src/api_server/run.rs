//! Runs a session from its creation to its end: creates it, starts it, follows it and returns its
//! result.
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
//! // Awaited: returns the ended session and the last text of its agent.
//! let new = NewSession::new("fix-login").prompt("Fix the login test").label("team", "web");
//! let session = server.run(new).timeout(hour).stop_on_timeout(true).await?;
//! match session.is_completed() {
//!     true => println!("{}", session.result().unwrap_or_default()),
//!     false => println!("{}: {}", session.phase(), session.error().unwrap_or("no reason given")),
//! }
//!
//! // As a stream: yields every message and every change of the phase, to the end.
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
//! A run ends when the phase of its session is `Completed`, `Failed` or `Stopped`. The phase is
//! polled after a second, then less often, down to every 15 s, and again soon after a message that
//! ends a run of the agent. When the session is over, the messages that were not yielded yet are
//! listed, so that the last ones are never missing. Transient failures are tolerated as in a
//! [wait](crate::wait::Wait::max_outage) and while [following](super::messages).
//!
//! A session whose runner stays up after its run does not end. Use [`timeout`](Run::timeout) to
//! limit the wait, or a [conversation](super::conversation) instead.
//!
//! # Stopping
//! A session continues after its `Run` times out or is dropped. To stop it in these cases, use
//! [`Run::stop_on_timeout`] and [`Run::stop_on_drop`].

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
    /// Creates a session, starts it and follows it to its end: await it for the [`EndedSession`],
    /// or read its [stream](Run::stream). The request is a [`NewSession`](super::NewSession), or
    /// the [`CreateSessionRequest`](crate::CreateSessionRequest) of the public API.
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

    /// Follows a started session to its end, with all its messages from the first one: await it for
    /// the [`EndedSession`], or read its [stream](Run::stream).
    ///
    /// Fails with an error of the kind [`NotStarted`](crate::ErrorKind::NotStarted) if the session
    /// was never started.
    pub fn follow(&self, id: impl Into<String>) -> Run {
        Run::new(self.server(), Begin::Existing(id.into()))
    }
}

/// A builder for a session that is followed to its end: await it for the [`EndedSession`], or read
/// [`stream`](Self::stream). Nothing is sent before that.
///
/// # Errors
/// If the session was created before the error,
/// [`Error::created_session`](crate::Error::created_session) returns its id. Otherwise the creation
/// failed, and [`Error::outcome`](crate::Error::outcome) returns whether the server may have
/// created the session.
///
/// - [`InvalidRequest`](crate::ErrorKind::InvalidRequest) before anything is sent if a value is
///   invalid.
/// - [`Timeout`](crate::ErrorKind::Timeout) if the session does not end in time;
///   [`Error::wait`](crate::Error::wait) contains its last known state.
/// - Any kind that creating, starting, reading or following a session can return.
#[must_use = "nothing is sent until it is awaited or its stream is read"]
pub struct Run {
    server: ApiServer,
    begin: Begin,
    settings: Settings,
}

/// The session of a run: a new or an existing one.
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

    /// Sets the maximum time from the creation to the end of the session. Default: no limit.
    pub fn timeout(mut self, timeout: impl Into<Option<Duration>>) -> Self {
        self.settings.timeout = timeout.into();
        self
    }

    /// Sets whether the session is stopped if the [`timeout`](Self::timeout) expires. Default: no.
    ///
    /// The error is returned promptly: the run waits for the response to the stop for at most a
    /// twentieth of the timeout (at least 50 ms, at most 1 s), and the error text contains the
    /// result. A stop that takes longer continues in the background.
    pub fn stop_on_timeout(mut self, stop: bool) -> Self {
        self.settings.stop_on_timeout = stop;
        self
    }

    /// Sets whether the session is stopped if the run is dropped after the session was created and
    /// before it ended, for example because a task is aborted. Default: no.
    ///
    /// The stop is sent by a separate task on the runtime and is best effort: its result is not
    /// reported, and it is lost if the runtime shuts down. A run that is dropped while it creates
    /// the session does not know the id and stops nothing.
    pub fn stop_on_drop(mut self, stop: bool) -> Self {
        self.settings.stop_on_drop = stop;
        self
    }

    /// Changes how messages are followed, for example with [`Follow::polling`]. They are always
    /// followed from the first message.
    pub fn follow(mut self, settings: fn(Follow) -> Follow) -> Self {
        self.settings.follow = settings;
        self
    }

    /// Returns a stream of everything that happens; the last item is [`RunUpdate::Ended`] or an
    /// error.
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

/// An update of a session that is run or followed.
#[derive(Debug)]
#[non_exhaustive]
pub enum RunUpdate {
    /// The session has a new phase, or was read for the first time.
    Phase(Box<types::Session>),
    /// A message; each is yielded once.
    Message(Message),
    /// The session is over. This is the last update.
    Ended(Box<EndedSession>),
}

/// The updates of a session, as a stream that ends with the session; see [`Run::stream`].
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
