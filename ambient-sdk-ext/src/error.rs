//! One error for every call, with what a caller decides on.
//!
//! An [`Error`] is opaque, so that it can grow: its [`kind`](Error::kind) says what to do about
//! it, the accessors say what is known, and its source is kept. The texts of the kinds that the
//! platform's other SDKs have are the same as theirs, so that a search for them finds them.

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

/// Why a call failed.
///
/// | kind | what to do |
/// |---|---|
/// | [`Configuration`](ErrorKind::Configuration) | set the variables or builder values that the text names |
/// | [`InvalidRequest`](ErrorKind::InvalidRequest) | correct the field that the text names |
/// | [`Authentication`](ErrorKind::Authentication) | get a new token, as from `oc whoami -t` |
/// | [`Permission`](ErrorKind::Permission) | ask for the right; `oc auth can-i create agenticsessions -n <project>` tells what you have |
/// | [`ProjectRequired`](ErrorKind::ProjectRequired) | set the project, or one that fits the token |
/// | [`NotFound`](ErrorKind::NotFound) | check id and project |
/// | [`NoSuchEndpoint`](ErrorKind::NoSuchEndpoint) | set the variable that the text names to the URL of the service |
/// | [`Conflict`](ErrorKind::Conflict) | look at the state first, as the session's phase |
/// | [`RateLimited`](ErrorKind::RateLimited) | wait for [`Error::retry_after`] |
/// | [`Server`](ErrorKind::Server) | try again later; report it with [`Error::operation_id`] |
/// | [`Connection`](ErrorKind::Connection) | check `AMBIENT_API_URL`, name resolution and TLS |
/// | [`Timeout`](ErrorKind::Timeout) | raise the time-out, or try again |
/// | [`Paging`](ErrorKind::Paging) | read the list with another order or page size, or report it |
/// | [`Decode`](ErrorKind::Decode) | check that the URL is the API's and not a proxy's or a console's |
/// | [`NotStarted`](ErrorKind::NotStarted) | start the session first |
/// | [`Api`](ErrorKind::Api) | look at status and reason: no other kind fits them |
/// | [`TooLarge`](ErrorKind::TooLarge) | raise the bound that the text names, or ask for less |
pub struct Error(Box<Inner>);

#[derive(Clone)]
struct Inner {
    kind: ErrorKind,
    message: String,
    /// What was called, also where no request could be made.
    operation: Option<&'static Operation>,
    request: Option<RequestInfo>,
    status: Option<StatusCode>,
    headers: HeaderMap,
    body: Option<ErrorBody>,
    excerpt: Option<String>,
    wait: Option<WaitReport>,
    created: Option<String>,
    /// What is known of the request, where the status does not say it.
    outcome: Option<RequestOutcome>,
    /// Whether a layer below knows that the failure may pass, whatever its kind.
    passing: bool,
    cause: Option<Arc<dyn StdError + Send + Sync>>,
    /// Whether the message holds the text of the cause, so that a printed chain need not have it.
    tells_cause: bool,
}

impl Error {
    /// What a caller decides on.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// The HTTP status, when there was a response.
    #[must_use]
    pub fn status(&self) -> Option<StatusCode> {
        self.0.status
    }

    /// The headers of the response; empty when there was none.
    #[must_use]
    pub fn headers(&self) -> &HeaderMap {
        &self.0.headers
    }

    /// What the server said, when it answered with a failure.
    #[must_use]
    pub fn body(&self) -> Option<&ErrorBody> {
        self.0.body.as_ref()
    }

    /// The server's code, as in `ambient-api-server-7`.
    #[must_use]
    pub fn code(&self) -> Option<&str> {
        self.body()?.code.as_deref()
    }

    /// The server's reason.
    #[must_use]
    pub fn reason(&self) -> Option<&str> {
        self.body()?.reason.as_deref()
    }

    /// The id under which the server logged the operation: give it to whoever runs the server.
    #[must_use]
    pub fn operation_id(&self) -> Option<&str> {
        let header = || self.headers().get("x-operation-id")?.to_str().ok();
        self.body().and_then(|body| body.operation_id.as_deref()).or_else(header)
    }

    /// What was called, by its name in the OpenAPI document: for example `get_session`.
    #[must_use]
    pub fn operation(&self) -> Option<&'static str> {
        self.0.operation.map(Operation::id)
    }

    /// The method of the request.
    #[must_use]
    pub fn method(&self) -> Option<&str> {
        self.0.request.as_ref().map(RequestInfo::method)
    }

    /// The path of the request, without its query.
    #[must_use]
    pub fn path(&self) -> Option<&str> {
        self.0.request.as_ref().map(RequestInfo::path)
    }

    /// How long the server asks to wait before the next try.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        self.body()?.retry_after()
    }

    /// The error that this one was made from, for example a [`reqwest::Error`] or a
    /// [`ConfigError`](crate::ConfigError). It is the [source](StdError::source) too, unless the text
    /// of this error holds its text: a printed chain reads once, and goes on with the cause's own source
    /// then.
    #[must_use]
    pub fn cause(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.cause.as_ref().map(|cause| cause.as_ref() as _)
    }

    /// The beginning of a response that could not be read, of at most 200 characters.
    #[must_use]
    pub fn excerpt(&self) -> Option<&str> {
        self.0.excerpt.as_deref()
    }

    /// What a wait had seen when it failed or timed out.
    #[must_use]
    pub fn wait(&self) -> Option<&WaitReport> {
        self.0.wait.as_ref()
    }

    /// The id of a session that was created before the call failed, so that it isn't lost.
    #[must_use]
    pub fn created_session(&self) -> Option<&str> {
        self.0.created.as_deref()
    }

    /// What became of the request: whether the server may have acted on it. The text of an error of a
    /// call that writes says so too.
    ///
    /// An error about several requests, as that of [`Sessions::create_and_start`](crate::api_server::Sessions::create_and_start),
    /// tells of the one that failed.
    #[must_use]
    pub fn outcome(&self) -> RequestOutcome {
        self.0.outcome.unwrap_or_else(|| RequestOutcome::told_by(self.status(), self.kind()))
    }

    /// Whether the same call may succeed later without a change of it.
    ///
    /// Whether it may be *repeated* is another question, which [`outcome`](Self::outcome) answers: a
    /// create that timed out may have worked.
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
            tells_cause: false,
        }))
    }

    /// The same error once more, for another of the sessions that one request was about.
    pub(crate) fn duplicate(&self) -> Self {
        Self(self.0.clone())
    }

    pub(crate) fn invalid(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::InvalidRequest, message)
    }

    /// Says what became of the request, where that isn't known yet.
    pub(crate) fn with_outcome(mut self, outcome: RequestOutcome) -> Self {
        self.0.outcome.get_or_insert(outcome);
        self
    }

    /// Keeps what this error was made from. Where the message holds its text, it is not shown again.
    pub(crate) fn with_source(mut self, source: impl Into<BoxError>) -> Self {
        let cause = source.into();
        self.0.tells_cause = self.0.message.contains(&cause.to_string());
        self.0.cause = Some(Arc::from(cause));
        self
    }

    /// Keeps what this error was made from, which the message says in other words.
    pub(crate) fn with_told_source(mut self, source: impl Into<BoxError>) -> Self {
        self = self.with_source(source);
        self.0.tells_cause = true;
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

    /// Says that the failure may pass.
    pub(crate) fn passing(mut self) -> Self {
        self.0.passing = true;
        self
    }

    /// Takes the tokens out of what would show them.
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

    /// The same error, with `what` after its text.
    pub(crate) fn followed_by(mut self, what: &str) -> Self {
        self.0.message = format!("{}; {what}", self.0.message);
        self
    }

    /// The same error, its text after `what`.
    pub(crate) fn prefixed(mut self, what: &str) -> Self {
        self.0.message = format!("{what}: {}", self.0.message);
        self
    }

    /// Says that a session was created before `self` happened, and what it lacks since.
    pub(crate) fn after_creating(mut self, id: &str, lack: &str) -> Self {
        self.0.message = format!("session {id} was created but {lack}: {}", self.0.message);
        self.with_created(id)
    }

    /// Says which session was created before.
    pub(crate) fn with_created(mut self, id: &str) -> Self {
        self.0.created = Some(id.to_owned());
        self
    }
}
