//! The socket of a server. Each connection is served until its peer closes it or the server stops.

use std::{sync::Arc, time::Duration};

use axum::body::Body;
use http::Request;
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use tokio::{
    io::join,
    net::{TcpListener, TcpStream},
    task::JoinSet,
};

use crate::mock::{request_line::LenientReader, service, state::Shared};

/// The pause after a connection could not be accepted.
const ACCEPT_PAUSE: Duration = Duration::from_millis(10);

/// Accepts connections and serves each with `serve`, until the task is aborted, which closes all
/// connections.
pub(super) async fn accept<S>(listener: TcpListener, serve: impl Fn(TcpStream) -> S)
where
    S: Future<Output = ()> + Send + 'static,
{
    let mut connections = JoinSet::new();
    loop {
        while connections.try_join_next().is_some() {}
        match listener.accept().await {
            Ok((stream, _)) => {
                // With Nagle's algorithm a small frame would wait until the previous one is
                // acknowledged.
                let _ = stream.set_nodelay(true);
                connections.spawn(serve(stream));
            }
            // The peer has already disconnected, or the process is out of file descriptors. In the
            // second case a retry without a pause would spin.
            Err(_) => tokio::time::sleep(ACCEPT_PAUSE).await,
        }
    }
}

/// Serves the HTTP interfaces on a connection.
pub(super) async fn http(stream: TcpStream, shared: Arc<Shared>) {
    let (reader, writer) = stream.into_split();
    let service = service_fn(move |request: Request<Incoming>| {
        service::serve(shared.clone(), request.map(Body::new))
    });
    // An error means that the peer disconnected or that a fault cut the connection. Either way the
    // connection ends.
    let _ = http1::Builder::new()
        .serve_connection(TokioIo::new(join(LenientReader::new(reader), writer)), service)
        .await;
}
