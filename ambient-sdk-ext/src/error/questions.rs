//! The kind of an error as questions.

use super::{Error, ErrorKind};

impl Error {
    /// Whether a setting is missing or wrong.
    #[must_use]
    pub fn is_configuration(&self) -> bool {
        self.kind() == ErrorKind::Configuration
    }

    /// Whether the request is not valid.
    #[must_use]
    pub fn is_invalid_request(&self) -> bool {
        self.kind() == ErrorKind::InvalidRequest
    }

    /// Whether the token is missing, wrong or expired (401).
    #[must_use]
    pub fn is_authentication(&self) -> bool {
        self.kind() == ErrorKind::Authentication
    }

    /// Whether the token may not do this (403).
    ///
    /// `oc auth can-i create agenticsessions -n <project>` tells what it may do.
    #[must_use]
    pub fn is_permission(&self) -> bool {
        self.kind() == ErrorKind::Permission
    }

    /// Whether a project is missing, or disagrees with the token (400).
    #[must_use]
    pub fn is_project_required(&self) -> bool {
        self.kind() == ErrorKind::ProjectRequired
    }

    /// Whether there is no such thing (404).
    #[must_use]
    pub fn is_not_found(&self) -> bool {
        self.kind() == ErrorKind::NotFound
    }

    /// Whether the URL is not that of the service that was meant, or the service has no such endpoint.
    #[must_use]
    pub fn is_no_such_endpoint(&self) -> bool {
        self.kind() == ErrorKind::NoSuchEndpoint
    }

    /// Whether the state of the thing forbids it (409).
    #[must_use]
    pub fn is_conflict(&self) -> bool {
        self.kind() == ErrorKind::Conflict
    }

    /// Whether there were too many requests (429).
    #[must_use]
    pub fn is_rate_limited(&self) -> bool {
        self.kind() == ErrorKind::RateLimited
    }

    /// Whether the server or its backend failed (500 and above).
    #[must_use]
    pub fn is_server(&self) -> bool {
        self.kind() == ErrorKind::Server
    }

    /// Whether there was no connection, or it broke.
    #[must_use]
    pub fn is_connection(&self) -> bool {
        self.kind() == ErrorKind::Connection
    }

    /// Whether a request or a wait took too long.
    #[must_use]
    pub fn is_timeout(&self) -> bool {
        self.kind() == ErrorKind::Timeout
    }

    /// Whether a response could not be read.
    #[must_use]
    pub fn is_decode(&self) -> bool {
        self.kind() == ErrorKind::Decode
    }

    /// Whether the pages of a list don't end.
    #[must_use]
    pub fn is_paging(&self) -> bool {
        self.kind() == ErrorKind::Paging
    }

    /// Whether the session that was waited for was never started.
    #[must_use]
    pub fn is_not_started(&self) -> bool {
        self.kind() == ErrorKind::NotStarted
    }

    /// Whether a response, or one event of a stream, has more bytes than may be kept.
    #[must_use]
    pub fn is_too_large(&self) -> bool {
        self.kind() == ErrorKind::TooLarge
    }
}
