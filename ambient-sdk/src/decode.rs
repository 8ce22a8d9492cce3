//! Reading the JSON of a response.

use progenitor_client::{Error, ResponseValue};
use serde::de::DeserializeOwned;

/// The value that a response holds, in place of the generator's `ResponseValue::from_response`.
///
/// The text is checked for UTF-8 once and as a whole; the generator's way has every string checked by
/// itself, which costs an eighth of the time of a long list.
pub(crate) async fn value<T: DeserializeOwned, E>(
    response: reqwest::Response,
) -> Result<ResponseValue<T>, Error<E>> {
    let (status, headers) = (response.status(), response.headers().clone());
    let body = response.bytes().await.map_err(Error::ResponseBodyError)?;
    let value = match std::str::from_utf8(&body) {
        Ok(text) => serde_json::from_str(text),
        // Fails with the place of what is no UTF-8.
        Err(_) => serde_json::from_slice(&body),
    };
    match value {
        Ok(value) => Ok(ResponseValue::new(value, status, headers)),
        Err(error) => Err(Error::InvalidResponsePayload(body, error)),
    }
}
