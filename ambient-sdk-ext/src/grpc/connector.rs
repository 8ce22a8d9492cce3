//! Connects to the server with TCP and TLS, and reports its first bytes.

use std::{
    future::poll_fn,
    io,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use ambient_sdk::{BoxError, BoxFuture};
use http::Uri;
use hyper_util::{client::legacy::connect::HttpConnector, rt::TokioIo};
use tokio::{
    io::{AsyncRead, AsyncWrite, Join, ReadBuf, ReadHalf, WriteHalf, join, split},
    net::TcpStream,
    sync::Notify,
};
use tonic::codegen::Service;

use crate::tls::Http2;

/// The interval of TCP keepalives. The server's gRPC implementation closes connections that send
/// HTTP/2 pings more often than every five minutes.
const KEEPALIVE: Duration = Duration::from_secs(30);

/// Connects, and notifies `answered` when the server has sent its first bytes or closed the
/// connection. Every HTTP/2 server sends its settings first, before it responds to any call.
pub(super) struct Connector {
    tcp: HttpConnector,
    tls: Option<Http2>,
    answered: Arc<Notify>,
}

impl Connector {
    pub(super) fn new(tls: Option<Http2>, timeout: Duration, answered: Arc<Notify>) -> Self {
        let mut tcp = HttpConnector::new();
        tcp.set_nodelay(true);
        tcp.set_keepalive(Some(KEEPALIVE));
        tcp.set_connect_timeout(Some(timeout));
        Self { tcp, tls, answered }
    }
}

impl Service<Uri> for Connector {
    type Response = TokioIo<Join<Answering, WriteHalf<Box<dyn Io>>>>;
    type Error = BoxError;
    type Future = BoxFuture<'static, Result<Self::Response, BoxError>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.tcp.poll_ready(context).map_err(Into::into)
    }

    fn call(&mut self, server: Uri) -> Self::Future {
        let (mut tcp, tls, answered) = (self.tcp.clone(), self.tls.clone(), self.answered.clone());
        Box::pin(async move {
            poll_fn(|context| tcp.poll_ready(context)).await?;
            let stream = tcp.call(server.clone()).await?.into_inner();
            let stream = over(stream, tls, server.host().unwrap_or_default()).await?;
            let (reader, writer) = split(stream);
            Ok(TokioIo::new(join(Answering { reader, answered: Some(answered) }, writer)))
        })
    }
}

/// Performs the TLS handshake, if there is one.
async fn over(tcp: TcpStream, tls: Option<Http2>, host: &str) -> Result<Box<dyn Io>, BoxError> {
    match tls {
        // The brackets around an IPv6 address are only part of the URL.
        Some(tls) => Ok(Box::new(tls.connect(host.trim_matches(['[', ']']), tcp).await?)),
        None => Ok(Box::new(tcp)),
    }
}

pub(super) trait Io: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Io for T {}

/// The reading half of a connection, which notifies when its first read has ended.
pub(super) struct Answering {
    reader: ReadHalf<Box<dyn Io>>,
    answered: Option<Arc<Notify>>,
}

impl Answering {
    fn notify(&mut self) {
        if let Some(answered) = self.answered.take() {
            answered.notify_one();
        }
    }
}

impl Drop for Answering {
    fn drop(&mut self) {
        self.notify();
    }
}

impl AsyncRead for Answering {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let read = Pin::new(&mut self.reader).poll_read(context, buffer);
        if read.is_ready() {
            self.notify();
        }
        read
    }
}
