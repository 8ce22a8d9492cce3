//! Scheduled sessions. The server keeps them and does nothing with them: no schedule makes a run,
//! and neither does a trigger.

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

/// Says of a schedule that it was triggered.
pub(super) fn trigger(
    state: &State,
    table: &Table,
    call: &Call<'_>,
) -> Result<Response<Body>, Problem> {
    resources::target(state, table, call)?;
    Ok(answer(StatusCode::OK, &json!({"status": "triggered"})))
}

/// The runs of any schedule, whether it is there or not: none.
pub(super) fn runs() -> Response<Body> {
    let page = json!({"kind": "SessionList", "page": 1, "size": 0, "total": 0, "items": []});
    answer(StatusCode::OK, &page)
}
