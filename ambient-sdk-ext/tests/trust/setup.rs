//! The settings of a test server with TLS.

use std::sync::Arc;

use tokio_rustls::{
    TlsAcceptor,
    rustls::{
        ALL_VERSIONS, RootCertStore, ServerConfig, SupportedProtocolVersion,
        crypto::aws_lc_rs,
        pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
        server::WebPkiClientVerifier,
    },
};

use crate::authority::Authority;

/// The settings of a server with TLS.
#[derive(Clone, Copy)]
pub(crate) struct Setup<'a> {
    pub(crate) authority: &'a Authority,
    /// Whether clients must present a certificate of the same authority.
    pub(crate) client_auth: bool,
    pub(crate) versions: &'a [&'static SupportedProtocolVersion],
    /// The protocols that it offers in the handshake.
    pub(crate) protocols: &'a [&'a str],
}

impl<'a> Setup<'a> {
    pub(crate) fn of(authority: &'a Authority) -> Self {
        Self { authority, client_auth: false, versions: ALL_VERSIONS, protocols: &[] }
    }

    pub(crate) fn acceptor(self) -> TlsAcceptor {
        let provider = Arc::new(aws_lc_rs::default_provider());
        let builder = ServerConfig::builder_with_provider(provider.clone());
        let builder = builder.with_protocol_versions(self.versions).unwrap();
        let certificate = |pem: &str| CertificateDer::from_pem_slice(pem.as_bytes()).unwrap();
        let builder = match self.client_auth {
            false => builder.with_no_client_auth(),
            true => {
                let mut roots = RootCertStore::empty();
                roots.add(certificate(self.authority.pem())).unwrap();
                let verifier = WebPkiClientVerifier::builder_with_provider(roots.into(), provider);
                builder.with_client_cert_verifier(verifier.build().unwrap())
            }
        };
        let own = self.authority.issue("127.0.0.1");
        let key = PrivateKeyDer::from_pem_slice(own.key.as_bytes()).unwrap();
        let mut config =
            builder.with_single_cert(vec![certificate(&own.certificate)], key).unwrap();
        config.alpn_protocols =
            self.protocols.iter().map(|name| name.as_bytes().to_vec()).collect();
        TlsAcceptor::from(Arc::new(config))
    }
}
