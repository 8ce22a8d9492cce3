//! The API server: every resource of the platform, pleasant on top of the generated builders.
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
//! // Project, time-out, headers and the response's own data: by the options of the server's handle,
//! // so that every call takes them.
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
//! // Every operation is there as a generated builder as well, carried like all calls.
//! let sessions = server.raw().list_sessions().size(10_u32).send().await?.into_inner();
//! # Ok(())
//! # }
//! ```
//!
//! | what | where |
//! |---|---|
//! | what every resource has: list, get, create, update, delete, find by name | [`Handle`], [`resource`] |
//! | a session from its creation to its end, and what came of it | [`ApiServer::run`], [`run`] |
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
//! Their models are in [`types`]; the values that a server may add to, such as [`SessionPhase`], are here
//! too.
//!
//! What they share: [`list`] and [`search`] to read many, [`patch`] to create and change, [`merge`]
//! to change some labels only, [`fields`] to read JSON that is kept as text.
//!
//! The handles, their requests and the parameters of their lists follow from the API's document: what
//! a new revision of it adds is here when the crate is built from it.

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
// The open enums of the document, whichever it has; what is written here by the same name wins.
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

/// The API server, as the project and options of its client see it. Cheap to clone.
#[derive(Clone, Debug)]
pub struct ApiServer {
    client: Client,
}

impl Client {
    /// The API server: sessions, messages, projects, agents and all the rest.
    #[must_use]
    pub fn api_server(&self) -> ApiServer {
        ApiServer { client: self.clone() }
    }
}

impl ApiServer {
    /// The same server, to be called by `options` where they say something. Handles that were made
    /// before keep theirs.
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

    /// The generated client: every operation as a builder, carried like the calls of this one. Its
    /// errors turn into [`Error`](crate::Error) with `?`.
    #[must_use]
    pub fn raw(&self) -> &raw::Client {
        self.client.raw_api_server()
    }

    /// The same server, to be called for all projects where that is wanted.
    pub(crate) fn of_projects(&self, all: bool) -> Self {
        if all { self.with(CallOptions::new().all_projects()) } else { self.clone() }
    }
}
