//! The hand-written methods of the server and some resources.

use std::fmt::Display;

use ambient_sdk::api_server::types::{self, InboxMessageCreateRequest, VersionInfo};

use super::{Agents, ApiServer, Blocking, Inbox, Messages, Sessions};
use crate::{
    api_server::{
        Follow, Message, Run, Turn, events::Events, messages::ListMessages,
        resource::agents::StartAgent, version::VersionCheck,
    },
    error::Result,
    options::CallOptions,
    session::CreateSessionRequest,
    wait::{Wait, WaitMany},
};

impl ApiServer {
    /// Returns a handle with `options` on top of the current ones.
    pub fn with(&self, options: CallOptions) -> Self {
        self.runtime.around(self.inner.with(options))
    }

    /// Returns a handle for the messages of the session `id`.
    pub fn messages(&self, id: impl Into<String>) -> Messages {
        self.runtime.around(self.inner.messages(id))
    }

    /// Returns a builder for the raw events of the runner of the session `id`.
    pub fn events(&self, id: impl Into<String>) -> Blocking<Events> {
        self.runtime.around(self.inner.events(id))
    }

    /// Returns the version of the server's build; see
    /// [`ApiServer::version`](crate::api_server::ApiServer::version).
    ///
    /// # Errors
    /// Those of the async method; [`Configuration`](crate::ErrorKind::Configuration) inside an
    /// async runtime.
    pub fn version(&self) -> Result<VersionInfo> {
        self.runtime.wait(self.inner.version())
    }

    /// Compares the server's version with that of the document from which this client is generated.
    ///
    /// # Errors
    /// The errors of [`version`](Self::version).
    pub fn check_version(&self) -> Result<VersionCheck> {
        self.runtime.wait(self.inner.check_version())
    }
}

impl Messages {
    /// Pushes `text` to the session as a message of its user; see
    /// [`Messages::push`](crate::api_server::Messages::push).
    ///
    /// # Errors
    /// Those of the async method; [`Configuration`](crate::ErrorKind::Configuration) inside an
    /// async runtime.
    pub fn push(&self, text: impl Into<String>) -> Result<Message> {
        self.runtime.wait(self.inner.push(text))
    }

    /// Lists the messages so far; call [`wait`](Blocking::wait) to send the request.
    pub fn list(&self) -> Blocking<ListMessages> {
        self.runtime.around(self.inner.list())
    }

    /// Follows the messages: an iterator over the messages so far and then over new ones.
    pub fn follow(&self) -> Blocking<Follow> {
        self.runtime.around(self.inner.follow())
    }

    /// Pushes `text` as the user's message; call [`wait`](Blocking::wait) for the reply.
    pub fn say(&self, text: impl Into<String>) -> Blocking<Turn> {
        self.runtime.around(self.inner.say(text))
    }
}

impl Sessions {
    /// Creates a session, starts it and follows it to its end: call [`wait`](Blocking::wait) for
    /// the result, or read its [stream](Blocking::stream).
    pub fn run<B>(&self, request: B) -> Blocking<Run>
    where
        B: TryInto<types::SessionCreateRequest>,
        B::Error: Display,
    {
        self.runtime.around(self.inner.run(request))
    }

    /// Follows a started session to its end.
    pub fn follow(&self, id: impl Into<String>) -> Blocking<Run> {
        self.runtime.around(self.inner.follow(id))
    }

    /// Creates a session and starts it; see
    /// [`Sessions::create_and_start`](crate::api_server::Sessions::create_and_start).
    ///
    /// # Errors
    /// Those of the async method; [`Configuration`](crate::ErrorKind::Configuration) inside an
    /// async runtime.
    pub fn create_and_start(&self, request: CreateSessionRequest) -> Result<types::Session> {
        self.runtime.wait(self.inner.create_and_start(request))
    }

    /// Waits until the session has completed, failed or stopped.
    pub fn wait_for_completion(&self, id: impl Into<String>) -> Blocking<Wait<types::Session>> {
        self.runtime.around(self.inner.wait_for_completion(id))
    }

    /// Waits until each of these sessions, which may be of any project, has completed, failed or
    /// stopped.
    pub fn wait_many<I: Into<String>>(
        &self,
        ids: impl IntoIterator<Item = I>,
    ) -> Blocking<WaitMany<types::Session>> {
        self.runtime.around(self.inner.wait_many(ids))
    }

    /// Waits until `condition` holds, or the session has completed, failed or stopped.
    pub fn wait_until(
        &self,
        id: impl Into<String>,
        condition: impl Fn(&types::Session) -> bool + Send + Sync + 'static,
    ) -> Blocking<Wait<types::Session>> {
        self.runtime.around(self.inner.wait_until(id, condition))
    }
}

impl Agents {
    /// Starts the agent with only its own prompt; call [`wait`](Blocking::wait) to send the
    /// request.
    pub fn start(&self, id: impl AsRef<str>) -> Blocking<StartAgent> {
        self.runtime.around(self.inner.start(id))
    }

    /// Starts the agent with a prompt for this run; call [`wait`](Blocking::wait) to send the
    /// request. See [`Agents::start_with`](crate::api_server::Agents::start_with).
    pub fn start_with(
        &self,
        id: impl AsRef<str>,
        prompt: impl Into<String>,
    ) -> Blocking<StartAgent> {
        self.runtime.around(self.inner.start_with(id, prompt))
    }
}

impl Inbox {
    /// Sends a message to the inbox; see [`Inbox::send`](crate::api_server::Inbox::send).
    ///
    /// # Errors
    /// Those of the async method; [`Configuration`](crate::ErrorKind::Configuration) inside an
    /// async runtime.
    pub fn send<R>(&self, message: R) -> Result<types::InboxMessage>
    where
        R: TryInto<InboxMessageCreateRequest>,
        R::Error: Display,
    {
        self.runtime.wait(self.inner.send(message))
    }

    /// Marks a message as read.
    ///
    /// # Errors
    /// The errors of [`Inbox::mark_read`](crate::api_server::Inbox::mark_read);
    /// [`Configuration`](crate::ErrorKind::Configuration) inside an async runtime.
    pub fn mark_read(&self, id: impl AsRef<str>) -> Result<types::InboxMessage> {
        self.runtime.wait(self.inner.mark_read(id))
    }
}
