//! TLS certificates and proxies: servers on loopback with certificates of a test authority, and
//! proxies from the environment.

// Helpers may panic, like the tests themselves.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)]

mod authority;
mod child;
mod proxies;
mod server;
mod setup;
mod tls;
