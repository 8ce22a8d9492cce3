//! What a request costs the API server: a place among its database connections, and a second one.
//!
//! The real server has 50. A request takes one for as long as it lasts, and asks for another for
//! each statement; an open message stream keeps its one until it ends. Once all are taken by
//! requests that wait for their second one, nobody is answered.

use std::{sync::Arc, time::Duration};

use axum::body::Body;
use futures_util::StreamExt;
use http::{Method, Response};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// How long a request holds its first place before it asks for the second.
const FIRST_WORK: Duration = Duration::from_millis(1);

/// The places of a server.
#[derive(Clone, Debug)]
pub(super) struct Places(Arc<Semaphore>);

/// A place that a request holds.
pub(super) struct Place(
    #[allow(dead_code, reason = "held until it is dropped")] OwnedSemaphorePermit,
);

impl Places {
    pub(super) fn new(count: usize) -> Self {
        Self(Arc::new(Semaphore::new(count.min(Semaphore::MAX_PERMITS))))
    }

    /// Waits until a request can be carried out; gives the place that it holds until it is over.
    ///
    /// A read whose caller gives up leaves its place. A write keeps it: its transaction is open,
    /// and the server waits for the second place whoever still listens.
    pub(super) async fn enter(&self, method: &Method) -> Option<Place> {
        let entering = enter(self.0.clone());
        if method == Method::GET {
            return entering.await;
        }
        tokio::spawn(entering).await.ok().flatten()
    }

    /// Sends away all who wait.
    pub(super) fn close(&self) {
        self.0.close();
    }
}

/// None when the server stops.
async fn enter(places: Arc<Semaphore>) -> Option<Place> {
    let first = places.clone().acquire_owned().await.ok()?;
    tokio::time::sleep(FIRST_WORK).await;
    let second = places.acquire_owned().await.ok()?;
    drop(second);
    Some(Place(first))
}

/// Has a response keep the place of its request until its body ends or is dropped.
pub(super) fn hold(response: Response<Body>, place: Place) -> Response<Body> {
    response.map(|body| {
        let frames = body.into_data_stream().map(move |frame| {
            let _held = &place;
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

    async fn pass(places: &Places, method: &Method) -> bool {
        let entered = timeout(LONG, places.enter(method)).await;
        matches!(entered, Ok(Some(_)))
    }

    /// Whether so many at once pass before they lose patience.
    async fn each_passes(places: &Places, method: &Method, count: usize) -> bool {
        let entering = (0..count).map(|_| async { drop(places.enter(method).await) });
        timeout(LONG, join_all(entering)).await.is_ok()
    }

    #[tokio::test(start_paused = true)]
    async fn nobody_hangs_while_a_place_is_left_for_the_second() {
        let places = Places::new(5);
        assert!(each_passes(&places, &Method::GET, 4).await);
        assert!(each_passes(&places, &Method::POST, 4).await);
    }

    #[tokio::test(start_paused = true)]
    async fn reads_hang_until_their_callers_give_up() {
        let places = Places::new(5);
        assert!(!each_passes(&places, &Method::GET, 5).await);
        assert!(each_passes(&places, &Method::GET, 4).await);
    }

    #[tokio::test(start_paused = true)]
    async fn writes_hang_for_good() {
        let places = Places::new(5);
        assert!(!each_passes(&places, &Method::POST, 6).await);
        assert!(!pass(&places, &Method::GET).await);
        places.close();
        assert!(places.enter(&Method::GET).await.is_none());
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_holds_its_place_until_it_is_dropped() {
        let places = Places::new(2);
        let place = places.enter(&Method::GET).await.unwrap();
        let body = hold(Response::new(Body::from("x")), place);
        assert!(!pass(&places, &Method::GET).await);
        drop(body);
        assert!(pass(&places, &Method::GET).await);
    }
}
