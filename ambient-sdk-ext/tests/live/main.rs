//! The SDK against servers that really run; ignored unless asked for.
//!
//! `AMBIENT_LIVE_URL=http://127.0.0.1:8000 cargo test -p ambient-sdk-ext --test live -- --ignored
//! --nocapture` runs them against the API server there; those of the gateway need
//! `AMBIENT_LIVE_GATEWAY_URL` as well. `AMBIENT_LIVE_TOKEN` is the token, where tokens are checked,
//! and `AMBIENT_LIVE_PROJECT` a project that exists, `demo` unless set. They create things of names
//! of their own, and delete them where the server lets them.

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
