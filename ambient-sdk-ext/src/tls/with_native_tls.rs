//! TLS with the library of the operating system.

use std::error::Error as StdError;

use ambient_sdk::BoxError;
use reqwest::tls::Version;

use super::{TlsVersion, Trust, UNKNOWN_ISSUER};

pub(crate) type Root = reqwest::Certificate;
pub(crate) type Identity = reqwest::Identity;

/// Parses all certificates of a text; none is skipped.
pub(super) fn roots(pem: &str) -> Result<(Vec<Root>, usize), String> {
    let roots = reqwest::Certificate::from_pem_bundle(pem.as_bytes());
    roots.map(|roots| (roots, 0)).map_err(|error| format!("it is not valid PEM: {}", last(&error)))
}

/// Parses a client certificate, with intermediate certificates, and its key in PKCS #8.
pub(super) fn identity(certificate: &str, key: &str) -> Result<Identity, String> {
    reqwest::Identity::from_pkcs8_pem(certificate.as_bytes(), key.as_bytes()).map_err(|error| {
        let why = last(&error);
        format!("its certificate and key can't be used (the key must be in PKCS #8): {why}")
    })
}

/// Configures the HTTP client for the system's library with the settings in `trust`.
pub(super) fn apply(
    trust: Trust,
    builder: reqwest::ClientBuilder,
) -> Result<reqwest::ClientBuilder, BoxError> {
    let Trust { roots, identity, accept_invalid_certs, min_version } = trust;
    let oldest = match min_version {
        Some(TlsVersion::Tls13) => Version::TLS_1_3,
        _ => Version::TLS_1_2,
    };
    let builder = builder.tls_backend_native().tls_version_min(oldest).tls_certs_merge(roots);
    let builder = identity.into_iter().fold(builder, reqwest::ClientBuilder::identity);
    Ok(builder.tls_danger_accept_invalid_certs(accept_invalid_certs))
}

/// Returns the remedy for a failed handshake.
pub(super) fn explain(cause: &(dyn StdError + 'static)) -> Option<String> {
    let text = cause.to_string();
    let untrusted = ["unable to get local issuer", "self-signed certificate", "not trusted"];
    untrusted.iter().any(|sign| text.contains(sign)).then(|| {
        let none = "on a system without certificates, install the package `ca-certificates`";
        format!("{UNKNOWN_ISSUER}; {none}")
    })
}

/// Returns the text of the innermost cause.
fn last(error: &dyn StdError) -> String {
    let mut last = error;
    while let Some(cause) = last.source() {
        last = cause;
    }
    last.to_string()
}
