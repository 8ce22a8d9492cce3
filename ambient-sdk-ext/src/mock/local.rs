//! A transport that calls the server directly, without a socket.

use std::{fmt, sync::Arc};

use ambient_sdk::{BoxError, BoxFuture, Operation, Response, Transport};
use axum::body::Body;
use reqwest::Request;

use super::{service, state::Shared};

/// A transport that sends requests to a [`MockServer`](super::MockServer) within the process.
///
/// Nothing waits for the network, so every delay, poll and ping is instant under tokio's paused
/// clock. The server answers requests to any host.
#[derive(Clone)]
pub struct LocalTransport(Arc<Shared>);

impl LocalTransport {
    pub(super) fn new(shared: Arc<Shared>) -> Self {
        Self(shared)
    }
}

impl Transport for LocalTransport {
    fn send(
        &self,
        request: Request,
        _: &'static Operation,
    ) -> BoxFuture<'_, Result<Response, BoxError>> {
        Box::pin(async move {
            let request = http::Request::<reqwest::Body>::try_from(request)?;
            let response = service::serve(self.0.clone(), request.map(Body::new)).await?;
            let body = |body: Body| reqwest::Body::wrap_stream(body.into_data_stream());
            Ok(response.map(body).into())
        })
    }
}

impl fmt::Debug for LocalTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LocalTransport")
    }
}
