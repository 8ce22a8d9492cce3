//! Agents: a start creates a session, or gives the one that runs.

use axum::body::Body;
use http::{Response, StatusCode};
use serde_json::{Value, json};

use super::{
    call::Call,
    problem::{Problem, answer},
    resources::{self, decode, shown},
    sessions::{self, is_terminal},
    state::State,
    store::Record,
    table::Table,
};

/// What a session takes over from its agent.
const TAKEN_OVER: [&str; 9] = [
    "annotations",
    "bot_account_name",
    "environment_variables",
    "labels",
    "llm_max_tokens",
    "llm_model",
    "llm_temperature",
    "repo_url",
    "workflow_id",
];

/// Starts an agent: 201 with a new session, or 200 with the one that is still under way.
pub(super) fn start(
    state: &mut State,
    table: &Table,
    call: &Call<'_>,
) -> Result<Response<Body>, Problem> {
    let agent = resources::target(state, table, call)?;
    let request = call.route.request.as_ref();
    let request = request.ok_or(Problem::NotImplemented)?;
    let body = decode(request, &call.body)?;
    let current = agent.text("current_session_id").unwrap_or_default();
    let phase = state.phase(current);
    if !phase.is_empty() && !is_terminal(phase) {
        let started = started(state, current);
        return Ok(answer(StatusCode::OK, &started));
    }
    let wish = body.get("prompt").and_then(Value::as_str);
    let prompt = starting_prompt(state, &agent, wish.unwrap_or_default());
    let session = state.create_session(session_of(&agent, &prompt), call.now);
    state.start_session(&session, call.now)?;
    let current = Value::from(session.as_str());
    state.set(&call.route.kind, &agent.id, "current_session_id", current, call.now);
    Ok(answer(StatusCode::CREATED, &started(state, &session)))
}

/// What a start answers; the prompt comes under another name than the document says.
fn started(state: &State, session: &str) -> Value {
    let session = shown(state, sessions::KIND, session);
    let prompt = session["prompt"].clone();
    json!({"session": session, "starting_prompt": prompt})
}

/// The prompts of project, agent and caller, one after the other.
fn starting_prompt(state: &State, agent: &Record, wish: &str) -> String {
    let project = agent.parents.get("projects");
    let project = project.and_then(|id| state.store.get("Project", id));
    let project = project.and_then(|project| project.text("prompt"));
    let parts = [project, agent.text("prompt"), Some(wish)];
    let parts = parts.into_iter().flatten().filter(|part| !part.is_empty());
    parts.collect::<Vec<_>>().join("\n\n")
}

fn session_of(agent: &Record, prompt: &str) -> Record {
    let mut session = Record::default();
    for field in TAKEN_OVER {
        if let Some(value) = agent.fields.get(field) {
            session.set(field, value.clone());
        }
    }
    session.set("name", agent.text("name").unwrap_or_default());
    session.set("prompt", prompt);
    session.set("agent_id", agent.id.as_str());
    session.set("project_id", agent.text("project_id").unwrap_or_default());
    session
}
