//! Retries of reads and writes, and their pauses.

use std::time::Duration;

use crate::common::{Answer, Script, chunks, json, response, session};
use ambient_sdk_ext::{
    CallOptions, Capture, CreateSessionRequest,
    retry::{Backoff, RetryPolicy},
};
use serde_json::json;

fn busy() -> Answer {
    json(503, json!({ "error": "busy" }))
}

#[tokio::test(start_paused = true)]
async fn a_read_is_retried_after_a_transient_error() {
    let failures: [fn() -> Answer; 5] = [
        busy,
        || Answer::Broken,
        || json(500, json!({ "error": "Internal server error" })),
        || json(429, json!({ "error": "Rate limit exceeded" })),
        || response(200, &[], chunks(&["{"], Some("reset"))),
    ];
    for failure in failures {
        let script = Script::new([failure(), failure(), session("running")]);
        let capture = Capture::new();
        let client = script.client().with(CallOptions::new().capture(&capture));
        client.get_session("s1").await.unwrap();
        assert_eq!(capture.last().unwrap().attempts(), 3);
    }
}

#[tokio::test(start_paused = true)]
async fn the_third_failure_is_final() {
    let script = Script::new([busy(), busy(), busy()]);
    assert!(script.client().get_session("s1").await.unwrap_err().is_server());
    assert_eq!(script.requests().len(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_write_with_an_unknown_outcome_is_never_retried() {
    for failure in [busy(), Answer::Broken, json(500, "{}")] {
        let script = Script::new([failure]);
        script.client().create_session(CreateSessionRequest::new("t")).await.unwrap_err();
        assert_eq!(script.requests().len(), 1);
    }
    let script = Script::new([Answer::Broken]);
    script.client().delete_session("s1").await.unwrap_err();
    assert_eq!(script.requests().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_rejected_write_is_retried_with_the_same_body() {
    let rejected = json(429, json!({ "error": "Rate limit exceeded", "retry_after": "1s" }));
    let created = json(201, json!({ "id": "s1", "message": "created" }));
    let script = Script::new([rejected, created]);
    script.client().create_session(CreateSessionRequest::new("t")).await.unwrap();
    let requests = script.requests();
    assert_eq!(requests[0].body, requests[1].body);
    assert_eq!((requests[1].at - requests[0].at).as_secs(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_retry_after_beyond_the_timeout_ends_the_retries() {
    let script = Script::new([response(503, &[("retry-after", "3600")], "{}")]);
    let error = script.client().get_session("s1").await.unwrap_err();
    assert_eq!(error.retry_after(), Some(Duration::from_secs(3600)));
    assert_eq!(script.requests().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_call_can_have_its_own_policy() {
    let backoff = Backoff::new(Duration::from_secs(2), Duration::from_secs(2)).unwrap();
    let policy = RetryPolicy::default().max_attempts(2).backoff(backoff);
    let script = Script::new([busy(), busy()]);
    let client = script.client().with(CallOptions::new().retry(policy));
    client.list_sessions().await.unwrap_err();
    let requests = script.requests();
    let pause = requests[1].at - requests[0].at;
    assert!(pause >= Duration::from_secs(1) && pause <= Duration::from_secs(2), "{pause:?}");
}

#[tokio::test(start_paused = true)]
async fn an_infinite_pause_ends_the_retries() {
    let backoff = Backoff::new(Duration::MAX, Duration::MAX).unwrap();
    let script = Script::new([busy()]);
    let options = CallOptions::new().retry(RetryPolicy::default().backoff(backoff));
    assert!(script.client().with(options).list_sessions().await.unwrap_err().is_server());
}

#[tokio::test(start_paused = true)]
async fn the_budget_ends_the_retries_of_an_outage() {
    let script = Script::new((0..160).map(|_| busy()));
    let client = script.client();
    for _ in 0..60 {
        client.clone().list_sessions().await.unwrap_err();
    }
    assert_eq!(script.requests().len(), 160);
}
