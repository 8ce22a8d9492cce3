//! All high-level calls in the README.

use std::time::Duration;

use ambient_sdk_ext::{
    CallOptions, CreateSessionRequest,
    ambient_sdk::api_server::types::{CredentialProvider, RoleBindingScope, SessionPhase},
    api_server::{
        AgentPatch, Agreement, ApiServer, CredentialPatch, Merge, NewAgent, NewCredential,
        NewInboxMessage, NewProject, NewProjectSettings, NewRole, NewRoleBinding,
        NewScheduledSession, NewSession, NewUser, OrderBy, Outcome, ProjectPatch,
        ProjectSettingsPatch, RoleBindingPatch, RolePatch, ScheduledSessionPatch, SessionFields,
        SessionPatch, SessionStatusPatch, UserPatch, field,
    },
    retry::RetryPolicy,
};
use futures_util::TryStreamExt;
use serde_json::json;

use crate::{
    common::{name, project, server},
    fails, works,
};

#[tokio::test]
#[ignore = "needs AMBIENT_LIVE_URL"]
async fn version_and_projects() {
    let server = server();
    works!(server.version());
    let check = works!(server.check_version());
    assert!(matches!(check.agreement, Agreement::Same | Agreement::Different | Agreement::Unknown));
    let name = name("live");
    let project =
        works!(server.projects().create(NewProject::new(&name).labels([("team", "web")])));
    works!(server.projects().get(&project.id));
    works!(server.projects().update(&project.id, ProjectPatch::new().description("d")));
    works!(server.projects().merge_labels(&project.id, Merge::new().set("tier", "2")));
    let found = works!(server.project_by_name(&name)).unwrap();
    assert_eq!(found.labels.unwrap().as_str(), r#"{"team":"web","tier":"2"}"#);
    let listed = works!(server.projects().list().search(field("name").eq(&name)).collect());
    assert_eq!(listed.len(), 1);
    let home = fails!(server.projects().home(&project.id));
    assert_eq!(home.status().unwrap(), 501);

    let new = NewProjectSettings::new(&project.id).group_access(json!({}));
    let settings = works!(server.project_settings().create(new));
    works!(server.project_settings().get(&settings.id));
    let patch = ProjectSettingsPatch::new().repositories("r");
    works!(server.project_settings().update(&settings.id, patch));
    works!(server.project_settings().list().all_projects().collect());
    works!(server.project_settings().delete(&settings.id));
    works!(server.projects().delete(&project.id));
}

#[tokio::test]
#[ignore = "needs AMBIENT_LIVE_URL"]
async fn sessions() {
    let server = server();
    let new = NewSession::new(name("live")).prompt("Look around").labels([("team", "web")]);
    let session = works!(server.sessions().create(new));
    let patch = SessionPatch::new().llm_temperature(0.5);
    works!(server.sessions().update(&session.id, patch));
    works!(server.sessions().merge_labels(&session.id, Merge::new().set("tier", "2")));
    let read = works!(server.sessions().get(&session.id));
    assert_eq!(read.labels().unwrap().len(), 2);
    works!(server.sessions().start(&session.id));
    let running = SessionStatusPatch::new().phase(SessionPhase::Running);
    works!(server.sessions().update_status(&session.id, running));
    let is_running = |session: &ambient_sdk_ext::ambient_sdk::api_server::types::Session| {
        session.phase == Some(SessionPhase::Running)
    };
    works!(server.sessions().wait_until(&session.id, is_running));
    assert!(fails!(server.sessions().start(&session.id)).is_conflict());
    works!(server.sessions().stop(&session.id));
    end(&server, &session.id, SessionPhase::Stopped).await;
    works!(server.sessions().wait_for_completion(&session.id));

    let listed = works!(
        server
            .sessions()
            .list()
            .search(field("id").eq(&session.id).and(field("phase").eq("Stopped")))
            .order_by(OrderBy::desc("created_at"))
            .limit(50)
            .collect()
    );
    assert_eq!(listed.len(), 1);
    assert!(!listed.may_be_incomplete());
    works!(server.sessions().list().all_projects().count());
    let short = CallOptions::new().timeout(Duration::from_secs(5)).header("x-request-id", "42");
    works!(server.with(short).sessions().list().page_size(5).limit(12).collect());
    works!(server.raw().list_sessions().size(5_u32).send());
    // The server closes the connection if the request has `fields`. The documentation of the raw
    // builder warns about it.
    let once = server.with(CallOptions::new().retry(RetryPolicy::none()));
    fails!(once.raw().list_sessions().fields("id").send());
    works!(server.sessions().delete(&session.id));
    assert!(fails!(server.sessions().get(&session.id)).is_not_found());
    assert!(fails!(server.sessions().wait_for_completion(&session.id)).is_not_found());
    assert!(fails!(server.sessions().start(&session.id)).is_not_found());
}

#[tokio::test]
#[ignore = "needs AMBIENT_LIVE_URL"]
async fn run_and_messages() {
    let server = server();
    let request = CreateSessionRequest::new("Review the open pull requests");
    let session = works!(server.sessions().create_and_start(request));
    let messages = server.messages(&session.id);
    let pushed = works!(messages.push("hello"));
    let listed = works!(messages.list());
    assert_eq!(listed.last().unwrap().seq, pushed.seq);
    let mut followed = messages.follow().messages();
    let first = works!(followed.try_next()).unwrap();
    assert_eq!(first.payload, "Review the open pull requests");
    assert_eq!(works!(followed.try_next()).unwrap().payload, "hello");
    let events = fails!(server.events(&session.id).stream().try_next());
    assert!(events.is_server() || events.is_not_found());

    // The session has no runner, so the turn ends only with the session.
    let ends = async {
        tokio::time::sleep(Duration::from_secs(1)).await;
        end(&server, &session.id, SessionPhase::Failed).await;
    };
    let (reply, ()) = tokio::join!(messages.say("anything"), ends);
    println!("ok      server.messages(id).say(text): {:?}", reply.as_ref().unwrap().outcome);
    assert!(matches!(reply.unwrap().outcome, Outcome::SessionOver(_)));
    works!(server.sessions().delete(&session.id));
}

/// Reports the end of a session, like a control plane.
async fn end(server: &ApiServer, id: &str, phase: SessionPhase) {
    let status = SessionStatusPatch::new().phase(phase);
    works!(server.sessions().update_status(id, status));
}

#[tokio::test]
#[ignore = "needs AMBIENT_LIVE_URL"]
async fn access() {
    let server = server();
    let user = works!(server.users().create(NewUser::new(name("live"), "Live")));
    works!(server.users().get(&user.id));
    works!(server.users().update(&user.id, UserPatch::new().email("live@example.org")));
    works!(server.users().list().search(field("username").like("live-%")).limit(5).collect());
    let role = works!(server.roles().create(NewRole::new(name("live"))));
    works!(server.roles().get(&role.id));
    works!(server.roles().update(&role.id, RolePatch::new().display_name("Live")));
    works!(server.roles().list().collect());

    // The creator of a project owns it, and may grant built-in roles in it.
    let project = works!(server.projects().create(NewProject::new(name("live")))).id;
    let viewers = server.roles().list().search(field("name").eq("project:viewer"));
    let viewer = works!(viewers.first()).unwrap().id;
    let new = NewRoleBinding::new(&viewer, RoleBindingScope::Project);
    let new = new.user_id(&user.id).project_id(&project);
    let binding = works!(server.role_bindings().create(new));
    works!(server.role_bindings().get(&binding.id));
    works!(server.role_bindings().list().search(field("id").eq(&binding.id)).collect());
    // A caller that is not an administrator may change only its own bindings.
    let patch = RoleBindingPatch::new().user_id(&user.id);
    assert!(fails!(server.role_bindings().update(&binding.id, patch)).is_permission());
    works!(server.role_bindings().delete(&binding.id));
    let new = NewRoleBinding::new(&role.id, RoleBindingScope::Global).user_id(&user.id);
    assert!(fails!(server.role_bindings().create(new)).is_permission());
    assert!(fails!(server.role_bindings().delete("nosuch")).is_not_found());
    works!(server.roles().delete(&role.id));
}

#[tokio::test]
#[ignore = "needs AMBIENT_LIVE_URL"]
async fn credentials() {
    let server = server();
    let new = NewCredential::new(name("live"), CredentialProvider::Github).token("a secret");
    let credential = works!(server.credentials().create(new.clone()));
    works!(server.credentials().get(&credential.id));
    let patch = CredentialPatch::new().url("https://github.com");
    works!(server.credentials().update(&credential.id, patch));
    assert_eq!(works!(server.credentials().token(&credential.id)).token.expose(), "a secret");
    works!(server.credentials().list().limit(5).collect());
    works!(server.credentials().delete(&credential.id));

    let of_project = server.project_credentials(project());
    let credential = works!(of_project.create(new));
    works!(of_project.get(&credential.id));
    works!(of_project.update(&credential.id, CredentialPatch::new().description("d")));
    works!(of_project.token(&credential.id));
    works!(of_project.list().limit(5).collect());
    works!(of_project.delete(&credential.id));
}

#[tokio::test]
#[ignore = "needs AMBIENT_LIVE_URL"]
async fn agents_inbox_and_schedules() {
    let server = server();
    let agents = server.agents(project());
    let name = name("live");
    let agent = works!(agents.create(NewAgent::new(&name).prompt("You review.")));
    works!(agents.get(&agent.id));
    works!(agents.update(&agent.id, AgentPatch::new().description("d")));
    works!(agents.list().page_size(2).collect());
    assert_eq!(works!(server.agent_by_name(project(), &name)).unwrap().id, agent.id);
    assert!(fails!(agents.ignition(&agent.id)).is_no_such_endpoint());
    let inbox = agents.inbox(&agent.id);
    let message = works!(inbox.send(NewInboxMessage::new("The tests are red").from_name("CI")));
    works!(inbox.mark_read(&message.id));
    works!(inbox.list().collect());
    works!(inbox.delete(&message.id));
    works!(agents.sessions(&agent.id).collect());

    let schedules = server.scheduled_sessions(project());
    let new = NewScheduledSession::new(&name, "0 3 * * *").timezone("Europe/Berlin");
    let schedule = works!(schedules.create(new.agent_id(&agent.id)));
    assert_eq!(schedule.enabled, Some(true), "a new schedule is enabled");
    works!(schedules.get(&schedule.id));
    works!(schedules.update(&schedule.id, ScheduledSessionPatch::new().schedule("@daily")));
    assert_eq!(works!(schedules.suspend(&schedule.id)).enabled, Some(false));
    assert_eq!(works!(schedules.resume(&schedule.id)).enabled, Some(true));
    assert_eq!(works!(schedules.trigger(&schedule.id)).status.as_deref(), Some("triggered"));
    assert!(works!(schedules.runs(&schedule.id).collect()).is_empty());
    works!(schedules.list().collect());
    works!(schedules.delete(&schedule.id));
    works!(agents.delete(&agent.id));
}
