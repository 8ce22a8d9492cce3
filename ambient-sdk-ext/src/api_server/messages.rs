//! A session's messages: push, list, and follow them as they come.
//!
//! ```no_run
//! use futures_util::StreamExt;
//!
//! # async fn example(client: ambient_sdk_ext::Client) -> ambient_sdk_ext::Result<()> {
//! let messages = client.api_server().messages("2abcDEF");
//! let pushed = messages.push("What does this repository do?").await?;
//!
//! // What was said so far, and then what is said, until the loop is left.
//! let mut live = messages.follow().messages();
//! while let Some(message) = live.next().await {
//!     let message = message?;
//!     println!("{} {}: {}", message.seq, message.event_type, message.payload);
//! }
//!
//! // What was said after a message, at once.
//! for message in messages.list().after(pushed.seq).await? {
//!     println!("{}", message.payload);
//! }
//! # Ok(())
//! # }
//! ```
//!
//! # Following
//! [`Messages::follow`] replays the history and goes on live. A connection that is lost, silent or
//! refused for a reason that may pass is made anew after a pause, from the last message on; each
//! message is yielded once, in the order of its `seq`. A refusal that doesn't pass (401, 403, 404)
//! ends the stream with that error. There is no total time-out.
//!
//! To push a message and have the reply, see [`conversation`](super::conversation).

pub(crate) mod connection;
pub(crate) mod follow;
pub(crate) mod frames;
mod message;
mod order;
mod pace;
mod stream;

use std::{
    future::{Future, IntoFuture},
    pin::Pin,
    time::Duration,
};

use ambient_sdk::api_server::types;

pub use follow::{Follow, Followed, Interruption};
pub use message::{Message, MessageEventType, Undecodable};
pub use stream::MessageStream;

use super::ApiServer;
use crate::{
    error::{Error, Result},
    names,
    options::CallOptions,
    retry::RetryPolicy,
};
use connection::Connection;

/// The longest message that the server takes, in bytes of its JSON.
const MAX_PUSH: usize = 1024 * 1024;

/// The messages of one session. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Messages {
    server: ApiServer,
    id: String,
}

impl ApiServer {
    /// The messages of the session named `id`.
    pub fn messages(&self, id: impl Into<String>) -> Messages {
        Messages { server: self.clone(), id: id.into() }
    }
}

impl Messages {
    /// Says `text` to the session, as its user. It is sent once only, unless the server certainly
    /// did not act on it.
    ///
    /// # Errors
    /// [`InvalidRequest`](crate::ErrorKind::InvalidRequest) before anything is sent when the
    /// message has more than 1 MiB as JSON; [`Decode`](crate::ErrorKind::Decode) when the server
    /// took it but named no `seq`; every kind that a call can have.
    pub async fn push(&self, text: impl Into<String>) -> Result<Message> {
        let body = types::SessionMessagePushRequest {
            event_type: MessageEventType::User,
            payload: Some(text.into()),
        };
        check_size(&body)?;
        let call = self.server.raw().push_session_message().id(self.id()?).body(body).send();
        call.await?.into_inner().try_into()
    }

    /// The messages so far, at once and in the order of their `seq`; await it.
    pub fn list(&self) -> ListMessages {
        ListMessages { messages: self.clone(), after: 0 }
    }

    /// The messages so far, and then those to come, as a stream.
    pub fn follow(&self) -> Follow {
        Follow::new(self.clone())
    }

    /// The session itself, as it is now.
    pub(super) async fn session(&self) -> Result<types::Session> {
        self.server.sessions().get(&self.id).await
    }

    /// The same, with every request sent once: for what has pauses of its own.
    pub(super) fn unrepeated(&self) -> Self {
        let once = CallOptions::new().retry(RetryPolicy::none());
        Self { server: self.server.client.with(once).api_server(), id: self.id.clone() }
    }

    async fn connect(self, after: i64, idle: Option<Duration>) -> Result<Connection> {
        let id = self.id()?;
        let cursor = match after {
            0 => CallOptions::new(),
            after => CallOptions::new().after_event(after),
        };
        let server = self.server.client.with(cursor).api_server();
        let request = server.raw().stream_session_messages().id(id);
        let request = if after == 0 { request } else { request.after_seq(after) };
        Connection::open(request.send().await?, idle)
    }

    fn id(&self) -> Result<&str> {
        names::id("session id", &self.id)?;
        Ok(&self.id)
    }
}

fn check_size(body: &types::SessionMessagePushRequest) -> Result<()> {
    let size = serde_json::to_vec(body).map_or(0, |json| json.len());
    if size <= MAX_PUSH {
        return Ok(());
    }
    let text = format!(
        "Invalid request: payload: the message has {size} bytes as JSON, and {MAX_PUSH} is the most"
    );
    Err(Error::invalid(text))
}

/// The messages so far: await it.
#[derive(Clone, Debug)]
#[must_use = "nothing is sent until it is awaited"]
pub struct ListMessages {
    messages: Messages,
    after: i64,
}

impl ListMessages {
    /// Only messages whose `seq` is larger than this. Default: 0, all of them.
    pub fn after(mut self, seq: i64) -> Self {
        self.after = seq.max(0);
        self
    }
}

impl IntoFuture for ListMessages {
    type Output = Result<Vec<Message>>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move {
            let Self { messages, after } = self;
            let request = messages.server.raw().list_session_messages().id(messages.id()?);
            let request = if after == 0 { request } else { request.after_seq(after) };
            let listed = request.send().await?.into_inner().0.into_iter();
            let mut listed: Vec<_> = listed.map(Message::try_from).collect::<Result<_>>()?;
            listed.sort_by_key(|message| message.seq);
            Ok(listed)
        })
    }
}
