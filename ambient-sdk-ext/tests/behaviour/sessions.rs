//! The session calls: their requests, and the handling of responses.

use std::time::Duration;

use crate::common::{Script, TOKEN, json, response, session};
use ambient_sdk_ext::{
    CallOptions, Capture, CreateSessionRequest, Repo, SessionStatus, retry::RetryPolicy,
};
use serde_json::json;

#[tokio::test]
async fn create_sends_the_request_in_the_form_of_the_gateway() {
    let script = Script::new([json(201, json!({ "id": "s1", "message": "created" }))]);
    let request = CreateSessionRequest::new("Review this")
        .model("claude-sonnet-4-6")
        .repo(Repo::new("https://github.com/a/b").branch("main"))
        .repo("git@github.com:a/c.git");
    let created = script.client().create_session(request).await.unwrap();
    assert_eq!((created.id.as_str(), created.message.as_str()), ("s1", "created"));

    let request = &script.requests()[0];
    assert_eq!(
        (request.method.as_str(), request.url.as_str()),
        ("POST", "http://localhost:8080/v1/sessions")
    );
    let body: serde_json::Value = serde_json::from_str(&request.body).unwrap();
    let expected = json!({
        "task": "Review this",
        "model": "claude-sonnet-4-6",
        "repos": [
            { "url": "https://github.com/a/b", "branch": "main" },
            { "url": "git@github.com:a/c.git" },
        ],
    });
    assert_eq!(body, expected);
}

#[tokio::test]
async fn every_request_has_token_project_and_user_agent() {
    let script = Script::new([session("running")]);
    script.client().get_session("s1").await.unwrap();
    let headers = &script.requests()[0].headers;
    assert_eq!(headers["authorization"], format!("Bearer {TOKEN}"));
    assert!(headers["authorization"].is_sensitive());
    assert_eq!(headers["x-ambient-project"], "demo");
    assert_eq!(headers["accept"], "application/json");
    let agent = concat!("ambient-rust-sdk/", env!("CARGO_PKG_VERSION"));
    assert_eq!(headers["user-agent"], agent);
    assert!(!headers.contains_key("api-version"));
}

#[tokio::test]
async fn a_header_can_be_repeated_or_replace_a_default() {
    let script = Script::new([session("running")]);
    let options =
        CallOptions::new().header("x-tag", "a").header("X-Tag", "b").header("user-agent", "mine");
    script.client().with(options).get_session("s1").await.unwrap();
    let headers = &script.requests()[0].headers;
    assert_eq!(headers.get_all("x-tag").iter().collect::<Vec<_>>(), ["a", "b"]);
    assert_eq!(headers.get_all("user-agent").iter().collect::<Vec<_>>(), ["mine"]);
}

#[tokio::test]
async fn health_needs_neither_token_nor_project() {
    let script = Script::new([json(200, json!({ "status": "ok" }))]);
    script.client().public_api().get_health().send().await.unwrap();
    let headers = &script.requests()[0].headers;
    assert!(!headers.contains_key("authorization") && !headers.contains_key("x-ambient-project"));
}

#[tokio::test]
async fn call_options_set_project_and_headers_and_capture_the_response() {
    let list = json!({ "items": [], "total": 0 });
    let script = Script::new([response(200, &[("x-operation-id", "op-1")], list.to_string())]);
    let capture = Capture::new();
    let options = CallOptions::new().project("other").header("x-trace", "7").capture(&capture);
    script.client().with(options).list_sessions().await.unwrap();

    let headers = &script.requests()[0].headers;
    assert_eq!(
        (&headers["x-ambient-project"], &headers["x-trace"]),
        (&"other".parse().unwrap(), &"7".parse().unwrap())
    );
    let info = capture.last().unwrap();
    assert_eq!(
        (info.operation(), info.status().as_u16(), info.attempts()),
        ("list_sessions", 200, 1)
    );
    assert_eq!(info.operation_id(), Some("op-1"));
}

#[tokio::test]
async fn invalid_times_and_unknown_statuses_are_accepted() {
    let body = json!({
        "id": "s1", "status": "Stopping", "task": "t", "createdAt": "", "completedAt": "soon",
        "an_unknown_field": [1, 2],
    });
    let session = Script::new([json(200, body)]).client().get_session("s1").await.unwrap();
    assert_eq!(session.status, SessionStatus::Unknown("Stopping".into()));
    assert_eq!(session.created_at.to_system_time(), None);
    assert_eq!(session.completed_at.unwrap().as_str(), "soon");
}

#[tokio::test]
async fn a_session_without_an_id_is_an_error() {
    let script = Script::new([json(201, json!({ "id": null, "message": "created" }))]);
    let error = script.client().create_session(CreateSessionRequest::new("t")).await.unwrap_err();
    assert!(error.is_decode() && error.to_string().contains("sent no id"), "{error}");
}

#[tokio::test]
async fn delete_accepts_an_empty_response() {
    let script = Script::new([response(204, &[], "")]);
    script.client().delete_session("s1").await.unwrap();
    assert_eq!(script.requests()[0].method, "DELETE");
}

#[tokio::test]
async fn an_invalid_id_is_not_sent() {
    let script = Script::new([]);
    let client = script.client();
    for id in ["", ".", "..", "a/b", "A", "a\nb", &"a".repeat(64)] {
        assert!(client.get_session(id).await.unwrap_err().is_invalid_request(), "{id:?}");
        assert!(client.delete_session(id).await.unwrap_err().is_invalid_request(), "{id:?}");
        assert!(client.wait_for_completion(id).await.unwrap_err().is_invalid_request(), "{id:?}");
    }
    let raw = client.public_api();
    for id in ["", ".", "..", "a\nb", "a b", &"a".repeat(254)] {
        let error = raw.get_session().id(id).send().await.unwrap_err();
        let error = ambient_sdk_ext::Error::from(error);
        assert!(error.is_invalid_request(), "{id:?}: {error}");
    }
    for project in ["Not A Name", "2abcDEF"] {
        let other = client.with(CallOptions::new().project(project));
        assert!(other.list_sessions().await.unwrap_err().is_invalid_request());
    }
    assert!(script.requests().is_empty());
}

#[tokio::test]
async fn a_raw_builder_uses_the_same_transport() {
    let refused = json!({ "error": "Rate limit exceeded", "retry_after": "1s" });
    let script = Script::new([json(429, refused)]);
    let client = script.client().with(CallOptions::new().retry(RetryPolicy::none()));
    let result = client.public_api().list_sessions().send().await;
    let error = ambient_sdk_ext::Error::from(result.unwrap_err());
    assert!(error.is_rate_limited());
    assert_eq!(error.retry_after(), Some(Duration::from_secs(1)));
    assert_eq!((error.method(), error.path()), (Some("GET"), Some("/v1/sessions")));
}
