//! The routes of a session's messages and events. Their errors are plain text.

use std::sync::Arc;

use axum::body::Body;
use http::{Response, StatusCode};
use serde_json::Value;
use tokio::time::Instant;

use super::{
    call::Call,
    decode::{self, Form},
    problem::{Problem, answer},
    schema::ObjectSchema,
    sessions,
    state::{Shared, State},
    streams,
};

/// The number of bytes that the server reads of a message's body.
const MAX_MESSAGE: usize = 1024 * 1024;

/// A response extension with the time before which the response must not be sent, because the write
/// is not committed.
#[derive(Clone, Copy, Debug)]
pub(super) struct NotBefore(pub(super) Instant);

pub(super) fn list(state: &State, call: &Call<'_>) -> Result<Response<Body>, Problem> {
    let id = session(state, call)?;
    let messages = state.messages.after(id, after_seq(call).unwrap_or_default());
    let messages = messages.iter().map(|message| serde_json::to_value(&**message));
    // A message contains strings and a number, which always serialize.
    let messages = messages.filter_map(Result::ok).collect();
    Ok(answer(StatusCode::OK, &Value::Array(messages)))
}

pub(super) fn push(state: &mut State, call: &Call<'_>) -> Result<Response<Body>, Problem> {
    let id = session(state, call)?;
    let schema = call.route.request.as_ref().ok_or(Problem::NotImplemented)?;
    let (event_type, payload) = read_message(schema, &call.body)?;
    let commit = call.commit_delay.unwrap_or_else(|| state.messages.commit_time());
    let seen_at = call.now.checked_add(commit).unwrap_or(call.now);
    let message = state.add_message_visible_at(id, &event_type, &payload, call.now, seen_at);
    state.answer_user(id, &payload, seen_at);
    let message = serde_json::to_value(message).unwrap_or_default();
    let mut response = answer(StatusCode::CREATED, &message);
    response.extensions_mut().insert(NotBefore(seen_at));
    Ok(response)
}

/// Decodes the type and payload of a pushed message.
fn read_message(schema: &ObjectSchema, body: &[u8]) -> Result<(String, String), Problem> {
    let reject = |text: &str| Problem::text(StatusCode::BAD_REQUEST, text);
    let read = &body[..body.len().min(MAX_MESSAGE)];
    let form = Form { name: schema.name.clone(), strict: false };
    let decoded = decode::decode(schema, &form, read);
    let fields = decoded.map_err(|_| reject("invalid JSON body"))?.fields;
    let text = |key: &str| fields.get(key).and_then(Value::as_str).unwrap_or_default();
    match text("event_type") {
        "" | "user" => Ok(("user".into(), text("payload").to_owned())),
        _ => Err(reject("event_type must be \"user\" on this endpoint")),
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

/// Streams the events of the session's runner, which exists while a script runs the session.
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

/// Returns the `after_seq` parameter of the query. An invalid number is treated as missing.
fn after_seq(call: &Call<'_>) -> Option<i64> {
    call.query("after_seq")?.parse().ok()
}

#[cfg(test)]
mod tests {
    use http::Method;

    use super::*;
    use crate::mock::table::{Lookup, Table};

    fn read(body: &str) -> Result<(String, String), Problem> {
        let path = "/api/ambient/v1/sessions/x/messages";
        let Lookup::Found(found) = Table::bundled().unwrap().find(&Method::POST, path, "") else {
            panic!("messages can't be pushed");
        };
        read_message(found.route.request.as_ref().unwrap(), body.as_bytes())
    }

    #[test]
    fn a_lenient_body_becomes_a_user_message() {
        for (body, payload) in [
            ("null", ""),
            ("{}", ""),
            (r#"{"event_type":"","payload":"e","other":[1]}"#, "e"),
            (r#"{"Payload":"caps","EVENT_TYPE":"user"}"#, "caps"),
            (r#"{"payload":null}"#, ""),
            (r#"{"payload":"\ud800x"}"#, "\u{fffd}x"),
            (r#"{"payload":"\\\ud83d\ude00\udc00"}"#, "\\😀\u{fffd}"),
        ] {
            assert_eq!(read(body), Ok(("user".to_owned(), payload.to_owned())), "{body}");
        }
        let padded = format!("{{}}{}", " ".repeat(MAX_MESSAGE));
        assert!(read(&padded).is_ok());
    }

    #[test]
    fn other_bodies_are_rejected() {
        let refused = |text: &str| Err(Problem::text(StatusCode::BAD_REQUEST, text));
        for body in ["", "{", "[]", "\"x\"", "{} {}", r#"{"payload":{}}"#, r#"{"event_type":5}"#] {
            assert_eq!(read(body), refused("invalid JSON body"), "{body}");
        }
        let long = format!("{{\"payload\":\"{}\"}}", "x".repeat(MAX_MESSAGE));
        assert_eq!(read(&long), refused("invalid JSON body"));
        let other = read(r#"{"event_type":"assistant"}"#);
        assert_eq!(other, refused("event_type must be \"user\" on this endpoint"));
    }
}
