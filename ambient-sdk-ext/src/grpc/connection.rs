//! The one connection of a client: made when it is first needed, and anew once it broke.

use std::{
    error::Error as _,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use tokio::{sync::Mutex, time::Instant};
use tonic::transport::{Channel, Endpoint};

use crate::error::{Error, ErrorKind, RequestOutcome, Result};

/// The connection, shared by all calls.
pub(super) struct Connection {
    endpoint: Endpoint,
    /// Held by the call that connects; the others wait for its outcome.
    current: Mutex<Current>,
    /// The number of the last connection that broke.
    broken: AtomicU64,
}

#[derive(Default)]
struct Current {
    /// Counts the connections, from 1.
    number: u64,
    channel: Option<Channel>,
    /// When the last attempt failed, and why.
    failed: Option<(Instant, Arc<Error>)>,
}

impl Connection {
    pub(super) fn new(endpoint: Endpoint) -> Self {
        Self { endpoint, current: Mutex::default(), broken: AtomicU64::new(0) }
    }

    /// The connection and its number, once it is there. Calls that wait for it together share the
    /// outcome of one attempt.
    pub(super) async fn get(&self) -> Result<(u64, Channel)> {
        let asked = Instant::now();
        let mut current = self.current.lock().await;
        let is_whole = current.number > self.broken.load(Ordering::Relaxed);
        if let Some(channel) = current.channel.as_ref().filter(|_| is_whole) {
            return Ok((current.number, channel.clone()));
        }
        if let Some((_, error)) = current.failed.as_ref().filter(|(at, _)| *at >= asked) {
            return Err(error.duplicate());
        }
        current.channel = None;
        match self.endpoint.connect().await {
            Ok(channel) => {
                current.number += 1;
                current.channel = Some(channel.clone());
                Ok((current.number, channel))
            }
            Err(error) => {
                let error = self.unconnected(error);
                current.failed = Some((Instant::now(), Arc::new(error.duplicate())));
                Err(error)
            }
        }
    }

    /// Has the next call make another connection in place of this one.
    pub(super) fn broke(&self, number: u64) {
        self.broken.fetch_max(number, Ordering::Relaxed);
    }

    fn unconnected(&self, error: tonic::transport::Error) -> Error {
        let mut why = error.to_string();
        let mut next = error.source();
        while let Some(cause) = next {
            why = cause.to_string();
            next = cause.source();
        }
        let text = format!("Failed to connect to API: {} by gRPC: {why}", self.endpoint.uri());
        Error::new(ErrorKind::Connection, text)
            .with_source(error)
            .with_outcome(RequestOutcome::NotSent)
    }
}
