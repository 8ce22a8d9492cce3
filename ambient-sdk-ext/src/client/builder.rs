//! The builder of a client, whose settings are checked in `build`.

mod tls;

use std::{ffi::OsString, fmt, sync::Arc, time::Duration};

use ::http::HeaderValue;
use ambient_sdk::{Secret, Transport, api_server, public_api};

use super::{Client, Inner, Layer, Layers, Urls, http, own::Own};
#[cfg(feature = "grpc")]
use crate::grpc::{OfHttp, Timeouts};
#[cfg(feature = "oidc")]
use crate::token::{CliLogin, ClientCredentials};
use crate::{
    api_server::stream::{MAX_STREAMS, Sharing},
    config::{Config, ConfigError, Given, Problem},
    error::{Error, ErrorKind, Result},
    retry::{Budget, RetryPolicy},
    tls::Trust,
    token::TokenSource,
    transport::{Headers, InFlight, Settings, Stack},
};

/// The default user agent.
const USER_AGENT: &str = concat!("ambient-rust-sdk/", env!("CARGO_PKG_VERSION"));
/// The default limit for the size of a response, in bytes.
const MAX_RESPONSE: usize = 64 * 1024 * 1024;
/// The default limit for concurrent requests. The API server hangs above 50.
const MAX_IN_FLIGHT: usize = 32;
/// The default connect timeout.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// The default read timeout: the time without data.
const READ_TIMEOUT: Duration = Duration::from_secs(30);

/// A builder for a [`Client`]. A token and a project are required.
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
    pub(super) transport: Option<Arc<dyn Transport>>,
    layers: Layers,
    #[cfg(feature = "grpc")]
    pub(super) grpc: crate::grpc::Given,
}

impl ClientBuilder {
    /// Sets the http or https base URL of the public API. It also applies to the API server unless
    /// [`api_server_url`](Self::api_server_url) is set. A trailing `/v1` or `/api/ambient/v1` is
    /// removed, since every call adds it. Default: `http://localhost:8080`.
    pub fn base_url(mut self, url: impl Into<String>) -> Self {
        self.given.url = Some(url.into());
        self
    }

    /// Sets the base URL of the API server, if it differs from [`base_url`](Self::base_url).
    pub fn api_server_url(mut self, url: impl Into<String>) -> Self {
        self.given.api_server_url = Some(url.into());
        self
    }

    /// Allows the token to be sent to other machines over plain http, where anyone on the network
    /// path can read it. Otherwise an `http://` base URL must name this machine: `localhost` or a
    /// loopback address. Default: `false`.
    pub fn allow_plain_http(mut self, allow: bool) -> Self {
        self.given.plain_http = Some(allow);
        self
    }

    /// Sets the bearer token. [`Token`](crate::Token) lists the accepted forms.
    pub fn token(mut self, token: impl Into<Secret>) -> Self {
        self.given.token.text = Some(token.into());
        self
    }

    /// Sets a source of tokens, for a client that runs longer than a token is valid. It takes
    /// precedence over [`token`](Self::token). See [`TokenSource`] and
    /// [`TokenFile`](crate::TokenFile).
    pub fn token_source(mut self, source: impl TokenSource) -> Self {
        self.given.token.source = Some(Arc::new(source));
        self
    }

    /// Requests tokens with the client credentials of a service. They take precedence over
    /// [`token`](Self::token). The issuer is reached with the TLS settings of this builder, never
    /// with a custom [`http_client`](Self::http_client), which may follow redirects.
    #[cfg(feature = "oidc")]
    pub fn client_credentials(mut self, credentials: ClientCredentials) -> Self {
        self.given.token.credentials = Some(credentials);
        self
    }

    /// Uses and renews the login of the command-line client. It takes precedence over
    /// [`token`](Self::token).
    #[cfg(feature = "oidc")]
    pub fn cli_login(mut self, login: CliLogin) -> Self {
        self.given.token.login = Some(login);
        self
    }

    /// Sets the project, a Kubernetes name.
    pub fn project(mut self, project: impl Into<String>) -> Self {
        self.given.project = Some(project.into());
        self
    }

    /// Reads settings that are not set here from the environment; see [`Client::from_env`].
    pub fn with_env(mut self) -> Self {
        self.environment = true;
        self
    }

    /// Sets the total time of a call, including retries, pauses and the response body. For a
    /// stream, this is the time until it begins; an open stream does not time out. For gRPC, it is
    /// the time for the token and the connection. At most one day. Default: 30 s.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.given.timeout = Some(timeout);
        self
    }

    /// Sets the timeout for establishing a connection. Default: 10 s. It cannot be combined with a
    /// custom [`http_client`](Self::http_client).
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = Some(timeout);
        self
    }

    /// Sets the longest time without data while a response is read. Default: 30 s.
    pub fn read_timeout(mut self, timeout: Duration) -> Self {
        self.read_timeout = Some(timeout);
        self
    }

    /// Sets the retry policy. Default: [`RetryPolicy::default`].
    pub fn retry(mut self, policy: RetryPolicy) -> Self {
        self.retry = policy;
        self
    }

    /// Sets the maximum size of a response that is read into memory, in bytes. Default: 64 MiB.
    pub fn max_response_bytes(mut self, most: usize) -> Self {
        self.max_response_bytes = Some(most);
        self
    }

    /// Sets the maximum number of concurrent requests of the client and its clones. Default: 32.
    /// `None` removes the limit.
    ///
    /// The current API server hangs **for all clients** with more than 50 concurrent requests, so
    /// raise the limit only for a server that is known to support more. Requests above the limit
    /// wait in the order in which they were made. The time spent waiting counts towards the
    /// [`timeout`](Self::timeout) of a call. The span of the call records it as
    /// `ambient.waited_ms`, and the error of a call that timed out includes it. Streams do not
    /// count towards this limit.
    pub fn max_in_flight(mut self, requests: impl Into<Option<usize>>) -> Self {
        self.max_in_flight = Some(requests.into());
        self
    }

    /// Sets the maximum number of open message streams of the client and its clones; 0 disables
    /// them. Default: 8. Further sessions that are [followed](crate::api_server::messages) are
    /// polled.
    ///
    /// Each open stream occupies one of the 50 requests that the server supports for all its
    /// clients together.
    pub fn max_message_streams(mut self, most: usize) -> Self {
        self.max_message_streams = Some(most);
        self
    }

    /// Sets the user agent. Default: `ambient-rust-sdk/<version>`.
    pub fn user_agent(mut self, agent: impl Into<String>) -> Self {
        self.user_agent = Some(agent.into());
        self
    }

    /// Uses a custom HTTP client, for example for a proxy that requires further settings. It has
    /// its own TLS settings and connect timeout: setting them here as well is an error, and their
    /// variables are ignored.
    ///
    /// Build it with `redirect(Policy::none())`. The SDK cannot detect whether the client follows
    /// redirects. A client that follows them sends the project header and the body to any address
    /// that a server names; reqwest omits only the token, and only for another host. A redirected
    /// call fails with [`ErrorKind::NoSuchEndpoint`], as with the default client, but only after
    /// the request was redirected.
    ///
    /// The default client never uses a proxy for loopback addresses; a custom client uses its own
    /// proxy settings.
    pub fn http_client(mut self, client: reqwest::Client) -> Self {
        self.http = Some(client);
        self
    }

    /// Sends requests with a custom transport instead of an HTTP client, for example a recorder or
    /// a test double. It receives complete requests, including the token.
    pub fn transport(mut self, transport: Arc<dyn Transport>) -> Self {
        self.transport = Some(transport);
        self
    }

    /// Adds a layer around every call, outside the retries. A layer that is added later is inside
    /// those added earlier. See [`Layer`].
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

    /// Builds the client.
    ///
    /// # Errors
    /// Returns [`ErrorKind::Configuration`] with every missing or invalid URL, token, project and
    /// timeout. Of the settings without a variable, it reports the first invalid one.
    pub fn build(self) -> Result<Client> {
        let variable = |name: &str| self.variable(name);
        let config = self.given.clone().resolve(variable).map_err(configuration)?;
        #[cfg(feature = "grpc")]
        let plain_http = config.plain_http;
        let Config { url, api_server_url, token, project, timeout, trust, .. } = config;
        let headers = Headers::new(token, project, self.agent()?)?;
        let connect_timeout = more_than_zero("connect", self.connect_timeout, CONNECT_TIMEOUT)?;
        let read_timeout = more_than_zero("read", self.read_timeout, READ_TIMEOUT)?;
        let in_flight = in_flight(self.max_in_flight)?;
        #[cfg(feature = "grpc")]
        let hub = {
            let http = OfHttp { api_server: &api_server_url, plain_http, trust: trust.clone() };
            self.hub(http, &headers, Timeouts { connect: connect_timeout, call: timeout })?
        };
        let http = self.http(connect_timeout, trust)?;
        let settings = Settings {
            carrier: self.carrier(&http),
            headers,
            own_timeout: self.http.is_some(),
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

    /// Returns a variable of the environment, if the builder reads it.
    pub(super) fn variable(&self, name: &str) -> Option<OsString> {
        std::env::var_os(name).filter(|_| self.environment)
    }

    fn http(&self, connect_timeout: Duration, trust: Trust) -> Result<reqwest::Client> {
        match &self.http {
            Some(_) if !self.given.tls.is_empty() || self.connect_timeout.is_some() => {
                let text = "a custom HTTP client has its own TLS settings and connect timeout: \
                    set them there";
                Err(Error::new(ErrorKind::Configuration, text))
            }
            Some(http) => Ok(http.clone()),
            None => http::client(connect_timeout, trust),
        }
    }

    fn carrier(&self, http: &reqwest::Client) -> Arc<dyn Transport> {
        match &self.transport {
            Some(transport) => transport.clone(),
            None if self.http.is_some() => Arc::new(Own(http.clone())),
            None => Arc::new(http.clone()),
        }
    }

    fn agent(&self) -> Result<HeaderValue> {
        let agent = self.user_agent.as_deref().unwrap_or(USER_AGENT);
        HeaderValue::from_str(agent).map_err(|e| {
            let text = "the user agent contains characters that are not allowed in a header";
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
    Error::new(ErrorKind::Configuration, text).with_paraphrased_source(error)
}

fn more_than_zero(which: &str, given: Option<Duration>, default: Duration) -> Result<Duration> {
    match given {
        Some(Duration::ZERO) => {
            let text = format!("the {which} timeout is zero, so every call would fail");
            Err(Error::new(ErrorKind::Configuration, text))
        }
        given => Ok(given.unwrap_or(default)),
    }
}

fn in_flight(most: Option<Option<usize>>) -> Result<InFlight> {
    match most.unwrap_or(Some(MAX_IN_FLIGHT)) {
        Some(0) => {
            let text = "max_in_flight is 0, so no request could be sent; `None` removes the limit";
            Err(Error::new(ErrorKind::Configuration, text))
        }
        most => Ok(InFlight::new(most)),
    }
}
