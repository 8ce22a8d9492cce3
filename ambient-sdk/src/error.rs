//! Why a call of a raw builder failed.

use std::{error::Error as StdError, fmt};

use bytes::Bytes;
use http::{HeaderMap, StatusCode};

use crate::{BoxError, FailedResponse, Operation, Response, call::Invalid, decode::DecodeError};

/// Why a call of a raw builder failed; the same for every operation.
///
/// It never shows a header or the body of a success. The cause is its source.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// The server answered with a failure: a status of 400 or above, documented or not.
    Refused(Box<FailedResponse>),
    /// The response is not what the operation answers with. The server has acted on the request.
    Unreadable(Box<Unreadable>),
    /// There is no response. Whether the server acted on the request is not known, unless the
    /// source tells.
    #[non_exhaustive]
    Transport {
        /// What was asked.
        request: RequestInfo,
        /// The error of the transport, for example a [`reqwest::Error`].
        source: BoxError,
    },
    /// The request is not valid. Nothing was sent.
    #[non_exhaustive]
    Invalid {
        /// What was called.
        operation: &'static Operation,
        /// What is wrong, for example the name of a parameter that is missing.
        reason: String,
        /// What found it, when that is an error of its own.
        source: Option<BoxError>,
    },
}

/// What was asked of a server.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct RequestInfo {
    operation: &'static Operation,
    path: String,
}

/// A response that is not what its operation answers with.
#[non_exhaustive]
pub struct Unreadable {
    /// What was asked.
    pub request: RequestInfo,
    /// The HTTP status.
    pub status: StatusCode,
    /// The headers as they were sent, without what the transport hides.
    pub headers: HeaderMap,
    /// The beginning of the body, where the transport says how to show it.
    pub excerpt: Option<String>,
    /// What is wrong.
    pub problem: Problem,
}

/// What is wrong with a response.
#[derive(Debug)]
#[non_exhaustive]
pub enum Problem {
    /// A status that the operation does not have, for example a redirect.
    Status,
    /// The body is not JSON, or JSON of another form.
    Body(DecodeError),
    /// The body broke off.
    BrokenOff(reqwest::Error),
}

impl RequestInfo {
    /// A request of `operation` to `path`.
    #[must_use]
    pub fn new(operation: &'static Operation, path: impl Into<String>) -> Self {
        Self { operation, path: path.into() }
    }

    /// The operation that was called.
    #[must_use]
    pub fn operation(&self) -> &'static Operation {
        self.operation
    }

    /// The HTTP method, in capitals.
    #[must_use]
    pub fn method(&self) -> &'static str {
        self.operation.method()
    }

    /// The path, without its query.
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
    /// The operation that was called.
    #[must_use]
    pub fn operation(&self) -> &'static Operation {
        match self {
            Self::Invalid { operation, .. } => operation,
            Self::Refused(failed) => failed.request.operation(),
            Self::Unreadable(response) => response.request.operation(),
            Self::Transport { request, .. } => request.operation(),
        }
    }

    /// The request, unless it could not be made.
    #[must_use]
    pub fn request(&self) -> Option<&RequestInfo> {
        match self {
            Self::Refused(failed) => Some(&failed.request),
            Self::Unreadable(response) => Some(&response.request),
            Self::Transport { request, .. } => Some(request),
            Self::Invalid { .. } => None,
        }
    }

    /// The HTTP status, when there was a response.
    #[must_use]
    pub fn status(&self) -> Option<StatusCode> {
        match self {
            Self::Refused(failed) => Some(failed.status),
            Self::Unreadable(response) => Some(response.status),
            Self::Transport { .. } | Self::Invalid { .. } => None,
        }
    }

    /// The headers of the response, when there was one.
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

    /// An error of this type that a transport failed with is passed on as it is.
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

/// Without headers, which can hold secrets.
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
            Self::Status => f.write_str("the operation has no answer of this status"),
            Self::Body(error) => error.fmt(f),
            Self::BrokenOff(_) => f.write_str("it broke off"),
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
