//! TLS: trusted certificates, client certificates and protocol versions.
//!
//! The settings of a client are checked when it is built. The system's certificates are loaded for
//! the first https connection, so that a client also works on a machine without any until it needs
//! them.

mod pem;

#[cfg(feature = "native-tls")]
mod with_native_tls;
#[cfg(all(any(feature = "rustls", feature = "ring"), not(feature = "native-tls")))]
mod with_rustls;
#[cfg(not(any(feature = "rustls", feature = "ring", feature = "native-tls")))]
mod without;

#[cfg(feature = "native-tls")]
use with_native_tls as backend;
#[cfg(all(any(feature = "rustls", feature = "ring"), not(feature = "native-tls")))]
use with_rustls as backend;
#[cfg(not(any(feature = "rustls", feature = "ring", feature = "native-tls")))]
use without as backend;

use std::{error::Error as StdError, fmt};

use ambient_sdk::BoxError;

#[cfg(feature = "grpc")]
pub(crate) use backend::Http2;
pub(crate) use pem::Pem;

/// Advice for the error of a certificate that is not trusted.
#[cfg(any(feature = "rustls", feature = "ring", feature = "native-tls"))]
const UNKNOWN_ISSUER: &str = "the server's certificate is from an authority that is not trusted; \
    to trust it, set the authority's certificate with `ClientBuilder::ca_certificate_file` or \
    AMBIENT_CA_CERT_FILE";

/// The error of a server that does not offer HTTP/2 in the handshake.
#[cfg(all(feature = "grpc", any(feature = "rustls", feature = "ring", feature = "native-tls")))]
const NO_HTTP2: &str = "the server does not offer HTTP/2 over TLS, which gRPC needs";

/// A TLS version, for the minimum version in
/// [`ClientBuilder::min_tls_version`](crate::ClientBuilder::min_tls_version).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum TlsVersion {
    /// TLS 1.2, published in 2008. Older versions are never used.
    Tls12,
    /// TLS 1.3, published in 2018.
    Tls13,
}

impl fmt::Display for TlsVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Tls12 => "1.2",
            Self::Tls13 => "1.3",
        })
    }
}

/// The TLS settings as given to the builder.
#[derive(Clone, Default)]
pub(crate) struct GivenTls {
    pub(crate) roots: Vec<Pem>,
    /// The client certificate and its key.
    pub(crate) identity: Option<(Pem, Pem)>,
    pub(crate) accept_invalid_certs: Option<bool>,
    pub(crate) min_version: Option<TlsVersion>,
}

impl GivenTls {
    pub(crate) fn is_empty(&self) -> bool {
        let Self { roots, identity, accept_invalid_certs, min_version } = self;
        roots.is_empty()
            && identity.is_none()
            && accept_invalid_certs.is_none()
            && min_version.is_none()
    }
}

/// The checked TLS settings.
#[derive(Clone, Default)]
pub(crate) struct Trust {
    /// Trusted certificates in addition to those of the system.
    pub(crate) roots: Vec<backend::Root>,
    pub(crate) identity: Option<backend::Identity>,
    pub(crate) accept_invalid_certs: bool,
    pub(crate) min_version: Option<TlsVersion>,
}

impl Trust {
    /// Applies these settings to the builder of an HTTP client.
    pub(crate) fn apply(
        self,
        builder: reqwest::ClientBuilder,
    ) -> Result<reqwest::ClientBuilder, BoxError> {
        self.warn();
        backend::apply(self, builder)
    }

    /// Returns a connector for HTTP/2 with these settings.
    #[cfg(feature = "grpc")]
    pub(crate) fn http2(self) -> Result<Http2, BoxError> {
        self.warn();
        Http2::new(self)
    }

    fn warn(&self) {
        if self.accept_invalid_certs {
            tracing::warn!(
                "DANGER: server certificates are not verified, so anyone on the network path can \
                 read the token and impersonate the server"
            );
        }
    }
}

impl fmt::Debug for Trust {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Trust")
            .field("roots", &self.roots.len())
            .field("identity", &self.identity.is_some())
            .field("accept_invalid_certs", &self.accept_invalid_certs)
            .field("min_version", &self.min_version)
            .finish()
    }
}

/// Returns why the server is not trusted, and the remedy, if that is this cause of a failed
/// connection.
pub(crate) fn explain(cause: &(dyn StdError + 'static)) -> Option<String> {
    backend::explain(cause)
}
