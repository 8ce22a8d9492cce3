//! A session in the form in which the API server returns it after a run.

use serde_json::{Value, json};

/// Returns a session with the fields that are set after a run.
pub(crate) fn session(at: usize) -> Value {
    let id = format!("2aBcDeFgHiJkLmNoPqRs{at:07}");
    json!({
        "id": id,
        "kind": "Session",
        "href": format!("/api/ambient/v1/sessions/{id}"),
        "created_at": "2026-05-12T09:30:00.123456Z",
        "updated_at": "2026-05-12T09:41:00.123456Z",
        "name": format!("review-{at}"),
        "prompt": "Review the repository for security issues and write down what you find.",
        "created_by_user_id": "2aBcDeFgHiJkLmNoPqRsTuVwXyA",
        "repos": r#"[{"url":"https://github.com/ambient-code/platform","branch":"main"}]"#,
        "timeout": 3600,
        "llm_model": "claude-sonnet-4-6",
        "llm_temperature": 0.7,
        "llm_max_tokens": 4000,
        "labels": r#"{"team":"core","kind":"review"}"#,
        "annotations": r#"{"ticket":"SEC-17"}"#,
        "project_id": "demo",
        "phase": "Completed",
        "start_time": "2026-05-12T09:30:05Z",
        "completion_time": "2026-05-12T09:41:00Z",
        "sdk_session_id": "0b8d7c5e-4c3b-4d5a-9a52-7e4b4d2f1c11",
        "sdk_restart_count": 0,
        "conditions": r#"[{"type":"Ready","status":"True","reason":"Completed"}]"#,
        "kube_cr_name": format!("session-{at}"),
        "kube_namespace": "demo",
    })
}
