//! Applications: what is asked of the part of the platform that syncs them.

use axum::body::Body;
use http::{Response, StatusCode};

use super::{
    call::Call,
    problem::{Problem, answer},
    resources::{self, shown},
    state::State,
    table::Table,
};

/// Notes in a field what is wanted, and shows the application.
pub(super) fn set(
    state: &mut State,
    table: &Table,
    call: &Call<'_>,
    field: &str,
    wanted: &str,
) -> Result<Response<Body>, Problem> {
    let application = resources::target(state, table, call)?;
    let kind = &call.route.kind;
    state.set(kind, &application.id, field, wanted.into(), call.now);
    Ok(answer(StatusCode::OK, &shown(state, kind, &application.id)))
}
