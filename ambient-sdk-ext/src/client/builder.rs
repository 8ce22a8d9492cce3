//! Settings of a client, checked when it is built.

mod tls;

use std::{fmt, sync::Arc, time::Duration};

use ::http::HeaderValue;
use ambient_sdk::{Secret, Transport, api_server, public_api};

use super::{Client, Inner, Layer, Layers, Urls, http, own::Own};
#[cfg(feature = "oidc")]
use crate::token::{CliLogin, ClientCredentials};
use crate::{
    api_server::stream::{MAX_STREAMS, Sharing},
    config::{Config, ConfigError, Given, Problem},
    error::{Error, ErrorKind, Result},
    retry::{Budget, RetryPolicy},
    token::TokenSource,
    transport::{Headers, InFlight, Settings, Stack},
};

/// How the client names itself, unless set.
const USER_AGENT: &str = concat!("ambient-rust-sdk/", env!("CARGO_PKG_VERSION"));
/// The most bytes of one response that are read, unless set.
const MAX_RESPONSE: usize = 64 * 1024 * 1024;
/// How many requests are on their way at once, unless set: the API server hangs above 50.
const MAX_IN_FLIGHT: usize = 32;
/// How long making a connection may take, unless set.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a response may be silent, unless set.
const READ_TIMEOUT: Duration = Duration::from_secs(30);

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
    max_in_flight: Option<Option<usize>>,
    user_agent: Option<String>,
    max_message_streams: Option<usize>,
    http: Option<reqwest::Client>,
    transport: Option<Arc<dyn Transport>>,
    layers: Layers,
    #[cfg(feature = "grpc")]
    pub(super) grpc: crate::grpc::Given,
}

impl ClientBuilder {
    /// The base URL of the public API, and of the API server unless that has its own; http or
    /// https. `/v1` or `/api/ambient/v1` at its end is left out: every call adds its own. Default:
    /// `http://localhost:8080`.
    pub fn base_url(mut self, url: impl Into<String>) -> Self {
        self.given.url = Some(url.into());
        self
    }

    /// The base URL of the API server, where it differs from [`base_url`](Self::base_url).
    pub fn api_server_url(mut self, url: impl Into<String>) -> Self {
        self.given.api_server_url = Some(url.into());
        self
    }

    /// Lets the token go to other machines over plain http, for anyone on the way to read. Without,
    /// a base URL that begins with `http://` has to name this machine: `localhost`, or an address of
    /// the loopback. Default: `false`.
    pub fn allow_plain_http(mut self, allow: bool) -> Self {
        self.given.plain_http = Some(allow);
        self
    }

    /// The bearer token, in one of the forms that [`Token`](crate::Token) lists.
    pub fn token(mut self, token: impl Into<Secret>) -> Self {
        self.given.token.text = Some(token.into());
        self
    }

    /// A source of tokens, for a client that outlives one of them; it wins over
    /// [`token`](Self::token). See [`TokenSource`] and [`TokenFile`](crate::TokenFile).
    pub fn token_source(mut self, source: impl TokenSource) -> Self {
        self.given.token.source = Some(Arc::new(source));
        self
    }

    /// Credentials of the service, which tokens are asked for with; they win over
    /// [`token`](Self::token). The issuer is reached by the TLS settings given here, and never by an
    /// own [`http_client`](Self::http_client), which may follow redirects.
    #[cfg(feature = "oidc")]
    pub fn client_credentials(mut self, credentials: ClientCredentials) -> Self {
        self.given.token.credentials = Some(credentials);
        self
    }

    /// The login of the command-line client, whose token is renewed; it wins over
    /// [`token`](Self::token).
    #[cfg(feature = "oidc")]
    pub fn cli_login(mut self, login: CliLogin) -> Self {
        self.given.token.login = Some(login);
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

    /// How long making a connection may take. Default: 10 s. An error with an own
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

    /// How many requests the client and its clones have on their way at once. Default: 32; `None` is
    /// no bound.
    ///
    /// The API server of today hangs **for everyone** with more than 50 requests at once, so raise it
    /// only for a server that is known to take more. Requests that are above the bound wait their
    /// turn, in the order in which they came. Waiting counts toward the [`timeout`](Self::timeout) of
    /// a call; the span of the call has it as `ambient.waited_ms`, and the error of a call whose time ran out
    /// says how long it was. Streams are not counted here.
    pub fn max_in_flight(mut self, requests: impl Into<Option<usize>>) -> Self {
        self.max_in_flight = Some(requests.into());
        self
    }

    /// How many message streams the client keeps open at once, with all its clones; 0 for none.
    /// Default: 8. Sessions that are [followed](crate::api_server::messages) beyond that are polled.
    ///
    /// Each open stream holds one of the 50 places that the server has for requests of all its
    /// clients, for as long as it is open.
    pub fn max_message_streams(mut self, most: usize) -> Self {
        self.max_message_streams = Some(most);
        self
    }

    /// How the client names itself. Default: `ambient-rust-sdk/<version>`.
    pub fn user_agent(mut self, agent: impl Into<String>) -> Self {
        self.user_agent = Some(agent.into());
        self
    }

    /// An HTTP client of one's own, as for a proxy that needs settings. It brings its own TLS and
    /// connect timeout: to set them here too is an error, and their variables are not used.
    ///
    /// Build it with `redirect(Policy::none())`: nobody can see whether it follows redirects, and one
    /// that does takes project header and body to wherever a server points; reqwest leaves only the
    /// token out, and only for another host. A call that was redirected fails, as with the client's own,
    /// with [`ErrorKind::NoSuchEndpoint`], but after the fact.
    ///
    /// The client's own uses no proxy to this machine's addresses; this one does as it was built.
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

    /// A layer around every call, above the retries; one that is added later is inside. See
    /// [`Layer`].
    ///
    /// ```
    /// use std::sync::{Arc, atomic::{AtomicUsize, Ordering}};
    /// use ambient_sdk_ext::{
    ///     Client,
    ///     ambient_sdk::{BoxError, BoxFuture, Operation, Response, Transport},
    ///     reqwest::Request,
    /// };
    ///
    /// /// Counts the calls.
    /// struct Counted {
    ///     calls: Arc<AtomicUsize>,
    ///     inner: Arc<dyn Transport>,
    /// }
    ///
    /// impl Transport for Counted {
    ///     fn send(
    ///         &self,
    ///         request: Request,
    ///         operation: &'static Operation,
    ///     ) -> BoxFuture<'_, Result<Response, BoxError>> {
    ///         self.calls.fetch_add(1, Ordering::Relaxed);
    ///         self.inner.send(request, operation)
    ///     }
    /// }
    ///
    /// let calls = Arc::new(AtomicUsize::new(0));
    /// let counter = calls.clone();
    /// let client = Client::builder().token("sha256~0123456789abcdef").project("demo").layer(
    ///     move |inner| Arc::new(Counted { calls: counter.clone(), inner }) as Arc<dyn Transport>,
    /// );
    /// # client.build()?;
    /// # Ok::<(), ambient_sdk_ext::Error>(())
    /// ```
    pub fn layer(mut self, layer: impl Layer) -> Self {
        self.layers.push(layer);
        self
    }

    /// The client.
    ///
    /// # Errors
    /// [`ErrorKind::Configuration`], with everything that is missing or wrong of URLs, token,
    /// project and time-out; or with the first that is wrong of what no variable sets.
    pub fn build(self) -> Result<Client> {
        let variable = |name: &str| std::env::var_os(name).filter(|_| self.environment);
        let config = self.given.clone().resolve(variable).map_err(configuration)?;
        let Config { url, api_server_url, token, project, timeout, trust } = config;
        let headers = Headers::new(token, project, self.agent()?)?;
        let connect_timeout = more_than_zero("connect", self.connect_timeout, CONNECT_TIMEOUT)?;
        let read_timeout = more_than_zero("read", self.read_timeout, READ_TIMEOUT)?;
        let in_flight = in_flight(self.max_in_flight)?;
        let own = self.http.is_some();
        #[cfg(feature = "grpc")]
        let hub = {
            let mut grpc = self.grpc.clone();
            // Who sends the requests in another way has no server to connect to.
            grpc.off |= self.transport.is_some() && grpc.url.is_none();
            super::grpc::hub(grpc, &api_server_url, &headers, connect_timeout, variable)?
        };
        let http = match self.http {
            Some(_) if !self.given.tls.is_empty() || self.connect_timeout.is_some() => {
                let text = "an HTTP client of one's own has TLS and connect timeout of its own: \
                    set them there";
                return Err(Error::new(ErrorKind::Configuration, text));
            }
            Some(http) => http,
            None => http::client(connect_timeout, trust)?,
        };
        let carrier: Arc<dyn Transport> = match self.transport {
            Some(transport) => transport,
            None if own => Arc::new(Own(http.clone())),
            None => Arc::new(http.clone()),
        };
        let settings = Settings {
            carrier,
            headers,
            own_timeout: own,
            timeout,
            read_timeout,
            retry: self.retry,
            budget: Budget::default(),
            slow_down: Arc::default(),
            max_response: self.max_response_bytes.unwrap_or(MAX_RESPONSE),
            in_flight,
        };
        let stack = Stack { settings: Arc::new(settings), options: Arc::default() };
        let carrier = self.layers.around(stack.clone());
        Ok(Client(Arc::new(Inner {
            stack,
            layers: self.layers,
            public_api: public_api::Client::new_with_client(&url, http.clone(), carrier.clone()),
            api_server: api_server::Client::new_with_client(&api_server_url, http, carrier),
            urls: Arc::new(Urls { public_api: url, api_server: api_server_url }),
            sharing: Sharing::new(self.max_message_streams.unwrap_or(MAX_STREAMS)),
            #[cfg(feature = "grpc")]
            hub,
        })))
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

pub(super) fn configuration(error: ConfigError) -> Error {
    let lines = error
        .problems()
        .iter()
        .map(|Problem { message, advice, .. }| format!("\n  {message}\n    {advice}"));
    let text = format!("the client is not configured:{}", lines.collect::<String>());
    Error::new(ErrorKind::Configuration, text).with_told_source(error)
}

fn more_than_zero(which: &str, given: Option<Duration>, default: Duration) -> Result<Duration> {
    match given {
        Some(Duration::ZERO) => {
            let text = format!("the {which} time-out is zero, so every call would fail");
            Err(Error::new(ErrorKind::Configuration, text))
        }
        given => Ok(given.unwrap_or(default)),
    }
}

fn in_flight(most: Option<Option<usize>>) -> Result<InFlight> {
    match most.unwrap_or(Some(MAX_IN_FLIGHT)) {
        Some(0) => {
            let text = "at most 0 requests in flight: none could be sent; `None` is no bound";
            Err(Error::new(ErrorKind::Configuration, text))
        }
        most => Ok(InFlight::new(most)),
    }
}
