//! The socket of a server: each connection is served until its peer leaves or the server stops.

use std::{sync::Arc, time::Duration};

use axum::body::Body;
use http::Request;
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use tokio::{
    net::{TcpListener, TcpStream},
    task::JoinSet,
};

use crate::mock::{request_line::Lenient, service, state::Shared};

/// How long no connection is accepted after one could not be.
const ACCEPT_PAUSE: Duration = Duration::from_millis(10);

/// Accepts connections until it is aborted, which ends them all.
pub(super) async fn accept(listener: TcpListener, shared: Arc<Shared>) {
    let mut connections = JoinSet::new();
    loop {
        while connections.try_join_next().is_some() {}
        match listener.accept().await {
            Ok((stream, _)) => {
                connections.spawn(connection(stream, shared.clone()));
            }
            // The peer left already, or the process is out of file handles: trying again at once
            // could go on for as long as that lasts.
            Err(_) => tokio::time::sleep(ACCEPT_PAUSE).await,
        }
    }
}

async fn connection(stream: TcpStream, shared: Arc<Shared>) {
    // Without it a small frame waits for the acknowledgement of the one before.
    let _ = stream.set_nodelay(true);
    let service = service_fn(move |request: Request<Incoming>| {
        service::serve(shared.clone(), request.map(Body::new))
    });
    // An error is a peer that left, or a cut that a fault asked for: both end the connection.
    let _ =
        http1::Builder::new().serve_connection(TokioIo::new(Lenient::new(stream)), service).await;
}
