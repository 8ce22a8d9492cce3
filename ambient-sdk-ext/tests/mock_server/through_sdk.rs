//! Every operation of the API server through the SDK: what the server answers is valid by the
//! document, and the generated types read it.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex},
};

use ambient_sdk::{
    BoxError, BoxFuture, Operation, Transport,
    api_server::{DOCUMENT, OPERATIONS, types},
};
use ambient_sdk_ext::mock::{LocalTransport, MockServer};
use reqwest::{Request, Response};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::conformance::{self, check, document};

/// Carries requests to the server, and checks each answer on its way back.
struct Checking {
    server: LocalTransport,
    document: Value,
    operations: Vec<conformance::Operation>,
    called: Arc<Mutex<BTreeSet<&'static str>>>,
}

impl Transport for Checking {
    fn send(
        &self,
        request: Request,
        operation: &'static Operation,
    ) -> BoxFuture<'_, Result<Response, BoxError>> {
        Box::pin(async move {
            let response = self.server.send(request, operation).await?;
            self.called.lock().unwrap().insert(operation.id());
            let status = response.status();
            let content = response.headers().get("content-type");
            let content = content.map_or("", |value| value.to_str().unwrap()).to_owned();
            if content == "text/event-stream" {
                assert!(operation.is_stream());
                return Ok(response);
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

fn body<T: DeserializeOwned>(json: Value) -> T {
    serde_json::from_value(json).unwrap()
}

/// Calls an operation of a raw client by its id; gives what it answers.
macro_rules! call {
    ($api:expr, $operation:ident $(, $parameter:ident = $value:expr)*) => {
        $api.$operation()$(.$parameter($value))*.send().await.unwrap().into_inner()
    };
}

/// Creates, lists, reads, changes and deletes records of a kind that is under nothing.
macro_rules! round {
    (
        $api:expr, $list:ident, $create:ident: $new:ident = $fields:expr,
        $get:ident, $update:ident: $change:ident = $changes:expr $(, $delete:ident)?
    ) => {{
        let created = call!($api, $create, body = body::<types::$new>($fields));
        let page = call!($api, $list, order_by = "created_at asc");
        assert!(page.items.iter().any(|item| item.id == created.id));
        assert_eq!(call!($api, $get, id = &created.id).id, created.id);
        call!($api, $update, id = &created.id, body = body::<types::$change>($changes));
        $(call!($api, $delete, id = &created.id);)?
    }};
}

#[tokio::test(start_paused = true)]
async fn every_operation_is_read_by_the_sdk() {
    let server = MockServer::start().await.unwrap();
    let document = document(DOCUMENT);
    let called = Arc::new(Mutex::new(BTreeSet::new()));
    let transport = Checking {
        server: server.transport(),
        operations: conformance::operations(&document),
        document,
        called: called.clone(),
    };
    let client = server.client_builder().transport(Arc::new(transport)).build().unwrap();
    let api = client.api_server().raw();

    call!(api, get_version);
    plain_records(&api).await;
    sessions(&api).await;
    agents(&api).await;
    schedules(&api).await;
    credentials(&api).await;

    let all: BTreeSet<_> = OPERATIONS.iter().map(Operation::id).collect();
    assert_eq!(*called.lock().unwrap(), all);
}

type Api = ambient_sdk::api_server::Client;

async fn plain_records(api: &Api) {
    round!(
        api, list_projects, create_project: ProjectCreateRequest = json!({"name": "other"}),
        get_project, update_project: ProjectPatchRequest = json!({"description": "d"}),
        delete_project
    );
    round!(
        api, list_project_settings,
        create_project_settings: ProjectSettingsCreateRequest = json!({"project_id": "demo"}),
        get_project_settings,
        update_project_settings: ProjectSettingsPatchRequest = json!({"group_access": "[]"}),
        delete_project_settings
    );
    round!(
        api, list_users, create_user: UserCreateRequest = json!({"name": "U", "username": "u"}),
        get_user, update_user: UserPatchRequest = json!({"email": "u@example.org"})
    );
    round!(
        api, list_roles, create_role: RoleCreateRequest = json!({"name": "viewer"}),
        get_role, update_role: RolePatchRequest = json!({"permissions": "[]"}), delete_role
    );
    round!(
        api, list_role_bindings,
        create_role_binding: RoleBindingCreateRequest = json!({"role_id": "r", "scope": "global"}),
        get_role_binding, update_role_binding: RoleBindingPatchRequest = json!({"user_id": "u"}),
        delete_role_binding
    );
    round!(
        api, list_applications,
        create_application: ApplicationCreateRequest = json!({
            "name": "a", "source_repo_url": "https://example.org/a", "source_path": "/",
            "destination_project": "demo",
        }),
        get_application, update_application: ApplicationPatchRequest = json!({"auto_sync": true}),
        delete_application
    );
}

async fn sessions(api: &Api) {
    round!(
        api, list_sessions, create_session: SessionCreateRequest = json!({"name": "s"}),
        get_session, update_session: SessionPatchRequest = json!({"prompt": "p"}), delete_session
    );
    let new = body::<types::SessionCreateRequest>(json!({"name": "s", "prompt": "p"}));
    let id = call!(api, create_session, body = new).id;
    call!(api, start_session, id = &id);
    call!(api, stream_session_events, id = &id);
    call!(api, stream_session_messages, id = &id);
    let said = body::<types::SessionMessagePushRequest>(json!({"payload": "hello"}));
    call!(api, push_session_message, id = &id, body = said);
    assert_eq!(call!(api, list_session_messages, id = &id).len(), 2);
    call!(api, stop_session, id = &id);
    let change = body::<types::SessionStatusPatchRequest>(json!({"phase": "Failed"}));
    call!(api, update_session_status, id = &id, body = change);
}

async fn agents(api: &Api) {
    let new = body::<types::AgentCreateRequest>(json!({"name": "a", "project_id": "demo"}));
    let agent = call!(api, create_project_agent, id = "demo", body = new).id;
    assert_eq!(call!(api, list_project_agents, id = "demo").total, 1);
    let change = body::<types::AgentPatchRequest>(json!({"prompt": "You look."}));
    call!(api, update_project_agent, id = "demo", agent_id = &agent, body = change);
    call!(api, get_project_agent, id = "demo", agent_id = &agent);
    let wish = body::<types::StartRequest>(json!({"prompt": "Look there."}));
    let started = call!(api, start_project_agent, id = "demo", agent_id = &agent, body = wish);
    assert_eq!(started.starting_prompt.as_deref(), Some("You look.\n\nLook there."));
    assert_eq!(call!(api, list_project_agent_sessions, id = "demo", agent_id = &agent).total, 1);
    inbox(api, &agent).await;
    let ignition = api.get_project_agent_ignition().id("demo").agent_id(&agent).send().await;
    assert_eq!(ignition.unwrap_err().status().unwrap(), 404);
    let home = api.get_project_home().id("demo").send().await;
    assert_eq!(home.unwrap_err().status().unwrap(), 501);
    call!(api, delete_project_agent, id = "demo", agent_id = &agent);
}

async fn inbox(api: &Api, agent: &str) {
    let new = json!({"agent_id": agent, "body": "hello"});
    let new = body::<types::InboxMessageCreateRequest>(new);
    let id = call!(api, send_inbox_message, id = "demo", agent_id = agent, body = new).id;
    assert_eq!(call!(api, list_inbox_messages, id = "demo", agent_id = agent).total, 1);
    let read = body::<types::InboxMessagePatchRequest>(json!({"read": true}));
    let own = api.mark_inbox_message_read().id("demo").agent_id(agent).msg_id(&id);
    assert_eq!(own.body(read).send().await.unwrap().read, Some(true));
    call!(api, delete_inbox_message, id = "demo", agent_id = agent, msg_id = &id);
}

async fn schedules(api: &Api) {
    let new = json!({"name": "nightly", "project_id": "demo", "schedule": "0 2 * * *"});
    let new = body::<types::ScheduledSessionCreateRequest>(new);
    let id = call!(api, create_scheduled_session, id = "demo", body = new).id;
    assert_eq!(call!(api, list_scheduled_sessions, id = "demo").total, 1);
    call!(api, get_scheduled_session, id = "demo", ss_id = &id);
    let change = body::<types::ScheduledSessionPatchRequest>(json!({"timezone": "UTC"}));
    call!(api, update_scheduled_session, id = "demo", ss_id = &id, body = change);
    call!(api, suspend_scheduled_session, id = "demo", ss_id = &id);
    call!(api, resume_scheduled_session, id = "demo", ss_id = &id);
    call!(api, trigger_scheduled_session, id = "demo", ss_id = &id);
    assert_eq!(call!(api, list_scheduled_session_runs, id = "demo", ss_id = &id).total, 1);
    call!(api, delete_scheduled_session, id = "demo", ss_id = &id);
}

async fn credentials(api: &Api) {
    let new = json!({"name": "gh", "provider": "github", "token": "ghp_secret"});
    let new = body::<types::CredentialCreateRequest>(new);
    let change = body::<types::CredentialPatchRequest>(json!({"url": "https://example.org"}));

    let id = call!(api, create_credential, body = new.clone()).id;
    assert_eq!(call!(api, list_credentials).total, 1);
    call!(api, get_credential, cred_id = &id);
    call!(api, update_credential, cred_id = &id, body = change.clone());
    assert_eq!(call!(api, get_credential_token, cred_id = &id).token.expose(), "ghp_secret");
    call!(api, delete_credential, cred_id = &id);

    let id = call!(api, create_project_credential, id = "demo", body = new).id;
    assert_eq!(call!(api, list_project_credentials, id = "demo").total, 1);
    call!(api, get_project_credential, id = "demo", cred_id = &id);
    call!(api, update_project_credential, id = "demo", cred_id = &id, body = change);
    let token = call!(api, get_project_credential_token, id = "demo", cred_id = &id).token;
    assert_eq!(token.expose(), "ghp_secret");
    call!(api, delete_project_credential, id = "demo", cred_id = &id);
}
