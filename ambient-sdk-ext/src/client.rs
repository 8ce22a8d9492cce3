//! The client, which owns the settings and the connections.

mod builder;
#[cfg(feature = "grpc")]
mod grpc;
mod http;
mod layer;
mod own;

use std::{fmt, sync::Arc, time::Duration};

use ambient_sdk::{api_server, public_api};

pub use builder::ClientBuilder;
#[cfg(feature = "oidc")]
pub(crate) use http::client as http_client;
pub use layer::Layer;

#[cfg(feature = "grpc")]
use crate::api_server::watch::Hub;
use crate::{
    api_server::stream::Sharing, error::Result, options::CallOptions, transport::Stack,
    wait::SlowDown,
};
use layer::Layers;

/// A client of the Ambient Platform.
///
/// Cloning is cheap: clones share connections and the retry budget. Create one client and clone it.
/// A call, wait or stream can be dropped at any time, which ends it.
///
/// The session methods of the client itself call the public API. [`Client::api_server`] returns the
/// API server, with all other resources.
#[derive(Clone)]
pub struct Client(Arc<Inner>);

struct Inner {
    stack: Stack,
    layers: Layers,
    urls: Arc<Urls>,
    public_api: public_api::Client,
    api_server: api_server::Client,
    /// State that the message streams of all clones share.
    sharing: Arc<Sharing>,
    #[cfg(feature = "grpc")]
    hub: Option<Arc<Hub>>,
}

struct Urls {
    public_api: String,
    api_server: String,
}

impl Client {
    /// Returns a builder without settings.
    pub fn builder() -> ClientBuilder {
        ClientBuilder::default()
    }

    /// Creates a client from the environment.
    ///
    /// | variable | meaning | default |
    /// |---|---|---|
    /// | `AMBIENT_API_URL` | base URL of the public API, and of the API server | `http://localhost:8080` |
    /// | `AMBIENT_API_SERVER_URL` | base URL of the API server, if it differs | `AMBIENT_API_URL` |
    /// | `AMBIENT_TOKEN` | bearer token | required, unless one of the next three sources is set |
    /// | `AMBIENT_TOKEN_FILE` | path of a file that contains the token; see [`TokenFile`](crate::TokenFile) | |
    /// | `AMBIENT_OIDC_ISSUER` and others | client credentials of a service; see below | |
    /// | `AMBIENT_CONFIG` | path of the command-line client's configuration: its token, and its `api_url` and `project` unless their variables are set; the feature `oidc` renews the token | |
    /// | `AMBIENT_CONFIG_WRITE_BACK` | `true` writes renewed tokens to that file | `false` |
    /// | `AMBIENT_PROJECT` | project, a Kubernetes name | required |
    /// | `AMBIENT_REQUEST_TIMEOUT` | total time of a call, in seconds | 30 |
    /// | `AMBIENT_ALLOW_PLAIN_HTTP` | `true` allows the token to be sent to other machines over plain http | `false` |
    /// | `AMBIENT_CA_CERT_FILE` | path of a PEM file with certificates of authorities to trust, in addition to those of the system | |
    /// | `AMBIENT_CLIENT_CERT_FILE`, `AMBIENT_CLIENT_KEY_FILE` | paths of the client's certificate and key in PEM; the first file may contain both | |
    /// | `AMBIENT_MIN_TLS_VERSION` | oldest version of TLS, `1.2` or `1.3` | `1.2` |
    /// | `AMBIENT_DANGER_ACCEPT_INVALID_CERTS` | `true` accepts any server certificate | `false` |
    /// | `AMBIENT_GRPC_URL` | feature `grpc`: host and port of the API server's gRPC endpoint | port 9000 of the API server's host |
    /// | `AMBIENT_GRPC_USE_TLS` | feature `grpc`: `true` or `false` | `true` if the API server's URL is https |
    /// | `AMBIENT_GRPC_CA_CERT_FILE` | feature `grpc`: path of a PEM file with certificates of authorities to trust for gRPC | that of `AMBIENT_CA_CERT_FILE` |
    ///
    /// With the feature `oidc`, tokens can come from an OpenID Connect issuer. They are requested
    /// with `AMBIENT_OIDC_CLIENT_ID` and `AMBIENT_OIDC_CLIENT_SECRET` (or the file
    /// `AMBIENT_OIDC_CLIENT_SECRET_FILE`) at the issuer `AMBIENT_OIDC_ISSUER` or the token endpoint
    /// `AMBIENT_OIDC_TOKEN_URL`, with the optional `AMBIENT_OIDC_SCOPE` and
    /// `AMBIENT_OIDC_AUDIENCE`. If no other source is set, `OIDC_TOKEN_URL`, `OIDC_CLIENT_ID` and
    /// `OIDC_CLIENT_SECRET` are used, the variables of the platform's control plane.
    ///
    /// Every client uses the proxies in `HTTP_PROXY`, `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY`.
    /// Loopback addresses are never reached through a proxy.
    ///
    /// # Errors
    /// Returns [`ErrorKind::Configuration`](crate::ErrorKind::Configuration) with a line for every
    /// variable that is missing or invalid.
    pub fn from_env() -> Result<Self> {
        Self::builder().with_env().build()
    }

    /// Returns a handle whose calls use `options`, which override the client's settings.
    ///
    /// ```
    /// # use ambient_sdk_ext::{CallOptions, Client};
    /// # async fn example(client: Client) -> ambient_sdk_ext::Result<()> {
    /// let other = client.with(CallOptions::new().project("other"));
    /// println!("{}", other.list_sessions().await?.total);
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn with(&self, options: CallOptions) -> Self {
        let Inner { stack, layers, urls, public_api, api_server, sharing, .. } = &*self.0;
        let options = Arc::new(options.over(&stack.options));
        let stack = Stack { options, ..stack.clone() };
        let carrier = layers.around(stack.clone());
        Self(Arc::new(Inner {
            stack,
            layers: layers.clone(),
            urls: urls.clone(),
            public_api: public_api.with_carrier(carrier.clone()),
            api_server: api_server.with_carrier(carrier),
            sharing: sharing.clone(),
            #[cfg(feature = "grpc")]
            hub: self.0.hub.clone(),
        }))
    }

    /// Returns the generated client of the public API, which has a builder for every operation. Its
    /// requests pass through the same layers and retries as the calls of this client. `?` converts
    /// its errors to [`Error`](crate::Error).
    ///
    /// ```
    /// # async fn example(client: ambient_sdk_ext::Client) -> ambient_sdk_ext::Result<()> {
    /// let raw = client.public_api();
    /// let health = raw.get_health().send().await?.into_inner();
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn public_api(&self) -> &public_api::Client {
        &self.0.public_api
    }

    pub(crate) fn raw_api_server(&self) -> &api_server::Client {
        &self.0.api_server
    }

    /// Returns a clone for polls. Polls have their own pauses between attempts, and report a
    /// refused connection on the first attempt.
    pub(crate) fn for_polls(&self) -> Self {
        let policy = self.0.stack.retry().clone().reconnect(false);
        self.with(CallOptions::new().retry(policy))
    }

    /// Returns the timeout of a call.
    pub(crate) fn call_timeout(&self) -> Duration {
        self.0.stack.timeout()
    }

    /// Returns the state that the waits of this client and its clones share.
    pub(crate) fn slow_down(&self) -> Arc<SlowDown> {
        self.0.stack.settings.slow_down.clone()
    }

    /// Returns the state that the message streams of this client and its clones share.
    pub(crate) fn sharing(&self) -> &Arc<Sharing> {
        &self.0.sharing
    }

    /// Returns the watch that this client and its clones share, or `None` if gRPC is off.
    #[cfg(feature = "grpc")]
    pub(crate) fn hub(&self) -> Option<&Arc<Hub>> {
        self.0.hub.as_ref()
    }

    /// Returns the project of calls whose options do not override it.
    #[must_use]
    pub fn project(&self) -> &str {
        self.0.stack.project()
    }

    /// Returns the base URL of the public API, without a trailing slash.
    #[must_use]
    pub fn base_url(&self) -> &str {
        &self.0.urls.public_api
    }

    /// Returns the base URL of the API server, without a trailing slash.
    #[must_use]
    pub fn api_server_url(&self) -> &str {
        &self.0.urls.api_server
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("base_url", &self.0.urls.public_api)
            .field("api_server_url", &self.0.urls.api_server)
            .field("project", &self.project())
            .finish_non_exhaustive()
    }
}
