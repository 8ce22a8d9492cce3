//! Predicates for the kind of an error.

use super::{Error, ErrorKind};

impl Error {
    /// Returns `true` if a setting is missing or invalid.
    #[must_use]
    pub fn is_configuration(&self) -> bool {
        self.kind() == ErrorKind::Configuration
    }

    /// Returns `true` if the request is invalid.
    #[must_use]
    pub fn is_invalid_request(&self) -> bool {
        self.kind() == ErrorKind::InvalidRequest
    }

    /// Returns `true` if the token is missing, invalid or expired (401).
    #[must_use]
    pub fn is_authentication(&self) -> bool {
        self.kind() == ErrorKind::Authentication
    }

    /// Returns `true` if the token lacks the permission (403).
    ///
    /// `oc auth can-i create agenticsessions -n <project>` shows what the token allows.
    #[must_use]
    pub fn is_permission(&self) -> bool {
        self.kind() == ErrorKind::Permission
    }

    /// Returns `true` if the project is missing or differs from that of the token (400).
    #[must_use]
    pub fn is_project_required(&self) -> bool {
        self.kind() == ErrorKind::ProjectRequired
    }

    /// Returns `true` if the resource does not exist (404).
    #[must_use]
    pub fn is_not_found(&self) -> bool {
        self.kind() == ErrorKind::NotFound
    }

    /// Returns `true` if the URL is that of another service, or the service has no such endpoint.
    #[must_use]
    pub fn is_no_such_endpoint(&self) -> bool {
        self.kind() == ErrorKind::NoSuchEndpoint
    }

    /// Returns `true` if the state of the resource does not allow the request (409).
    #[must_use]
    pub fn is_conflict(&self) -> bool {
        self.kind() == ErrorKind::Conflict
    }

    /// Returns `true` if there were too many requests (429).
    #[must_use]
    pub fn is_rate_limited(&self) -> bool {
        self.kind() == ErrorKind::RateLimited
    }

    /// Returns `true` if the server or its backend failed (500 and above).
    #[must_use]
    pub fn is_server(&self) -> bool {
        self.kind() == ErrorKind::Server
    }

    /// Returns `true` if no connection was made, or it broke.
    #[must_use]
    pub fn is_connection(&self) -> bool {
        self.kind() == ErrorKind::Connection
    }

    /// Returns `true` if a request or a wait timed out.
    #[must_use]
    pub fn is_timeout(&self) -> bool {
        self.kind() == ErrorKind::Timeout
    }

    /// Returns `true` if a response could not be decoded.
    #[must_use]
    pub fn is_decode(&self) -> bool {
        self.kind() == ErrorKind::Decode
    }

    /// Returns `true` if the pages of a list do not end.
    #[must_use]
    pub fn is_paging(&self) -> bool {
        self.kind() == ErrorKind::Paging
    }

    /// Returns `true` if the session of a wait was never started.
    #[must_use]
    pub fn is_not_started(&self) -> bool {
        self.kind() == ErrorKind::NotStarted
    }

    /// Returns `true` if a response, or one event of a stream, exceeds the size limit.
    #[must_use]
    pub fn is_too_large(&self) -> bool {
        self.kind() == ErrorKind::TooLarge
    }
}
