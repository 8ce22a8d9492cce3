//! The seam: who carries the requests of the generated builders.

use std::{error::Error, fmt, future::Future, pin::Pin, sync::Arc};

use reqwest::Request;

use crate::{Operation, Response};

/// Any error of a transport; a reader finds it as the source of the error of the raw client.
pub type BoxError = Box<dyn Error + Send + Sync>;

/// A future that can be named, as [`Transport::send`] returns it.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Whoever carries requests: a [`reqwest::Client`], a stack of layers around one, or a test's own.
///
/// A transport answers with any status; it need not look at failures. An error is for a request
/// that has no response at all. A transport that reads failures itself fails with
/// [`Error::Refused`](crate::Error::Refused): an [`Error`](crate::Error) reaches the caller as it is.
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
        Box::pin(async move { Ok(response.await?.into()) })
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

    pub(crate) fn send(
        &self,
        request: Request,
        operation: &'static Operation,
    ) -> BoxFuture<'_, Result<Response, BoxError>> {
        self.0.send(request, operation)
    }
}

impl From<Arc<dyn Transport>> for Carrier {
    fn from(transport: Arc<dyn Transport>) -> Self {
        Self(transport)
    }
}

impl fmt::Debug for Carrier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Carrier")
    }
}
