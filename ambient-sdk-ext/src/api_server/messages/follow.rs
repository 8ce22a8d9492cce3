//! The settings for following messages, and the items of the stream.

use std::{
    fmt,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
    time::Duration,
};

use futures_core::Stream;
use futures_util::stream;

use super::{Cursor, Message, Messages, Undecodable, follower::Follower, intake::Shared};
use crate::{
    api_server::stream::{MAX_EVENT_BYTES, failures::Tolerance},
    error::{Error, Result},
    retry::Backoff,
};

/// The default idle timeout. The servers send a comment every 30 s; two of them may be lost.
const IDLE_TIMEOUT: Duration = Duration::from_secs(75);
/// The default settling window.
const WINDOW: Duration = Duration::from_secs(30);
/// The bounds of the window: no message is visible immediately, and few take an hour.
const WINDOWS: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(3600));
/// The default poll intervals of a session without a stream: the shortest, and the longest when
/// idle.
const POLL_EVERY: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(15));
/// The lower bound for poll intervals.
const SHORTEST_POLL: Duration = Duration::from_millis(100);

/// A builder for following messages: set it up, then read [`stream`](Self::stream) or
/// [`messages`](Self::messages).
///
/// ```no_run
/// use std::time::Duration;
/// use ambient_sdk_ext::api_server::messages::Cursor;
/// use futures_util::StreamExt;
///
/// # async fn example(client: ambient_sdk_ext::Client, stored: Option<Cursor>) -> ambient_sdk_ext::Result<()> {
/// let follow = client.api_server().messages("2abcDEF").follow();
/// let mut messages = follow.after(stored.unwrap_or_default()).max_failures(20).messages();
/// while let Some(message) = messages.next().await {
///     println!("{}", message?.payload);
///     let to_store = messages.cursor().to_string();
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
#[must_use = "nothing is followed until the stream is read"]
pub struct Follow {
    pub(super) messages: Messages,
    pub(super) settings: Settings,
}

#[derive(Clone, Debug)]
pub(super) struct Settings {
    pub(super) after: Cursor,
    pub(super) window: Duration,
    pub(super) order: Option<Duration>,
    pub(super) idle: Option<Duration>,
    pub(super) tolerance: Tolerance,
    pub(super) max_event_bytes: usize,
    pub(super) polling: bool,
    pub(super) poll_every: (Duration, Duration),
}

impl Follow {
    pub(super) fn new(messages: Messages) -> Self {
        let settings = Settings {
            after: Cursor::default(),
            window: WINDOW,
            order: None,
            idle: Some(IDLE_TIMEOUT),
            tolerance: Tolerance::default(),
            max_event_bytes: MAX_EVENT_BYTES,
            polling: false,
            poll_every: POLL_EVERY,
        };
        Self { messages, settings }
    }

    /// Starts after the messages that a reader has received: those in the [`Cursor`] of its stream,
    /// or those up to a `seq`. Default: 0, the whole history.
    pub fn after(mut self, cursor: impl Into<Cursor>) -> Self {
        self.settings.after = cursor.into();
        self
    }

    /// Sets the longest time that a push may take, from when its `seq` is assigned until the
    /// message is visible. A message that takes longer can be lost. Default: 30 s; from 100 ms to
    /// one hour. A longer window needs more memory per session and more reading after a lost
    /// connection.
    pub fn settling_window(mut self, window: Duration) -> Self {
        self.settings.window = window.clamp(WINDOWS.0, WINDOWS.1);
        self
    }

    /// Yields the messages in the order of their `seq`, and holds each back for `window` to do so.
    /// A message that arrives even later is yielded immediately as [`Followed::Late`]. Default: the
    /// order of arrival. Two seconds are enough to order the messages of many writers, and those
    /// that a lost connection or a full server buffer delayed briefly.
    pub fn in_order(mut self, window: Duration) -> Self {
        self.settings.order = Some(window.min(WINDOWS.1));
        self
    }

    /// Polls the messages and never opens a stream, even if the client
    /// [may have more](crate::ClientBuilder::max_message_streams).
    pub fn polling(mut self) -> Self {
        self.settings.polling = true;
        self
    }

    /// Sets the poll interval of a session without a stream: `shortest` after a poll with new
    /// messages, doubled after each poll without any, up to `longest`. Default: 1 s and 15 s; the
    /// minimum is 100 ms. Intervals are longer if a client follows so many sessions that it would
    /// exceed 100 polls per second.
    pub fn poll_interval(mut self, shortest: Duration, longest: Duration) -> Self {
        let shortest = shortest.max(SHORTEST_POLL);
        self.settings.poll_every = (shortest, longest.max(shortest));
        self
    }

    /// Sets how long a connection may be silent, without messages or comments, before it counts as
    /// lost; `None` disables this. Default: 75 s. The servers send a comment every 30 s, so a
    /// shorter timeout drops healthy connections.
    pub fn idle_timeout(mut self, limit: impl Into<Option<Duration>>) -> Self {
        self.settings.idle = limit.into();
        self
    }

    /// Sets how many failures in a row are tolerated; the next one ends the stream. The count is
    /// reset by a new message, and by a connection that was open for 10 s before the server or a
    /// proxy closed it. Default: 10, which is about two minutes.
    pub fn max_failures(mut self, failures: u32) -> Self {
        self.settings.tolerance.max_failures = failures;
        self
    }

    /// Sets the pauses before a reconnect. Default: from 500 ms to 30 s. If the server asks for a
    /// longer pause, it is used up to [`max_asked_pause`](Self::max_asked_pause).
    pub fn backoff(mut self, backoff: Backoff) -> Self {
        self.settings.tolerance.backoff = backoff;
        self
    }

    /// Sets the longest pause that a server can request, with `Retry-After` or the `retry:` of a
    /// stream. Default: 60 s.
    pub fn max_asked_pause(mut self, longest: Duration) -> Self {
        self.settings.tolerance.max_asked = longest;
        self
    }

    /// Sets the maximum size of an event in bytes; a larger one ends the stream with an error of
    /// the kind [`TooLarge`](crate::ErrorKind::TooLarge). Default: 4 MiB.
    pub fn max_event_bytes(mut self, most: usize) -> Self {
        self.settings.max_event_bytes = most;
        self
    }

    /// Returns a stream of messages and connection events, which ends with the first error.
    pub fn stream(self) -> MessageStream {
        MessageStream::new(self)
    }

    /// Returns a stream of the messages only, each once, in the order of arrival or
    /// [by `seq`](Self::in_order).
    ///
    /// A frame that cannot be decoded is an error of the kind [`Decode`](crate::ErrorKind::Decode),
    /// after which the stream continues. An error of any other kind ends it.
    pub fn messages(self) -> FollowedMessages {
        FollowedMessages(self.stream())
    }
}

impl fmt::Debug for Follow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Follow")
            .field("session", &self.messages.id)
            .field("settings", &self.settings)
            .finish()
    }
}

/// A stream of a session's messages and of the events of its connection; see [`Follow::stream`].
/// Dropping it ends it.
#[must_use = "a stream does nothing until it is read"]
pub struct MessageStream {
    session: String,
    shared: Arc<Shared>,
    items: Pin<Box<dyn Stream<Item = Result<Followed>> + Send>>,
}

impl MessageStream {
    fn new(follow: Follow) -> Self {
        let Follow { messages, settings } = follow;
        let (session, shared) = (messages.id.clone(), Shared::new(&settings));
        let follower = Follower::new(messages.without_retries(), settings, shared.clone());
        let items = stream::unfold(Box::new(follower), |mut follower| async {
            let item = follower.next().await?;
            Some((item, follower))
        });
        Self { session, shared, items: Box::pin(items) }
    }

    /// Returns the position of the reader, from which [`Follow::after`] resumes. Messages that are
    /// [held back](Follow::in_order) are not part of it yet.
    #[must_use]
    pub fn cursor(&self) -> Cursor {
        self.shared.ledger().cursor()
    }

    /// Makes the stream read the list once before it continues, even if no message seems to be
    /// missing.
    pub fn catch_up(&mut self) {
        self.shared.catch_up.notify_one();
    }
}

impl Stream for MessageStream {
    type Item = Result<Followed>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.items.as_mut().poll_next(context)
    }
}

impl fmt::Debug for MessageStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MessageStream")
            .field("session", &self.session)
            .field("cursor", &format_args!("{}", self.cursor()))
            .finish_non_exhaustive()
    }
}

/// A stream of a session's messages; see [`Follow::messages`]. Dropping it ends it.
#[derive(Debug)]
#[must_use = "a stream does nothing until it is read"]
pub struct FollowedMessages(MessageStream);

impl FollowedMessages {
    /// Returns the position of the reader, from which [`Follow::after`] resumes.
    #[must_use]
    pub fn cursor(&self) -> Cursor {
        self.0.cursor()
    }
}

impl Stream for FollowedMessages {
    type Item = Result<Message>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            let item = ready!(Pin::new(&mut self.0).poll_next(context));
            return Poll::Ready(match item {
                Some(Ok(Followed::Message(message) | Followed::Late(message))) => Some(Ok(message)),
                Some(Ok(Followed::Undecodable(frame))) => Some(Err(frame.into())),
                Some(Ok(Followed::Interrupted(_))) => continue,
                Some(Err(error)) => Some(Err(error)),
                None => None,
            });
        }
    }
}

/// An item of a [`MessageStream`].
#[derive(Debug)]
#[non_exhaustive]
pub enum Followed {
    /// The next message.
    Message(Message),
    /// A message that arrived too late to be yielded in order; only with
    /// [`in_order`](Follow::in_order).
    Late(Message),
    /// A frame without a valid message. The stream continues, and reads the list in case the
    /// message is there.
    Undecodable(Undecodable),
    /// The connection was lost or could not be made, or the list could not be read. The stream
    /// pauses and then continues.
    Interrupted(Interruption),
}

/// A connection that was lost or could not be made.
#[derive(Debug)]
#[non_exhaustive]
pub struct Interruption {
    /// The error that caused the interruption.
    pub error: Error,
    /// The number of failures in a row, including this one.
    pub failures: u32,
    /// The pause before the stream continues.
    pub pause: Duration,
    /// The largest `seq` so far. [`MessageStream::cursor`] has the full position.
    pub after: i64,
}
