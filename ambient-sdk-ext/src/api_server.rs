//! The API server: every resource of the platform, pleasant on top of the generated builders.
//!
//! ```no_run
//! use std::time::Duration;
//! use ambient_sdk_ext::{CallOptions, Capture, CreateSessionRequest};
//!
//! # async fn example(client: ambient_sdk_ext::Client) -> ambient_sdk_ext::Result<()> {
//! let server = client.api_server();
//! let session = server.sessions().run(CreateSessionRequest::new("Review this repository")).await?;
//! let ended = server.sessions().wait_for_completion(&session.id).await?;
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
//! | sessions: run, start, stop, wait | [`sessions`] |
//! | messages of a session, live; a conversation | [`messages`], [`conversation`] |
//! | raw events of a runner | [`events`] |
//! | projects | [`projects`] |
//! | agents, their sessions and inbox | [`agents`], [`inbox`] |
//! | credentials | [`credentials`] |
//! | scheduled sessions | [`scheduled_sessions`] |
//! | users, roles, role bindings | [`access`] |
//! | settings of projects | [`project_settings`] |
//! | applications | [`applications`] |
//! | the server's version | [`version`] |
//!
//! What they share: [`list`] and [`search`] to read many, [`request`] to create and change, [`merge`]
//! to change some labels only, [`fields`] to read JSON that is kept as text.

pub mod access;
pub mod agents;
mod ahead;
pub mod applications;
pub mod conversation;
pub mod credentials;
pub mod events;
pub mod fields;
mod find;
pub mod inbox;
pub mod list;
pub mod merge;
pub mod messages;
pub mod project_settings;
pub mod projects;
pub mod request;
mod resource;
pub mod scheduled_sessions;
pub mod search;
pub mod sessions;
pub(crate) mod stream;
pub mod version;

use ambient_sdk::api_server as raw;

pub use access::{
    NewRole, NewRoleBinding, NewUser, RoleBindingPatch, RoleBindings, RolePatch, Roles, UserPatch,
    Users,
};
pub use agents::{AgentPatch, Agents, Delivery, NewAgent, StartAgent, StartedAgent};
pub use applications::{ApplicationPatch, Applications, NewApplication};
pub use conversation::{Outcome, Reply, Turn};
pub use credentials::{CredentialPatch, Credentials, NewCredential, ProjectCredentials};
pub use events::{AgentEvent, Events};
pub use fields::{
    AgentFields, ApplicationFields, CredentialFields, ProjectFields, ProjectSettingsFields,
    RoleFields, SessionFields,
};
pub use inbox::{Inbox, NewInboxMessage};
pub use list::{Collected, List, OrderBy};
pub use merge::Merge;
pub use messages::{Cursor, Follow, Followed, Message, MessageStream, Messages};
pub use project_settings::{NewProjectSettings, ProjectSettings, ProjectSettingsPatch};
pub use projects::{NewProject, ProjectPatch, Projects};
pub use request::CLEAR;
pub use scheduled_sessions::{NewScheduledSession, ScheduledSessionPatch, ScheduledSessions};
pub use search::{Search, field};
pub use sessions::{NewSession, SessionPatch, SessionStatusPatch, Sessions};
pub use version::{Agreement, VersionCheck};

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
