//! Waits for sessions: for one, awaited or read as a stream, or for many at once.
//!
//! ```no_run
//! use std::time::Duration;
//! use ambient_sdk_ext::wait::Update;
//! use futures_util::StreamExt;
//!
//! # async fn example(client: ambient_sdk_ext::Client) -> ambient_sdk_ext::Result<()> {
//! // Awaited: returns the final state of the session.
//! let session = client
//!     .wait_for_completion("session-1")
//!     .poll_interval(Duration::from_secs(2))
//!     .timeout(Duration::from_secs(600))
//!     .await?;
//!
//! // As a stream: yields every poll, failed ones included.
//! let mut updates = client.wait_for_completion("session-1").updates();
//! while let Some(update) = updates.next().await {
//!     match update? {
//!         Update::Seen(seen) => println!("{} after {:?}", seen.session.status, seen.elapsed),
//!         Update::Interrupted(interruption) => println!("retrying: {}", interruption.error),
//!         _ => {}
//!     }
//! }
//!
//! // Many sessions: a stream that yields each session once when it ends, with few requests.
//! let mut ended = client.wait_many(["session-1", "session-2"]).outcomes();
//! while let Some(outcome) = ended.next().await {
//!     match outcome.result {
//!         Ok(session) => println!("{}: {}", outcome.id, session.status),
//!         Err(error) => println!("{}: {error}", outcome.id),
//!     }
//! }
//! # Ok(())
//! # }
//! ```
//!
//! # Load
//! A wait polls every 5 seconds. Each pause is lengthened or shortened at random by up to a fifth,
//! so that waits that started together spread out. A 429 pauses all waits of a client and its
//! clones. [`wait_many`](crate::Client::wait_many) reads up to 100 sessions with one request.
//!
//! # Push
//! With the feature `grpc`, waits for sessions of the API server receive changes from its watch. A
//! client and its clones share one watch. A wait then ends when the change arrives, and polls only
//! every 30 s in case the server dropped a change. While there is no watch, or it has not delivered
//! a change yet, waits poll at their normal interval.
//!
//! # Failures
//! Polls that fail with a transient error do not end a wait until they have failed for
//! [`max_outage`](Wait::max_outage), two minutes by default. Each failure is yielded as an update.

mod many;
#[cfg_attr(not(feature = "grpc"), allow(dead_code))] // Only gRPC pushes changes.
mod news;
mod outage;
mod poll;
pub(crate) mod report;
mod schedule;
mod settings;
mod update;

use std::{
    fmt,
    future::{Future, IntoFuture},
    pin::Pin,
    sync::Arc,
    time::{Duration, SystemTime},
};

pub(crate) use many::Group;
pub use many::{Outcomes, WaitMany, WaitOutcome};
#[cfg(feature = "grpc")]
pub(crate) use news::{Listen, News, Signal};
pub use report::WaitReport;
pub(crate) use schedule::SlowDown;
pub use settings::NotFound;
pub use update::{Interruption, Seen, Update, Updates};

use crate::error::{Error, ErrorKind, Result};
use settings::{WaitSettings, setters};

pub(crate) type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// A session whose end can be awaited. Implemented for the sessions of both services.
pub trait Waitable: sealed::Sealed + Send + 'static {
    /// Returns the id of the session.
    fn id(&self) -> &str;

    /// Returns the state in the server's spelling; empty if the session has none.
    fn state(&self) -> &str;

    /// Returns whether the state is final.
    fn is_over(&self) -> bool;

    /// Returns whether the session was never started, in which case a wait for its end would not
    /// return.
    fn is_not_started(&self) -> bool {
        false
    }

    /// Returns the time of the last change, if the server sends it.
    #[doc(hidden)]
    fn changed_at(&self) -> Option<SystemTime> {
        None
    }
}

mod sealed {
    /// Seals [`Waitable`](super::Waitable), so that methods can be added to it.
    pub trait Sealed {}
    impl Sealed for ambient_sdk::api_server::types::Session {}
    impl Sealed for crate::session::SessionResponse {}
}

type Condition<S> = Arc<dyn Fn(&S) -> bool + Send + Sync>;
type Fetch<S> = Arc<dyn Fn() -> BoxFuture<'static, Result<S>> + Send + Sync>;

/// The session that a wait polls.
pub(crate) struct Target<S> {
    id: String,
    fetch: Fetch<S>,
    slow_down: Arc<SlowDown>,
    listen: Option<news::Listen<S>>,
}

impl<S> Target<S> {
    /// Creates a target for the session `id`; each call of `fetch` reads the session once.
    pub(crate) fn new<F>(
        id: String,
        slow_down: Arc<SlowDown>,
        fetch: impl Fn() -> F + Send + Sync + 'static,
    ) -> Self
    where
        F: Future<Output = Result<S>> + Send + 'static,
    {
        Self { id, slow_down, fetch: Arc::new(move || Box::pin(fetch())), listen: None }
    }
}

#[cfg(feature = "grpc")]
impl<S> Target<S> {
    /// Adds a source of pushed changes, which supplements the polls.
    pub(crate) fn with_news(self, listen: Option<Listen<S>>) -> Self {
        Self { listen, ..self }
    }
}

/// A builder for a wait for one session: await it, or read [`updates`](Self::updates). Dropping it
/// ends the wait.
///
/// The first poll is immediate unless an initial delay is set. A state that this version does not
/// know does not end the wait, and is yielded as an update.
#[must_use = "a wait does nothing until it is awaited or its updates are read"]
pub struct Wait<S> {
    target: Target<S>,
    settings: WaitSettings,
    until: Option<Condition<S>>,
}

impl<S: Waitable> Wait<S> {
    pub(crate) fn new(target: Target<S>) -> Self {
        Self { target, settings: WaitSettings::default(), until: None }
    }

    setters!();

    /// Ends the wait when `condition` holds or the session reaches a final state, whichever comes
    /// first.
    pub fn until(mut self, condition: impl Fn(&S) -> bool + Send + Sync + 'static) -> Self {
        self.until = Some(Arc::new(condition));
        self
    }

    /// Returns a stream that yields each poll as an update; the last update contains the final
    /// session.
    ///
    /// Tolerated failures are yielded as updates. A failure that is not tolerated ends the stream
    /// with an error.
    pub fn updates(self) -> Updates<S> {
        Updates::new(poll::Loop::new(self))
    }
}

impl<S: Waitable> IntoFuture for Wait<S> {
    type Output = Result<S>;
    type IntoFuture = BoxFuture<'static, Result<S>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move {
            let mut polls = poll::Loop::new(self);
            while let Some(update) = polls.next().await {
                match update? {
                    Update::Seen(seen) if seen.is_over => return Ok(seen.session),
                    _ => {}
                }
            }
            Err(polls.timed_out())
        })
    }
}

impl<S> fmt::Debug for Wait<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = f.debug_struct("Wait");
        out.field("id", &self.target.id).field("settings", &self.settings).finish()
    }
}

pub(crate) fn timed_out(timeout: Option<Duration>, report: WaitReport) -> Error {
    let timeout = timeout.unwrap_or(report.elapsed).as_secs_f64();
    let text = format!("Session monitoring timed out after {timeout} seconds ({report})");
    Error::new(ErrorKind::Timeout, text).with_wait(report)
}

fn not_started(report: WaitReport) -> Error {
    let text = format!(
        "session {} was never started, so waiting for it would not end: start it first",
        report.id
    );
    Error::new(ErrorKind::NotStarted, text).with_wait(report)
}
