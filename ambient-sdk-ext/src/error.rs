//! The error of all calls.
//!
//! [`Error`] is opaque, so that fields can be added compatibly. Its [`kind`](Error::kind)
//! determines how to react, the accessors return what is known about the failure, and its source is
//! kept. Kinds that also exist in the platform's other SDKs have the same texts there, so that a
//! search for a text finds results for all SDKs.

use std::{error::Error as StdError, sync::Arc, time::Duration};

use ambient_sdk::{BoxError, ErrorBody, Operation, RequestInfo};
use http::{HeaderMap, StatusCode};

use crate::{token::Tokens, wait::report::WaitReport};

pub(crate) mod connection;
mod convert;
mod endpoint;
mod excerpt;
mod kind;
mod outcome;
mod questions;
mod shown;

pub use kind::{ErrorKind, NoStatus};
pub use outcome::RequestOutcome;

/// The result of a call.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// The error of a failed call.
///
/// | kind | remedy |
/// |---|---|
/// | [`Configuration`](ErrorKind::Configuration) | set the variables or builder values that the text names |
/// | [`InvalidRequest`](ErrorKind::InvalidRequest) | correct the field that the text names |
/// | [`Authentication`](ErrorKind::Authentication) | get a new token, for example from `oc whoami -t` |
/// | [`Permission`](ErrorKind::Permission) | request the permission; `oc auth can-i create agenticsessions -n <project>` shows what the token allows |
/// | [`ProjectRequired`](ErrorKind::ProjectRequired) | set the project to that of the token |
/// | [`NotFound`](ErrorKind::NotFound) | check the id and the project |
/// | [`NoSuchEndpoint`](ErrorKind::NoSuchEndpoint) | set the variable that the text names to the URL of the service |
/// | [`Conflict`](ErrorKind::Conflict) | read the current state first, for example the session's phase |
/// | [`RateLimited`](ErrorKind::RateLimited) | wait for [`Error::retry_after`] |
/// | [`Server`](ErrorKind::Server) | try again later; report it with [`Error::operation_id`] |
/// | [`Connection`](ErrorKind::Connection) | check `AMBIENT_API_URL`, name resolution and TLS |
/// | [`Timeout`](ErrorKind::Timeout) | raise the timeout, or try again |
/// | [`Paging`](ErrorKind::Paging) | use another order or page size, or report it |
/// | [`Decode`](ErrorKind::Decode) | check that the URL is the API's, not that of a proxy or a console |
/// | [`NotStarted`](ErrorKind::NotStarted) | start the session first |
/// | [`Api`](ErrorKind::Api) | read the status and the reason; no other kind applies |
/// | [`TooLarge`](ErrorKind::TooLarge) | raise the limit that the text names, or request less |
pub struct Error(Box<Inner>);

#[derive(Clone)]
struct Inner {
    kind: ErrorKind,
    message: String,
    /// The operation, also if no request could be built.
    operation: Option<&'static Operation>,
    request: Option<RequestInfo>,
    status: Option<StatusCode>,
    headers: HeaderMap,
    body: Option<ErrorBody>,
    excerpt: Option<String>,
    wait: Option<WaitReport>,
    created: Option<String>,
    /// The outcome of the request, if it does not follow from the status.
    outcome: Option<RequestOutcome>,
    /// Whether a lower layer classified the failure as transient, independent of the kind.
    passing: bool,
    cause: Option<Arc<dyn StdError + Send + Sync>>,
    /// Whether the message contains the text of the cause, so that a printed chain can omit it.
    contains_cause: bool,
}

impl Error {
    /// Returns the kind, which determines how to react.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// Returns the HTTP status, or `None` if there was no response.
    #[must_use]
    pub fn status(&self) -> Option<StatusCode> {
        self.0.status
    }

    /// Returns the headers of the response; empty if there was none.
    #[must_use]
    pub fn headers(&self) -> &HeaderMap {
        &self.0.headers
    }

    /// Returns the body of the server's failure response.
    #[must_use]
    pub fn body(&self) -> Option<&ErrorBody> {
        self.0.body.as_ref()
    }

    /// Returns the server's error code, for example `ambient-api-server-7`.
    #[must_use]
    pub fn code(&self) -> Option<&str> {
        self.body()?.code.as_deref()
    }

    /// Returns the server's reason.
    #[must_use]
    pub fn reason(&self) -> Option<&str> {
        self.body()?.reason.as_deref()
    }

    /// Returns the id under which the server logged the operation, for reports to its operator.
    #[must_use]
    pub fn operation_id(&self) -> Option<&str> {
        let header = || self.headers().get("x-operation-id")?.to_str().ok();
        self.body().and_then(|body| body.operation_id.as_deref()).or_else(header)
    }

    /// Returns the operation's name in the OpenAPI document, for example `get_session`.
    #[must_use]
    pub fn operation(&self) -> Option<&'static str> {
        self.0.operation.map(Operation::id)
    }

    /// Returns the method of the request.
    #[must_use]
    pub fn method(&self) -> Option<&str> {
        self.0.request.as_ref().map(RequestInfo::method)
    }

    /// Returns the path of the request, without its query.
    #[must_use]
    pub fn path(&self) -> Option<&str> {
        self.0.request.as_ref().map(RequestInfo::path)
    }

    /// Returns the pause that the server requested before the next attempt.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        self.body()?.retry_after()
    }

    /// Returns the underlying error, for example a [`reqwest::Error`] or a
    /// [`ConfigError`](crate::ConfigError). It is also the [source](StdError::source), unless the
    /// text of this error already contains its text. In that case the source is the cause's own
    /// source, so that a printed chain repeats nothing.
    #[must_use]
    pub fn cause(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.cause.as_ref().map(|cause| cause.as_ref() as _)
    }

    /// Returns the beginning of a response that is not JSON, for example the page of a proxy, at
    /// most 200 characters. JSON that could not be decoded can contain secrets and is omitted.
    #[must_use]
    pub fn excerpt(&self) -> Option<&str> {
        self.0.excerpt.as_deref()
    }

    /// Returns the last state that a wait saw before it failed or timed out.
    #[must_use]
    pub fn wait(&self) -> Option<&WaitReport> {
        self.0.wait.as_ref()
    }

    /// Returns the id of a session that was created before the call failed.
    #[must_use]
    pub fn created_session(&self) -> Option<&str> {
        self.0.created.as_deref()
    }

    /// Returns the outcome of the request: whether the server may have carried it out. The text of
    /// an error of a write includes the outcome.
    ///
    /// For a call with several requests, such as
    /// [`Sessions::create_and_start`](crate::api_server::Sessions::create_and_start), this is the
    /// outcome of the request that failed.
    #[must_use]
    pub fn outcome(&self) -> RequestOutcome {
        self.0.outcome.unwrap_or_else(|| RequestOutcome::of_failure(self.status(), self.kind()))
    }

    /// Returns whether the same call may succeed later without changes.
    ///
    /// A transient failure does not mean that the call is safe to repeat; see
    /// [`outcome`](Self::outcome). For example, a create that timed out may have succeeded.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self.kind() {
            _ if self.0.passing => true,
            ErrorKind::RateLimited | ErrorKind::Connection => true,
            ErrorKind::Timeout => self.0.wait.is_none(),
            ErrorKind::Server => self.status() != Some(StatusCode::NOT_IMPLEMENTED),
            _ => self.status() == Some(StatusCode::REQUEST_TIMEOUT),
        }
    }

    pub(crate) fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self(Box::new(Inner {
            kind,
            message: message.into(),
            operation: None,
            request: None,
            status: None,
            headers: HeaderMap::new(),
            body: None,
            excerpt: None,
            wait: None,
            created: None,
            outcome: None,
            passing: false,
            cause: None,
            contains_cause: false,
        }))
    }

    /// Duplicates the error for another of the sessions that one request covered.
    pub(crate) fn duplicate(&self) -> Self {
        Self(self.0.clone())
    }

    pub(crate) fn invalid(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::InvalidRequest, message)
    }

    /// Sets the outcome unless it is already known.
    pub(crate) fn with_outcome(mut self, outcome: RequestOutcome) -> Self {
        self.0.outcome.get_or_insert(outcome);
        self
    }

    /// Sets the source. If the message contains the text of the source, a printed chain omits it.
    pub(crate) fn with_source(mut self, source: impl Into<BoxError>) -> Self {
        let cause = source.into();
        self.0.contains_cause = self.0.message.contains(&cause.to_string());
        self.0.cause = Some(Arc::from(cause));
        self
    }

    /// Sets a source that the message paraphrases, so that a printed chain omits it.
    pub(crate) fn with_paraphrased_source(mut self, source: impl Into<BoxError>) -> Self {
        self = self.with_source(source);
        self.0.contains_cause = true;
        self
    }

    pub(crate) fn with_operation(mut self, operation: &'static Operation) -> Self {
        self.0.operation.get_or_insert(operation);
        self
    }

    pub(crate) fn with_request(mut self, request: RequestInfo) -> Self {
        self = self.with_operation(request.operation());
        self.0.request.get_or_insert(request);
        self
    }

    pub(crate) fn with_status(mut self, status: Option<StatusCode>) -> Self {
        self.0.status = self.0.status.or(status);
        self
    }

    pub(crate) fn with_headers(mut self, headers: HeaderMap) -> Self {
        self.0.headers = headers;
        self
    }

    /// Marks the failure as transient.
    pub(crate) fn passing(mut self) -> Self {
        self.0.passing = true;
        self
    }

    /// Removes tokens from all parts that are displayed.
    pub(crate) fn redacted(mut self, tokens: &Tokens) -> Self {
        if let Some(redacted) = tokens.redact(&self.0.message, false) {
            self.0.message = redacted;
        }
        let shows = |source: &str| tokens.redact(source, false).is_some();
        let keeps = |error: &(dyn StdError + 'static)| {
            !connection::causes(error).any(|cause| shows(&cause.to_string()))
        };
        self.0.cause = self.0.cause.take_if(|cause| keeps(&**cause));
        self
    }

    pub(crate) fn with_body(mut self, body: ErrorBody) -> Self {
        self.0.body = Some(body);
        self
    }

    pub(crate) fn with_excerpt(mut self, excerpt: String) -> Self {
        self.0.excerpt = Some(excerpt);
        self
    }

    pub(crate) fn with_wait(mut self, report: WaitReport) -> Self {
        self.0.wait = Some(report);
        self
    }

    /// Appends `what` to the text.
    pub(crate) fn followed_by(mut self, what: &str) -> Self {
        self.0.message = format!("{}; {what}", self.0.message);
        self
    }

    /// Prepends `what` to the text.
    pub(crate) fn prefixed(mut self, what: &str) -> Self {
        self.0.message = format!("{what}: {}", self.0.message);
        self
    }

    /// Records that a session was created before the failure, and what the session lacks as a
    /// result.
    pub(crate) fn after_creating(mut self, id: &str, lack: &str) -> Self {
        self.0.message = format!("session {id} was created but {lack}: {}", self.0.message);
        self.with_created(id)
    }

    /// Records the session that was created before the failure.
    pub(crate) fn with_created(mut self, id: &str) -> Self {
        self.0.created = Some(id.to_owned());
        self
    }
}
