//! What a caller decides on when a call failed.

/// What a caller decides on.
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
