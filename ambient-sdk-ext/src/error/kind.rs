//! What a caller decides on when a call failed.

use std::fmt;

use http::StatusCode;

/// What a caller decides on.
///
/// [`From`] turns the status of a refused request into its kind, for programs that pass on what
/// other services said; [`TryFrom`] turns a kind into the status that stands for it, for those that
/// answer requests of their own:
///
/// ```
/// use ambient_sdk_ext::{ErrorKind, http::StatusCode};
///
/// assert_eq!(ErrorKind::from(StatusCode::NOT_FOUND), ErrorKind::NotFound);
/// let status = StatusCode::try_from(ErrorKind::Conflict).unwrap_or(StatusCode::BAD_GATEWAY);
/// assert_eq!(status, StatusCode::CONFLICT);
/// assert!(StatusCode::try_from(ErrorKind::Connection).is_err());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// A setting is missing or wrong; nothing was sent.
    Configuration,
    /// The request is not valid: found before sending, or by the server (400).
    InvalidRequest,
    /// The token is missing, wrong or expired (401).
    Authentication,
    /// The token is known but may not do this (403).
    Permission,
    /// No project was given, or one that disagrees with the token (400).
    ProjectRequired,
    /// There is no such thing, or it isn't visible in this project (404).
    NotFound,
    /// What answered has no such endpoint, is not the service that was meant, or leads to another URL:
    /// the base URL is wrong, or the server is of another version.
    NoSuchEndpoint,
    /// The state of the thing forbids it, as starting a running session (409).
    Conflict,
    /// Too many requests (429).
    RateLimited,
    /// The server failed or its backend did (500 and above).
    Server,
    /// Another status that the server refused the request with, or a page in place of a stream.
    Api,
    /// No connection: refused, not resolved, not made in time, TLS failed, or it broke before a
    /// response began.
    Connection,
    /// A time-out of the request, or of the wait.
    Timeout,
    /// A response that could not be read: broken off, not JSON, or of the wrong form.
    Decode,
    /// A response, or one event of a stream, has more bytes than may be kept.
    TooLarge,
    /// The pages of a list don't end: the server repeats itself, or always has more.
    Paging,
    /// A session that is waited for was never started, so the wait would not end.
    NotStarted,
}

impl ErrorKind {
    /// The kind as one word for logs and metrics, in lower case: for example `not_found`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Configuration => "configuration",
            Self::InvalidRequest => "invalid_request",
            Self::Authentication => "authentication",
            Self::Permission => "permission",
            Self::ProjectRequired => "project_required",
            Self::NotFound => "not_found",
            Self::NoSuchEndpoint => "no_such_endpoint",
            Self::Conflict => "conflict",
            Self::RateLimited => "rate_limited",
            Self::Server => "server",
            Self::Api => "api",
            Self::Connection => "connection",
            Self::Timeout => "timeout",
            Self::Decode => "decode",
            Self::TooLarge => "too_large",
            Self::Paging => "paging",
            Self::NotStarted => "not_started",
        }
    }
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl From<StatusCode> for ErrorKind {
    /// The kind of a request that was refused with this status, as far as the status alone says;
    /// [`Api`](Self::Api) for one that has no kind of its own, those of successes and redirects
    /// included.
    fn from(status: StatusCode) -> Self {
        match status.as_u16() {
            400 | 422 => Self::InvalidRequest,
            401 => Self::Authentication,
            403 => Self::Permission,
            404 => Self::NotFound,
            409 => Self::Conflict,
            429 => Self::RateLimited,
            500.. => Self::Server,
            _ => Self::Api,
        }
    }
}

impl TryFrom<ErrorKind> for StatusCode {
    type Error = NoStatus;

    /// The status that servers refuse a request with for this kind of reason.
    fn try_from(kind: ErrorKind) -> Result<Self, NoStatus> {
        match kind {
            ErrorKind::InvalidRequest | ErrorKind::ProjectRequired => Ok(Self::BAD_REQUEST),
            ErrorKind::Authentication => Ok(Self::UNAUTHORIZED),
            ErrorKind::Permission => Ok(Self::FORBIDDEN),
            ErrorKind::NotFound => Ok(Self::NOT_FOUND),
            ErrorKind::Conflict => Ok(Self::CONFLICT),
            ErrorKind::RateLimited => Ok(Self::TOO_MANY_REQUESTS),
            ErrorKind::Server => Ok(Self::INTERNAL_SERVER_ERROR),
            _ => Err(NoStatus(kind)),
        }
    }
}

/// A kind of error that no status stands for, since the client found it and not the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct NoStatus(ErrorKind);

impl NoStatus {
    /// The kind.
    #[must_use]
    pub fn kind(self) -> ErrorKind {
        self.0
    }
}

impl fmt::Display for NoStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "no HTTP status stands for errors of the kind {}", self.0)
    }
}

impl std::error::Error for NoStatus {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_of_a_kind_leads_back_to_it() {
        let mut found = Vec::new();
        for code in 100..600 {
            let kind = ErrorKind::from(StatusCode::from_u16(code).unwrap());
            match StatusCode::try_from(kind) {
                Ok(status) => assert_eq!(ErrorKind::from(status), kind),
                Err(no_status) => assert_eq!(no_status.kind(), ErrorKind::Api, "{code}"),
            }
            if !found.contains(&kind) {
                found.push(kind);
            }
        }
        assert_eq!(found.len(), 8, "{found:?}");
    }

    #[test]
    fn what_only_the_client_knows_has_no_status() {
        let error = StatusCode::try_from(ErrorKind::TooLarge).unwrap_err();
        assert_eq!(error.to_string(), "no HTTP status stands for errors of the kind too_large");
    }
}
