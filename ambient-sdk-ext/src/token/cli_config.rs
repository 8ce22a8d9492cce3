//! The configuration file of the platform's command-line client.

use ambient_sdk::Secret;
use serde::{Deserialize, de::DeserializeOwned};

/// The fields of the file that the SDK uses.
#[derive(Clone, Debug, Default, Deserialize)]
pub(crate) struct CliConfig {
    pub(crate) access_token: Option<Secret>,
    pub(crate) api_url: Option<String>,
    pub(crate) project: Option<String>,
}

impl CliConfig {
    /// Parses the JSON text of the file. The error never contains any of it.
    pub(crate) fn parse(text: &Secret) -> Result<Self, String> {
        Self::parse_as(text)
    }

    /// Like [`parse`](Self::parse), for other fields of the file.
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
