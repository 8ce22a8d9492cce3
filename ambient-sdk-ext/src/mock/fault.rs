//! Faults that are injected into calls of an operation.

mod book;
mod effect;

use std::time::Duration;

use axum::body::Body;
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode};

pub(super) use book::FaultBook;
pub(super) use effect::Effect;

/// A failure to inject into calls of an operation.
///
/// A fault replaces the response, or changes it. It applies to every call unless [`Fault::times`]
/// or [`Fault::after`] limit it. Its parts are combined: it waits for the delay, then sends the
/// status, then cuts the body.
///
/// ```
/// use std::time::Duration;
/// use ambient_sdk_ext::mock::Fault;
///
/// let twice_unavailable = Fault::status(503).header("retry-after", "2").times(2);
/// let slow_third_call = Fault::delay(Duration::from_secs(40)).after(2).times(1);
/// # let _ = (twice_unavailable, slow_third_call);
/// ```
#[derive(Clone, Debug, Default)]
pub struct Fault {
    delay: Duration,
    replacement: Replacement,
    headers: HeaderMap,
    effects: Vec<Effect>,
    carried_out: bool,
    commit_delay: Option<Duration>,
    times: Option<u64>,
    after: u64,
}

/// The replacement of the response.
#[derive(Clone, Debug, Default)]
enum Replacement {
    #[default]
    Nothing,
    Status(u16, Option<Bytes>),
    RateLimit(Duration),
    Cut,
    Hang,
}

impl Fault {
    /// Answers with a status, and with the error body that the service of the operation usually
    /// sends for it. A status outside of 100..=999 becomes 500.
    #[must_use]
    pub fn status(status: u16) -> Self {
        Self::replacement(Replacement::Status(status, None))
    }

    /// Answers with a status and a body. The content type is `application/json` unless
    /// [`Fault::header`] sets another one.
    #[must_use]
    pub fn response(status: u16, body: impl Into<Bytes>) -> Self {
        Self::replacement(Replacement::Status(status, Some(body.into())))
    }

    /// Answers with 429. The gateway sends the delay in the body and not in a `Retry-After` header;
    /// the API server doesn't send it.
    #[must_use]
    pub fn rate_limited(retry_after: Duration) -> Self {
        Self::replacement(Replacement::RateLimit(retry_after))
    }

    /// Cuts the connection without a response.
    #[must_use]
    pub fn cut_connection() -> Self {
        Self::replacement(Replacement::Cut)
    }

    /// Sends no response and keeps the connection open.
    #[must_use]
    pub fn hang() -> Self {
        Self::replacement(Replacement::Hang)
    }

    /// Delays the normal response by `delay`, by tokio's clock.
    #[must_use]
    pub fn delay(delay: Duration) -> Self {
        Self { delay, ..Self::default() }
    }

    /// Delays the commit of a pushed message. The message gets its `seq` immediately, but readers
    /// see it, and its push is answered, only after `delay`.
    ///
    /// The real server assigns the number within a transaction, and readers see the message when
    /// the transaction commits, so messages of several writers become visible out of order. The
    /// fault has no effect on other operations.
    #[must_use]
    pub fn late_commit(delay: Duration) -> Self {
        Self { commit_delay: Some(delay), ..Self::default() }
    }

    /// Drops every `every`-th frame of a stream without notice, as the real server does if a reader
    /// is too slow. With 0 or 1 it drops all frames.
    #[must_use]
    pub fn drop_frames(every: usize) -> Self {
        Self::effect(Effect::DropFrames(every))
    }

    /// Cuts the connection after `bytes` bytes of the body.
    #[must_use]
    pub fn cut_body(bytes: usize) -> Self {
        Self::effect(Effect::CutAfterBytes(bytes))
    }

    /// Cuts the connection after a number of frames of a stream. Comments count as frames.
    #[must_use]
    pub fn cut_after_frames(frames: usize) -> Self {
        Self::effect(Effect::CutAfterFrames(frames))
    }

    /// Ends a stream cleanly after a number of frames. Comments count as frames.
    #[must_use]
    pub fn end_after_frames(frames: usize) -> Self {
        Self::effect(Effect::EndAfterFrames(frames))
    }

    /// Keeps a stream open after a number of frames and sends nothing more, not even pings. Comments
    /// count as frames.
    #[must_use]
    pub fn stall_after_frames(frames: usize) -> Self {
        Self::effect(Effect::StallAfterFrames(frames))
    }

    /// Sends a frame with invalid JSON after a number of valid frames.
    #[must_use]
    pub fn broken_frame(after_frames: usize) -> Self {
        Self::raw_frame(after_frames, "data: {\"seq\": 1, \"payload\n\n")
    }

    /// Sends `bytes` unchanged in a stream after a number of frames.
    #[must_use]
    pub fn raw_frame(after_frames: usize, bytes: impl Into<Bytes>) -> Self {
        Self::effect(Effect::Insert(after_frames, bytes.into()))
    }

    /// Sets a header of the response, such as `retry-after`, and replaces an existing one. An
    /// invalid name or value is ignored.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            self.headers.insert(name, value);
        }
        self
    }

    /// Waits for `delay`, by tokio's clock, before the other parts of the fault.
    #[must_use]
    pub fn delayed(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }

    /// Carries out the call before the fault answers with a status, cuts the connection or hangs.
    /// The write succeeds, but the caller sees a failure.
    #[must_use]
    pub fn carried_out(mut self) -> Self {
        self.carried_out = true;
        self
    }

    /// Limits the fault to a number of calls.
    #[must_use]
    pub fn times(mut self, calls: u64) -> Self {
        self.times = Some(calls);
        self
    }

    /// Skips a number of calls before the fault applies.
    #[must_use]
    pub fn after(mut self, calls: u64) -> Self {
        self.after = calls;
        self
    }

    fn replacement(replacement: Replacement) -> Self {
        Self { replacement, ..Self::default() }
    }

    fn effect(effect: Effect) -> Self {
        Self { effects: vec![effect], ..Self::default() }
    }

    #[cfg(feature = "grpc")]
    pub(super) fn effects(&self) -> &[Effect] {
        &self.effects
    }

    pub(super) fn initial_delay(&self) -> Duration {
        self.delay
    }

    pub(super) fn is_carried_out(&self) -> bool {
        self.carried_out
    }

    pub(super) fn commit_delay(&self) -> Option<Duration> {
        self.commit_delay
    }

    /// Returns how the server handles the call.
    pub(super) fn verdict(&self) -> Verdict {
        match &self.replacement {
            Replacement::Nothing => Verdict::Serve,
            Replacement::Cut => Verdict::Cut,
            Replacement::Hang => Verdict::Hang,
            Replacement::RateLimit(delay) => Verdict::RateLimit(*delay),
            Replacement::Status(status, body) => {
                let status = StatusCode::from_u16(*status);
                let status = status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
                Verdict::Status(status, body.clone())
            }
        }
    }

    /// Applies the fault to the headers and the body of a response.
    pub(super) fn apply(&self, response: Response<Body>) -> Response<Body> {
        let (mut parts, mut body) = response.into_parts();
        for (name, value) in &self.headers {
            parts.headers.insert(name, value.clone());
        }
        for effect in &self.effects {
            body = effect.clone().apply(body);
        }
        Response::from_parts(parts, body)
    }
}

/// The handling of a call with a fault.
#[derive(Debug)]
pub(super) enum Verdict {
    Serve,
    Status(StatusCode, Option<Bytes>),
    RateLimit(Duration),
    Cut,
    Hang,
}

#[cfg(test)]
mod tests {
    use futures_util::{StreamExt, stream};

    use super::*;

    fn frames() -> Response<Body> {
        let frames = ["one", "two", "three"].map(Ok::<_, std::io::Error>);
        Response::new(Body::from_stream(stream::iter(frames)))
    }

    async fn read(fault: Fault) -> (String, bool) {
        let mut body = fault.apply(frames()).into_body().into_data_stream();
        let mut text = String::new();
        while let Some(frame) = body.next().await {
            match frame {
                Ok(data) => text.push_str(std::str::from_utf8(&data).unwrap()),
                Err(_) => return (text, true),
            }
        }
        (text, false)
    }

    #[tokio::test]
    async fn bodies_are_cut_at_the_given_position() {
        let cut = |text: &str| (text.to_owned(), true);
        let whole = |text: &str| (text.to_owned(), false);
        assert_eq!(read(Fault::cut_body(4)).await, cut("onet"));
        assert_eq!(read(Fault::cut_body(0)).await, cut(""));
        assert_eq!(read(Fault::cut_after_frames(2)).await, cut("onetwo"));
        assert_eq!(read(Fault::end_after_frames(2)).await, whole("onetwo"));
        assert_eq!(read(Fault::drop_frames(2)).await, whole("onethree"));
        assert_eq!(read(Fault::drop_frames(1)).await, whole(""));
        assert_eq!(read(Fault::raw_frame(0, "-")).await, whole("-onetwothree"));
        assert_eq!(read(Fault::raw_frame(1, "-")).await, whole("one-twothree"));
    }

    #[tokio::test(start_paused = true)]
    async fn a_stalled_stream_sends_nothing_and_stays_open() {
        let reading = read(Fault::stall_after_frames(1));
        let waited = tokio::time::timeout(Duration::from_secs(3600), reading).await;
        assert!(waited.is_err());
    }

    #[test]
    fn a_header_is_added_or_replaced() {
        let fault = Fault::delay(Duration::ZERO).header("retry-after", "2").header("bad name", "x");
        let response = fault.apply(frames());
        assert_eq!(response.headers()["retry-after"], "2");
        assert_eq!(response.headers().len(), 1);
    }
}
