//! The blocking client, and the sessions of the public API.

use std::future::IntoFuture;

use super::{ApiServer, Blocking, runtime::Runtime};
use crate::{
    client::ClientBuilder,
    error::{Error, Result},
    options::CallOptions,
    session::{CreateSessionRequest, CreatedSession, SessionListResponse, SessionResponse},
    wait::{Wait, WaitMany},
};

/// A client of the Ambient Platform with blocking calls.
///
/// Cloning is cheap and shares connections, the retry budget and the background thread. See
/// [the module](super).
#[derive(Clone, Debug)]
pub struct Client {
    inner: crate::Client,
    runtime: Runtime,
}

impl ClientBuilder {
    /// Builds a blocking client; see [`blocking`](crate::blocking).
    ///
    /// # Errors
    /// The errors of [`build`](Self::build), and [`Configuration`](crate::ErrorKind::Configuration)
    /// inside an async runtime or if the background thread cannot be started.
    pub fn build_blocking(self) -> Result<Client> {
        Client::new(self.build()?)
    }
}

impl Client {
    /// Creates the blocking form of a client.
    ///
    /// Do not use the same client in an async runtime as well: the two would share connections, and
    /// a connection ends with the runtime that opened it.
    ///
    /// # Errors
    /// [`Configuration`](crate::ErrorKind::Configuration) inside an async runtime, or if the
    /// background thread cannot be started.
    pub fn new(client: crate::Client) -> Result<Self> {
        Ok(Self { inner: client, runtime: Runtime::start()? })
    }

    /// Creates a client from the environment; see [`Client::from_env`](crate::Client::from_env).
    ///
    /// # Errors
    /// Those of the async method and of [`new`](Self::new).
    pub fn from_env() -> Result<Self> {
        Self::new(crate::Client::from_env()?)
    }

    /// Returns the async client, whose calls can be passed to [`block_on`](Self::block_on).
    #[must_use]
    pub fn inner(&self) -> &crate::Client {
        &self.inner
    }

    /// Returns a handle with `options` on top of the current ones; see
    /// [`Client::with`](crate::Client::with).
    #[must_use]
    pub fn with(&self, options: CallOptions) -> Self {
        Self { inner: self.inner.with(options), runtime: self.runtime.clone() }
    }

    /// Blocks on a call of the async client, including calls of generated builders.
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
    /// The errors of the call; [`Configuration`](crate::ErrorKind::Configuration) inside an async
    /// runtime.
    pub fn block_on<T, E: Into<Error>>(
        &self,
        call: impl IntoFuture<Output = Result<T, E>>,
    ) -> Result<T> {
        self.runtime.block_on(call)?.map_err(Into::into)
    }

    /// Creates a session, which starts to run immediately; see
    /// [`Client::create_session`](crate::Client::create_session).
    ///
    /// # Errors
    /// Those of the async method; [`Configuration`](crate::ErrorKind::Configuration) inside an
    /// async runtime.
    pub fn create_session(&self, request: CreateSessionRequest) -> Result<CreatedSession> {
        self.runtime.wait(self.inner.create_session(request))
    }

    /// Reads the session `id`; see [`Client::get_session`](crate::Client::get_session).
    ///
    /// # Errors
    /// Those of the async method; [`Configuration`](crate::ErrorKind::Configuration) inside an
    /// async runtime.
    pub fn get_session(&self, id: impl AsRef<str>) -> Result<SessionResponse> {
        self.runtime.wait(self.inner.get_session(id))
    }

    /// Lists all sessions of the project; see
    /// [`Client::list_sessions`](crate::Client::list_sessions).
    ///
    /// # Errors
    /// Those of the async method; [`Configuration`](crate::ErrorKind::Configuration) inside an
    /// async runtime.
    pub fn list_sessions(&self) -> Result<SessionListResponse> {
        self.runtime.wait(self.inner.list_sessions())
    }

    /// Deletes the session `id`; see [`Client::delete_session`](crate::Client::delete_session).
    ///
    /// # Errors
    /// Those of the async method; [`Configuration`](crate::ErrorKind::Configuration) inside an
    /// async runtime.
    pub fn delete_session(&self, id: impl AsRef<str>) -> Result<()> {
        self.runtime.wait(self.inner.delete_session(id))
    }

    /// Waits until the session `id` has completed, failed or stopped; see
    /// [`Client::wait_for_completion`](crate::Client::wait_for_completion).
    pub fn wait_for_completion(&self, id: impl Into<String>) -> Blocking<Wait<SessionResponse>> {
        self.runtime.around(self.inner.wait_for_completion(id))
    }

    /// Waits until each of these sessions has completed, failed or stopped; see
    /// [`Client::wait_many`](crate::Client::wait_many).
    pub fn wait_many<I: Into<String>>(
        &self,
        ids: impl IntoIterator<Item = I>,
    ) -> Blocking<WaitMany<SessionResponse>> {
        self.runtime.around(self.inner.wait_many(ids))
    }

    /// Returns the API server: sessions, messages, projects, agents and all other resources.
    pub fn api_server(&self) -> ApiServer {
        self.runtime.around(self.inner.api_server())
    }
}
