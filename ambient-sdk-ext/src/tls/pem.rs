//! Certificates and keys in PEM, as text or in a file.

use std::path::PathBuf;

use ambient_sdk::Secret;

use super::backend;
use crate::token;

/// The maximum size of a certificate file, in bytes; the bundles of whole systems have about
/// 500,000.
const MAX_BYTES: u64 = 4 * 1024 * 1024;

/// A PEM text, or the file that contains it.
#[derive(Clone)]
pub(crate) enum Pem {
    Text(Secret),
    File(PathBuf),
}

impl Pem {
    /// Returns the certificates of trusted authorities. The error names the file and contains none
    /// of its text.
    pub(crate) fn roots(&self) -> Result<Vec<backend::Root>, String> {
        let text = self.text()?;
        let (roots, ignored) = backend::roots(text.expose()).map_err(|e| self.wrong(&e))?;
        if ignored > 0 {
            tracing::warn!(from = self.name(), ignored, "ignored unusable root certificates");
        }
        match roots.is_empty() {
            true => Err(self.wrong("it contains no certificate that can be trusted")),
            false => Ok(roots),
        }
    }

    /// Returns the client certificate, with the key in `key`.
    pub(crate) fn identity(&self, key: &Self) -> Result<backend::Identity, String> {
        let (text, secret) = (self.text()?, key.text()?);
        if !text.expose().contains("-----BEGIN CERTIFICATE-----") {
            return Err(self.wrong("it contains no certificate in PEM"));
        }
        if !secret.expose().contains("PRIVATE KEY-----") {
            return Err(key.wrong("it contains no private key in PEM"));
        }
        backend::identity(text.expose(), secret.expose()).map_err(|e| self.wrong(&e))
    }

    fn text(&self) -> Result<Secret, String> {
        match self {
            Self::Text(text) => Ok(text.clone()),
            Self::File(path) => token::file_text(path, MAX_BYTES).map_err(|e| e.to_string()),
        }
    }

    fn name(&self) -> String {
        match self {
            Self::Text(_) => "the given text".to_owned(),
            Self::File(path) => path.display().to_string(),
        }
    }

    fn wrong(&self, what: &str) -> String {
        format!("{}: {what}", self.name())
    }
}
