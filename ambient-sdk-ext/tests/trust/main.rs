//! Whom a client trusts, and by which way its requests go: servers with certificates of an authority
//! of their own, on loopback, and proxies from the environment.

// Helpers fail a test the same way as the test itself.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)]

mod authority;
mod child;
mod proxies;
mod server;
mod tls;
