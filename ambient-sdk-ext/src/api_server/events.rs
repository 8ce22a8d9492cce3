//! The raw events of a session's runner, live.
//!
//! ```no_run
//! use ambient_sdk_ext::api_server::events::AgentEvent;
//! use futures_util::StreamExt;
//!
//! # async fn example(client: ambient_sdk_ext::Client) -> ambient_sdk_ext::Result<()> {
//! let mut events = client.api_server().events("2abcDEF").stream();
//! while let Some(event) = events.next().await {
//!     match event?.event {
//!         AgentEvent::TextMessageContent { delta, .. } => print!("{delta}"),
//!         AgentEvent::ToolCallStart { tool_call_name, .. } => println!("calls {tool_call_name}"),
//!         event if event.ends_run() => break,
//!         _ => {}
//!     }
//! }
//! # Ok(())
//! # }
//! ```
//!
//! Events are neither stored nor numbered: an event that occurs while no stream is open is lost,
//! and a broken stream cannot be resumed. For stored content, read the [messages](super::messages).

mod event;

use std::{
    fmt,
    future::Future,
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use futures_core::Stream;
use futures_util::FutureExt;
use serde::{Deserialize, Serialize};

pub use event::AgentEvent;

use super::{
    ApiServer,
    ahead::Ahead,
    stream::{
        MAX_EVENT_BYTES,
        connection::Connection,
        frames::{Frames, TooLong},
        work::{Work, large_on},
    },
};
use crate::{
    error::{Error, ErrorKind, Result},
    names,
};

/// A builder for a stream of the events of one session; see [`stream`](Self::stream).
#[derive(Clone, Debug)]
#[must_use = "nothing is sent until the stream is read"]
pub struct Events {
    server: ApiServer,
    id: String,
    idle: Option<Duration>,
    max_event_bytes: usize,
}

impl ApiServer {
    /// Returns a builder for the raw events of the runner of the session `id`.
    pub fn events(&self, id: impl Into<String>) -> Events {
        Events { server: self.clone(), id: id.into(), idle: None, max_event_bytes: MAX_EVENT_BYTES }
    }
}

impl Events {
    /// Sets how long the stream may be silent, without events or comments, before it fails; `None`
    /// disables this. Default: `None`. A runner does not have to send comments, so a timeout could
    /// end the stream in the middle of a long tool call, and the stream cannot be resumed.
    pub fn idle_timeout(mut self, limit: impl Into<Option<Duration>>) -> Self {
        self.idle = limit.into();
        self
    }

    /// Sets the maximum size of an event in bytes; a larger one ends the stream with an error of
    /// the kind [`TooLarge`](ErrorKind::TooLarge). Default: 4 MiB.
    pub fn max_event_bytes(mut self, most: usize) -> Self {
        self.max_event_bytes = most;
        self
    }

    /// Returns a stream of the events from now on. It ends when the server ends it, which happens
    /// after a run.
    ///
    /// # Errors
    /// The first error ends the stream. If no run is in progress, it is of the kind
    /// [`Server`](ErrorKind::Server) (502) and [transient](Error::is_transient). A broken
    /// connection ([`Connection`](ErrorKind::Connection)) and silence for longer than
    /// [`idle_timeout`](Self::idle_timeout) ([`Timeout`](ErrorKind::Timeout)) are also transient.
    pub fn stream(self) -> EventStream {
        EventStream { state: State::Connecting(Box::pin(self.connect())) }
    }

    async fn connect(self) -> Result<Reading> {
        names::id("session id", &self.id)?;
        let response = self.server.raw().stream_session_events().id(&self.id).send().await?;
        Ok(Reading {
            connection: Connection::open(response, self.idle)?,
            frames: Frames::new(self.max_event_bytes),
            decoding: None,
            work: Work::default(),
        })
    }
}

/// An event of a runner.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct SessionEvent {
    /// The decoded event.
    pub event: AgentEvent,
    /// The text of the event as sent, including fields that [`AgentEvent`] does not have.
    pub text: String,
}

/// A stream of the events of a session's runner. Dropping it ends it.
#[must_use = "a stream does nothing until it is read"]
pub struct EventStream {
    state: State,
}

enum State {
    Connecting(Pin<Box<dyn Future<Output = Result<Reading>> + Send>>),
    Reading(Box<Reading>),
    Over,
}

struct Reading {
    connection: Connection,
    frames: Frames,
    /// A large event that a blocking thread decodes. The events after it wait.
    decoding: Option<Ahead<SessionEvent>>,
    work: Work,
}

impl EventStream {
    fn poll_event(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<SessionEvent>>> {
        loop {
            match &mut self.state {
                State::Connecting(connecting) => {
                    let reading = ready!(connecting.as_mut().poll(context))?;
                    self.state = State::Reading(Box::new(reading));
                }
                State::Reading(reading) => {
                    let event = ready!(reading.poll_event(context));
                    if event.is_none() {
                        self.state = State::Over;
                    }
                    return Poll::Ready(event);
                }
                State::Over => return Poll::Ready(None),
            }
        }
    }
}

impl Reading {
    fn poll_event(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<SessionEvent>>> {
        let Self { connection, frames, decoding, work } = self;
        loop {
            if let Some(event) = decoding {
                let event = ready!(event.poll_unpin(context));
                *decoding = None;
                return Poll::Ready(Some(event));
            }
            ready!(work.poll_break(context));
            match frames.next() {
                Some(Err(error)) => return Poll::Ready(Some(Err(too_long(error)))),
                Some(Ok(frame)) => {
                    work.add(frame.data.len());
                    let Some(runtime) = large_on(frame.data.len()) else {
                        return Poll::Ready(Some(Ok(decode(frame.data))));
                    };
                    let (_, data) = frames.take_last();
                    *decoding = Some(Ahead::spawn_blocking(&runtime, move || Ok(decode(&data))));
                }
                None => {
                    let Some(chunk) = ready!(connection.poll_chunk(context))? else {
                        return Poll::Ready(None);
                    };
                    work.add_lines(chunk.len());
                    frames.feed(chunk);
                }
            }
        }
    }
}

impl Stream for EventStream {
    type Item = Result<SessionEvent>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let event = self.poll_event(context);
        if matches!(event, Poll::Ready(Some(Err(_)))) {
            self.state = State::Over;
        }
        event
    }
}

impl fmt::Debug for EventStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EventStream")
    }
}

/// Decodes an event. Text that is not a JSON object becomes an unknown event; text that is not JSON
/// becomes a JSON string.
fn decode(data: &[u8]) -> SessionEvent {
    let text = String::from_utf8_lossy(data).into_owned();
    let event = match text.trim_start().starts_with('{') {
        true => serde_json::from_str(&text),
        false => serde_json::from_str(&text).map(AgentEvent::Other),
    };
    let event = event.unwrap_or_else(|_| AgentEvent::Other(text.as_str().into()));
    SessionEvent { event, text }
}

fn too_long(TooLong { limit, .. }: TooLong) -> Error {
    let text =
        format!("cannot read an event: it has more than {limit} bytes; raise max_event_bytes");
    Error::new(ErrorKind::TooLarge, text)
}
