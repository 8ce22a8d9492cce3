//! A server with a certificate of a private authority: rejected at first, then trusted with the
//! authority's PEM.
//!
//! `AMBIENT_CA_CERT_FILE=<path>` has the same effect without code.

#![allow(clippy::print_stdout)]

use std::{error::Error, sync::Arc};

use ambient_sdk_ext::{Client, mock::MockServer};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{ServerConfig, pki_types::PrivateKeyDer},
};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mock = MockServer::start().await?;
    let (url, authority) = serve_tls(mock.url().replace("http://", "")).await?;
    let builder = || Client::builder().base_url(&url).token(mock.token()).project(mock.project());

    match builder().build()?.list_sessions().await {
        Err(error) => println!("without the authority: {error}"),
        Ok(_) => println!("without the authority: accepted"),
    }
    let client = builder().ca_certificate(authority).build()?;
    println!("with the authority: {} sessions", client.list_sessions().await?.total);
    Ok(())
}

/// Serves TLS in front of `server`. Returns the URL and the authority's certificate in PEM.
async fn serve_tls(server: String) -> Result<(String, String), Box<dyn Error>> {
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate()?;
    let pem = params.self_signed(&key)?.pem();
    let authority = Issuer::new(params, key);
    let key = KeyPair::generate()?;
    let certificate =
        CertificateParams::new(["localhost".to_owned()])?.signed_by(&key, &authority)?;
    let key = PrivateKeyDer::try_from(key.serialize_der())?;
    let config = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], key)?;
    let acceptor = TlsAcceptor::from(Arc::new(config));

    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("https://localhost:{}", listener.local_addr()?.port());
    tokio::spawn(async move {
        while let Ok((connection, _)) = listener.accept().await {
            let (acceptor, server) = (acceptor.clone(), server.clone());
            tokio::spawn(async move {
                let mut outside = acceptor.accept(connection).await?;
                let mut inside = TcpStream::connect(server).await?;
                copy_bidirectional(&mut outside, &mut inside).await
            });
        }
    });
    Ok((url, pem))
}
