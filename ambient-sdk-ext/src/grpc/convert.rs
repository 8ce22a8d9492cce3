//! Conversion of gRPC messages to the types of the HTTP interface.

use std::time::{Duration, UNIX_EPOCH};

use ambient_sdk::{JsonText, Timestamp, api_server::types, grpc};

use crate::api_server::{Message, messages::event_type};

/// Converts a session. The result equals that of a read over HTTP.
pub(crate) fn session(session: grpc::Session) -> types::Session {
    let metadata = session.metadata.unwrap_or_default();
    let json = |text: Option<String>| text.map(JsonText::from);
    types::Session {
        id: metadata.id,
        kind: text(metadata.kind),
        href: text(metadata.href),
        created_at: metadata.created_at.map(time),
        updated_at: metadata.updated_at.map(time),
        name: session.name,
        repo_url: session.repo_url,
        prompt: session.prompt,
        created_by_user_id: session.created_by_user_id,
        assigned_user_id: session.assigned_user_id,
        workflow_id: session.workflow_id,
        repos: json(session.repos),
        timeout: session.timeout.map(i64::from),
        llm_model: session.llm_model,
        llm_temperature: session.llm_temperature,
        llm_max_tokens: session.llm_max_tokens.map(i64::from),
        parent_session_id: session.parent_session_id,
        bot_account_name: session.bot_account_name,
        resource_overrides: json(session.resource_overrides),
        environment_variables: json(session.environment_variables),
        labels: json(session.labels),
        annotations: json(session.annotations),
        project_id: session.project_id,
        phase: session.phase.map(Into::into),
        start_time: session.start_time.map(time),
        completion_time: session.completion_time.map(time),
        sdk_session_id: session.sdk_session_id,
        sdk_restart_count: session.sdk_restart_count.map(i64::from),
        conditions: json(session.conditions),
        reconciled_repos: json(session.reconciled_repos),
        reconciled_workflow: session.reconciled_workflow,
        kube_cr_name: session.kube_cr_name,
        kube_cr_uid: session.kube_cr_uid,
        kube_namespace: session.kube_namespace,
        agent_id: session.agent_id,
    }
}

/// Converts a message of a session; `None` if it has no `seq`, which starts at 1.
pub(crate) fn message(message: grpc::SessionMessage) -> Option<Message> {
    (message.seq > 0).then(|| Message {
        seq: message.seq,
        event_type: event_type(&message.event_type),
        payload: message.payload,
        id: message.id,
        session_id: message.session_id,
        created_at: message.created_at.map(time),
    })
}

fn text(text: String) -> Option<String> {
    (!text.is_empty()).then_some(text)
}

fn time(time: prost_types::Timestamp) -> Timestamp {
    let seconds = Duration::from_secs(time.seconds.unsigned_abs());
    let whole = match time.seconds {
        0.. => UNIX_EPOCH.checked_add(seconds),
        _ => UNIX_EPOCH.checked_sub(seconds),
    };
    let nanos = Duration::from_nanos(u64::try_from(time.nanos).unwrap_or_default());
    whole.and_then(|whole| whole.checked_add(nanos)).map(Timestamp::from).unwrap_or_default()
}
