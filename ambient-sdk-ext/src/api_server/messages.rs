//! The messages of a session: push them, list them, and follow them live.
//!
//! ```no_run
//! use futures_util::StreamExt;
//!
//! # async fn example(client: ambient_sdk_ext::Client) -> ambient_sdk_ext::Result<()> {
//! let messages = client.api_server().messages("2abcDEF");
//! let pushed = messages.push("What does this repository do?").await?;
//!
//! // The messages so far, then new ones as they arrive, until the loop ends.
//! let mut live = messages.follow().messages();
//! while let Some(message) = live.next().await {
//!     let message = message?;
//!     println!("{} {}: {}", message.seq, message.event_type, message.payload);
//! }
//!
//! // The messages after a given one, as a list.
//! for message in messages.list().after(pushed.seq).await? {
//!     println!("{}", message.payload);
//! }
//! # Ok(())
//! # }
//! ```
//!
//! # Following
//! [`Messages::follow`] yields the history and then new messages, each exactly once. If a
//! connection is lost, silent, or refused with a transient error, the follower reconnects after a
//! pause. A permanent refusal (401, 403) ends the stream with that error. A session that is not
//! found ends it too, but only after three checks within 3 s, because a server that is shutting
//! down returns 404 for every session. There is no total timeout.
//!
//! ## Order
//! Messages are yielded as they arrive. With several writers that is not the order of their `seq`,
//! which is assigned before a message becomes visible. [`Follow::in_order`] holds messages back for
//! a short time and yields them by `seq`.
//!
//! ## Resuming
//! [`FollowedMessages::cursor`] and [`MessageStream::cursor`] record which messages were yielded.
//! Store the text of the cursor and pass it to [`Follow::after`]: no message is lost or yielded
//! twice. The largest `seq` alone is not sufficient for that.
//!
//! ## Delivery guarantee
//! The `seq` is counted over all sessions, so a gap does not prove that a message is missing. A
//! connection can miss a message for four reasons: the message was pushed while the connection was
//! made; its `seq` is smaller than the last one of the history, so the server omits it from the
//! live part; the server, which buffers 512 messages for a slow reader, dropped it silently; or it
//! became visible after messages with larger `seq` were listed. All of these appear in the list
//! eventually, at the latest when the push is complete. A push may take as long as the *settling
//! window*, 30 s by [default](Follow::settling_window).
//!
//! Therefore a follower keeps the `seq` of received messages above a *floor*. It reads the list
//! after the floor again and yields new messages. Such a read proves that nothing is missing up to
//! the largest `seq` that was received one window earlier, because all smaller ones had been
//! assigned by then. That `seq` becomes the next floor, and those below it are forgotten. A message
//! of the history that is older than two windows raises the floor when it arrives. Memory use and
//! the amount that is read twice are thus bounded by the messages of one window, or by about 1,000
//! messages if they arrive slowly.
//!
//! ## When the list is read again
//! - One second after a connection was made, and again after the window: two reads per connection.
//! - After every 512 live messages, before the next one is taken, so that dropped messages are
//!   yielded in their place; and once more after the following window. The first of these reads
//!   starts at the largest `seq` of the read before last, and so returns about 1,000 messages; the
//!   second starts at the floor. Reads from the floor are shared: there is at most one per window.
//! - After a reconnect. The new connection itself starts at the largest `seq` of the read before
//!   last.
//! - After a frame that cannot be decoded.
//!
//! There are no further reads for a connection that is idle or receives fewer than 512 messages.
//!
//! ## Many sessions
//! Each open stream uses one of the 50 requests that the server handles concurrently. A client and
//! its clones keep at most [8 streams](crate::ClientBuilder::max_message_streams) open and poll the
//! list for the other sessions: every second while there are new messages, slowing down to every
//! 15 s when idle, with at most 100 polls per second over all sessions. A session with new messages
//! takes over the stream of a session that was idle for 15 s. No message is lost or duplicated in
//! the process. [`Follow::polling`] never opens a stream.
//!
//! ## gRPC
//! With the feature `grpc`, any number of sessions are followed over one connection and do not
//! count towards the server's concurrent requests. The server replays and drops messages as it does
//! for streams, and the delivery guarantee is the same. If gRPC is refused or unavailable, sessions
//! are followed as described above and gRPC is tried again later; this is logged. The current
//! server permits it only for its service token and its service account. A watch does not report
//! the time at which it was opened, so its history counts as live messages: the list is read again
//! after every 512 of them.
//!
//! To push a message and wait for the reply, see [`conversation`](super::conversation).

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
    ahead::Ahead,
    stream::{
        Sharing,
        connection::{self, Connection},
        work::many_on,
    },
};
use crate::{
    error::{Error, Result},
    names,
    options::CallOptions,
    retry::RetryPolicy,
};
use follower::Listed;

/// The largest message that the server accepts, in bytes of JSON.
const MAX_PUSH: usize = 1024 * 1024;

/// The messages of one session. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Messages {
    server: ApiServer,
    id: String,
}

impl ApiServer {
    /// Returns a handle for the messages of the session `id`.
    pub fn messages(&self, id: impl Into<String>) -> Messages {
        Messages { server: self.clone(), id: id.into() }
    }
}

impl Messages {
    /// Pushes `text` to the session as a message of its user. The request is retried only if the
    /// server certainly did not process it.
    ///
    /// If [`Error::outcome`] is [`Unknown`](crate::RequestOutcome::Unknown), for example after a
    /// 500 or a broken connection, the message may have been stored. Check with
    /// [`list`](Self::list) before you push it again.
    ///
    /// # Errors
    /// [`InvalidRequest`](crate::ErrorKind::InvalidRequest) before anything is sent if the message
    /// is larger than 1 MiB as JSON; [`Decode`](crate::ErrorKind::Decode) if the server accepted
    /// the message but returned no `seq`; any other kind that a call can return.
    pub async fn push(&self, text: impl Into<String>) -> Result<Message> {
        let body = types::SessionMessagePushRequest {
            event_type: MessageEventType::User,
            payload: Some(text.into()),
        };
        check_size(&body)?;
        let call = self.server.raw().push_session_message().id(self.id()?).body(body).send();
        call.await?.into_inner().try_into()
    }

    /// Lists the messages so far, ordered by `seq`; await it.
    pub fn list(&self) -> ListMessages {
        ListMessages { messages: self.clone(), after: Cursor::default() }
    }

    /// Follows the messages: a stream of the messages so far and then of new ones.
    pub fn follow(&self) -> Follow {
        Follow::new(self.clone())
    }

    /// Reads the session.
    pub(super) async fn session(&self) -> Result<types::Session> {
        self.server.sessions().get(&self.id).await
    }

    /// Returns a handle that sends every request once, for callers with their own retry loop.
    pub(super) fn without_retries(&self) -> Self {
        let once = CallOptions::new().retry(RetryPolicy::none());
        Self { server: self.server.client.with(once).api_server(), id: self.id.clone() }
    }

    /// Returns the gRPC connection, or `None` if the client does not use it.
    #[cfg(feature = "grpc")]
    fn grpc(&self) -> Option<Arc<crate::grpc::Grpc>> {
        self.server.client.hub().map(|hub| hub.grpc().clone())
    }

    /// Returns a handle whose calls end within `left`.
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

    /// Lists the messages that `after` does not contain, in order.
    async fn list_after(&self, after: impl Into<Cursor>) -> Result<Listed> {
        let after = after.into();
        let request = self.server.raw().list_session_messages().id(self.id()?);
        let request = match after.floor() {
            0 => request,
            floor => request.after_seq(floor),
        };
        let response = request.send().await?;
        let opened = connection::date(&response);
        let listed = response.into_inner().0;
        let messages = match many_on(listed.len()) {
            None => in_order(listed, &after)?,
            Some(runtime) => {
                Ahead::spawn_blocking(&runtime, move || in_order(listed, &after)).await?
            }
        };
        Ok(Listed { messages, opened })
    }

    fn id(&self) -> Result<&str> {
        names::id("session id", &self.id)?;
        Ok(&self.id)
    }
}

/// Converts the messages of a list that `known` does not contain, and sorts them.
fn in_order(listed: Vec<types::SessionMessage>, known: &Cursor) -> Result<Vec<Message>> {
    let messages = listed.into_iter().map(Message::try_from);
    let mut messages: Vec<_> = messages.collect::<Result<_>>()?;
    messages.retain(|message| !known.contains(message.seq));
    messages.sort_by_key(|message| message.seq);
    Ok(messages)
}

fn check_size(body: &types::SessionMessagePushRequest) -> Result<()> {
    let size = serde_json::to_vec(body).map_or(0, |json| json.len());
    if size <= MAX_PUSH {
        return Ok(());
    }
    let text = format!(
        "Invalid request: payload: the message has {size} bytes as JSON; the maximum is {MAX_PUSH}"
    );
    Err(Error::invalid(text))
}

/// A request for the messages so far; await it.
#[derive(Clone, Debug)]
#[must_use = "nothing is sent until it is awaited"]
pub struct ListMessages {
    messages: Messages,
    after: Cursor,
}

impl ListMessages {
    /// Lists only messages that a reader has not received: those that its [`Cursor`] does not
    /// contain, or those with a larger `seq` than the given one. Default: 0, all messages.
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
            Ok(messages.list_after(after).await?.messages)
        })
    }
}
