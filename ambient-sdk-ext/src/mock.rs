//! An embedded server with state, for demos and for tests of programs that use this SDK.
//!
//! [`MockServer`] is an HTTP server on a loopback port of the process. It serves both services of
//! the platform, the gateway and the API server, from the documents that the raw clients are
//! generated from. Sessions follow a [`SessionScript`], and errors have the form that the real
//! servers send. A [`Fault`] makes an operation fail in the ways a network can fail, and
//! [`MockServer::requests`] returns the received requests.
//!
//! The server uses tokio's clock. With a paused clock and [`MockServer::transport`], which needs no
//! socket, a test of a five-minute wait finishes immediately.
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
//! # How sessions run
//! A real API server doesn't run sessions: a started session stays `Pending` until a control plane
//! reports another phase. The embedded server includes a control plane, which moves each started
//! session through the steps of its [`SessionScript`] and replies in place of the agent. By default
//! a session completes in a third of a second. With [`SessionScript::idle`] callers report the
//! phases themselves. On the gateway a session starts when it is created.
//!
//! # Behaviour under load
//! These options imitate real servers under load:
//!
//! - [`hang_above`](MockServerBuilder::hang_above) makes requests hang if too many requests and
//!   streams are open.
//! - [`late_commits`](MockServerBuilder::late_commits) makes messages visible out of the order of
//!   their `seq`.
//! - A small [`stream_buffer`](MockServerBuilder::stream_buffer) drops messages of slow readers.
//! - [`fail_large_responses`](MockServerBuilder::fail_large_responses) makes large responses of the
//!   gateway fail at random.
//! - [`expiring_token`](MockServerBuilder::expiring_token) accepts a token for a limited time.
//!
//! A [`Fault`] affects single calls.
//!
//! # Differences from the real servers
//! - Both services share their sessions. A session that was created on the gateway appears on the
//!   API server with its name as `kube_cr_name`. A session that was created on the API server
//!   appears on the gateway under its id in lower case.
//! - With [`check_tokens`](MockServerBuilder::check_tokens), tokens are compared with a list. The
//!   server checks neither signatures nor access to projects. The gateway answers an invalid token
//!   with its own 401; the real gateway forwards the error of its backend.
//! - The query parameter `fields`, which makes the real server close the connection, is ignored.
//! - A list without `orderBy` has no order on the real server. Here a changed record moves to the
//!   end, so that a test fails if the program depends on an order.
//! - All callers act as `dev-user`, who owns the projects that it creates, and is a platform
//!   administrator with [`admin`](MockServerBuilder::admin).
//!
//! `docs/embedded-server.md` in the repository contains the full list of differences.

mod access;
mod agents;
mod api_server;
mod applications;
mod builder;
mod call;
mod clock;
mod constraints;
mod conversation;
mod decode;
mod fault;
#[cfg(feature = "grpc")]
mod grpc;
mod ids;
mod kinds;
mod life;
mod limit;
mod list;
mod load;
mod local;
mod log;
mod messages;
mod paths;
mod problem;
mod public_api;
mod request_line;
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

pub use builder::MockServerBuilder;
pub use fault::Fault;
pub use local::LocalTransport;
pub use log::RecordedRequest;
pub use script::{Reply, SessionScript};
pub use server::{MockError, MockServer};
pub use table::Service;
