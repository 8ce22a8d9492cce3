//! The response of a transport, and the result of a call.

use std::{
    fmt,
    ops::{Deref, DerefMut},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use bytes::Bytes;
use futures_util::{Stream, stream};
use http::{HeaderMap, HeaderValue, StatusCode};

use crate::RequestInfo;

/// A response of a [`Transport`](crate::Transport), whose body is either still to be received or
/// already complete.
///
/// Create it from a [`reqwest::Response`] or an [`http::Response`], or with [`new`](Self::new).
#[must_use]
pub struct Response {
    form: Form,
    excerpt: Option<Arc<dyn Excerpt>>,
}

enum Form {
    Coming(reqwest::Response),
    Read { status: StatusCode, headers: HeaderMap, body: Bytes },
}

/// Selects the part of an unreadable response that errors may show.
///
/// A transport knows which texts are secret, for example the token that it sent. If the transport
/// sets no excerpt, errors show no part of a body.
pub trait Excerpt: Send + Sync {
    /// Returns the beginning of `body` as an error may show it.
    fn excerpt(&self, body: &[u8]) -> String;

    /// Returns whether the value of a header must be redacted. Default: `false`.
    fn hides(&self, value: &HeaderValue) -> bool {
        let _ = value;
        false
    }
}

impl Response {
    /// Creates a response with a complete body.
    pub fn new(status: StatusCode, headers: HeaderMap, body: impl Into<Bytes>) -> Self {
        let form = Form::Read { status, headers, body: body.into() };
        Self { form, excerpt: None }
    }

    /// Sets the excerpt that errors show of the body. Default: nothing.
    pub fn set_excerpt(&mut self, excerpt: Arc<dyn Excerpt>) {
        self.excerpt = Some(excerpt);
    }

    /// Returns the HTTP status.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        match &self.form {
            Form::Coming(response) => response.status(),
            Form::Read { status, .. } => *status,
        }
    }

    /// Returns the headers.
    #[must_use]
    pub fn headers(&self) -> &HeaderMap {
        match &self.form {
            Form::Coming(response) => response.headers(),
            Form::Read { headers, .. } => headers,
        }
    }

    /// Returns a mutable reference to the headers.
    pub fn headers_mut(&mut self) -> &mut HeaderMap {
        match &mut self.form {
            Form::Coming(response) => response.headers_mut(),
            Form::Read { headers, .. } => headers,
        }
    }

    /// Returns the length of the body in bytes; `None` if it is not known.
    #[must_use]
    pub fn content_length(&self) -> Option<u64> {
        match &self.form {
            Form::Coming(response) => response.content_length(),
            Form::Read { body, .. } => u64::try_from(body.len()).ok(),
        }
    }

    /// Returns the next chunk of the body; `None` at its end.
    ///
    /// # Errors
    /// If the connection breaks.
    pub async fn chunk(&mut self) -> reqwest::Result<Option<Bytes>> {
        match &mut self.form {
            Form::Coming(response) => response.chunk().await,
            Form::Read { body, .. } => {
                Ok(Some(std::mem::take(body)).filter(|body| !body.is_empty()))
            }
        }
    }

    /// Reads the whole body.
    pub(crate) async fn bytes(&mut self) -> reqwest::Result<Bytes> {
        let mut read: Vec<u8> = Vec::new();
        let mut first = Bytes::new();
        while let Some(chunk) = self.chunk().await? {
            if first.is_empty() {
                first = chunk;
                continue;
            }
            if read.is_empty() {
                read.extend_from_slice(&first);
            }
            read.extend_from_slice(&chunk);
        }
        Ok(if read.is_empty() { first } else { read.into() })
    }

    pub(crate) fn excerpt(&self, body: &[u8]) -> Option<String> {
        self.excerpt.as_ref().map(|by| by.excerpt(body)).filter(|text| !text.is_empty())
    }

    /// Returns the headers with the values that must be hidden redacted.
    pub(crate) fn shown_headers(&self) -> HeaderMap {
        let mut headers = self.headers().clone();
        if let Some(by) = &self.excerpt {
            for value in headers.values_mut().filter(|value| by.hides(value)) {
                *value = HeaderValue::from_static("[redacted]");
            }
        }
        headers
    }

    pub(crate) fn into_value<T>(mut self, request: RequestInfo, value: Box<T>) -> ResponseValue<T> {
        let (status, headers) = (self.status(), std::mem::take(self.headers_mut()));
        ResponseValue { value, request, status, headers }
    }

    pub(crate) fn into_stream(mut self, request: RequestInfo) -> ResponseValue<ByteStream> {
        let (status, headers) = (self.status(), std::mem::take(self.headers_mut()));
        let value = ByteStream(match self.form {
            Form::Coming(response) => Box::pin(response.bytes_stream()),
            Form::Read { body, .. } => Box::pin(stream::iter([Ok(body)])),
        });
        ResponseValue { value: Box::new(value), request, status, headers }
    }
}

impl From<reqwest::Response> for Response {
    fn from(response: reqwest::Response) -> Self {
        Self { form: Form::Coming(response), excerpt: None }
    }
}

impl<B: Into<reqwest::Body>> From<http::Response<B>> for Response {
    fn from(response: http::Response<B>) -> Self {
        reqwest::Response::from(response).into()
    }
}

impl From<Response> for reqwest::Response {
    fn from(response: Response) -> Self {
        match response.form {
            Form::Coming(response) => response,
            Form::Read { status, headers, body } => {
                let mut read = http::Response::new(body);
                *read.status_mut() = status;
                *read.headers_mut() = headers;
                read.into()
            }
        }
    }
}

impl fmt::Debug for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Response").field("status", &self.status()).finish_non_exhaustive()
    }
}

/// The value of a response, with its status, headers and request.
///
/// It dereferences to the value.
#[derive(Clone)]
pub struct ResponseValue<T> {
    /// Boxed, because each layer of a call's futures would copy a large value several times.
    value: Box<T>,
    request: RequestInfo,
    status: StatusCode,
    headers: HeaderMap,
}

impl<T> ResponseValue<T> {
    /// Returns the value.
    #[must_use]
    pub fn into_inner(self) -> T {
        *self.value
    }

    /// Returns the value in its box, without copying it.
    #[must_use]
    pub fn into_boxed(self) -> Box<T> {
        self.value
    }

    /// Returns the request.
    #[must_use]
    pub fn request(&self) -> &RequestInfo {
        &self.request
    }

    /// Returns the HTTP status.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// Returns the headers.
    #[must_use]
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }
}

impl<T> Deref for ResponseValue<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T> DerefMut for ResponseValue<T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.value
    }
}

impl<T> AsRef<T> for ResponseValue<T> {
    fn as_ref(&self) -> &T {
        &self.value
    }
}

impl<T: fmt::Debug> fmt::Debug for ResponseValue<T> {
    /// Formats only the value, because headers can contain secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.value.fmt(f)
    }
}

/// A stream of the chunks of a response body.
pub struct ByteStream(Pin<Box<dyn Stream<Item = reqwest::Result<Bytes>> + Send>>);

impl Stream for ByteStream {
    type Item = reqwest::Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.as_mut().poll_next(context)
    }
}

impl fmt::Debug for ByteStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ByteStream")
    }
}
