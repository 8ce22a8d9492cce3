//! Builds without TLS in this crate. The HTTP client has TLS only if another part of the program
//! enables it, and then uses it with its default settings.

use std::error::Error as StdError;

use ambient_sdk::BoxError;

use super::Trust;

const WITHOUT: &str = "this program was built without TLS: enable one of the features rustls, ring \
    and native-tls of ambient-sdk-ext";

/// An uninhabited type.
#[derive(Clone)]
pub(crate) enum Root {}

/// An uninhabited type.
#[derive(Clone)]
pub(crate) enum Identity {}

pub(super) fn roots(_: &str) -> Result<(Vec<Root>, usize), String> {
    Err(WITHOUT.to_owned())
}

pub(super) fn identity(_: &str, _: &str) -> Result<Identity, String> {
    Err(WITHOUT.to_owned())
}

pub(super) fn apply(
    trust: Trust,
    builder: reqwest::ClientBuilder,
) -> Result<reqwest::ClientBuilder, BoxError> {
    match trust.accept_invalid_certs || trust.min_version.is_some() {
        true => Err(WITHOUT.into()),
        false => Ok(builder),
    }
}

/// An uninhabited type.
#[cfg(feature = "grpc")]
#[derive(Clone)]
pub(crate) enum Http2 {}

#[cfg(feature = "grpc")]
impl Http2 {
    pub(super) fn new(_: Trust) -> Result<Self, BoxError> {
        Err(WITHOUT.into())
    }

    pub(crate) async fn connect(
        &self,
        _: &str,
        _: tokio::net::TcpStream,
    ) -> Result<tokio::net::TcpStream, BoxError> {
        match *self {}
    }
}

pub(super) fn explain(_: &(dyn StdError + 'static)) -> Option<String> {
    None
}
