//! Every operation of the API server by its pleasant method: the README names that method, nothing
//! else is called by it, and what the server answers is valid by the document and read by the SDK.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex},
};

use ambient_sdk::{
    BoxError, BoxFuture, Operation, Transport,
    api_server::{DOCUMENT, OPERATIONS, types::SessionPhase},
};
use ambient_sdk_ext::{
    api_server::{
        AgentPatch, ApiServer, ApplicationPatch, CredentialPatch, NewAgent, NewApplication,
        NewCredential, NewInboxMessage, NewProject, NewProjectSettings, NewRole, NewRoleBinding,
        NewScheduledSession, NewSession, NewUser, ProjectPatch, ProjectSettingsPatch,
        RoleBindingPatch, RolePatch, ScheduledSessionPatch, SessionPatch, SessionStatusPatch,
        UserPatch,
    },
    mock::{LocalTransport, MockServer, SessionScript},
};
use bytes::Bytes;
use futures_util::{StreamExt, TryStreamExt};
use reqwest::{Body, Request, Response};
use serde_json::{Value, json};

use crate::conformance::{self, check, document, errors};

/// What was seen of the calls since it was looked at last.
#[derive(Default)]
struct Seen {
    called: Vec<&'static str>,
    /// How many frames of message streams were checked.
    messages: usize,
}

/// Carries requests to the server, and checks each answer on its way back.
struct Checking {
    server: LocalTransport,
    document: Arc<Value>,
    operations: Vec<conformance::Operation>,
    seen: Arc<Mutex<Seen>>,
}

impl Transport for Checking {
    fn send(
        &self,
        request: Request,
        operation: &'static Operation,
    ) -> BoxFuture<'_, Result<ambient_sdk::Response, BoxError>> {
        Box::pin(async move {
            let response = Response::from(self.server.send(request, operation).await?);
            self.seen.lock().unwrap().called.push(operation.id());
            let status = response.status();
            let content = response.headers().get("content-type");
            let content = content.map_or("", |value| value.to_str().unwrap()).to_owned();
            if content == "text/event-stream" {
                assert!(operation.is_stream());
                return Ok(self.checked_stream(response, operation.id()).into());
            }
            let headers = response.headers().clone();
            let body = response.text().await?;
            let declared = self.operations.iter().find(|known| known.id == operation.id());
            check(&self.document, declared.unwrap(), status.as_u16(), &content, &body);
            let mut response = http::Response::new(body);
            *response.status_mut() = status;
            *response.headers_mut() = headers;
            Ok(response.into())
        })
    }
}

impl Checking {
    /// The same response, with every frame checked as it passes.
    fn checked_stream(&self, response: Response, operation: &'static str) -> Response {
        let (document, seen) = (self.document.clone(), self.seen.clone());
        let (parts, body) = http::Response::<Body>::from(response).into_parts();
        let frames = Response::from(http::Response::new(body)).bytes_stream();
        let frames = frames.inspect_ok(move |frame| match operation {
            "stream_session_messages" => {
                check_message(&document, frame);
                seen.lock().unwrap().messages += 1;
            }
            _ => check_event(frame),
        });
        http::Response::from_parts(parts, Body::wrap_stream(frames)).into()
    }
}

/// A frame is the message's number and the message, and nothing else.
fn check_message(document: &Value, frame: &Bytes) {
    let frame = std::str::from_utf8(frame).unwrap();
    let (id, data) = frame.strip_prefix("id: ").unwrap().split_once("\ndata: ").unwrap();
    let data = data.strip_suffix("\n\n").unwrap();
    let schema = json!({"$ref": "#/components/schemas/SessionMessage"});
    let errors = errors(document, &schema, data);
    assert!(errors.is_empty(), "{data}: {errors:?}");
    let message: Value = serde_json::from_str(data).unwrap();
    assert_eq!(message["seq"].to_string(), id);
}

/// A frame is an AG-UI event, of which the document says no more than that.
fn check_event(frame: &Bytes) {
    let frame = std::str::from_utf8(frame).unwrap();
    let data = frame.strip_prefix("data: ").unwrap().strip_suffix("\n\n").unwrap();
    let event: Value = serde_json::from_str(data).unwrap();
    assert!(event["type"].is_string(), "{event}");
}

/// The calls so far.
struct Calls {
    seen: Arc<Mutex<Seen>>,
    readme: BTreeMap<String, Row>,
    done: BTreeSet<&'static str>,
}

impl Calls {
    /// Notes that `call` was made: it called `operation` and nothing else, as the README says.
    fn made(&mut self, operation: &'static str, call: &str) {
        let called = self.called_first(operation, call);
        assert_eq!(called, [operation], "{call}");
    }

    /// Notes that `call` was made, which called `operation` first; what it called.
    fn called_first(&mut self, operation: &'static str, call: &str) -> Vec<&'static str> {
        let called = std::mem::take(&mut self.seen.lock().unwrap().called);
        assert_eq!(called.first(), Some(&operation), "{call}");
        let row = &self.readme[operation];
        let call = outline(call);
        assert!(call.starts_with(&row.pleasant), "README: {} for {call}", row.pleasant);
        self.done.insert(operation);
        called
    }
}

/// A row of the README's table.
struct Row {
    operation: String,
    pleasant: String,
}

/// The README's table by the raw methods.
fn readme() -> BTreeMap<String, Row> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../README.md");
    let text = std::fs::read_to_string(path).unwrap();
    let rows = text.lines().filter_map(|line| {
        let cells: Vec<_> = line.strip_prefix("| `")?.split("` | `").collect();
        let [operation, raw, pleasant] = cells[..] else { return None };
        let pleasant = outline(pleasant.strip_suffix("` |")?);
        let is_call = pleasant.starts_with("server.");
        is_call.then(|| (raw.to_owned(), Row { operation: operation.to_owned(), pleasant }))
    });
    rows.collect()
}

/// `server.agents().get()` of `server.agents("demo").get(&id)`.
fn outline(call: &str) -> String {
    let mut depth = 0;
    let mut outline = String::new();
    for c in call.chars().filter(|c| !c.is_whitespace()) {
        depth -= usize::from(c == ')');
        if depth == 0 {
            outline.push(c);
        }
        depth += usize::from(c == '(');
    }
    outline
}

#[test]
fn the_readme_names_every_operation() {
    let rows = readme();
    let named: BTreeMap<_, _> =
        rows.iter().map(|(raw, row)| (raw.as_str(), &row.operation)).collect();
    for operation in OPERATIONS {
        let path = operation.path();
        let path = path.strip_prefix("/api/ambient/v1").unwrap_or(path);
        let row = format!("{} {path}", operation.method());
        assert_eq!(named.get(operation.id()), Some(&&row), "{}", operation.id());
    }
    assert_eq!(named.len(), OPERATIONS.len());
}

/// Makes the pleasant call of an operation; gives what it answers.
macro_rules! call {
    ($calls:ident, $operation:ident, $call:expr) => {{
        let answer = $call.await;
        $calls.made(stringify!($operation), stringify!($call));
        answer
    }};
}

/// Creates, lists, reads and changes a record; gives its id.
macro_rules! round {
    (
        $calls:ident, $handle:expr, $list:ident, $create:ident: $new:expr, $get:ident,
        $update:ident: $patch:expr
    ) => {{
        let id = call!($calls, $create, $handle.create($new)).unwrap().id;
        let listed = call!($calls, $list, $handle.list().collect()).unwrap();
        assert!(listed.iter().any(|item| item.id == id));
        assert_eq!(call!($calls, $get, $handle.get(&id)).unwrap().id, id);
        call!($calls, $update, $handle.update(&id, $patch)).unwrap();
        id
    }};
}

#[tokio::test(start_paused = true)]
async fn every_operation_has_its_pleasant_method() {
    let mock = MockServer::builder()
        .admin()
        .session_script(SessionScript::running())
        .start()
        .await
        .unwrap();
    let document = Arc::new(document(DOCUMENT));
    let seen = Arc::new(Mutex::new(Seen::default()));
    let transport = Checking {
        server: mock.transport(),
        operations: conformance::operations(&document),
        document,
        seen: seen.clone(),
    };
    let client = mock.client_builder().transport(Arc::new(transport)).build().unwrap();
    let server = client.api_server();
    let mut calls = Calls { seen: seen.clone(), readme: readme(), done: BTreeSet::new() };

    call!(calls, get_version, server.version()).unwrap();
    projects(&server, &mut calls).await;
    access(&server, &mut calls).await;
    sessions(&server, &mut calls).await;
    agents(&server, &mut calls).await;
    schedules(&server, &mut calls).await;
    credentials(&server, &mut calls).await;

    assert_eq!(calls.done, OPERATIONS.iter().map(Operation::id).collect());
    assert!(seen.lock().unwrap().messages >= 5);
}

async fn projects(server: &ApiServer, calls: &mut Calls) {
    let id = round!(
        calls, server.projects(), list_projects, create_project: NewProject::new("other"),
        get_project, update_project: ProjectPatch::new().description("d")
    );
    let home = call!(calls, get_project_home, server.projects().home(&id)).unwrap_err();
    assert_eq!(home.status().unwrap(), 501);
    call!(calls, delete_project, server.projects().delete(&id)).unwrap();

    let new = NewProjectSettings::new("demo").group_access(json!({}));
    let id = round!(
        calls, server.project_settings(), list_project_settings, create_project_settings: new,
        get_project_settings, update_project_settings: ProjectSettingsPatch::new().repositories("r")
    );
    call!(calls, delete_project_settings, server.project_settings().delete(&id)).unwrap();

    let new = NewApplication::new("a", "https://github.com/a/b", "/", "demo");
    let id = round!(
        calls, server.applications(), list_applications, create_application: new,
        get_application, update_application: ApplicationPatch::new().auto_sync(true)
    );
    call!(calls, delete_application, server.applications().delete(&id)).unwrap();
}

async fn access(server: &ApiServer, calls: &mut Calls) {
    round!(
        calls, server.users(), list_users, create_user: NewUser::new("u", "U"),
        get_user, update_user: UserPatch::new().email("u@example.org")
    );
    let role = round!(
        calls, server.roles(), list_roles, create_role: NewRole::new("viewer"),
        get_role, update_role: RolePatch::new().permissions(json!([]))
    );
    let roles = server.roles().list().collect().await.unwrap();
    let viewer = roles.iter().find(|role| role.name == "project:viewer").unwrap();
    calls.seen.lock().unwrap().called.clear();
    let id = round!(
        calls, server.role_bindings(), list_role_bindings,
        create_role_binding: NewRoleBinding::new(&viewer.id, "global"),
        get_role_binding, update_role_binding: RoleBindingPatch::new().user_id("u")
    );
    call!(calls, delete_role_binding, server.role_bindings().delete(&id)).unwrap();
    call!(calls, delete_role, server.roles().delete(&role)).unwrap();
}

async fn sessions(server: &ApiServer, calls: &mut Calls) {
    let id = round!(
        calls, server.sessions(), list_sessions, create_session: NewSession::new("s").prompt("Look around"),
        get_session, update_session: SessionPatch::new().name("look")
    );
    call!(calls, start_session, server.sessions().start(&id)).unwrap();
    let events = call!(
        calls,
        stream_session_events,
        server.events(&id).stream().take(4).try_collect::<Vec<_>>()
    );
    assert_eq!(events.unwrap().len(), 4);
    let history = call!(
        calls,
        stream_session_messages,
        server.messages(&id).follow().messages().take(5).try_collect::<Vec<_>>()
    );
    assert_eq!(history.unwrap()[0].payload, "Look around");
    let said = call!(calls, push_session_message, server.messages(&id).push("hello")).unwrap();
    let listed = call!(calls, list_session_messages, server.messages(&id).list()).unwrap();
    assert!(listed.contains(&said));
    call!(calls, stop_session, server.sessions().stop(&id)).unwrap();
    let status = SessionStatusPatch::new().phase(SessionPhase::Failed);
    call!(calls, update_session_status, server.sessions().update_status(&id, status)).unwrap();
    call!(calls, delete_session, server.sessions().delete(&id)).unwrap();
}

async fn agents(server: &ApiServer, calls: &mut Calls) {
    let id = round!(
        calls, server.agents("demo"), list_project_agents, create_project_agent: NewAgent::new("a"),
        get_project_agent, update_project_agent: AgentPatch::new().prompt("You look.")
    );
    let started = server.agents("demo").start_with(&id, "Look there.").await.unwrap();
    let call = "server.agents(project).start_with(id, prompt)";
    let called = calls.called_first("start_project_agent", call);
    assert_eq!(called.last(), Some(&"get_session"), "the session is read after the start");
    assert!(started.prompt.unwrap().contains("You look."));
    let sessions =
        call!(calls, list_project_agent_sessions, server.agents("demo").sessions(&id).collect());
    assert_eq!(sessions.unwrap()[0].id, started.session.id);
    let ignition =
        call!(calls, get_project_agent_ignition, server.agents("demo").ignition(&id)).unwrap_err();
    assert!(ignition.is_no_such_endpoint());
    inbox(server, calls, &id).await;
    call!(calls, delete_project_agent, server.agents("demo").delete(&id)).unwrap();
}

async fn inbox(server: &ApiServer, calls: &mut Calls, agent: &str) {
    let new = NewInboxMessage::new("hello");
    let id = call!(calls, send_inbox_message, server.inbox("demo", agent).send(new)).unwrap().id;
    let all = call!(calls, list_inbox_messages, server.inbox("demo", agent).list().collect());
    assert_eq!(all.unwrap().len(), 1);
    let read = call!(calls, mark_inbox_message_read, server.inbox("demo", agent).mark_read(&id));
    assert_eq!(read.unwrap().read, Some(true));
    call!(calls, delete_inbox_message, server.inbox("demo", agent).delete(&id)).unwrap();
}

async fn schedules(server: &ApiServer, calls: &mut Calls) {
    let id = round!(
        calls, server.scheduled_sessions("demo"), list_scheduled_sessions,
        create_scheduled_session: NewScheduledSession::new("nightly", "0 2 * * *"),
        get_scheduled_session, update_scheduled_session: ScheduledSessionPatch::new().timezone("UTC")
    );
    call!(calls, suspend_scheduled_session, server.scheduled_sessions("demo").suspend(&id))
        .unwrap();
    call!(calls, resume_scheduled_session, server.scheduled_sessions("demo").resume(&id)).unwrap();
    call!(calls, trigger_scheduled_session, server.scheduled_sessions("demo").trigger(&id))
        .unwrap();
    let runs = call!(
        calls,
        list_scheduled_session_runs,
        server.scheduled_sessions("demo").runs(&id).collect()
    );
    assert!(runs.unwrap().is_empty(), "no schedule makes runs");
    call!(calls, delete_scheduled_session, server.scheduled_sessions("demo").delete(&id)).unwrap();
}

async fn credentials(server: &ApiServer, calls: &mut Calls) {
    let new = NewCredential::new("gh", "github").token("ghp_secret");
    let patch = CredentialPatch::new().url("https://github.com");
    let id = round!(
        calls, server.credentials(), list_credentials, create_credential: new.clone(),
        get_credential, update_credential: patch.clone()
    );
    let token = call!(calls, get_credential_token, server.credentials().token(&id)).unwrap();
    assert_eq!(token.token.expose(), "ghp_secret");
    call!(calls, delete_credential, server.credentials().delete(&id)).unwrap();

    let id = round!(
        calls, server.project_credentials("demo"), list_project_credentials,
        create_project_credential: new, get_project_credential, update_project_credential: patch
    );
    let token =
        call!(calls, get_project_credential_token, server.project_credentials("demo").token(&id));
    assert_eq!(token.unwrap().token.expose(), "ghp_secret");
    call!(calls, delete_project_credential, server.project_credentials("demo").delete(&id))
        .unwrap();
}
