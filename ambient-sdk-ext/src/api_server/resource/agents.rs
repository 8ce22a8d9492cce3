//! Agents: roles in a project that can be started repeatedly, each time with a session.
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
//!     println!("it was already running, and did not receive the task");
//! }
//! let session = server.sessions().wait_for_completion(&started.session.id).await?;
//! println!("{:?}", session.phase);
//! # Ok(())
//! # }
//! ```

mod start;

pub use start::{Delivery, StartAgent, StartedAgent};

use super::Agents;

impl Agents {
    /// Starts the agent with only its own prompt; await it. An agent that is already active keeps
    /// its session, which is returned: see [`StartedAgent::is_new`].
    pub fn start(&self, id: impl AsRef<str>) -> StartAgent {
        StartAgent::new(self, id.as_ref(), None)
    }

    /// Starts the agent with a prompt for this run; await it.
    ///
    /// The prompt of a new session is part of its starting prompt. If the server drops it, as the
    /// current one does, it is pushed as a message right after the start. An agent that is already
    /// active does not receive the prompt unless [`push_if_active`](StartAgent::push_if_active) is
    /// set. [`StartedAgent::delivery`] records how the prompt was delivered.
    pub fn start_with(&self, id: impl AsRef<str>, prompt: impl Into<String>) -> StartAgent {
        StartAgent::new(self, id.as_ref(), Some(prompt.into()))
    }
}
