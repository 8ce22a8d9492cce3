//! Other resources of the API server.

use ambient_sdk_ext::{
    CallOptions, ErrorKind,
    ambient_sdk::api_server::types::{CredentialProvider, RoleBindingScope},
    api_server::{
        AgentPatch, Agreement, ApiServer, CLEAR, CredentialPatch, Delivery, Merge, NewAgent,
        NewCredential, NewInboxMessage, NewProject, NewProjectSettings, NewRole, NewRoleBinding,
        NewScheduledSession, NewUser, ProjectFields, ProjectPatch, ProjectSettingsFields,
        ProjectSettingsPatch, RoleBindingPatch, RoleFields, RolePatch, ScheduledSessionPatch,
        UserPatch,
    },
    mock::{Fault, MockServer},
};
use serde_json::{Value, json};

use crate::common::{Answer, Script, json};

async fn embedded() -> (MockServer, ApiServer) {
    let mock = MockServer::start().await.unwrap();
    let server = mock.local_client().unwrap().api_server();
    (mock, server)
}

#[tokio::test]
async fn projects() {
    let (_mock, server) = embedded().await;
    let projects = server.projects();
    let new = NewProject::new("trials").description("For trials").labels([("team", "core")]);
    let project = projects.create(new).await.unwrap();
    assert_eq!(project.labels().unwrap()["team"], "core");
    let patch = ProjectPatch::new().description(CLEAR).prompt("Be brief");
    let project = projects.update(&project.id, patch).await.unwrap();
    assert_eq!(project.description.as_deref().unwrap_or_default(), "");
    assert_eq!(project.prompt.as_deref(), Some("Be brief"));
    projects.merge_labels(&project.id, Merge::new().set("tier", "1")).await.unwrap();
    let read = projects.get(&project.id).await.unwrap();
    assert_eq!(read.labels().unwrap().len(), 2);
    let error = projects.home(&project.id).await.unwrap_err();
    assert_eq!((error.kind(), error.status().unwrap().as_u16()), (ErrorKind::Server, 501));
    projects.delete(&project.id).await.unwrap();
    assert!(projects.get(&project.id).await.unwrap_err().is_not_found());
}

#[tokio::test]
async fn finding_by_name() {
    let (_mock, server) = embedded().await;
    assert!(server.project_by_name("no-such").await.unwrap().is_none());
    let created = server.projects().create(NewProject::new("trials")).await.unwrap();
    let found = server.project_by_name("trials").await.unwrap().unwrap();
    assert_eq!(found.id, created.id);
    let agents = server.agents(&created.id);
    let agent = agents.create(NewAgent::new("it's me")).await.unwrap();
    let found = server.agent_by_name(&created.id, "it's me").await.unwrap().unwrap();
    assert_eq!(found.id, agent.id);
    assert!(server.agent_by_name(&created.id, "x' or name like '%").await.unwrap().is_none());
}

#[tokio::test]
async fn an_ambiguous_name_is_a_conflict_and_names_match_exactly() {
    let list = |names: &[&str]| {
        let items: Vec<Value> = names
            .iter()
            .enumerate()
            .map(|(id, name)| json!({ "id": id.to_string(), "name": name }))
            .collect();
        json(200, json!({ "kind": "", "page": 1, "size": 2, "total": items.len(), "items": items }))
    };
    let script = Script::new([list(&["demo", "demo"]), list(&["Demo"])]);
    let server = script.client().api_server();
    let error = server.project_by_name("demo").await.unwrap_err();
    assert!(error.is_conflict() && error.to_string().contains("2 projects are named"), "{error}");
    assert!(server.project_by_name("demo").await.unwrap().is_none());
}

#[tokio::test]
async fn agents_and_their_inbox() {
    let (mock, server) = embedded().await;
    let agents = server.agents(mock.project());
    let new = NewAgent::new("reviewer").prompt("You review.").llm_max_tokens(100);
    let agent = agents.create(new).await.unwrap();
    assert_eq!(agent.project_id, mock.project());
    let patch = AgentPatch::new().llm_temperature(0.2).description("Reviews");
    assert_eq!(agents.update(&agent.id, patch).await.unwrap().llm_temperature, Some(0.2));

    let started = agents.start_with(&agent.id, "Review the README").await.unwrap();
    assert!(started.is_new);
    assert!(matches!(started.delivery, Delivery::InStartingPrompt | Delivery::Pushed));
    assert!(!started.session.phase.as_ref().unwrap().as_str().is_empty());
    let sessions = agents.sessions(&agent.id).collect().await.unwrap();
    assert_eq!(sessions[0].id, started.session.id);
    let again = agents.start(&agent.id).await.unwrap();
    assert_eq!((again.is_new, again.session.id), (false, started.session.id));
    let bodies: Vec<_> = mock.requests_of("start_project_agent");
    assert_eq!(bodies[1].body, "{}", "the server requires a body, even an empty one");
    assert!(agents.ignition(&agent.id).await.unwrap_err().is_no_such_endpoint());

    let inbox = agents.inbox(&agent.id);
    let message = inbox.send(NewInboxMessage::new("Tests are red").from_name("CI")).await.unwrap();
    assert_eq!(
        (message.agent_id.as_str(), message.from_name.as_deref()),
        (agent.id.as_str(), Some("CI"))
    );
    assert_eq!(inbox.list().collect().await.unwrap().len(), 1);
    assert_eq!(inbox.mark_read(&message.id).await.unwrap().read, Some(true));
    inbox.delete(&message.id).await.unwrap();
    assert!(inbox.list().first().await.unwrap().is_none());
    agents.delete(&agent.id).await.unwrap();
}

/// Returns the response to the start of an agent with the prompt `You review.`
fn start_answer(status: u16, starting: &str) -> Answer {
    let session = json!({ "id": "s", "name": "n", "prompt": "You review." });
    json(status, json!({ "session": session, "starting_prompt": starting }))
}

fn started_session() -> Answer {
    json(200, json!({ "id": "s", "name": "n", "phase": "Pending" }))
}

fn message(seq: u64) -> Answer {
    json(201, json!({ "id": "m", "session_id": "s", "seq": seq, "event_type": "user" }))
}

#[tokio::test]
async fn an_ignored_prompt_is_pushed_before_the_session_is_read() {
    // The agent's own prompt contains the same text, which doesn't prove that the prompt was
    // delivered.
    let lost = "# Agent Start\n\n## Standing Instructions\n\nYou review.\n\n";
    let script = Script::new([start_answer(201, lost), message(1), started_session()]);
    let agents = script.client().api_server().agents("p");
    let started = agents.start_with("a", "You review.").await.unwrap();
    assert_eq!((started.is_new, started.delivery), (true, Delivery::Pushed));
    assert_eq!(started.session.phase, Some("Pending".into()));
    let requests = script.requests();
    assert!(requests[1].url.ends_with("/sessions/s/messages") && requests[1].method == "POST");
    assert!(requests[1].body.contains("You review."));
}

#[tokio::test]
async fn a_prompt_that_is_in_the_starting_prompt_is_not_pushed() {
    let kept = "## Standing Instructions\n\nYou review.\n\n## Task for this Run\n\nReview #7\n\n";
    let script = Script::new([start_answer(201, kept), started_session()]);
    let agents = script.client().api_server().agents("p");
    let started = agents.start_with("a", "Review #7").await.unwrap();
    assert_eq!(started.delivery, Delivery::InStartingPrompt);
    assert_eq!(started.prompt.as_deref(), Some(kept));
}

#[tokio::test]
async fn an_active_agent_gets_the_prompt_only_on_request() {
    let script = Script::new([
        start_answer(200, ""),
        started_session(),
        start_answer(200, ""),
        message(1),
        started_session(),
    ]);
    let agents = script.client().api_server().agents("p");
    let started = agents.start_with("a", "task").await.unwrap();
    assert_eq!((started.is_new, started.delivery), (false, Delivery::NotDelivered));
    assert_eq!(started.prompt, None);
    let started = agents.start_with("a", "task").push_if_active().await.unwrap();
    assert_eq!((started.is_new, started.delivery), (false, Delivery::Pushed));
}

#[tokio::test]
async fn a_failed_push_of_the_prompt_is_reported_with_the_session() {
    let script = Script::new([start_answer(201, "other"), json(403, json!({"reason": "no"}))]);
    let agents = script.client().api_server().agents("p");
    let error = agents.start_with("a", "task").await.unwrap_err();
    assert_eq!((error.is_permission(), error.created_session()), (true, Some("s")));
    assert!(error.to_string().contains("its prompt was not delivered"), "{error}");
}

#[tokio::test]
async fn a_start_whose_session_cannot_be_read_returns_the_first_response() {
    let script = Script::new([start_answer(201, "all"), json(403, json!({"reason": "no"}))]);
    let started = script.client().api_server().agents("p").start("a").await.unwrap();
    assert_eq!((started.session.id.as_str(), started.delivery), ("s", Delivery::NoPrompt));
}

#[tokio::test]
async fn the_starting_prompt_is_read_under_either_name() {
    for name in ["starting_prompt", "start_prompt"] {
        let session = json!({ "id": "s", "name": "n" });
        let answer = json(201, json!({ "session": session, name: "all of it" }));
        let script = Script::new([answer, started_session()]);
        let started = script.client().api_server().agents("p").start("a").await.unwrap();
        assert_eq!(started.prompt.as_deref(), Some("all of it"), "{name}");
    }
}

#[tokio::test]
async fn credentials_do_not_reveal_their_secret() {
    let (mock, server) = embedded().await;
    let credentials = server.credentials();
    let new = NewCredential::new("bot", "github").token("ghp_first-secret");
    assert!(!format!("{new:?}").contains("first-secret"));
    let credential = credentials.create(new).await.unwrap();
    assert_eq!(credential.provider, CredentialProvider::Github);
    let token = credentials.token(&credential.id).await.unwrap();
    assert_eq!(token.token.expose(), "ghp_first-secret");
    assert!(!format!("{token:?}").contains("first-secret"));
    let patch = CredentialPatch::new().token("ghp_second-secret");
    assert!(!format!("{patch:?}").contains("second-secret"));
    credentials.update(&credential.id, patch).await.unwrap();
    assert_eq!(
        credentials.token(&credential.id).await.unwrap().token.expose(),
        "ghp_second-secret"
    );
    assert_eq!(credentials.list().provider("github").collect().await.unwrap().len(), 1);
    credentials.merge_annotations(&credential.id, Merge::new().set("by", "me")).await.unwrap();
    credentials.delete(&credential.id).await.unwrap();

    let of_project = server.project_credentials(mock.project());
    let new = NewCredential::new("kube", CredentialProvider::Kubeconfig).token("a file");
    let credential = of_project.create(new).await.unwrap();
    assert_eq!(of_project.token(&credential.id).await.unwrap().token.expose(), "a file");
    assert_eq!(of_project.list().collect().await.unwrap().len(), 1);
    assert_eq!(of_project.get(&credential.id).await.unwrap().name, "kube");
    of_project.delete(&credential.id).await.unwrap();
}

#[tokio::test]
async fn schedules() {
    let (mock, server) = embedded().await;
    let schedules = server.scheduled_sessions(mock.project());
    let new = NewScheduledSession::new("nightly", "0 3 * * *").session_prompt("Update things");
    let schedule = schedules.create(new).await.unwrap();
    assert_eq!(schedule.project_id, mock.project());
    let patch = ScheduledSessionPatch::new().schedule("0 4 * * *").description(CLEAR);
    assert_eq!(schedules.update(&schedule.id, patch).await.unwrap().schedule, "0 4 * * *");
    assert_eq!(schedules.suspend(&schedule.id).await.unwrap().enabled, Some(false));
    assert_eq!(schedules.resume(&schedule.id).await.unwrap().enabled, Some(true));
    schedules.trigger(&schedule.id).await.unwrap();
    assert!(schedules.runs(&schedule.id).collect().await.unwrap().is_empty());
    schedules.delete(&schedule.id).await.unwrap();
}

#[tokio::test]
async fn a_new_schedule_is_enabled_by_default() {
    let answer = json!({ "id": "s1", "name": "n", "schedule": "@daily", "project_id": "p" });
    let script = Script::new([json(201, &answer), json(201, &answer)]);
    let schedules = script.client().api_server().scheduled_sessions("p");
    let new = NewScheduledSession::new("nightly", "@daily");
    schedules.create(new.clone()).await.unwrap();
    schedules.create(new.enabled(false)).await.unwrap();
    let requests = script.requests();
    let sent = |at: usize| serde_json::from_str::<Value>(&requests[at].body).unwrap();
    assert_eq!((&sent(0)["enabled"], &sent(1)["enabled"]), (&json!(true), &json!(false)));
}

#[tokio::test]
async fn an_invalid_schedule_or_time_zone_is_not_sent() {
    let script = Script::new([]);
    let schedules = script.client().api_server().scheduled_sessions("p");
    for (schedule, zone, says) in [
        ("0 3 * * 7", "UTC", "Sunday is 0"),
        ("0 0 3 * * *", "UTC", "6 fields, not 5"),
        ("0 3 * * *", "europe/berlin", "spelled \"Europe/Berlin\""),
        ("0 3 * * *", "Mars/Base", "IANA"),
    ] {
        let new = NewScheduledSession::new("nightly", schedule).timezone(zone);
        let patch = ScheduledSessionPatch::new().schedule(schedule).timezone(zone);
        let refused = [
            schedules.create(new).await.unwrap_err(),
            schedules.update("s1", patch).await.unwrap_err(),
        ];
        for error in refused {
            assert!(error.is_invalid_request() && error.to_string().contains(says), "{error}");
        }
    }
    assert!(script.requests().is_empty());
}

#[tokio::test]
async fn users_roles_and_bindings() {
    let mock = MockServer::builder().admin().start().await.unwrap();
    let server = mock.local_client().unwrap().api_server();
    let user = server.users().create(NewUser::new("ada", "Ada").email("ada@example.org")).await;
    let user = user.unwrap();
    let user = server.users().update(&user.id, UserPatch::new().name("Ada L.")).await.unwrap();
    assert_eq!(server.users().get(&user.id).await.unwrap().name, "Ada L.");

    let new = NewRole::new("reader").permissions(json!(["sessions:read"]));
    let role = server.roles().create(new).await.unwrap();
    assert_eq!(role.permissions().unwrap(), json!(["sessions:read"]));
    server.roles().update(&role.id, RolePatch::new().display_name("Reader")).await.unwrap();

    let roles = server.roles().list().collect().await.unwrap();
    let viewer = roles.iter().find(|role| role.name == "project:viewer").unwrap();
    let new = NewRoleBinding::new(&viewer.id, "project").user_id(&user.id).project_id("p1");
    let bindings = server.role_bindings();
    let binding = bindings.create(new).await.unwrap();
    assert_eq!(binding.scope, RoleBindingScope::Project);
    let patch = RoleBindingPatch::new().scope("global").project_id(CLEAR);
    let binding = bindings.update(&binding.id, patch).await.unwrap();
    assert_eq!((binding.project_id, binding.user_id), (None, Some(user.id)));
    bindings.delete(&binding.id).await.unwrap();
    server.roles().delete(&role.id).await.unwrap();
}

#[tokio::test]
async fn the_keys_of_a_binding_are_cleared_with_null() {
    let answer = json!({ "id": "b", "role_id": "r", "scope": "galactic", "user_id": null });
    let script = Script::new([json(200, answer)]);
    let patch = RoleBindingPatch::new().user_id(CLEAR).agent_id("a1");
    let binding = script.client().api_server().role_bindings().update("b", patch).await.unwrap();
    assert_eq!(script.requests()[0].body, r#"{"agent_id":"a1","user_id":null}"#);
    assert_eq!((binding.scope.as_str(), binding.user_id), ("galactic", None));
}

#[tokio::test]
async fn settings_and_applications() {
    let (mock, server) = embedded().await;
    let settings = server.project_settings();
    let new = NewProjectSettings::new(mock.project()).group_access(json!({ "dev": "edit" }));
    let entry = settings.create(new).await.unwrap();
    assert_eq!(entry.group_access().unwrap()["dev"], "edit");
    let patch = ProjectSettingsPatch::new().repositories("a b");
    settings.update(&entry.id, patch).await.unwrap();
    assert_eq!(settings.list().first().await.unwrap().unwrap().id, entry.id);
    settings.delete(&entry.id).await.unwrap();
}

#[tokio::test]
async fn the_version_of_the_server() {
    let version = json!({ "version": "v1.4.0", "build_time": "today", "git_tag": "v1.4.0" });
    let plain = json!({ "version": "", "build_time": "", "git_tag": "" });
    let script = Script::new([
        json(200, version),
        json(200, json!({ "version": "v2.0.0" })),
        json(200, plain),
    ]);
    let server = script.client().api_server();
    let check = server.check_version().await.unwrap();
    assert_eq!(check.agreement, Agreement::Same);
    assert_eq!(check.server.version.as_deref(), Some("v1.4.0"));
    assert_eq!(server.check_version().await.unwrap().agreement, Agreement::Different);
    assert_eq!(server.check_version().await.unwrap().agreement, Agreement::Unknown);
    let request = &script.requests()[0];
    assert!(request.url.ends_with(":8080/api/ambient/v1/version"));
    assert!(request.headers.contains_key("authorization"));
}

#[tokio::test]
async fn a_version_without_any_field_is_not_from_an_api_server() {
    let script = Script::new([json(200, json!({ "status": "ok" }))]);
    let error = script.client().api_server().version().await.unwrap_err();
    assert!(error.is_decode(), "{error:?}");
    assert!(error.to_string().contains("set AMBIENT_API_SERVER_URL"), "{error}");
}

#[tokio::test]
async fn the_embedded_server_has_no_version() {
    let (_mock, server) = embedded().await;
    let check = server.check_version().await.unwrap();
    assert_eq!(check.server.version.as_deref(), Some(""));
    assert_eq!(check.agreement, Agreement::Unknown);
}

#[tokio::test]
async fn a_handle_can_have_other_options() {
    let version = json!({ "version": "" });
    let script = Script::new([json(200, &version), json(200, &version)]);
    let server = script.client().api_server();
    let other = server.with(CallOptions::new().project("other").header("x-request-id", "42"));
    other.version().await.unwrap();
    server.version().await.unwrap();
    let requests = script.requests();
    assert_eq!(requests[0].headers["x-ambient-project"], "other");
    assert_eq!(requests[0].headers["x-request-id"], "42");
    assert_eq!(requests[1].headers["x-ambient-project"], "demo");
    assert!(!requests[1].headers.contains_key("x-request-id"));
}

#[tokio::test]
async fn an_error_of_the_server_is_complete() {
    let (mock, server) = embedded().await;
    let error = server.projects().create(NewProject::new("A")).await.unwrap_err();
    assert!(error.is_invalid_request(), "{error}");
    mock.fault("get_role", Fault::response(403, r#"{"kind":"Error","reason":"Forbidden"}"#))
        .unwrap();
    let error = server.roles().get("r1").await.unwrap_err();
    assert_eq!((error.is_permission(), error.reason()), (true, Some("Forbidden")));
    assert!(error.path().unwrap().ends_with("/roles/r1"));
}

#[tokio::test]
async fn an_invalid_id_in_a_path_is_not_sent() {
    let script = Script::new([]);
    let server = script.client().api_server();
    let agents = server.agents("..");
    assert!(agents.get("a").await.unwrap_err().is_invalid_request());
    assert!(agents.create(NewAgent::new("a")).await.unwrap_err().is_invalid_request());
    assert!(agents.start("a").await.unwrap_err().is_invalid_request());
    let inbox = server.inbox("p", "");
    assert!(inbox.send(NewInboxMessage::new("m")).await.unwrap_err().is_invalid_request());
    assert!(inbox.list().first().await.unwrap_err().is_invalid_request());
    assert!(server.inbox("p", "a").delete(".").await.unwrap_err().is_invalid_request());
    assert!(server.credentials().token("").await.unwrap_err().is_invalid_request());
    assert!(server.project_credentials("").list().first().await.unwrap_err().is_invalid_request());
}

#[tokio::test]
async fn an_id_that_would_change_the_endpoint_is_not_sent() {
    let script = Script::new([]);
    let server = script.client().api_server();
    for id in ["demo/agents/a1", r"a\b", "a%2Fb", "a?b", "a#b", "..."] {
        let refused = [
            server.projects().delete(id).await.unwrap_err(),
            server.agents(id).get("a1").await.unwrap_err(),
            server.agents("demo").delete(id).await.unwrap_err(),
            server.scheduled_sessions(id).list().first().await.unwrap_err(),
            server.inbox("demo", id).delete("m1").await.unwrap_err(),
            server.messages(id).list().await.unwrap_err(),
            server.raw().delete_project().id(id).send().await.unwrap_err().into(),
            server
                .raw()
                .get_project_agent()
                .id("demo")
                .agent_id(id)
                .send()
                .await
                .unwrap_err()
                .into(),
            server.with(CallOptions::new().project(id)).sessions().get("s1").await.unwrap_err(),
        ];
        for error in refused {
            assert!(error.is_invalid_request(), "{id}: {error:?}");
        }
    }
    assert!(script.requests().is_empty());
}
