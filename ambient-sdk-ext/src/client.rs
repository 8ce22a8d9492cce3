//! The client: what a program keeps, and what its calls go out from.

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
/// Cloning is cheap and shares connections and the retry budget, so keep one and clone it. Every
/// call, wait and stream can be dropped, and ends with that.
///
/// The session calls on the client itself are those of the public API; the API server with
/// everything else is at [`Client::api_server`].
#[derive(Clone)]
pub struct Client(Arc<Inner>);

struct Inner {
    stack: Stack,
    layers: Layers,
    urls: Arc<Urls>,
    public_api: public_api::Client,
    api_server: api_server::Client,
    /// What the message streams of all clones share.
    sharing: Arc<Sharing>,
    #[cfg(feature = "grpc")]
    hub: Option<Arc<Hub>>,
}

struct Urls {
    public_api: String,
    api_server: String,
}

impl Client {
    /// A builder with no settings.
    pub fn builder() -> ClientBuilder {
        ClientBuilder::default()
    }

    /// A client by the environment.
    ///
    /// | variable | meaning | default |
    /// |---|---|---|
    /// | `AMBIENT_API_URL` | base URL of the public API, and of the API server | `http://localhost:8080` |
    /// | `AMBIENT_API_SERVER_URL` | base URL of the API server, where it differs | `AMBIENT_API_URL` |
    /// | `AMBIENT_TOKEN` | bearer token | required, or one of the next |
    /// | `AMBIENT_TOKEN_FILE` | path of a file that holds the token; see [`TokenFile`](crate::TokenFile) | |
    /// | `AMBIENT_OIDC_ISSUER` and more | credentials of the service; see below | |
    /// | `AMBIENT_CONFIG` | path of the command-line client's configuration: its token, and its `api_url` and `project` where their variables are not set; with the feature `oidc` the token is renewed | |
    /// | `AMBIENT_CONFIG_WRITE_BACK` | `true` writes renewed tokens into that file | `false` |
    /// | `AMBIENT_PROJECT` | project, a Kubernetes name | required |
    /// | `AMBIENT_REQUEST_TIMEOUT` | total time of a call, in seconds | 30 |
    /// | `AMBIENT_ALLOW_PLAIN_HTTP` | `true` lets the token go to other machines over plain http | `false` |
    /// | `AMBIENT_CA_CERT_FILE` | path of a file with certificates in PEM, whose servers are trusted besides those of the system | |
    /// | `AMBIENT_CLIENT_CERT_FILE`, `AMBIENT_CLIENT_KEY_FILE` | paths of the client's certificate and its key in PEM; the key may be in the first file | |
    /// | `AMBIENT_MIN_TLS_VERSION` | oldest version of TLS, `1.2` or `1.3` | `1.2` |
    /// | `AMBIENT_DANGER_ACCEPT_INVALID_CERTS` | `true` takes any certificate of a server | `false` |
    ///
    /// With the feature `oidc`, a token can come from an OpenID Connect issuer: of
    /// `AMBIENT_OIDC_CLIENT_ID` and `AMBIENT_OIDC_CLIENT_SECRET` (or the file that
    /// `AMBIENT_OIDC_CLIENT_SECRET_FILE` names) at `AMBIENT_OIDC_ISSUER`, or at the token endpoint
    /// `AMBIENT_OIDC_TOKEN_URL`; `AMBIENT_OIDC_SCOPE` and `AMBIENT_OIDC_AUDIENCE` are sent along. Where
    /// none of all these is set, `OIDC_TOKEN_URL`, `OIDC_CLIENT_ID` and `OIDC_CLIENT_SECRET` are taken,
    /// which the platform's control plane has.
    ///
    /// A proxy is taken from `HTTP_PROXY`, `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY` by every client, but
    /// never used for this machine's own addresses.
    /// | `AMBIENT_GRPC_URL` | feature `grpc`: host and port of the API server's gRPC side | port 9000 of the API server's host |
    /// | `AMBIENT_GRPC_USE_TLS` | feature `grpc`: `true` or `false` | whether the API server's URL is https |
    /// | `AMBIENT_GRPC_CA_CERT_FILE` | feature `grpc`: path of a PEM file with certificates to trust | |
    ///
    /// # Errors
    /// [`ErrorKind::Configuration`](crate::ErrorKind::Configuration) with a line for every variable that is missing or wrong.
    pub fn from_env() -> Result<Self> {
        Self::builder().with_env().build()
    }

    /// A handle whose calls follow `options` where they say something.
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

    /// The generated client of the public API: every operation as a builder, carried like the
    /// calls of this client. Its errors turn into [`Error`](crate::Error) with `?`.
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

    /// The same client for polls: they have pauses of their own, and show that the server refuses
    /// connections when it begins to.
    pub(crate) fn for_polls(&self) -> Self {
        let policy = self.0.stack.retry().clone().reconnect(false);
        self.with(CallOptions::new().retry(policy))
    }

    /// How long a call may take.
    pub(crate) fn call_timeout(&self) -> Duration {
        self.0.stack.timeout()
    }

    /// What the waits of this client and its clones share.
    pub(crate) fn slow_down(&self) -> Arc<SlowDown> {
        self.0.stack.settings.slow_down.clone()
    }

    /// What the message streams of this client and its clones share.
    pub(crate) fn sharing(&self) -> &Arc<Sharing> {
        &self.0.sharing
    }

    /// The one watch of this client and its clones, unless it has none.
    #[cfg(feature = "grpc")]
    pub(crate) fn hub(&self) -> Option<&Arc<Hub>> {
        self.0.hub.as_ref()
    }

    /// The project that calls are about, unless their options say otherwise.
    #[must_use]
    pub fn project(&self) -> &str {
        self.0.stack.project()
    }

    /// The base URL of the public API, without a slash at its end.
    #[must_use]
    pub fn base_url(&self) -> &str {
        &self.0.urls.public_api
    }

    /// The base URL of the API server, without a slash at its end.
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
