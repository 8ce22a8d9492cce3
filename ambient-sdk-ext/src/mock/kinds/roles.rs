//! The built-in roles, and the permissions of a role.

use serde_json::{Value, json};
use tokio::time::Instant;

use crate::mock::{
    state::State,
    store::{Fields, Record},
};

/// The name, display name, description and permissions of a role.
type BuiltIn = (&'static str, &'static str, &'static str, &'static [&'static str]);

/// The built-in roles.
const BUILT_IN: &[BuiltIn] = &[
    ("platform:admin", "Platform Admin", "Full access to all platform resources", &["*:*"]),
    (
        "platform:viewer",
        "Platform Viewer",
        "Read-only access to all platform resources",
        &[
            "project:read",
            "project:list",
            "session:read",
            "session:list",
            "agent:read",
            "agent:list",
        ],
    ),
    (
        "project:owner",
        "Project Owner",
        "Full access to a specific project",
        &[
            "project:read",
            "project:update",
            "project:delete",
            "agent:*",
            "session:*",
            "session_message:*",
            "project_document:*",
            "blackboard:*",
            "role_binding:*",
        ],
    ),
    (
        "project:editor",
        "Project Editor",
        "Create and manage sessions and agents in a project",
        &[
            "project:read",
            "agent:create",
            "agent:read",
            "agent:update",
            "agent:list",
            "agent:start",
            "session:create",
            "session:read",
            "session:update",
            "session:list",
            "session_message:*",
            "project_document:read",
            "project_document:create",
            "project_document:update",
            "project_document:list",
            "blackboard:read",
            "blackboard:watch",
            "role_binding:delete",
        ],
    ),
    (
        "project:viewer",
        "Project Viewer",
        "Read-only access to a specific project",
        &[
            "project:read",
            "agent:read",
            "agent:list",
            "session:read",
            "session:list",
            "session_message:read",
            "session_message:list",
            "project_document:read",
            "project_document:list",
            "blackboard:read",
        ],
    ),
    (
        "agent:operator",
        "Agent Operator",
        "Manage and start agents",
        &[
            "agent:read",
            "agent:update",
            "agent:start",
            "agent:list",
            "session:read",
            "session:list",
        ],
    ),
    (
        "agent:observer",
        "Agent Observer",
        "Read agent and session state",
        &[
            "agent:read",
            "agent:list",
            "session:read",
            "session:list",
            "blackboard:read",
            "blackboard:watch",
        ],
    ),
    (
        "agent:runner",
        "Agent Runner",
        "Runtime identity for agent pods — check in, send messages, update blackboard",
        &["session:read", "session_message:*", "blackboard:read", "blackboard:watch"],
    ),
    (
        "credential:viewer",
        "Credential Viewer",
        "View and use credentials bound to a project or agent",
        &["credential:read", "credential:list"],
    ),
    (
        "credential:token-reader",
        "Credential Token Reader",
        "Retrieve the raw token value for a credential",
        &["credential:fetch_token"],
    ),
    (
        "credential:owner",
        "Credential Owner",
        "Full CRUD on owned credentials and bind to projects",
        &[
            "credential:create",
            "credential:read",
            "credential:update",
            "credential:delete",
            "credential:list",
            "credential:fetch_token",
            "role_binding:create",
            "role_binding:delete",
        ],
    ),
    (
        "agent:editor",
        "Agent Editor",
        "Update prompt and metadata on a specific agent",
        &["agent:read", "agent:update"],
    ),
    (
        "gitops:admin",
        "GitOps Admin",
        "Full CRUD on applications (GitOps continuous sync)",
        &[
            "application:create",
            "application:read",
            "application:update",
            "application:delete",
            "application:list",
        ],
    ),
    (
        "gitops:viewer",
        "GitOps Viewer",
        "Read-only access to applications",
        &["application:read", "application:list"],
    ),
];

/// Stores the built-in roles. They have no times, as on the real server.
pub(in crate::mock) fn seed(state: &mut State, at: Instant) {
    for (name, display_name, description, permissions) in BUILT_IN {
        let mut role = Record::default();
        role.set("name", *name);
        role.set("display_name", *display_name);
        role.set("description", *description);
        role.set("permissions", json!(permissions).to_string());
        role.set("built_in", true);
        role.set("created_at", Value::Null);
        role.set("updated_at", Value::Null);
        state.add("Role", "/api/ambient/v1/roles", role, at);
    }
}

/// Normalises permissions, which are a list of strings in JSON. An empty list becomes null, and an
/// invalid value is dropped.
pub(super) fn normalise(fields: &mut Fields) {
    let Some(Value::String(text)) = fields.get("permissions") else {
        return;
    };
    match serde_json::from_str::<Option<Vec<String>>>(text) {
        Ok(Some(permissions)) if !permissions.is_empty() => {
            fields.insert("permissions".into(), json!(permissions).to_string().into());
        }
        Ok(_) => drop(fields.insert("permissions".into(), Value::Null)),
        Err(_) => drop(fields.remove("permissions")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn permissions_are_stored_as_a_compact_list() {
        let normal = |text: &str| {
            let mut fields = Fields::from_iter([("permissions".to_owned(), Value::from(text))]);
            normalise(&mut fields);
            fields.get("permissions").cloned()
        };
        assert_eq!(normal(r#"[ "a" , "b" ]"#), Some(json!(r#"["a","b"]"#)));
        assert_eq!(normal("[]"), Some(Value::Null));
        assert_eq!(normal("null"), Some(Value::Null));
        assert_eq!(normal("nonsense"), None);
        assert_eq!(normal(r#"[1]"#), None);
    }
}
