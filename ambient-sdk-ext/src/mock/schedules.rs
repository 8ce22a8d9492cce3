//! Scheduled sessions: suspended, resumed, and run when they are triggered.

use axum::body::Body;
use http::{Response, StatusCode};
use serde_json::{Value, json};

use super::{
    call::Call,
    problem::{Problem, answer},
    resources::{self, shown},
    state::State,
    store::Record,
    table::Table,
};

/// Suspends or resumes a schedule.
pub(super) fn enable(
    state: &mut State,
    table: &Table,
    call: &Call<'_>,
    enabled: bool,
) -> Result<Response<Body>, Problem> {
    let schedule = resources::target(state, table, call)?;
    let kind = &call.route.kind;
    state.set(kind, &schedule.id, "enabled", Value::Bool(enabled), call.now);
    Ok(answer(StatusCode::OK, &shown(state, kind, &schedule.id)))
}

/// Runs a schedule now, suspended or not.
pub(super) fn trigger(
    state: &mut State,
    table: &Table,
    call: &Call<'_>,
) -> Result<Response<Body>, Problem> {
    let schedule = resources::target(state, table, call)?;
    let session = session_of(&schedule);
    let session = state.create_session(session, call.now);
    state.start_session(&session, call.now)?;
    let time = Value::from(state.clock.text(call.now));
    state.set(&call.route.kind, &schedule.id, "last_run_at", time, call.now);
    Ok(answer(StatusCode::OK, &json!({"status": "triggered"})))
}

fn session_of(schedule: &Record) -> Record {
    let mut session = Record::default();
    let fields = [
        ("name", "name"),
        ("prompt", "session_prompt"),
        ("agent_id", "agent_id"),
        ("project_id", "project_id"),
        ("timeout", "timeout"),
    ];
    for (field, from) in fields {
        if let Some(value) = schedule.fields.get(from) {
            session.set(field, value.clone());
        }
    }
    session.parents.insert("scheduled-sessions".into(), schedule.id.clone());
    session
}
