//! An agent's inbox: what people and other agents have to say to it between its runs.
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

use ambient_sdk::api_server::types;

use super::{
    ApiServer, List,
    list::Plain,
    request::ready,
    resource::{list, send},
};
use crate::{
    error::Result,
    names::{self, NameError},
};

/// The inbox of one agent.
#[derive(Clone, Debug)]
pub struct Inbox {
    server: ApiServer,
    project: String,
    agent: String,
}

super::request::request! {
    /// A message to send to an agent.
    NewInboxMessage for InboxMessageCreateRequest (body: String; agent_id) {
        text from_agent_id,
        text from_name,
    }
}

impl Inbox {
    /// Every message. The server neither searches nor orders them.
    pub fn list(&self) -> List<types::InboxMessage, Plain> {
        let (project, agent) = (&self.project, &self.agent);
        list!(plain, &self.server, self.check(), list_inbox_messages.id(project).agent_id(agent))
    }

    /// Puts a message into the inbox. It is sent once only, unless the server certainly did not act
    /// on it. When the [outcome](crate::Error::outcome) is unknown, look for it with
    /// [`list`](Self::list) before you send it again.
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound) when there is no such agent.
    pub async fn send<R>(&self, message: R) -> Result<types::InboxMessage>
    where
        R: TryInto<types::InboxMessageCreateRequest>,
        R::Error: std::fmt::Display,
    {
        self.check()?;
        let mut body = ready(message)?;
        if body.agent_id.is_empty() {
            body.agent_id.clone_from(&self.agent);
        }
        send!(self, send_inbox_message.id(&self.project).agent_id(&self.agent).body(body))
    }

    /// Marks a message as read. When the [outcome](crate::Error::outcome) is unknown, it can be
    /// marked again.
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound) when there is no such message.
    pub async fn mark_read(&self, message: impl AsRef<str>) -> Result<types::InboxMessage> {
        let id = self.checked(message.as_ref())?;
        let (project, agent) = (&self.project, &self.agent);
        let body = types::InboxMessagePatchRequest::builder().read(Some(true));
        send!(self, mark_inbox_message_read.id(project).agent_id(agent).msg_id(id).body(body))
    }

    /// Deletes a message, read or not. When the [outcome](crate::Error::outcome) is unknown, delete it
    /// again, and take "not found" for success.
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound) when there is no such message.
    pub async fn delete(&self, message: impl AsRef<str>) -> Result<()> {
        let id = self.checked(message.as_ref())?;
        let (project, agent) = (&self.project, &self.agent);
        send!(self, delete_inbox_message.id(project).agent_id(agent).msg_id(id))
    }

    fn check(&self) -> Result<(), NameError> {
        names::id("project id", &self.project)?;
        names::id("agent id", &self.agent)
    }

    fn checked<'a>(&self, message: &'a str) -> Result<&'a str, NameError> {
        self.check()?;
        names::id("message id", message)?;
        Ok(message)
    }
}

impl ApiServer {
    /// The inbox of an agent, by the ids of its project and its own.
    #[must_use]
    pub fn inbox(&self, project: impl Into<String>, agent: impl Into<String>) -> Inbox {
        Inbox { server: self.clone(), project: project.into(), agent: agent.into() }
    }
}
