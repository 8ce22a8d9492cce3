//! The types into which a program without the SDK would decode a list of sessions: the fields of
//! the generated types, each with the simplest type that serde supports.

use serde::Deserialize;

/// A page of sessions.
#[derive(Deserialize)]
#[allow(dead_code)]
pub(crate) struct SessionList {
    pub(crate) items: Vec<Session>,
    pub(crate) kind: String,
    pub(crate) page: i64,
    pub(crate) size: i64,
    pub(crate) total: i64,
}

/// A session, with all fields of the generated type.
#[derive(Deserialize)]
#[allow(dead_code)]
pub(crate) struct Session {
    pub(crate) agent_id: Option<String>,
    pub(crate) annotations: Option<String>,
    pub(crate) assigned_user_id: Option<String>,
    pub(crate) bot_account_name: Option<String>,
    pub(crate) completion_time: Option<String>,
    pub(crate) conditions: Option<String>,
    pub(crate) created_at: Option<String>,
    pub(crate) created_by_user_id: Option<String>,
    pub(crate) environment_variables: Option<String>,
    pub(crate) href: Option<String>,
    pub(crate) id: String,
    pub(crate) kind: Option<String>,
    pub(crate) kube_cr_name: Option<String>,
    pub(crate) kube_cr_uid: Option<String>,
    pub(crate) kube_namespace: Option<String>,
    pub(crate) labels: Option<String>,
    pub(crate) llm_max_tokens: Option<i64>,
    pub(crate) llm_model: Option<String>,
    pub(crate) llm_temperature: Option<f64>,
    pub(crate) name: String,
    pub(crate) parent_session_id: Option<String>,
    pub(crate) phase: Option<String>,
    pub(crate) project_id: Option<String>,
    pub(crate) prompt: Option<String>,
    pub(crate) reconciled_repos: Option<String>,
    pub(crate) reconciled_workflow: Option<String>,
    pub(crate) repo_url: Option<String>,
    pub(crate) repos: Option<String>,
    pub(crate) resource_overrides: Option<String>,
    pub(crate) sdk_restart_count: Option<i64>,
    pub(crate) sdk_session_id: Option<String>,
    pub(crate) start_time: Option<String>,
    pub(crate) timeout: Option<i64>,
    pub(crate) updated_at: Option<String>,
    pub(crate) workflow_id: Option<String>,
}
