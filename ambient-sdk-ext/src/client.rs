//! The client: how it is built, and how its calls are made.

use std::{fmt, sync::Arc, time::Duration};

use ambient_sdk::{Carrier, Secret, Transport, api_server, public_api};
use http::HeaderValue;

use crate::{
    config::{Config, ConfigError, Given, Problem},
    error::{Error, ErrorKind, Result},
    options::{CallOptions, Capture},
    retry::{Budget, RetryPolicy},
    transport::{Headers, Settings, Stack},
};

/// How the client names itself, unless told otherwise.
const USER_AGENT: &str = concat!("ambient-rust-sdk/", env!("CARGO_PKG_VERSION"));
/// The most bytes of one response that are read, unless told otherwise.
const MAX_RESPONSE: usize = 64 * 1024 * 1024;

/// A client of the Ambient Platform.
///
/// Cloning is cheap and shares connections and the retry budget, so keep one and clone it. Every
/// call can be dropped; nothing goes on in the background.
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
    /// [`ErrorKind::Configuration`] with a line for every variable that is missing or wrong.
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
    /// calls of this client. Its errors turn into [`Error`] with `?`.
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
        Call::new(self.raw_public(stack), seen)
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

/// One call on its way: the raw client that makes it, and what is seen of the response.
pub(crate) struct Call<C> {
    pub(crate) raw: C,
    seen: Capture,
}

impl<C> Call<C> {
    pub(crate) fn new(raw: C, seen: Capture) -> Self {
        Self { raw, seen }
    }

    /// The value of the response, or an error that knows the request and the status.
    pub(crate) fn finish<T>(
        self,
        outcome: Result<public_api::ResponseValue<T>, public_api::Error<ambient_sdk::ErrorBody>>,
    ) -> Result<T> {
        outcome.map(public_api::ResponseValue::into_inner).map_err(|error| {
            let error = Error::from(error);
            let Some(info) = self.seen.last() else {
                return error;
            };
            let request = crate::error::Request { method: info.method, path: info.path };
            error.seen(Some(request), Some(info.status))
        })
    }
}

/// Settings of a [`Client`]; a token and a project are required.
///
/// ```
/// use std::time::Duration;
/// use ambient_sdk_ext::Client;
///
/// let client = Client::builder()
///     .base_url("https://api.example.org")
///     .token("sha256~0123456789abcdef")
///     .project("demo")
///     .timeout(Duration::from_secs(10))
///     .build()?;
/// # Ok::<(), ambient_sdk_ext::Error>(())
/// ```
#[derive(Default)]
#[must_use]
pub struct ClientBuilder {
    given: Given,
    environment: bool,
    connect_timeout: Option<Duration>,
    read_timeout: Option<Duration>,
    retry: RetryPolicy,
    max_response_bytes: Option<usize>,
    user_agent: Option<String>,
    http: Option<reqwest::Client>,
    transport: Option<Arc<dyn Transport>>,
}

impl ClientBuilder {
    /// The base URL of the public API, and of the API server unless that has its own; http or
    /// https. Default: `http://localhost:8080`.
    pub fn base_url(mut self, url: impl Into<String>) -> Self {
        self.given.url = Some(url.into());
        self
    }

    /// The base URL of the API server, where it differs from [`base_url`](Self::base_url).
    pub fn api_server_url(mut self, url: impl Into<String>) -> Self {
        self.given.api_server_url = Some(url.into());
        self
    }

    /// The bearer token, in one of the forms that [`Token`](crate::Token) lists.
    pub fn token(mut self, token: impl Into<Secret>) -> Self {
        self.given.token = Some(token.into());
        self
    }

    /// The project that calls are about: a Kubernetes name.
    pub fn project(mut self, project: impl Into<String>) -> Self {
        self.given.project = Some(project.into());
        self
    }

    /// Takes what isn't set here from the environment; see [`Client::from_env`].
    pub fn with_env(mut self) -> Self {
        self.environment = true;
        self
    }

    /// How long a call may take in all: retries, pauses and body included. Streams have no such
    /// end; for them it is the time until they begin. At most a day; default: 30 s.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.given.timeout = Some(timeout);
        self
    }

    /// How long making a connection may take. Default: 10 s. Not used with an own
    /// [`http_client`](Self::http_client).
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = Some(timeout);
        self
    }

    /// How long a response may be silent while it is read. Default: 30 s.
    pub fn read_timeout(mut self, timeout: Duration) -> Self {
        self.read_timeout = Some(timeout);
        self
    }

    /// When and how often requests are repeated. Default: [`RetryPolicy::default`].
    pub fn retry(mut self, policy: RetryPolicy) -> Self {
        self.retry = policy;
        self
    }

    /// The most bytes of one response that are read into memory. Default: 64 MiB.
    pub fn max_response_bytes(mut self, most: usize) -> Self {
        self.max_response_bytes = Some(most);
        self
    }

    /// How the client names itself. Default: `ambient-rust-sdk/<version>`.
    pub fn user_agent(mut self, agent: impl Into<String>) -> Self {
        self.user_agent = Some(agent.into());
        self
    }

    /// An HTTP client of one's own, as for a proxy or a private certificate authority.
    ///
    /// Build it without redirects (`redirect(Policy::none())`): one that follows them to another
    /// host takes the project header along.
    pub fn http_client(mut self, client: reqwest::Client) -> Self {
        self.http = Some(client);
        self
    }

    /// Whoever sends the requests in place of an HTTP client, as a recorder or a test's own. It
    /// gets each request complete, token included.
    pub fn transport(mut self, transport: Arc<dyn Transport>) -> Self {
        self.transport = Some(transport);
        self
    }

    /// The client.
    ///
    /// # Errors
    /// [`ErrorKind::Configuration`], with every setting that is missing or wrong.
    pub fn build(self) -> Result<Client> {
        let variable = |name: &str| match self.environment {
            true => std::env::var(name).ok(),
            false => None,
        };
        let config = self.given.clone().resolve(variable).map_err(configuration)?;
        let Config { url, api_server_url, token, project, timeout } = config;
        let headers = Headers::new(token, project, self.agent()?)
            .map_err(|e| Error::new(ErrorKind::Configuration, e.to_string()).with_source(e))?;
        let http = match self.http {
            Some(http) => http,
            None => http_client(self.connect_timeout)?,
        };
        let settings = Settings {
            carrier: self.transport.unwrap_or_else(|| Arc::new(http.clone())),
            headers,
            timeout,
            read_timeout: self.read_timeout.unwrap_or(Duration::from_secs(30)),
            retry: self.retry,
            budget: Budget::default(),
            max_response: self.max_response_bytes.unwrap_or(MAX_RESPONSE),
        };
        let stack = Stack { settings: Arc::new(settings), options: Arc::default(), seen: None };
        let urls = Arc::new(Urls { public_api: url, api_server: api_server_url });
        Ok(Client { stack, http, urls })
    }

    fn agent(&self) -> Result<HeaderValue> {
        let agent = self.user_agent.as_deref().unwrap_or(USER_AGENT);
        HeaderValue::from_str(agent).map_err(|e| {
            let text = "the user agent holds characters that no header can carry";
            Error::new(ErrorKind::Configuration, text).with_source(e)
        })
    }
}

impl fmt::Debug for ClientBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientBuilder").field("given", &self.given).finish_non_exhaustive()
    }
}

fn configuration(error: ConfigError) -> Error {
    let lines = error
        .problems()
        .iter()
        .map(|Problem { message, advice, .. }| format!("\n  {message}\n    {advice}"));
    let text = format!("the client is not configured:{}", lines.collect::<String>());
    Error::new(ErrorKind::Configuration, text).with_source(error)
}

/// No redirect is followed: the servers send none, and another host must not see token or project.
fn http_client(connect_timeout: Option<Duration>) -> Result<reqwest::Client> {
    reqwest::Client::builder()
        .connect_timeout(connect_timeout.unwrap_or(Duration::from_secs(10)))
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .map_err(|e| {
            let text = "the HTTP client could not be set up (TLS, proxy or name resolution)";
            Error::new(ErrorKind::Configuration, text).with_source(e)
        })
}
