//! The lifecycle of sessions, agents and schedules.

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
    for millis in [199, 1, 30, 99, 1] {
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
    pass(250).await;
    let (status, error) = run(&server, &id, "start").await;
    let reason =
        "cannot start session in phase \"Running\"; must be empty, Stopped, Failed, or Completed";
    assert_eq!((status, &error["reason"]), (409, &json!(reason)));

    assert_eq!(run(&server, &id, "stop").await.1["phase"], "Stopping");
    assert_eq!(run(&server, &id, "stop").await.0, 409);
    pass(100).await;
    assert_eq!(phase(&server, &id).await, "Stopped");
    pass(10_000).await;
    let (_, stopped) = get(&server, &format!("/sessions/{id}")).await;
    assert_eq!(stopped["phase"], "Stopped");
    let (_, again) = run(&server, &id, "start").await;
    assert_eq!(again["phase"], "Pending");
    assert_eq!(again["completion_time"], stopped["completion_time"], "a start only sets the phase");
    assert_eq!(run(&server, "foo", "start").await.0, 404);
}

#[tokio::test(start_paused = true)]
async fn a_status_update_cancels_the_script() {
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
async fn a_status_update_sets_only_the_sent_fields() {
    let server = start().await;
    let id = session(&server).await;
    let path = format!("/sessions/{id}/status");
    let (status, running) = patch(&server, &path, json!({"phase": "Running"})).await;
    assert_eq!((status, &running["phase"]), (200, &json!("Running")));
    assert!(running.get("start_time").is_none());
    let (_, completed) = patch(&server, &path, json!({"phase": "Completed"})).await;
    assert!(completed.get("completion_time").is_none());
    let sent = json!({"start_time": "2026-01-02T03:04:05.5+02:00"});
    let (_, started) = patch(&server, &path, sent.clone()).await;
    assert_eq!(started["start_time"], sent["start_time"]);
    let (_, back) = patch(&server, &path, json!({"kube_namespace": "ns"})).await;
    assert_eq!(back["start_time"], "2026-01-02T01:04:05.5Z");
    assert_eq!((&back["phase"], &back["kube_namespace"]), (&json!("Completed"), &json!("ns")));

    let (status, error) = patch(&server, &path, json!({"name": "x"})).await;
    assert_eq!(status, 400);
    let reason = error["reason"].as_str().unwrap();
    assert!(reason.starts_with("status patch body must set at least one field: phase, "));
    let (status, error) = patch(&server, &path, json!({"phase": "Weird"})).await;
    let reason = "invalid phase \"Weird\"; must be one of: Pending, Creating, Running, Stopping, \
                  Stopped, Completed, Failed";
    assert_eq!((status, &error["reason"]), (400, &json!(reason)));
    // The server rejects an empty status update before it looks up the session.
    assert_eq!(patch(&server, "/sessions/foo/status", json!({})).await.0, 400);
    assert_eq!(patch(&server, "/sessions/foo/status", json!({"phase": "Failed"})).await.0, 404);
}

#[tokio::test(start_paused = true)]
async fn without_a_control_plane_sessions_keep_their_phase() {
    let script = SessionScript::idle();
    let server = MockServer::builder().session_script(script).start().await.unwrap();
    let id = session(&server).await;
    run(&server, &id, "start").await;
    pass(1_000_000).await;
    assert_eq!(phase(&server, &id).await, "Pending");
    let events = ask(&server, Method::GET, &format!("/sessions/{id}/events"));
    let refused = events.header("accept", "text/event-stream").text().await;
    assert_eq!(refused, (502, "session has no associated runner pod\n".to_owned()));
    run(&server, &id, "stop").await;
    pass(1_000_000).await;
    assert_eq!(phase(&server, &id).await, "Stopping");
    let (_, messages) = get(&server, &format!("/sessions/{id}/messages")).await;
    assert_eq!(messages.as_array().unwrap().len(), 1, "the prompt without a reply");
}

#[tokio::test(start_paused = true)]
async fn an_agent_has_one_active_session() {
    let server = start().await;
    let body =
        json!({"name": "scout", "project_id": "demo", "prompt": "You look.", "llm_model": "m"});
    let agent = create(&server, "/projects/demo/agents", body).await;
    let path = format!("/projects/demo/agents/{agent}");
    let refused = ask(&server, Method::POST, &format!("{path}/start")).json().await;
    assert_eq!(refused.0, 400, "a new session needs a JSON body");

    let wanted = json!({"prompt": "Look there."});
    let (status, started) = post(&server, &format!("{path}/start"), wanted).await;
    assert_eq!(status, 201);
    let session = &started["session"];
    let name = session["name"].as_str().unwrap().strip_prefix("scout-").unwrap();
    assert!(name.parse::<u64>().is_ok(), "{name}");
    assert_eq!((&session["phase"], &session["prompt"]), (&Value::Null, &json!("You look.")));
    assert_eq!(session["llm_model"], "claude-sonnet-4-6", "the agent's model is ignored");

    let (status, again) = post(&server, &format!("{path}/start"), json!({})).await;
    assert_eq!((status, &again["starting_prompt"]), (200, &json!("")));
    let active = &again["session"];
    assert_eq!((&active["id"], &active["phase"]), (&session["id"], &json!("Pending")));
    let (status, _) = ask(&server, Method::POST, &format!("{path}/start")).json().await;
    assert_eq!(status, 200, "an active session needs no body");
    assert_eq!(get(&server, &path).await.1["current_session_id"], session["id"]);
    pass(1000).await;
    assert_eq!(post(&server, &format!("{path}/start"), json!(null)).await.0, 201);
    let (_, sessions) = get(&server, &format!("{path}/sessions")).await;
    assert_eq!(sessions["total"], 2);
}

#[tokio::test(start_paused = true)]
async fn the_starting_prompt_contains_peers_and_inbox_without_the_callers_prompt() {
    let server = start().await;
    let agent = |name: &str| json!({"name": name, "project_id": "demo", "prompt": "You look."});
    let scout = create(&server, "/projects/demo/agents", agent("scout")).await;
    create(&server, "/projects/demo/agents", agent("cook")).await;
    let inbox = format!("/projects/demo/agents/{scout}/inbox");
    let note = json!({"agent_id": scout, "body": "ping", "from_name": "me"});
    create(&server, &inbox, note).await;
    pass(1).await;
    create(&server, &inbox, json!({"agent_id": scout, "body": "pong"})).await;

    let path = format!("/projects/demo/agents/{scout}/start");
    let (_, started) = post(&server, &path, json!({"prompt": "Look there."})).await;
    let prompt = "# Agent Start: scout\n\nYou are **scout**, working in project **demo**.\n\n\
                  ## Standing Instructions\n\nYou look.\n\n\
                  ## Peer Agents in this Project\n\n\
                  | Agent | Description |\n| ----- | ----------- |\n| cook | — |\n\n\
                  ## Inbox Messages (unread at start)\n\n\
                  **From me:** ping\n\n**From system:** pong\n\n";
    assert_eq!(started["starting_prompt"], prompt);
    let session = started["session"]["id"].as_str().unwrap();
    let (_, messages) = get(&server, &format!("/sessions/{session}/messages")).await;
    assert_eq!((messages.as_array().unwrap().len(), &messages[0]["payload"]), (1, &json!(prompt)));
    let (_, notes) = get(&server, &inbox).await;
    assert!(notes["items"].as_array().unwrap().iter().all(|note| note["read"] == true));
}

#[tokio::test(start_paused = true)]
async fn a_delay_beyond_the_range_of_the_clock_never_ends() {
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
    assert_eq!(schedule["enabled"], false);
    let path = format!("{base}/{}", schedule["id"].as_str().unwrap());
    let verb = |verb: &str| ask(&server, Method::POST, &format!("{path}/{verb}")).json();
    assert_eq!(verb("suspend").await.1["enabled"], false);
    assert_eq!(verb("resume").await.1["enabled"], true);
    assert_eq!(verb("trigger").await, (200, json!({"status": "triggered"})));
    let (_, runs) = get(&server, &format!("{path}/runs")).await;
    assert_eq!((&runs["kind"], &runs["total"]), (&json!("SessionList"), &json!(0)));
    assert!(get(&server, &path).await.1.get("last_run_at").is_none());
    assert_eq!(get(&server, "/sessions").await.1["total"], 0, "a trigger creates no session");
}
