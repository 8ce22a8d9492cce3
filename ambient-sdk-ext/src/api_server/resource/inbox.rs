//! The inbox of an agent: messages that people and other agents send to it between its runs.
//!
//! ```no_run
//! use ambient_sdk_ext::api_server::NewInboxMessage;
//! use futures_util::TryStreamExt;
//!
//! # async fn example(client: ambient_sdk_ext::Client) -> ambient_sdk_ext::Result<()> {
//! let inbox = client.api_server().inbox("project-1", "agent-1");
//! inbox.send(NewInboxMessage::new("The tests are red on main").from_name("CI")).await?;
//! let mut messages = inbox.list().stream();
//! while let Some(message) = messages.try_next().await? {
//!     if message.read != Some(true) {
//!         println!("{}: {}", message.from_name.as_deref().unwrap_or("someone"), message.body);
//!         inbox.mark_read(&message.id).await?;
//!     }
//! }
//! # Ok(())
//! # }
//! ```

use std::fmt::Display;

use ambient_sdk::api_server::types::{self, InboxMessageCreateRequest};

use super::{Inbox, InboxMessagePatch};
use crate::error::Result;

impl Inbox {
    /// Sends a message to the inbox; the same as [`create`](Self::create). If the
    /// [outcome](crate::Error::outcome) is unknown, check with [`list`](Self::list) before you send
    /// it again.
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound) if the agent does not exist.
    pub async fn send<R>(&self, message: R) -> Result<types::InboxMessage>
    where
        R: TryInto<InboxMessageCreateRequest>,
        R::Error: Display,
    {
        self.create(message).await
    }

    /// Marks a message as read. If the [outcome](crate::Error::outcome) is unknown, the call can be
    /// repeated.
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound) if the message does not exist.
    pub async fn mark_read(&self, id: impl AsRef<str>) -> Result<types::InboxMessage> {
        self.update(id, InboxMessagePatch::new().read(true)).await
    }
}
