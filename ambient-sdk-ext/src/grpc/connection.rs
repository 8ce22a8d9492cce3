//! The connection of a client: established on first use, and re-established after it breaks.

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

/// The connection that all calls share.
pub(super) struct Connection {
    endpoint: Endpoint,
    /// Locked by the call that connects; the others wait for its result.
    current: Mutex<Current>,
    /// The number of the last broken connection.
    broken: AtomicU64,
}

#[derive(Default)]
struct Current {
    /// The number of the current connection, counted from 1.
    number: u64,
    channel: Option<Channel>,
    /// The time and the error of the last failed attempt.
    failed: Option<(Instant, Arc<Error>)>,
}

impl Connection {
    pub(super) fn new(endpoint: Endpoint) -> Self {
        Self { endpoint, current: Mutex::default(), broken: AtomicU64::new(0) }
    }

    /// Returns the connection and its number, and connects if needed. Calls that wait at the same
    /// time share the result of one attempt.
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

    /// Marks this connection as broken, so that the next call establishes another.
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
