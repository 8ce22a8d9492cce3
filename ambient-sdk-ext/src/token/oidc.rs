//! Tokens from an OpenID Connect issuer: with a service's client credentials, or with the
//! command-line client's login.
//!
//! Issuers are reached over https only, except on this machine. Redirects are not followed,
//! responses are limited in size and time, and one caller requests the token for all waiting
//! callers.

mod answers;
mod cli_file;
mod cli_login;
mod credentials;
mod endpoint;
mod error;
mod kept;

pub use cli_login::CliLogin;
pub use credentials::ClientCredentials;
pub use error::OidcError;

use std::time::Duration;

use url::Url;

use crate::config::is_this_machine;

/// The default total time of a request to an issuer.
const TIMEOUT: Duration = Duration::from_secs(30);

/// Checks a URL to which secrets are sent.
fn checked_url(what: &str, text: &str) -> Result<Url, String> {
    let Ok(url) = Url::parse(text.trim()) else {
        return Err(format!("{what} is not a URL: {:?}", super::shown(text)));
    };
    match url.scheme() {
        _ if !url.username().is_empty() || url.password().is_some() => {
            Err(format!("{what} must not contain a user or password"))
        }
        "https" => Ok(url),
        "http" if is_this_machine(&url) => Ok(url),
        "http" => Err(format!("{what} begins with http://, but secrets require https")),
        scheme => Err(format!("{what} must begin with https://, not {scheme}:")),
    }
}
