//! Scheduled sessions. The server only stores them: neither a schedule nor a trigger starts a run.

use axum::body::Body;
use http::{Response, StatusCode};
use serde_json::{Value, json};

use super::{
    call::Call,
    problem::{Problem, answer},
    resources::{self, shown},
    state::State,
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

/// Answers that a schedule was triggered.
pub(super) fn trigger(
    state: &State,
    table: &Table,
    call: &Call<'_>,
) -> Result<Response<Body>, Problem> {
    resources::target(state, table, call)?;
    Ok(answer(StatusCode::OK, &json!({"status": "triggered"})))
}

/// Returns the runs of a schedule, which are always empty. The schedule need not exist.
pub(super) fn runs() -> Response<Body> {
    let page = json!({"kind": "SessionList", "page": 1, "size": 0, "total": 0, "items": []});
    answer(StatusCode::OK, &page)
}
