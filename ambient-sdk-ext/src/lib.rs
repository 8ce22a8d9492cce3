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
//! | sessions by the public API | [`session`] |
//! | waiting | [`wait`] |
//! | errors and what to do about them | [`Error`], [`ErrorKind`] |
//! | retries | [`retry`] |
//! | settings of one call, and what its response said besides | [`CallOptions`], [`Capture`] |
//! | the API server: every resource | [`api_server`], [`Client::api_server`] |
//! | the generated builders | [`Client::public_api`], [`ApiServer::raw`](api_server::ApiServer::raw) |
#![cfg_attr(feature = "mock", doc = "| a server for tests and demos | [`mock`] |")]

pub mod api_server;
mod capture;
mod client;
mod config;
mod error;
#[cfg(feature = "mock")]
pub mod mock;
mod names;
mod options;
pub mod retry;
pub mod session;
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
pub use error::{Error, ErrorKind, RequestOutcome, Result};
pub use names::NameError;
pub use options::CallOptions;
pub use session::{
    CreateSessionRequest, CreatedSession, Repo, SessionListResponse, SessionResponse, SessionStatus,
};
pub use token::{Token, TokenError, TokenFile, TokenForm, TokenSource};

/// Compiles the examples of the README.
#[cfg(all(doctest, feature = "mock"))]
#[doc = include_str!("../README.md")]
struct Readme;
