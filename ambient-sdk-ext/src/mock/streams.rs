//! Server-sent event streams, which send the history, then live frames and pings.

use std::{collections::VecDeque, sync::Arc, time::Duration};

use axum::body::Body;
use bytes::Bytes;
use futures_util::{Stream, stream};
use http::{HeaderValue, Response, StatusCode, header::CACHE_CONTROL};
use tokio::{
    sync::{mpsc, watch},
    time::{Instant, Interval, MissedTickBehavior, interval_at},
};

use super::{problem::respond, state::Shared};

/// The interval of pings.
const PING_EVERY: Duration = Duration::from_secs(30);

/// Opens a stream that sends `history`, then the frames from `live`.
pub(super) fn open(
    shared: &Arc<Shared>,
    history: Vec<Bytes>,
    live: mpsc::Receiver<Bytes>,
) -> Response<Body> {
    let mut pings = interval_at(Instant::now() + PING_EVERY, PING_EVERY);
    pings.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let frames = Frames {
        shared: shared.clone(),
        history: history.into(),
        live,
        changes: shared.changes(),
        pings,
    };
    let body = Body::from_stream(frames.into_stream());
    let mut response = respond(StatusCode::OK, "text/event-stream", body);
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    headers.insert("x-accel-buffering", HeaderValue::from_static("no"));
    response
}

struct Frames {
    shared: Arc<Shared>,
    history: VecDeque<Bytes>,
    live: mpsc::Receiver<Bytes>,
    changes: watch::Receiver<()>,
    pings: Interval,
}

impl Frames {
    fn into_stream(self) -> impl Stream<Item = Result<Bytes, std::convert::Infallible>> {
        stream::unfold(self, |mut frames| async {
            let frame = frames.next().await?;
            Some((Ok(frame), frames))
        })
    }

    /// Returns the next frame, or `None` if the server ends the stream.
    async fn next(&mut self) -> Option<Bytes> {
        if let Some(frame) = self.history.pop_front() {
            return Some(frame);
        }
        loop {
            // Scripts don't run in a task: they advance only when the state is read, which
            // `next_due` does. Without a wake-up at the next due time, a stream that waits for
            // frames would never see them.
            let due = self.shared.next_due();
            tokio::select! {
                biased;
                frame = self.live.recv() => return frame,
                _ = self.pings.tick() => return Some(Bytes::from_static(b": ping\n\n")),
                () = until(due) => {}
                changed = self.changes.changed() => changed.ok()?,
            }
        }
    }
}

async fn until(due: Option<Instant>) {
    match due {
        Some(due) => tokio::time::sleep_until(due).await,
        None => std::future::pending().await,
    }
}
