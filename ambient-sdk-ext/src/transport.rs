//! The way of a request: every call of every raw builder takes it, in this order.
//!
//! 1. [`headers`]: token, project, user agent, and the extra headers of the call.
//! 2. [`trace`]: one span per call.
//! 3. here: the time-out of the whole call, and retries by the policy and the budget.
//! 4. [`body`]: the response read to its end, within bounds; failures put into one form.
//! 5. the carrier: a `reqwest::Client`, or what the builder was given in its place.

mod body;
mod headers;
mod trace;

use std::{sync::Arc, time::Duration};

use ambient_sdk::{BoxError, BoxFuture, FailedResponse, Operation, Transport};
use http::StatusCode;
use reqwest::{Request, Response};
use tokio::time::Instant;
use tracing::Instrument;

pub(crate) use headers::{Headers, PROJECT};

use crate::{
    error::{Carried, Error, ErrorKind, Result},
    options::{CallOptions, Capture, ResponseInfo},
    retry::{Budget, RetryPolicy, Transient},
};

/// Longer than any stream lives: it stands in for "no time-out" where one must be given.
const NO_TIMEOUT: Duration = Duration::from_secs(365 * 24 * 3600);

/// What all calls of a client share.
pub(crate) struct Settings {
    pub(crate) carrier: Arc<dyn Transport>,
    pub(crate) headers: Headers,
    pub(crate) timeout: Duration,
    pub(crate) read_timeout: Duration,
    pub(crate) retry: RetryPolicy,
    pub(crate) budget: Budget,
    pub(crate) max_response: usize,
}

/// The layers of a client, with the options of its calls.
#[derive(Clone)]
pub(crate) struct Stack {
    pub(crate) settings: Arc<Settings>,
    pub(crate) options: Arc<CallOptions>,
    /// Where one call keeps what it saw, for an error that can't know it.
    pub(crate) seen: Option<Capture>,
}

impl Transport for Stack {
    fn send(
        &self,
        request: Request,
        operation: &'static Operation,
    ) -> BoxFuture<'_, Result<Response, BoxError>> {
        Box::pin(async move {
            let response = self.call(request, operation).await;
            response.map_err(|error| Carried::new(error).into())
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

impl Failure {
    fn transient(&self) -> Option<Transient> {
        match self {
            Self::Refused(failed) => Transient::of_status(failed.status),
            Self::Lost(_, transient) => Some(*transient),
            Self::Final(_) => None,
        }
    }

    fn asked(&self) -> Option<Duration> {
        match self {
            Self::Refused(failed) => failed.body.retry_after(),
            _ => None,
        }
    }
}

/// One call on its way.
struct Call<'a> {
    stack: &'a Stack,
    operation: &'static Operation,
    started: Instant,
    deadline: Instant,
    attempts: u32,
}

impl Stack {
    async fn call(&self, mut request: Request, operation: &'static Operation) -> Result<Response> {
        self.settings.headers.apply(&mut request, operation, &self.options)?;
        let span = trace::span(operation, self.project());
        let started = Instant::now();
        let timeout = self.options.timeout.unwrap_or(self.settings.timeout).min(NO_TIMEOUT);
        let deadline = started + timeout;
        *request.timeout_mut() = Some(if operation.is_stream() { NO_TIMEOUT } else { timeout });
        let mut call = Call { stack: self, operation, started, deadline, attempts: 0 };
        async {
            let outcome = call.run(request).await;
            trace::finish(call.attempts, started.elapsed(), &outcome);
            outcome
        }
        .instrument(span)
        .await
    }

    fn project(&self) -> &str {
        self.options.project.as_deref().unwrap_or(self.settings.headers.project())
    }

    fn captures(&self) -> impl Iterator<Item = &Capture> {
        self.seen.iter().chain(&self.options.capture)
    }
}

impl Call<'_> {
    async fn run(&mut self, request: Request) -> Result<Response> {
        let mut next = Some(request);
        while let Some(request) = next.take() {
            let again = request.try_clone();
            let (method, path) = (request.method().clone(), request.url().path().to_owned());
            self.attempts += 1;
            let failure = match self.attempt(request).await {
                Ok(response) => {
                    self.stack.settings.budget.give();
                    self.keep(&method, path, response.status(), response.headers());
                    return Ok(response);
                }
                Err(failure) => failure,
            };
            match self.pause(&method, &failure).filter(|_| again.is_some()) {
                Some(pause) => {
                    trace::retry(self.attempts, pause);
                    tokio::time::sleep(pause).await;
                    next = again;
                }
                None => return self.give_up(failure, &method, path),
            }
        }
        Err(Error::new(ErrorKind::Connection, "the request was not sent"))
    }

    async fn attempt(&self, request: Request) -> Result<Response, Failure> {
        let (method, path) = (request.method().clone(), request.url().path().to_owned());
        let answered = async {
            let sent = self.stack.settings.carrier.send(request, self.operation);
            let response = sent.await.map_err(lost)?;
            if response.status().as_u16() >= 400 {
                let failed = ambient_sdk::ErrorBody::read(response, &method, &path).await;
                let failed = self.stack.settings.headers.scrub(failed);
                return Err(Failure::Refused(Box::new(failed)));
            }
            if self.operation.is_stream() {
                return Ok(response);
            }
            body::read(response, self.stack.settings.read_timeout, self.stack.settings.max_response)
                .await
        };
        match tokio::time::timeout_at(self.deadline, answered).await {
            Ok(outcome) => outcome,
            Err(_) => Err(Failure::Final(self.timed_out())),
        }
    }

    /// The pause before the next attempt, if there is to be one and the time-out leaves room.
    fn pause(&self, method: &http::Method, failure: &Failure) -> Option<Duration> {
        let policy = self.stack.options.retry.as_ref().unwrap_or(&self.stack.settings.retry);
        let pause = policy.pause(method, failure.transient()?, self.attempts, failure.asked())?;
        let in_time = Instant::now() + pause < self.deadline;
        (in_time && self.stack.settings.budget.take()).then_some(pause)
    }

    fn give_up(&self, failure: Failure, method: &http::Method, path: String) -> Result<Response> {
        match failure {
            Failure::Refused(failed) => {
                self.keep(method, path, failed.status, &failed.headers);
                Ok(failed.into_response())
            }
            Failure::Lost(error, _) | Failure::Final(error) => {
                let request = crate::error::Request { method: method.to_string(), path };
                Err(error.with_request(request))
            }
        }
    }

    fn keep(
        &self,
        method: &http::Method,
        path: String,
        status: StatusCode,
        headers: &http::HeaderMap,
    ) {
        let info = || ResponseInfo {
            operation: self.operation.id(),
            method: method.to_string(),
            path: path.clone(),
            status,
            headers: headers.clone(),
            attempts: self.attempts,
            elapsed: self.started.elapsed(),
        };
        self.stack.captures().for_each(|capture| capture.keep(info()));
    }

    fn timed_out(&self) -> Error {
        let allowed = self.deadline - self.started;
        let text = format!(
            "{} timed out after {} seconds ({} {})",
            self.operation.id(),
            allowed.as_secs_f64(),
            self.attempts,
            if self.attempts == 1 { "attempt" } else { "attempts" },
        );
        Error::new(ErrorKind::Timeout, text)
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
        Err(error) => {
            let text = format!("Failed to connect to API: {error}");
            let error = Error::new(ErrorKind::Connection, text).with_source(error);
            Failure::Lost(error, Transient::Unclear)
        }
    }
}
