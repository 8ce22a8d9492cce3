//! Tests of the embedded server through its public API.

// Helpers may panic, like the tests themselves.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod clients;
mod common;
mod conformance;
mod gateway;
mod lifecycle;
mod load;
mod resources;
mod runtime;
mod streams;
mod through_sdk;
mod tokens;
