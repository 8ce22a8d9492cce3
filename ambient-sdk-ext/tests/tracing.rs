//! The spans and events of calls.
//!
//! These tests are a separate program, because tracing caches the interest in a span: if a thread
//! without a subscriber reaches the span first, the span may be disabled for all.

// Helpers may panic, like the tests themselves.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[allow(dead_code)] // The behaviour tests use the rest.
#[path = "behaviour/common.rs"]
mod common;
#[cfg(feature = "grpc")]
#[path = "tracing/grpc.rs"]
mod grpc;
#[path = "support/log.rs"]
mod log;

use std::time::Duration;

use ambient_sdk_ext::CreateSessionRequest;
use common::{Answer, Script, TOKEN, chunks, json, response};
use log::Log;
use serde_json::json;
use tracing_subscriber::fmt::format::FmtSpan;

/// Returns the log of all levels of a create with these responses.
async fn logged(answers: impl IntoIterator<Item = Answer>) -> String {
    logged_for(Duration::MAX, answers).await
}

/// The same as [`logged`], but drops the call after `patience`.
async fn logged_for(patience: Duration, answers: impl IntoIterator<Item = Answer>) -> String {
    let (log, _guard) = Log::begin("trace", FmtSpan::CLOSE);
    let client = Script::new(answers).client();
    let call = client.create_session(CreateSessionRequest::new("a private task"));
    let _outcome = tokio::time::timeout(patience, call).await;
    log.text()
}

#[tokio::test(start_paused = true)]
async fn a_call_is_one_span_with_its_outcome() {
    let created = json!({ "id": "s1", "message": "created" }).to_string();
    let refused = json(429, json!({ "error": "Rate limit exceeded" }));
    let answers = [refused, response(201, &[("x-operation-id", "op-1")], created)];
    let log = logged(answers).await;
    let close = log.lines().find(|line| line.contains("close")).unwrap();
    for field in [
        "ambient.call{",
        "otel.name=POST /v1/sessions",
        "otel.kind=\"client\"",
        "http.request.method=\"POST\"",
        "http.request.resend_count=1",
        "http.response.status_code=201",
        "server.address=\"localhost\"",
        "server.port=8080",
        "url.full=http://localhost:8080/v1/sessions",
        "url.template=\"/v1/sessions\"",
        "ambient.operation=\"create_session\"",
        "ambient.project=\"demo\"",
        "ambient.attempts=2",
        "ambient.waited_ms=0",
        "ambient.duration_ms=",
        "ambient.operation_id=\"op-1\"",
    ] {
        assert!(close.contains(field), "{field} is missing: {close}");
    }
    assert!(!close.contains("error.type") && !close.contains("otel.status_code"), "{close}");
    assert_eq!(log.matches("close").count(), 1);
    assert!(log.contains("will try again"));
}

#[tokio::test]
async fn a_failure_is_logged_with_its_kind() {
    let log = logged([Answer::Broken]).await;
    assert!(log.contains("error.type=\"connection\""), "{log}");
    assert!(log.contains("otel.status_code=\"ERROR\""), "{log}");
}

#[tokio::test]
async fn a_failure_after_the_head_is_logged_with_the_status() {
    let log = logged([response(201, &[], chunks(&["{"], Some("reset")))]).await;
    let close = log.lines().find(|line| line.contains("close")).unwrap();
    assert!(close.contains("http.response.status_code=201"), "{close}");
    assert!(close.contains("error.type=\"decode\""), "{close}");
}

#[tokio::test]
async fn the_error_type_of_a_rejection_is_its_status() {
    let log = logged([json(403, json!({ "error": "Forbidden" }))]).await;
    let close = log.lines().find(|line| line.contains("close")).unwrap();
    assert!(close.contains("error.type=\"403\"") && close.contains("status_code=403"), "{close}");
    assert!(!close.contains("resend_count"), "{close}");
}

#[tokio::test(start_paused = true)]
async fn a_dropped_call_is_logged_with_its_duration() {
    let late = Answer::Late(Duration::from_secs(9), Box::new(Answer::Broken));
    let log = logged_for(Duration::from_secs(2), [late]).await;
    let close = log.lines().find(|line| line.contains("close")).unwrap();
    assert!(close.contains("ambient.attempts=1"), "{close}");
    assert!(close.contains("ambient.duration_ms=2000"), "{close}");
}

#[tokio::test(start_paused = true)]
async fn a_queued_call_is_logged_with_its_waiting_time() {
    let (log, _guard) = Log::begin("info", FmtSpan::CLOSE);
    let second = Duration::from_secs(1);
    let late = || Answer::Late(second, Box::new(json(200, json!({ "items": [], "total": 0 }))));
    let client = Script::new([late(), late()]).builder().max_in_flight(1).build().unwrap();
    let (one, other) = tokio::join!(client.list_sessions(), client.list_sessions());
    assert!(one.is_ok() && other.is_ok());
    let log = log.text();
    let waited = |time: &str| log.lines().filter(|line| line.contains(time)).count();
    assert_eq!((waited("ambient.waited_ms=0"), waited("ambient.waited_ms=1000")), (1, 1), "{log}");
}

#[tokio::test]
async fn the_span_of_the_caller_is_not_changed() {
    let (log, _guard) = Log::begin("off,tracing=info", FmtSpan::CLOSE);
    let empty = tracing::field::Empty;
    let span = tracing::info_span!("mine", otel.status_code = empty, "error.type" = empty);
    let client = Script::new([Answer::Broken]).client();
    let call = client.create_session(CreateSessionRequest::new("t"));
    tracing::Instrument::instrument(call, span).await.unwrap_err();
    let log = log.text();
    assert!(log.contains("mine") && !log.contains("error.type"), "{log}");
}

#[tokio::test]
async fn neither_token_nor_body_is_ever_logged() {
    let echoed = json(401, json!({ "error": format!("bad token {TOKEN}") }));
    let log = logged([echoed]).await;
    assert!(!log.is_empty() && !log.contains(TOKEN) && !log.contains("private"), "{log}");
}
