//! Tokens from an issuer by OpenID Connect: those of a service's own credentials, and those of the
//! command-line client's login.
//!
//! An issuer is asked over https only, unless it is on this machine; its redirects are not followed,
//! its answers are bounded in size and time, and one caller asks for all that wait.

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

/// How long an issuer may take in all, unless set.
const TIMEOUT: Duration = Duration::from_secs(30);

/// A URL that secrets can be sent to.
fn checked_url(what: &str, text: &str) -> Result<Url, String> {
    let Ok(url) = Url::parse(text.trim()) else {
        return Err(format!("{what} is not a URL: {:?}", super::shown(text)));
    };
    match url.scheme() {
        _ if !url.username().is_empty() || url.password().is_some() => {
            Err(format!("{what} holds a user or password"))
        }
        "https" => Ok(url),
        "http" if is_this_machine(&url) => Ok(url),
        "http" => Err(format!("{what} begins with http://, but secrets need https")),
        scheme => Err(format!("{what} must begin with https://, not {scheme}:")),
    }
}
