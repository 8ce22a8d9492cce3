//! No TLS of this crate's own. The HTTP client has some if another part of the program turned that on;
//! then it is used as it comes.

use std::error::Error as StdError;

use ambient_sdk::BoxError;

use super::Trust;

const WITHOUT: &str = "this program was built without TLS: turn on one of the features rustls, ring \
    and native-tls of ambient-sdk-ext";

/// There is none.
#[derive(Clone)]
pub(crate) enum Root {}

/// There is none.
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

pub(super) fn explain(_: &(dyn StdError + 'static)) -> Option<String> {
    None
}
