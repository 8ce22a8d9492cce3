//! The transport that sends the requests of the generated builders.

use std::{error::Error, fmt, future::Future, pin::Pin, sync::Arc};

use reqwest::Request;

use crate::{Operation, Response};

/// The error of a transport, which the raw client's error returns as its source.
pub type BoxError = Box<dyn Error + Send + Sync>;

/// The boxed future that [`Transport::send`] returns.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Sends requests: a [`reqwest::Client`], a stack of layers around one, or a test double.
///
/// A transport returns a response with any status and does not have to handle failures. It returns
/// an error only if there is no response. A transport that reads failed responses itself returns
/// [`Error::Refused`](crate::Error::Refused); an [`Error`](crate::Error) is passed to the caller
/// unchanged.
pub trait Transport: Send + Sync + 'static {
    /// Sends `request`, which calls `operation`, and returns the response as soon as its headers
    /// arrive.
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

/// The shared transport of a raw client.
#[derive(Clone)]
pub struct Carrier(Arc<dyn Transport>);

impl Carrier {
    /// Creates a carrier that sends requests through `transport`.
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
