//! The kinds of errors.

use std::fmt;

use http::StatusCode;

/// The kind of an error, which determines how to react.
///
/// [`From`] converts the status of a rejected request to its kind, for programs that pass on
/// responses of other services. [`TryFrom`] converts a kind to the corresponding status, for
/// programs that answer requests themselves:
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
    /// A setting is missing or invalid; nothing was sent.
    Configuration,
    /// The request is invalid: rejected by the client before it was sent, or by the server (400).
    InvalidRequest,
    /// The token is missing, invalid or expired (401).
    Authentication,
    /// The token is valid but lacks the permission (403).
    Permission,
    /// The project is missing, or differs from that of the token (400).
    ProjectRequired,
    /// The resource does not exist or is not visible in this project (404).
    NotFound,
    /// The server has no such endpoint, is another service, or redirects to another URL: the base
    /// URL is wrong, or the server has another version.
    NoSuchEndpoint,
    /// The state of the resource does not allow the request, for example starting a running session
    /// (409).
    Conflict,
    /// Too many requests (429).
    RateLimited,
    /// The server or its backend failed (500 and above).
    Server,
    /// The server rejected the request with another status, or sent a page instead of a stream.
    Api,
    /// No connection: refused, name not resolved, connect timeout, TLS failure, or broken before a
    /// response began.
    Connection,
    /// The request or the wait timed out.
    Timeout,
    /// The response could not be decoded: incomplete, not JSON, or of the wrong form.
    Decode,
    /// A response, or one event of a stream, exceeds the size limit.
    TooLarge,
    /// The pages of a list do not end: the server repeats them, or always reports a further page.
    Paging,
    /// A session was never started, so the wait for it would not end.
    NotStarted,
}

impl ErrorKind {
    /// Returns the kind as one lowercase word for logs and metrics, for example `not_found`.
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
    /// Returns the kind of a request that was rejected with this status, as far as the status alone
    /// determines it. Returns [`Api`](Self::Api) for a status without a kind, including successes
    /// and redirects.
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

    /// Returns the status with which servers reject requests for this kind of error.
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

/// The error for a kind that has no HTTP status, because only the client detects it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct NoStatus(ErrorKind);

impl NoStatus {
    /// Returns the kind.
    #[must_use]
    pub fn kind(self) -> ErrorKind {
        self.0
    }
}

impl fmt::Display for NoStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "errors of the kind {} have no HTTP status", self.0)
    }
}

impl std::error::Error for NoStatus {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_survives_a_round_trip_through_its_status() {
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
    fn client_side_kinds_have_no_status() {
        let error = StatusCode::try_from(ErrorKind::TooLarge).unwrap_err();
        assert_eq!(error.to_string(), "errors of the kind too_large have no HTTP status");
    }
}
