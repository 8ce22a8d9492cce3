//! Replacement for tokens from an issuer in builds without the feature `oidc`.

use super::{
    CLI_CONFIG,
    token::{Variable, of_file},
};
use crate::{
    tls::Trust,
    token::{Origin, TokenFile},
};

pub(super) const ISSUER: &str = "AMBIENT_OIDC_ISSUER";

/// Uses the token in the command-line client's configuration at `path` without renewing it.
pub(super) fn of_config(
    path: &str,
    _: &impl Fn(&'static str) -> Variable,
    _: Option<&Trust>,
) -> Result<Origin, String> {
    of_file(CLI_CONFIG, TokenFile::cli_config(path))
}

pub(super) fn of_variables(
    variable: &impl Fn(&'static str) -> Variable,
    _: Option<&Trust>,
) -> Result<Option<Origin>, String> {
    match variable(ISSUER)? {
        None => Ok(None),
        Some(_) => Err(format!(
            "{ISSUER} is set, but this program was built without the feature `oidc` of ambient-sdk-ext"
        )),
    }
}

pub(super) fn of_control_plane(
    _: &impl Fn(&'static str) -> Variable,
    _: Option<&Trust>,
) -> Result<Option<Origin>, String> {
    Ok(None)
}
