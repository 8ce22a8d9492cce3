//! The server's version, and whether it matches this client.
//!
//! ```no_run
//! use ambient_sdk_ext::api_server::Agreement;
//!
//! # async fn example(client: ambient_sdk_ext::Client) -> ambient_sdk_ext::Result<()> {
//! let check = client.api_server().check_version().await?;
//! match check.agreement {
//!     Agreement::Same => println!("the major versions are equal"),
//!     Agreement::Different => println!("server {:?}, client {}", check.server, check.client),
//!     _ => println!("the server's build has no version"),
//! }
//! # Ok(())
//! # }
//! ```
//!
//! # Limits of the check
//! The client knows the version of the OpenAPI document from which it is generated, and the server
//! returns the version of its own build. Every revision of the document so far has the version
//! 1.0.0, regardless of its changes, and the server's number is not derived from it. Therefore:
//! - [`Same`](Agreement::Same) does **not** mean that the server has every operation and field of
//!   this client, nor the reverse.
//! - [`Different`](Agreement::Different) means that the server has a different major version, as it
//!   would after an intentional breaking change. Builds with independent version numbers, for
//!   example `0.5.0`, also return it: treat it as a warning, not as an error.
//!
//! To list the actual differences between two revisions, compare their documents with
//! `cargo xtask drift` in this SDK's workspace.

use std::fmt;

use ambient_sdk::api_server::{DOCUMENT, types::VersionInfo};
use serde::{Deserialize, Serialize};

use super::ApiServer;
use crate::error::{Error, ErrorKind, Result};

/// The versions of a client's document and of a server.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct VersionCheck {
    /// The version of the OpenAPI document from which this client is generated.
    pub client: String,
    /// The version information of the server's build; its texts are empty if the build has none.
    pub server: VersionInfo,
    /// Whether the versions match.
    pub agreement: Agreement,
}

/// Whether a client and a server match, by their major versions; see
/// [the limits of the check](self#limits-of-the-check).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Agreement {
    /// The major versions are equal, which does not prove that the APIs are.
    Same,
    /// The major versions differ: operations may be missing or behave differently, or the server's
    /// builds have independent version numbers.
    Different,
    /// The server's build has no version, or an invalid one.
    Unknown,
}

impl fmt::Display for Agreement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Same => "same major version",
            Self::Different => "different major versions",
            Self::Unknown => "unknown version",
        })
    }
}

impl ApiServer {
    /// Returns the version of the server's build, from `/api/ambient/v1/version`. The call needs a
    /// token like any other. The texts are empty if the build has no version information.
    ///
    /// As the cheapest call of the API server, it can also be used to check whether there is an API
    /// server at [`api_server_url`](crate::Client::api_server_url).
    ///
    /// # Errors
    /// Any kind that a call can return; [`Decode`](ErrorKind::Decode) if the response is not from
    /// an API server.
    pub async fn version(&self) -> Result<VersionInfo> {
        let version = self.raw().get_version().send().await?.into_inner();
        match &version {
            VersionInfo { version: None, build_time: None, git_tag: None } => {
                let url = self.client.api_server_url();
                let text = format!(
                    "cannot read the response: {url} is not the URL of an API server (its version has \
                     none of the fields `version`, `build_time` and `git_tag`); set \
                     AMBIENT_API_SERVER_URL"
                );
                Err(Error::new(ErrorKind::Decode, text))
            }
            _ => Ok(version),
        }
    }

    /// Compares the server's version with that of the document from which this client is generated.
    ///
    /// # Errors
    /// The errors of [`version`](Self::version).
    pub async fn check_version(&self) -> Result<VersionCheck> {
        let client = document_version()?;
        let server = self.version().await?;
        let agreement = agreement(&client, &server);
        Ok(VersionCheck { client, server, agreement })
    }
}

fn document_version() -> Result<String> {
    #[derive(Deserialize)]
    struct Document {
        info: Info,
    }
    #[derive(Deserialize)]
    struct Info {
        version: String,
    }
    let document: Document = serde_json::from_str(DOCUMENT).map_err(|error| {
        let text = "the client's own OpenAPI document can't be read";
        Error::new(ErrorKind::Decode, text).with_source(error)
    })?;
    Ok(document.info.version)
}

/// Compares the versions; uses the build's tag if its version is not a number, for example `dev`.
fn agreement(client: &str, server: &VersionInfo) -> Agreement {
    let texts = [&server.version, &server.git_tag];
    let first = texts.into_iter().flatten().find_map(|text| first_number(text));
    match (first_number(client), first) {
        (Some(client), Some(server)) if client == server => Agreement::Same,
        (Some(_), Some(_)) => Agreement::Different,
        _ => Agreement::Unknown,
    }
}

/// Parses the major version: 1 for `1.4.2`, `v1.4` and `1.4.2-rc1`; `None` for `dev` or a commit.
fn first_number(version: &str) -> Option<u64> {
    let version = version.trim();
    let (first, rest) = version.strip_prefix('v').unwrap_or(version).split_once('.')?;
    rest.starts_with(|c: char| c.is_ascii_digit()).then(|| first.parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compared_by_major_version() {
        let server = |version: &str, tag: &str| VersionInfo {
            version: Some(version.into()),
            git_tag: Some(tag.into()),
            build_time: None,
        };
        assert_eq!(agreement("1.0.0", &server("1.4.2", "")), Agreement::Same);
        assert_eq!(agreement("1.0.0", &server("dev", "v1.9.0")), Agreement::Same);
        assert_eq!(agreement("1.0.0", &server("v2.0.0-rc1", "v1.0.0")), Agreement::Different);
        for unknown in ["", "dev", "9f2c1ab", "1", "latest.1"] {
            assert_eq!(agreement("1.0.0", &server(unknown, "")), Agreement::Unknown, "{unknown}");
        }
    }

    #[test]
    fn the_document_has_a_version() {
        assert!(first_number(&document_version().unwrap()).is_some());
    }
}
