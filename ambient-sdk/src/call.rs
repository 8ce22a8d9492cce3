//! The execution of a call, from the built request to a value or an [`Error`].
//!
//! Every `send` method calls one of these functions. They set the request's headers from the
//! document, pass the request to the client's transport, and read the response as the operation's
//! documented type. Nothing is sent until the future is awaited.

use std::{
    fmt,
    pin::Pin,
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use futures_util::{FutureExt, TryFutureExt, future};
use http::header::{ACCEPT, CONTENT_TYPE, HeaderValue, InvalidHeaderValue};
use pin_project_lite::pin_project;
use reqwest::Request;
use serde::de::DeserializeOwned;
use tokio::runtime::Handle;

use crate::{
    BoxError, BoxFuture, ByteStream, Carrier, Error, FailedResponse, Operation, RequestInfo,
    Response, ResponseValue,
    decode::{self, Answer},
};

/// The largest body, in bytes, that is decoded on the current thread, which takes about half a
/// millisecond.
const AT_ONCE: usize = 256 * 1024;

/// Makes a call whose response contains a value as JSON.
pub(crate) fn value<'a, T: DeserializeOwned + Send + 'static>(
    carrier: &'a Carrier,
    operation: &'static Operation,
    request: Result<Request, Invalid>,
) -> impl Future<Output = Result<ResponseValue<T>, Error>> + Send + 'a {
    Decoding::Sending { call: send(carrier, operation, request, Body::Read), read: Success::decode }
}

/// Makes a call whose response contains one of several bodies, depending on the status.
#[allow(dead_code)] // Generated code calls it if a document has such an operation.
pub(crate) fn answer<'a, T: Answer + Send + 'static>(
    carrier: &'a Carrier,
    operation: &'static Operation,
    request: Result<Request, Invalid>,
) -> impl Future<Output = Result<ResponseValue<T>, Error>> + Send + 'a {
    Decoding::Sending { call: send(carrier, operation, request, Body::Read), read: Success::answer }
}

/// Makes a call whose response has no value.
pub(crate) fn empty<'a>(
    carrier: &'a Carrier,
    operation: &'static Operation,
    request: Result<Request, Invalid>,
) -> impl Future<Output = Result<ResponseValue<()>, Error>> + Send + 'a {
    let success = send(carrier, operation, request, Body::Left);
    success.map(|success| {
        success.map(|Success { response, request, .. }| response.into_value(request, Box::new(())))
    })
}

/// Makes a call whose response the caller reads as a stream.
pub(crate) fn stream<'a>(
    carrier: &'a Carrier,
    operation: &'static Operation,
    request: Result<Request, Invalid>,
) -> impl Future<Output = Result<ResponseValue<ByteStream>, Error>> + Send + 'a {
    let success = send(carrier, operation, request, Body::Left);
    success.map(|success| {
        success.map(|Success { response, request, .. }| response.into_stream(request))
    })
}

/// Whether the body of a successful response is read or left to the caller.
#[derive(Clone, Copy)]
enum Body {
    Read,
    Left,
}

/// The function that decodes a response.
type Read<T> = fn(Success) -> Result<ResponseValue<T>, Error>;

pin_project! {
    /// A call and the decoding of its response.
    ///
    /// Combinators or an `async` block would move the value, which can be large, several times.
    #[project = Stage]
    enum Decoding<F, T> {
        Sending { #[pin] call: F, read: Read<T> },
        Apart { reading: BoxFuture<'static, Result<ResponseValue<T>, Error>> },
    }
}

impl<F, T> Future for Decoding<F, T>
where
    F: Future<Output = Result<Success, Error>>,
    T: Send + 'static,
{
    type Output = Result<ResponseValue<T>, Error>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        loop {
            let reading = match self.as_mut().project() {
                Stage::Apart { reading } => return reading.as_mut().poll(context),
                Stage::Sending { call, read } => {
                    let success = ready!(call.poll(context))?;
                    match success.large_on() {
                        Some(runtime) => success.read_apart(&runtime, *read),
                        None => return Poll::Ready(read(success)),
                    }
                }
            };
            self.set(Self::Apart { reading });
        }
    }
}

/// A response with a successful status, and its body if it was read.
struct Success {
    response: Response,
    request: RequestInfo,
    body: Bytes,
}

impl Success {
    /// Returns the runtime whose blocking threads decode the body, if the body is so large that it
    /// would delay other tasks.
    fn large_on(&self) -> Option<Handle> {
        Some(()).filter(|()| self.body.len() > AT_ONCE).and_then(|()| Handle::try_current().ok())
    }

    // Boxed because few bodies are so large, and an unboxed future would enlarge the future of each
    // call.
    fn read_apart<T: Send + 'static>(
        self,
        runtime: &Handle,
        read: Read<T>,
    ) -> BoxFuture<'static, Result<ResponseValue<T>, Error>> {
        let request = self.request.clone();
        let reading = runtime.spawn_blocking(move || read(self));
        Box::pin(async move {
            match reading.await {
                Ok(outcome) => outcome,
                // The runtime is shutting down.
                Err(ended) => Err(Error::of_transport(request, ended.into())),
            }
        })
    }

    #[allow(dead_code)] // See `answer` above.
    fn answer<T: Answer>(self) -> Result<ResponseValue<T>, Error> {
        match T::read(self.response.status().as_u16(), &self.body) {
            Some(Ok(value)) => Ok(self.response.into_value(self.request, Box::new(value))),
            Some(Err(error)) => {
                Err(Error::undecodable(self.request, &self.response, &self.body, &error))
            }
            None => Err(Error::unexpected_status(self.request, &self.response)),
        }
    }

    fn decode<T: DeserializeOwned>(self) -> Result<ResponseValue<T>, Error> {
        match decode::json(&self.body) {
            Ok(value) => Ok(self.response.into_value(self.request, value)),
            Err(error) => Err(Error::undecodable(self.request, &self.response, &self.body, &error)),
        }
    }
}

/// Sends the request through the transport when the future is first polled.
// Not one `async` block, which would hold the request until the response is read: this future is
// part of the future of every call.
fn send<'a>(
    carrier: &'a Carrier,
    operation: &'static Operation,
    request: Result<Request, Invalid>,
    body: Body,
) -> impl Future<Output = Result<Success, Error>> + Send + 'a {
    let sent = future::lazy(move |_| {
        let mut request = request.map_err(|invalid| Error::invalid(operation, invalid))?;
        describe(&mut request, operation);
        let info = RequestInfo::new(operation, request.url().path());
        Ok(receive(carrier.send(request, operation), info, body))
    });
    sent.try_flatten()
}

/// Receives the response to a request.
// Not an `async fn`, which would hold its arguments twice.
#[allow(clippy::manual_async_fn)]
fn receive<'a>(
    response: BoxFuture<'a, Result<Response, BoxError>>,
    request: RequestInfo,
    body: Body,
) -> impl Future<Output = Result<Success, Error>> + Send + 'a {
    async move {
        let mut response = match response.await {
            Ok(response) => response,
            Err(error) => return Err(Error::of_transport(request, error)),
        };
        match response.status().as_u16() {
            200..=299 => {}
            400.. => return Err(Box::pin(refused(response, request)).await),
            _ => return Err(Error::unexpected_status(request, &response)),
        }
        let body = match body {
            Body::Left => Bytes::new(),
            Body::Read => match response.bytes().await {
                Ok(body) => body,
                Err(error) => return Err(Error::broken_off(request, &response, error)),
            },
        };
        Ok(Success { response, request, body })
    }
}

async fn refused(mut response: Response, request: RequestInfo) -> Error {
    FailedResponse::read(&mut response, request, future::pending::<()>()).await.into()
}

/// Sets `Accept` and `Content-Type` to the exact values of the operation. The server sends the
/// message stream only if `Accept` is exactly `text/event-stream`. The generator supports only
/// JSON, forms, text and bytes as content types, so the document's own content type replaces the
/// one that the generator wrote.
fn describe(request: &mut Request, operation: &Operation) {
    let headers = request.headers_mut();
    headers.insert(ACCEPT, HeaderValue::from_static(operation.accept()));
    if let Some(name) = operation.content_type()
        && let Some(written) = headers.get_mut(CONTENT_TYPE)
    {
        *written = HeaderValue::from_static(name);
    }
}

/// The reason why a builder's values do not form a valid request.
#[derive(Debug)]
pub(crate) struct Invalid {
    pub(crate) reason: String,
    pub(crate) source: Option<BoxError>,
}

impl Invalid {
    pub(crate) fn new(reason: impl Into<String>) -> Self {
        Self { reason: reason.into(), source: None }
    }

    /// Creates the error from a builder's message about a parameter.
    pub(crate) fn parameter(reason: String) -> Self {
        Self::new(reason)
    }

    fn of(error: impl Into<BoxError>, reason: impl Into<String>) -> Self {
        Self { reason: reason.into(), source: Some(error.into()) }
    }
}

impl fmt::Display for Invalid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.reason)
    }
}

impl From<InvalidHeaderValue> for Invalid {
    fn from(error: InvalidHeaderValue) -> Self {
        Self::of(error, "a header parameter contains characters that are not allowed in a header")
    }
}

impl From<reqwest::Error> for Invalid {
    fn from(error: reqwest::Error) -> Self {
        let error = error.without_url();
        let causes = std::iter::successors(Some(&error as &dyn std::error::Error), |e| e.source());
        let root = causes.last().map(ToString::to_string).unwrap_or_default();
        Self::of(error, root)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;
    use crate::{BoxFuture, Transport};

    static PUT: Operation = Operation {
        id: "put_picture",
        method: "PUT",
        path: "/picture",
        accept: "application/json",
        content_type: Some("image/png"),
        stream: false,
        authenticated: true,
    };

    /// Answers every request, and records its `Content-Type`.
    #[derive(Default)]
    struct Names(Mutex<Vec<Option<HeaderValue>>>);

    impl Transport for Names {
        fn send(
            &self,
            request: Request,
            _: &'static Operation,
        ) -> BoxFuture<'_, Result<Response, BoxError>> {
            self.0.lock().unwrap().push(request.headers().get(CONTENT_TYPE).cloned());
            Box::pin(async { Ok(http::Response::new("").into()) })
        }
    }

    #[tokio::test]
    async fn a_content_type_is_sent_only_with_a_body() {
        let names = Arc::new(Names::default());
        let carrier = Carrier::new(names.clone());
        let request = || reqwest::Client::new().put("http://h/picture");
        let picture = request().header(CONTENT_TYPE, "application/octet-stream").body("png");
        for request in [picture, request()] {
            empty(&carrier, &PUT, Ok(request.build().unwrap())).await.unwrap();
        }
        assert_eq!(*names.0.lock().unwrap(), [Some(HeaderValue::from_static("image/png")), None]);
    }
}
