//! Which version the server is, and whether it goes with this client.
//!
//! ```no_run
//! use ambient_sdk_ext::api_server::Agreement;
//!
//! # async fn example(client: ambient_sdk_ext::Client) -> ambient_sdk_ext::Result<()> {
//! let check = client.api_server().check_version().await?;
//! match check.agreement {
//!     Agreement::Same => println!("nothing speaks against it"),
//!     Agreement::Different => println!("server {:?}, client {}", check.server, check.client),
//!     _ => println!("the server's build has no version"),
//! }
//! # Ok(())
//! # }
//! ```
//!
//! # What the check can tell
//! The client knows the version of the OpenAPI document that it is generated from, and the server
//! tells the version of its own build. That document has said 1.0.0 in every revision so far,
//! whatever changed in it, and nothing ties the server's number to it. So:
//! - [`Same`](Agreement::Same) does **not** mean that the server has every operation and field that
//!   this client has, nor the other way round;
//! - [`Different`](Agreement::Different) means that the server counts another first number, as it
//!   would after a break on purpose. Builds that are numbered by themselves, as `0.5.0`, give it as
//!   well: let it warn, and not refuse.
//!
//! What really differs between two revisions is told by comparing their documents:
//! `cargo xtask drift` in this SDK's workspace.

use ambient_sdk::api_server::{DOCUMENT, types::VersionInfo};
use serde::{Deserialize, Serialize};

use super::ApiServer;
use crate::error::{Error, ErrorKind, Result};

/// A client's document beside the server's version.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct VersionCheck {
    /// The version of the OpenAPI document that this client is generated from.
    pub client: String,
    /// What the server says of its build; a plain build says nothing, in empty texts.
    pub server: VersionInfo,
    /// Whether the two go together.
    pub agreement: Agreement,
}

/// Whether a client and a server go together, by the first number of their versions; see
/// [what that can tell](self#what-the-check-can-tell).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Agreement {
    /// The first numbers are the same, which doesn't prove that nothing has changed.
    Same,
    /// The first numbers differ: calls may be missing, or mean something else. Or the server's
    /// builds are numbered by themselves.
    Different,
    /// The server's build has no version, or a text that isn't one.
    Unknown,
}

impl ApiServer {
    /// What the server says of its build, at `/api/ambient/v1/version`; it needs a token like every
    /// other call. A build that was made without saying its version answers with empty texts.
    ///
    /// As the cheapest call of the API server, it also tells whether there is one at
    /// [`api_server_url`](crate::Client::api_server_url).
    ///
    /// # Errors
    /// Every kind that a call can have; [`Decode`](ErrorKind::Decode) when what answers isn't an API
    /// server.
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

    /// Compares the server's version with that of the document this client is generated from.
    ///
    /// # Errors
    /// As those of [`version`](Self::version).
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

/// The tag of a build counts where its version is no version, as in `dev`.
fn agreement(client: &str, server: &VersionInfo) -> Agreement {
    let said = [&server.version, &server.git_tag];
    let first = said.into_iter().flatten().find_map(|text| first_number(text));
    match (first_number(client), first) {
        (Some(client), Some(server)) if client == server => Agreement::Same,
        (Some(_), Some(_)) => Agreement::Different,
        _ => Agreement::Unknown,
    }
}

/// 1 of `1.4.2`, `v1.4` and `1.4.2-rc1`; nothing of `dev` or of a commit.
fn first_number(version: &str) -> Option<u64> {
    let version = version.trim();
    let (first, rest) = version.strip_prefix('v').unwrap_or(version).split_once('.')?;
    rest.starts_with(|c: char| c.is_ascii_digit()).then(|| first.parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_agree_by_their_first_number() {
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
