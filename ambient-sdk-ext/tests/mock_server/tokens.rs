//! Accepted tokens, their expiry, and the rejection of others.

use std::time::Duration;

use ambient_sdk_ext::mock::MockServer;
use reqwest::Method;
use serde_json::json;

use crate::common::{ask, get};

const HOUR: Duration = Duration::from_secs(3600);

/// Returns the status of a read of the API server with an `Authorization` header.
async fn status(server: &MockServer, authorization: &str) -> u16 {
    let list = ask(server, Method::GET, "/roles");
    list.header("authorization", authorization).send().await.status().as_u16()
}

#[tokio::test]
async fn without_checks_the_api_server_accepts_any_caller() {
    let server = MockServer::start().await.unwrap();
    assert_eq!(status(&server, "Bearer whatever").await, 200);
    let nobody = ask(&server, Method::GET, "/version").without("authorization");
    let nothing = json!({"version": "", "build_time": "", "git_tag": ""});
    assert_eq!(nobody.json().await, (200, nothing));
}

#[tokio::test]
async fn with_checks_requests_without_a_valid_token_are_rejected() {
    let server = MockServer::builder().check_tokens().start().await.unwrap();
    let good = format!("Bearer {}", server.token());
    assert_eq!(status(&server, &good).await, 200);
    for bad in ["Bearer wrong", "Bearer ", &good.to_lowercase()] {
        assert_eq!(status(&server, bad).await, 401, "{bad}");
    }
    for (method, path) in
        [(Method::GET, "/version"), (Method::GET, "/nothing"), (Method::PUT, "/sessions")]
    {
        let refused = ask(&server, method, path).without("authorization").send().await;
        assert!(!refused.headers().contains_key("x-operation-id"));
        assert_eq!(refused.headers()["content-type"], "text/plain; charset=utf-8");
        assert_eq!(
            (refused.status().as_u16(), refused.text().await.unwrap()),
            (401, "Unauthorized\n".into())
        );
    }
    let forwarded = ask(&server, Method::GET, "/roles").without("authorization");
    let forwarded = forwarded.header("x-forwarded-access-token", server.token());
    assert_eq!(forwarded.send().await.status(), 401);
}

#[tokio::test]
async fn a_read_only_token_cannot_write() {
    let reader = "sha256~a-token-for-reading-only";
    let server = MockServer::builder().read_only_token(reader).start().await.unwrap();
    let reader = format!("Bearer {reader}");
    assert_eq!(status(&server, &reader).await, 200);
    let create = ask(&server, Method::POST, "/roles").body(json!({"name": "x"}));
    let refused = create.header("authorization", &reader).send().await;
    assert_eq!(refused.headers()["content-type"], "text/plain; charset=utf-8");
    assert_eq!(refused.text().await.unwrap(), r#"{"kind":"Error","reason":"Forbidden"}"#);
}

#[tokio::test(start_paused = true)]
async fn tokens_expire_by_the_clock_of_the_runtime() {
    let server = MockServer::builder().expiring_token("short", HOUR).start().await.unwrap();
    assert_eq!(status(&server, "Bearer short").await, 200);
    tokio::time::advance(HOUR).await;
    assert_eq!(status(&server, "Bearer short").await, 401);
    assert_eq!(get(&server, "/roles").await.0, 200, "the other token is still valid");
}

#[tokio::test(start_paused = true)]
async fn tokens_can_be_changed_while_the_server_runs() {
    let server = MockServer::start().await.unwrap();
    server.accept_token("first");
    assert_eq!(status(&server, "Bearer first").await, 200);
    assert_eq!(status(&server, "Bearer another").await, 401, "tokens are checked from now on");

    server.rotate_token("first", "second", HOUR).unwrap();
    let both = [status(&server, "Bearer first").await, status(&server, "Bearer second").await];
    assert_eq!(both, [200, 200]);
    tokio::time::advance(HOUR).await;
    let both = [status(&server, "Bearer first").await, status(&server, "Bearer second").await];
    assert_eq!(both, [401, 200]);

    server.expire_token("second", Duration::ZERO).unwrap();
    assert_eq!(status(&server, "Bearer second").await, 401);
    let unknown = server.expire_token("sha256~a-secret", HOUR).unwrap_err().to_string();
    assert!(!unknown.contains("a-secret"), "{unknown}");
}

#[tokio::test]
async fn the_gateway_requires_a_token_and_accepts_a_forwarded_one() {
    let server = MockServer::start().await.unwrap();
    let http = crate::common::http();
    let list =
        || http.get(format!("{}/v1/sessions", server.url())).header("x-ambient-project", "demo");
    let refused = list().send().await.unwrap();
    assert_eq!(refused.status(), 401);
    let error = json!({"error": "Missing or invalid authorization"});
    assert_eq!(refused.json::<serde_json::Value>().await.unwrap(), error);
    for (name, value, status) in [
        ("authorization", "bearer whatever", 401),
        ("authorization", "Bearer whatever", 200),
        ("x-forwarded-access-token", "whatever", 200),
    ] {
        let answer = list().header(name, value).send().await.unwrap();
        assert_eq!(answer.status(), status, "{name}: {value}");
    }
}
