//! The server itself: its socket, and what its owner can ask and set.

mod connections;
mod control;
mod error;
mod records;
mod tokens;

use std::{convert::Infallible, fmt, io, net::SocketAddr, sync::Arc};

use axum::{Router, body::Body};
use http::Request;
use reqwest::redirect::Policy;
use serde_json::json;
use tokio::{net::TcpListener, task::JoinHandle, time::Instant};

use crate::{Client, ClientBuilder, Result};

use super::{builder::MockServerBuilder, kinds, local::LocalTransport, service, state::Shared};

pub use error::MockError;

/// Both services of the platform in this process, on a loopback port, with state.
///
/// It stops when it is dropped. See the [module](super) for an example.
pub struct MockServer {
    pub(super) shared: Arc<Shared>,
    address: SocketAddr,
    token: String,
    project: String,
    accepting: JoinHandle<()>,
}

impl MockServer {
    /// The token that a server accepts when it is given no other.
    pub const TOKEN: &'static str = "sha256~mock-server-token-0123456789";
    /// The project that [`MockServer::project`] names when it is given no other.
    pub const PROJECT: &'static str = "demo";

    /// Starts a server with the defaults on a free port.
    ///
    /// # Errors
    /// When no loopback port can be bound.
    pub async fn start() -> io::Result<Self> {
        Self::builder().start().await
    }

    /// Starts with options: tokens, project, port, scripts, rate limit.
    pub fn builder() -> MockServerBuilder {
        MockServerBuilder::new()
    }

    pub(super) fn run(
        shared: Arc<Shared>,
        listener: TcpListener,
        token: String,
        project: String,
    ) -> io::Result<Self> {
        let address = listener.local_addr()?;
        let accepting = tokio::spawn(connections::accept(listener, shared.clone()));
        Ok(Self { shared, address, token, project, accepting })
    }

    /// The base URL of both services, without a slash at the end.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The address that it listens at.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// A token that it accepts.
    #[must_use]
    pub fn token(&self) -> &str {
        &self.token
    }

    /// The project that it was set up with.
    #[must_use]
    pub fn project(&self) -> &str {
        &self.project
    }

    /// The server as a tower service without a socket, to call or to nest.
    ///
    /// A cut connection shows as a body that breaks off: a service has no connection to cut.
    pub fn router(&self) -> Router {
        let shared = self.shared.clone();
        Router::new().fallback(move |request: Request<Body>| {
            let shared = shared.clone();
            async move {
                let response = service::serve(shared, request).await;
                Ok::<_, Infallible>(response.unwrap_or_else(|cut| {
                    let body = futures_util::stream::iter([Err::<bytes::Bytes, _>(cut)]);
                    http::Response::new(Body::from_stream(body))
                }))
            }
        })
    }

    /// A transport that reaches the server without a socket, so that tokio's paused clock can jump
    /// over every wait.
    #[must_use]
    pub fn transport(&self) -> LocalTransport {
        LocalTransport::new(self.shared.clone())
    }

    /// A client of this server over its socket, with the server's token and project. No proxy that
    /// the environment names stands between the two.
    ///
    /// # Errors
    /// When the server was set up with a token or project that no client takes.
    pub fn client(&self) -> Result<Client> {
        self.client_builder().build()
    }

    /// A client of this server without a socket: see [`MockServer::transport`].
    ///
    /// # Errors
    /// When the server was set up with a token or project that no client takes.
    pub fn local_client(&self) -> Result<Client> {
        let transport = Arc::new(self.transport());
        self.client_builder().transport(transport).build()
    }

    /// The settings of [`MockServer::client`], to add to. They bring an HTTP client of their own,
    /// so that [`connect_timeout`](ClientBuilder::connect_timeout) changes nothing.
    pub fn client_builder(&self) -> ClientBuilder {
        let builder = Client::builder().base_url(self.url());
        let builder = builder.token(self.token.as_str()).project(&self.project);
        let http = reqwest::Client::builder().no_proxy().redirect(Policy::none());
        match http.build() {
            Ok(http) => builder.http_client(http),
            // The client's own can't be set up either then, and its error says why.
            Err(_) => builder,
        }
    }

    /// Stores what is there from the start: roles, and the project that the server was set up with.
    pub(super) fn seed(&self, is_admin: bool) {
        let mut state = self.shared.now();
        kinds::seed_roles(&mut state, Instant::now());
        if is_admin {
            kinds::bind_caller(&mut state, "platform:admin", "global", None, Instant::now());
        }
        drop(state);
        // The kind is one of the document's own; without it there is nothing to seed.
        if let Ok(project) = self.insert("Project", json!({"name": self.project})) {
            kinds::add_owner(&mut self.shared.now(), &project, Instant::now());
        }
    }
}

impl Drop for MockServer {
    fn drop(&mut self) {
        self.accepting.abort();
        self.shared.close();
    }
}

impl fmt::Debug for MockServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MockServer")
            .field("address", &self.address)
            .field("project", &self.project)
            .finish_non_exhaustive()
    }
}
