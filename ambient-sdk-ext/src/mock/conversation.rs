//! The routes of a session's messages and events, whose refusals are plain text.

use std::sync::Arc;

use axum::body::Body;
use http::{Response, StatusCode};
use serde_json::Value;
use tokio::time::Instant;

use super::{
    call::Call,
    problem::{Problem, answer},
    sessions,
    state::{Shared, State},
    streams,
};

/// How much of a message's body the server reads, in bytes.
const MAX_MESSAGE: usize = 1024 * 1024;

/// Holds an answer back until the write that it is about has been committed.
#[derive(Clone, Copy, Debug)]
pub(super) struct NotBefore(pub(super) Instant);

pub(super) fn list(state: &State, call: &Call<'_>) -> Result<Response<Body>, Problem> {
    let id = session(state, call)?;
    let messages = state.messages.after(id, after_seq(call).unwrap_or_default());
    let messages = messages.iter().map(|message| serde_json::to_value(&**message));
    // A message is texts and a number, which always become JSON.
    let messages = messages.filter_map(Result::ok).collect();
    Ok(answer(StatusCode::OK, &Value::Array(messages)))
}

pub(super) fn push(state: &mut State, call: &Call<'_>) -> Result<Response<Body>, Problem> {
    let id = session(state, call)?;
    let (event_type, payload) = read_message(&call.body)?;
    let commit = call.commit_delay.unwrap_or_else(|| state.messages.commit_time());
    let seen_at = call.now.checked_add(commit).unwrap_or(call.now);
    let message = state.say_late(id, &event_type, &payload, call.now, seen_at);
    state.answer_user(id, &payload, seen_at);
    let message = serde_json::to_value(message).unwrap_or_default();
    let mut response = answer(StatusCode::CREATED, &message);
    response.extensions_mut().insert(NotBefore(seen_at));
    Ok(response)
}

/// The type and payload of a pushed message.
fn read_message(body: &[u8]) -> Result<(String, String), Problem> {
    let refuse = |text: &str| Problem::text(StatusCode::BAD_REQUEST, text);
    let invalid = || refuse("invalid JSON body");
    let read = &body[..body.len().min(MAX_MESSAGE)];
    let fields = match serde_json::from_slice(read).map_err(|_| invalid())? {
        Value::Object(fields) => fields,
        Value::Null => serde_json::Map::new(),
        _ => return Err(invalid()),
    };
    let (mut event_type, mut payload) = (String::new(), String::new());
    // Go's decoder takes keys in any case, skips unknown ones, and null leaves a field as it is.
    for (key, value) in fields {
        let field = match key.to_ascii_lowercase().as_str() {
            "event_type" => &mut event_type,
            "payload" => &mut payload,
            _ => continue,
        };
        match value {
            Value::String(text) => *field = text,
            Value::Null => {}
            _ => return Err(invalid()),
        }
    }
    match event_type.as_str() {
        "" | "user" => Ok(("user".into(), payload)),
        _ => Err(refuse("event_type must be \"user\" on this endpoint")),
    }
}

pub(super) fn follow(
    shared: &Arc<Shared>,
    state: &mut State,
    call: &Call<'_>,
) -> Result<Response<Body>, Problem> {
    let id = session(state, call)?;
    let last = call.header("last-event-id").and_then(|last| last.parse().ok());
    let after = last.or_else(|| after_seq(call)).unwrap_or_default();
    let (history, live) = state.messages.follow(id, after);
    Ok(streams::open(shared, history, live))
}

/// The events of the session's runner, which is there while a script runs the session.
pub(super) fn watch(
    shared: &Arc<Shared>,
    state: &mut State,
    call: &Call<'_>,
) -> Result<Response<Body>, Problem> {
    let id = session(state, call)?;
    if !state.has_runner(id) {
        let record = state.store.get(sessions::KIND, id);
        let placed = record.and_then(|session| session.text("kube_namespace")).is_some();
        let text =
            if placed { "runner not reachable" } else { "session has no associated runner pod" };
        return Err(Problem::text(StatusCode::BAD_GATEWAY, text));
    }
    let live = state.messages.watch(id);
    Ok(streams::open(shared, Vec::new(), live))
}

fn session<'a>(state: &State, call: &'a Call<'_>) -> Result<&'a str, Problem> {
    let id = call.target();
    match state.store.get(sessions::KIND, id) {
        Some(_) => Ok(id),
        None => Err(Problem::text(StatusCode::NOT_FOUND, "session not found")),
    }
}

/// The number that the query names, if it is one; anything else counts as missing.
fn after_seq(call: &Call<'_>) -> Option<i64> {
    call.query("after_seq")?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(body: &str) -> Option<(String, String)> {
        read_message(body.as_bytes()).ok()
    }

    #[test]
    fn what_the_decoder_takes_is_a_users_message() {
        let user = |payload: &str| Some(("user".to_owned(), payload.to_owned()));
        assert_eq!(read("null"), user(""));
        assert_eq!(read("{}"), user(""));
        assert_eq!(read(r#"{"event_type":"","payload":"e","other":[1]}"#), user("e"));
        assert_eq!(read(r#"{"Payload":"caps","EVENT_TYPE":"user"}"#), user("caps"));
        assert_eq!(read(r#"{"payload":null}"#), user(""));
    }

    #[test]
    fn anything_else_is_refused() {
        for body in ["", "{", "[]", "\"x\"", "{} {}", r#"{"payload":{}}"#, r#"{"event_type":5}"#] {
            assert_eq!(read(body), None, "{body}");
        }
        let long = format!("{{\"payload\":\"{}\"}}", "x".repeat(MAX_MESSAGE));
        assert_eq!(read(&long), None);
        let padded = format!("{{}}{}", " ".repeat(MAX_MESSAGE));
        assert!(read(&padded).is_some());
        let other = read_message(br#"{"event_type":"assistant"}"#).unwrap_err();
        let text = "event_type must be \"user\" on this endpoint";
        assert_eq!(other, Problem::text(StatusCode::BAD_REQUEST, text));
    }
}
