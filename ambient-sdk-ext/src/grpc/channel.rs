//! The channel of a client to the gRPC endpoint of the API server, and the calls over it.

use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use ambient_sdk::grpc::{self, session_service_client::SessionServiceClient};
use futures_util::{
    Stream, StreamExt, TryStreamExt,
    stream::{self, BoxStream},
};
use http::{HeaderValue, header::AUTHORIZATION};
use tokio::time::{Instant, timeout_at};
use tonic::{Code, Request, Status, Streaming, metadata::MetadataMap, transport::Channel};
use tracing::Instrument;
use url::Url;

use super::{
    Settings, Timeouts,
    connection::Connection,
    status,
    trace::{Call, Method},
};
use crate::{
    api_server::stream::failures::{Failures, Tolerance},
    error::{Error, ErrorKind, RequestOutcome, Result},
    options::PROJECT,
    token::{Credential, Tokens},
    transport::Headers,
};

/// The time after a rejection during which no further attempt is made.
const REFUSED: Duration = Duration::from_secs(300);
/// The time after which a failure no longer counts towards the backoff.
const FORGIVEN: Duration = Duration::from_secs(60);

const WATCH_SESSIONS: Method = Method { name: "WatchSessions", operation: "watch_sessions" };
const WATCH_MESSAGES: Method =
    Method { name: "WatchSessionMessages", operation: "watch_session_messages" };

/// The gRPC state of a client and its clones.
pub(crate) struct Grpc {
    connection: Connection,
    server: Url,
    tokens: Arc<Tokens>,
    project: String,
    project_header: HeaderValue,
    timeouts: Timeouts,
    /// The time until which no session messages are requested, and the failures that led to it.
    absent: Mutex<(Option<Instant>, Failures)>,
}

/// The messages of a streaming call.
pub(crate) type Events<T> = BoxStream<'static, Result<T>>;

impl Grpc {
    /// Creates the channel without connecting; the first call connects.
    ///
    /// # Errors
    /// Returns [`ErrorKind::Configuration`] if the settings are invalid.
    pub(crate) fn new(settings: Settings, headers: &Headers, timeouts: Timeouts) -> Result<Self> {
        let server = Url::parse(&settings.url).map_err(|error| {
            Error::new(ErrorKind::Configuration, "the gRPC URL is invalid").with_source(error)
        })?;
        let project = headers.project().to_owned();
        let project_header = HeaderValue::from_str(&project).map_err(|error| {
            Error::invalid("Invalid request: the project can't be sent").with_source(error)
        })?;
        let connection = Connection::new(settings, headers.user_agent().clone(), timeouts)?;
        let tokens = headers.tokens().clone();
        let tolerance = Tolerance { max_failures: u32::MAX, ..Tolerance::default() };
        let absent = Mutex::new((None, Failures::new(tolerance)));
        Ok(Self { connection, server, tokens, project, project_header, timeouts, absent })
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
        self.connection.get(self.deadline()).await.map(drop)
    }

    /// Returns the changes of all sessions that the caller can access, from now on. The stream
    /// yields nothing before the first change, since the server sends nothing earlier.
    pub(crate) fn watch_sessions(self: &Arc<Self>) -> Events<grpc::SessionWatchEvent> {
        self.events(WATCH_SESSIONS, |mut client, metadata| async move {
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
        self.events(WATCH_MESSAGES, move |mut client, metadata| {
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
    ///
    /// The timeout covers the token and the connection. It does not cover the response, which begins
    /// with the first message and may arrive at any time.
    fn events<T, F>(
        self: &Arc<Self>,
        method: Method,
        send: impl Fn(SessionServiceClient<Channel>, MetadataMap) -> F + Send + 'static,
    ) -> Events<T>
    where
        T: Send + 'static,
        F: Future<Output = Result<Streaming<T>, Status>> + Send + 'static,
    {
        let own = self.clone();
        let begun = async move {
            let mut call = Call::begin(method, &own.server, &own.project);
            let span = call.span();
            let opened = own.open(&mut call, send).instrument(span).await;
            opened.map(|(number, streaming)| own.read(call, number, streaming))
        };
        stream::once(begun).try_flatten().boxed()
    }

    /// Sends a call, and returns its response with the number of the connection.
    async fn open<T, F>(
        &self,
        call: &mut Call,
        send: impl Fn(SessionServiceClient<Channel>, MetadataMap) -> F,
    ) -> Result<(u64, Streaming<T>)>
    where
        F: Future<Output = Result<Streaming<T>, Status>>,
    {
        let unsent = |call: &Call, error: Error| {
            call.failed(None, &error);
            error
        };
        let mut renewed = None;
        loop {
            let is_first = renewed.is_none();
            let credential = match renewed.take() {
                Some(credential) => credential,
                None => self.credential().await.map_err(|error| unsent(call, error))?,
            };
            let connected = self.connection.get(self.deadline()).await;
            let (number, channel) = connected.map_err(|error| unsent(call, error))?;
            call.attempt();
            let client = SessionServiceClient::new(channel);
            let status = match send(client, self.metadata(&credential)).await {
                Ok(streaming) => return Ok((number, streaming)),
                Err(status) => status,
            };
            if status.code() == Code::Unauthenticated && is_first {
                renewed = self.renew(&credential).await.map_err(|error| unsent(call, error))?;
            }
            if renewed.is_none() {
                return Err(self.failed(call, number, &status));
            }
        }
    }

    /// Reads the messages of a call until it ends.
    fn read<T: Send + 'static>(
        self: Arc<Self>,
        call: Call,
        number: u64,
        streaming: Streaming<T>,
    ) -> impl Stream<Item = Result<T>> + Send + use<T> {
        stream::unfold(Some((self, call, streaming)), move |reading| async move {
            let (own, call, mut streaming) = reading?;
            match streaming.message().await {
                Ok(Some(message)) => Some((Ok(message), Some((own, call, streaming)))),
                Ok(None) => {
                    call.ended();
                    None
                }
                Err(status) => Some((Err(own.failed(&call, number, &status)), None)),
            }
        })
    }

    /// Creates the error of a call. A broken connection is not used again.
    fn failed(&self, call: &Call, number: u64, status: &Status) -> Error {
        let error = status::error(call.method.operation, status, &self.tokens);
        if error.is_connection() {
            self.connection.broke(number);
        }
        call.failed(Some(status), &error);
        error
    }

    fn deadline(&self) -> Instant {
        Instant::now() + self.timeouts.call
    }

    async fn credential(&self) -> Result<Arc<Credential>> {
        if let Some(fixed) = self.tokens.fixed() {
            return Ok(fixed.clone());
        }
        timeout_at(self.deadline(), self.tokens.current()).await.unwrap_or_else(|_| {
            let seconds = self.timeouts.call.as_secs_f64();
            let text = format!("there was no token for gRPC within {seconds} seconds");
            Err(Error::new(ErrorKind::Timeout, text).with_outcome(RequestOutcome::NotSent))
        })
    }

    /// Returns another token after a rejection; `None` if there is none in time.
    async fn renew(&self, rejected: &Credential) -> Result<Option<Arc<Credential>>> {
        timeout_at(self.deadline(), self.tokens.renew(rejected)).await.unwrap_or(Ok(None))
    }

    fn metadata(&self, credential: &Credential) -> MetadataMap {
        let mut headers = http::HeaderMap::new();
        headers.insert(AUTHORIZATION, credential.header.clone());
        headers.insert(PROJECT, self.project_header.clone());
        MetadataMap::from_headers(headers)
    }
}

fn with<T>(message: T, metadata: MetadataMap) -> Request<T> {
    let mut request = Request::new(message);
    *request.metadata_mut() = metadata;
    request
}

impl fmt::Debug for Grpc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Grpc").field("server", &self.server.as_str()).finish_non_exhaustive()
    }
}
