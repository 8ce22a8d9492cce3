//! The traits that every model of this crate implements. The models of the documents are checked in
//! `ambient-sdk`.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a panic fails the test")]

use std::{fmt::Debug, hash::Hash};

use ambient_sdk_ext::{
    CreateSessionRequest, CreatedSession, Repo,
    api_server::{
        AgentEvent, Delivery, Message, NewCredential, Outcome, Reply, StartedAgent, conversation,
        events::SessionEvent,
        fields::{Condition, SessionRepo},
        list::Page,
        messages::Undecodable,
        types::Session,
        version::{Agreement, VersionCheck},
    },
};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::json;

#[cfg(feature = "schemars")]
use schemars::JsonSchema as MaybeSchema;
#[cfg(not(feature = "schemars"))]
trait MaybeSchema {}
#[cfg(not(feature = "schemars"))]
impl<T> MaybeSchema for T {}

fn is_model<T: Clone + Debug + PartialEq + Serialize + DeserializeOwned + MaybeSchema>() {}

fn is_key<T: Clone + Debug + Eq + Hash>() {}

macro_rules! all {
    ($check:ident: $($model:ty),* $(,)?) => { $($check::<$model>();)* };
}

#[test]
fn models_implement_the_common_traits() {
    all!(is_model: CreateSessionRequest, CreatedSession, Repo, Message, Undecodable, SessionEvent);
    all!(is_model: AgentEvent, Delivery, StartedAgent, Reply, Outcome, Condition, SessionRepo);
    all!(is_model: Agreement, VersionCheck, Page<Session>);
    all!(is_key: CreateSessionRequest, CreatedSession, Repo, Message, Undecodable, Delivery, Reply);
    all!(is_key: conversation::Outcome, Condition, SessionRepo, Agreement, Page<Message>);
}

#[test]
fn a_request_serializes_to_its_body_and_back() {
    let request = CreateSessionRequest::new("Write the tests")
        .repo(Repo::new("https://github.com/ambient-code/platform").branch("main"));
    let json = json!({
        "task": "Write the tests",
        "repos": [{ "url": "https://github.com/ambient-code/platform", "branch": "main" }],
    });
    assert_eq!(serde_json::to_value(&request).unwrap(), json);
    assert_eq!(serde_json::from_value::<CreateSessionRequest>(json).unwrap(), request);
}

#[test]
fn a_message_serializes_without_loss() {
    let json = json!({
        "seq": 7, "event_type": "novel", "payload": "text", "session_id": "s",
        "created_at": "2026-01-01T00:00:00Z",
    });
    let message: Message = serde_json::from_value(json.clone()).unwrap();
    assert_eq!((message.seq, message.event_type.as_str()), (7, "novel"));
    assert_eq!(serde_json::to_value(&message).unwrap(), json);
}

#[test]
fn a_serialized_request_redacts_its_secrets() {
    let new = NewCredential::new("robot", "github").token("ghp_0123456789");
    let shown = serde_json::to_value(&new).unwrap();
    assert_eq!((&shown["name"], &shown["token"]), (&json!("robot"), &json!("[redacted]")));
    assert!(new.to_json().unwrap().contains("ghp_0123456789"));
}
