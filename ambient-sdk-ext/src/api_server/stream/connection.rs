//! One connection of a stream: its chunks, with an idle timeout.
//!
//! Waiting for a chunk wakes the connection's task and then the reader's, often on another thread,
//! which costs more than decoding a message. Therefore, when chunks arrive in quick succession, the
//! reader pauses briefly to let the next ones accumulate ([`Burst`]).

use std::{
    future::{Future, poll_fn},
    pin::Pin,
    task::{Context, Poll, ready},
    time::{Duration, SystemTime},
};

use ambient_sdk::{ByteStream, RequestInfo, ResponseValue};
use bytes::Bytes;
use futures_util::StreamExt;
use http::header::{CONTENT_ENCODING, CONTENT_TYPE, DATE};
use tokio::time::{Instant, Sleep};

use crate::{
    error::{Error, ErrorKind, Result},
    metrics::Ongoing,
    transport::{FOREVER, name_in},
};

/// The maximum gap between chunks of a burst. It is longer than [`GATHER`], so that a burst
/// continues.
const SOON: Duration = Duration::from_millis(4);
/// The time for which chunks accumulate in a burst, and so the maximum delay of a message.
const GATHER: Duration = Duration::from_millis(2);
/// The number of chunks that make a burst.
const MANY: u32 = 32;
/// The size of a chunk in bytes after which the reader does not pause. Chunks of this size belong to
/// a long history, and a pause would only slow its transfer down.
const FULL: usize = 16 * 1024;

/// The largest chunk that is returned, so that parsing one takes less than a millisecond even if
/// each line is empty.
const MOST_BYTES: usize = 32 * 1024;

/// A response body that is read as it arrives.
pub(crate) struct Connection {
    bytes: ByteStream,
    /// The part of the last chunk that was not returned yet.
    rest: Bytes,
    burst: Burst,
    silence: Option<Silence>,
    request: RequestInfo,
    opened: Option<SystemTime>,
    _measured: Ongoing,
}

/// Chunks in quick succession.
struct Burst {
    /// The number of chunks in a row that each followed soon after the previous one.
    chunks: u32,
    last: Instant,
    /// The timer until which the next chunks accumulate.
    gathers: Option<Pin<Box<Sleep>>>,
}

/// The idle timeout and its timer.
struct Silence {
    limit: Duration,
    until: Pin<Box<Sleep>>,
}

impl Connection {
    /// Opens the connection of a response whose body has not been read.
    pub(crate) fn open(
        response: ResponseValue<ByteStream>,
        idle: Option<Duration>,
    ) -> Result<Self> {
        has_events(&response)?;
        let (opened, request) = (date(&response), response.request().clone());
        let silence = idle.map(|limit| Silence { limit, until: Box::pin(after(limit)) });
        let burst = Burst { chunks: 0, last: Instant::now(), gathers: None };
        let _measured = Ongoing::stream(request.operation());
        let (bytes, rest) = (response.into_inner(), Bytes::new());
        Ok(Self { bytes, rest, burst, silence, request, opened, _measured })
    }

    /// Returns when the response began, by the server's clock.
    pub(crate) fn opened(&self) -> Option<SystemTime> {
        self.opened
    }

    /// Polls for the next chunk; `None` if the server ended the stream.
    ///
    /// Fails if the connection breaks or the idle timeout expires.
    pub(crate) fn poll_chunk(&mut self, context: &mut Context<'_>) -> Poll<Result<Option<Bytes>>> {
        if !self.rest.is_empty() {
            return Poll::Ready(Ok(Some(self.part())));
        }
        if self.burst.gathers(context) {
            return Poll::Pending;
        }
        match self.bytes.poll_next_unpin(context) {
            Poll::Ready(Some(Ok(chunk))) => {
                let now = Instant::now();
                self.burst.record(now, chunk.len());
                self.alive(now);
                self.rest = chunk;
                Poll::Ready(Ok(Some(self.part())))
            }
            Poll::Ready(None) => Poll::Ready(Ok(None)),
            Poll::Ready(Some(Err(error))) => Poll::Ready(Err(self.broken(error))),
            Poll::Pending => self.poll_silence(context).map(Err),
        }
    }

    /// Returns the next chunk; see [`poll_chunk`](Self::poll_chunk).
    pub(crate) async fn chunk(&mut self) -> Result<Option<Bytes>> {
        poll_fn(|context| self.poll_chunk(context)).await
    }

    fn part(&mut self) -> Bytes {
        self.rest.split_to(self.rest.len().min(MOST_BYTES))
    }

    pub(crate) fn ended(&self) -> Error {
        self.lost(ErrorKind::Connection, "the server ended the stream")
    }

    fn alive(&mut self, now: Instant) {
        if let Some(silence) = &mut self.silence {
            silence.until.as_mut().reset(now + silence.limit.min(FOREVER));
        }
    }

    fn poll_silence(&mut self, context: &mut Context<'_>) -> Poll<Error> {
        let Some(silence) = &mut self.silence else {
            return Poll::Pending;
        };
        ready!(silence.until.as_mut().poll(context));
        let text = format!("no data arrived for {} seconds", silence.limit.as_secs_f64());
        Poll::Ready(self.lost(ErrorKind::Timeout, &text))
    }

    fn broken(&self, error: reqwest::Error) -> Error {
        self.lost(ErrorKind::Connection, "the connection broke").with_source(error.without_url())
    }

    fn lost(&self, kind: ErrorKind, what: &str) -> Error {
        Error::new(kind, format!("cannot read the stream: {what}"))
            .with_request(self.request.clone())
    }
}

impl Burst {
    /// Returns whether chunks still accumulate, so that it is too early to read.
    fn gathers(&mut self, context: &mut Context<'_>) -> bool {
        let Some(until) = self.gathers.as_mut().filter(|_| self.chunks >= MANY) else {
            return false;
        };
        if until.as_mut().poll(context).is_pending() {
            return true;
        }
        // After one pause, the next chunk is awaited as usual.
        self.chunks = MANY - 1;
        false
    }

    fn record(&mut self, now: Instant, bytes: usize) {
        let is_soon = now.duration_since(self.last) <= SOON;
        self.last = now;
        self.chunks = if is_soon { self.chunks.saturating_add(1) } else { 0 };
        if self.chunks < MANY || bytes >= FULL {
            return;
        }
        match &mut self.gathers {
            Some(until) => until.as_mut().reset(now + GATHER),
            None => self.gathers = Some(Box::pin(tokio::time::sleep_until(now + GATHER))),
        }
    }
}

/// Rejects a response that is not an event stream: a page of a proxy, a list, or compressed data.
fn has_events(response: &ResponseValue<ByteStream>) -> Result<()> {
    let refused = |text: String| {
        Err(Error::new(ErrorKind::Api, text)
            .with_request(response.request().clone())
            .with_status(Some(response.status()))
            .with_headers(response.headers().clone()))
    };
    if let Some(coding) = response.headers().get(CONTENT_ENCODING)
        && !coding.as_bytes().eq_ignore_ascii_case(b"identity")
    {
        return refused(format!(
            "cannot read the response: it is compressed ({:?}), which the request did not accept; a \
             proxy must not compress streams",
            name_in(coding)
        ));
    }
    let Some(form) = response.headers().get(CONTENT_TYPE) else {
        return Ok(());
    };
    let form = name_in(form);
    if form.eq_ignore_ascii_case("text/event-stream") {
        return Ok(());
    }
    refused(format!("cannot read the response: it is {form:?}, not a stream of events"))
}

/// Returns when a response began, by the server's clock.
pub(crate) fn date<T>(response: &ResponseValue<T>) -> Option<SystemTime> {
    httpdate::parse_http_date(response.headers().get(DATE)?.to_str().ok()?).ok()
}

/// Returns a timer for a pause of any length.
fn after(pause: Duration) -> Sleep {
    tokio::time::sleep_until(deadline(pause))
}

/// Returns the end of a pause. Limited to [`FOREVER`], because not every platform can represent
/// later times.
pub(crate) fn deadline(pause: Duration) -> Instant {
    Instant::now() + pause.min(FOREVER)
}
