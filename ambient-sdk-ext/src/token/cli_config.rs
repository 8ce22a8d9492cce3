//! The configuration file of the platform's command-line client.

use ambient_sdk::Secret;
use serde::{Deserialize, de::DeserializeOwned};

/// The entries of the file that this SDK uses.
#[derive(Clone, Debug, Default, Deserialize)]
pub(crate) struct CliConfig {
    pub(crate) access_token: Option<Secret>,
    pub(crate) api_url: Option<String>,
    pub(crate) project: Option<String>,
}

impl CliConfig {
    /// Reads the JSON text of a file. The error never holds any of it.
    pub(crate) fn parse(text: &Secret) -> Result<Self, String> {
        Self::parse_as(text)
    }

    /// As [`parse`](Self::parse), of what else the file is read for.
    pub(super) fn parse_as<T: DeserializeOwned>(text: &Secret) -> Result<T, String> {
        serde_json::from_str(text.expose()).map_err(|error| {
            format!(
                "not the command-line client's JSON (line {}, column {})",
                error.line(),
                error.column()
            )
        })
    }
}
