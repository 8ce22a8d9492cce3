//! Operations on applications, which another part of the platform syncs.

use axum::body::Body;
use http::{Response, StatusCode};

use super::{
    call::Call,
    problem::{Problem, answer},
    resources::{self, shown},
    state::State,
    table::Table,
};

/// Sets a field of an application and returns the application.
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
