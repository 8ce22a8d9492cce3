//! The raw events of a session's runner, as they happen.
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
//! Events are neither stored nor numbered: what happens while nobody reads is lost, and a stream
//! that broke off can't be resumed. For what lasts, read the [messages](super::messages).

mod event;

use std::{
    fmt,
    future::Future,
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use futures_core::Stream;
use serde::{Deserialize, Serialize};

pub use event::AgentEvent;

use super::{
    ApiServer,
    stream::{
        MAX_EVENT_BYTES,
        connection::Connection,
        frames::{Frames, TooLong},
    },
};
use crate::{
    error::{Error, ErrorKind, Result},
    names,
};

/// The events of one session that are to be read; see [`stream`](Self::stream).
#[derive(Clone, Debug)]
#[must_use = "nothing is sent until the stream is read"]
pub struct Events {
    server: ApiServer,
    id: String,
    idle: Option<Duration>,
    max_event_bytes: usize,
}

impl ApiServer {
    /// The raw events of the runner of the session named `id`.
    pub fn events(&self, id: impl Into<String>) -> Events {
        Events { server: self.clone(), id: id.into(), idle: None, max_event_bytes: MAX_EVENT_BYTES }
    }
}

impl Events {
    /// How long nothing may come, comments included, until the stream fails; `None` for ever.
    /// Default: `None`. A runner need not send comments, so that a limit would end the stream in
    /// the middle of a long call of a tool, and it can't be resumed.
    pub fn idle_timeout(mut self, limit: impl Into<Option<Duration>>) -> Self {
        self.idle = limit.into();
        self
    }

    /// The most bytes of one event; a longer one ends the stream with an error of kind
    /// [`TooLarge`](ErrorKind::TooLarge). Default: 4 MiB.
    pub fn max_event_bytes(mut self, most: usize) -> Self {
        self.max_event_bytes = most;
        self
    }

    /// The events from now on, until the server ends the stream, which it does after a run.
    ///
    /// # Errors
    /// The first one ends the stream. While nothing runs for the session, it is one of kind
    /// [`Server`](ErrorKind::Server) (502) that [may pass](Error::is_transient); so are a
    /// connection that breaks ([`Connection`](ErrorKind::Connection)) and one that is silent for
    /// longer than [`idle_timeout`](Self::idle_timeout) ([`Timeout`](ErrorKind::Timeout)).
    pub fn stream(self) -> EventStream {
        let frames = Frames::new(self.max_event_bytes);
        EventStream { state: State::Connecting(Box::pin(self.connect())), frames }
    }

    async fn connect(self) -> Result<Connection> {
        names::id("session id", &self.id)?;
        let response = self.server.raw().stream_session_events().id(&self.id).send().await?;
        Connection::open(response, self.idle)
    }
}

/// One event of a runner.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct SessionEvent {
    /// What happened.
    pub event: AgentEvent,
    /// The event as it was sent, with the fields that [`AgentEvent`] leaves out.
    pub text: String,
}

/// The events of a session's runner as they happen. Dropping it ends it.
#[must_use = "a stream does nothing until it is read"]
pub struct EventStream {
    state: State,
    frames: Frames,
}

enum State {
    Connecting(Pin<Box<dyn Future<Output = Result<Connection>> + Send>>),
    Reading(Connection),
    Over,
}

impl EventStream {
    fn poll_event(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<SessionEvent>>> {
        loop {
            match &mut self.state {
                State::Connecting(connecting) => {
                    self.state = State::Reading(ready!(connecting.as_mut().poll(context))?);
                }
                State::Reading(connection) => {
                    if let Some(frame) = self.frames.next() {
                        let frame = frame.map_err(too_long);
                        return Poll::Ready(Some(frame.map(|frame| decode(frame.data))));
                    }
                    match ready!(connection.poll_chunk(context))? {
                        Some(chunk) => self.frames.feed(chunk),
                        None => self.state = State::Over,
                    }
                }
                State::Over => return Poll::Ready(None),
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

/// What is no JSON object is no event of a known form; text that is no JSON is a JSON string.
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
