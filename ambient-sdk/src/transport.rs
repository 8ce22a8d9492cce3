//! The seam: who carries a request of the generated builders, and what they get back.
//!
//! The generated code asks its [`Carrier`] to execute every request. The carrier removes what the
//! generator adds and no server asked for, refuses a request that left its operation's path, hands
//! the rest to a [`Transport`], and turns every failed response into an [`ErrorBody`].

use std::{error::Error, fmt, future::Future, pin::Pin, sync::Arc};

use reqwest::{
    Body, Request, Response,
    header::{ACCEPT, CONTENT_TYPE, HeaderValue},
};

use crate::{ErrorBody, Operation};

/// Any error of a transport; a reader finds it as the source of the error of the raw client.
pub type BoxError = Box<dyn Error + Send + Sync>;

/// A future that can be named, as [`Transport::send`] returns it.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Whoever carries requests: a [`reqwest::Client`], a stack of layers around one, or a test's own.
///
/// A transport answers with any status; it need not look at failures. An error is for a request
/// that has no response at all.
pub trait Transport: Send + Sync + 'static {
    /// Sends `request`, which belongs to `operation`, and returns its response as it starts.
    fn send(
        &self,
        request: Request,
        operation: &'static Operation,
    ) -> BoxFuture<'_, Result<Response, BoxError>>;
}

impl Transport for reqwest::Client {
    fn send(
        &self,
        request: Request,
        _: &'static Operation,
    ) -> BoxFuture<'_, Result<Response, BoxError>> {
        let response = self.execute(request);
        Box::pin(async move { Ok(response.await?) })
    }
}

impl<T: Transport + ?Sized> Transport for Arc<T> {
    fn send(
        &self,
        request: Request,
        operation: &'static Operation,
    ) -> BoxFuture<'_, Result<Response, BoxError>> {
        (**self).send(request, operation)
    }
}

/// What a raw client holds to have its requests carried.
#[derive(Clone)]
pub struct Carrier(Arc<dyn Transport>);

impl Carrier {
    /// Has `transport` carry the requests.
    pub fn new(transport: impl Transport) -> Self {
        Self(Arc::new(transport))
    }

    /// Carries one request of the operation named `id` in `operations`, which are sorted by id.
    pub(crate) async fn carry(
        &self,
        mut request: Request,
        operations: &'static [Operation],
        id: &'static str,
    ) -> reqwest::Result<Response> {
        let found = operations.binary_search_by_key(&id, Operation::id);
        let Ok(operation) = found.map(|at| &operations[at]) else {
            return fail(Box::new(RefusedRequest::UnknownOperation(id))).await;
        };
        if !operation.has_path(request.url().path()) {
            return fail(Box::new(RefusedRequest::OutOfPath(operation))).await;
        }
        prepare(&mut request, operation);
        let method = request.method().clone();
        let path = request.url().path().to_owned();
        let response = match self.0.send(request, operation).await {
            Ok(response) => response,
            Err(error) => return fail(error).await,
        };
        if response.status().as_u16() < 400 {
            return Ok(response);
        }
        Ok(ErrorBody::read(response, &method, &path).await.into_response())
    }
}

impl fmt::Debug for Carrier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Carrier")
    }
}

/// Why a request of a raw builder was not handed to any transport.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RefusedRequest {
    /// A path parameter is empty, made of dots, or holds `/`, `\`, `%`, `?` or `#`, so the URL is no
    /// longer one of the operation's for every server.
    OutOfPath(&'static Operation),
    /// The generated code named an operation that its own table doesn't hold.
    UnknownOperation(&'static str),
}

impl fmt::Display for RefusedRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OutOfPath(operation) => write!(
                f,
                "a path parameter of {} ({}) is empty, made of dots, or holds `/`, `\\`, `%`, `?` or \
                 `#`: nothing was sent",
                operation.id(),
                operation.path()
            ),
            Self::UnknownOperation(id) => write!(f, "no operation is named {id}"),
        }
    }
}

impl Error for RefusedRequest {}

/// Removes the generator's `api-version`, and asks for exactly the form that the operation has:
/// the message stream is only a stream for `Accept: text/event-stream` to the letter. A body gets the
/// name that the document has for it: the generator knows JSON, forms, text and bytes.
///
/// A fragment only told the operations of one path apart in the document.
fn prepare(request: &mut Request, operation: &Operation) {
    request.url_mut().set_fragment(None);
    let headers = request.headers_mut();
    headers.remove("api-version");
    headers.insert(ACCEPT, HeaderValue::from_static(operation.accept()));
    if let (Some(name), Some(written)) = (operation.content_type(), headers.get_mut(CONTENT_TYPE)) {
        *written = HeaderValue::from_static(name);
    }
}

/// Fails with a [`reqwest::Error`] whose source is `error`.
///
/// The generated code lets a hook fail with nothing else, and nobody but reqwest can make one. A
/// body that fails is the way in: reading it gives an error with the body's error as a source.
async fn fail(error: BoxError) -> reqwest::Result<Response> {
    let error = match error.downcast::<reqwest::Error>() {
        Ok(error) => return Err(*error),
        Err(error) => error,
    };
    let body = futures_util::stream::iter([Err::<bytes::Bytes, _>(error)]);
    let response = Response::from(http::Response::new(Body::wrap_stream(body)));
    let read = response.bytes().await?;
    Ok(http::Response::new(read).into())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    static OPERATIONS: [Operation; 1] = [Operation {
        id: "put_picture",
        method: "PUT",
        path: "/picture",
        accept: "application/json",
        content_type: Some("image/png"),
        stream: false,
        authenticated: true,
    }];

    /// Answers everything, and keeps the `Content-Type` of what was asked.
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
    async fn a_body_is_sent_under_its_own_name_and_none_under_no_name() {
        let names = Arc::new(Names::default());
        let carrier = Carrier::new(names.clone());
        let request = || reqwest::Client::new().put("http://h/picture");
        let picture = request().header(CONTENT_TYPE, "application/octet-stream").body("png");
        for request in [picture, request()] {
            let request = request.build().unwrap();
            carrier.carry(request, &OPERATIONS, "put_picture").await.unwrap();
        }
        assert_eq!(*names.0.lock().unwrap(), [Some(HeaderValue::from_static("image/png")), None]);
    }
}
