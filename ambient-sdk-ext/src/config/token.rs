//! Sources of the token.

use std::{fmt, sync::Arc};

use ambient_sdk::Secret;

use super::{CLI_CONFIG, TOKEN, oidc};
use crate::{
    tls::Trust,
    token::{self, CliConfig, Origin, Token, TokenFile, TokenSource},
};

pub(super) const TOKEN_FILE: &str = "AMBIENT_TOKEN_FILE";

/// The text of a variable, if it is set.
pub(super) type Variable = Result<Option<String>, String>;

/// A variable and the description of its problem.
type Wrong = (&'static str, String);

/// The token settings of the builder. If several are set, the first field takes precedence.
#[derive(Clone, Default)]
pub(crate) struct GivenToken {
    pub(crate) source: Option<Arc<dyn TokenSource>>,
    #[cfg(feature = "oidc")]
    pub(crate) credentials: Option<crate::token::ClientCredentials>,
    #[cfg(feature = "oidc")]
    pub(crate) login: Option<crate::token::CliLogin>,
    pub(crate) text: Option<Secret>,
}

impl fmt::Debug for GivenToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GivenToken")
            .field("source", &self.source.is_some())
            .field("text", &self.text)
            .finish_non_exhaustive()
    }
}

impl GivenToken {
    /// Returns the token or its source, from the builder or else from the environment.
    ///
    /// Variables are tried in order, and the first that is set is used. `config` is the path of the
    /// command-line client's configuration. Issuers are reached with the TLS settings in `trust`.
    pub(super) fn origin(
        self,
        variable: impl Fn(&'static str) -> Variable,
        config: Option<&str>,
        trust: Option<&Trust>,
    ) -> Result<Origin, Wrong> {
        if let Some(source) = self.source {
            return Ok(Origin::Source(source));
        }
        #[cfg(feature = "oidc")]
        if let Some(credentials) = self.credentials {
            return oidc::of_credentials(credentials, trust).map_err(at(oidc::ISSUER));
        }
        #[cfg(feature = "oidc")]
        if let Some(login) = self.login {
            return oidc::of_login(login, trust).map_err(at(CLI_CONFIG));
        }
        if let Some(text) = self.text {
            return accepted(text).map_err(at(TOKEN));
        }
        if let Some(text) = variable(TOKEN).map_err(at(TOKEN))? {
            return accepted(text.into()).map_err(at(TOKEN));
        }
        if let Some(path) = variable(TOKEN_FILE).map_err(at(TOKEN_FILE))? {
            return of_file(TOKEN_FILE, TokenFile::new(path.trim())).map_err(at(TOKEN_FILE));
        }
        if let Some(origin) = oidc::of_variables(&variable, trust).map_err(at(oidc::ISSUER))? {
            return Ok(origin);
        }
        if let Some(path) = config {
            return oidc::of_config(path, &variable, trust).map_err(at(CLI_CONFIG));
        }
        if let Some(origin) = oidc::of_control_plane(&variable, trust).map_err(at(oidc::ISSUER))? {
            return Ok(origin);
        }
        let others = format!("{TOKEN_FILE}, {} and {CLI_CONFIG}", oidc::ISSUER);
        let none = format!("{TOKEN} environment variable is required");
        Err((TOKEN, format!("{none}; {others} are not set either")))
    }
}

/// Attaches the variable that a problem concerns.
fn at(variable: &'static str) -> impl Fn(String) -> Wrong {
    move |message| (variable, message)
}

fn accepted(token: Secret) -> Result<Origin, String> {
    let token = Token::new(token).map_err(|e| format!("{TOKEN} is not usable: {e}"))?;
    Ok(Origin::Fixed(token))
}

/// Reads the file once, so that a missing file is reported before anything is sent.
pub(super) fn of_file(variable: &str, file: TokenFile) -> Result<Origin, String> {
    file.read().map_err(|error| format!("{variable} provides no token: {error}"))?;
    Ok(Origin::Source(Arc::new(file)))
}

/// Reads the command-line client's configuration, and returns it with its path.
pub(super) fn cli_config(path: Option<String>) -> Result<Option<(String, CliConfig)>, String> {
    let Some(path) = path.map(|path| path.trim().to_owned()) else { return Ok(None) };
    let text = token::file_text(path.as_ref(), token::MAX_BYTES)
        .map_err(|e| format!("{CLI_CONFIG} is not usable: {e}"))?;
    let config = CliConfig::parse(&text);
    let config = config.map_err(|e| format!("{CLI_CONFIG} is not usable: {path}: {e}"))?;
    Ok(Some((path, config)))
}
