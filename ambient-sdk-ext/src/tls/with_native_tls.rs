//! TLS with the library of the operating system.

use std::error::Error as StdError;

use ambient_sdk::BoxError;
use reqwest::tls::Version;
#[cfg(feature = "grpc")]
use tokio::net::TcpStream;
use tokio_native_tls::native_tls;
#[cfg(feature = "grpc")]
use tokio_native_tls::{TlsConnector, TlsStream};

#[cfg(feature = "grpc")]
use super::NO_HTTP2;
use super::{TlsVersion, Trust, UNKNOWN_ISSUER};

/// A certificate for the HTTP client, and for the library itself.
#[derive(Clone)]
pub(crate) struct Root {
    http: reqwest::Certificate,
    #[cfg_attr(not(feature = "grpc"), allow(dead_code))]
    own: native_tls::Certificate,
}

/// A client certificate for the HTTP client, and for the library itself.
#[derive(Clone)]
pub(crate) struct Identity {
    http: reqwest::Identity,
    #[cfg_attr(not(feature = "grpc"), allow(dead_code))]
    own: native_tls::Identity,
}

/// The first line of a key in PKCS #8.
const PKCS8: &str = "-----BEGIN PRIVATE KEY-----";

/// Parses all certificates of a text; none is skipped.
pub(super) fn roots(pem: &str) -> Result<(Vec<Root>, usize), String> {
    let wrong = |error: &dyn StdError| format!("it is not valid PEM: {}", last(error));
    let all = native_tls::Certificate::stack_from_pem(pem.as_bytes()).map_err(|e| wrong(&e))?;
    let root = |own: native_tls::Certificate| {
        let der = own.to_der().map_err(|e| wrong(&e))?;
        let http = reqwest::Certificate::from_der(&der).map_err(|e| wrong(&e))?;
        Ok(Root { http, own })
    };
    Ok((all.into_iter().map(root).collect::<Result<_, String>>()?, 0))
}

/// Parses a client certificate, with intermediate certificates, and its key in PKCS #8.
pub(super) fn identity(certificate: &str, key: &str) -> Result<Identity, String> {
    let wrong = |error: &dyn StdError| match last(error) {
        why if why.contains("key values mismatch") => {
            "its key belongs to another certificate".to_owned()
        }
        why => {
            format!("its certificate and key can't be used (the key must be in PKCS #8): {why}")
        }
    };
    let (certificate, key) = (certificate.as_bytes(), key_in(key).as_bytes());
    let http =
        reqwest::Identity::from_pkcs8_pem(certificate, key).map_err(|error| wrong(&error))?;
    let own = native_tls::Identity::from_pkcs8(certificate, key).map_err(|error| wrong(&error))?;
    // The library compares key and certificate only when it builds a connector.
    native_tls::TlsConnector::builder()
        .identity(own.clone())
        .build()
        .map_err(|error| wrong(&error))?;
    Ok(Identity { http, own })
}

/// Returns the key in a PEM text, which may begin with the certificate.
fn key_in(pem: &str) -> &str {
    let begin = pem.find(PKCS8).unwrap_or_default();
    let key = &pem[begin..];
    key.split_inclusive("-----END PRIVATE KEY-----").next().unwrap_or(key)
}

/// A connector for HTTP/2 connections.
#[cfg(feature = "grpc")]
#[derive(Clone)]
pub(crate) struct Http2(TlsConnector);

#[cfg(feature = "grpc")]
impl Http2 {
    pub(super) fn new(trust: Trust) -> Result<Self, BoxError> {
        let Trust { roots, identity, accept_invalid_certs, min_version } = trust;
        let oldest = match min_version {
            Some(TlsVersion::Tls13) => native_tls::Protocol::Tlsv13,
            _ => native_tls::Protocol::Tlsv12,
        };
        let mut builder = native_tls::TlsConnector::builder();
        builder
            .min_protocol_version(Some(oldest))
            .danger_accept_invalid_certs(accept_invalid_certs)
            .request_alpns(&["h2"]);
        for root in roots {
            builder.add_root_certificate(root.own);
        }
        if let Some(identity) = identity {
            builder.identity(identity.own);
        }
        Ok(Self(builder.build()?.into()))
    }

    /// Performs the handshake with `host`, a name or an address.
    pub(crate) async fn connect(
        &self,
        host: &str,
        tcp: TcpStream,
    ) -> Result<TlsStream<TcpStream>, BoxError> {
        let stream = self.0.connect(host, tcp).await?;
        match stream.get_ref().negotiated_alpn()?.as_deref() {
            Some(b"h2") => Ok(stream),
            _ => Err(NO_HTTP2.into()),
        }
    }
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
    let roots = roots.into_iter().map(|root| root.http);
    let builder = builder.tls_backend_native().tls_version_min(oldest).tls_certs_merge(roots);
    let identity = identity.map(|identity| identity.http);
    let builder = identity.into_iter().fold(builder, reqwest::ClientBuilder::identity);
    Ok(builder.tls_danger_accept_invalid_certs(accept_invalid_certs))
}

/// Returns the remedy for a failed handshake.
pub(super) fn explain(cause: &(dyn StdError + 'static)) -> Option<String> {
    let text = cause.to_string();
    let untrusted = [
        "unable to get local issuer",
        "unable to verify the first certificate",
        "self-signed certificate",
        "self signed certificate",
        "not trusted",
    ];
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
