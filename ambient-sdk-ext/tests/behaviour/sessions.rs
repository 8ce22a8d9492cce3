//! The session calls: what is sent, and what becomes of the answers.

use std::time::Duration;

use crate::common::{Script, TOKEN, json, response, session};
use ambient_sdk_ext::{
    CallOptions, Capture, CreateSessionRequest, Repo, SessionStatus, retry::RetryPolicy,
};
use serde_json::json;

#[tokio::test]
async fn create_sends_the_request_as_the_gateway_takes_it() {
    let script = Script::new([json(201, json!({ "id": "s1", "message": "created" }))]);
    let request = CreateSessionRequest::new("Review this")
        .model("claude-sonnet-4-6")
        .repo(Repo::new("https://github.com/a/b").branch("main"))
        .repo("git@github.com:a/c.git");
    let created = script.client().create_session(request).await.unwrap();
    assert_eq!((created.id.as_str(), created.message.as_str()), ("s1", "created"));

    let asked = &script.asked()[0];
    assert_eq!(
        (asked.method.as_str(), asked.url.as_str()),
        ("POST", "http://localhost:8080/v1/sessions")
    );
    let body: serde_json::Value = serde_json::from_str(&asked.body).unwrap();
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
async fn every_request_says_who_sends_it_and_in_which_project() {
    let script = Script::new([session("running")]);
    script.client().get_session("s1").await.unwrap();
    let headers = &script.asked()[0].headers;
    assert_eq!(headers["authorization"], format!("Bearer {TOKEN}"));
    assert!(headers["authorization"].is_sensitive());
    assert_eq!(headers["x-ambient-project"], "demo");
    assert_eq!(headers["accept"], "application/json");
    let agent = concat!("ambient-rust-sdk/", env!("CARGO_PKG_VERSION"));
    assert_eq!(headers["user-agent"], agent);
    assert!(!headers.contains_key("api-version"));
}

#[tokio::test]
async fn a_header_can_be_sent_twice_and_in_place_of_the_clients_own() {
    let script = Script::new([session("running")]);
    let options =
        CallOptions::new().header("x-tag", "a").header("X-Tag", "b").header("user-agent", "mine");
    script.client().with(options).get_session("s1").await.unwrap();
    let headers = &script.asked()[0].headers;
    assert_eq!(headers.get_all("x-tag").iter().collect::<Vec<_>>(), ["a", "b"]);
    assert_eq!(headers.get_all("user-agent").iter().collect::<Vec<_>>(), ["mine"]);
}

#[tokio::test]
async fn health_needs_neither_token_nor_project() {
    let script = Script::new([json(200, json!({ "status": "ok" }))]);
    script.client().public_api().get_health().send().await.unwrap();
    let headers = &script.asked()[0].headers;
    assert!(!headers.contains_key("authorization") && !headers.contains_key("x-ambient-project"));
}

#[tokio::test]
async fn a_call_can_have_a_project_and_headers_of_its_own_and_give_back_its_response() {
    let list = json!({ "items": [], "total": 0 });
    let script = Script::new([response(200, &[("x-operation-id", "op-1")], list.to_string())]);
    let capture = Capture::new();
    let options = CallOptions::new().project("other").header("x-trace", "7").capture(&capture);
    script.client().with(options).list_sessions().await.unwrap();

    let headers = &script.asked()[0].headers;
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
async fn a_session_is_read_whatever_its_times_and_status() {
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
async fn a_session_without_an_id_is_an_error_that_says_so() {
    let script = Script::new([json(201, json!({ "id": null, "message": "created" }))]);
    let error = script.client().create_session(CreateSessionRequest::new("t")).await.unwrap_err();
    assert!(error.is_decode() && error.to_string().contains("named no id"), "{error}");
}

#[tokio::test]
async fn delete_takes_an_empty_answer() {
    let script = Script::new([response(204, &[], "")]);
    script.client().delete_session("s1").await.unwrap();
    assert_eq!(script.asked()[0].method, "DELETE");
}

#[tokio::test]
async fn what_is_no_id_is_never_sent() {
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
    assert!(script.asked().is_empty());
}

#[tokio::test]
async fn a_raw_builder_takes_the_same_way() {
    let refused = json!({ "error": "Rate limit exceeded", "retry_after": "1s" });
    let script = Script::new([json(429, refused)]);
    let client = script.client().with(CallOptions::new().retry(RetryPolicy::none()));
    let result = client.public_api().list_sessions().send().await;
    let error = ambient_sdk_ext::Error::from(result.unwrap_err());
    assert!(error.is_rate_limited());
    assert_eq!(error.retry_after(), Some(Duration::from_secs(1)));
    assert_eq!((error.method(), error.path()), (Some("GET"), Some("/v1/sessions")));
}
