//! Converts records to messages of the gRPC interface.

use ambient_sdk::grpc;
use serde_json::Value;

use crate::mock::{messages::Message, store::Record};

pub(super) fn session(record: &Record) -> grpc::Session {
    let text = |field: &str| record.text(field).map(str::to_owned);
    let number = |field: &str| {
        let value = record.fields.get(field).and_then(Value::as_i64);
        value.and_then(|value| i32::try_from(value).ok())
    };
    let at = |field: &str| record.text(field).and_then(time);
    grpc::Session {
        metadata: Some(grpc::ObjectReference {
            id: record.id.clone(),
            created_at: at("created_at"),
            updated_at: at("updated_at"),
            kind: text("kind").unwrap_or_default(),
            href: text("href").unwrap_or_default(),
        }),
        name: text("name").unwrap_or_default(),
        repo_url: text("repo_url"),
        prompt: text("prompt"),
        created_by_user_id: text("created_by_user_id"),
        assigned_user_id: text("assigned_user_id"),
        workflow_id: text("workflow_id"),
        repos: text("repos"),
        timeout: number("timeout"),
        llm_model: text("llm_model"),
        llm_temperature: record.fields.get("llm_temperature").and_then(Value::as_f64),
        llm_max_tokens: number("llm_max_tokens"),
        parent_session_id: text("parent_session_id"),
        bot_account_name: text("bot_account_name"),
        resource_overrides: text("resource_overrides"),
        environment_variables: text("environment_variables"),
        labels: text("labels"),
        annotations: text("annotations"),
        project_id: text("project_id"),
        phase: text("phase"),
        start_time: at("start_time"),
        completion_time: at("completion_time"),
        sdk_session_id: text("sdk_session_id"),
        sdk_restart_count: number("sdk_restart_count"),
        conditions: text("conditions"),
        reconciled_repos: text("reconciled_repos"),
        reconciled_workflow: text("reconciled_workflow"),
        kube_cr_name: text("kube_cr_name"),
        kube_cr_uid: text("kube_cr_uid"),
        kube_namespace: text("kube_namespace"),
        agent_id: text("agent_id"),
    }
}

pub(super) fn message(message: &Message) -> grpc::SessionMessage {
    grpc::SessionMessage {
        id: message.id.clone(),
        session_id: message.session_id.clone(),
        seq: message.seq,
        event_type: message.event_type.clone(),
        payload: message.payload.clone(),
        created_at: time(&message.created_at),
    }
}

/// Parses a time. Returns `None` if the text is invalid.
fn time(text: &str) -> Option<prost_types::Timestamp> {
    let time: jiff::Timestamp = text.parse().ok()?;
    let (seconds, nanos) = (time.as_second(), time.subsec_nanosecond());
    Some(match nanos {
        0.. => prost_types::Timestamp { seconds, nanos },
        // For times before 1970 jiff's fraction is negative, but that of a `Timestamp` never is.
        _ => prost_types::Timestamp { seconds: seconds - 1, nanos: nanos + 1_000_000_000 },
    })
}
