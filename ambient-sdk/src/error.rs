//! The error of a raw builder's call.

use std::{error::Error as StdError, fmt};

use bytes::Bytes;
use http::{HeaderMap, StatusCode};

use crate::{BoxError, FailedResponse, Operation, Response, call::Invalid, decode::DecodeError};

/// The error of a raw builder's call; the same type for every operation.
///
/// Its output never contains a header or the body of a successful response.
/// [`source`](std::error::Error::source) returns the cause.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// The server responded with a failure: a status of 400 or above, documented or not.
    Refused(Box<FailedResponse>),
    /// The response does not match the operation's documented response. The server has processed
    /// the request.
    Unreadable(Box<Unreadable>),
    /// No response was received. The server may have processed the request, unless the source
    /// indicates otherwise.
    #[non_exhaustive]
    Transport {
        /// The operation and path of the request that got no response.
        request: RequestInfo,
        /// The error of the transport, for example a [`reqwest::Error`].
        source: BoxError,
    },
    /// The request is not valid. Nothing was sent.
    #[non_exhaustive]
    Invalid {
        /// The operation that was called.
        operation: &'static Operation,
        /// The reason, for example the name of a missing parameter.
        reason: String,
        /// The underlying error, if there is one.
        source: Option<BoxError>,
    },
}

/// The operation and path of a request.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct RequestInfo {
    operation: &'static Operation,
    path: String,
}

/// A response that does not match its operation's documented response.
#[non_exhaustive]
pub struct Unreadable {
    /// The operation and path of the request, which the server has processed.
    pub request: RequestInfo,
    /// The HTTP status.
    pub status: StatusCode,
    /// The headers as received, with the values that the transport hides redacted.
    pub headers: HeaderMap,
    /// The beginning of the body; `None` if the transport provides no [`Excerpt`](crate::Excerpt), or
    /// an empty one.
    pub excerpt: Option<String>,
    /// The reason why the response could not be read.
    pub problem: Problem,
}

/// The reason why a response could not be read.
#[derive(Debug)]
#[non_exhaustive]
pub enum Problem {
    /// The operation has no response with this status, for example a redirect.
    Status,
    /// The body is not JSON, or is JSON of another form.
    Body(DecodeError),
    /// The connection broke before the end of the body.
    BrokenOff(reqwest::Error),
}

impl RequestInfo {
    /// Creates the description of a request of `operation` to `path`.
    #[must_use]
    pub fn new(operation: &'static Operation, path: impl Into<String>) -> Self {
        Self { operation, path: path.into() }
    }

    /// Returns the operation that was called.
    #[must_use]
    pub fn operation(&self) -> &'static Operation {
        self.operation
    }

    /// Returns the HTTP method in upper case.
    #[must_use]
    pub fn method(&self) -> &'static str {
        self.operation.method()
    }

    /// Returns the path without its query.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }
}

impl fmt::Display for RequestInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method(), self.path)
    }
}

impl Error {
    /// Returns the operation that was called.
    #[must_use]
    pub fn operation(&self) -> &'static Operation {
        match self {
            Self::Invalid { operation, .. } => operation,
            Self::Refused(failed) => failed.request.operation(),
            Self::Unreadable(response) => response.request.operation(),
            Self::Transport { request, .. } => request.operation(),
        }
    }

    /// Returns the request; `None` if it could not be built.
    #[must_use]
    pub fn request(&self) -> Option<&RequestInfo> {
        match self {
            Self::Refused(failed) => Some(&failed.request),
            Self::Unreadable(response) => Some(&response.request),
            Self::Transport { request, .. } => Some(request),
            Self::Invalid { .. } => None,
        }
    }

    /// Returns the HTTP status; `None` if no response was received.
    #[must_use]
    pub fn status(&self) -> Option<StatusCode> {
        match self {
            Self::Refused(failed) => Some(failed.status),
            Self::Unreadable(response) => Some(response.status),
            Self::Transport { .. } | Self::Invalid { .. } => None,
        }
    }

    /// Returns the headers of the response; `None` if no response was received.
    #[must_use]
    pub fn headers(&self) -> Option<&HeaderMap> {
        match self {
            Self::Refused(failed) => Some(&failed.headers),
            Self::Unreadable(response) => Some(&response.headers),
            Self::Transport { .. } | Self::Invalid { .. } => None,
        }
    }

    pub(crate) fn invalid(operation: &'static Operation, invalid: Invalid) -> Self {
        Self::Invalid { operation, reason: invalid.reason, source: invalid.source }
    }

    /// Wraps the error of a transport. An [`Error`] is returned unchanged.
    pub(crate) fn of_transport(request: RequestInfo, error: BoxError) -> Self {
        match error.downcast::<Self>() {
            Ok(error) => *error,
            Err(source) => Self::Transport { request, source },
        }
    }

    pub(crate) fn undecodable(
        request: RequestInfo,
        response: &Response,
        body: &Bytes,
        error: &serde_json::Error,
    ) -> Self {
        let excerpt = response.excerpt(body);
        let problem = Problem::Body(DecodeError::new(body, error));
        Unreadable::new(request, response, excerpt, problem).into()
    }

    pub(crate) fn broken_off(
        request: RequestInfo,
        response: &Response,
        error: reqwest::Error,
    ) -> Self {
        Unreadable::new(request, response, None, Problem::BrokenOff(error.without_url())).into()
    }

    pub(crate) fn unexpected_status(request: RequestInfo, response: &Response) -> Self {
        Unreadable::new(request, response, None, Problem::Status).into()
    }
}

impl Unreadable {
    fn new(
        request: RequestInfo,
        response: &Response,
        excerpt: Option<String>,
        problem: Problem,
    ) -> Self {
        let (status, headers) = (response.status(), response.shown_headers());
        Self { request, status, headers, excerpt, problem }
    }
}

/// Omits the headers, which can contain secrets.
impl fmt::Debug for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { request, status, excerpt, problem, .. } = self;
        f.debug_struct("Unreadable")
            .field("request", &format_args!("{request}"))
            .field("status", &status.as_u16())
            .field("excerpt", excerpt)
            .field("problem", problem)
            .finish_non_exhaustive()
    }
}

impl From<Unreadable> for Error {
    fn from(response: Unreadable) -> Self {
        Self::Unreadable(Box::new(response))
    }
}

impl From<FailedResponse> for Error {
    fn from(failed: FailedResponse) -> Self {
        Self::Refused(Box::new(failed))
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(failed) => failed.fmt(f),
            Self::Unreadable(response) => response.fmt(f),
            Self::Transport { request, source } => write!(f, "{request} has no response: {source}"),
            Self::Invalid { operation, reason, .. } => {
                write!(f, "{} was not sent: {reason}", operation.id())
            }
        }
    }
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { request, status, problem, .. } = self;
        write!(f, "cannot read the response to {request} ({}): {problem}", status.as_u16())
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Status => f.write_str("the operation has no response with this status"),
            Self::Body(error) => error.fmt(f),
            Self::BrokenOff(_) => f.write_str("it ended early"),
        }
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match self {
            Self::Refused(_) => None,
            Self::Unreadable(response) => match &response.problem {
                Problem::Status => None,
                Problem::Body(error) => Some(error),
                Problem::BrokenOff(error) => Some(error),
            },
            Self::Transport { source, .. } => Some(source.as_ref()),
            Self::Invalid { source, .. } => source.as_ref().map(|source| source.as_ref() as _),
        }
    }
}
