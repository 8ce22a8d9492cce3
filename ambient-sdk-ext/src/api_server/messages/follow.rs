//! How messages are followed: the settings, and what the stream yields.

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

/// The servers send a comment every 30 s; two of them may be lost.
const IDLE_TIMEOUT: Duration = Duration::from_secs(75);
/// How long a push may take until its message is visible.
const WINDOW: Duration = Duration::from_secs(30);
/// The shortest and the longest window: a message is never visible at once, and seldom after an hour.
const WINDOWS: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(3600));
/// How often a session is polled that has no stream: while there is something, and when quiet.
const POLL_EVERY: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(15));
/// Nothing is polled more often.
const SHORTEST_POLL: Duration = Duration::from_millis(100);

/// Messages that are to be followed: set it up, then read [`stream`](Self::stream) or
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

    /// Begins after what a reader had before: the [`Cursor`] of its stream, or the `seq` of a
    /// message. Default: 0, the whole history.
    pub fn after(mut self, cursor: impl Into<Cursor>) -> Self {
        self.settings.after = cursor.into();
        self
    }

    /// How long a push may take, from the moment when its `seq` is given until the message is
    /// visible: what takes longer can be lost. Default: 30 s, from 100 ms to an hour. What is
    /// remembered of a session, and what is read again after a connection was lost, grows with it.
    pub fn settling_window(mut self, window: Duration) -> Self {
        self.settings.window = window.clamp(WINDOWS.0, WINDOWS.1);
        self
    }

    /// Yields the messages in the order of their `seq`, and for that holds each back for `window`.
    /// One that comes still later is yielded when it comes, as [`Followed::Late`]. Default: as they
    /// arrive. Two seconds bring in order what comes from many writers, and what a lost connection
    /// or a full buffer of the server left out for a moment.
    pub fn in_order(mut self, window: Duration) -> Self {
        self.settings.order = Some(window.min(WINDOWS.1));
        self
    }

    /// Asks for the messages at intervals and never opens a stream, whatever the client may
    /// [have open](crate::ClientBuilder::max_message_streams).
    pub fn polling(mut self) -> Self {
        self.settings.polling = true;
        self
    }

    /// How often the session is asked for messages while it has no stream: after `shortest` when
    /// there was something, and with each time that there was nothing after twice as long, up to
    /// `longest`. Default: 1 s and 15 s; at least 100 ms. A client that follows so many sessions
    /// that this makes more than 100 polls a second takes longer.
    pub fn poll_interval(mut self, shortest: Duration, longest: Duration) -> Self {
        let shortest = shortest.max(SHORTEST_POLL);
        self.settings.poll_every = (shortest, longest.max(shortest));
        self
    }

    /// How long nothing may come, comments included, until the connection counts as lost; `None`
    /// for ever. Default: 75 s. The servers send a comment every 30 s, so less than that loses
    /// connections that are well.
    pub fn idle_timeout(mut self, limit: impl Into<Option<Duration>>) -> Self {
        self.settings.idle = limit.into();
        self
    }

    /// How many failures in a row may pass; with one more the stream ends. A message that was not
    /// there before resets the count, and so does a connection that was open for 10 s before the
    /// server or a proxy ended it. Default: 10, which is about two minutes.
    pub fn max_failures(mut self, failures: u32) -> Self {
        self.settings.tolerance.max_failures = failures;
        self
    }

    /// The pauses before a connection is made anew. Default: from 500 ms to 30 s. A server that
    /// asks for a longer pause gets it, up to [`max_asked_pause`](Self::max_asked_pause).
    pub fn backoff(mut self, backoff: Backoff) -> Self {
        self.settings.tolerance.backoff = backoff;
        self
    }

    /// The longest pause that a server can ask for, with `Retry-After` or the `retry:` of a stream.
    /// Default: 60 s.
    pub fn max_asked_pause(mut self, longest: Duration) -> Self {
        self.settings.tolerance.max_asked = longest;
        self
    }

    /// The most bytes of one event; a longer one ends the stream with an error of kind
    /// [`TooLarge`](crate::ErrorKind::TooLarge). Default: 4 MiB.
    pub fn max_event_bytes(mut self, most: usize) -> Self {
        self.settings.max_event_bytes = most;
        self
    }

    /// Everything that happens, as a stream that ends with the first error.
    pub fn stream(self) -> MessageStream {
        MessageStream::new(self)
    }

    /// The messages alone, each once, in the order in which they arrive or in the one that was
    /// [asked for](Self::in_order).
    ///
    /// A frame that can't be decoded is an error of kind [`Decode`](crate::ErrorKind::Decode),
    /// after which the stream goes on; an error of any other kind ends it.
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

/// A session's messages as they come, and what happens to the connection; see [`Follow::stream`].
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

    /// Where the reader stands: what [`Follow::after`] takes to go on from here. Messages that are
    /// [held back](Follow::in_order) are not yet part of it.
    #[must_use]
    pub fn cursor(&self) -> Cursor {
        self.shared.ledger().cursor()
    }

    /// Has the stream read the list once before it goes on, though nothing seems to be missing.
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

/// The messages alone, as they are followed; see [`Follow::messages`]. Dropping it ends it.
#[derive(Debug)]
#[must_use = "a stream does nothing until it is read"]
pub struct FollowedMessages(MessageStream);

impl FollowedMessages {
    /// Where the reader stands: what [`Follow::after`] takes to go on from here.
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

/// What following messages yields.
#[derive(Debug)]
#[non_exhaustive]
pub enum Followed {
    /// The next message.
    Message(Message),
    /// A message that came too late for its place in the order; only with
    /// [`in_order`](Follow::in_order).
    Late(Message),
    /// A frame that holds no message. The stream goes on after it, and reads the list to have the
    /// message if there is one.
    Undecodable(Undecodable),
    /// The connection was lost or not made, or the list could not be read; the stream pauses and
    /// goes on.
    Interrupted(Interruption),
}

/// A connection that was lost, or could not be made.
#[derive(Debug)]
#[non_exhaustive]
pub struct Interruption {
    /// Why.
    pub error: Error,
    /// How many times in a row it failed.
    pub failures: u32,
    /// How long the stream pauses before it goes on.
    pub pause: Duration,
    /// The largest `seq` so far; [`MessageStream::cursor`] says what else is known.
    pub after: i64,
}
