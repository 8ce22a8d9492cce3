//! Sessions on the API server: run, wait, update and merge.

use std::time::Duration;

use ambient_sdk_ext::{
    CallOptions, Capture, CreateSessionRequest, ErrorKind, Repo,
    ambient_sdk::api_server::types::{Session, SessionPhase, SessionStatusPatchRequest},
    api_server::{
        CLEAR, Merge, NewSession, SessionFields, SessionPatch, SessionStatusPatch, Sessions,
        fields::{Condition, SessionRepo},
    },
    mock::{Fault, MockServer, SessionScript},
};
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::common::{Answer, Script, json};

const SECOND: Duration = Duration::from_secs(1);

fn session(more: Value) -> Answer {
    let mut body = json!({ "id": "2abcDEF", "kind": "Session", "name": "s" });
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    json(200, body)
}

fn sessions(script: &Script) -> Sessions {
    script.client().api_server().sessions()
}

fn body(script: &Script, at: usize) -> Value {
    serde_json::from_str(&script.requests()[at].body).unwrap()
}

#[tokio::test]
async fn run_converts_creates_and_starts() {
    let created = json(201, json!({ "id": "2abcDEF", "name": "s" }));
    let script = Script::new([created, session(json!({ "phase": "Pending" }))]);
    let request = CreateSessionRequest::new("Review this repository")
        .model("claude-sonnet-4-6")
        .repo(Repo::new("https://github.com/a/b").branch("main"))
        .repo("git@github.com:a/c.git");
    let session = sessions(&script).create_and_start(request).await.unwrap();
    assert_eq!(session.phase, Some(SessionPhase::Pending));

    let sent = body(&script, 0);
    let keys: Vec<_> = sent.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(keys, ["llm_model", "name", "prompt", "repos"]);
    assert!(sent["name"].as_str().unwrap().starts_with("review-this-repository-"));
    assert_eq!(sent["prompt"], "Review this repository");
    let repos =
        r#"[{"url":"https://github.com/a/b","branch":"main"},{"url":"git@github.com:a/c.git"}]"#;
    assert_eq!(sent["repos"], repos);
    let requests = script.requests();
    assert!(
        requests[1].url.ends_with("/api/ambient/v1/sessions/2abcDEF/start"),
        "{}",
        requests[1].url
    );
    assert_eq!(requests[0].headers["x-ambient-project"], "demo");
}

#[tokio::test(start_paused = true)]
async fn a_failed_start_is_reported_with_the_id() {
    let mock = MockServer::start().await.unwrap();
    let sessions = mock.local_client().unwrap().api_server().sessions();
    mock.fault("start_session", Fault::status(403)).unwrap();
    let error = sessions.create_and_start(CreateSessionRequest::new("task")).await.unwrap_err();
    let id = error.created_session().unwrap();
    assert!(error.is_permission(), "{error}");
    assert!(error.to_string().starts_with(&format!("session {id} was created but not started")));

    mock.clear_faults();
    sessions.start(id).await.unwrap();

    mock.fault("create_session", Fault::status(403)).unwrap();
    let error = sessions.create_and_start(CreateSessionRequest::new("task")).await.unwrap_err();
    assert_eq!(error.created_session(), None);
}

#[tokio::test]
async fn an_invalid_request_is_not_sent() {
    let script = Script::new([]);
    let error =
        sessions(&script).create_and_start(CreateSessionRequest::new(" ")).await.unwrap_err();
    assert!(error.to_string().contains("task is empty"));
    let repo = "https://u:hunter2@h/x";
    let error = sessions(&script)
        .create_and_start(CreateSessionRequest::new("t").repo(repo))
        .await
        .unwrap_err();
    assert!(error.to_string().contains("repos[0].url") && !error.to_string().contains("hunter2"));
    let error =
        sessions(&script).create(NewSession::new("n").repos(["nonsense"])).await.unwrap_err();
    assert!(error.is_invalid_request() && error.to_string().contains("repos[0].url"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn waits_for_the_end_or_for_a_condition() {
    let mock = MockServer::start().await.unwrap();
    let sessions = mock.local_client().unwrap().api_server().sessions();
    let script =
        || SessionScript::new().step(SECOND * 20, "Running").step(SECOND * 60, "Completed");
    mock.script_next_session(script());
    let id = sessions.create_and_start(CreateSessionRequest::new("task")).await.unwrap().id;

    let running = sessions.wait_until(&id, |s| s.phase == Some(SessionPhase::Running));
    assert_eq!(running.await.unwrap().phase, Some(SessionPhase::Running));
    let ended = sessions.wait_for_completion(&id).poll_interval(SECOND).await.unwrap();
    assert_eq!(ended.phase, Some(SessionPhase::Completed));

    // The wait ends with the session even if the condition is never met.
    let never = sessions.wait_until(&id, |session| session.name == "another").await.unwrap();
    assert_eq!(never.phase, Some(SessionPhase::Completed));
}

#[tokio::test(start_paused = true)]
async fn stopped_and_failed_end_a_wait_and_other_phases_do_not() {
    for last in ["Stopped", "Failed", "Completed"] {
        let phases = ["Pending", "Creating", "Reticulating", "Stopping", last];
        let script = Script::new(phases.map(|phase| session(json!({ "phase": phase }))));
        let ended = sessions(&script).wait_for_completion("2abcDEF").await.unwrap();
        assert_eq!(ended.phase.unwrap(), last);
    }
}

#[tokio::test(start_paused = true)]
async fn waiting_for_a_session_that_was_never_started_fails_immediately() {
    let mock = MockServer::start().await.unwrap();
    let sessions = mock.local_client().unwrap().api_server().sessions();
    let id = sessions.create(NewSession::new("idle").prompt("task")).await.unwrap().id;
    let started = Instant::now();
    let error = sessions.wait_for_completion(&id).await.unwrap_err();
    assert_eq!((error.kind(), started.elapsed()), (ErrorKind::NotStarted, Duration::ZERO));
    assert!(error.to_string().contains(&id) && error.to_string().contains("never started"));

    let (wait, start) = tokio::join!(
        sessions.wait_for_completion(&id).even_if_not_started().timeout(SECOND * 60),
        async {
            tokio::time::sleep(SECOND * 10).await;
            sessions.start(&id).await
        },
    );
    start.unwrap();
    assert_eq!(wait.unwrap().phase, Some(SessionPhase::Completed));
}

#[tokio::test(start_paused = true)]
async fn starting_and_stopping_at_the_wrong_time_is_a_conflict() {
    let mock =
        MockServer::builder().session_script(SessionScript::running()).start().await.unwrap();
    let sessions = mock.local_client().unwrap().api_server().sessions();
    let id = sessions.create(NewSession::new("s")).await.unwrap().id;
    assert!(sessions.stop(&id).await.unwrap_err().is_conflict());
    sessions.start(&id).await.unwrap();
    assert!(sessions.start(&id).await.unwrap_err().is_conflict());
    assert_eq!(sessions.stop(&id).await.unwrap().phase, Some(SessionPhase::Stopping));
    sessions.delete(&id).await.unwrap();
    assert!(sessions.get(&id).await.unwrap_err().is_not_found());
}

#[tokio::test]
async fn a_patch_distinguishes_unchanged_from_cleared() {
    let script = Script::new([session(json!({}))]);
    let patch = SessionPatch::new().prompt(CLEAR).timeout(600).labels([("team", "core")]);
    sessions(&script).update("2abcDEF", patch).await.unwrap();
    let expected = json!({ "prompt": "", "timeout": 600, "labels": r#"{"team":"core"}"# });
    assert_eq!(body(&script, 0), expected);
    assert_eq!(script.requests()[0].method, "PATCH");
    assert_eq!(SessionPatch::new().to_json().unwrap(), "{}");
}

#[tokio::test]
async fn a_status_is_reported_with_the_generated_request() {
    let script = Script::new([session(json!({ "phase": "Running" }))]);
    let status = SessionStatusPatchRequest::builder().phase(Some(SessionPhase::Running));
    sessions(&script).update_status("2abcDEF", status).await.unwrap();
    assert!(script.requests()[0].url.ends_with("/sessions/2abcDEF/status"));
    assert_eq!(body(&script, 0), json!({ "phase": "Running" }));
}

#[tokio::test]
async fn a_status_is_reported_with_typed_fields() {
    let script = Script::new([session(json!({}))]);
    let mut condition = Condition::new("Ready", "False");
    condition.reason = Some("Cloning".into());
    let status = SessionStatusPatch::new()
        .phase(SessionPhase::Creating)
        .start_time(std::time::UNIX_EPOCH)
        .sdk_restart_count(1)
        .conditions([condition])
        .reconciled_repos([Repo::new("https://github.com/a/b").branch("main")]);
    sessions(&script).update_status("2abcDEF", status).await.unwrap();
    let expected = json!({
        "phase": "Creating",
        "start_time": "1970-01-01T00:00:00Z",
        "sdk_restart_count": 1,
        "conditions": r#"[{"type":"Ready","status":"False","reason":"Cloning"}]"#,
        "reconciled_repos": r#"[{"url":"https://github.com/a/b","branch":"main"}]"#,
    });
    assert_eq!(body(&script, 0), expected);
}

#[tokio::test]
async fn a_change_keeps_the_servers_fields_of_a_repository() {
    let kept = r#"[{"url":"https://github.com/a/b","depth":1},{"input":{"url":"u"}}]"#;
    let script = Script::new([session(json!({ "repos": kept })), session(json!({}))]);
    let sessions = sessions(&script);
    let mut repos = sessions.get("2abcDEF").await.unwrap().repos().unwrap();
    repos[0].branch = Some("main".into());
    repos.push("git@github.com:a/c.git".into());
    sessions.update("2abcDEF", SessionPatch::new().repos(repos)).await.unwrap();
    let sent = body(&script, 1)["repos"].as_str().unwrap().to_owned();
    let expected = json!([
        { "url": "https://github.com/a/b", "branch": "main", "depth": 1 },
        { "input": { "url": "u" } },
        { "url": "git@github.com:a/c.git" },
    ]);
    assert_eq!(serde_json::from_str::<Value>(&sent).unwrap(), expected);

    let empty = SessionPatch::new().repos([SessionRepo::default()]);
    assert!(sessions.update("2abcDEF", empty).await.unwrap_err().is_invalid_request());
}

#[tokio::test]
async fn json_in_strings_is_typed_and_never_fails_the_response() {
    let text = json!({
        "labels": r#"{"team":"core"}"#, "annotations": "not json", "repos": r#"[{"url":"u"}]"#,
        "conditions": r#"[{"type":"Ready","status":"True"}]"#, "environment_variables": "",
        "resource_overrides": r#"{"cpu":"2"}"#,
    });
    let session = sessions(&Script::new([session(text)])).get("2abcDEF").await.unwrap();
    assert_eq!(session.labels().unwrap()["team"], "core");
    assert_eq!(session.repos().unwrap()[0].url, "u");
    assert_eq!(session.conditions().unwrap()[0].kind, "Ready");
    assert_eq!(session.resource_overrides().unwrap()["cpu"], "2");
    assert!(session.environment_variables().unwrap().is_empty());
    assert!(session.annotations().unwrap_err().is_decode());
    assert_eq!(session.annotations.unwrap().as_str(), "not json");
}

fn labelled(labels: &str) -> Answer {
    session(json!({ "labels": labels }))
}

#[tokio::test(start_paused = true)]
async fn merging_labels_keeps_the_others_and_writes_only_when_needed() {
    let mock = MockServer::start().await.unwrap();
    let sessions = mock.local_client().unwrap().api_server().sessions();
    let new = NewSession::new("s").labels([("a", "1"), ("b", "2")]);
    let id = sessions.create(new).await.unwrap().id;
    let change = Merge::new().set("c", "3").remove("a").remove("missing");
    let session = sessions.merge_labels(&id, change.clone()).await.unwrap();
    let labels: Vec<_> = session.labels().unwrap().into_iter().collect();
    assert_eq!(labels, [("b".into(), "2".into()), ("c".into(), "3".into())]);

    let writes = mock.request_count("update_session");
    sessions.merge_labels(&id, change).await.unwrap();
    assert_eq!(mock.request_count("update_session"), writes);

    sessions.merge_annotations(&id, Merge::new().set("note", "x")).await.unwrap();
    assert_eq!(sessions.get(&id).await.unwrap().annotations().unwrap()["note"], "x");
}

#[tokio::test]
async fn a_change_that_another_client_overwrote_is_made_again() {
    let mine = r#"{"mine":"1"}"#;
    let script = Script::new([
        labelled("{}"),
        labelled(mine),
        labelled(r#"{"theirs":"2"}"#),
        labelled(mine),
        labelled(r#"{"mine":"1","theirs":"2"}"#),
    ]);
    let merged = sessions(&script).merge_labels("2abcDEF", Merge::new().set("mine", "1")).await;
    assert_eq!(merged.unwrap().labels().unwrap().len(), 2);
    assert_eq!(body(&script, 3)["labels"], r#"{"mine":"1","theirs":"2"}"#);
}

#[tokio::test]
async fn a_change_that_is_always_overwritten_is_a_conflict() {
    let script = Script::new((0..11).map(|_| labelled("{}")));
    let merged = sessions(&script).merge_labels("2abcDEF", Merge::new().set("a", "1")).await;
    assert!(merged.unwrap_err().is_conflict());
    assert_eq!(script.requests().len(), 11);
}

#[tokio::test]
async fn labels_that_are_not_a_map_are_not_overwritten() {
    let script = Script::new([labelled("team=core")]);
    let merged = sessions(&script).merge_labels("2abcDEF", Merge::new().set("a", "1")).await;
    assert!(merged.unwrap_err().is_decode());
    assert_eq!(script.requests().len(), 1);
}

#[tokio::test]
async fn a_call_has_its_own_project_headers_and_captured_response() {
    let mock = MockServer::start().await.unwrap();
    let capture = Capture::new();
    let options = CallOptions::new().project("other").header("x-trace", "1").capture(&capture);
    let client = mock.local_client().unwrap().with(options);
    let created = client.api_server().sessions().create(NewSession::new("s")).await.unwrap();
    assert_eq!(created.project_id.as_deref(), Some("other"));
    let info = capture.last().unwrap();
    assert_eq!((info.operation(), info.status().as_u16()), ("create_session", 201));
    assert!(info.operation_id().is_some());
    assert_eq!(mock.requests()[0].headers["x-trace"], "1");
}

#[tokio::test]
async fn an_invalid_id_is_not_sent() {
    let script = Script::new([]);
    let sessions = sessions(&script);
    let refused = |outcome: ambient_sdk_ext::Result<Session>| {
        assert!(outcome.unwrap_err().is_invalid_request());
    };
    for id in ["", ".", "..", "a b", "a\nb"] {
        refused(sessions.get(id).await);
        refused(sessions.start(id).await);
        refused(sessions.stop(id).await);
        refused(sessions.update(id, SessionPatch::new()).await);
        refused(sessions.wait_for_completion(id).await);
        assert!(sessions.delete(id).await.unwrap_err().is_invalid_request());
    }
}
