//! Tests against running servers. They are ignored by default.
//!
//! `AMBIENT_LIVE_URL=http://127.0.0.1:8000 cargo test -p ambient-sdk-ext --test live -- --ignored
//! --nocapture` runs them against an API server. The tests of the gateway also need
//! `AMBIENT_LIVE_GATEWAY_URL`. `AMBIENT_LIVE_TOKEN` sets the token if the server checks tokens, and
//! `AMBIENT_LIVE_PROJECT` an existing project; the default is `demo`. The tests create records with
//! unique names, and delete them if the server allows it.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout)]

mod agents;
mod calls;
mod common;
mod following;
mod gateway;
#[cfg(feature = "grpc")]
mod grpc;
mod load;
mod plain;
mod wrong_url;
