//! Agents: roles in a project that are started again and again, each time as a session.
//!
//! ```no_run
//! use ambient_sdk_ext::api_server::{Delivery, NewAgent};
//!
//! # async fn example(client: ambient_sdk_ext::Client) -> ambient_sdk_ext::Result<()> {
//! let server = client.api_server();
//! let agents = server.agents("project-1");
//! let agent = match server.agent_by_name("project-1", "reviewer").await? {
//!     Some(agent) => agent,
//!     None => agents.create(NewAgent::new("reviewer").prompt("You review changes.")).await?,
//! };
//! let started = agents.start_with(&agent.id, "Review the open pull requests").await?;
//! if started.delivery == Delivery::NotDelivered {
//!     println!("it was at work already, and wasn't given the task");
//! }
//! let session = server.sessions().wait_for_completion(&started.session.id).await?;
//! println!("{:?}", session.phase);
//! # Ok(())
//! # }
//! ```

mod start;

use ambient_sdk::api_server::types;

pub use start::{Delivery, StartAgent, StartedAgent};

use super::{
    ApiServer, List, field,
    list::Plain,
    resource::{deletable, list, resource, send},
};
use crate::error::Result;

resource! {
    /// The agents of one project.
    Agents in (project as id: "project id") of Agent by agent_id: "agent id" {
        list: list_project_agents,
        get: get_project_agent,
        create: create_project_agent(AgentCreateRequest, fill project_id = project),
        update: update_project_agent(AgentPatchRequest),
    }
}

deletable!(Agents, delete_project_agent.id(project), agent_id);

super::request::request! {
    /// An agent to create, in the project of the handle unless it names another.
    NewAgent for AgentCreateRequest (name: String; project_id) {
        text display_name,
        text description,
        text prompt,
        text parent_agent_id,
        text owner_user_id,
        text repo_url,
        text workflow_id,
        text llm_model,
        value(f64) llm_temperature,
        value(i32) llm_max_tokens,
        text bot_account_name,
        json resource_overrides,
        map environment_variables,
        map labels,
        map annotations,
    }
}

super::request::request! {
    /// What to change of an agent; see [`request`](super::request).
    AgentPatch for AgentPatchRequest {
        text name,
        clearable display_name,
        clearable description,
        clearable prompt,
        clearable repo_url,
        clearable llm_model,
        value(f64) llm_temperature,
        value(i32) llm_max_tokens,
        map labels,
        map annotations,
    }
}

impl Agents {
    /// Starts the agent with nothing but its own prompt; await it. An agent that is at work already
    /// keeps its session, which is returned: see [`StartedAgent::is_new`].
    pub fn start(&self, id: impl AsRef<str>) -> StartAgent {
        StartAgent::new(self, id.as_ref(), None)
    }

    /// Starts the agent with a prompt for this run; await it.
    ///
    /// The prompt reaches a new session as part of its starting prompt, or, where the server loses it
    /// (as that of today does), as a message that is pushed right after the start. An agent that is
    /// at work already isn't given the prompt unless
    /// [`push_if_active`](StartAgent::push_if_active) is set. [`StartedAgent::delivery`] says where
    /// the prompt went.
    pub fn start_with(&self, id: impl AsRef<str>, prompt: impl Into<String>) -> StartAgent {
        StartAgent::new(self, id.as_ref(), Some(prompt.into()))
    }

    /// What the agent would be started with. Servers of today don't serve it.
    ///
    /// # Errors
    /// [`NoSuchEndpoint`](crate::ErrorKind::NoSuchEndpoint) from a server that doesn't serve it; as
    /// those of [`get`](Self::get).
    pub async fn ignition(&self, id: impl AsRef<str>) -> Result<types::StartResponse> {
        let id = self.checked(id.as_ref())?;
        send!(self, get_project_agent_ignition.id(&self.project).agent_id(id))
    }

    /// The sessions that the agent was started as. The server neither searches nor orders them.
    pub fn sessions(&self, id: impl AsRef<str>) -> List<types::Session, Plain> {
        let agent = id.as_ref();
        let checked = self.checked(agent).map(drop);
        let project = &self.project;
        list!(plain, &self.server, checked, list_project_agent_sessions.id(project).agent_id(agent))
    }

    /// The messages that wait for the agent.
    #[must_use]
    pub fn inbox(&self, id: impl Into<String>) -> super::Inbox {
        self.server.inbox(&self.project, id)
    }
}

impl ApiServer {
    /// The agents of the project of this id.
    #[must_use]
    pub fn agents(&self, project: impl Into<String>) -> Agents {
        Agents::new(self, project)
    }

    /// The agent of this name in the project of this id, if there is one.
    ///
    /// # Errors
    /// [`Conflict`](crate::ErrorKind::Conflict) when there is more than one, so that the name doesn't say
    /// which.
    pub async fn agent_by_name(
        &self,
        project: impl Into<String>,
        name: impl AsRef<str>,
    ) -> Result<Option<types::Agent>> {
        let name = name.as_ref();
        let list = self.agents(project).list().search(field("name").eq(name));
        super::find::only(list, name, |agent| &agent.name).await
    }
}
