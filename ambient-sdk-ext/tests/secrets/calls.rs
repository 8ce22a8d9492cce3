//! Calls of all raw builders.

use serde::de::DeserializeOwned;

/// Defines a function that calls the operation with this id, and panics if the table lacks it. Each
/// row has the name of an operation, the parameters of its path, and the type of its body.
macro_rules! calls {
    ($module:ident: $($operation:ident($($parameter:ident),*) $($body:ident)?;)*) => {
        pub(crate) async fn $module(
            raw: &ambient_sdk::$module::Client,
            operation: &str,
            body: Option<&str>,
        ) -> Result<(), ambient_sdk::Error> {
            #[allow(unused_imports)] // Not every document has bodies.
            use ambient_sdk::$module::types;
            match operation {
                $(stringify!($operation) => {
                    let call = raw.$operation()$(.$parameter("x1"))*;
                    $(let call = call.body(read::<types::$body>(body));)?
                    Box::pin(call.send()).await.map(drop)
                })*
                other => panic!("the table of calls lacks {other}"),
            }
        }
    };
}

fn read<T: DeserializeOwned>(body: Option<&str>) -> T {
    serde_json::from_str(body.unwrap()).unwrap()
}

calls! { public_api:
    list_sessions();
    create_session() CreateSessionRequest;
    get_session(id);
    delete_session(id);
    get_health();
    get_ready();
}

calls! { api_server:
    list_sessions();
    create_session() SessionCreateRequest;
    get_session(id);
    delete_session(id);
    update_session(id) SessionPatchRequest;
    update_session_status(id) SessionStatusPatchRequest;
    start_session(id);
    stop_session(id);
    list_projects();
    create_project() ProjectCreateRequest;
    get_project(id);
    delete_project(id);
    update_project(id) ProjectPatchRequest;
    list_project_settings();
    create_project_settings() ProjectSettingsCreateRequest;
    get_project_settings(id);
    delete_project_settings(id);
    update_project_settings(id) ProjectSettingsPatchRequest;
    list_users();
    create_user() UserCreateRequest;
    get_user(id);
    update_user(id) UserPatchRequest;
    list_roles();
    create_role() RoleCreateRequest;
    get_role(id);
    delete_role(id);
    update_role(id) RolePatchRequest;
    list_role_bindings();
    create_role_binding() RoleBindingCreateRequest;
    get_role_binding(id);
    delete_role_binding(id);
    update_role_binding(id) RoleBindingPatchRequest;
    list_session_messages(id);
    push_session_message(id) SessionMessagePushRequest;
    stream_session_messages(id);
    list_project_agents(id);
    create_project_agent(id) AgentCreateRequest;
    get_project_agent(id, agent_id);
    delete_project_agent(id, agent_id);
    update_project_agent(id, agent_id) AgentPatchRequest;
    start_project_agent(id, agent_id) StartRequest;
    get_project_agent_ignition(id, agent_id);
    list_project_agent_sessions(id, agent_id);
    get_project_home(id);
    list_inbox_messages(id, agent_id);
    send_inbox_message(id, agent_id) InboxMessageCreateRequest;
    delete_inbox_message(id, agent_id, msg_id);
    mark_inbox_message_read(id, agent_id, msg_id) InboxMessagePatchRequest;
    list_credentials();
    create_credential() CredentialCreateRequest;
    get_credential(cred_id);
    delete_credential(cred_id);
    update_credential(cred_id) CredentialPatchRequest;
    get_credential_token(cred_id);
    list_project_credentials(id);
    create_project_credential(id) CredentialCreateRequest;
    get_project_credential(id, cred_id);
    delete_project_credential(id, cred_id);
    update_project_credential(id, cred_id) CredentialPatchRequest;
    get_project_credential_token(id, cred_id);
    list_scheduled_sessions(id);
    create_scheduled_session(id) ScheduledSessionCreateRequest;
    get_scheduled_session(id, ss_id);
    delete_scheduled_session(id, ss_id);
    update_scheduled_session(id, ss_id) ScheduledSessionPatchRequest;
    suspend_scheduled_session(id, ss_id);
    resume_scheduled_session(id, ss_id);
    trigger_scheduled_session(id, ss_id);
    list_scheduled_session_runs(id, ss_id);
    list_applications();
    create_application() ApplicationCreateRequest;
    get_application(id);
    delete_application(id);
    update_application(id) ApplicationPatchRequest;
    stream_session_events(id);
    get_version();
}
