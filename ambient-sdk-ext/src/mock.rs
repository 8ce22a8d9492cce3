//! An embedded server with state, for demos and for tests of programs that use this SDK.
//!
//! [`MockServer`] is a real HTTP server on a loopback port inside the process. It serves both
//! services of the platform, the gateway and the API server, from the documents that the raw
//! clients are generated from: with tokens and projects checked, with sessions that run along a
//! [`SessionScript`], and with refusals in the forms that the real servers send. A [`Fault`] makes
//! an operation fail in any way that a network can, and [`MockServer::requests`] tells what came.
//!
//! Its time is tokio's: with a paused clock and [`MockServer::transport`], which needs no socket,
//! a test of a five-minute wait is over at once.
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use std::time::Duration;
//! use ambient_sdk_ext::{
//!     CreateSessionRequest,
//!     mock::{Fault, MockServer, SessionScript},
//! };
//!
//! let server = MockServer::start().await?;
//! server.script_next_session(SessionScript::fails("the repository is empty"));
//! server.fault("list_sessions", Fault::status(503).times(1))?;
//!
//! let client = server.client()?;
//! let request = CreateSessionRequest::new("Summarise the README of this repository");
//! let created = client.create_session(request).await?;
//! assert_eq!(client.list_sessions().await?.total, 1);
//! assert_eq!(server.request_count("list_sessions"), 2);
//!
//! let wait = client.wait_for_completion(&created.id).poll_interval(Duration::from_millis(20));
//! assert_eq!(wait.await?.error.as_deref(), Some("the repository is empty"));
//! # Ok(())
//! # }
//! ```
//!
//! # What differs from the real servers
//! - Both services share their sessions: one that was created on the gateway is seen on the API
//!   server, and the other way round under its `kube_cr_name`.
//! - Tokens are compared with a list; no signature is checked, nor who may see which project.
//! - The query parameter `fields` is ignored, and so are schedules: a scheduled session runs when
//!   it is triggered.
//! - It is stricter where the real servers' answer is undefined or unknown: a page or size that is no
//!   number is a 400, and so are values that the document doesn't list, as a `scope` of `all`. Have
//!   [`MockServer::insert`] send such values to a client.

mod access;
mod agents;
mod api_server;
mod builder;
mod call;
mod clock;
mod fault;
mod ids;
mod limit;
mod local;
mod log;
mod messages;
mod paging;
mod problem;
mod public_api;
mod resources;
mod schedules;
mod schema;
mod script;
mod search;
mod server;
mod service;
mod sessions;
mod state;
mod store;
mod streams;
mod table;
mod timeline;

pub use builder::MockServerBuilder;
pub use fault::Fault;
pub use local::LocalTransport;
pub use log::RecordedRequest;
pub use script::{Reply, SessionScript};
pub use server::{MockError, MockServer};
pub use table::Contract;
