//! The client: what a program keeps, and what its calls go out from.

mod builder;
mod call;

use std::{fmt, sync::Arc};

use ambient_sdk::{Carrier, api_server, public_api};

pub use builder::ClientBuilder;
pub(crate) use call::Call;

use crate::{capture::Capture, error::Result, options::CallOptions, transport::Stack};

/// A client of the Ambient Platform.
///
/// Cloning is cheap and shares connections and the retry budget, so keep one and clone it. Every
/// call, wait and stream can be dropped, and ends with that.
///
/// The session calls on the client itself are those of the public API; the API server with
/// everything else is at [`Client::api_server`].
#[derive(Clone)]
pub struct Client {
    pub(crate) stack: Stack,
    http: reqwest::Client,
    urls: Arc<Urls>,
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
    /// | `AMBIENT_TOKEN` | bearer token | required |
    /// | `AMBIENT_PROJECT` | project, a Kubernetes name | required |
    /// | `AMBIENT_REQUEST_TIMEOUT` | total time of a call, in seconds | 30 |
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
        let options = Arc::new(options.over(&self.stack.options));
        Self { stack: Stack { options, ..self.stack.clone() }, ..self.clone() }
    }

    /// The generated client of the public API: every operation as a builder, carried like the
    /// calls of this client. Its errors turn into [`Error`](crate::Error) with `?`.
    ///
    /// An answer that can't be read leaves the generated code without its status and request, so
    /// such an error has neither, and nothing of the body; [`CallOptions::capture`] keeps the first
    /// two.
    ///
    /// ```
    /// # async fn example(client: ambient_sdk_ext::Client) -> ambient_sdk_ext::Result<()> {
    /// let raw = client.public_api();
    /// let health = raw.get_health().send().await?.into_inner();
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn public_api(&self) -> public_api::Client {
        self.raw_public(self.stack.clone())
    }

    /// The project that calls are about, unless their options say otherwise.
    #[must_use]
    pub fn project(&self) -> &str {
        let own = self.stack.settings.headers.project();
        self.stack.options.project.as_deref().unwrap_or(own)
    }

    /// The base URL of the public API, without a slash at its end.
    #[must_use]
    pub fn base_url(&self) -> &str {
        &self.urls.public_api
    }

    /// The base URL of the API server, without a slash at its end.
    #[must_use]
    pub fn api_server_url(&self) -> &str {
        &self.urls.api_server
    }

    /// Begins one call of the public API.
    pub(crate) fn public_call(&self) -> Call<public_api::Client> {
        let (stack, seen) = self.observed();
        Call::new(self.raw_public(stack.clone()), stack, seen)
    }

    fn raw_public(&self, stack: Stack) -> public_api::Client {
        let carrier = Carrier::new(stack);
        public_api::Client::new_with_client(&self.urls.public_api, self.http.clone(), carrier)
    }

    pub(crate) fn raw_api_server(&self, stack: Stack) -> api_server::Client {
        let carrier = Carrier::new(stack);
        api_server::Client::new_with_client(&self.urls.api_server, self.http.clone(), carrier)
    }

    /// The layers of this client, and where one call through them keeps what it saw.
    pub(crate) fn observed(&self) -> (Stack, Capture) {
        let seen = Capture::new();
        (Stack { seen: Some(seen.clone()), ..self.stack.clone() }, seen)
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("base_url", &self.urls.public_api)
            .field("api_server_url", &self.urls.api_server)
            .field("project", &self.project())
            .finish_non_exhaustive()
    }
}
