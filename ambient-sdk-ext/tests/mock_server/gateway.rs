//! The embedded gateway, called with a plain HTTP client.

use std::time::Duration;

use ambient_sdk_ext::mock::{Fault, MockServer, SessionScript};
use reqwest::{Method, Response, StatusCode};
use serde_json::{Value, json};

use crate::common::http;

const TASK: &str = "Look for security issues in this repository";

/// A plain client with the server's token and project.
struct Caller {
    http: reqwest::Client,
    url: String,
    token: String,
    project: Option<String>,
}

impl Caller {
    fn of(server: &MockServer) -> Self {
        Self {
            http: http(),
            url: server.url(),
            token: server.token().to_owned(),
            project: Some(server.project().to_owned()),
        }
    }

    async fn call(&self, method: Method, path: &str, body: Option<Value>) -> Response {
        let mut request = self.http.request(method, format!("{}{path}", self.url));
        request = request.bearer_auth(&self.token);
        if let Some(project) = &self.project {
            request = request.header("X-Ambient-Project", project);
        }
        if let Some(body) = body {
            request = request.json(&body);
        }
        request.send().await.unwrap()
    }

    async fn get(&self, path: &str) -> (u16, Value) {
        read(self.call(Method::GET, path, None).await).await
    }

    async fn create(&self, task: &str) -> String {
        let body = json!({"task": task, "repos": [{"url": "https://github.com/a/b"}]});
        let (status, body) = read(self.call(Method::POST, "/v1/sessions", Some(body)).await).await;
        assert_eq!(status, 201, "{body}");
        body["id"].as_str().unwrap().to_owned()
    }
}

async fn read(response: Response) -> (u16, Value) {
    (response.status().as_u16(), response.json().await.unwrap())
}

fn error(text: &str) -> Value {
    json!({"error": text})
}

#[tokio::test]
async fn health_and_readiness_need_no_token() {
    let server = MockServer::start().await.unwrap();
    for (path, status) in [("health", "ok"), ("ready", "ready")] {
        let response = reqwest::get(format!("{}/{path}", server.url())).await.unwrap();
        assert_eq!(read(response).await, (200, json!({"status": status})));
    }
}

#[tokio::test]
async fn a_session_can_be_created_read_listed_and_deleted() {
    let server = MockServer::start().await.unwrap();
    server.script_next_session(SessionScript::new());
    let caller = Caller::of(&server);
    let id = caller.create(TASK).await;

    let (status, session) = caller.get(&format!("/v1/sessions/{id}")).await;
    assert_eq!(status, 200);
    assert_eq!((&session["id"], &session["task"]), (&json!(id), &json!(TASK)));
    assert_eq!(session["status"], "pending");
    assert!(session.get("completedAt").is_none());

    let (_, list) = caller.get("/v1/sessions").await;
    assert_eq!((&list["total"], &list["items"][0]["id"]), (&json!(1), &json!(id)));

    let path = format!("/v1/sessions/{id}");
    let deleted = caller.call(Method::DELETE, &path, None).await;
    assert_eq!(deleted.status(), StatusCode::NO_CONTENT);
    assert!(deleted.bytes().await.unwrap().is_empty());
    assert_eq!(caller.get(&path).await, (404, error("Session not found")));
    assert_eq!(caller.get("/v1/sessions").await.1["total"], 0);
}

#[tokio::test(start_paused = true)]
async fn a_session_follows_its_script() {
    let server = MockServer::start().await.unwrap();
    let script = SessionScript::new()
        .step(Duration::from_secs(20), "Running")
        .step(Duration::from_secs(600), "Hibernating")
        .step(Duration::from_secs(60), "Completed")
        .result("three findings");
    server.script_next_session(script);
    let client = server.local_client().unwrap();
    let request = ambient_sdk_ext::CreateSessionRequest::new(TASK);
    let id = client.create_session(request).await.unwrap().id;

    let mut seen = Vec::new();
    for seconds in [0, 19, 1, 600, 60] {
        tokio::time::advance(Duration::from_secs(seconds)).await;
        let session = client.get_session(&id).await.unwrap();
        seen.push((session.status.to_string(), session.result));
    }
    let at = |status: &str| (status.to_owned(), None);
    let end = ("completed".to_owned(), Some("three findings".to_owned()));
    assert_eq!(seen, [at("pending"), at("pending"), at("running"), at("Hibernating"), end]);
}

#[tokio::test]
async fn scripts_are_chosen_by_task_or_for_the_next_session() {
    let server = MockServer::builder()
        .session_script(SessionScript::new())
        .script_when(
            |task| task.contains("break"),
            SessionScript::new().step(Duration::ZERO, "Failed").error("it broke"),
        )
        .start()
        .await
        .unwrap();
    let caller = Caller::of(&server);
    server.script_next_session(SessionScript::new().step(Duration::ZERO, "Running"));
    let mut statuses = Vec::new();
    for task in ["break it now please", "break it now please", "leave it as it is"] {
        let id = caller.create(task).await;
        let session = caller.get(&format!("/v1/sessions/{id}")).await.1;
        statuses.push((session["status"].clone(), session["error"].clone()));
    }
    let is = |status: &str, error| (json!(status), error);
    let failed = is("failed", json!("it broke"));
    assert_eq!(statuses, [is("running", Value::Null), failed, is("pending", Value::Null)]);
}

#[tokio::test]
async fn callers_without_token_or_project_are_rejected() {
    let server = MockServer::builder()
        .project_token("sha256~a-token-of-a-service-account", "research")
        .read_only_token("sha256~a-token-for-reading-only")
        .start()
        .await
        .unwrap();
    let mut caller = Caller::of(&server);
    let required =
        error("Project required. Set X-Ambient-Project header or use a project-scoped access key.");

    caller.token = "sha256~another-token-0123456789".into();
    let refused = caller.get("/v1/sessions").await;
    assert_eq!(refused, (401, error("Missing or invalid authorization")));

    caller.token = "sha256~a-token-for-reading-only".into();
    assert_eq!(caller.get("/v1/sessions").await.0, 200);
    let body = Some(json!({"task": TASK}));
    assert_eq!(caller.call(Method::POST, "/v1/sessions", body).await.status(), 403);

    caller.project = Some("Not_A_Name".into());
    assert_eq!(caller.get("/v1/sessions").await, (400, error("Invalid project name")));
    caller.project = None;
    assert_eq!(caller.get("/v1/sessions").await, (400, required.clone()));

    caller.token = "sha256~a-token-of-a-service-account".into();
    assert_eq!(caller.get("/v1/sessions").await.0, 200);
    caller.project = Some("another".into());
    assert_eq!(caller.get("/v1/sessions").await, (400, required));
}

#[tokio::test]
async fn projects_do_not_see_each_other() {
    let server = MockServer::start().await.unwrap();
    let mut caller = Caller::of(&server);
    let id = caller.create(TASK).await;
    caller.project = Some("another".into());
    assert_eq!(caller.get("/v1/sessions").await.1["total"], 0);
    assert_eq!(caller.get(&format!("/v1/sessions/{id}")).await.0, 404);
}

#[tokio::test]
async fn invalid_requests_are_rejected() {
    let server = MockServer::start().await.unwrap();
    let caller = Caller::of(&server);
    for id in ["UPPER", "-a", "a%20b", &"a".repeat(64)] {
        let refused = caller.get(&format!("/v1/sessions/{id}")).await;
        assert_eq!(refused, (400, error("Invalid session ID")), "{id}");
    }
    let required = error(
        "Key: 'CreateSessionRequest.Task' Error:Field validation for 'Task' failed on the \
         'required' tag",
    );
    let number = error(
        "json: cannot unmarshal number into Go struct field CreateSessionRequest.task of type string",
    );
    for (body, words) in [
        (json!({}), required.clone()),
        (json!({"task": ""}), required),
        (json!({"task": 1}), number),
    ] {
        let refused = caller.call(Method::POST, "/v1/sessions", Some(body)).await;
        assert_eq!(read(refused).await, (400, words));
    }
    for body in [json!({"task": "x", "other": 1}), json!({"task": "x", "repos": [{}]})] {
        let taken = caller.call(Method::POST, "/v1/sessions", Some(body.clone())).await;
        assert_eq!(taken.status(), 201, "{body}");
    }
}

#[tokio::test]
async fn the_router_answers_unknown_routes() {
    let server = MockServer::start().await.unwrap();
    let caller = Caller::of(&server);
    for (method, path) in [
        (Method::PUT, "/v1/sessions"),
        (Method::GET, "/v1/sessions/a%2Fb"),
        (Method::GET, "/v1/nothing"),
    ] {
        let response = caller.call(method, path, None).await;
        assert_eq!(response.status(), 404, "{path}");
        assert_eq!(response.headers()["content-type"], "text/plain");
        assert_eq!(response.text().await.unwrap(), "404 page not found");
    }
    let http = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none());
    let http = http.build().unwrap();
    let slash = http.get(format!("{}/v1/sessions/abc/", server.url())).send().await.unwrap();
    assert_eq!(
        (slash.status().as_u16(), &slash.headers()["location"]),
        (301, &"/v1/sessions/abc".parse().unwrap())
    );
    assert_eq!(
        slash.text().await.unwrap(),
        "<a href=\"/v1/sessions/abc\">Moved Permanently</a>.\n\n"
    );
}

#[tokio::test]
async fn large_responses_can_fail_at_random() {
    let server = MockServer::builder().fail_large_responses(500, 0.5).start().await.unwrap();
    let caller = Caller::of(&server);
    for _ in 0..20 {
        assert_eq!(caller.get("/v1/sessions").await.0, 200, "a short list");
    }
    for _ in 0..10 {
        caller.create(TASK).await;
    }
    let mut failed = 0;
    for _ in 0..40 {
        match caller.get("/v1/sessions").await {
            (200, _) => {}
            other => {
                assert_eq!(other, (500, error("Internal server error")));
                failed += 1;
            }
        }
    }
    assert!((5..35).contains(&failed), "{failed}");
}

#[tokio::test]
async fn a_fault_can_carry_out_the_call() {
    let server = MockServer::start().await.unwrap();
    let caller = Caller::of(&server);
    let fault = Fault::response(500, r#"{"error":"Failed to read response"}"#).carried_out();
    server.fault("create_session", fault.times(1)).unwrap();
    let body = Some(json!({"task": TASK}));
    let failed = caller.call(Method::POST, "/v1/sessions", body).await;
    assert_eq!(read(failed).await, (500, error("Failed to read response")));
    assert_eq!(caller.get("/v1/sessions").await.1["total"], 1);
}

#[tokio::test(start_paused = true)]
async fn the_rate_limit_sends_the_delay_only_in_the_body() {
    let server = MockServer::builder().rate_limit(1, 1).start().await.unwrap();
    let caller = Caller::of(&server);
    assert_eq!(caller.get("/v1/sessions").await.0, 200);
    let limited = caller.call(Method::GET, "/v1/sessions", None).await;
    assert!(!limited.headers().contains_key("retry-after"));
    let body = json!({"error": "Rate limit exceeded", "retry_after": "1s"});
    assert_eq!(read(limited).await, (429, body));
    assert_eq!(reqwest::get(format!("{}/health", server.url())).await.unwrap().status(), 200);
}

#[tokio::test]
async fn the_caller_sees_every_kind_of_fault() {
    let server = MockServer::start().await.unwrap();
    let caller = Caller::of(&server);
    let set = |fault: Fault| server.fault("list_sessions", fault.times(1)).unwrap();

    set(Fault::status(502));
    assert_eq!(caller.get("/v1/sessions").await, (502, error("Backend unavailable")));

    set(Fault::status(503).header("retry-after", "Wed, 21 Oct 2026 07:28:00 GMT"));
    let later = caller.call(Method::GET, "/v1/sessions", None).await;
    assert_eq!(later.headers()["retry-after"], "Wed, 21 Oct 2026 07:28:00 GMT");

    set(Fault::response(500, "<html>").header("content-type", "text/html"));
    let page = caller.call(Method::GET, "/v1/sessions", None).await;
    assert_eq!(page.headers()["content-type"], "text/html");
    assert_eq!(page.text().await.unwrap(), "<html>");

    set(Fault::rate_limited(Duration::from_millis(1500)));
    assert_eq!(caller.get("/v1/sessions").await.1["retry_after"], "1.5s");

    set(Fault::cut_body(5));
    let cut = caller.call(Method::GET, "/v1/sessions", None).await;
    assert_eq!(cut.status(), 200);
    assert!(cut.bytes().await.is_err());

    set(Fault::cut_connection());
    let request = caller.http.get(format!("{}/v1/sessions", server.url()));
    assert!(request.send().await.is_err());

    assert_eq!(caller.get("/v1/sessions").await.0, 200);
    assert_eq!(server.request_count("list_sessions"), 7);
    assert!(server.fault("list_session", Fault::status(500)).is_err());
}

#[tokio::test(start_paused = true)]
async fn hangs_and_delays_follow_the_clock_of_the_runtime() {
    let server = MockServer::start().await.unwrap();
    let client = server.local_client().unwrap();
    server.fault("list_sessions", Fault::delay(Duration::from_secs(10)).times(1)).unwrap();
    let before = tokio::time::Instant::now();
    client.list_sessions().await.unwrap();
    assert_eq!(before.elapsed().as_secs(), 10);
    server.fault("list_sessions", Fault::hang()).unwrap();
    let waited = tokio::time::timeout(Duration::from_secs(20), client.list_sessions()).await;
    assert!(waited.is_err());
}

#[tokio::test]
async fn the_log_contains_requests_without_the_token() {
    let server = MockServer::start().await.unwrap();
    let caller = Caller::of(&server);
    caller.create(TASK).await;
    let requests = server.requests_of("create_session");
    assert_eq!(requests.len(), 1);
    assert_eq!(requests[0].header("x-ambient-project"), Some("demo"));
    assert_eq!(requests[0].header("authorization"), Some("[redacted]"));
    assert_eq!(requests[0].json::<Value>().unwrap()["task"], TASK);
    server.clear_requests();
    assert!(server.requests().is_empty());
}

#[tokio::test]
async fn the_server_stops_when_it_is_dropped() {
    let server = MockServer::start().await.unwrap();
    let (caller, client) = (Caller::of(&server), server.local_client().unwrap());
    assert_eq!(caller.get("/v1/sessions").await.0, 200);
    drop(server);
    let request = caller.http.get(format!("{}/health", caller.url));
    assert!(request.send().await.is_err());
    assert!(client.list_sessions().await.is_err());
}

#[tokio::test]
async fn tests_can_set_fields_and_phases() {
    let server = MockServer::start().await.unwrap();
    let caller = Caller::of(&server);
    let id = caller.create(TASK).await;
    server.edit("Session", &id, json!({"created_at": ""})).unwrap();
    server.set_phase(&id, "Stopped").unwrap();
    let session = caller.get(&format!("/v1/sessions/{id}")).await.1;
    assert_eq!((&session["createdAt"], &session["status"]), (&json!(""), &json!("Stopped")));
    assert!(server.set_phase("nobody", "Running").is_err());
    assert!(server.edit("Session", "nobody", json!({})).is_err());
}
