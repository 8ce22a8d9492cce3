//! An operation that answers with JSON or with a stream becomes two, and what does not answer with
//! JSON says what to accept.
//!
//! From two media types on one status the generator keeps JSON and drops the stream in silence; for a
//! stream alone it sends no `Accept`, and a server that looks for the exact header answers with JSON.

use serde_json::{Value, json};

use super::media_types::is_json;
use super::tree::{Object, Spot, operations_mut};
use super::{Draft, Error};

const STREAM: &str = "text/event-stream";

pub(super) fn split_json_from_streams(draft: &mut Draft) -> Result<(), Error> {
    let mut streams = Vec::new();
    for (spot, operation) in operations_mut(&mut draft.document) {
        if let Some(stream) = take_stream(operation) {
            streams.push((spot, stream));
        }
        for key in ["x-stream-operation-id", "x-stream-summary", "x-stream-description"] {
            operation.shift_remove(key);
        }
    }
    for (spot, (stream, derived)) in streams {
        if let Some(id) = derived {
            draft.note(spot.pointer(), format!("its stream has no name; `{id}` was derived"));
        }
        insert_beside(&mut draft.document, &spot, stream);
    }
    for (_, operation) in operations_mut(&mut draft.document) {
        say_what_to_accept(operation);
    }
    Ok(())
}

/// The stream half of an operation, which keeps the other half; with its name, when that was derived.
fn take_stream(operation: &mut Object) -> Option<(Object, Option<String>)> {
    let offers_both = successes(operation).any(|(_, content)| {
        content.contains_key(STREAM) && content.keys().any(|name| is_json(name))
    });
    if !offers_both {
        return None;
    }
    let mut stream = operation.clone();
    for (_, content) in successes_mut(operation) {
        content.shift_remove(STREAM);
    }
    for (_, content) in successes_mut(&mut stream) {
        content.retain(|name, _| name == STREAM);
    }
    let given = stream.get("x-stream-operation-id").cloned();
    let derived = given.is_none().then(|| derive(&stream));
    stream.insert("operationId".to_owned(), given.unwrap_or_else(|| json!(derived)));
    for (from, to) in [("x-stream-summary", "summary"), ("x-stream-description", "description")] {
        if let Some(prose) = stream.shift_remove(from) {
            stream.insert(to.to_owned(), prose);
        }
    }
    stream.shift_remove("x-stream-operation-id");
    Some((stream, derived))
}

/// `list_session_messages` streams as `stream_session_messages`.
fn derive(operation: &Object) -> String {
    let id = operation.get("operationId").and_then(Value::as_str).unwrap_or_default();
    let rest = ["list_", "get_", "watch_"].iter().find_map(|verb| id.strip_prefix(verb));
    format!("stream_{}", rest.unwrap_or(id))
}

/// Puts the stream under the same URL: a fragment is never sent, and makes the key another one.
fn insert_beside(document: &mut Value, spot: &Spot, stream: Object) {
    let Some(paths) = document.get_mut("paths").and_then(Value::as_object_mut) else { return };
    let key = format!("{}#stream", spot.path);
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

fn say_what_to_accept(operation: &mut Object) {
    let accept = successes(operation).find_map(|(_, content)| {
        let json = content.keys().find(|name| is_json(name));
        match json {
            Some(name) if *name == "application/json" || *name == "*/*" => None,
            Some(name) => Some(name.clone()),
            None => content.keys().next().cloned(),
        }
    });
    if let Some(accept) = accept {
        operation.entry("x-accept").or_insert_with(|| json!(accept));
    }
}

fn successes(operation: &Object) -> impl Iterator<Item = (&String, &Object)> {
    let responses = operation.get("responses").and_then(Value::as_object).into_iter().flatten();
    responses
        .filter(|(status, _)| status.starts_with('2'))
        .filter_map(|(status, response)| Some((status, response.get("content")?.as_object()?)))
}

fn successes_mut(operation: &mut Object) -> impl Iterator<Item = (&String, &mut Object)> {
    let responses = operation.get_mut("responses").and_then(Value::as_object_mut);
    let found = responses.into_iter().flatten().filter(|(status, _)| status.starts_with('2'));
    found.filter_map(|(status, response)| {
        Some((status, response.get_mut("content")?.as_object_mut()?))
    })
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
        assert!(json.get("x-accept").is_none());
        assert_eq!(stream["operationId"], "stream_messages");
        assert_eq!(stream["summary"], "Streams.");
        assert_eq!(stream["x-accept"], "text/event-stream");
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
    fn what_answers_without_json_says_what_to_accept() {
        let mut draft = draft(json!({"paths": {"/e": {"get": {
            "operationId": "e", "responses": {"200": {"content": {"text/csv": {}}}},
        }}}}));
        split_json_from_streams(&mut draft).unwrap();
        assert_eq!(operation(&draft, "/e", "get")["x-accept"], "text/csv");
    }
}
