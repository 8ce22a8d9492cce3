//! Splits an operation that responds with JSON or with a stream into two.
//!
//! Given two media types on one status, the generator keeps JSON and silently drops the stream. It
//! rejects JSON on one status and a stream on another.

use serde_json::{Value, json};

use super::operation_ids::Taken;
use super::tree::{
    Object, Spot, content_mut, is_success, operations_mut, responses_mut, successes,
};
use super::{Draft, Error};
use crate::extension::{
    BY_HAND, STREAM_BY_HAND, STREAM_DESCRIPTION, STREAM_OPERATION_ID, STREAM_SUMMARY,
};
use crate::media_type::{is_json, is_stream};
use crate::pointer;

pub(super) fn split_json_from_streams(draft: &mut Draft) -> Result<(), Error> {
    let mut taken = Taken::of(&mut draft.document);
    let mut streams = Vec::new();
    for (spot, operation) in operations_mut(&mut draft.document) {
        if let Some(stream) = take_stream(operation) {
            streams.push((spot, stream));
        }
        for key in [STREAM_OPERATION_ID, STREAM_SUMMARY, STREAM_DESCRIPTION, STREAM_BY_HAND] {
            operation.shift_remove(key);
        }
    }
    for (spot, mut stream) in streams {
        name(&mut stream, &spot, &mut taken, draft);
        let key = format!("{}#stream", spot.path);
        let at = |path: &str| pointer::join("/paths", path);
        draft.origins.moved(at(&key), at(&spot.path));
        insert_beside(&mut draft.document, &spot, key, stream);
    }
    Ok(())
}

/// Returns the stream half of an operation, which keeps the other half.
fn take_stream(operation: &mut Object) -> Option<Object> {
    let offers = |kind: fn(&str) -> bool| {
        successes(operation).any(|(_, content)| content.keys().any(|name| kind(name)))
    };
    if !offers(is_stream) || !offers(is_json) {
        return None;
    }
    let mut stream = operation.clone();
    keep(operation, |name| !is_stream(name));
    keep(&mut stream, is_stream);
    Some(stream)
}

/// Keeps the selected media types, and removes a success whose body has none of them.
fn keep(operation: &mut Object, meant: impl Fn(&str) -> bool) {
    let Some(responses) = responses_mut(operation) else { return };
    responses.retain(|status, response| {
        let Some(content) = content_mut(response).filter(|_| is_success(status)) else {
            return true;
        };
        content.retain(|name, _| meant(name));
        !content.is_empty()
    });
}

/// Gives the stream its own name and description.
fn name(stream: &mut Object, spot: &Spot, taken: &mut Taken, draft: &mut Draft) {
    let id = stream.shift_remove(STREAM_OPERATION_ID).unwrap_or_else(|| {
        let id = taken.take(&derive(stream));
        draft.note(spot.pointer(), format!("its stream has no name; `{id}` was derived"));
        json!(id)
    });
    stream.insert("operationId".to_owned(), id);
    stream.shift_remove(BY_HAND);
    for (from, to) in [
        (STREAM_SUMMARY, "summary"),
        (STREAM_DESCRIPTION, "description"),
        (STREAM_BY_HAND, BY_HAND),
    ] {
        if let Some(own) = stream.shift_remove(from) {
            stream.insert(to.to_owned(), own);
        }
    }
}

/// Derives the id of a stream: `list_session_messages` becomes `stream_session_messages`.
fn derive(operation: &Object) -> String {
    let id = operation.get("operationId").and_then(Value::as_str).unwrap_or_default();
    let rest = ["list_", "get_", "watch_"].iter().find_map(|verb| id.strip_prefix(verb));
    format!("stream_{}", rest.unwrap_or(id))
}

/// Adds the stream under the same URL. A fragment makes the key unique, and is never sent.
fn insert_beside(document: &mut Value, spot: &Spot, key: String, stream: Object) {
    let Some(paths) = document.get_mut("paths").and_then(Value::as_object_mut) else { return };
    let mut item = paths.shift_remove(&key).filter(Value::is_object).unwrap_or_else(|| json!({}));
    item[spot.method.as_str()] = Value::Object(stream);
    if let Some(parameters) = paths.get(&spot.path).and_then(|item| item.get("parameters")) {
        item["parameters"] = parameters.clone();
    }
    let mut item = Some(item);
    for (path, other) in std::mem::take(paths) {
        let here = path == spot.path;
        paths.insert(path, other);
        if let Some(item) = item.take_if(|_| here) {
            paths.insert(key.clone(), item);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{draft, operation};
    use super::*;

    fn both(extra: Value) -> Draft {
        let mut get = json!({
            "operationId": "list_messages",
            "summary": "Lists.",
            "responses": {"200": {"description": "", "content": {
                "application/json": {"schema": {"type": "array", "items": {}}},
                "text/event-stream": {"schema": {"type": "string"}},
            }}},
        });
        get.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        draft(json!({"paths": {
            "/m/{id}": {"parameters": [{"name": "id"}], "get": get},
            "/z": {"get": {"operationId": "z"}},
        }}))
    }

    #[test]
    fn json_and_stream_become_two_operations_on_one_url() {
        let mut draft = both(json!({
            "x-stream-operation-id": "stream_messages",
            "x-stream-summary": "Streams.",
        }));
        split_json_from_streams(&mut draft).unwrap();
        let keys: Vec<&String> = draft.document["paths"].as_object().unwrap().keys().collect();
        assert_eq!(keys, ["/m/{id}", "/m/{id}#stream", "/z"]);
        let (json, stream) =
            (operation(&draft, "/m/{id}", "get"), operation(&draft, "/m/{id}#stream", "get"));
        assert_eq!(
            (&json["operationId"], &json["summary"]),
            (&json!("list_messages"), &json!("Lists."))
        );
        assert_eq!(json["responses"]["200"]["content"].as_object().unwrap().len(), 1);
        assert_eq!(stream["operationId"], "stream_messages");
        assert_eq!(stream["summary"], "Streams.");
        assert_eq!(draft.document["paths"]["/m/{id}#stream"]["parameters"][0]["name"], "id");
        assert!(draft.notes.is_empty());
    }

    #[test]
    fn a_stream_without_a_name_gets_one_and_is_noted() {
        let mut draft = both(json!({}));
        split_json_from_streams(&mut draft).unwrap();
        assert_eq!(operation(&draft, "/m/{id}#stream", "get")["operationId"], "stream_messages");
        assert!(draft.notes[0].text.contains("stream_messages"));
    }

    #[test]
    fn a_derived_name_is_unique() {
        let mut draft = both(json!({}));
        draft.document["paths"]["/z"]["get"]["operationId"] = json!("streamMessages");
        split_json_from_streams(&mut draft).unwrap();
        let stream = operation(&draft, "/m/{id}#stream", "get");
        assert_eq!(stream["operationId"], "stream_messages_2");
    }

    #[test]
    fn streams_are_recognized_in_all_forms() {
        for stream in ["text/event-stream; charset=utf-8", "application/x-ndjson"] {
            let mut draft = both(json!({"responses": {
                "200": {"content": {"application/json": {"schema": {}}}},
                "202": {"content": { stream: {"schema": {}} }},
                "204": {"description": "Nothing."},
            }}));
            split_json_from_streams(&mut draft).unwrap();
            let statuses = |path: &str| {
                let responses = operation(&draft, path, "get")["responses"].as_object().unwrap();
                responses.keys().cloned().collect::<Vec<_>>()
            };
            assert_eq!(statuses("/m/{id}"), ["200", "204"], "{stream}");
            assert_eq!(statuses("/m/{id}#stream"), ["202", "204"], "{stream}");
        }
    }
}
