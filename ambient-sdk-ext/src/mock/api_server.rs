//! Dispatches the operations of the API server. Most are served by their shape, a few by their id.

use std::sync::Arc;

use axum::body::Body;
use http::{Response, StatusCode};
use serde_json::{Value, json};

use super::{
    agents, applications,
    call::Call,
    conversation,
    problem::{Problem, answer},
    resources, schedules, sessions,
    state::{Shared, State},
    table::Shape,
};

pub(super) fn serve(shared: &Arc<Shared>, call: &Call<'_>) -> Result<Response<Body>, Problem> {
    let (state, table) = (&mut *shared.now(), shared.table);
    match call.route.operation.as_str() {
        "start_session" => sessions::run(state, call, State::start_session),
        "stop_session" => sessions::run(state, call, State::stop_session),
        "update_session_status" => sessions::report(state, call),
        "list_session_messages" => conversation::list(state, call),
        "push_session_message" => conversation::push(state, call),
        "stream_session_messages" => conversation::follow(shared, state, call),
        "stream_session_events" => conversation::watch(shared, state, call),
        "start_project_agent" => agents::start(state, table, call),
        // The document declares this operation, but the real server has no route for it.
        "get_project_agent_ignition" => Err(Problem::unknown_route(call.path)),
        "get_credential_token" | "get_project_credential_token" => {
            let credential = resources::target(state, table, call)?;
            Ok(answer(StatusCode::OK, &token_of(&credential)))
        }
        "suspend_scheduled_session" => schedules::enable(state, table, call, false),
        "resume_scheduled_session" => schedules::enable(state, table, call, true),
        "trigger_scheduled_session" => schedules::trigger(state, table, call),
        "list_scheduled_session_runs" => Ok(schedules::runs()),
        "sync_application" => applications::set(state, table, call, "operation_phase", "Running"),
        "refresh_application" => applications::set(state, table, call, "sync_status", "Unknown"),
        "list_agent_role_bindings" => agents::role_bindings(state, table, call),
        "get_version" => Ok(answer(StatusCode::OK, &version())),
        _ if call.route.shape != Shape::Other => resources::serve(state, table, call),
        _ => Err(Problem::NotImplemented),
    }
}

/// Returns the version of a build without version information.
fn version() -> Value {
    json!({"version": "", "build_time": "", "git_tag": ""})
}

fn token_of(credential: &super::store::Record) -> Value {
    let token = credential.hidden.get("token").and_then(Value::as_str);
    json!({
        "credential_id": credential.id,
        "provider": credential.fields.get("provider"),
        "token": token.unwrap_or_default(),
    })
}
