//! A server that answers every request with an empty list of sessions.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::TcpListener,
};
use tokio_rustls::TlsAcceptor;

use crate::setup::Setup;

pub(crate) struct Server {
    address: String,
    requests: Arc<AtomicUsize>,
}

impl Server {
    /// Starts a server without TLS.
    pub(crate) async fn plain() -> Self {
        Self::start(None).await
    }

    pub(crate) async fn with_tls(setup: Setup<'_>) -> Self {
        Self::start(Some(setup.acceptor())).await
    }

    async fn start(acceptor: Option<TlsAcceptor>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let requests = Arc::<AtomicUsize>::default();
        let counter = requests.clone();
        tokio::spawn(async move {
            while let Ok((connection, _)) = listener.accept().await {
                let (acceptor, counter) = (acceptor.clone(), counter.clone());
                tokio::spawn(async move {
                    match acceptor {
                        None => answer(connection, &counter).await,
                        Some(acceptor) => {
                            let Ok(connection) = acceptor.accept(connection).await else { return };
                            answer(connection, &counter).await;
                        }
                    }
                });
            }
        });
        Self { address, requests }
    }

    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    pub(crate) fn https(&self) -> String {
        format!("https://{}", self.address)
    }

    /// Returns the number of requests received so far.
    pub(crate) fn requests(&self) -> usize {
        self.requests.load(Ordering::SeqCst)
    }
}

async fn answer(mut connection: impl AsyncRead + AsyncWrite + Unpin, counter: &AtomicUsize) {
    let mut read = [0; 8192];
    while connection.read(&mut read).await.is_ok_and(|length| length > 0) {
        counter.fetch_add(1, Ordering::SeqCst);
        let body = r#"{"items":[],"total":0}"#;
        let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length";
        let text = format!("{head}: {}\r\n\r\n{body}", body.len());
        if connection.write_all(text.as_bytes()).await.is_err() {
            return;
        }
    }
}
