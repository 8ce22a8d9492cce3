//! One call of a raw builder, and what its error is given besides.

use ambient_sdk::public_api;

use crate::{
    capture::Capture,
    error::{Error, Result},
    transport::Stack,
};

/// One call on its way: the raw client that makes it, and what is seen of the response.
pub(crate) struct Call<C> {
    pub(crate) raw: C,
    stack: Stack,
    seen: Capture,
}

impl<C> Call<C> {
    pub(crate) fn new(raw: C, stack: Stack, seen: Capture) -> Self {
        Self { raw, stack, seen }
    }

    /// The value of the response, or an error that knows the request and the response, and doesn't
    /// show the token.
    pub(crate) fn finish<T>(
        self,
        outcome: Result<public_api::ResponseValue<T>, public_api::Error<ambient_sdk::ErrorBody>>,
    ) -> Result<T> {
        outcome.map(public_api::ResponseValue::into_inner).map_err(|error| {
            let token = self.stack.settings.headers.token();
            let error = match error {
                public_api::Error::InvalidResponsePayload(body, error) => {
                    Error::undecodable(&body, error, Some(token))
                }
                error => Error::from(error),
            };
            let error = match self.seen.last() {
                Some(info) => error.seen(info),
                None => error,
            };
            error.redacted(token)
        })
    }
}
