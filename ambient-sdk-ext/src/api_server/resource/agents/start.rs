//! Starts an agent and delivers the prompt.
//!
//! The current server composes the starting prompt of a session from the project, the agent and its
//! inbox, and drops the prompt in the request. Therefore each start checks whether the request's
//! prompt is part of the starting prompt, and otherwise pushes it to the session as a message.

use std::{
    fmt,
    future::{Future, IntoFuture},
    pin::Pin,
};

use ambient_sdk::api_server::types;
use http::StatusCode;
use serde::{Deserialize, Serialize};

use super::Agents;
use crate::error::{Error, ErrorKind, RequestOutcome, Result};

/// The maximum size of a prompt in bytes: the maximum of a message, minus room for its JSON.
const MAX_PROMPT: usize = 1_000_000;

/// The result of starting an agent.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct StartedAgent {
    /// The session of the agent, read after the start; the one in the start's response if that read
    /// failed.
    pub session: types::Session,
    /// The starting prompt of the session, composed by the server; `None` if the agent was already
    /// active.
    pub prompt: Option<String>,
    /// Whether this start created the session. Otherwise the agent was already active, and this is
    /// its current session.
    pub is_new: bool,
    /// The way in which the prompt of this start was delivered.
    pub delivery: Delivery,
}

/// The way in which the prompt of a start was delivered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Delivery {
    /// The start had no prompt.
    NoPrompt,
    /// As part of the session's starting prompt.
    InStartingPrompt,
    /// As a message of the user, pushed to the session after the start.
    Pushed,
    /// Not at all, because the agent was already active. Wait until its session has ended and start
    /// it again, or use [`push_if_active`](StartAgent::push_if_active).
    NotDelivered,
}

impl fmt::Display for Delivery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoPrompt => "no prompt",
            Self::InStartingPrompt => "in the starting prompt",
            Self::Pushed => "pushed as a message",
            Self::NotDelivered => "not delivered",
        })
    }
}

/// A builder for starting an agent: await it.
///
/// The start and the message with its prompt are retried only if the server certainly did not
/// process them. If the [outcome](Error::outcome) of a start is unknown, start the agent again: if
/// it is active then, the first start succeeded, and the prompt can be delivered with
/// [`push_if_active`](Self::push_if_active).
///
/// # Errors
/// [`NotFound`](ErrorKind::NotFound) if the agent does not exist;
/// [`Permission`](ErrorKind::Permission) if it belongs to another project. If the agent was started
/// but the prompt could not be pushed, [`Error::created_session`] is the id of the session: push
/// the prompt with [`messages`](crate::api_server::ApiServer::messages).
#[derive(Clone, Debug)]
#[must_use = "nothing is sent until it is awaited"]
pub struct StartAgent {
    agents: Agents,
    id: String,
    prompt: Option<String>,
    push_if_active: bool,
}

impl StartAgent {
    pub(super) fn new(agents: &Agents, id: &str, prompt: Option<String>) -> Self {
        Self { agents: agents.clone(), id: id.to_owned(), prompt, push_if_active: false }
    }

    /// If the agent is already active, pushes the prompt to its current session as a message of the
    /// user. Default: the prompt is not delivered then.
    pub fn push_if_active(mut self) -> Self {
        self.push_if_active = true;
        self
    }

    async fn run(self) -> Result<StartedAgent> {
        let prompt = self.prompt.as_deref().filter(|prompt| !prompt.trim().is_empty());
        if prompt.is_some_and(|prompt| prompt.len() > MAX_PROMPT) {
            let text = format!("Invalid request: prompt: it has more than {MAX_PROMPT} bytes");
            return Err(Error::invalid(text));
        }
        let mut started = self.start(prompt).await?;
        started.delivery = match prompt {
            None => Delivery::NoPrompt,
            Some(prompt) => self.deliver(prompt, &started).await?,
        };
        if let Ok(session) = self.agents.server().sessions().get(&started.session.id).await {
            started.session = session;
        }
        Ok(started)
    }

    async fn start(&self, prompt: Option<&str>) -> Result<StartedAgent> {
        let id = self.agents.checked(&self.id)?;
        let [project] = self.agents.scope();
        let body = types::StartRequest::builder().prompt(prompt.map(str::to_owned));
        let raw = self.agents.server().raw();
        let request = raw.start_project_agent().id(project).agent_id(id);
        let started = request.body(body).send().await?;
        // 201 for a new session, 200 for an existing one; the bodies are the same.
        let is_new = started.status() == StatusCode::CREATED;
        let started = started.into_inner();
        let session =
            started.session.filter(|session| !session.id.is_empty()).ok_or_else(|| {
                let text = format!("agent {id} was started, but the server sent no session");
                Error::new(ErrorKind::Decode, text).with_outcome(RequestOutcome::CarriedOut)
            })?;
        // The field is `start_prompt` in the document, but the server sends `starting_prompt`.
        let prompt = started.starting_prompt.or(started.start_prompt);
        let prompt = prompt.filter(|prompt| !prompt.is_empty());
        Ok(StartedAgent { session, prompt, is_new, delivery: Delivery::NoPrompt })
    }

    async fn deliver(&self, prompt: &str, started: &StartedAgent) -> Result<Delivery> {
        let StartedAgent { session, is_new, prompt: starting, .. } = started;
        let own = session.prompt.as_deref().unwrap_or_default();
        let starting = starting.as_deref().unwrap_or_default();
        if *is_new && occurrences(prompt, starting) > occurrences(prompt, own) {
            return Ok(Delivery::InStartingPrompt);
        }
        if !is_new && !self.push_if_active {
            return Ok(Delivery::NotDelivered);
        }
        let pushed = self.agents.server().messages(&session.id).push(prompt).await;
        match pushed {
            Ok(_) => Ok(Delivery::Pushed),
            Err(error) if *is_new => {
                Err(error.after_creating(&session.id, "its prompt was not delivered"))
            }
            Err(error) => Err(error),
        }
    }
}

impl IntoFuture for StartAgent {
    type Output = Result<StartedAgent>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.run())
    }
}

/// Returns how often `part` occurs in `text` as whole lines.
///
/// The agent's own prompt is part of each starting prompt and may contain the same words, so one
/// occurrence proves nothing: the caller compares the counts.
fn occurrences(part: &str, text: &str) -> usize {
    let part = part.trim();
    let is_whole = |at: usize| {
        let (before, after) = (&text[..at], &text[at + part.len()..]);
        (before.is_empty() || before.ends_with('\n'))
            && (after.is_empty() || after.starts_with(['\n', '\r']))
    };
    text.match_indices(part).filter(|(at, _)| is_whole(*at)).count()
}

#[cfg(test)]
mod tests {
    use super::occurrences;

    #[test]
    fn a_prompt_counts_only_as_whole_lines() {
        let starting = "# Start\n\nReview things\n\n**From CI:** Review\n\n## Task\n\nReview\n\n";
        assert_eq!(occurrences("Review", starting), 1);
        assert_eq!(occurrences(" Review things\n", starting), 1);
        assert_eq!(occurrences("Review", "Review"), 1);
        assert_eq!(occurrences("Review", "Preview\r\nReview\r\n"), 1);
        assert_eq!(occurrences("a\nb", "a\nb\n\na\nb"), 2);
    }
}
