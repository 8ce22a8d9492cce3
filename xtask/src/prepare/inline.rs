//! Inlines shared responses and request bodies, and removes constructs that a client does not use.
//!
//! Later rules change the responses of single operations; a shared response would change for all.
//! Callbacks and links are for servers and readers, and the generator rejects a shared callback. For
//! OPTIONS and TRACE it generates calls that the HTTP client does not support. A web socket is not a
//! request. The client has one base URL, so it can't use the servers of a path or an operation.

use serde_json::Value;

use super::tree::{operations_mut, reject};
use super::{Draft, Error};
use crate::grammar::{is_method, reference};
use crate::pointer;

pub(super) fn inline_shared_objects(draft: &mut Draft) -> Result<(), Error> {
    let mut components = Value::default();
    for section in ["responses", "requestBodies"] {
        let shared = draft.document.get("components").and_then(|all| all.get(section));
        components[section] = shared.cloned().unwrap_or_default();
    }
    for (spot, operation) in operations_mut(&mut draft.document) {
        let responses = operation.get_mut("responses").and_then(Value::as_object_mut);
        for (status, response) in responses.into_iter().flatten() {
            put_in_place(response, &components, || spot.below(&format!("responses/{status}")))?;
        }
        if let Some(body) = operation.get_mut("requestBody") {
            put_in_place(body, &components, || spot.below("requestBody"))?;
        }
    }
    Ok(())
}

pub(super) fn drop_unused_constructs(draft: &mut Draft) -> Result<(), Error> {
    drop_uncallable_methods(draft);
    if let Some(components) = draft.document.get_mut("components").and_then(Value::as_object_mut) {
        components.shift_remove("callbacks");
        components.shift_remove("links");
    }
    drop_servers(draft);
    let mut notes = Vec::new();
    for (spot, operation) in operations_mut(&mut draft.document) {
        if operation.shift_remove("callbacks").is_some() {
            let text = "callbacks are left out: a client does not call them";
            notes.push((spot.below("callbacks"), text.to_owned()));
        }
        let responses = operation.get_mut("responses").and_then(Value::as_object_mut);
        let responses = responses.into_iter().flatten();
        for response in responses.filter_map(|(_, response)| response.as_object_mut()) {
            response.shift_remove("links");
        }
    }
    draft.note_all(notes);
    Ok(())
}

/// Removes the servers of paths and operations. The client has one base URL for all.
fn drop_servers(draft: &mut Draft) {
    let mut notes = Vec::new();
    let mut drop = |holder: &mut Value, at: String| {
        let removed = holder.as_object_mut().and_then(|holder| holder.shift_remove("servers"));
        if removed.is_some_and(|servers| servers.as_array().is_some_and(|all| !all.is_empty())) {
            let text = "these servers are left out: the client sends every request to its base URL";
            notes.push((pointer::join(&at, "servers"), text.to_owned()));
        }
    };
    let paths = draft.document.get_mut("paths").and_then(Value::as_object_mut);
    for (path, item) in paths.into_iter().flatten() {
        let at = pointer::join("/paths", path);
        for (method, operation) in item.as_object_mut().into_iter().flatten() {
            if is_method(method) {
                drop(operation, pointer::join(&at, method));
            }
        }
        drop(item, at);
    }
    draft.note_all(notes);
}

fn drop_uncallable_methods(draft: &mut Draft) {
    let mut dropped = Vec::new();
    let mut sockets = Vec::new();
    let paths = draft.document.get_mut("paths").and_then(Value::as_object_mut);
    for (path, item) in paths.into_iter().flatten() {
        let Some(item) = item.as_object_mut() else { continue };
        for method in ["options", "trace"] {
            if item.shift_remove(method).is_some() {
                dropped.push(pointer::join(&pointer::join("/paths", path), method));
            }
        }
        item.retain(|method, operation| {
            let dropped = is_method(method) && is_web_socket(operation);
            if dropped {
                sockets.push(pointer::join(&pointer::join("/paths", path), method));
            }
            !dropped
        });
    }
    for at in dropped {
        draft.note(at, "the operation is left out: the HTTP client has no such method");
    }
    for at in sockets {
        draft.note(
            at,
            "the operation is left out: it is a web socket, which the client does not support",
        );
    }
}

/// Returns whether switching protocols is the only success of an operation.
fn is_web_socket(operation: &Value) -> bool {
    let responses = operation.get("responses").and_then(Value::as_object);
    let has = |start: char| responses.is_some_and(|all| all.keys().any(|s| s.starts_with(start)));
    operation.get("x-dropshot-websocket").is_some()
        || (responses.is_some_and(|all| all.contains_key("101")) && !has('2'))
}

fn put_in_place(
    value: &mut Value,
    components: &Value,
    pointer: impl Fn() -> String,
) -> Result<(), Error> {
    for _ in 0..32 {
        let Some(to) = reference(value) else { return Ok(()) };
        let target = to.strip_prefix("#/components").and_then(|rest| components.pointer(rest));
        *value = target
            .cloned()
            .ok_or_else(|| reject(pointer(), format!("the reference `{to}` has no target")))?;
    }
    Err(reject(pointer(), "the reference is circular"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::testing::{draft, operation};
    use super::*;

    #[test]
    fn shared_responses_are_inlined() {
        let mut draft = draft(json!({
            "paths": {"/a": {"get": {"responses": {"404": {"$ref": "#/components/responses/Gone"}}}}},
            "components": {"responses": {"Gone": {"description": "gone"}}},
        }));
        inline_shared_objects(&mut draft).unwrap();
        assert_eq!(operation(&draft, "/a", "get")["responses"]["404"]["description"], "gone");
    }

    #[test]
    fn unsupported_methods_are_omitted_and_noted() {
        let mut draft = draft(json!({"paths": {"/a": {"options": {}, "get": {}, "trace": {}}}}));
        drop_unused_constructs(&mut draft).unwrap();
        assert_eq!(draft.document["paths"]["/a"], json!({"get": {}}));
        let places: Vec<&str> = draft.notes.iter().map(|note| note.pointer.as_str()).collect();
        assert_eq!(places, ["/paths/~1a/options", "/paths/~1a/trace"]);
    }

    #[test]
    fn web_sockets_without_other_successes_are_omitted_and_noted() {
        let get = |status: &[&str]| {
            let responses = status.iter().map(|status| ((*status).to_owned(), json!({})));
            json!({"get": {"responses": Value::Object(responses.collect())}})
        };
        let mut draft = draft(json!({"paths": {
            "/a": get(&["101", "400", "default"]), "/b": get(&["101", "200"]),
        }}));
        drop_unused_constructs(&mut draft).unwrap();
        assert_eq!(draft.document["paths"]["/a"], json!({}));
        assert!(draft.document["paths"]["/b"].get("get").is_some());
        assert_eq!(draft.notes[0].pointer, "/paths/~1a/get");
    }

    #[test]
    fn callbacks_and_links_are_dropped_everywhere() {
        let mut draft = draft(json!({
            "paths": {"/a": {"get": {
                "callbacks": {"done": {"$ref": "#/components/callbacks/Done"}},
                "responses": {"200": {"description": "OK", "links": {}}},
            }}},
            "components": {"callbacks": {}, "links": {}},
        }));
        drop_unused_constructs(&mut draft).unwrap();
        let expected = json!({"responses": {"200": {"description": "OK"}}});
        assert_eq!(*operation(&draft, "/a", "get"), expected);
        assert_eq!(draft.document["components"], json!({}));
        assert_eq!(draft.notes[0].pointer, "/paths/~1a/get/callbacks");
    }

    #[test]
    fn servers_of_paths_and_operations_are_dropped_and_noted() {
        let servers = json!([{"url": "https://other.test"}]);
        let get = json!({"servers": servers});
        let mut draft = draft(json!({
            "servers": servers, "paths": {"/a": {"servers": servers, "get": get}, "/b": {"servers": []}},
        }));
        drop_unused_constructs(&mut draft).unwrap();
        assert_eq!(draft.document["paths"], json!({"/a": {"get": {}}, "/b": {}}));
        assert_eq!(draft.document["servers"], servers);
        let places: Vec<&str> = draft.notes.iter().map(|note| note.pointer.as_str()).collect();
        assert_eq!(places, ["/paths/~1a/get/servers", "/paths/~1a/servers"]);
    }
}
