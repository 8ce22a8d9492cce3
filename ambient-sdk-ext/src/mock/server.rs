//! The embedded server: its socket, and the methods that control and inspect it.

mod connections;
mod control;
mod error;
mod records;
mod tokens;

use std::{convert::Infallible, fmt, io, net::SocketAddr, sync::Arc};

use axum::{Router, body::Body};
use http::Request;
use serde_json::json;
use tokio::{net::TcpListener, task::JoinHandle, time::Instant};

use crate::{Client, ClientBuilder, Result};

use super::{builder::MockServerBuilder, kinds, local::LocalTransport, service, state::Shared};

pub use error::MockError;

/// An embedded server that serves the gateway and the API server on a loopback port and keeps
/// state.
///
/// Dropping it stops the server. See the [module](super) for an example.
pub struct MockServer {
    pub(super) shared: Arc<Shared>,
    address: SocketAddr,
    token: String,
    project: String,
    accepting: JoinHandle<()>,
    #[cfg(feature = "grpc")]
    grpc: (SocketAddr, JoinHandle<()>),
}

impl MockServer {
    /// The token that a server accepts if the builder sets none.
    pub const TOKEN: &'static str = "sha256~mock-server-token-0123456789";
    /// The name of the initial project if the builder sets none.
    pub const PROJECT: &'static str = "demo";

    /// Starts a server with the default options on a free port.
    ///
    /// # Errors
    /// Returns an error if no loopback port can be bound, or outside a tokio runtime.
    pub async fn start() -> io::Result<Self> {
        Self::builder().start().await
    }

    /// Creates a builder, which sets tokens, project, port, scripts, limits and faults.
    pub fn builder() -> MockServerBuilder {
        MockServerBuilder::new()
    }

    pub(super) fn run(
        shared: Arc<Shared>,
        listener: TcpListener,
        token: String,
        project: String,
        #[cfg(feature = "grpc")] grpc: TcpListener,
    ) -> io::Result<Self> {
        let address = listener.local_addr()?;
        #[cfg(feature = "grpc")]
        let grpc = {
            let (address, shared) = (grpc.local_addr()?, shared.clone());
            let serve = move |stream| super::grpc::connection(stream, shared.clone());
            (address, tokio::spawn(connections::accept(grpc, serve)))
        };
        let served = shared.clone();
        let serve = move |stream| connections::http(stream, served.clone());
        let accepting = tokio::spawn(connections::accept(listener, serve));
        Ok(Self {
            shared,
            address,
            token,
            project,
            accepting,
            #[cfg(feature = "grpc")]
            grpc,
        })
    }

    /// Returns the base URL of both services, without a trailing slash.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Returns the URL of the API server's gRPC interface, which has a separate
    /// [port](MockServerBuilder::grpc_port). It serves the watches of sessions and messages; other
    /// calls fail with `Unimplemented`.
    #[cfg(feature = "grpc")]
    #[must_use]
    pub fn grpc_url(&self) -> String {
        format!("http://{}", self.grpc.0)
    }

    /// Returns the address that the server listens on.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Returns a token that the server accepts.
    #[must_use]
    pub fn token(&self) -> &str {
        &self.token
    }

    /// Returns the name of the initial project.
    #[must_use]
    pub fn project(&self) -> &str {
        &self.project
    }

    /// Returns the server as an axum router, to call without a socket or to nest in another router.
    ///
    /// A router has no connection to cut, so a fault that cuts the connection makes the response
    /// body fail instead.
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

    /// Returns a transport that reaches the server without a socket, so that every wait is instant
    /// under tokio's paused clock.
    #[must_use]
    pub fn transport(&self) -> LocalTransport {
        LocalTransport::new(self.shared.clone())
    }

    /// Creates a client that reaches this server over its socket, with the server's token and
    /// project. Proxies from the environment are not used.
    ///
    /// # Errors
    /// Returns an error if the server's token or project is invalid for a client.
    pub fn client(&self) -> Result<Client> {
        self.client_builder().build()
    }

    /// Creates a client that reaches this server without a socket; see [`MockServer::transport`].
    ///
    /// # Errors
    /// Returns an error if the server's token or project is invalid for a client.
    pub fn local_client(&self) -> Result<Client> {
        let builder = self.client_builder().transport(Arc::new(self.transport()));
        // gRPC needs a socket, which doesn't follow a paused clock.
        #[cfg(feature = "grpc")]
        let builder = builder.without_grpc();
        builder.build()
    }

    /// Returns a builder with the settings of [`MockServer::client`].
    pub fn client_builder(&self) -> ClientBuilder {
        let builder = Client::builder().base_url(self.url());
        #[cfg(feature = "grpc")]
        let builder = builder.grpc_url(self.grpc_url());
        builder.token(self.token.as_str()).project(&self.project)
    }

    /// Stores the initial records: the built-in roles and the initial project.
    pub(super) fn seed(&self, is_admin: bool) {
        let mut state = self.shared.now();
        kinds::seed_roles(&mut state, Instant::now());
        if is_admin {
            kinds::bind_caller(&mut state, "platform:admin", "global", None, Instant::now());
        }
        drop(state);
        // The document declares the kind `Project`. If it didn't, there would be nothing to seed.
        if let Ok(project) = self.insert("Project", json!({"name": self.project})) {
            kinds::add_owner(&mut self.shared.now(), &project, Instant::now());
        }
    }
}

impl Drop for MockServer {
    fn drop(&mut self) {
        self.accepting.abort();
        #[cfg(feature = "grpc")]
        self.grpc.1.abort();
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
