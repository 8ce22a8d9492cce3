//! What runs: sessions, agents and schedules.

use std::time::Duration;

use ambient_sdk_ext::mock::{MockServer, Reply, SessionScript};
use reqwest::Method;
use serde_json::{Value, json};

use crate::common::{ask, create, get, patch, post};

async fn start() -> MockServer {
    MockServer::start().await.unwrap()
}

async fn pass(millis: u64) {
    tokio::time::advance(Duration::from_millis(millis)).await;
}

async fn session(server: &MockServer) -> String {
    create(server, "/sessions", json!({"name": "s", "prompt": "hello", "project_id": "demo"})).await
}

async fn run(server: &MockServer, id: &str, verb: &str) -> (u16, Value) {
    ask(server, Method::POST, &format!("/sessions/{id}/{verb}")).json().await
}

async fn phase(server: &MockServer, id: &str) -> Value {
    get(server, &format!("/sessions/{id}")).await.1["phase"].clone()
}

#[tokio::test(start_paused = true)]
async fn a_session_runs_from_start_to_end() {
    let server = start().await;
    let id = session(&server).await;
    let (_, created) = get(&server, &format!("/sessions/{id}")).await;
    assert_eq!(created["llm_model"], "claude-sonnet-4-6");
    assert_eq!(
        (&created["llm_temperature"], &created["llm_max_tokens"]),
        (&json!(0.7), &json!(4000))
    );
    assert!(created.get("phase").is_none());
    pass(60_000).await;
    assert_eq!(phase(&server, &id).await, Value::Null);

    let (status, started) = run(&server, &id, "start").await;
    assert_eq!((status, &started["phase"]), (200, &json!("Pending")));
    let mut phases = Vec::new();
    for millis in [99, 1, 80, 149, 1] {
        pass(millis).await;
        phases.push(phase(&server, &id).await);
    }
    assert_eq!(phases, ["Pending", "Creating", "Running", "Running", "Completed"]);
    let (_, ended) = get(&server, &format!("/sessions/{id}")).await;
    assert!(ended["completion_time"].as_str() > ended["start_time"].as_str());
}

#[tokio::test(start_paused = true)]
async fn start_and_stop_depend_on_the_phase() {
    let server = start().await;
    let id = session(&server).await;
    let (status, error) = run(&server, &id, "stop").await;
    let reason = r#"cannot stop session in phase ""; must be Running, Creating, or Pending"#;
    assert_eq!((status, &error["reason"]), (409, &json!(reason)));

    run(&server, &id, "start").await;
    pass(200).await;
    let (status, error) = run(&server, &id, "start").await;
    let reason =
        "cannot start session in phase \"Running\"; must be empty, Stopped, Failed, or Completed";
    assert_eq!((status, &error["reason"]), (409, &json!(reason)));

    assert_eq!(run(&server, &id, "stop").await.1["phase"], "Stopping");
    assert_eq!(run(&server, &id, "stop").await.0, 409);
    pass(50).await;
    assert_eq!(phase(&server, &id).await, "Stopped");
    pass(10_000).await;
    assert_eq!(phase(&server, &id).await, "Stopped");
    let (_, again) = run(&server, &id, "start").await;
    assert_eq!(again["phase"], "Pending");
    assert!(again.get("completion_time").is_none());
    assert_eq!(run(&server, "foo", "start").await.0, 404);
}

#[tokio::test(start_paused = true)]
async fn a_status_set_by_hand_ends_the_script() {
    let server = start().await;
    let id = session(&server).await;
    run(&server, &id, "start").await;
    let change = json!({"phase": "Failed", "conditions": "[]", "sdk_restart_count": 2});
    let (status, session) = patch(&server, &format!("/sessions/{id}/status"), change).await;
    assert_eq!((status, &session["phase"]), (200, &json!("Failed")));
    assert_eq!((&session["conditions"], &session["sdk_restart_count"]), (&json!("[]"), &json!(2)));
    pass(10_000).await;
    assert_eq!(phase(&server, &id).await, "Failed");
}

#[tokio::test(start_paused = true)]
async fn both_services_show_the_same_session() {
    let server = start().await;
    server.script_next_session(SessionScript::fails("no space left"));
    let client = server.local_client().unwrap();
    let request = ambient_sdk_ext::CreateSessionRequest::new("Clean up the build folder");
    let id = client.create_session(request).await.unwrap().id;
    pass(400).await;
    let session = client.get_session(&id).await.unwrap();
    assert_eq!(session.error.as_deref(), Some("no space left"));
    let (_, list) = get(&server, "/sessions?search=phase%20=%20'Failed'").await;
    assert_eq!(list["items"][0]["kube_cr_name"], id.as_str());
}

#[tokio::test(start_paused = true)]
async fn an_agent_starts_once_at_a_time() {
    let server = start().await;
    let body =
        json!({"name": "scout", "project_id": "demo", "prompt": "You look.", "llm_model": "m"});
    let agent = create(&server, "/projects/demo/agents", body).await;
    let path = format!("/projects/demo/agents/{agent}");
    let wish = json!({"prompt": "Look there."});
    let (status, started) = post(&server, &format!("{path}/start"), wish).await;
    assert_eq!((status, &started["starting_prompt"]), (201, &json!("You look.\n\nLook there.")));
    let session = &started["session"];
    assert_eq!((&session["phase"], &session["llm_model"]), (&json!("Pending"), &json!("m")));

    let (status, again) = post(&server, &format!("{path}/start"), json!({})).await;
    assert_eq!((status, &again["session"]["id"]), (200, &session["id"]));
    assert_eq!(get(&server, &path).await.1["current_session_id"], session["id"]);
    pass(1000).await;
    assert_eq!(post(&server, &format!("{path}/start"), json!({})).await.0, 201);
    let (_, sessions) = get(&server, &format!("{path}/sessions")).await;
    assert_eq!((&sessions["total"], &sessions["kind"]), (&json!(2), &json!("AgentSessionList")));
    let (status, _) = ask(&server, Method::POST, &format!("{path}/start")).json().await;
    assert_eq!(status, 400, "a start needs a JSON body");
}

#[tokio::test(start_paused = true)]
async fn a_delay_beyond_all_clocks_never_ends() {
    let script = SessionScript::new()
        .step(Duration::from_secs(1), "Running")
        .step(Duration::MAX, "Completed")
        .step(Duration::ZERO, "Failed")
        .reply(Reply::silent().step(Duration::MAX, "assistant", "never"))
        .stop_after(Duration::MAX);
    let server = MockServer::builder().session_script(script).start().await.unwrap();
    let id = session(&server).await;
    run(&server, &id, "start").await;
    pass(3_600_000_000).await;
    assert_eq!(phase(&server, &id).await, "Running");
    run(&server, &id, "stop").await;
    pass(3_600_000_000).await;
    assert_eq!(phase(&server, &id).await, "Stopping");
}

#[tokio::test(start_paused = true)]
async fn a_schedule_is_suspended_resumed_and_triggered() {
    let server = start().await;
    let base = "/projects/demo/scheduled-sessions";
    let body = json!({
        "name": "nightly", "project_id": "demo", "schedule": "0 2 * * *", "session_prompt": "Tidy up",
    });
    let (_, schedule) = post(&server, base, body).await;
    assert_eq!(schedule["enabled"], true);
    let path = format!("{base}/{}", schedule["id"].as_str().unwrap());
    let verb = |verb: &str| ask(&server, Method::POST, &format!("{path}/{verb}")).json();
    assert_eq!(verb("suspend").await.1["enabled"], false);
    assert_eq!(verb("resume").await.1["enabled"], true);
    assert_eq!(verb("trigger").await, (200, json!({"status": "triggered"})));
    let (_, runs) = get(&server, &format!("{path}/runs")).await;
    assert_eq!((&runs["total"], &runs["items"][0]["prompt"]), (&json!(1), &json!("Tidy up")));
    assert!(get(&server, &path).await.1["last_run_at"].is_string());
}
