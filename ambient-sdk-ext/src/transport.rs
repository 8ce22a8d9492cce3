//! The path of a request. Every call of every raw builder passes through these stages, in this
//! order:
//!
//! 1. the layers of the builder: [`ClientBuilder::layer`](crate::ClientBuilder::layer).
//! 2. [`trace`]: one span per call.
//! 3. this module: the timeout of the whole call, and retries by the policy and the budget
//!    ([`pause`]).
//! 4. [`in_flight`]: a place among the concurrent requests, for each attempt.
//! 5. [`headers`]: token, project, user agent, and the extra headers of the call, for each attempt.
//! 6. [`body`]: the response read to its end, within limits; failures converted to one form.
//! 7. the carrier: a `reqwest::Client`, or the custom transport of the builder.

mod again;
mod body;
mod echo;
mod failure;
mod headers;
mod in_flight;
mod pause;
mod trace;

use std::{future, sync::Arc, time::Duration};

use ambient_sdk::{
    BoxError, BoxFuture, FailedResponse, Operation, RequestInfo, Response, Transport,
};
use http::{HeaderMap, StatusCode};
use percent_encoding::percent_decode_str;
use reqwest::{Request, Url};
use tokio::time::Instant;
use tracing::{Instrument, Span};

use again::Again;
use failure::Failure;
pub(crate) use headers::{Headers, name_in};
pub(crate) use in_flight::InFlight;

use echo::{Echo, MOST_SHOWN, Shown};
use in_flight::Place;

use crate::{
    capture::ResponseInfo,
    error::{Error, Result},
    metrics::ActiveRequest,
    names,
    options::CallOptions,
    retry::{Budget, RetryPolicy},
    runtime,
    token::Credential,
    wait::SlowDown,
};

/// One year, longer than any call: stands for "no timeout" where a timeout is required.
pub(crate) const FOREVER: Duration = Duration::from_secs(365 * 24 * 3600);
/// The time limit for reading the body of a failure.
const FAILURE_PATIENCE: Duration = Duration::from_secs(5);

/// The state that all calls of a client share.
pub(crate) struct Settings {
    pub(crate) carrier: Arc<dyn Transport>,
    pub(crate) headers: Headers,
    /// Whether the HTTP client may have its own timeout. It is then overridden, since it would
    /// compete with the deadline of the call and end streams.
    pub(crate) own_timeout: bool,
    pub(crate) timeout: Duration,
    pub(crate) read_timeout: Duration,
    pub(crate) retry: RetryPolicy,
    pub(crate) budget: Budget,
    pub(crate) max_response: usize,
    pub(crate) slow_down: Arc<SlowDown>,
    pub(crate) in_flight: InFlight,
}

/// The stack of a client, with the options of its calls.
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
        match self.begin(request, operation) {
            Ok(attempts) => Box::pin(attempts.run()),
            Err(error) => Box::pin(future::ready(Err(error.into()))),
        }
    }
}

/// A pending response to a request.
type Sent<'a> = BoxFuture<'a, Result<Response, BoxError>>;

/// The attempts of one call.
struct Attempts<'a> {
    stack: &'a Stack,
    operation: &'static Operation,
    /// The request of the next attempt. Boxed, because it is large and is moved several times.
    next: Option<Box<Request>>,
    again: Again,
    started: Instant,
    deadline: Instant,
    made: u32,
    /// The attempts among them that had no connection, so that nothing was sent.
    unconnected: u32,
    waited: Duration,
    /// The time at which the request began to wait for a place, while it waits.
    in_line: Option<Instant>,
    /// The credential of the last attempt.
    credential: Option<Arc<Credential>>,
    /// Whether the token was renewed for this call, which is done at most once.
    renewed: bool,
    span: Span,
    /// The metrics of the current request, once it has a place.
    active: Option<ActiveRequest>,
}

impl Drop for Attempts<'_> {
    fn drop(&mut self) {
        if !self.span.is_disabled() {
            trace::spent(&self.span, self.made, self.waited(), self.started.elapsed());
        }
    }
}

impl Stack {
    fn begin(&self, request: Request, operation: &'static Operation) -> Result<Attempts<'_>> {
        runtime::check().map_err(|error| error.with_operation(operation))?;
        check_path(operation, request.url())?;
        self.options.check(operation)?;
        let span = trace::span(operation, request.url(), self.project());
        let started = Instant::now();
        let timeout = self.timeout();
        Ok(Attempts {
            stack: self,
            operation,
            again: Again::of(&request, operation),
            next: Some(Box::new(request)),
            started,
            deadline: started + timeout,
            made: 0,
            unconnected: 0,
            waited: Duration::ZERO,
            in_line: None,
            credential: None,
            renewed: false,
            span,
            active: None,
        })
    }

    pub(crate) fn timeout(&self) -> Duration {
        self.options.timeout.unwrap_or(self.settings.timeout).min(FOREVER)
    }

    pub(crate) fn retry(&self) -> &RetryPolicy {
        self.options.retry.as_ref().unwrap_or(&self.settings.retry)
    }

    pub(crate) fn project(&self) -> &str {
        if self.options.all_projects {
            return "*";
        }
        self.options.project.as_deref().unwrap_or(self.settings.headers.project())
    }
}

/// Rejects invalid ids in the path, from any builder.
///
/// Characters that are not allowed in an id are escaped in a URL.
fn check_path(operation: &Operation, url: &Url) -> Result<()> {
    if url.path().len() <= names::MAX_ID && url.path().bytes().all(|byte| byte != b'%') {
        return Ok(());
    }
    let segments = url.path().rsplit('/').zip(operation.path().rsplit('/'));
    for (segment, expected) in segments.filter(|(_, expected)| expected.starts_with('{')) {
        let parameter = expected.trim_matches(['{', '}']);
        names::id(parameter, &percent_decode_str(segment).decode_utf8_lossy())?;
    }
    Ok(())
}

impl<'a> Attempts<'a> {
    // Not an `async fn`, which would store its arguments twice.
    fn run(mut self) -> impl Future<Output = Result<Response, BoxError>> + Send + 'a {
        let span = self.span.clone();
        let attempts = async move {
            let outcome = self.repeat().await;
            trace::finish(&self.span, &outcome, self.stack.settings.headers.tokens());
            outcome.map_err(|failure| failure.into_error(&self.stack.settings.headers))
        };
        attempts.instrument(span)
    }

    async fn repeat(&mut self) -> Result<Response, Failure> {
        loop {
            let failure = match self.attempt().await {
                Ok(response) => {
                    self.stack.settings.budget.give();
                    self.keep(response.status(), response.headers());
                    return Ok(response);
                }
                Err(failure) => failure,
            };
            self.next = self.again.request(self.operation).map(Box::new);
            if self.is_unauthorized(&failure) && Box::pin(self.renew()).await? {
                continue;
            }
            let pause = match self.pause(failure) {
                Ok(pause) => pause,
                Err(failure) => {
                    if let Some((status, headers)) = failure.response() {
                        self.keep(status, headers);
                    }
                    return Err(failure);
                }
            };
            trace::retry(self.made, pause);
            tokio::time::sleep(pause).await;
        }
    }

    /// Passes the request of an attempt to the carrier.
    fn send(&mut self) -> Result<Sent<'a>> {
        let Some(mut request) = self.next.take() else {
            return Err(Error::invalid("Invalid request: it was sent already"));
        };
        let Settings { headers, carrier, own_timeout, .. } = &*self.stack.settings;
        let credential = self.credential.as_deref();
        headers.apply(&mut request, self.operation, &self.stack.options, credential)?;
        if *own_timeout {
            *request.timeout_mut() = Some(FOREVER);
        }
        Ok(carrier.send(*request, self.operation))
    }

    async fn attempt(&mut self) -> Result<Response, Failure> {
        let deadline = self.deadline;
        let answered = async {
            self.authenticate().await?;
            let _place = self.enter().await;
            let sent = self.send()?.await;
            let mut response =
                sent.map_err(|error| Failure::lost(error, self.operation, self.again.url()))?;
            self.read(&mut response).await?;
            Ok(response)
        };
        let outcome = match tokio::time::timeout_at(deadline, answered).await {
            Ok(outcome) => outcome,
            Err(_) => Err(Failure::Final(self.timed_out())),
        };
        if let Some(active) = self.active.take() {
            let status = match &outcome {
                Ok(response) => Some(response.status()),
                Err(failure) => failure.response().map(|(status, _)| status),
            };
            let error = outcome.as_ref().err().map(Failure::error_type);
            active.end(status.map(|status| status.as_u16()), error);
        }
        outcome
    }

    /// Gets the token of this attempt, if the operation requires one.
    async fn authenticate(&mut self) -> Result<()> {
        if !self.operation.is_authenticated() {
            return Ok(());
        }
        let tokens = self.stack.settings.headers.tokens();
        self.credential = Some(match tokens.fixed() {
            Some(fixed) => fixed.clone(),
            // Boxed to keep the future of a call small: most clients have a fixed token.
            None => Box::pin(tokens.current()).await?,
        });
        Ok(())
    }

    /// Returns whether the token was rejected for the first time and the request can be sent again.
    /// A request answered with 401 was not carried out.
    fn is_unauthorized(&self, failure: &Failure) -> bool {
        let status = failure.response().map(|(status, _)| status);
        status == Some(StatusCode::UNAUTHORIZED) && self.next.is_some() && !self.renewed
    }

    /// Returns whether there is another token. If the time does not suffice for a renewal, the call
    /// fails with the 401.
    async fn renew(&mut self) -> Result<bool> {
        self.renewed = true;
        let Some(credential) = &self.credential else { return Ok(false) };
        let renewal = self.stack.settings.headers.tokens().renew(credential);
        let renewed = tokio::time::timeout_at(self.deadline, renewal).await;
        Ok(renewed.unwrap_or(Ok(None))?.is_some())
    }

    /// Waits for a place among the concurrent requests. A stream takes none, since it would occupy
    /// it while it is open.
    async fn enter(&mut self) -> Option<Place> {
        let place = match self.operation.is_stream() {
            true => None,
            false => Some(self.place().await),
        };
        self.made += 1;
        let is_retry = self.made > 1;
        self.active = Some(ActiveRequest::start(self.operation, self.again.url(), is_retry));
        place
    }

    async fn place(&mut self) -> Place {
        let in_flight = &self.stack.settings.in_flight;
        if let Some(place) = in_flight.try_enter() {
            return place;
        }
        self.in_line = Some(Instant::now());
        // Boxed to keep the future of a call small: usually there is a free place.
        let place = Box::pin(in_flight.enter()).await;
        self.waited = self.waited();
        self.in_line = None;
        place
    }

    /// Returns the time that the call has waited for places so far.
    fn waited(&self) -> Duration {
        self.waited + self.in_line.map_or(Duration::ZERO, |since| since.elapsed())
    }

    /// Reads a response: a success to its end, unless it is a stream; a failure to its end or until
    /// its deadline.
    async fn read(&self, response: &mut Response) -> Result<(), Failure> {
        let settings = &*self.stack.settings;
        if response.status().as_u16() >= 400 {
            // Boxed to keep the future of a call small: few responses are failures.
            return Err(Box::pin(self.refused(response)).await);
        }
        if response.status().is_redirection() {
            let request = RequestInfo::new(self.operation, self.again.url().path());
            return Err(Failure::Final(Error::redirected(&request, self.again.url(), response)));
        }
        if !self.operation.is_stream() {
            body::read(response, settings, self.deadline).await?;
        }
        let tokens = settings.headers.tokens().clone();
        match self.again.body() {
            None => response.set_excerpt(tokens),
            Some(body) if body.len() > MOST_SHOWN => {}
            Some(body) => response.set_excerpt(Arc::new(Shown { tokens, body: body.into() })),
        }
        Ok(())
    }

    async fn refused(&self, response: &mut Response) -> Failure {
        let end = tokio::time::sleep_until(self.patience());
        let request = RequestInfo::new(self.operation, self.again.url().path());
        let failed = FailedResponse::read(response, request, end).await;
        let mut failed = self.stack.settings.headers.scrub(failed);
        if let Some(body) = self.again.body() {
            Echo::of(body).scrub(&mut failed);
        }
        let explained = self.credential.as_ref().and_then(|used| used.explain(&failed));
        match explained.or_else(|| Error::elsewhere(&failed, self.again.url())) {
            Some(error) => Failure::Final(error),
            None => Failure::Refused(Box::new(failed)),
        }
    }

    /// Returns the deadline for reading a failure, early enough that the deadline of the call
    /// cannot discard its status.
    fn patience(&self) -> Instant {
        let now = Instant::now();
        let left = self.deadline.saturating_duration_since(now);
        now + FAILURE_PATIENCE.min(left / 2)
    }

    fn keep(&self, status: StatusCode, headers: &HeaderMap) {
        let Some(capture) = &self.stack.options.capture else { return };
        capture.keep(ResponseInfo {
            request: RequestInfo::new(self.operation, self.again.url().path()),
            status,
            headers: headers.clone(),
            attempts: self.made,
            elapsed: self.started.elapsed(),
        });
    }
}
