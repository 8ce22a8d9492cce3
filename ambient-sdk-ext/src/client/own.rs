//! An HTTP client of the user's, which may follow redirects.

use ambient_sdk::{BoxError, BoxFuture, Operation, Response, Transport};
use reqwest::Request;

use crate::error::Error;

/// Fails where the client's own would: the response of another address is not the server's.
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
