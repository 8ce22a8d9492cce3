//! The gRPC endpoint of the API server: its address, the connection to it, and the calls.
//!
//! - [`settings`]: the address and TLS settings, configured or derived from the API server's URL.
//! - [`connection`]: the connection that a client and its clones share.
//! - [`channel`]: the calls, each with a token.
//! - [`status`]: conversion of failures to [`Error`](crate::Error).
//! - [`convert`]: conversion of gRPC messages to the types of this crate.

pub(crate) mod channel;
mod connection;
pub(crate) mod convert;
pub(crate) mod settings;
pub(crate) mod status;

pub(crate) use channel::Grpc;
pub(crate) use settings::{Given, Settings};
