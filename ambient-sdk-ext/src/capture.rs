//! Metadata of responses: status, headers, attempts and duration.

use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use ambient_sdk::RequestInfo;
use http::{HeaderMap, StatusCode};

/// Stores the metadata of the last response of the calls that use it.
#[derive(Clone, Debug, Default)]
pub struct Capture(Arc<Mutex<Option<ResponseInfo>>>);

impl Capture {
    /// Creates an empty capture.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Returns the last response, or `None` if there was none yet.
    #[must_use]
    pub fn last(&self) -> Option<ResponseInfo> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn keep(&self, info: ResponseInfo) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(info);
    }
}

/// The metadata of a response.
#[derive(Clone)]
pub struct ResponseInfo {
    pub(crate) request: RequestInfo,
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) attempts: u32,
    pub(crate) elapsed: Duration,
}

impl ResponseInfo {
    /// Returns the operation's name in the OpenAPI document, for example `get_session`.
    #[must_use]
    pub fn operation(&self) -> &'static str {
        self.request.operation().id()
    }

    /// Returns the method of the request.
    #[must_use]
    pub fn method(&self) -> &str {
        self.request.method()
    }

    /// Returns the path of the request, without its query.
    #[must_use]
    pub fn path(&self) -> &str {
        self.request.path()
    }

    /// Returns the HTTP status.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// Returns the response headers.
    #[must_use]
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// Returns the id under which the server logged the operation (`X-Operation-ID`).
    #[must_use]
    pub fn operation_id(&self) -> Option<&str> {
        self.headers.get("x-operation-id")?.to_str().ok()
    }

    /// Returns the number of times that the request was sent.
    #[must_use]
    pub fn attempts(&self) -> u32 {
        self.attempts
    }

    /// Returns the time from the first attempt to the end of the response, or to the beginning of a
    /// stream.
    #[must_use]
    pub fn elapsed(&self) -> Duration {
        self.elapsed
    }
}

impl fmt::Debug for ResponseInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseInfo")
            .field("operation", &self.operation())
            .field("request", &format_args!("{}", self.request))
            .field("status", &self.status.as_u16())
            .field("attempts", &self.attempts)
            .field("elapsed", &self.elapsed)
            .finish_non_exhaustive()
    }
}
