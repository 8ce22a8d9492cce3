//! Settings of TLS.

use std::path::PathBuf;

use ambient_sdk::Secret;

use super::ClientBuilder;
use crate::tls::{Pem, TlsVersion};

impl ClientBuilder {
    /// Trusts servers whose certificates come from these authorities, besides those of the system: one
    /// or more certificates in PEM. Can be called more than once.
    pub fn ca_certificate(mut self, pem: impl Into<String>) -> Self {
        self.given.tls.roots.push(Pem::Text(pem.into().into()));
        self
    }

    /// As [`ca_certificate`](Self::ca_certificate), of a file. It is read when the client is built, at
    /// most 4 MiB.
    pub fn ca_certificate_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.given.tls.roots.push(Pem::File(path.into()));
        self
    }

    /// The certificate that the client shows to servers that ask for one, and its private key: both in
    /// one text in PEM, the certificate before those between it and its root.
    ///
    /// With the feature `native-tls` the key has to be in PKCS #8 (`BEGIN PRIVATE KEY`).
    pub fn client_certificate(mut self, pem: impl Into<Secret>) -> Self {
        let pem = Pem::Text(pem.into());
        self.given.tls.identity = Some((pem.clone(), pem));
        self
    }

    /// As [`client_certificate`](Self::client_certificate), of two files, which may be the same. They
    /// are read when the client is built.
    pub fn client_certificate_files(
        mut self,
        certificate: impl Into<PathBuf>,
        key: impl Into<PathBuf>,
    ) -> Self {
        self.given.tls.identity = Some((Pem::File(certificate.into()), Pem::File(key.into())));
        self
    }

    /// The oldest version of TLS that is spoken. Default: 1.2.
    pub fn min_tls_version(mut self, version: TlsVersion) -> Self {
        self.given.tls.min_version = Some(version);
        self
    }

    /// **Dangerous:** takes any certificate for the server's, so that whoever is on the way can read the
    /// token and answer in the server's place. The trace has a warning for every client so built.
    /// Default: `false`.
    ///
    /// Where a server has a certificate of a private authority, use
    /// [`ca_certificate_file`](Self::ca_certificate_file) instead.
    pub fn danger_accept_invalid_certs(mut self, accept: bool) -> Self {
        self.given.tls.accept_invalid_certs = Some(accept);
        self
    }
}
