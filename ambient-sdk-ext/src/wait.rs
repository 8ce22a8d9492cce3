//! Waiting for a session: one loop for both services, awaited for the result or read as a stream.
//!
//! ```no_run
//! use std::time::Duration;
//! use futures_util::StreamExt;
//!
//! # async fn example(client: ambient_sdk_ext::Client) -> ambient_sdk_ext::Result<()> {
//! // Awaited: the session as it ended.
//! let session = client
//!     .wait_for_completion("session-1")
//!     .poll_interval(Duration::from_secs(2))
//!     .timeout(Duration::from_secs(600))
//!     .await?;
//!
//! // Read: every look at it.
//! let mut updates = client.wait_for_completion("session-1").updates();
//! while let Some(update) = updates.next().await {
//!     let update = update?;
//!     println!("{} after {:?}", update.session.status, update.elapsed);
//! }
//! # Ok(())
//! # }
//! ```

mod poll;
pub(crate) mod report;
mod update;

use std::{
    fmt,
    future::{Future, IntoFuture},
    pin::Pin,
    sync::Arc,
    time::Duration,
};

pub use report::WaitReport;
pub use update::{Update, Updates};

use crate::error::Result;

/// How often the existing SDKs look.
const POLL_INTERVAL: Duration = Duration::from_secs(5);
/// The shortest time between two looks: less would be a load, not a wait.
const LEAST_INTERVAL: Duration = Duration::from_millis(1);

type BoxFuture<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// A session whose end can be waited for: those of both services.
pub trait Waitable: sealed::Sealed + Send + 'static {
    /// The state as the server names it; empty when there is none.
    fn state(&self) -> &str;

    /// Whether the state is one that lasts.
    fn is_over(&self) -> bool;

    /// Whether the session was never started, so that no wait for its end would end.
    fn is_not_started(&self) -> bool {
        false
    }
}

mod sealed {
    /// Keeps [`Waitable`](super::Waitable) to this crate, so that it may grow.
    pub trait Sealed {}
    impl Sealed for ambient_sdk::api_server::types::Session {}
    impl Sealed for crate::session::SessionResponse {}
}

/// What a wait does while there is no such session.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum NotFound {
    /// Ends with the error, once a second look after a second found none either: the usual choice,
    /// and the default. A server that shuts down answers 404 for sessions that exist.
    #[default]
    Fail,
    /// Goes on: the session may not be visible yet.
    KeepWaiting,
}

type Condition<S> = Arc<dyn Fn(&S) -> bool + Send + Sync>;

/// How a session is fetched once.
pub(crate) struct Look<S> {
    id: String,
    fetch: Arc<dyn Fn() -> BoxFuture<Result<S>> + Send + Sync>,
}

impl<S> Clone for Look<S> {
    fn clone(&self) -> Self {
        Self { id: self.id.clone(), fetch: self.fetch.clone() }
    }
}

impl<S> Look<S> {
    pub(crate) fn new<F>(id: String, fetch: impl Fn() -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Result<S>> + Send + 'static,
    {
        Self { id, fetch: Arc::new(move || Box::pin(fetch())) }
    }
}

/// A wait that is set up: await it, or read [`updates`](Self::updates). Dropping it ends it.
///
/// The first look is at once (or after the initial delay). A state that isn't known keeps the wait
/// going and shows in the updates.
#[must_use = "a wait does nothing until it is awaited or its updates are read"]
pub struct Wait<S> {
    look: Look<S>,
    settings: WaitSettings,
    until: Option<Condition<S>>,
}

/// The settings of one wait.
#[derive(Clone, Debug)]
struct WaitSettings {
    interval: Duration,
    largest: Option<Duration>,
    initial_delay: Duration,
    timeout: Option<Duration>,
    tolerated: u32,
    not_found: NotFound,
    not_started: bool,
}

impl<S: Waitable> Wait<S> {
    pub(crate) fn new(look: Look<S>) -> Self {
        let settings = WaitSettings {
            interval: POLL_INTERVAL,
            largest: None,
            initial_delay: Duration::ZERO,
            timeout: None,
            tolerated: 3,
            not_found: NotFound::Fail,
            not_started: false,
        };
        Self { look, settings, until: None }
    }

    /// How long to pause between two looks. Default: 5 s; less than 1 ms counts as 1 ms. A server
    /// that asks for a longer pause gets it, up to ten minutes.
    pub fn poll_interval(mut self, interval: Duration) -> Self {
        self.settings.interval = interval.max(LEAST_INTERVAL);
        self
    }

    /// Lets the pauses grow, by a half each time, up to `largest`. Default: they don't grow. From
    /// 5 to 15 s is right for most; a larger one shows the end late.
    pub fn max_poll_interval(mut self, largest: Duration) -> Self {
        self.settings.largest = Some(largest);
        self
    }

    /// How long to wait in all. Default: for ever. The first look is always made and finished, and
    /// the last one, which is made when the time is over, has a second to answer.
    pub fn timeout(mut self, timeout: impl Into<Option<Duration>>) -> Self {
        self.settings.timeout = timeout.into();
        self
    }

    /// How long to pause before the first look; no longer than the time-out. Default: not at all.
    pub fn initial_delay(mut self, delay: Duration) -> Self {
        self.settings.initial_delay = delay;
        self
    }

    /// How many looks in a row may fail for a reason that may pass (no connection, one that breaks
    /// off, time-out, 429, 5xx), each after the retries of the client. Default: 3.
    pub fn tolerate(mut self, failures: u32) -> Self {
        self.settings.tolerated = failures;
        self
    }

    /// What to do while there is no such session. Default: [`NotFound::Fail`].
    pub fn not_found(mut self, choice: NotFound) -> Self {
        self.settings.not_found = choice;
        self
    }

    /// Waits also for a session that someone else has yet to start. Default: that is an error.
    pub fn even_if_not_started(mut self) -> Self {
        self.settings.not_started = true;
        self
    }

    /// Ends when `condition` holds, or with a state that lasts, whichever is first.
    pub fn until(mut self, condition: impl Fn(&S) -> bool + Send + Sync + 'static) -> Self {
        self.until = Some(Arc::new(condition));
        self
    }

    /// Every look as an update, the last one with the session as it ended.
    ///
    /// A failure ends the stream after it was yielded; tolerated failures are not yielded.
    pub fn updates(self) -> Updates<S> {
        Updates::new(poll::Loop::new(self))
    }
}

impl<S: Waitable> IntoFuture for Wait<S> {
    type Output = Result<S>;
    type IntoFuture = BoxFuture<Result<S>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move {
            let mut looks = poll::Loop::new(self);
            loop {
                match looks.next().await {
                    Some(Ok(update)) if update.is_over => return Ok(update.session),
                    Some(Ok(_)) => {}
                    Some(Err(error)) => return Err(error),
                    None => return Err(looks.timed_out()),
                }
            }
        })
    }
}

impl<S> fmt::Debug for Wait<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Wait").field("id", &self.look.id).field("settings", &self.settings).finish()
    }
}
