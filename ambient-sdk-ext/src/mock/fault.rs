//! Faults: what shall go wrong, at which operation, and how often.

mod book;
mod effect;

use std::time::Duration;

use axum::body::Body;
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode};

pub(super) use book::FaultBook;
pub(super) use effect::Effect;

/// Something that goes wrong when an operation is called, instead of its answer or within it.
///
/// It holds for every call, until [`Fault::times`] and [`Fault::after`] say otherwise. What it
/// does adds up: a delay, then a status, then a body that breaks off.
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
    instead: Instead,
    headers: HeaderMap,
    effects: Vec<Effect>,
    carried_out: bool,
    commit_delay: Option<Duration>,
    times: Option<u64>,
    after: u64,
}

/// What comes instead of the answer.
#[derive(Clone, Debug, Default)]
enum Instead {
    #[default]
    Nothing,
    Status(u16, Option<Bytes>),
    RateLimit(Duration),
    Cut,
    Hang,
}

impl Fault {
    /// Answers with a status, in the usual error form of the service that has the operation.
    /// A number outside of 100..=999 becomes a 500.
    #[must_use]
    pub fn status(status: u16) -> Self {
        Self::instead(Instead::Status(status, None))
    }

    /// Answers with a status and any body; set its `content-type` with [`Fault::header`].
    #[must_use]
    pub fn response(status: u16, body: impl Into<Bytes>) -> Self {
        Self::instead(Instead::Status(status, Some(body.into())))
    }

    /// Answers 429; on the gateway with the delay in the body and no `Retry-After` header.
    #[must_use]
    pub fn rate_limited(retry_after: Duration) -> Self {
        Self::instead(Instead::RateLimit(retry_after))
    }

    /// Cuts the connection before any answer.
    #[must_use]
    pub fn cut_connection() -> Self {
        Self::instead(Instead::Cut)
    }

    /// Never answers, and keeps the connection open.
    #[must_use]
    pub fn hang() -> Self {
        Self::instead(Instead::Hang)
    }

    /// Answers as usual after `delay`, by tokio's clock.
    #[must_use]
    pub fn delay(delay: Duration) -> Self {
        Self { delay, ..Self::default() }
    }

    /// Has a pushed message seen by readers, and its push answered, only when `delay` has passed,
    /// although it gets its `seq` at once. On the real server a message gets its number in a
    /// transaction that others see at its commit, so that those of several writers become visible
    /// out of order. Other operations don't mind.
    #[must_use]
    pub fn late_commit(delay: Duration) -> Self {
        Self { commit_delay: Some(delay), ..Self::default() }
    }

    /// Loses every so many-th frame of a stream without a sign, as the real server does for readers
    /// that are too slow; 0 and 1 lose them all.
    #[must_use]
    pub fn drop_frames(every: usize) -> Self {
        Self::effect(Effect::DropFrames(every))
    }

    /// Cuts the connection after so many bytes of the body.
    #[must_use]
    pub fn cut_body(bytes: usize) -> Self {
        Self::effect(Effect::CutAfterBytes(bytes))
    }

    /// Cuts the connection after so many frames of a stream; comments count.
    #[must_use]
    pub fn cut_after_frames(frames: usize) -> Self {
        Self::effect(Effect::CutAfterFrames(frames))
    }

    /// Ends a stream in good order after so many frames; comments count.
    #[must_use]
    pub fn end_after_frames(frames: usize) -> Self {
        Self::effect(Effect::EndAfterFrames(frames))
    }

    /// Keeps a stream open and silent, without pings, after so many frames; comments count.
    #[must_use]
    pub fn stall_after_frames(frames: usize) -> Self {
        Self::effect(Effect::StallAfterFrames(frames))
    }

    /// Sends a frame that holds no JSON after so many good ones.
    #[must_use]
    pub fn broken_frame(after_frames: usize) -> Self {
        Self::raw_frame(after_frames, "data: {\"seq\": 1, \"payload\n\n")
    }

    /// Sends any bytes in a stream after so many frames, exactly as they are.
    #[must_use]
    pub fn raw_frame(after_frames: usize, bytes: impl Into<Bytes>) -> Self {
        Self::effect(Effect::Insert(after_frames, bytes.into()))
    }

    /// Adds a header to the answer, as `retry-after`, replacing one of its name. What can't be a
    /// header is left out.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            self.headers.insert(name, value);
        }
        self
    }

    /// Waits for `delay` before everything else it does, by tokio's clock.
    #[must_use]
    pub fn delayed(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }

    /// Carries the call out before it answers with a status, cuts the connection or falls silent:
    /// the write has happened, and its caller doesn't hear so.
    #[must_use]
    pub fn carried_out(mut self) -> Self {
        self.carried_out = true;
        self
    }

    /// Holds for so many calls only.
    #[must_use]
    pub fn times(mut self, calls: u64) -> Self {
        self.times = Some(calls);
        self
    }

    /// Lets so many calls pass before it begins.
    #[must_use]
    pub fn after(mut self, calls: u64) -> Self {
        self.after = calls;
        self
    }

    fn instead(instead: Instead) -> Self {
        Self { instead, ..Self::default() }
    }

    fn effect(effect: Effect) -> Self {
        Self { effects: vec![effect], ..Self::default() }
    }

    #[cfg(feature = "grpc")]
    pub(super) fn effects(&self) -> &[Effect] {
        &self.effects
    }

    pub(super) fn waits(&self) -> Duration {
        self.delay
    }

    pub(super) fn is_carried_out(&self) -> bool {
        self.carried_out
    }

    pub(super) fn commit_delay(&self) -> Option<Duration> {
        self.commit_delay
    }

    /// What the server does with the call.
    pub(super) fn verdict(&self) -> Verdict {
        match &self.instead {
            Instead::Nothing => Verdict::Serve,
            Instead::Cut => Verdict::Cut,
            Instead::Hang => Verdict::Hang,
            Instead::RateLimit(delay) => Verdict::RateLimit(*delay),
            Instead::Status(status, body) => {
                let status = StatusCode::from_u16(*status);
                let status = status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
                Verdict::Status(status, body.clone())
            }
        }
    }

    /// Does to an answer what the fault does to headers and body.
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

/// What a fault makes of a call.
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
    async fn bodies_break_where_they_should() {
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
    async fn a_silent_stream_neither_ends_nor_goes_on() {
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
