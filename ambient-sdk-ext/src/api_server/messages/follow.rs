//! How messages are followed: the settings, and what the stream yields.

use std::{fmt, time::Duration};

use futures_core::Stream;
use futures_util::StreamExt;

use super::{Message, MessageStream, Messages, Undecodable};
use crate::{
    error::{Error, Result},
    retry::Backoff,
};

/// The servers send a comment every 30 s; two of them may be lost.
const IDLE_TIMEOUT: Duration = Duration::from_secs(75);
/// The longest event, in bytes: four times the longest message that can be pushed.
pub(crate) const MAX_EVENT_BYTES: usize = 4 * 1024 * 1024;
/// The first and the largest pause before a connection is made anew.
const PAUSES: (Duration, Duration) = (Duration::from_millis(500), Duration::from_secs(30));

/// Messages that are to be followed: set it up, then read [`stream`](Self::stream) or
/// [`messages`](Self::messages).
///
/// ```no_run
/// use std::time::Duration;
/// use futures_util::StreamExt;
///
/// # async fn example(client: ambient_sdk_ext::Client) -> ambient_sdk_ext::Result<()> {
/// let follow = client.api_server().messages("2abcDEF").follow();
/// let mut messages = follow.after(42).max_failures(20).messages();
/// while let Some(message) = messages.next().await {
///     println!("{}", message?.payload);
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
    pub(super) after: i64,
    pub(super) idle: Option<Duration>,
    pub(super) max_failures: u32,
    pub(super) backoff: Backoff,
    pub(super) max_event_bytes: usize,
    pub(super) catch_up: bool,
}

impl Follow {
    pub(super) fn new(messages: Messages) -> Self {
        let settings = Settings {
            after: 0,
            idle: Some(IDLE_TIMEOUT),
            max_failures: 10,
            backoff: Backoff::new(PAUSES.0, PAUSES.1).unwrap_or_default(),
            max_event_bytes: MAX_EVENT_BYTES,
            catch_up: true,
        };
        Self { messages, settings }
    }

    /// Begins after the message with this `seq`. Default: 0, the whole history.
    pub fn after(mut self, seq: i64) -> Self {
        self.settings.after = seq.max(0);
        self
    }

    /// How long nothing may come, comments included, until the connection counts as lost; `None`
    /// for ever. Default: 75 s. The servers send a comment every 30 s, so less than that loses
    /// connections that are well.
    pub fn idle_timeout(mut self, limit: impl Into<Option<Duration>>) -> Self {
        self.settings.idle = limit.into();
        self
    }

    /// How many failures in a row may pass; with one more the stream ends. Anything that comes
    /// from the server resets the count, and so does a connection that was open for 10 s before the
    /// server or a proxy ended it. Default: 10, which is about two minutes.
    pub fn max_failures(mut self, failures: u32) -> Self {
        self.settings.max_failures = failures;
        self
    }

    /// The pauses before a connection is made anew. Default: from 500 ms to 30 s. A server that
    /// asks for a longer pause gets it.
    pub fn backoff(mut self, backoff: Backoff) -> Self {
        self.settings.backoff = backoff;
        self
    }

    /// The most bytes of one event; a longer one ends the stream with an error of kind
    /// [`TooLarge`](crate::ErrorKind::TooLarge). Default: 4 MiB.
    pub fn max_event_bytes(mut self, most: usize) -> Self {
        self.settings.max_event_bytes = most;
        self
    }

    /// Whether the stream reads by itself what the server may have dropped because the reader or
    /// the network was slow; else it yields [`Followed::Behind`]. Default: true.
    ///
    /// The server holds 512 messages for a connection and drops the rest without a sign. So after
    /// each 512 new ones the stream reads the [list](Messages::list) after the last message it
    /// yielded, before it goes on: one short call for 512 messages, which as a rule gives nothing.
    pub fn catch_up(mut self, by_itself: bool) -> Self {
        self.settings.catch_up = by_itself;
        self
    }

    /// Everything that happens, as a stream that ends with the first error.
    pub fn stream(self) -> MessageStream {
        MessageStream::new(self)
    }

    /// The messages alone, each once and in the order of their `seq`; one that comes
    /// [late](Followed::Late) is left out.
    ///
    /// A frame that can't be decoded is an error of kind [`Decode`](crate::ErrorKind::Decode),
    /// after which the stream goes on; an error of any other kind ends it.
    pub fn messages(self) -> impl Stream<Item = Result<Message>> + Send + Unpin + 'static {
        self.stream().filter_map(|item| std::future::ready(only_message(item)))
    }
}

fn only_message(item: Result<Followed>) -> Option<Result<Message>> {
    match item {
        Ok(Followed::Message(message)) => Some(Ok(message)),
        Ok(Followed::Undecodable(frame)) => Some(Err(frame.into())),
        Ok(_) => None,
        Err(error) => Some(Err(error)),
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

/// What following messages yields.
#[derive(Debug)]
#[non_exhaustive]
pub enum Followed {
    /// The next message; its `seq` is larger than that of all before.
    Message(Message),
    /// A frame that holds no message. The stream goes on after it.
    Undecodable(Undecodable),
    /// A message that came after later ones were yielded, and not before. It is out of order.
    Late(Message),
    /// The connection was lost or not made; the stream pauses and makes another.
    Interrupted(Interruption),
    /// The server may have dropped messages after `after`: call [`MessageStream::catch_up`] before
    /// the next item is read. Only with [`Follow::catch_up`] switched off.
    Behind {
        /// The `seq` of the last message that was yielded.
        after: i64,
    },
}

/// A connection that was lost, or could not be made.
#[derive(Debug)]
#[non_exhaustive]
pub struct Interruption {
    /// Why.
    pub error: Error,
    /// How many times in a row it failed.
    pub failures: u32,
    /// How long the stream pauses before the next connection.
    pub pause: Duration,
    /// The `seq` after which it will go on.
    pub after: i64,
}
