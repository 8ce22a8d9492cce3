//! A custom HTTP client, which may follow redirects.

use ambient_sdk::{BoxError, BoxFuture, Operation, Response, Transport};
use reqwest::Request;

use crate::error::Error;

/// Sends requests with a custom client and rejects redirected responses, as the default client
/// does: a response from another address is not the server's.
pub(super) struct Own(pub(super) reqwest::Client);

impl Transport for Own {
    fn send(
        &self,
        request: Request,
        operation: &'static Operation,
    ) -> BoxFuture<'_, Result<Response, BoxError>> {
        let asked = request.url().clone();
        let response = self.0.execute(request);
        Box::pin(async move {
            let response = response.await?;
            match *response.url() == asked {
                true => Ok(response.into()),
                false => Err(Error::followed(operation, &asked, &response).into()),
            }
        })
    }
}
