//! The gateway: sessions in a simple form, each started as soon as it is created.

use axum::body::Body;
use http::{Response, StatusCode};
use serde_json::{Value, json};

use crate::names;

use super::{
    call::Call,
    problem::{Problem, answer, no_content},
    sessions::KIND,
    state::{Shared, State},
    store::{Fields, Record},
};

pub(super) fn serve(shared: &Shared, call: &Call<'_>) -> Result<Response<Body>, Problem> {
    let ok = |body: Value| Ok(answer(StatusCode::OK, &body));
    match call.route.operation.as_str() {
        "get_health" => return ok(json!({"status": "ok"})),
        "get_ready" => return ok(json!({"status": "ready"})),
        _ => {}
    }
    let project = project(call)?;
    let mut state = shared.now();
    match call.route.operation.as_str() {
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
    }
}

fn invalid(error: &str) -> Problem {
    Problem::gateway(StatusCode::BAD_REQUEST, error)
}

/// The project that the header names, or the token.
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
    let id = call.target();
    names::kubernetes("session id", id).map_err(|_| invalid("Invalid session ID"))?;
    let session = state.store.find(KIND, "kube_cr_name", id);
    session
        .filter(|session| session.text("project_id") == Some(project))
        .ok_or_else(|| Problem::gateway(StatusCode::NOT_FOUND, "Session not found"))
}

fn list(state: &State, project: &str) -> Value {
    let sessions = state.store.all(KIND);
    let items: Vec<_> = sessions
        .filter(|session| session.text("project_id") == Some(project))
        .map(|session| view(state, session))
        .collect();
    json!({"total": items.len(), "items": items})
}

fn create(state: &mut State, call: &Call<'_>, project: String) -> Result<Response<Body>, Problem> {
    let schema = call.route.request.as_ref();
    let body = schema.map_or_else(|| Ok(Fields::new()), |schema| schema.decode(&call.body));
    let body = body.map_err(|cause| Problem::Gateway {
        status: StatusCode::BAD_REQUEST,
        error: "Invalid request body".into(),
        message: Some(cause),
        retry_after: None,
    })?;
    let task = body.get("task").and_then(Value::as_str).unwrap_or_default();
    if task.is_empty() {
        return Err(invalid("task is required"));
    }
    let mut record = Record::default();
    record.set("name", task.chars().take(40).collect::<String>());
    record.set("prompt", task);
    record.set("project_id", project);
    if let Some(model) = body.get("model") {
        record.set("llm_model", model.clone());
    }
    if let Some(repos) = body.get("repos") {
        record.set("repos", repos.to_string());
    }
    let id = state.create_session(record, call.now);
    state.start_session(&id, call.now)?;
    let body = json!({"id": id.to_lowercase(), "message": "Session created"});
    Ok(answer(StatusCode::CREATED, &body))
}

/// A session as the gateway shows it.
fn view(state: &State, session: &Record) -> Value {
    let field = |name: &str| session.fields.get(name).cloned();
    let course = state.courses.get(&session.id);
    let result = course.and_then(|course| course.result.clone());
    let error = course.and_then(|course| course.error.clone());
    let mut view = json!({
        "id": field("kube_cr_name"),
        "status": status(session.text("phase").unwrap_or_default()),
        "task": session.text("prompt").unwrap_or_default(),
        "createdAt": session.text("created_at").unwrap_or_default(),
    });
    let optional = [
        ("model", field("llm_model")),
        ("completedAt", field("completion_time")),
        ("result", result.map(Value::from)),
        ("error", error.map(Value::from)),
    ];
    for (key, value) in optional {
        if let Some(value) = value {
            view[key] = value;
        }
    }
    view
}

/// The gateway's word for a phase; one that it doesn't know passes through unchanged.
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
