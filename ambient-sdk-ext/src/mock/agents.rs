//! Operations on agents. A start creates a session or returns the active one.

use std::{fmt::Write, time::Duration};

use axum::body::Body;
use http::{Response, StatusCode};
use serde_json::{Value, json};

use super::{
    call::Call,
    decode,
    life::is_under_way,
    problem::{Problem, answer},
    resources, sessions,
    state::State,
    store::Record,
    table::Table,
};

const INBOX: &str = "InboxMessage";

/// Starts an agent. Answers 201 with a new session, or 200 with a session that is still active.
///
/// The prompt in the request is ignored, as on the real server.
pub(super) fn start(
    state: &mut State,
    table: &Table,
    call: &Call<'_>,
) -> Result<Response<Body>, Problem> {
    let agent = resources::target(state, table, call)?;
    if let Some(active) = active_session(state, &agent.id) {
        let session = Value::Object(active.fields.clone());
        let started = json!({"session": session, "starting_prompt": ""});
        return Ok(answer(StatusCode::OK, &started));
    }
    // The server accepts any JSON body and ignores it.
    decode::check(&call.body).map_err(resources::malformed)?;
    let seconds = state.clock.unix_seconds(call.now);
    let session = state.add_session(new_session(&agent, seconds), call.now);
    let created = resources::shown(state, sessions::KIND, &session);
    let unread = unread(state, &agent.id);
    for message in &unread {
        state.set(INBOX, &message.id, "read", true.into(), call.now);
    }
    let prompt = starting_prompt(state, &agent, &unread);
    state.add_message(&session, "user", &prompt, call.now);
    let current = Value::from(session.as_str());
    state.set(&call.route.kind, &agent.id, "current_session_id", current, call.now);
    // The server starts the session in a second write, so its time is later than the creation.
    state.start_session(&session, call.now + Duration::from_micros(1))?;
    let started = json!({"session": created, "starting_prompt": prompt});
    Ok(answer(StatusCode::CREATED, &started))
}

/// Returns the latest session of an agent that runs or is being started.
fn active_session<'a>(state: &'a State, agent: &str) -> Option<&'a Record> {
    let sessions = state.store.all(sessions::KIND);
    sessions
        .filter(|session| session.text("agent_id") == Some(agent))
        .filter(|session| is_under_way(session.text("phase").unwrap_or_default()))
        .max_by_key(|session| session.time("created_at"))
}

/// Creates the session of an agent. The session takes only the agent's prompt, not its model.
fn new_session(agent: &Record, unix_seconds: i64) -> Record {
    let mut session = Record::default();
    let name = agent.text("name").unwrap_or_default();
    session.set("name", format!("{name}-{unix_seconds}"));
    if let Some(prompt) = agent.text("prompt") {
        session.set("prompt", prompt);
    }
    session.set("agent_id", agent.id.as_str());
    session.set("project_id", agent.text("project_id").unwrap_or_default());
    session
}

/// Returns the unread messages of an agent's inbox, oldest first.
fn unread(state: &State, agent: &str) -> Vec<Record> {
    let inbox = state.store.all(INBOX);
    let mut unread: Vec<_> = inbox
        .filter(|message| message.text("agent_id") == Some(agent))
        .filter(|message| message.fields.get("read") != Some(&Value::Bool(true)))
        .cloned()
        .collect();
    unread.sort_by_key(|message| message.time("created_at"));
    unread
}

/// Returns the prompt that an agent gets at its start, with the agent's name and instructions, its
/// peers and its inbox.
fn starting_prompt(state: &State, agent: &Record, unread: &[Record]) -> String {
    let name = agent.text("name").unwrap_or_default();
    let project = agent.text("project_id").unwrap_or_default();
    let mut prompt = format!(
        "# Agent Start: {name}\n\nYou are **{name}**, working in project **{project}**.\n\n"
    );
    let context = state.store.find("Project", "name", project);
    let context = context.and_then(|project| project.text("prompt"));
    add_section(&mut prompt, "Workspace Context", context);
    add_section(&mut prompt, "Standing Instructions", agent.text("prompt"));
    add_peers(&mut prompt, state, agent);
    add_inbox(&mut prompt, unread);
    prompt
}

fn add_section(prompt: &mut String, title: &str, text: Option<&str>) {
    if let Some(text) = text.filter(|text| !text.is_empty()) {
        // Writing to a `String` never fails.
        let _ = write!(prompt, "## {title}\n\n{text}\n\n");
    }
}

fn add_peers(prompt: &mut String, state: &State, agent: &Record) {
    let project = agent.text("project_id");
    let all = state.store.all("Agent");
    let peers = all.filter(|peer| peer.id != agent.id && peer.text("project_id") == project);
    let mut names: Vec<_> = peers.map(|peer| peer.text("name").unwrap_or_default()).collect();
    if names.is_empty() {
        return;
    }
    names.sort_unstable();
    prompt.push_str("## Peer Agents in this Project\n\n");
    prompt.push_str("| Agent | Description |\n| ----- | ----------- |\n");
    for name in names {
        let _ = writeln!(prompt, "| {name} | — |");
    }
    prompt.push('\n');
}

fn add_inbox(prompt: &mut String, unread: &[Record]) {
    if unread.is_empty() {
        return;
    }
    prompt.push_str("## Inbox Messages (unread at start)\n\n");
    for message in unread {
        let named = |field| message.text(field).filter(|name| !name.is_empty());
        let from = named("from_name").or_else(|| named("from_agent_id")).unwrap_or("system");
        let body = message.text("body").unwrap_or_default();
        let _ = write!(prompt, "**From {from}:** {body}\n\n");
    }
}

/// Lists the role bindings of an agent. It always fails, because the real server selects a column
/// that its database doesn't have.
pub(super) fn role_bindings(
    state: &State,
    table: &Table,
    call: &Call<'_>,
) -> Result<Response<Body>, Problem> {
    resources::target(state, table, call)?;
    Err(Problem::general(
        "Unable to list resources: pq: column role_bindings.scope_id does not exist",
    ))
}
