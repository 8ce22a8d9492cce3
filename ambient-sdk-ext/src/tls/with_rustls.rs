//! TLS with rustls.

use std::{
    error::Error as StdError,
    io,
    sync::{Arc, OnceLock},
};

use ambient_sdk::BoxError;
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, Error as TlsError, OtherError,
    RootCertStore, SignatureScheme,
    client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature},
    pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime, pem::PemObject},
    sign::{CertifiedKey, SingleCertAndKey},
};
use rustls_platform_verifier::Verifier;
#[cfg(feature = "grpc")]
use tokio::net::TcpStream;
#[cfg(feature = "grpc")]
use tokio_rustls::{TlsConnector, client::TlsStream};

#[cfg(feature = "grpc")]
use super::NO_HTTP2;
use super::{TlsVersion, Trust, UNKNOWN_ISSUER};

/// The name of HTTP/2 in the handshake.
#[cfg(feature = "grpc")]
const H2: &[u8] = b"h2";

pub(crate) type Root = CertificateDer<'static>;
pub(crate) type Identity = Arc<CertifiedKey>;

/// Parses the certificates of a text that can be used as roots, and returns the number of those
/// that cannot.
pub(super) fn roots(pem: &str) -> Result<(Vec<Root>, usize), String> {
    let all = certificates(pem)?;
    let mut store = RootCertStore::empty();
    let found = all.len();
    let roots: Vec<Root> = all.into_iter().filter(|root| store.add(root.clone()).is_ok()).collect();
    let ignored = found - roots.len();
    Ok((roots, ignored))
}

/// Parses a client certificate, with intermediate certificates, and its key.
pub(super) fn identity(certificate: &str, key: &str) -> Result<Identity, String> {
    let chain = certificates(certificate)?;
    let key = PrivateKeyDer::from_pem_slice(key.as_bytes())
        .map_err(|_| "its private key can't be read")?;
    let identity = CertifiedKey::from_der(chain, key, &provider());
    identity.map(Arc::new).map_err(|error| match error {
        TlsError::InconsistentKeys(_) => "its key belongs to another certificate".to_owned(),
        other => format!("its certificate and key can't be used: {other}"),
    })
}

fn certificates(pem: &str) -> Result<Vec<Root>, String> {
    let certificates = CertificateDer::pem_slice_iter(pem.as_bytes());
    certificates.collect::<Result<_, _>>().map_err(|error| format!("it is not valid PEM: {error}"))
}

/// Configures the HTTP client for rustls with the settings in `trust`.
pub(super) fn apply(
    trust: Trust,
    builder: reqwest::ClientBuilder,
) -> Result<reqwest::ClientBuilder, BoxError> {
    Ok(builder.tls_backend_preconfigured(config(trust, b"http/1.1")?))
}

/// A connector for HTTP/2 connections.
#[cfg(feature = "grpc")]
#[derive(Clone)]
pub(crate) struct Http2(TlsConnector);

#[cfg(feature = "grpc")]
impl Http2 {
    pub(super) fn new(trust: Trust) -> Result<Self, BoxError> {
        Ok(Self(TlsConnector::from(Arc::new(config(trust, H2)?))))
    }

    /// Performs the handshake with `host`, a name or an address.
    pub(crate) async fn connect(
        &self,
        host: &str,
        tcp: TcpStream,
    ) -> Result<TlsStream<TcpStream>, BoxError> {
        let name = ServerName::try_from(host.to_owned())?;
        let stream = self.0.connect(name, tcp).await?;
        match stream.get_ref().1.alpn_protocol() {
            Some(H2) => Ok(stream),
            _ => Err(NO_HTTP2.into()),
        }
    }
}

/// Returns the configuration of connections with this protocol.
fn config(trust: Trust, protocol: &[u8]) -> Result<ClientConfig, TlsError> {
    let Trust { roots, identity, accept_invalid_certs, min_version } = trust;
    let provider = provider();
    let versions = match min_version {
        Some(TlsVersion::Tls13) => &[&rustls::version::TLS13][..],
        _ => rustls::ALL_VERSIONS,
    };
    let verifier = Verified { roots, provider: provider.clone(), by: OnceLock::new() };
    let verifier: Arc<dyn ServerCertVerifier> = match accept_invalid_certs {
        true => Arc::new(Unverified(verifier)),
        false => Arc::new(verifier),
    };
    let config = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(versions)?
        .dangerous()
        .with_custom_certificate_verifier(verifier);
    let mut config = match identity {
        Some(identity) => {
            config.with_client_cert_resolver(Arc::new(SingleCertAndKey::from(identity)))
        }
        None => config.with_no_client_auth(),
    };
    config.alpn_protocols = vec![protocol.to_vec()];
    Ok(config)
}

/// Returns the provider that the program installed, or else the one that this crate was built with.
fn provider() -> Arc<CryptoProvider> {
    #[cfg(not(feature = "ring"))]
    use rustls::crypto::aws_lc_rs as built_with;
    #[cfg(feature = "ring")]
    use rustls::crypto::ring as built_with;

    let chosen = CryptoProvider::get_default().cloned();
    chosen.unwrap_or_else(|| Arc::new(built_with::default_provider()))
}

/// A verifier that trusts the system's certificates and additional ones. They are loaded for the
/// first connection.
#[derive(Debug)]
struct Verified {
    roots: Vec<Root>,
    provider: Arc<CryptoProvider>,
    by: OnceLock<Verifier>,
}

/// The reason why there are no certificates for verification.
#[derive(Debug, thiserror::Error)]
#[error(
    "the system has no trusted certificates ({0}): install them (on most Linux distributions, the \
     package `ca-certificates`), or set a file of certificates with \
     `ClientBuilder::ca_certificate_file` or AMBIENT_CA_CERT_FILE"
)]
struct NoCertificates(TlsError);

impl Verified {
    fn verifier(&self) -> Result<&Verifier, TlsError> {
        if let Some(verifier) = self.by.get() {
            return Ok(verifier);
        }
        let verifier = self.load().map_err(|e| OtherError(Arc::new(NoCertificates(e))))?;
        Ok(self.by.get_or_init(|| verifier))
    }

    #[cfg(not(target_os = "android"))]
    fn load(&self) -> Result<Verifier, TlsError> {
        Verifier::new_with_extra_roots(self.roots.iter().cloned(), self.provider.clone())
    }

    #[cfg(target_os = "android")]
    fn load(&self) -> Result<Verifier, TlsError> {
        match self.roots.is_empty() {
            true => Verifier::new(self.provider.clone()),
            false => Err(TlsError::General("Android trusts its own certificates only".into())),
        }
    }
}

impl ServerCertVerifier for Verified {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, TlsError> {
        self.verifier()?.verify_server_cert(certificate, intermediates, name, ocsp, now)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, TlsError> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signature, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, TlsError> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signature, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

/// A verifier that accepts any server certificate. Signatures must still be valid.
#[derive(Debug)]
struct Unverified(Verified);

impl ServerCertVerifier for Unverified {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, TlsError> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, TlsError> {
        self.0.verify_tls12_signature(message, certificate, signature)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, TlsError> {
        self.0.verify_tls13_signature(message, certificate, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.supported_verify_schemes()
    }
}

/// Returns the remedy for a failed handshake.
pub(super) fn explain(cause: &(dyn StdError + 'static)) -> Option<String> {
    match of_tls(cause)? {
        TlsError::Other(OtherError(ours)) if ours.is::<NoCertificates>() => Some(ours.to_string()),
        TlsError::InvalidCertificate(CertificateError::UnknownIssuer) => {
            Some(UNKNOWN_ISSUER.to_owned())
        }
        _ => None,
    }
}

/// Returns the rustls error inside an error of a connection; the errors are not sources of each
/// other.
fn of_tls<'a>(mut cause: &'a (dyn StdError + 'static)) -> Option<&'a TlsError> {
    while let Some(inner) = cause.downcast_ref::<io::Error>().and_then(|error| error.get_ref()) {
        cause = inner;
    }
    cause.downcast_ref()
}
