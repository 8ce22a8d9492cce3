//! Tests of the embedded server through its public API.

// Helpers fail a test the same way as the test itself.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod clients;
mod common;
mod conformance;
mod gateway;
mod lifecycle;
mod load;
mod resources;
mod streams;
mod through_sdk;
mod tokens;
