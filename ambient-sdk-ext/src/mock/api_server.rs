//! The API server: records by the shape of their operations, and the few operations of their own.

use std::sync::Arc;

use axum::body::Body;
use http::{Response, StatusCode};
use serde_json::{Value, json};

use super::{
    agents,
    call::Call,
    problem::{Problem, answer},
    resources, schedules,
    sessions::{self, is_terminal},
    state::{Shared, State},
    streams,
    table::{Shape, Table},
};

/// The most that a message may be, in bytes of its body.
const MAX_MESSAGE: usize = 1024 * 1024;

pub(super) fn serve(shared: &Arc<Shared>, call: &Call<'_>) -> Result<Response<Body>, Problem> {
    let (state, table) = (&mut *shared.now(), shared.table);
    if call.route.shape != Shape::Other {
        return resources::serve(state, table, call);
    }
    match call.route.operation.as_str() {
        "start_session" => run(state, call, State::start_session),
        "stop_session" => run(state, call, State::stop_session),
        "list_session_messages" => list_messages(state, call),
        "push_session_message" => push_message(state, call),
        "stream_session_messages" => follow_messages(shared, state, call),
        "stream_session_events" => follow_events(shared, state, call),
        "start_project_agent" => agents::start(state, table, call),
        // Declared, and never given a route by the real server.
        "get_project_agent_ignition" => Err(Problem::unknown_route(call.path)),
        "get_credential_token" | "get_project_credential_token" => {
            let credential = resources::target(state, table, call)?;
            Ok(answer(StatusCode::OK, &token_of(&credential)))
        }
        "suspend_scheduled_session" => schedules::enable(state, table, call, false),
        "resume_scheduled_session" => schedules::enable(state, table, call, true),
        "trigger_scheduled_session" => schedules::trigger(state, table, call),
        "get_version" => Ok(answer(StatusCode::OK, &version(table))),
        _ => Err(Problem::NotImplemented),
    }
}

/// The server is as old as its document: there is no other build of it.
fn version(table: &Table) -> Value {
    json!({
        "version": table.version,
        "build_time": "2026-01-01T00:00:00Z",
        "git_tag": format!("v{}", table.version),
    })
}

fn token_of(credential: &super::store::Record) -> Value {
    let token = credential.hidden.get("token").and_then(Value::as_str);
    json!({
        "credential_id": credential.id,
        "provider": credential.fields.get("provider"),
        "token": token.unwrap_or_default(),
    })
}

/// Starts or stops a session, and shows it.
fn run(
    state: &mut State,
    call: &Call<'_>,
    change: impl FnOnce(&mut State, &str, tokio::time::Instant) -> Result<(), Problem>,
) -> Result<Response<Body>, Problem> {
    let id = call.target();
    if state.store.get(sessions::KIND, id).is_none() {
        return Err(Problem::not_found(sessions::KIND, id));
    }
    change(state, id, call.now)?;
    Ok(answer(StatusCode::OK, &resources::shown(state, sessions::KIND, id)))
}

/// The session of a message or event route, whose refusals are plain text.
fn session<'a>(state: &State, call: &'a Call<'_>) -> Result<&'a str, Problem> {
    let id = call.target();
    match state.store.get(sessions::KIND, id) {
        Some(_) => Ok(id),
        None => Err(Problem::text(StatusCode::NOT_FOUND, "session not found")),
    }
}

/// The number after which messages are wanted: `Last-Event-ID` wins over `after_seq`.
fn cursor(call: &Call<'_>, resumable: bool) -> Result<i64, Problem> {
    let last = call.header("last-event-id").filter(|_| resumable);
    if let Some(last) = last.and_then(|last| last.trim().parse().ok()) {
        return Ok(last);
    }
    let after = call.query("after_seq").filter(|text| !text.is_empty());
    let after = after.map(|text| text.parse::<i64>()).transpose();
    after
        .map(Option::unwrap_or_default)
        .map_err(|_| Problem::text(StatusCode::BAD_REQUEST, "invalid after_seq"))
}

fn list_messages(state: &State, call: &Call<'_>) -> Result<Response<Body>, Problem> {
    let id = session(state, call)?;
    let after = cursor(call, false)?;
    let messages = state.messages.after(id, after).cloned().collect();
    Ok(answer(StatusCode::OK, &Value::Array(messages)))
}

fn push_message(state: &mut State, call: &Call<'_>) -> Result<Response<Body>, Problem> {
    let id = session(state, call)?;
    let refuse = |text: &str| Problem::text(StatusCode::BAD_REQUEST, text);
    let schema = call.route.request.as_ref().ok_or(Problem::NotImplemented)?;
    let body = schema.decode(&call.body).ok().filter(|_| call.body.len() <= MAX_MESSAGE);
    let body = body.ok_or_else(|| refuse("invalid JSON body"))?;
    let text = |key: &str| body.get(key).and_then(Value::as_str);
    if text("event_type").is_some_and(|event_type| event_type != "user") {
        return Err(refuse("event_type must be \"user\""));
    }
    let payload = text("payload").unwrap_or_default();
    state.say(id, "user", payload, call.now);
    let message = state.messages.last().cloned().unwrap_or_default();
    state.answer_user(id, payload, call.now);
    Ok(answer(StatusCode::CREATED, &message))
}

fn follow_messages(
    shared: &Arc<Shared>,
    state: &mut State,
    call: &Call<'_>,
) -> Result<Response<Body>, Problem> {
    let id = session(state, call)?;
    let after = cursor(call, true)?;
    let (history, live) = state.messages.follow(id, after);
    Ok(streams::open(shared, history, live))
}

fn follow_events(
    shared: &Arc<Shared>,
    state: &mut State,
    call: &Call<'_>,
) -> Result<Response<Body>, Problem> {
    let id = session(state, call)?;
    let phase = state.phase(id);
    let scheduled = !phase.is_empty() && !is_terminal(phase);
    if !scheduled && !state.timeline.holds(id) {
        return Err(Problem::text(StatusCode::BAD_GATEWAY, "runner not reachable"));
    }
    let live = state.messages.watch(id);
    Ok(streams::open(shared, Vec::new(), live))
}
