//! What a call gives back besides its value.

use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use ambient_sdk::RequestInfo;
use http::{HeaderMap, StatusCode};

/// Keeps what is known of the last response of the calls it was given to.
#[derive(Clone, Debug, Default)]
pub struct Capture(Arc<Mutex<Option<ResponseInfo>>>);

impl Capture {
    /// Nothing kept yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The last response, or `None` while there was none.
    #[must_use]
    pub fn last(&self) -> Option<ResponseInfo> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn keep(&self, info: ResponseInfo) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(info);
    }
}

/// What is known of a response besides its value.
#[derive(Clone)]
pub struct ResponseInfo {
    pub(crate) request: RequestInfo,
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) attempts: u32,
    pub(crate) elapsed: Duration,
}

impl ResponseInfo {
    /// The operation's name in the OpenAPI document, for example `get_session`.
    #[must_use]
    pub fn operation(&self) -> &'static str {
        self.request.operation().id()
    }

    /// The method of the request.
    #[must_use]
    pub fn method(&self) -> &str {
        self.request.method()
    }

    /// The path of the request, without its query.
    #[must_use]
    pub fn path(&self) -> &str {
        self.request.path()
    }

    /// The HTTP status.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// The headers.
    #[must_use]
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// The id under which the server logged the operation (`X-Operation-ID`).
    #[must_use]
    pub fn operation_id(&self) -> Option<&str> {
        self.headers.get("x-operation-id")?.to_str().ok()
    }

    /// How often the request was sent.
    #[must_use]
    pub fn attempts(&self) -> u32 {
        self.attempts
    }

    /// From the first attempt to the end of the response (of a stream: to its beginning).
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
