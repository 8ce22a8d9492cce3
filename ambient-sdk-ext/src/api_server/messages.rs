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
//! [`Messages::follow`] yields the history and then what comes, each message exactly once. A
//! connection that is lost, silent or refused for a reason that may pass is made anew after a pause.
//! A refusal that doesn't pass (401, 403) ends the stream with that error. So does a session that is
//! not found, once it was looked at three times within 3 s: a server that shuts down says so of every
//! session. There is no total timeout.
//!
//! ## Order
//! Messages are yielded as they arrive, which with several writers is not the order of their `seq`:
//! it is given before a message becomes visible. [`Follow::in_order`] holds them back for a short
//! while and yields them by `seq`.
//!
//! ## To go on later
//! [`FollowedMessages::cursor`] and [`MessageStream::cursor`] say what was yielded. Store its text, and
//! give it to [`Follow::after`]: nothing is lost, and nothing comes twice. The largest `seq` alone would
//! not do.
//!
//! ## How nothing is lost
//! The `seq` counts over all sessions, so a gap proves nothing. A message can be missing from what a
//! connection brings in four ways: it was pushed while the connection was made; it is smaller than the
//! last one of the history, which the server then leaves out of the live part; the server, which holds
//! 512 messages for a slow reader, dropped it without a sign; or it became visible after larger ones
//! were listed. All of these are in the list sooner or later: at the latest when the push is over, for
//! which a *settling window* is allowed, 30 s by [default](Follow::settling_window).
//!
//! So a follower keeps the numbers it received, above a *floor*. The list is read again after the
//! floor, and what is new is yielded. A read at some time proves that nothing is missing before the
//! largest number that was received a window earlier, since all smaller ones were given out by then:
//! that number is the next floor, and what is below it is forgotten. A message of the history that
//! is older than two windows raises the floor as it comes. So memory, and what is read twice, are
//! bounded by what comes in a window, or by about 1,000 messages where they come slowly.
//!
//! ## When the list is read again
//! - A second after a connection was made, and again after the window: two reads for a connection.
//! - After each 512 live messages, before the next is taken, so that what the server dropped comes in
//!   its place; and once after the window that follows. The first of these reads begins at the largest
//!   `seq` of the read before last, so that it brings about 1,000 messages; the second begins at the
//!   floor. Reads that settle are shared: there is one a window at most.
//! - A connection that is made again begins where the first of these reads would.
//! - After a frame that can't be decoded.
//!
//! A connection that is quiet, or brings less than 512 messages, is not read again after that.
//!
//! ## Many sessions
//! Each open stream holds one of the server's 50 places for requests. A client, with all its clones,
//! keeps [8 streams](crate::ClientBuilder::max_message_streams) open at most, and polls the list for
//! the other sessions: every second while there is something, up to every 15 s when quiet, and not more
//! than 100 polls a second over all sessions. A session that has something to say takes the stream of
//! one that was quiet for 15 s. Nothing is lost or doubled on the way. [`Follow::polling`] never opens a
//! stream.
//!
//! ## By gRPC
//! With the feature `grpc`, sessions are followed over one connection, any number of them, and take no
//! place for requests. What the server replays and drops is the same, and so is the guarantee. Where
//! gRPC is refused or not there, they are followed as above, and it is tried again later; the trace
//! says so. The server of today lets only its service token and its service account do it. A watch says
//! nothing of the time at which it was opened, so that its history counts as live: the list is read
//! again after each 512 messages of it.
//!
//! To push a message and have the reply, see [`conversation`](super::conversation).

mod cursor;
mod follow;
mod follower;
mod held;
mod intake;
mod ledger;
mod link;
mod lost;
mod message;
mod rereads;
mod seqs;

use std::{
    future::{Future, IntoFuture},
    pin::Pin,
    sync::Arc,
    time::Duration,
};

use ambient_sdk::api_server::types;

pub use cursor::{Cursor, InvalidCursor};
pub use follow::{Follow, Followed, FollowedMessages, Interruption, MessageStream};
#[cfg(feature = "grpc")]
pub(crate) use message::event_type;
pub use message::{Message, MessageEventType, Undecodable};

use super::{
    ApiServer,
    stream::{
        Sharing,
        connection::{self, Connection},
    },
};
use crate::{
    error::{Error, Result},
    names,
    options::CallOptions,
    retry::RetryPolicy,
};
use follower::Listed;

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
    /// When [`Error::outcome`] is [`Unknown`](crate::RequestOutcome::Unknown), for example after a 500
    /// or a broken connection, the message may be there: look for it with [`list`](Self::list) before
    /// you push it again.
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
        ListMessages { messages: self.clone(), after: Cursor::default() }
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
    pub(super) fn without_retries(&self) -> Self {
        let once = CallOptions::new().retry(RetryPolicy::none());
        Self { server: self.server.client.with(once).api_server(), id: self.id.clone() }
    }

    /// The gRPC side of the server, unless the client leaves it alone.
    #[cfg(feature = "grpc")]
    fn grpc(&self) -> Option<Arc<crate::grpc::Grpc>> {
        self.server.client.hub().map(|hub| hub.grpc().clone())
    }

    /// The same, with calls that end within `left`.
    pub(super) fn within(&self, left: Duration) -> Self {
        let client = &self.server.client;
        let timeout = left.max(Duration::from_millis(1)).min(client.call_timeout());
        let server = client.with(CallOptions::new().timeout(timeout)).api_server();
        Self { server, id: self.id.clone() }
    }

    fn sharing(&self) -> Arc<Sharing> {
        self.server.client.sharing().clone()
    }

    async fn connect(&self, after: i64, idle: Option<Duration>) -> Result<Connection> {
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

    /// The messages with a larger `seq`, in order.
    async fn list_after(&self, after: i64) -> Result<Listed> {
        let request = self.server.raw().list_session_messages().id(self.id()?);
        let request = if after == 0 { request } else { request.after_seq(after) };
        let response = request.send().await?;
        let opened = connection::date(&response);
        let listed = response.into_inner().0.into_iter();
        let mut messages: Vec<_> = listed.map(Message::try_from).collect::<Result<_>>()?;
        messages.sort_by_key(|message| message.seq);
        Ok(Listed { messages, opened })
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
    after: Cursor,
}

impl ListMessages {
    /// Only what a reader did not have before: the [`Cursor`] of its stream says what it had, or the
    /// `seq` of a message, after which those with a larger one are listed. Default: 0, all of them.
    pub fn after(mut self, cursor: impl Into<Cursor>) -> Self {
        self.after = cursor.into();
        self
    }
}

impl IntoFuture for ListMessages {
    type Output = Result<Vec<Message>>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move {
            let Self { messages, after } = self;
            let mut listed = messages.list_after(after.floor()).await?.messages;
            listed.retain(|message| !after.contains(message.seq));
            Ok(listed)
        })
    }
}
