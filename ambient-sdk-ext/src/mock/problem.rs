//! The forms of the servers' error responses.

use std::time::Duration;

use axum::body::Body;
use http::{
    HeaderValue, Response, StatusCode,
    header::{CONTENT_TYPE, LOCATION},
};
use serde_json::{Value, json};

/// An error response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Problem {
    /// The full form of the API server. The id identifies the kind of error.
    Full { status: StatusCode, id: &'static str, reason: String },
    /// The form of the API server's permission layer, without a code and labelled as plain text.
    Permission(StatusCode, String),
    /// Plain text, which the API server's message and event routes send.
    Text(StatusCode, String),
    /// The response to an operation that the API server doesn't implement.
    NotImplemented,
    /// The response to a path without a route on the API server.
    UnknownRoute(String),
    /// The response to a method that a route of the API server doesn't have.
    MethodNotAllowed,
    /// The response to a path that the API server expects in another form.
    Redirect(String),
    /// The form of the gateway.
    Gateway {
        status: StatusCode,
        error: String,
        message: Option<String>,
        retry_after: Option<Duration>,
    },
}

impl Problem {
    pub(super) fn full(status: StatusCode, id: &'static str, reason: impl Into<String>) -> Self {
        let reason = reason.into();
        Self::Full { status, id, reason }
    }

    pub(super) fn conflict(reason: impl Into<String>) -> Self {
        Self::full(StatusCode::CONFLICT, "6", reason)
    }

    pub(super) fn not_found(kind: &str, id: &str) -> Self {
        Self::missing(format!("{kind} with id='{id}' not found"))
    }

    pub(super) fn missing(reason: impl Into<String>) -> Self {
        Self::full(StatusCode::NOT_FOUND, "7", reason)
    }

    pub(super) fn forbidden(reason: impl Into<String>) -> Self {
        Self::full(StatusCode::FORBIDDEN, "4", reason)
    }

    /// Creates a failure of the database or of the server.
    pub(super) fn general(reason: impl Into<String>) -> Self {
        Self::full(StatusCode::INTERNAL_SERVER_ERROR, "9", reason)
    }

    pub(super) fn invalid(reason: impl Into<String>) -> Self {
        Self::full(StatusCode::BAD_REQUEST, "8", reason)
    }

    pub(super) fn malformed(reason: impl Into<String>) -> Self {
        Self::full(StatusCode::BAD_REQUEST, "17", reason)
    }

    pub(super) fn bad_request(reason: impl Into<String>) -> Self {
        Self::full(StatusCode::BAD_REQUEST, "21", reason)
    }

    pub(super) fn unknown_route(path: &str) -> Self {
        Self::UnknownRoute(path.to_owned())
    }

    /// Whether the router sends the response, before the request has an operation id.
    pub(super) fn is_from_router(&self) -> bool {
        matches!(self, Self::UnknownRoute(_) | Self::MethodNotAllowed | Self::Redirect(_))
    }

    pub(super) fn text(status: StatusCode, text: impl Into<String>) -> Self {
        Self::Text(status, text.into())
    }

    pub(super) fn gateway(status: StatusCode, error: impl Into<String>) -> Self {
        Self::Gateway { status, error: error.into(), message: None, retry_after: None }
    }

    /// Returns the usual error of the API server for a status, for faults that set only a status.
    pub(super) fn for_status(status: StatusCode) -> Self {
        let reason = status.canonical_reason().unwrap_or("Unknown");
        let id = match status.as_u16() {
            400 => "21",
            401 => "15",
            403 => return Self::Permission(status, reason.to_owned()),
            404 => "7",
            405 => "10",
            409 => "6",
            _ => "9",
        };
        Self::full(status, id, reason)
    }

    /// Converts to a response. `operation` is the id under which the server logs the request.
    pub(super) fn into_response(self, operation: &str) -> Response<Body> {
        match self {
            Self::Full { status, id, reason } => answer(status, &full_form(id, &reason, operation)),
            Self::Permission(status, reason) => {
                let body = json!({"kind": "Error", "reason": reason}).to_string();
                plain(status, body)
            }
            Self::Text(status, text) => plain(status, text + "\n"),
            Self::NotImplemented => {
                let body = json!({"code": "NOT_IMPLEMENTED", "reason": "not yet implemented"});
                answer(StatusCode::NOT_IMPLEMENTED, &body)
            }
            Self::UnknownRoute(path) => answer(StatusCode::NOT_FOUND, &unknown_route(&path)),
            Self::MethodNotAllowed => empty(StatusCode::METHOD_NOT_ALLOWED),
            Self::Redirect(path) => redirect(&path),
            Self::Gateway { status, error, message, retry_after } => {
                answer(status, &gateway_form(&error, message, retry_after))
            }
        }
    }
}

fn full_form(id: &str, reason: &str, operation: &str) -> Value {
    json!({
        "id": id,
        "kind": "Error",
        "href": format!("/api/ambient/v1/errors/{id}"),
        "code": format!("ambient-api-server-{id}"),
        "reason": reason,
        "operation_id": operation,
    })
}

/// Returns the body of the API server's router, which has an older form than that of operations.
fn unknown_route(path: &str) -> Value {
    json!({
        "type": "Error",
        "id": "404",
        "href": "/api/ambient/v1/errors/404",
        "code": "ambient-api-server-404",
        "reason": format!("The requested resource '{path}' doesn't exist"),
    })
}

fn redirect(path: &str) -> Response<Body> {
    let mut response = empty(StatusCode::MOVED_PERMANENTLY);
    if let Ok(path) = HeaderValue::try_from(path) {
        response.headers_mut().insert(LOCATION, path);
    }
    response
}

fn gateway_form(error: &str, message: Option<String>, retry_after: Option<Duration>) -> Value {
    let mut body = json!({"error": error});
    if let Some(message) = message {
        body["message"] = message.into();
    }
    if let Some(delay) = retry_after {
        body["retry_after"] = format!("{}s", delay.as_secs_f64()).into();
    }
    body
}

/// Creates a JSON response.
pub(super) fn answer(status: StatusCode, body: &Value) -> Response<Body> {
    respond(status, "application/json", Body::from(body.to_string()))
}

/// Creates a 204 response.
pub(super) fn no_content() -> Response<Body> {
    empty(StatusCode::NO_CONTENT)
}

/// Creates the API server's response to a delete, which has the content type of JSON but no body.
pub(super) fn deleted(status: StatusCode) -> Response<Body> {
    respond(status, "application/json", Body::empty())
}

/// Creates a response with a status and without a body or content type.
pub(super) fn empty(status: StatusCode) -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    response
}

/// Creates a response with a content type.
pub(super) fn respond(
    status: StatusCode,
    content_type: &'static str,
    body: Body,
) -> Response<Body> {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    let content_type = HeaderValue::from_static(content_type);
    response.headers_mut().insert(CONTENT_TYPE, content_type);
    response
}

fn plain(status: StatusCode, body: String) -> Response<Body> {
    respond(status, "text/plain; charset=utf-8", Body::from(body))
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn sent(problem: Problem) -> (u16, String, String) {
        let response = problem.into_response("op");
        let status = response.status().as_u16();
        let kind = response.headers()[CONTENT_TYPE].to_str().unwrap().to_owned();
        let body = axum::body::to_bytes(response.into_body(), 10_000).await;
        (status, kind, String::from_utf8(body.unwrap().to_vec()).unwrap())
    }

    #[tokio::test]
    async fn the_full_form_contains_kind_code_reason_and_operation() {
        let (status, kind, body) = sent(Problem::not_found("Session", "foo")).await;
        let body: Value = serde_json::from_str(&body).unwrap();
        assert_eq!((status, kind.as_str()), (404, "application/json"));
        assert_eq!(body["reason"], "Session with id='foo' not found");
        assert_eq!(body["code"], "ambient-api-server-7");
        assert_eq!(body["href"], "/api/ambient/v1/errors/7");
        assert_eq!(body["operation_id"], "op");
    }

    #[tokio::test]
    async fn the_shorter_forms_match_the_servers() {
        let forbidden = sent(Problem::for_status(StatusCode::FORBIDDEN)).await;
        assert!(forbidden.1.starts_with("text/plain"));
        assert_eq!(forbidden.2, r#"{"kind":"Error","reason":"Forbidden"}"#);
        let text = sent(Problem::text(StatusCode::NOT_FOUND, "session not found")).await;
        assert_eq!(text.2, "session not found\n");
        let missing = sent(Problem::NotImplemented).await;
        assert_eq!((missing.0, missing.1.as_str()), (501, "application/json"));
    }

    #[tokio::test]
    async fn the_gateway_sends_the_delay_in_the_body() {
        let limited = Problem::Gateway {
            status: StatusCode::TOO_MANY_REQUESTS,
            error: "Rate limit exceeded".into(),
            message: None,
            retry_after: Some(Duration::from_secs(1)),
        };
        let body = sent(limited).await.2;
        assert_eq!(body, r#"{"error":"Rate limit exceeded","retry_after":"1s"}"#);
    }
}
