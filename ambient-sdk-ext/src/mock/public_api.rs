//! The gateway, which serves sessions in a simple form and starts each when it is created.

mod body;
mod routes;

use axum::body::{Body, HttpBody};
use http::{HeaderValue, Method, Response, StatusCode, header::CONTENT_TYPE};
use serde_json::{Value, json};

use crate::names;

use super::{
    call::Call,
    problem::{Problem, answer, no_content},
    sessions::KIND,
    state::{Shared, State},
    store::Record,
};

pub(super) use routes::{owns, unrouted};

/// Makes large responses fail at random. The real gateway stops reading from its backend too early.
#[derive(Debug)]
pub(super) struct LargeResponses {
    /// Responses of at most this number of bytes never fail.
    pub(super) above: usize,
    /// The share of the larger responses that fail, between 0 and 1.
    pub(super) share: f64,
    pub(super) random: fastrand::Rng,
}

pub(super) fn serve(shared: &Shared, call: &Call<'_>) -> Result<Response<Body>, Problem> {
    let ok = |body: Value| Ok(answer(StatusCode::OK, &body));
    match call.route.operation.as_str() {
        "get_health" => return ok(json!({"status": "ok"})),
        "get_ready" => return ok(json!({"status": "ready"})),
        _ => {}
    }
    let project = project(call)?;
    let mut state = shared.now();
    let answered = match call.route.operation.as_str() {
        "list_sessions" => ok(list(&state, &project)),
        "create_session" => create(&mut state, call, project),
        "get_session" => ok(view(&state, session(&state, call, &project)?)),
        "delete_session" => {
            let id = session(&state, call, &project)?.id.clone();
            state.store.remove(KIND, &id);
            state.forget_session(&id);
            Ok(no_content())
        }
        _ => Err(Problem::gateway(StatusCode::NOT_FOUND, "Not found")),
    }?;
    if call.route.method == Method::GET && fails_at_random(&mut state, &answered) {
        return Err(Problem::gateway(StatusCode::INTERNAL_SERVER_ERROR, "Internal server error"));
    }
    Ok(answered)
}

/// Whether a response is large and selected to fail.
fn fails_at_random(state: &mut State, answer: &Response<Body>) -> bool {
    let length = answer.body().size_hint().lower();
    state.large_responses.as_mut().is_some_and(|large| {
        length > large.above.try_into().unwrap_or(u64::MAX) && large.random.f64() < large.share
    })
}

/// Sets the headers of a response that the gateway sends.
pub(super) fn finish(mut response: Response<Body>) -> Response<Body> {
    if let Some(value) = response.headers_mut().get_mut(CONTENT_TYPE)
        && value == "application/json"
    {
        *value = HeaderValue::from_static("application/json; charset=utf-8");
    }
    response
}

fn invalid(error: impl Into<String>) -> Problem {
    Problem::gateway(StatusCode::BAD_REQUEST, error)
}

/// Returns the project from the header or from the token.
fn project(call: &Call<'_>) -> Result<String, Problem> {
    let required =
        "Project required. Set X-Ambient-Project header or use a project-scoped access key.";
    let project = match (call.project(), call.grant.project.as_deref()) {
        (Some(named), Some(own)) if named != own => return Err(invalid(required)),
        (Some(project), _) | (None, Some(project)) => project,
        (None, None) => return Err(invalid(required)),
    };
    match names::kubernetes("project", project) {
        Ok(()) => Ok(project.to_owned()),
        Err(_) => Err(invalid("Invalid project name")),
    }
}

fn session<'a>(state: &'a State, call: &Call<'_>, project: &str) -> Result<&'a Record, Problem> {
    let name = call.target();
    names::kubernetes("session id", name).map_err(|_| invalid("Invalid session ID"))?;
    let id = state.cluster_names.get(name);
    let session = id.and_then(|id| state.store.get(KIND, id));
    session
        .filter(|session| session.text("project_id") == Some(project))
        .ok_or_else(|| Problem::gateway(StatusCode::NOT_FOUND, "Session not found"))
}

/// Returns the sessions of a project, sorted by name, as a cluster lists them.
fn list(state: &State, project: &str) -> Value {
    let sessions = state.cluster_names.values().filter_map(|id| state.store.get(KIND, id));
    let items: Vec<_> = sessions
        .filter(|session| session.text("project_id") == Some(project))
        .map(|session| view(state, session))
        .collect();
    json!({"total": items.len(), "items": items})
}

fn create(state: &mut State, call: &Call<'_>, project: String) -> Result<Response<Body>, Problem> {
    let request = body::read(&call.body).map_err(invalid)?;
    let name = state.cluster_name(call.now);
    let mut record = Record::default();
    record.set("name", request.task.chars().take(40).collect::<String>());
    record.set("kube_cr_name", name.as_str());
    record.set("prompt", request.task);
    record.set("project_id", project);
    if !request.model.is_empty() {
        record.set("llm_model", request.model);
    }
    if let Some(repos) = request.repos {
        record.set("repos", repos);
    }
    let id = state.create_session(record, call.now);
    state.start_session(&id, call.now)?;
    let body = json!({"id": name, "message": "Session created"});
    Ok(answer(StatusCode::CREATED, &body))
}

/// Returns a session in the form of the gateway. The gateway's backend doesn't return the model, so
/// `model` is present only if a test sets it in the record.
fn view(state: &State, session: &Record) -> Value {
    let field = |name: &str| session.text(name).filter(|text| !text.is_empty()).map(Value::from);
    let outcome = state.life.outcome(&session.id);
    let name = session.text("kube_cr_name").unwrap_or_default();
    let mut view = json!({
        "id": name.to_lowercase(),
        "status": status(session.text("phase").unwrap_or_default()),
        "task": session.text("prompt").unwrap_or_default(),
        "createdAt": session.text("created_at").unwrap_or_default(),
    });
    let optional = [
        ("model", field("model")),
        ("completedAt", field("completion_time")),
        ("result", outcome.result.map(Value::from)),
        ("error", outcome.error.map(Value::from)),
    ];
    for (key, value) in optional {
        if let Some(value) = value {
            view[key] = value;
        }
    }
    view
}

/// Returns the gateway's status for a phase. An unknown phase is returned unchanged.
fn status(phase: &str) -> &str {
    match phase {
        "" | "Pending" | "Creating" | "Initializing" => "pending",
        "Running" | "Active" => "running",
        "Completed" | "Succeeded" => "completed",
        "Failed" | "Error" => "failed",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phases_become_statuses() {
        assert_eq!(status(""), "pending");
        assert_eq!(status("Creating"), "pending");
        assert_eq!(status("Active"), "running");
        assert_eq!(status("Stopped"), "Stopped");
        assert_eq!(status("Hibernating"), "Hibernating");
    }
}
