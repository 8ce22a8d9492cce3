//! Certificates and keys in PEM: a text, or a file that holds one.

use std::path::PathBuf;

use ambient_sdk::Secret;

use super::backend;
use crate::token;

/// The largest file of certificates that is read, in bytes; those of whole systems have about 500,000.
const MAX_BYTES: u64 = 4 * 1024 * 1024;

/// A text in PEM, or the file that holds it.
#[derive(Clone)]
pub(crate) enum Pem {
    Text(Secret),
    File(PathBuf),
}

impl Pem {
    /// The certificates of authorities in it. The error names the file, and shows nothing of it.
    pub(crate) fn roots(&self) -> Result<Vec<backend::Root>, String> {
        let text = self.text()?;
        let (roots, ignored) = backend::roots(text.expose()).map_err(|e| self.wrong(&e))?;
        if ignored > 0 {
            tracing::warn!(from = self.name(), ignored, "certificates that can't be roots");
        }
        match roots.is_empty() {
            true => Err(self.wrong("it holds no certificate that can be trusted")),
            false => Ok(roots),
        }
    }

    /// The client's certificate in it, with its key in `key`.
    pub(crate) fn identity(&self, key: &Self) -> Result<backend::Identity, String> {
        let (text, secret) = (self.text()?, key.text()?);
        if !text.expose().contains("-----BEGIN CERTIFICATE-----") {
            return Err(self.wrong("it holds no certificate in PEM"));
        }
        if !secret.expose().contains("PRIVATE KEY-----") {
            return Err(key.wrong("it holds no private key in PEM"));
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
            Self::Text(_) => "the text that was given".to_owned(),
            Self::File(path) => path.display().to_string(),
        }
    }

    fn wrong(&self, what: &str) -> String {
        format!("{}: {what}", self.name())
    }
}
