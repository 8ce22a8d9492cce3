//! The stream of messages: connect, read, and after a loss connect again from where it was.

use std::{
    fmt,
    future::Future,
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use bytes::Bytes;
use futures_core::Stream;
use tokio::time::{Instant, Sleep};

use super::{
    Follow, Followed, Interruption, Message, Messages,
    connection::{self, Connection},
    follow::Settings,
    frames::{Frames, TooLong},
    message::seq_of,
    order::{Order, Place},
    pace::Pace,
};
use crate::error::{Error, ErrorKind, Result};

/// A connection that was open for so long did well, though nothing came: the session was quiet.
const WELL: Duration = Duration::from_secs(10);

type BoxFuture<T> = Pin<Box<dyn Future<Output = Result<T>> + Send>>;

/// A session's messages as they come; see [`Follow`]. Dropping it ends it.
#[must_use = "a stream does nothing until it is read"]
pub struct MessageStream {
    messages: Messages,
    settings: Settings,
    state: State,
    frames: Frames,
    /// Messages of a re-read, which come before those of the connection.
    listed: std::vec::IntoIter<Message>,
    order: Order,
    pace: Pace,
    failures: u32,
    /// Since when the connection is open, if there is one.
    open: Option<Instant>,
    asked_to_catch_up: bool,
}

enum State {
    Idle,
    Connecting(BoxFuture<Connection>),
    Reading(Connection),
    Listing(BoxFuture<Vec<Message>>, Option<Connection>),
    Pausing(Pin<Box<Sleep>>),
    Over,
}

/// A connection that was lost or not made.
struct Lost {
    error: Error,
    /// Whether another one may be better.
    passes: bool,
}

impl From<Error> for Lost {
    fn from(error: Error) -> Self {
        Self { passes: error.is_transient(), error }
    }
}

impl Lost {
    fn passing(error: Error) -> Self {
        Self { error, passes: true }
    }

    /// A list that can't be read, or not at once, is left to the next connection, which repeats the
    /// same messages one by one.
    fn listing(error: Error) -> Self {
        let by_itself = error.is_too_large() || error.is_decode();
        Self { passes: by_itself || error.is_transient(), error }
    }
}

impl MessageStream {
    pub(super) fn new(follow: Follow) -> Self {
        let Follow { messages, settings } = follow;
        Self {
            messages: messages.unrepeated(),
            state: State::Idle,
            frames: Frames::new(settings.max_event_bytes),
            listed: Vec::new().into_iter(),
            order: Order::after(settings.after),
            pace: Pace::default(),
            failures: 0,
            open: None,
            asked_to_catch_up: false,
            settings,
        }
    }

    /// The largest `seq` so far: where [`Follow::after`] would go on.
    #[must_use]
    pub fn cursor(&self) -> i64 {
        self.order.cursor()
    }

    /// Has the stream read the list after [`cursor`](Self::cursor) before it goes on, as for a
    /// reader that was busy elsewhere and may have missed messages.
    pub fn catch_up(&mut self) {
        self.asked_to_catch_up = true;
    }

    fn poll_item(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Followed>>> {
        loop {
            if let Some(item) = self.take() {
                return Poll::Ready(Some(item));
            }
            if matches!(self.state, State::Over) {
                return Poll::Ready(None);
            }
            if let Err(lost) = ready!(self.poll_step(context)) {
                return Poll::Ready(Some(self.failed(lost)));
            }
        }
    }

    /// One step towards more items.
    fn poll_step(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Lost>> {
        match &mut self.state {
            State::Over => {}
            State::Idle => {
                let (after, idle) = (self.order.cursor(), self.settings.idle);
                let connect = self.messages.clone().connect(after, idle);
                self.state = State::Connecting(Box::pin(connect));
            }
            State::Pausing(pause) => {
                ready!(pause.as_mut().poll(context));
                self.state = State::Idle;
            }
            State::Connecting(connecting) => {
                let connection = ready!(connecting.as_mut().poll(context)).map_err(Lost::from)?;
                self.frames.reset();
                self.open = Some(Instant::now());
                self.pace = Pace::since(connection.opened());
                self.state = State::Reading(connection);
            }
            State::Reading(connection) => match connection.poll_chunk(context) {
                Poll::Ready(Ok(Some(chunk))) => self.received(chunk),
                Poll::Ready(Ok(None)) => {
                    return Poll::Ready(Err(Lost::passing(connection.ended())));
                }
                Poll::Ready(Err(error)) => return Poll::Ready(Err(Lost::passing(error))),
                Poll::Pending => return Poll::Pending,
            },
            State::Listing(listing, connection) => {
                let listed = ready!(listing.as_mut().poll(context)).map_err(Lost::listing)?;
                self.listed = listed.into_iter();
                self.pace.restart();
                self.state = connection.take().map_or(State::Idle, State::Reading);
            }
        }
        Poll::Ready(Ok(()))
    }

    /// The next item of what was received already.
    fn take(&mut self) -> Option<Result<Followed>> {
        loop {
            if let Some(message) = self.listed.next() {
                match self.order.place(message.seq) {
                    Place::Next => return Some(Ok(Followed::Message(message))),
                    Place::Late | Place::Repeated => continue,
                }
            }
            if !matches!(self.state, State::Reading(_)) {
                return None;
            }
            if self.asked_to_catch_up || self.pace.is_doubtful() {
                return self.behind();
            }
            let frame = match self.frames.next()? {
                Ok(frame) => frame,
                Err(too_long) => return Some(Err(self.too_long(&too_long))),
            };
            let message = match Message::from_frame(&frame) {
                Ok(message) => message,
                Err(undecodable) => {
                    self.pace.count(None);
                    let seq = seq_of(frame.id);
                    if seq.is_none_or(|seq| self.order.tell(seq)) {
                        return Some(Ok(Followed::Undecodable(undecodable)));
                    }
                    continue;
                }
            };
            self.pace.count(message.created_at.as_ref());
            match self.order.place(message.seq) {
                Place::Next => return Some(Ok(Followed::Message(message))),
                Place::Late => return Some(Ok(Followed::Late(message))),
                Place::Repeated => {}
            }
        }
    }

    /// Reads the list before it goes on, or tells the reader to have it read.
    fn behind(&mut self) -> Option<Result<Followed>> {
        let after = self.order.cursor();
        if !self.asked_to_catch_up && !self.settings.catch_up {
            self.pace.restart();
            return Some(Ok(Followed::Behind { after }));
        }
        self.asked_to_catch_up = false;
        let list = self.messages.list().after(after);
        let connection = match std::mem::replace(&mut self.state, State::Idle) {
            State::Reading(connection) => Some(connection),
            _ => None,
        };
        self.state = State::Listing(Box::pin(list.into_future()), connection);
        None
    }

    fn received(&mut self, chunk: Bytes) {
        self.failures = 0;
        self.frames.feed(chunk);
    }

    /// Pauses before the next connection, or ends the stream.
    fn failed(&mut self, Lost { error, passes }: Lost) -> Result<Followed> {
        let open = self.open.take().map(|since| since.elapsed());
        // One that fell silent did not do well, however long it was waited for.
        if open.is_some_and(|open| open >= WELL) && !error.is_timeout() {
            self.failures = 0;
        }
        self.failures += 1;
        let failures = self.failures;
        if !passes || failures > self.settings.max_failures {
            self.state = State::Over;
            return Err(match passes {
                true => error.prefixed(&format!("gave up after {failures} failures in a row")),
                false => error,
            });
        }
        let pause = self.settings.backoff.pause(failures);
        let pause = pause.max(error.retry_after().unwrap_or_default());
        self.state = State::Pausing(Box::pin(connection::after(pause)));
        let after = self.order.cursor();
        let pause_ms = pause.as_millis() as u64;
        tracing::debug!(after, failures, pause_ms, "the message stream will go on");
        Ok(Followed::Interrupted(Interruption { error, failures, pause, after }))
    }

    fn too_long(&mut self, too_long: &TooLong) -> Error {
        self.state = State::Over;
        let TooLong { id, limit } = too_long;
        let after = match seq_of(id.as_bytes()) {
            Some(seq) => seq.to_string(),
            None => "its seq".into(),
        };
        let text = format!(
            "cannot read a message after {}: it has more than {limit} bytes; raise max_event_bytes, \
             or leave it out with after({after})",
            self.order.cursor()
        );
        Error::new(ErrorKind::TooLarge, text)
    }
}

impl Stream for MessageStream {
    type Item = Result<Followed>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.poll_item(context)
    }
}

impl fmt::Debug for MessageStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MessageStream")
            .field("session", &self.messages.id)
            .field("cursor", &self.cursor())
            .field("failures", &self.failures)
            .finish_non_exhaustive()
    }
}
