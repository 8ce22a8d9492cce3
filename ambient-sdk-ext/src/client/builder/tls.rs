//! TLS settings.

use std::path::PathBuf;

use ambient_sdk::Secret;

use super::ClientBuilder;
use crate::tls::{Pem, TlsVersion};

impl ClientBuilder {
    /// Trusts certificate authorities in addition to those of the system: one or more certificates
    /// in PEM. Can be called repeatedly.
    pub fn ca_certificate(mut self, pem: impl Into<String>) -> Self {
        self.given.tls.roots.push(Pem::Text(pem.into().into()));
        self
    }

    /// Like [`ca_certificate`](Self::ca_certificate), from a file of at most 4 MiB. The file is
    /// read when the client is built.
    pub fn ca_certificate_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.given.tls.roots.push(Pem::File(path.into()));
        self
    }

    /// Sets the client certificate and its private key, which are presented to servers that request
    /// one. The text contains both in PEM: the certificate, followed by any intermediate
    /// certificates.
    ///
    /// With the feature `native-tls` the key must be in PKCS #8 (`BEGIN PRIVATE KEY`).
    pub fn client_certificate(mut self, pem: impl Into<Secret>) -> Self {
        let pem = Pem::Text(pem.into());
        self.given.tls.identity = Some((pem.clone(), pem));
        self
    }

    /// Like [`client_certificate`](Self::client_certificate), from two files, which may be the
    /// same. They are read when the client is built.
    pub fn client_certificate_files(
        mut self,
        certificate: impl Into<PathBuf>,
        key: impl Into<PathBuf>,
    ) -> Self {
        self.given.tls.identity = Some((Pem::File(certificate.into()), Pem::File(key.into())));
        self
    }

    /// Sets the minimum TLS version. Default: 1.2.
    pub fn min_tls_version(mut self, version: TlsVersion) -> Self {
        self.given.tls.min_version = Some(version);
        self
    }

    /// **Dangerous:** accepts any server certificate, so that anyone on the network path can read
    /// the token and impersonate the server. Each client built this way logs a warning. Default:
    /// `false`.
    ///
    /// For a server with a certificate of a private authority, use
    /// [`ca_certificate_file`](Self::ca_certificate_file) instead.
    pub fn danger_accept_invalid_certs(mut self, accept: bool) -> Self {
        self.given.tls.accept_invalid_certs = Some(accept);
        self
    }
}
