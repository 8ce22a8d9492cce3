//! The errors of calls.

use std::{
    error::Error as _,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use crate::common::{Answer, Script, TOKEN, chunks, json, quiet_port, response};
use ambient_sdk_ext::{CallOptions, Client, Error, ErrorKind, retry::RetryPolicy};
use serde_json::json;

async fn get(answer: Answer) -> Error {
    let script = Script::new([answer]);
    let client = script.client().with(CallOptions::new().retry(RetryPolicy::none()));
    client.get_session("s1").await.unwrap_err()
}

#[tokio::test]
async fn texts_match_those_of_the_python_sdk() {
    let error = get(json(401, json!({ "error": "Missing or invalid authorization" }))).await;
    assert!(error.is_authentication());
    assert_eq!(
        error.to_string(),
        "Authentication failed: Missing or invalid authorization (get_session)"
    );

    let error = get(json(404, json!({ "error": "not found" }))).await;
    assert!(error.is_not_found());
    assert_eq!(error.to_string(), "session not found: s1 (get_session)");

    let error = get(json(502, json!({ "error": "Backend unavailable", "message": "x" }))).await;
    assert!(error.is_server());
    assert_eq!(error.to_string(), "API error (502): Backend unavailable - x (get_session)");

    let error = get(Answer::Broken).await;
    assert!(error.is_connection());
    let text = "Failed to connect to API: connection reset by peer (GET http://localhost:8080/v1/";
    assert!(error.to_string().starts_with(text), "{error}");
}

#[tokio::test]
async fn each_status_has_its_kind() {
    let project =
        "Project required. Set X-Ambient-Project header or use a project-scoped access key.";
    for (status, reason, kind) in [
        (400, "Invalid session ID", ErrorKind::InvalidRequest),
        (400, project, ErrorKind::ProjectRequired),
        (403, "Forbidden", ErrorKind::Permission),
        (409, "cannot start session", ErrorKind::Conflict),
        (418, "teapot", ErrorKind::Api),
        (429, "Rate limit exceeded", ErrorKind::RateLimited),
        (500, "Internal server error", ErrorKind::Server),
        (501, "not yet implemented", ErrorKind::Server),
    ] {
        let error = get(json(status, json!({ "error": reason }))).await;
        assert_eq!(error.kind(), kind, "{status}");
        assert_eq!(error.status().unwrap().as_u16(), status);
        assert_eq!(error.reason(), Some(reason));
        assert_eq!((error.method(), error.path()), (Some("GET"), Some("/v1/sessions/s1")));
    }
}

#[tokio::test]
async fn reads_plain_text_and_the_error_forms_of_the_api_server() {
    let error = get(response(401, &[("content-type", "text/plain")], "Unauthorized")).await;
    assert_eq!(error.to_string(), "Authentication failed: Unauthorized (get_session)");

    let form = json!({
        "id": "6", "kind": "Error", "code": "ambient-api-server-6", "reason": "conflict",
        "operation_id": "op-1",
    });
    let error = get(json(409, form)).await;
    assert_eq!(error.code(), Some("ambient-api-server-6"));
    assert_eq!(error.operation_id(), Some("op-1"));
}

#[tokio::test]
async fn an_undecodable_response_is_described() {
    let cut = get(json(200, r#"{"id": "s1", "sta"#)).await;
    assert!(cut.is_decode() && cut.to_string().contains("incomplete JSON"), "{cut}");

    let html = get(response(200, &[], "<html>Sign in</html>")).await;
    assert!(html.is_decode() && html.to_string().contains("invalid JSON"), "{html}");
    assert_eq!(html.excerpt(), Some("<html>Sign in</html>"));

    let wrong = get(json(200, r#"{"id": 7}"#)).await;
    assert!(wrong.is_decode() && wrong.to_string().contains("unexpected form"), "{wrong}");
    assert_eq!(wrong.status().unwrap().as_u16(), 200);
    assert_eq!(wrong.path(), Some("/v1/sessions/s1"));
    assert_eq!((wrong.excerpt(), cut.excerpt()), (None, None), "JSON can contain secrets");
    assert!(
        wrong.source().is_none() && wrong.cause().is_some(),
        "the text of the error contains that of the cause"
    );

    let empty = get(response(200, &[], "")).await;
    assert!(empty.is_decode() && empty.to_string().contains("it is empty"), "{empty}");

    let broken = get(response(200, &[], chunks(&["{\"id\":"], Some("reset")))).await;
    assert!(broken.is_decode() && broken.to_string().contains("ended early"), "{broken}");
    assert!(broken.is_transient() && !html.is_transient());
}

#[tokio::test]
async fn raw_and_high_level_errors_contain_the_same_facts() {
    let failures: [fn() -> Answer; 6] = [
        || json(404, json!({ "error": "not found" })),
        || json(200, r#"{"id": 7}"#),
        || response(200, &[("x-operation-id", "op-1")], "<html>Sign in</html>"),
        || response(200, &[], chunks(&["{\"id\":"], Some("reset"))),
        || response(302, &[("location", "https://elsewhere/")], ""),
        || Answer::Broken,
    ];
    for failure in failures {
        let script = Script::new([failure(), failure()]);
        let client = script.client().with(CallOptions::new().retry(RetryPolicy::none()));
        let high = client.get_session("s1").await.unwrap_err();
        let raw = client.public_api().get_session().id("s1").send().await.unwrap_err();
        let request = raw.request().unwrap();
        assert_eq!((request.method(), request.path()), ("GET", "/v1/sessions/s1"), "{high}");
        assert_eq!(raw.operation().id(), "get_session");
        let raw = Error::from(raw);
        let facts = |error: &Error| {
            let request = (
                error.operation(),
                error.method().map(str::to_owned),
                error.path().map(str::to_owned),
            );
            let source = error.cause().map(ToString::to_string);
            (
                error.kind(),
                error.to_string(),
                request,
                error.status(),
                error.excerpt().map(str::to_owned),
                source,
            )
        };
        assert_eq!(facts(&raw), facts(&high));
        assert_eq!(high.operation(), Some("get_session"));
        assert_eq!(raw.headers(), high.headers());
        assert_eq!(raw.is_transient(), high.is_transient());
    }
}

#[tokio::test]
async fn an_unexpected_value_is_reported_with_its_field() {
    let error = get(json(200, r#"{"id": "s1", "task": {"a": 1}}"#)).await;
    let place = "invalid type: map, expected a string) in `task` at line 1, column 21";
    assert!(error.to_string().contains(place), "{error}");
}

#[tokio::test]
async fn a_decode_error_keeps_the_headers() {
    let error = get(response(200, &[("x-operation-id", "op-1")], "<html>")).await;
    assert_eq!(error.operation_id(), Some("op-1"));

    let redirect = get(response(302, &[("x-operation-id", "op-2")], "")).await;
    assert_eq!(redirect.operation_id(), Some("op-2"));
}

#[tokio::test]
async fn an_excerpt_never_contains_a_token() {
    let far = format!(r#"{{"id": "{}", "status": {{"hush": 1}}, "token": "#, "x".repeat(2000));
    for body in [
        r#"{"access_token": "hush""#,
        r#"{"headers": {"Authorization": "Bearer hush"}}"#,
        "eyJhush",
        far.as_str(),
    ] {
        let error = get(json(200, body)).await;
        let source = error.cause().map(ToString::to_string);
        let shown = format!("{error} {error:?} {:?} {source:?}", error.excerpt());
        assert!(error.is_decode() && !shown.contains("hush"), "{shown}");
    }
    let opaque = "opaque-0123456789abcdef";
    let at_the_cut = format!("<p>echo {}{opaque}", "x".repeat(180));
    for body in [format!("<p>echo {opaque}</p>"), at_the_cut] {
        let script = Script::new([json(200, &body), json(200, &body)]);
        let client = script.builder().token(opaque).build().unwrap();
        let error = client.list_sessions().await.unwrap_err();
        let shown = format!("{error} {error:?} {:?}", error.excerpt());
        assert!(shown.contains("echo") && !shown.contains("opaque"), "{shown}");

        let raw = client.public_api().list_sessions().send().await.unwrap_err();
        let error = Error::from(raw);
        let shown = format!("{error} {error:?} {:?}", error.excerpt());
        assert!(error.is_decode() && !shown.contains("opaque"), "{shown}");
    }
}

#[tokio::test]
async fn text_that_only_begins_like_the_token_is_kept() {
    let script = Script::new([json(404, json!({ "error": "x" }))]);
    let client = script.builder().token("demo-token-0123456789").build().unwrap();
    let error = client.get_session("demo").await.unwrap_err();
    assert_eq!(error.to_string(), "session not found: demo (get_session)");
}

#[tokio::test]
async fn a_token_in_a_response_is_redacted() {
    let error = get(json(401, json!({ "error": format!("bad token {TOKEN}") }))).await;
    assert_eq!(error.to_string(), "Authentication failed: bad token [redacted] (get_session)");
    let shown = format!("{error:?} {:?} {:?}", error.body(), error.headers());
    assert!(!shown.contains(TOKEN), "{shown}");
}

#[tokio::test]
async fn a_part_of_a_long_token_is_redacted() {
    let token = format!("eyJhbGciOi.{}.c2ln", "abcdefghij".repeat(100));
    let padding = "x".repeat(ambient_sdk::ErrorBody::MAX_BODY - 300);
    let echo: [(&str, String); 3] = [
        ("www-authenticate", format!("invalid token {token}")),
        ("x-echo", format!("Bearer {token}")),
        ("x-echo", format!("{padding} {token}")),
    ];
    for (name, text) in echo {
        let header = if text.len() < 2000 { text.as_str() } else { "" };
        let script = Script::new([response(401, &[(name, header)], text.clone())]);
        let client = script.builder().token(token.as_str()).build().unwrap();
        let error = client.list_sessions().await.unwrap_err();
        let shown = format!("{error} {error:?} {:?} {:?}", error.body(), error.headers());
        assert!(shown.contains("[redacted]") && !shown.contains("abcdefghij"), "{error}");
    }
}

#[tokio::test]
async fn a_large_error_page_is_truncated() {
    let error = get(response(500, &[], "x".repeat(1 << 20))).await;
    let body = error.body().unwrap();
    assert!(error.is_server() && body.truncated);
    assert!(body.body.len() <= ambient_sdk::ErrorBody::MAX_BODY);
    assert!(error.to_string().len() < 1000);

    let error = get(json(500, json!({ "error": "x".repeat(50_000) }))).await;
    assert_eq!(error.reason().unwrap().len(), 50_000);
    assert!(error.to_string().len() < 1000 && format!("{error:?}").len() < 1000);
}

#[tokio::test(start_paused = true)]
async fn an_error_whose_body_stalls_keeps_its_status() {
    let silent = futures_util::stream::pending::<Result<String, std::io::Error>>();
    let body = futures_util::StreamExt::chain(
        futures_util::stream::iter([Ok("half a ".to_owned())]),
        silent,
    );
    let before = tokio::time::Instant::now();
    let error = get(response(401, &[], reqwest::Body::wrap_stream(body))).await;
    assert_eq!(error.to_string(), "Authentication failed: half a (get_session)");
    assert!(error.body().unwrap().truncated);
    assert_eq!(before.elapsed().as_secs(), 5);
}

#[tokio::test(start_paused = true)]
async fn an_error_whose_body_is_slow_keeps_its_status() {
    let drips = futures_util::stream::unfold((), |()| async {
        tokio::time::sleep(Duration::from_secs(2)).await;
        Some((Ok::<_, std::io::Error>("."), ()))
    });
    let error = get(response(401, &[], reqwest::Body::wrap_stream(drips))).await;
    assert_eq!(error.to_string(), "Authentication failed: .. (get_session)");
}

#[tokio::test]
async fn only_the_start_of_a_large_error_page_is_read() {
    let read = Arc::new(AtomicUsize::new(0));
    let counter = read.clone();
    let megabytes = (0..50).map(move |_| {
        counter.fetch_add(1, Ordering::Relaxed);
        Ok::<_, std::io::Error>("x".repeat(1 << 20))
    });
    let page = reqwest::Body::wrap_stream(futures_util::stream::iter(megabytes));
    let error = get(response(500, &[], page)).await;
    assert!(error.is_server() && error.body().unwrap().truncated);
    assert!(read.load(Ordering::Relaxed) <= 2);
}

#[tokio::test]
async fn a_response_over_the_limit_is_rejected() {
    let script = Script::new([
        response(200, &[], "x".repeat(2000)),
        response(200, &[], chunks(&["{", "                                ", "}"], None)),
    ]);
    let client = script.builder().max_response_bytes(30).build().unwrap();
    for _ in 0..2 {
        let error = client.list_sessions().await.unwrap_err();
        assert!(
            error.is_too_large() && error.to_string().contains("more than 30 bytes"),
            "{error}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_call_ends_at_its_timeout() {
    let script = Script::new([Answer::Never, Answer::Never]);
    let client = script.client();
    let error = client.list_sessions().await.unwrap_err();
    assert!(error.is_timeout());
    assert_eq!(error.to_string(), "list_sessions timed out after 30 seconds (1 attempt)");
    let before = tokio::time::Instant::now();
    let quick = client.with(CallOptions::new().timeout(Duration::from_secs(2)));
    assert!(quick.list_sessions().await.unwrap_err().is_timeout());
    assert_eq!(before.elapsed().as_secs(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_silent_response_ends_at_the_read_timeout() {
    let silent = futures_util::stream::pending::<Result<String, std::io::Error>>();
    let script = Script::new([response(200, &[], reqwest::Body::wrap_stream(silent))]);
    let client = script.builder().read_timeout(Duration::from_secs(3)).retry(RetryPolicy::none());
    let before = tokio::time::Instant::now();
    let error = client.build().unwrap().list_sessions().await.unwrap_err();
    assert!(error.is_timeout() && error.to_string().contains("no data arrived for 3 seconds"));
    assert_eq!(before.elapsed().as_secs(), 3);
}

#[tokio::test]
async fn connection_errors_have_their_cause() {
    let (port, _held) = quiet_port();
    for url in [&format!("http://127.0.0.1:{port}"), "http://name.invalid"] {
        let client = Client::builder().base_url(url).token(TOKEN).project("demo");
        let client = client.allow_plain_http(true);
        let client = client.retry(RetryPolicy::none()).build().unwrap();
        let error = client.list_sessions().await.unwrap_err();
        assert!(error.is_connection() && error.is_transient(), "{error:?}");
        assert!(error.to_string().starts_with("Failed to connect to API: "), "{error}");
        assert!(error.source().is_some());
    }
}

#[tokio::test]
async fn a_missing_setting_is_reported_before_any_request() {
    let error = Client::builder().base_url("ftp://x").token("token").build().unwrap_err();
    assert!(error.is_configuration());
    let text = error.to_string();
    for variable in ["AMBIENT_API_URL", "AMBIENT_TOKEN", "AMBIENT_PROJECT"] {
        assert!(text.contains(variable), "{text}");
    }
    let config = error.cause().unwrap().downcast_ref::<ambient_sdk_ext::ConfigError>().unwrap();
    assert_eq!(config.problems().len(), 3);
}

#[test]
fn debug_output_never_contains_the_token() {
    let builder = Client::builder().token(TOKEN).project("demo");
    assert!(!format!("{builder:?}").contains(TOKEN));
    assert!(!format!("{:?}", builder.build().unwrap()).contains(TOKEN));
}

#[test]
fn clients_and_errors_are_send_and_sync() {
    fn check<T: Send + Sync + 'static>() {}
    check::<Client>();
    check::<Error>();
}
