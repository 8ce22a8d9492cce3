//! Operations that the API server serves but its document doesn't declare.

use http::Method;

use super::{API_ROOT, Route, Service, Shape, Table};

/// Method, path below the prefix, operation id, shape and kind.
const UNDECLARED: [(Method, &str, &str, Shape, &str); 7] = [
    (Method::GET, "version", "get_version", Shape::Other, ""),
    (Method::DELETE, "users/{id}", "delete_user", Shape::Delete, "User"),
    (Method::GET, "applications/{id}/status", "get_application_status", Shape::Get, "Application"),
    (Method::POST, "applications/{id}/sync", "sync_application", Shape::Other, "Application"),
    (Method::POST, "applications/{id}/refresh", "refresh_application", Shape::Other, "Application"),
    (
        Method::GET,
        "projects/{id}/agents/{agent_id}/inbox/{msg_id}",
        "get_inbox_message",
        Shape::Other,
        "InboxMessage",
    ),
    (
        Method::GET,
        "projects/{id}/agents/{agent_id}/role_bindings",
        "list_agent_role_bindings",
        Shape::Other,
        "Agent",
    ),
];

impl Table {
    pub(super) fn add_undeclared(&mut self) {
        for (method, path, operation, shape, kind) in UNDECLARED {
            let template = format!("{API_ROOT}/{path}");
            let is_declared = |route: &Route| route.template == template && route.method == method;
            if self.routes.iter().any(is_declared) {
                continue;
            }
            self.routes.push(Route {
                service: Service::ApiServer,
                operation: operation.to_owned(),
                method,
                template,
                shape,
                kind: kind.to_owned(),
                request: None,
                response: None,
                successes: Vec::new(),
                open: false,
                accept: None,
            });
        }
    }
}
