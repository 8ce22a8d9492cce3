//! Tokens from an issuer, configured by the builder or by variables.

use std::time::Duration;

use ambient_sdk::Secret;

use super::{CLI_CONFIG, switch, token::Variable};
use crate::{
    client::http_client,
    tls::Trust,
    token::{self, CliLogin, ClientCredentials, Origin},
};

pub(super) const ISSUER: &str = "AMBIENT_OIDC_ISSUER";
const TOKEN_URL: &str = "AMBIENT_OIDC_TOKEN_URL";
const CLIENT_ID: &str = "AMBIENT_OIDC_CLIENT_ID";
const CLIENT_SECRET: &str = "AMBIENT_OIDC_CLIENT_SECRET";
const CLIENT_SECRET_FILE: &str = "AMBIENT_OIDC_CLIENT_SECRET_FILE";
const SCOPE: &str = "AMBIENT_OIDC_SCOPE";
const AUDIENCE: &str = "AMBIENT_OIDC_AUDIENCE";
const WRITE_BACK: &str = "AMBIENT_CONFIG_WRITE_BACK";
/// The variables of the platform's control plane: token endpoint, id, secret.
const CONTROL_PLANE: [&str; 3] = ["OIDC_TOKEN_URL", "OIDC_CLIENT_ID", "OIDC_CLIENT_SECRET"];

/// The timeout for connecting to an issuer.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

pub(super) fn of_credentials(
    credentials: ClientCredentials,
    trust: Option<&Trust>,
) -> Result<Origin, String> {
    let source = credentials.source(http(trust)?);
    source.map(Origin::Source).map_err(|e| format!("the client credentials are not usable: {e}"))
}

pub(super) fn of_login(login: CliLogin, trust: Option<&Trust>) -> Result<Origin, String> {
    let source = login.source(http(trust)?);
    source.map(Origin::Source).map_err(|e| format!("the login provides no token: {e}"))
}

/// Returns an HTTP client for issuers. It never follows redirects, even if the client of the calls
/// does.
fn http(trust: Option<&Trust>) -> Result<reqwest::Client, String> {
    http_client(CONNECT_TIMEOUT, trust.cloned().unwrap_or_default()).map_err(|e| e.to_string())
}

/// Returns the login in the command-line client's configuration at `path`.
pub(super) fn of_config(
    path: &str,
    variable: &impl Fn(&'static str) -> Variable,
    trust: Option<&Trust>,
) -> Result<Origin, String> {
    let write_back = switch(WRITE_BACK, variable(WRITE_BACK)?.as_deref())?;
    let source = CliLogin::new(path).write_back(write_back).source(http(trust)?);
    source.map(Origin::Source).map_err(|error| format!("{CLI_CONFIG} provides no token: {error}"))
}

/// Returns the credentials of the SDK's own variables, or `None` if no issuer is set.
pub(super) fn of_variables(
    variable: &impl Fn(&'static str) -> Variable,
    trust: Option<&Trust>,
) -> Result<Option<Origin>, String> {
    let (issuer, token_url) = (variable(ISSUER)?, variable(TOKEN_URL)?);
    let named = if token_url.is_some() { TOKEN_URL } else { ISSUER };
    let needed = |name: &str| format!("{name} environment variable is required with {named}");
    if issuer.is_none() && token_url.is_none() {
        return Ok(None);
    }
    let id = variable(CLIENT_ID)?.ok_or_else(|| needed(CLIENT_ID))?;
    let secret = match variable(CLIENT_SECRET)? {
        Some(secret) => Secret::from(secret),
        None => {
            secret_of_file(variable(CLIENT_SECRET_FILE)?.ok_or_else(|| needed(CLIENT_SECRET))?)?
        }
    };
    let secret = secret.expose().trim();
    let credentials = match (token_url, issuer) {
        (Some(url), _) => ClientCredentials::at_token_endpoint(url, id, secret),
        (None, issuer) => ClientCredentials::new(issuer.unwrap_or_default(), id, secret),
    };
    let scopes = variable(SCOPE)?.unwrap_or_default();
    let credentials = scopes.split_whitespace().fold(credentials, ClientCredentials::scope);
    let credentials =
        variable(AUDIENCE)?.into_iter().fold(credentials, ClientCredentials::audience);
    let source = credentials.source(http(trust)?);
    source
        .map(|source| Some(Origin::Source(source)))
        .map_err(|e| format!("{named} provides no token: {e}"))
}

fn secret_of_file(path: String) -> Result<Secret, String> {
    token::file_text(path.trim().as_ref(), token::MAX_BYTES)
        .map_err(|error| format!("{CLIENT_SECRET_FILE} is not usable: {error}"))
}

/// Returns the credentials of the control plane's variables, or `None` unless all three are set.
pub(super) fn of_control_plane(
    variable: &impl Fn(&'static str) -> Variable,
    trust: Option<&Trust>,
) -> Result<Option<Origin>, String> {
    let [url, id, secret] = CONTROL_PLANE.map(variable);
    let (Some(url), Some(id), Some(secret)) = (url?, id?, secret?) else { return Ok(None) };
    let source = ClientCredentials::at_token_endpoint(url, id, secret).source(http(trust)?);
    let source = source.map_err(|error| format!("{} provides no token: {error}", CONTROL_PLANE[0]));
    source.map(|source| Some(Origin::Source(source)))
}
