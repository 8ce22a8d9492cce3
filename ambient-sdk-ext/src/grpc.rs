//! The gRPC side of the API server: where it is, the connection to it, and what goes over it.
//!
//! - [`settings`]: the address and TLS, given or derived from the API server's URL.
//! - [`connection`]: one connection for all that a client and its clones do.
//! - [`channel`]: the calls over it, with a token at each.
//! - [`status`]: refusals as [`Error`](crate::Error)s.
//! - [`convert`]: messages of the interface as the types of this crate.

pub(crate) mod channel;
mod connection;
pub(crate) mod convert;
pub(crate) mod settings;
pub(crate) mod status;

pub(crate) use channel::Grpc;
pub(crate) use settings::{Given, Settings};
