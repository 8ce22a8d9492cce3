//! The database connections of the API server.
//!
//! The real server has a pool of 50. A request holds one connection until it completes, and needs
//! a second one for each statement; an open message stream holds one until it ends. Once all
//! connections are held by requests that wait for a second one, none of them can complete.

use std::{sync::Arc, time::Duration};

use axum::body::Body;
use futures_util::StreamExt;
use http::{Method, Response};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// The time between the first and the second connection of a request.
const SECOND_CONNECTION_AFTER: Duration = Duration::from_millis(1);

/// The connection pool of a server.
#[derive(Clone, Debug)]
pub(super) struct ConnectionPool(Arc<Semaphore>);

/// A connection that a request holds.
pub(super) struct PooledConnection(
    #[allow(dead_code, reason = "held until it is dropped")] OwnedSemaphorePermit,
);

impl ConnectionPool {
    pub(super) fn new(count: usize) -> Self {
        Self(Arc::new(Semaphore::new(count.min(Semaphore::MAX_PERMITS))))
    }

    /// Waits until a request can be carried out, and returns the connection that it holds until it
    /// completes. Returns `None` if the server stops.
    ///
    /// A read whose caller gives up releases its connection. A write keeps it, because its
    /// transaction is open and the server continues to wait for the second connection. A write
    /// therefore waits in a separate task, which its caller can't cancel.
    pub(super) async fn acquire(&self, method: &Method) -> Option<PooledConnection> {
        let acquiring = acquire(self.0.clone());
        if method == Method::GET {
            return acquiring.await;
        }
        tokio::spawn(acquiring).await.ok().flatten()
    }

    /// Makes all waiting and later requests fail.
    pub(super) fn close(&self) {
        self.0.close();
    }
}

/// Takes the first connection, then waits for the second one. Returns `None` if the server stops.
async fn acquire(pool: Arc<Semaphore>) -> Option<PooledConnection> {
    let first = pool.clone().acquire_owned().await.ok()?;
    tokio::time::sleep(SECOND_CONNECTION_AFTER).await;
    let second = pool.acquire_owned().await.ok()?;
    drop(second);
    Some(PooledConnection(first))
}

/// Makes a response hold the connection of its request until its body ends or is dropped.
pub(super) fn hold(response: Response<Body>, connection: PooledConnection) -> Response<Body> {
    response.map(|body| {
        let frames = body.into_data_stream().map(move |frame| {
            let _held = &connection;
            frame
        });
        Body::from_stream(frames)
    })
}

#[cfg(test)]
mod tests {
    use futures_util::future::join_all;
    use tokio::time::timeout;

    use super::*;

    const LONG: Duration = Duration::from_secs(60);

    async fn pass(pool: &ConnectionPool, method: &Method) -> bool {
        let acquired = timeout(LONG, pool.acquire(method)).await;
        matches!(acquired, Ok(Some(_)))
    }

    /// Whether `count` concurrent requests all complete before a timeout.
    async fn each_passes(pool: &ConnectionPool, method: &Method, count: usize) -> bool {
        let acquiring = (0..count).map(|_| async { drop(pool.acquire(method).await) });
        timeout(LONG, join_all(acquiring)).await.is_ok()
    }

    #[tokio::test(start_paused = true)]
    async fn no_request_hangs_while_a_second_connection_is_free() {
        let pool = ConnectionPool::new(5);
        assert!(each_passes(&pool, &Method::GET, 4).await);
        assert!(each_passes(&pool, &Method::POST, 4).await);
    }

    #[tokio::test(start_paused = true)]
    async fn reads_hang_until_their_callers_give_up() {
        let pool = ConnectionPool::new(5);
        assert!(!each_passes(&pool, &Method::GET, 5).await);
        assert!(each_passes(&pool, &Method::GET, 4).await);
    }

    #[tokio::test(start_paused = true)]
    async fn writes_hang_until_the_server_stops() {
        let pool = ConnectionPool::new(5);
        assert!(!each_passes(&pool, &Method::POST, 6).await);
        assert!(!pass(&pool, &Method::GET).await);
        pool.close();
        assert!(pool.acquire(&Method::GET).await.is_none());
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_holds_its_connection_until_it_is_dropped() {
        let pool = ConnectionPool::new(2);
        let connection = pool.acquire(&Method::GET).await.unwrap();
        let body = hold(Response::new(Body::from("x")), connection);
        assert!(!pass(&pool, &Method::GET).await);
        drop(body);
        assert!(pass(&pool, &Method::GET).await);
    }
}
