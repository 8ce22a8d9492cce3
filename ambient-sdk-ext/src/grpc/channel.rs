//! The channel of a client to the gRPC endpoint of the API server, and the calls over it.

use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use ambient_sdk::grpc::{self, session_service_client::SessionServiceClient};
use futures_util::{Stream, StreamExt, TryStreamExt, stream::BoxStream};
use http::{HeaderValue, header::AUTHORIZATION};
use tonic::{
    Code, Request, Status, Streaming,
    metadata::MetadataMap,
    transport::{Channel, Endpoint},
};

use tokio::time::Instant;

use super::{Settings, connection::Connection, status};
use crate::{
    api_server::stream::failures::{Failures, Tolerance},
    error::{Error, ErrorKind, Result},
    options::PROJECT,
    token::{Credential, Tokens},
};

/// The flow-control window of a stream, in bytes.
const STREAM_WINDOW: u32 = 64 * 1024;
/// The flow-control window of the connection, large enough that unread streams do not block others.
const CONNECTION_WINDOW: u32 = 1 << 30;
/// The interval of TCP keepalives. The server's gRPC implementation closes connections that send
/// HTTP/2 pings more often than every five minutes.
const KEEPALIVE: Duration = Duration::from_secs(30);
/// The interval of HTTP/2 pings, which also detect failures behind proxies.
const HTTP2_KEEPALIVE: Duration = Duration::from_secs(5 * 60 + 10);

/// The time after a rejection during which no further attempt is made.
const REFUSED: Duration = Duration::from_secs(300);
/// The time after which a failure no longer counts towards the backoff.
const FORGIVEN: Duration = Duration::from_secs(60);

/// The gRPC state of a client and its clones.
pub(crate) struct Grpc {
    connection: Connection,
    url: String,
    tokens: Arc<Tokens>,
    project: HeaderValue,
    /// The time until which no session messages are requested, and the failures that led to it.
    absent: Mutex<(Option<Instant>, Failures)>,
}

/// The messages of a streaming call.
pub(crate) type Events<T> = BoxStream<'static, Result<T>>;

impl Grpc {
    /// Creates the channel without connecting; the first call connects.
    ///
    /// # Errors
    /// Returns [`ErrorKind::Configuration`] if the TLS settings are invalid.
    pub(crate) fn new(
        settings: Settings,
        tokens: Arc<Tokens>,
        project: &str,
        user_agent: HeaderValue,
        connect_timeout: Duration,
    ) -> Result<Self> {
        let wrong = |error: tonic::transport::Error| {
            let text = format!("the connection to {} can't be set up", settings.url);
            Error::new(ErrorKind::Configuration, text).with_source(error)
        };
        let endpoint = Endpoint::from_shared(settings.url.clone()).map_err(wrong)?;
        let endpoint = tls(endpoint, &settings)?
            .user_agent(user_agent)
            .map_err(wrong)?
            .connect_timeout(connect_timeout)
            .initial_stream_window_size(STREAM_WINDOW)
            .initial_connection_window_size(CONNECTION_WINDOW)
            .tcp_nodelay(true)
            .tcp_keepalive(Some(KEEPALIVE))
            .http2_keep_alive_interval(HTTP2_KEEPALIVE)
            .keep_alive_timeout(KEEPALIVE);
        let project = HeaderValue::from_str(project).map_err(|error| {
            Error::invalid("Invalid request: the project can't be sent").with_source(error)
        })?;
        let (url, connection) = (settings.url, Connection::new(endpoint));
        let tolerance = Tolerance { max_failures: u32::MAX, ..Tolerance::default() };
        let absent = Mutex::new((None, Failures::new(tolerance)));
        Ok(Self { connection, url, tokens, project, absent })
    }

    /// Returns whether the messages of a session may be requested.
    pub(crate) fn is_available(&self) -> bool {
        let absent = self.absent.lock().unwrap_or_else(PoisonError::into_inner);
        absent.0.is_none_or(|until| until <= Instant::now())
    }

    /// Records that a call for messages was rejected or found no server, so that other calls do not
    /// try for a while.
    pub(crate) fn unavailable(&self, error: &Error) {
        let mut absent = self.absent.lock().unwrap_or_else(PoisonError::into_inner);
        let (until, failures) = &mut *absent;
        let now = Instant::now();
        // Many calls fail at the same time and count as one failure.
        if until.is_some_and(|until| until > now) {
            return;
        }
        if until.is_none_or(|until| until + FORGIVEN < now) {
            failures.reset();
        }
        let pause = failures.add(error.retry_after()).unwrap_or(REFUSED);
        *until = Some(now + if error.is_transient() { pause } else { REFUSED });
    }

    /// Waits until there is a connection.
    pub(crate) async fn connected(&self) -> Result<()> {
        self.connection.get().await.map(drop)
    }

    /// Returns the changes of all sessions that the caller can access, from now on. The stream
    /// yields nothing before the first change, since the server sends nothing earlier.
    pub(crate) fn watch_sessions(self: &Arc<Self>) -> Events<grpc::SessionWatchEvent> {
        self.events("watch_sessions", |mut client, metadata| async move {
            let request = with(grpc::WatchSessionsRequest {}, metadata);
            client.watch_sessions(request).await.map(tonic::Response::into_inner)
        })
    }

    /// Returns the messages of a session with a larger `seq`, followed by new ones.
    pub(crate) fn watch_messages(
        self: &Arc<Self>,
        session_id: String,
        after_seq: i64,
    ) -> Events<grpc::SessionMessage> {
        self.events("watch_session_messages", move |mut client, metadata| {
            let request =
                grpc::WatchSessionMessagesRequest { session_id: session_id.clone(), after_seq };
            async move {
                let request = with(request, metadata);
                client.watch_session_messages(request).await.map(tonic::Response::into_inner)
            }
        })
    }

    /// Returns the messages of a call that starts when the stream is first polled. A rejected token
    /// is renewed once.
    fn events<T, F>(
        self: &Arc<Self>,
        method: &'static str,
        call: impl Fn(SessionServiceClient<Channel>, MetadataMap) -> F + Send + 'static,
    ) -> Events<T>
    where
        T: Send + 'static,
        F: Future<Output = Result<Streaming<T>, Status>> + Send + 'static,
    {
        let own = self.clone();
        let begun = async move {
            let mut credential = own.credential().await?;
            let mut renewed = false;
            loop {
                let (number, channel) = own.connection.get().await?;
                let called = call(SessionServiceClient::new(channel), own.metadata(&credential));
                let status = match called.await {
                    Ok(streaming) => return Ok(own.read(method, number, streaming)),
                    Err(status) => status,
                };
                if status.code() == Code::Unauthenticated
                    && !std::mem::replace(&mut renewed, true)
                    && let Some(other) = own.tokens.renew(&credential).await?
                {
                    credential = other;
                    continue;
                }
                return Err(own.failed(method, number, &status));
            }
        };
        futures_util::stream::once(begun).try_flatten().boxed()
    }

    fn read<T: Send + 'static>(
        self: Arc<Self>,
        method: &'static str,
        number: u64,
        streaming: Streaming<T>,
    ) -> impl Stream<Item = Result<T>> + Send + use<T> {
        streaming.map_err(move |status| self.failed(method, number, &status))
    }

    /// Creates the error of a call. A broken connection is not used again.
    fn failed(&self, method: &str, number: u64, status: &Status) -> Error {
        let error = status::error(method, status, &self.tokens);
        if error.is_connection() {
            self.connection.broke(number);
        }
        error
    }

    async fn credential(&self) -> Result<Arc<Credential>> {
        match self.tokens.fixed() {
            Some(fixed) => Ok(fixed.clone()),
            None => self.tokens.current().await,
        }
    }

    fn metadata(&self, credential: &Credential) -> MetadataMap {
        let mut headers = http::HeaderMap::new();
        headers.insert(AUTHORIZATION, credential.header.clone());
        headers.insert(PROJECT, self.project.clone());
        MetadataMap::from_headers(headers)
    }
}

fn with<T>(message: T, metadata: MetadataMap) -> Request<T> {
    let mut request = Request::new(message);
    *request.metadata_mut() = metadata;
    request
}

#[cfg(any(feature = "rustls", feature = "ring"))]
fn tls(endpoint: Endpoint, settings: &Settings) -> Result<Endpoint> {
    use tonic::transport::{Certificate, ClientTlsConfig};
    if !settings.url.starts_with("https:") {
        return Ok(endpoint);
    }
    let mut tls = ClientTlsConfig::new().with_native_roots();
    if let Some(pem) = &settings.ca_cert {
        tls = tls.ca_certificate(Certificate::from_pem(pem));
    }
    endpoint.tls_config(tls).map_err(|error| {
        let text = format!("TLS to {} can't be set up", settings.url);
        Error::new(ErrorKind::Configuration, text).with_source(error)
    })
}

#[cfg(not(any(feature = "rustls", feature = "ring")))]
fn tls(endpoint: Endpoint, settings: &Settings) -> Result<Endpoint> {
    match settings.url.starts_with("https:") {
        false => Ok(endpoint),
        true => Err(Error::new(
            ErrorKind::Configuration,
            "gRPC over TLS requires the feature `rustls` or `ring`; enable one, or call `without_grpc`",
        )),
    }
}

impl fmt::Debug for Grpc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Grpc").field("url", &self.url).finish_non_exhaustive()
    }
}
