//! The API server: every resource of the platform, with methods built on the generated builders.
//!
//! ```no_run
//! use std::time::Duration;
//! use ambient_sdk_ext::{CallOptions, Capture, CreateSessionRequest};
//!
//! # async fn example(client: ambient_sdk_ext::Client) -> ambient_sdk_ext::Result<()> {
//! let server = client.api_server();
//! let session = server.run(CreateSessionRequest::new("Review this repository")).await?;
//! println!("{}: {}", session.phase(), session.result().unwrap_or_default());
//!
//! // Options of the server's handle apply to every call: project, timeout, headers, and a capture
//! // of the responses.
//! let capture = Capture::new();
//! let options = CallOptions::new()
//!     .project("other")
//!     .timeout(Duration::from_secs(5))
//!     .header("x-request-id", "42")
//!     .capture(&capture);
//! let users = server.with(options).users().list().limit(10).collect().await?;
//! if let Some(response) = capture.last() {
//!     println!("{}: {:?}", response.status(), response.operation_id());
//! }
//!
//! // Every operation is also available as a generated builder, sent like all other calls.
//! let sessions = server.raw().list_sessions().size(10_u32).send().await?.into_inner();
//! # Ok(())
//! # }
//! ```
//!
//! | task | items |
//! |---|---|
//! | every resource: list, get, create, update, delete, find by name | [`Handle`], [`resource`] |
//! | a session from its creation to its end, and its result | [`ApiServer::run`], [`run`] |
//! | sessions: create, start, stop, wait | [`Sessions`], [`sessions`] |
//! | messages of a session, live; a conversation | [`messages`], [`conversation`] |
//! | raw events of a runner | [`events`] |
//! | agents, their sessions and inbox | [`Agents`], [`agents`], [`inbox`] |
//! | scheduled sessions | [`ScheduledSessions`], [`scheduled_sessions`] |
//! | projects and their settings | [`Projects`], [`ProjectSettings`] |
//! | credentials | [`Credentials`], [`ProjectCredentials`] |
//! | users, roles, role bindings | [`Users`], [`Roles`], [`RoleBindings`] |
//! | applications | [`Applications`] |
//! | the server's version | [`version`] |
//!
//! The models are in [`types`]. Enums to which a server may add values, such as [`SessionPhase`],
//! are in this module.
//!
//! Shared by all resources: [`list`] and [`search`] read many objects, [`patch`] creates and
//! changes objects, [`merge`] changes some labels and keeps the others, and [`fields`] reads JSON
//! that the server stores as text.
//!
//! The handles, their requests and the parameters of their lists are generated from the API's
//! document. If a new revision of the document adds a resource, a crate built from that revision
//! contains it in this module.

mod ahead;
pub mod conversation;
pub mod events;
pub mod fields;
pub mod list;
pub mod messages;
pub mod patch;
pub mod resource;
pub mod run;
pub mod search;
pub(crate) mod stream;
pub mod version;
#[cfg(feature = "grpc")]
pub mod watch;

use ambient_sdk::api_server as raw;

#[doc(inline)]
pub use ambient_sdk::api_server::types;
// The open enums of the document. An item that this module defines takes precedence over an enum of
// the same name.
#[doc(inline)]
pub use ambient_sdk::api_server::values::*;

pub use conversation::{Outcome, Reply, Turn};
pub use events::{AgentEvent, Events};
pub use list::{Collected, List, OrderBy};
pub use messages::{Cursor, Follow, Followed, Message, MessageStream, Messages};
pub use patch::{CLEAR, merge, merge::Merge};
pub use resource::{
    agents::{Delivery, StartAgent, StartedAgent},
    *,
};
pub use run::{EndedSession, Run, RunUpdate, RunUpdates};
pub use search::{Search, annotation, field, label};
pub use version::{Agreement, VersionCheck};
#[cfg(feature = "grpc")]
pub use watch::{Watch, WatchEvent, WatchEvents};

use crate::{client::Client, options::CallOptions};

/// A handle for the API server, with the project and options of its client. Cheap to clone.
#[derive(Clone, Debug)]
pub struct ApiServer {
    client: Client,
}

impl Client {
    /// Returns the API server: sessions, messages, projects, agents and all other resources.
    #[must_use]
    pub fn api_server(&self) -> ApiServer {
        ApiServer { client: self.clone() }
    }
}

impl ApiServer {
    /// Returns a handle with `options` on top of the current ones. Existing handles are not
    /// affected.
    ///
    /// ```
    /// use std::time::Duration;
    /// use ambient_sdk_ext::{CallOptions, api_server::ApiServer};
    ///
    /// # async fn example(server: ApiServer) -> ambient_sdk_ext::Result<()> {
    /// let patient = server.with(CallOptions::new().timeout(Duration::from_secs(120)));
    /// println!("{}", patient.sessions().list().count().await?);
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn with(&self, options: CallOptions) -> Self {
        self.client.with(options).api_server()
    }

    /// Returns the generated client, which has every operation as a builder and sends requests like
    /// this handle. Its errors convert into [`Error`](crate::Error) with `?`.
    #[must_use]
    pub fn raw(&self) -> &raw::Client {
        self.client.raw_api_server()
    }

    /// Returns a handle for all projects if `all` is set, otherwise a clone.
    pub(crate) fn of_projects(&self, all: bool) -> Self {
        if all { self.with(CallOptions::new().all_projects()) } else { self.clone() }
    }
}
