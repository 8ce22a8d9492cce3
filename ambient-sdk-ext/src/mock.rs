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
//! # Who runs the sessions
//! The API server itself runs nothing: a started session is `Pending` until a control plane reports
//! something else. The embedded server brings one along, which walks each started session along its
//! [`SessionScript`] and answers for its agent; by default a session is over in a third of a second.
//! [`SessionScript::idle`] leaves all that to callers. On the gateway a session starts as it is
//! created.
//!
//! # What a server under stress does
//! On request it behaves as the real ones do at their worst:
//! [`hangs_above`](MockServerBuilder::hangs_above) so many requests and streams at once,
//! [`late_commits`](MockServerBuilder::late_commits) show messages out of the order of their `seq`,
//! a small [`stream_buffer`](MockServerBuilder::stream_buffer) loses messages of slow readers,
//! [`large_answers_fail`](MockServerBuilder::large_answers_fail) on the gateway, tokens
//! [expire](MockServerBuilder::expiring_token), and a [`Fault`] does all this to single calls.
//!
//! # What differs from the real servers
//! - Both services share their sessions: one that was created on the gateway is seen on the API
//!   server with its name as `kube_cr_name`, and one that was created there is seen on the gateway
//!   under its id in small letters.
//! - With [`check_tokens`](MockServerBuilder::check_tokens), tokens are compared with a list; no
//!   signature is checked, nor who may see which project. The gateway refuses a token that isn't
//!   good in its own form; the real one forwards what its backend says.
//! - The query parameter `fields`, which has the real server close the connection, is ignored.
//! - A list without `orderBy` has no order on the real server. Here a changed record moves to its
//!   end, so that a program that depends on an order notices.
//! - There is one caller, `dev-user`, who owns the projects that it makes, and is more as an
//!   [`admin`](MockServerBuilder::admin).
//!
//! `docs/embedded-server.md` in the repository has the whole list, and how it is kept short.

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
pub use table::Contract;
