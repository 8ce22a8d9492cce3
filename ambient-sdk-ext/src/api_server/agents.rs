//! Agents: roles in a project that are started again and again, each time as a session.
//!
//! ```no_run
//! use ambient_sdk_ext::api_server::NewAgent;
//!
//! # async fn example(client: ambient_sdk_ext::Client) -> ambient_sdk_ext::Result<()> {
//! let server = client.api_server();
//! let agents = server.agents("project-1");
//! let agent = match server.agent_by_name("project-1", "reviewer").await? {
//!     Some(agent) => agent,
//!     None => agents.create(NewAgent::new("reviewer").prompt("You review changes.")).await?,
//! };
//! let started = agents.start_with(&agent.id, "Review the open pull requests").await?;
//! if !started.is_new {
//!     println!("it was at work already, and wasn't given the task");
//! }
//! let session = server.sessions().wait_for_completion(&started.session.id).await?;
//! println!("{:?}", session.phase);
//! # Ok(())
//! # }
//! ```

use ambient_sdk::api_server::types;
use http::StatusCode;

use super::{
    ApiServer, List, field,
    list::Plain,
    resource::{deletable, list, resource, send},
};
use crate::error::{Error, ErrorKind, Result};

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

/// What a start of an agent came to.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct StartedAgent {
    /// The session, which runs now.
    pub session: types::Session,
    /// What the session was started with: the prompts of project, agent and start put together.
    pub prompt: Option<String>,
    /// Whether the session was made by this start. Otherwise the agent was running already: the
    /// session is the one it has, and the task of this start was **not** given to it. Wait until it
    /// has ended and start again, or say the task to it with
    /// [`messages`](crate::api_server::ApiServer::messages).
    pub is_new: bool,
}

impl Agents {
    /// Starts the agent with nothing but its own prompt. An agent that runs already keeps its
    /// session, which is returned; see [`StartedAgent::is_new`].
    ///
    /// # Errors
    /// [`NotFound`](ErrorKind::NotFound) when there is no such agent.
    pub async fn start(&self, id: impl AsRef<str>) -> Result<StartedAgent> {
        self.start_as(id.as_ref(), types::StartRequest::builder()).await
    }

    /// Starts the agent with a task for this run. An agent that runs already isn't given the task:
    /// look at [`StartedAgent::is_new`].
    ///
    /// # Errors
    /// As those of [`start`](Self::start).
    pub async fn start_with(
        &self,
        id: impl AsRef<str>,
        prompt: impl Into<String>,
    ) -> Result<StartedAgent> {
        let request = types::StartRequest::builder().prompt(Some(prompt.into()));
        self.start_as(id.as_ref(), request).await
    }

    async fn start_as(
        &self,
        id: &str,
        request: types::builder::StartRequest,
    ) -> Result<StartedAgent> {
        let id = self.checked(id)?;
        let project = &self.project;
        let call = self.server.call();
        let operation = call.raw.start_project_agent().id(project).agent_id(id).body(request);
        let outcome = operation.send().await;
        // 201 for a new session, 200 for the one that runs; the bodies are the same.
        let is_new = outcome.as_ref().is_ok_and(|started| started.status() == StatusCode::CREATED);
        let started = call.finish(outcome)?;
        let session = started.session.ok_or_else(|| {
            let text = format!("agent {id} was started, but the server named no session");
            Error::new(ErrorKind::Decode, text)
        })?;
        // The document says `start_prompt`, the server sends `starting_prompt`.
        let prompt = started.starting_prompt.or(started.start_prompt);
        Ok(StartedAgent { session, prompt, is_new })
    }

    /// What the agent would be started with. Servers of today don't serve it and answer with 404.
    ///
    /// # Errors
    /// As those of [`get`](Self::get).
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
    /// [`Conflict`](ErrorKind::Conflict) when there is more than one, so that the name doesn't say
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
