//! The way of a request: every call of every raw builder takes it, in this order.
//!
//! 1. the layers that the builder was given: [`ClientBuilder::layer`](crate::ClientBuilder::layer).
//! 2. [`trace`]: one span per call.
//! 3. here: the time-out of the whole call, and retries by the policy and the budget.
//! 4. [`in_flight`]: a place among the requests that are on their way, for each attempt.
//! 5. [`headers`]: token, project, user agent, and the extra headers of the call, at each attempt.
//! 6. [`body`]: the response read to its end, within bounds; failures put into one form.
//! 7. the carrier: a `reqwest::Client`, or what the builder was given in its place.

mod body;
mod headers;
mod in_flight;
mod trace;

use std::{sync::Arc, time::Duration};

use ambient_sdk::{
    BoxError, BoxFuture, FailedResponse, Operation, RequestInfo, Response, Transport,
};
use http::{HeaderMap, Method, StatusCode};
use percent_encoding::percent_decode_str;
use reqwest::{Request, Url};
use tokio::time::Instant;
use tracing::{Instrument, Span};

pub(crate) use headers::Headers;
pub(crate) use in_flight::InFlight;

use in_flight::Place;

use crate::{
    capture::ResponseInfo,
    error::{Error, ErrorKind, RequestOutcome, Result},
    names,
    options::CallOptions,
    retry::{Budget, RetryPolicy, Transient},
    wait::SlowDown,
};

/// A year, longer than any call lives: "no time-out" where one must be given.
pub(crate) const FOREVER: Duration = Duration::from_secs(365 * 24 * 3600);
/// How long the text of a failure is worth waiting for.
const FAILURE_PATIENCE: Duration = Duration::from_secs(5);

/// What all calls of a client share.
pub(crate) struct Settings {
    pub(crate) carrier: Arc<dyn Transport>,
    pub(crate) headers: Headers,
    /// Whether the HTTP client can have a time-out of its own. The deadline of a call is kept here,
    /// so that one is put off: it would race the deadline, and end streams.
    pub(crate) own_timeout: bool,
    pub(crate) timeout: Duration,
    pub(crate) read_timeout: Duration,
    pub(crate) retry: RetryPolicy,
    pub(crate) budget: Budget,
    pub(crate) max_response: usize,
    pub(crate) slow_down: Arc<SlowDown>,
    pub(crate) in_flight: InFlight,
}

/// The layers of a client, with the options of its calls.
#[derive(Clone)]
pub(crate) struct Stack {
    pub(crate) settings: Arc<Settings>,
    pub(crate) options: Arc<CallOptions>,
}

impl Transport for Stack {
    fn send(
        &self,
        request: Request,
        operation: &'static Operation,
    ) -> BoxFuture<'_, Result<Response, BoxError>> {
        Box::pin(async move {
            let response = self.call(request, operation).await;
            response.map_err(|failure| failure.into_error(&self.settings.headers))
        })
    }
}

/// What one attempt ended with, when it was no success.
enum Failure {
    /// There is a response, and its status says no.
    Refused(Box<FailedResponse>),
    /// There is no response, or not all of it.
    Lost(Error, Transient),
    /// What no repetition mends.
    Final(Error),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Final(error)
    }
}

impl Failure {
    fn transient(&self) -> Option<Transient> {
        match self {
            Self::Refused(failed) => Transient::of_status(failed.status),
            Self::Lost(_, transient) => Some(*transient),
            Self::Final(_) => None,
        }
    }

    /// Status and headers of the response, where there is one.
    fn response(&self) -> Option<(StatusCode, &HeaderMap)> {
        match self {
            Self::Refused(failed) => Some((failed.status, &failed.headers)),
            Self::Lost(error, _) | Self::Final(error) => Some((error.status()?, error.headers())),
        }
    }

    fn asked(&self) -> Option<Duration> {
        match self {
            Self::Refused(failed) => failed.body.retry_after(),
            _ => None,
        }
    }

    /// As the raw client passes it on: a refusal is its own error, the rest is ours.
    fn into_error(self, headers: &Headers) -> BoxError {
        match self {
            Self::Refused(failed) => ambient_sdk::Error::Refused(failed).into(),
            Self::Lost(error, _) => error.passing().redacted(headers.token()).into(),
            Self::Final(error) => error.redacted(headers.token()).into(),
        }
    }
}

/// The attempts at one call.
struct Attempts<'a> {
    stack: &'a Stack,
    operation: &'static Operation,
    started: Instant,
    deadline: Instant,
    made: u32,
    waited: Duration,
    /// Since when the request has waited for a place, while it has none.
    in_line: Option<Instant>,
    span: Span,
}

impl Drop for Attempts<'_> {
    fn drop(&mut self) {
        trace::spent(&self.span, self.made, self.waited(), self.started.elapsed());
    }
}

impl Stack {
    async fn call(
        &self,
        request: Request,
        operation: &'static Operation,
    ) -> Result<Response, Failure> {
        check_path(operation, request.url())?;
        self.options.check(operation)?;
        let span = trace::span(operation, self.project());
        let started = Instant::now();
        let timeout = self.options.timeout.unwrap_or(self.settings.timeout).min(FOREVER);
        let deadline = started + timeout;
        let mut attempts = Attempts {
            stack: self,
            operation,
            started,
            deadline,
            made: 0,
            waited: Duration::ZERO,
            in_line: None,
            span: span.clone(),
        };
        async {
            let outcome = attempts.run(request).await;
            trace::finish(&attempts.span, &outcome);
            outcome
        }
        .instrument(span)
        .await
    }

    pub(crate) fn project(&self) -> &str {
        if self.options.all_projects {
            return "*";
        }
        self.options.project.as_deref().unwrap_or(self.settings.headers.project())
    }
}

/// Refuses an id that would not be one, whichever builder it was given to.
///
/// What is no character of an id is escaped in a URL.
fn check_path(operation: &Operation, url: &Url) -> Result<()> {
    if url.path().len() <= names::MAX_ID && !url.path().contains('%') {
        return Ok(());
    }
    let segments = url.path().rsplit('/').zip(operation.path().rsplit('/'));
    for (segment, expected) in segments.filter(|(_, expected)| expected.starts_with('{')) {
        let parameter = expected.trim_matches(['{', '}']);
        names::id(parameter, &percent_decode_str(segment).decode_utf8_lossy())?;
    }
    Ok(())
}

impl Attempts<'_> {
    async fn run(&mut self, mut request: Request) -> Result<Response, Failure> {
        let method = request.method().clone();
        let info = RequestInfo::new(self.operation, request.url().path());
        loop {
            let again = request.try_clone();
            let failure = match self.attempt(request, &info).await {
                Ok(response) => {
                    self.stack.settings.budget.give();
                    self.keep(&info, response.status(), response.headers());
                    return Ok(response);
                }
                Err(failure) => failure,
            };
            let retry = again.and_then(|next| Some((self.pause(&method, &failure)?, next)));
            let Some((pause, next)) = retry else {
                if let Some((status, headers)) = failure.response() {
                    self.keep(&info, status, headers);
                }
                return Err(failure);
            };
            trace::retry(self.made, pause);
            tokio::time::sleep(pause).await;
            request = next;
        }
    }

    async fn attempt(
        &mut self,
        mut request: Request,
        info: &RequestInfo,
    ) -> Result<Response, Failure> {
        let Settings { headers, carrier, own_timeout, .. } = &*self.stack.settings;
        headers.apply(&mut request, self.operation, &self.stack.options)?;
        if *own_timeout {
            *request.timeout_mut() = Some(FOREVER);
        }
        let (url, deadline) = (request.url().clone(), self.deadline);
        let answered = async {
            let _place = self.enter().await;
            let response = carrier.send(request, self.operation).await.map_err(lost)?;
            self.answer(response, info, &url).await
        };
        match tokio::time::timeout_at(deadline, answered).await {
            Ok(outcome) => outcome,
            Err(_) => Err(Failure::Final(self.timed_out())),
        }
    }

    /// A place among the requests that are on their way. A stream takes none: it would keep it for
    /// as long as it is open.
    async fn enter(&mut self) -> Option<Place> {
        let place = match self.operation.is_stream() {
            true => None,
            false => {
                self.in_line = Some(Instant::now());
                Some(self.stack.settings.in_flight.enter().await)
            }
        };
        self.waited = self.waited();
        self.in_line = None;
        self.made += 1;
        place
    }

    /// How long the call has waited for places so far.
    fn waited(&self) -> Duration {
        self.waited + self.in_line.map_or(Duration::ZERO, |since| since.elapsed())
    }

    /// Reads a response: a success to its end, unless it is a stream, and a failure as far as it
    /// comes in time.
    async fn answer(
        &self,
        response: Response,
        info: &RequestInfo,
        url: &Url,
    ) -> Result<Response, Failure> {
        let Settings { headers, read_timeout, max_response, .. } = &*self.stack.settings;
        if response.status().as_u16() >= 400 {
            let end = tokio::time::sleep_until(self.patience());
            let failed = FailedResponse::read(response, info.clone(), end).await;
            let failed = headers.scrub(failed);
            return Err(match Error::elsewhere(&failed, url) {
                Some(error) => Failure::Final(error),
                None => Failure::Refused(Box::new(failed)),
            });
        }
        if response.status().is_redirection() {
            return Err(Failure::Final(Error::redirected(info, url, &response)));
        }
        let response = match self.operation.is_stream() {
            true => response,
            false => body::read(response, *read_timeout, *max_response).await?,
        };
        Ok(response.with_excerpt(headers.excerpt()))
    }

    /// When a failure has to be read by: so early that its status is never lost to the deadline.
    fn patience(&self) -> Instant {
        let now = Instant::now();
        let left = self.deadline.saturating_duration_since(now);
        now + FAILURE_PATIENCE.min(left / 2)
    }

    /// The pause before the next attempt, if there is to be one and the time-out leaves room.
    fn pause(&self, method: &Method, failure: &Failure) -> Option<Duration> {
        let policy = self.stack.options.retry.as_ref().unwrap_or(&self.stack.settings.retry);
        let pause = policy.pause(method, failure.transient()?, self.made, failure.asked())?;
        let next = Instant::now().checked_add(pause);
        let in_time = next.is_some_and(|next| next < self.deadline);
        (in_time && self.stack.settings.budget.take()).then_some(pause)
    }

    fn keep(&self, info: &RequestInfo, status: StatusCode, headers: &HeaderMap) {
        let Some(capture) = &self.stack.options.capture else { return };
        capture.keep(ResponseInfo {
            request: info.clone(),
            status,
            headers: headers.clone(),
            attempts: self.made,
            elapsed: self.started.elapsed(),
        });
    }

    fn timed_out(&self) -> Error {
        let allowed = self.deadline - self.started;
        let text = format!(
            "{} timed out after {} seconds ({} {}{})",
            self.operation.id(),
            allowed.as_secs_f64(),
            self.made,
            if self.made == 1 { "attempt" } else { "attempts" },
            self.line(),
        );
        let error = Error::new(ErrorKind::Timeout, text);
        match self.in_line {
            Some(_) => error.with_outcome(RequestOutcome::NotSent),
            None => error.with_outcome(RequestOutcome::Unknown),
        }
    }

    /// How much of the time went by in line, where that is a part of it that a reader should know.
    fn line(&self) -> String {
        let (waited, allowed) = (self.waited(), self.deadline - self.started);
        match self.stack.settings.in_flight.most() {
            Some(most) if waited > allowed / 10 => format!(
                ", {:.1} seconds in line: the client has at most {most} requests in flight, see \
                 max_in_flight",
                waited.as_secs_f64()
            ),
            _ => String::new(),
        }
    }
}

/// From the error of a carrier that has no response to give.
fn lost(error: BoxError) -> Failure {
    match error.downcast::<reqwest::Error>() {
        Ok(error) if error.is_builder() => Failure::Final(Error::transport(*error)),
        Ok(error) => {
            let transient = match error.is_connect() {
                true => Transient::NotProcessed,
                false => Transient::Unclear,
            };
            Failure::Lost(Error::transport(*error), transient)
        }
        Err(error) => Failure::Lost(Error::unconnected(error), Transient::Unclear),
    }
}
