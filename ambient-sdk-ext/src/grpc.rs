//! The gRPC endpoint of the API server: its address, the connection to it, and the calls.
//!
//! - [`settings`]: the address and TLS settings, configured or derived from the API server's URL.
//! - [`connection`]: the connection that a client and its clones share.
//! - [`connector`]: TCP and TLS of a connection.
//! - [`channel`]: the calls, each with a token.
//! - [`trace`]: the span of a call.
//! - [`status`]: conversion of failures to [`Error`](crate::Error).
//! - [`convert`]: conversion of gRPC messages to the types of this crate.

pub(crate) mod channel;
mod connection;
mod connector;
pub(crate) mod convert;
pub(crate) mod settings;
pub(crate) mod status;
mod trace;

use std::time::Duration;

pub(crate) use channel::Grpc;
pub(crate) use settings::{Given, OfHttp, Settings};

/// The timeouts of a client.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Timeouts {
    /// For TCP and TLS.
    pub(crate) connect: Duration,
    /// For the token and the connection of a call, until the server has sent its first bytes.
    pub(crate) call: Duration,
}
