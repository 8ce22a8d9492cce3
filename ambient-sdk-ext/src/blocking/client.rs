//! The client, and the sessions of the public API.

use std::future::IntoFuture;

use super::{ApiServer, Blocking, runtime::Runtime};
use crate::{
    client::ClientBuilder,
    error::{Error, Result},
    options::CallOptions,
    session::{CreateSessionRequest, CreatedSession, SessionListResponse, SessionResponse},
    wait::{Wait, WaitMany},
};

/// A client of the Ambient Platform whose calls return when they are done.
///
/// Cloning is cheap and shares connections, the retry budget and the background thread. See
/// [the module](super).
#[derive(Clone, Debug)]
pub struct Client {
    inner: crate::Client,
    runtime: Runtime,
}

impl ClientBuilder {
    /// The client, for calls that block; see [`blocking`](crate::blocking).
    ///
    /// # Errors
    /// As those of [`build`](Self::build); and
    /// [`Configuration`](crate::ErrorKind::Configuration) inside an async runtime, or when no thread can
    /// be started.
    pub fn build_blocking(self) -> Result<Client> {
        Client::new(self.build()?)
    }
}

impl Client {
    /// The blocking form of a client.
    ///
    /// Give it a client that is not used in an async runtime too: the two would share connections, and
    /// those that one runtime has opened end with it.
    ///
    /// # Errors
    /// [`Configuration`](crate::ErrorKind::Configuration) inside an async runtime, or when no thread can
    /// be started.
    pub fn new(client: crate::Client) -> Result<Self> {
        Ok(Self { inner: client, runtime: Runtime::start()? })
    }

    /// A client by the environment: see [`Client::from_env`](crate::Client::from_env).
    ///
    /// # Errors
    /// As those of that, and of [`new`](Self::new).
    pub fn from_env() -> Result<Self> {
        Self::new(crate::Client::from_env()?)
    }

    /// The async client, whose calls [`block_on`](Self::block_on) waits for.
    #[must_use]
    pub fn inner(&self) -> &crate::Client {
        &self.inner
    }

    /// A handle whose calls follow `options` where they say something: see
    /// [`Client::with`](crate::Client::with).
    #[must_use]
    pub fn with(&self, options: CallOptions) -> Self {
        Self { inner: self.inner.with(options), runtime: self.runtime.clone() }
    }

    /// Waits for any call of the async client, that of a generated builder included.
    ///
    /// ```
    /// # fn example(client: ambient_sdk_ext::blocking::Client) -> ambient_sdk_ext::Result<()> {
    /// let health = client.block_on(client.inner().public_api().get_health().send())?.into_inner();
    /// println!("{}", health.status);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// That of the call; [`Configuration`](crate::ErrorKind::Configuration) inside an async runtime.
    pub fn block_on<T, E: Into<Error>>(
        &self,
        call: impl IntoFuture<Output = Result<T, E>>,
    ) -> Result<T> {
        self.runtime.block_on(call)?.map_err(Into::into)
    }

    /// Creates a session, which starts to run at once: see
    /// [`Client::create_session`](crate::Client::create_session).
    ///
    /// # Errors
    /// As those of that; [`Configuration`](crate::ErrorKind::Configuration) inside an async runtime.
    pub fn create_session(&self, request: CreateSessionRequest) -> Result<CreatedSession> {
        self.runtime.wait(self.inner.create_session(request))
    }

    /// The session named `id`, as it is now: see [`Client::get_session`](crate::Client::get_session).
    ///
    /// # Errors
    /// As those of that; [`Configuration`](crate::ErrorKind::Configuration) inside an async runtime.
    pub fn get_session(&self, id: impl AsRef<str>) -> Result<SessionResponse> {
        self.runtime.wait(self.inner.get_session(id))
    }

    /// Every session of the project: see [`Client::list_sessions`](crate::Client::list_sessions).
    ///
    /// # Errors
    /// As those of that; [`Configuration`](crate::ErrorKind::Configuration) inside an async runtime.
    pub fn list_sessions(&self) -> Result<SessionListResponse> {
        self.runtime.wait(self.inner.list_sessions())
    }

    /// Deletes the session named `id`: see [`Client::delete_session`](crate::Client::delete_session).
    ///
    /// # Errors
    /// As those of that; [`Configuration`](crate::ErrorKind::Configuration) inside an async runtime.
    pub fn delete_session(&self, id: impl AsRef<str>) -> Result<()> {
        self.runtime.wait(self.inner.delete_session(id))
    }

    /// Waits until the session named `id` has completed, failed or stopped: see
    /// [`Client::wait_for_completion`](crate::Client::wait_for_completion).
    pub fn wait_for_completion(&self, id: impl Into<String>) -> Blocking<Wait<SessionResponse>> {
        self.runtime.around(self.inner.wait_for_completion(id))
    }

    /// Waits until each of these sessions has completed, failed or stopped: see
    /// [`Client::wait_many`](crate::Client::wait_many).
    pub fn wait_many<I: Into<String>>(
        &self,
        ids: impl IntoIterator<Item = I>,
    ) -> Blocking<WaitMany<SessionResponse>> {
        self.runtime.around(self.inner.wait_many(ids))
    }

    /// The API server: sessions, messages, projects, agents and all the rest.
    pub fn api_server(&self) -> ApiServer {
        self.runtime.around(self.inner.api_server())
    }
}
