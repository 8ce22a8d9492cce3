//! The Rust SDK of the Ambient Platform, which runs sessions of AI agents.
//!
//! ```no_run
//! use std::time::Duration;
//! use ambient_sdk_ext::{Client, CreateSessionRequest};
//!
//! # async fn example() -> ambient_sdk_ext::Result<()> {
//! let client = Client::from_env()?;
//! let created = client
//!     .create_session(CreateSessionRequest::new("Summarise the README of this repository"))
//!     .await?;
//! let session = client
//!     .wait_for_completion(&created.id)
//!     .timeout(Duration::from_secs(300))
//!     .await?;
//! println!("{}: {}", session.status, session.result.unwrap_or_default());
//! # Ok(())
//! # }
//! ```
//!
//! | concept | where |
//! |---|---|
//! | settings, environment | [`Client::builder`], [`Client::from_env`], [`ConfigError`] |
//! | tokens that are renewed | [`TokenSource`], [`TokenFile`] |
//! | trusted certificates | [`ClientBuilder::ca_certificate_file`] and the methods next to it |
//! | sessions of the public API | [`session`] |
//! | waiting | [`wait`] |
//! | errors and their remedies | [`Error`], [`ErrorKind`] |
//! | retries | [`retry`] |
//! | settings and response metadata of a single call | [`CallOptions`], [`Capture`] |
//! | the API server: every resource | [`api_server`], [`Client::api_server`] |
//! | guides: configuration, errors, tracing, the servers | [`guide`] |
//! | the generated builders | [`Client::public_api`], [`ApiServer::raw`](api_server::ApiServer::raw) |
#![cfg_attr(
    feature = "oidc",
    doc = "| tokens from an issuer | [`ClientCredentials`], [`CliLogin`], [`OidcError`] |"
)]
#![cfg_attr(feature = "mock", doc = "| an embedded server for tests and demos | [`mock`] |")]
#![cfg_attr(feature = "blocking", doc = "| programs without an async runtime | [`blocking`] |")]
#![cfg_attr(feature = "metrics", doc = "| metrics | [`metrics`] |")]
//!
//! # Features
//!
//! | feature | default | adds |
//! |---|---|---|
//! | `rustls` | yes | TLS with rustls and aws-lc-rs |
//! | `ring` | no | TLS with rustls and ring, which compiles faster; takes precedence over `rustls` |
//! | `native-tls` | no | TLS with the library of the operating system; takes precedence over both |
//! | `oidc` | no | tokens from an OpenID Connect issuer |
//! | `mock` | no | an embedded server for tests and demos |
//! | `blocking` | no | the client for programs without an async runtime |
//! | `metrics` | no | OpenTelemetry metrics |
//! | `schemars` | no | `JsonSchema` on every model |
//! | `jiff`, `chrono` | no | conversions between [`Timestamp`](ambient_sdk::Timestamp) and the time types of that crate |
//!
//! All combinations are supported. A rustls provider that the program installs process-wide takes
//! precedence over `rustls` and `ring`. With `ring` and without `rustls`, a custom
//! `reqwest::Client` requires such a provider; reqwest panics without one.
//!
//! # Platforms
//!
//! Every platform with threads, sockets and a C compiler is supported. WebAssembly in a browser is
//! not; see [`ambient_sdk`](ambient_sdk#webassembly).

#![cfg_attr(docsrs, feature(doc_cfg))]

pub mod api_server;
#[cfg(feature = "blocking")]
pub mod blocking;
mod capture;
mod client;
mod config;
mod error;
#[cfg(feature = "grpc")]
mod grpc;
pub mod guide;
#[cfg(feature = "metrics")]
pub mod metrics;
#[cfg(not(feature = "metrics"))]
#[path = "metrics/none.rs"]
mod metrics;
#[cfg(feature = "mock")]
pub mod mock;
mod names;
mod options;
pub mod retry;
mod runtime;
pub mod session;
mod tls;
mod token;
mod transport;
pub mod wait;

// These crates provide types of the public API.
pub use ambient_sdk;
pub use http;
pub use reqwest;

pub use capture::{Capture, ResponseInfo};
pub use client::{Client, ClientBuilder, Layer};
pub use config::{ConfigError, Problem};
pub use error::{Error, ErrorKind, NoStatus, RequestOutcome, Result};
pub use names::NameError;
pub use options::CallOptions;
pub use session::{
    CreateSessionRequest, CreatedSession, Repo, SessionListResponse, SessionResponse, SessionStatus,
};
pub use tls::TlsVersion;
#[cfg(feature = "oidc")]
pub use token::{CliLogin, ClientCredentials, OidcError};
pub use token::{Token, TokenError, TokenFile, TokenForm, TokenSource};

/// Compiles the examples of the README.
#[cfg(all(doctest, feature = "mock"))]
#[doc = include_str!("../README.md")]
struct Readme;
