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
//! | tokens that change | [`TokenSource`], [`TokenFile`] |
//! | whom connections trust | [`ClientBuilder::ca_certificate_file`] and the methods beside it |
//! | sessions by the public API | [`session`] |
//! | waiting | [`wait`] |
//! | errors and what to do about them | [`Error`], [`ErrorKind`] |
//! | retries | [`retry`] |
//! | settings of one call, and what its response said besides | [`CallOptions`], [`Capture`] |
//! | the API server: every resource | [`api_server`], [`Client::api_server`] |
//! | the generated builders | [`Client::public_api`], [`ApiServer::raw`](api_server::ApiServer::raw) |
#![cfg_attr(
    feature = "oidc",
    doc = "| tokens from an issuer | [`ClientCredentials`], [`CliLogin`], [`OidcError`] |"
)]
#![cfg_attr(feature = "mock", doc = "| a server for tests and demos | [`mock`] |")]
#![cfg_attr(feature = "blocking", doc = "| programs without an async runtime | [`blocking`] |")]
#![cfg_attr(feature = "metrics", doc = "| metrics | [`metrics`] |")]
//!
//! # Tracing
//! Each call is a `tracing` span called `ambient.call`. Its fields are those of the
//! [semantic conventions](https://opentelemetry.io/docs/specs/semconv/http/http-spans/) of OpenTelemetry
//! for HTTP clients; the SDK's own begin with `ambient.`. Tokens, headers, queries and bodies are in none.
//!
//! | field | value |
//! |---|---|
//! | `otel.name`, `otel.kind` | `GET /v1/sessions/{id}`, `client` |
//! | `http.request.method` | the method |
//! | `url.template`, `url.full` | the path of the document; the URL without query, user and password |
//! | `server.address`, `server.port` | where the call goes |
//! | `http.response.status_code` | the status of the last response |
//! | `http.request.resend_count` | how often the request was sent again, if it was |
//! | `error.type`, `otel.status_code` | of a failure: its status, or the kind of the error (`connection`); `ERROR` |
//! | `ambient.operation`, `ambient.project` | the operation's id (`get_session`); the project |
//! | `ambient.attempts` | how often the request was sent |
//! | `ambient.waited_ms` | how long the call waited for its turn (`max_in_flight`) |
//! | `ambient.duration_ms` | the whole call, with retries and pauses |
//! | `ambient.operation_id` | the id under which the server logged it |
//!
//! # Features
//! | feature | what it adds |
//! |---|---|
//! | `rustls` | TLS by rustls, with the platform's certificate store; on by default |
//! | `native-tls` | TLS by the operating system's library |
//! | `mock` | an embedded server with state, for tests and demos |
//! | `blocking` | the client for programs without an async runtime |
//! | `metrics` | metrics by OpenTelemetry |
//! | `schemars` | `schemars::JsonSchema` on every model |
//! | `jiff`, `chrono` | conversions between [`Timestamp`](ambient_sdk::Timestamp) and the times of that crate |
//!
//! # Platforms
//! Every platform with threads, sockets and a C compiler. WebAssembly in a browser is not supported: see
//! [`ambient_sdk`](ambient_sdk#webassembly).

#![cfg_attr(docsrs, feature(doc_cfg))]

pub mod api_server;
#[cfg(feature = "blocking")]
pub mod blocking;
mod capture;
mod client;
mod config;
mod error;
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
pub mod session;
mod tls;
mod token;
mod transport;
pub mod wait;

// Their types are part of this crate's API.
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
