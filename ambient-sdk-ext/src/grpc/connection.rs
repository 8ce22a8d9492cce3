//! The connection of a client: established on first use, and re-established after it breaks.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use http::{HeaderValue, Uri, uri::Scheme};
use tokio::{
    sync::{Mutex, Notify},
    time::{Instant, timeout_at},
};
use tonic::transport::{Channel, Endpoint};

use super::{Settings, Timeouts, connector::Connector};
use crate::{
    error::{Error, ErrorKind, RequestOutcome, Result, connection::causes},
    tls::{self, Http2},
};

/// The flow-control window of a stream, in bytes.
const STREAM_WINDOW: u32 = 64 * 1024;
/// The flow-control window of the connection, large enough that unread streams do not block others.
const CONNECTION_WINDOW: u32 = 1 << 30;
/// The interval of HTTP/2 pings, which detect failures behind proxies. The server's gRPC
/// implementation closes connections that send them more often than every five minutes.
const PINGS: Duration = Duration::from_secs(5 * 60 + 10);
/// The time for the response to a ping.
const PONG: Duration = Duration::from_secs(30);

/// The settings of a certificate authority for gRPC only.
const OF_GRPC: &str = " (for gRPC only: `grpc_ca_cert_file` or AMBIENT_GRPC_CA_CERT_FILE)";

/// The connection that all calls share.
pub(super) struct Connection {
    endpoint: Endpoint,
    url: String,
    tls: Option<Http2>,
    timeouts: Timeouts,
    /// Locked by the call that connects; the others wait for its result.
    current: Mutex<Current>,
    /// The number of the last broken connection.
    broken: AtomicU64,
}

#[derive(Default)]
struct Current {
    /// The number of the current connection, counted from 1.
    number: u64,
    channel: Option<Channel>,
    /// The time and the error of the last failed attempt.
    failed: Option<(Instant, Arc<Error>)>,
}

impl Connection {
    /// Prepares the connection.
    ///
    /// # Errors
    /// Returns [`ErrorKind::Configuration`] if the settings are invalid.
    pub(super) fn new(settings: Settings, agent: HeaderValue, timeouts: Timeouts) -> Result<Self> {
        let Settings { url, trust, .. } = settings;
        let wrong = |error| {
            let text = format!("gRPC with {url} can't be set up: {error}");
            Error::new(ErrorKind::Configuration, text).with_paraphrased_source(error)
        };
        let server: Uri = url.parse().map_err(|error| wrong(Box::new(error) as _))?;
        let tls = match server.scheme() == Some(&Scheme::HTTPS) {
            true => Some(trust.http2().map_err(wrong)?),
            false => None,
        };
        let endpoint = Endpoint::from(without_tls(&server).map_err(|e| wrong(Box::new(e)))?)
            .origin(server)
            .user_agent(agent)
            .map_err(|error| wrong(Box::new(error)))?
            .connect_timeout(timeouts.connect)
            .initial_stream_window_size(STREAM_WINDOW)
            .initial_connection_window_size(CONNECTION_WINDOW)
            .http2_keep_alive_interval(PINGS)
            .keep_alive_timeout(PONG);
        let (current, broken) = (Mutex::default(), AtomicU64::new(0));
        Ok(Self { endpoint, url, tls, timeouts, current, broken })
    }

    /// Returns the connection and its number, and connects if needed. Calls that wait at the same
    /// time share the result of one attempt.
    pub(super) async fn get(&self, deadline: Instant) -> Result<(u64, Channel)> {
        let asked = Instant::now();
        let Ok(mut current) = timeout_at(deadline, self.current.lock()).await else {
            return Err(self.unanswered());
        };
        let is_whole = current.number > self.broken.load(Ordering::Relaxed);
        if let Some(channel) = current.channel.as_ref().filter(|_| is_whole) {
            return Ok((current.number, channel.clone()));
        }
        if let Some((_, error)) = current.failed.as_ref().filter(|(at, _)| *at >= asked) {
            return Err(error.duplicate());
        }
        current.channel = None;
        let connected = timeout_at(deadline, self.connect()).await;
        match connected.unwrap_or_else(|_| Err(self.unanswered())) {
            Ok(channel) => {
                current.number += 1;
                current.channel = Some(channel.clone());
                Ok((current.number, channel))
            }
            Err(error) => {
                current.failed = Some((Instant::now(), Arc::new(error.duplicate())));
                Err(error)
            }
        }
    }

    /// Marks this connection as broken, so that the next call establishes another.
    pub(super) fn broke(&self, number: u64) {
        self.broken.fetch_max(number, Ordering::Relaxed);
    }

    /// Connects, and waits for the first bytes of the server. A call is no proof that the server
    /// works, because the response to a watch begins with its first message.
    async fn connect(&self) -> Result<Channel> {
        let answered = Arc::new(Notify::new());
        let connector = Connector::new(self.tls.clone(), self.timeouts.connect, answered.clone());
        let connected = self.endpoint.connect_with_connector(connector).await;
        let channel = connected.map_err(|error| self.unconnected(error))?;
        answered.notified().await;
        Ok(channel)
    }

    fn unconnected(&self, error: tonic::transport::Error) -> Error {
        let why = match causes(&error).find_map(tls::explain) {
            Some(why) => why + OF_GRPC,
            None => causes(&error).last().map(ToString::to_string).unwrap_or_default(),
        };
        let text = format!("Failed to connect to API: {} by gRPC: {why}", self.url);
        Error::new(ErrorKind::Connection, text)
            .with_source(error)
            .with_outcome(RequestOutcome::NotSent)
    }

    fn unanswered(&self) -> Error {
        let (url, seconds) = (&self.url, self.timeouts.call.as_secs_f64());
        let text = format!(
            "{url} did not answer by gRPC within {seconds} seconds; check AMBIENT_GRPC_URL, or raise \
             the timeout"
        );
        Error::new(ErrorKind::Timeout, text).with_outcome(RequestOutcome::NotSent)
    }
}

/// Returns the URL for the HTTP/2 client, which must not add TLS: the connector does.
fn without_tls(server: &Uri) -> http::Result<Uri> {
    let authority = server.authority().map_or("", |authority| authority.as_str());
    Uri::builder().scheme(Scheme::HTTP).authority(authority).path_and_query("/").build()
}
