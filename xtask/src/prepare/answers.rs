//! Keeps one kind of body for the successes of an operation, which the request asks for in `Accept`.
//!
//! The generator rejects JSON on one status and another media type on another status, and silently uses
//! the first of several media types. It sends no `Accept` header, and a server that requires the exact
//! header then chooses the type of its response.

use serde_json::json;

use super::tree::{
    Object, Spot, content_mut, is_success, operations_mut, responses_mut, successes,
};
use super::{Draft, Error};
use crate::extension::{ACCEPT, STREAM};
use crate::media_type::{JSON, best_to_read, is_json, is_stream};

pub(super) fn request_one_kind_of_body(draft: &mut Draft) -> Result<(), Error> {
    let mut notes = Vec::new();
    for (spot, operation) in operations_mut(&mut draft.document) {
        let json =
            successes(operation).any(|(_, content)| content.keys().any(|name| is_json(name)));
        keep_one_kind(operation, json, &spot, &mut notes);
        let accept = accept(operation);
        if accept.iter().any(|name| is_stream(name)) {
            operation.insert(STREAM.to_owned(), json!(true));
        }
        if !accept.is_empty() && accept != [JSON] && accept != ["*/*"] {
            operation.entry(ACCEPT).or_insert_with(|| json!(accept.join(", ")));
        }
    }
    draft.note_all(notes);
    Ok(())
}

/// Keeps one media type in each success that has a body: JSON in all of them or in none.
fn keep_one_kind(
    operation: &mut Object,
    json: bool,
    spot: &Spot,
    notes: &mut Vec<(String, String)>,
) {
    let Some(responses) = responses_mut(operation) else { return };
    responses.retain(|status, response| {
        let Some(content) = content_mut(response).filter(|_| is_success(status)) else {
            return true;
        };
        let best = best_to_read(content.keys().map(String::as_str), json).map(str::to_owned);
        for other in content.keys().filter(|name| best.as_ref() != Some(name)) {
            let text = match &best {
                Some(best) => format!("success {status} is requested as `{best}`, not `{other}`"),
                None => {
                    format!("success {status} is `{other}` while others are JSON; it is unexpected")
                }
            };
            notes.push((spot.below("responses"), text));
        }
        content.retain(|name, _| best.as_ref() == Some(name));
        best.is_some()
    });
}

/// Returns the media types of the successes, without duplicates.
fn accept(operation: &Object) -> Vec<String> {
    let mut accept = Vec::new();
    for name in successes(operation).flat_map(|(_, content)| content.keys()) {
        let name = without_charset(name);
        if !accept.contains(&name) {
            accept.push(name);
        }
    }
    accept
}

/// Removes the charset, which describes the encoding of a response and is not part of the request.
fn without_charset(name: &str) -> String {
    let parts = name.split(';').map(str::trim);
    let kept = parts.filter(|part| !part.to_ascii_lowercase().starts_with("charset="));
    kept.collect::<Vec<_>>().join("; ")
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::super::testing::{draft, operation};
    use super::*;

    fn apply(responses: Value) -> (Value, Vec<String>) {
        let mut draft = draft(json!({"paths": {"/a": {"get": {"responses": responses}}}}));
        request_one_kind_of_body(&mut draft).unwrap();
        let notes = draft.notes.iter().map(|note| note.text.clone()).collect();
        (operation(&draft, "/a", "get").clone(), notes)
    }

    #[test]
    fn json_is_preferred_to_other_bodies_of_other_statuses() {
        let (get, notes) = apply(json!({
            "200": {"content": {"application/json": {"schema": {}}}},
            "202": {"content": {"text/plain": {}}},
            "204": {"description": "no body"},
            "404": {"content": {"text/plain": {}}},
        }));
        let statuses: Vec<&String> = get["responses"].as_object().unwrap().keys().collect();
        assert_eq!(statuses, ["200", "204", "404"]);
        assert!(get.get(ACCEPT).is_none());
        assert_eq!(notes.len(), 1);
        assert!(notes[0].contains("202") && notes[0].contains("`text/plain`"), "{notes:?}");
    }

    #[test]
    fn an_ignored_media_type_is_noted() {
        let (get, notes) = apply(json!({"200": {"content": {
            "text/html": {}, "application/vnd.a+json; v=1": {"schema": {}},
        }}}));
        let content = get["responses"]["200"]["content"].as_object().unwrap();
        assert_eq!(content.keys().collect::<Vec<_>>(), ["application/vnd.a+json; v=1"]);
        assert_eq!(get[ACCEPT], "application/vnd.a+json; v=1");
        assert!(notes[0].contains("not `text/html`"), "{notes:?}");
    }

    #[test]
    fn other_media_types_are_requested_without_charset() {
        let (get, notes) = apply(json!({
            "200": {"content": {"text/csv; charset=utf-8": {}}},
            "202": {"content": {"text/plain": {}}},
        }));
        assert_eq!(get[ACCEPT], "text/csv, text/plain");
        assert!(notes.is_empty());
        let json = apply(json!({"200": {"content": {"application/json; charset=utf-8": {}}}})).0;
        assert!(json.get(ACCEPT).is_none());
    }

    #[test]
    fn an_operation_that_returns_a_stream_is_marked() {
        let stream = |media: &str| {
            let get = apply(json!({"200": {"content": { media: {} }}})).0;
            get.get(STREAM).cloned()
        };
        for media in ["text/event-stream", "application/x-ndjson; charset=utf-8"] {
            assert_eq!(stream(media), Some(json!(true)), "{media}");
        }
        assert_eq!((stream("text/csv"), stream("application/json")), (None, None));
    }
}
