//! Reads keys without a value, which YAML reads as null, as empty, and empty lists as empty maps. Rejects
//! other values of another shape.
//!
//! Only objects that become code are checked. Schemas have a rule of their own.

use serde_json::{Value, json};

use super::tree::{Object, reject};
use super::{Draft, Error};
use crate::grammar::{Child, Kind, walk_mut};
use crate::pointer;

const EMPTY_LIST: &str = "the empty list is read as an empty map";

pub(super) fn read_empty_lists_as_maps(draft: &mut Draft) -> Result<(), Error> {
    let mut notes = Vec::new();
    walk_mut(&mut draft.document, Kind::Document, &mut |value, kind, at| {
        if is_empty_list(value) {
            *value = json!({});
            notes.push((at.to_owned(), EMPTY_LIST.to_owned()));
        }
        for (key, value) in value.as_object_mut().into_iter().flatten() {
            let is_map = matches!(kind.child(key), Child::Map(_) | Child::ExtensibleMap(_));
            if is_map && is_empty_list(value) {
                *value = json!({});
                notes.push((pointer::join(at, key), EMPTY_LIST.to_owned()));
            }
        }
        Ok::<(), Error>(())
    })?;
    draft.note_all(notes);
    Ok(())
}

fn is_empty_list(value: &Value) -> bool {
    value.as_array().is_some_and(Vec::is_empty)
}

pub(super) fn read_null_as_empty(draft: &mut Draft) -> Result<(), Error> {
    let mut notes = Vec::new();
    walk_mut(&mut draft.document, Kind::Document, &mut |value, kind, at| {
        let read = name(kind).filter(|_| !value.is_object());
        if let Some(name) = read.filter(|_| value.is_null() && kind != Kind::Parameter) {
            *value = json!({});
            notes.push((at.to_owned(), format!("the {name} has no content")));
        } else if let Some(name) = read {
            return Err(reject(at, format!("the {name} is not a map"))
                .with_help("write it as a map, or remove it"));
        }
        match value.as_object_mut().filter(|_| kind != Kind::Schema) {
            Some(object) => check_members(object, kind, at, &mut notes),
            None => Ok(()),
        }
    })?;
    draft.note_all(notes);
    Ok(())
}

/// Removes members that are null, and rejects lists and maps of another shape.
fn check_members(
    object: &mut Object,
    kind: Kind,
    at: &str,
    notes: &mut Vec<(String, String)>,
) -> Result<(), Error> {
    let is_optional = |member| match member {
        Child::One(of) => matches!(of, Kind::Components | Kind::RequestBody),
        member => member != Child::Data,
    };
    let empty =
        object.iter().filter(|(key, value)| value.is_null() && is_optional(kind.child(key)));
    for key in empty.map(|(key, _)| key.clone()).collect::<Vec<_>>() {
        object.shift_remove(&key);
        let text = format!("`{key}` has no value; it is left out");
        notes.push((pointer::join(at, &key), text));
    }
    for (key, value) in object {
        let (form, fits) = match kind.child(key) {
            Child::List(_) => ("list", value.is_array()),
            Child::Map(of) | Child::ExtensibleMap(of) if name(of).is_some() => {
                ("map", value.is_object())
            }
            _ => continue,
        };
        if !fits {
            return Err(reject(pointer::join(at, key), format!("`{key}` is not a {form}"))
                .with_help(format!("write a {form}, or remove it")));
        }
    }
    Ok(())
}

/// Returns the name of an object that becomes code.
fn name(kind: Kind) -> Option<&'static str> {
    Some(match kind {
        Kind::PathItem => "path item",
        Kind::Operation => "operation",
        Kind::Parameter => "parameter",
        Kind::RequestBody => "request body",
        Kind::Response => "response",
        Kind::MediaType => "media type",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::super::testing::draft;
    use super::*;

    fn read(path_item: Value) -> Result<(Value, Vec<String>), Error> {
        let mut draft = draft(json!({"paths": {"/a": path_item}}));
        read_null_as_empty(&mut draft)?;
        let notes = draft.notes.into_iter().map(|note| note.pointer).collect();
        Ok((draft.document["paths"]["/a"].take(), notes))
    }

    #[test]
    fn an_empty_list_is_a_map_where_a_map_is_expected() {
        let mut draft = draft(json!({
            "paths": {"/a": {"get": {"parameters": [], "responses": {"200": {"content": []}}}}},
            "components": {"schemas": {"A": {"properties": [], "required": []}, "B": []}},
        }));
        read_empty_lists_as_maps(&mut draft).unwrap();
        let read = json!({
            "paths": {"/a": {"get": {"parameters": [], "responses": {"200": {"content": {}}}}}},
            "components": {"schemas": {"A": {"properties": {}, "required": []}, "B": {}}},
        });
        assert_eq!(draft.document, read);
        assert_eq!(draft.notes.len(), 3);
    }

    #[test]
    fn a_key_without_a_value_is_empty() {
        let cases = [
            (json!(null), json!({}), ""),
            (json!({"get": null}), json!({"get": {}}), "/get"),
            (json!({"parameters": null}), json!({}), "/parameters"),
            (json!({"get": {"responses": null}}), json!({"get": {}}), "/get/responses"),
            (json!({"get": {"requestBody": null}}), json!({"get": {}}), "/get/requestBody"),
            (
                json!({"get": {"responses": {"200": null}}}),
                json!({"get": {"responses": {"200": {}}}}),
                "/get/responses/200",
            ),
        ];
        for (before, after, place) in cases {
            let (item, notes) = read(before.clone()).unwrap();
            assert_eq!((item, notes), (after, vec![format!("/paths/~1a{place}")]), "{before}");
        }
        assert_eq!(read(json!({})).unwrap(), (json!({}), vec![]));
    }

    #[test]
    fn a_value_of_another_shape_is_rejected_with_its_place() {
        let response = |response: Value| json!({"get": {"responses": {"200": response}}});
        for (item, place) in [
            (json!("a"), "/paths/~1a:"),
            (json!({"get": []}), "/paths/~1a/get:"),
            (json!({"parameters": {"a": {}}}), "/paths/~1a/parameters:"),
            (json!({"parameters": [null]}), "/paths/~1a/parameters/0:"),
            (json!({"parameters": ["a"]}), "/paths/~1a/parameters/0:"),
            (response(json!("OK")), "/responses/200:"),
            (response(json!({"content": ["text/plain"]})), "/responses/200/content:"),
        ] {
            let error = read(item).unwrap_err().to_string();
            assert!(error.contains(place), "{place}: {error}");
        }
    }

    #[test]
    fn a_reference_is_not_a_path_item() {
        let item = json!({"post": {"callbacks": {"a": {"$ref": "#/components/callbacks/A"}}}});
        assert_eq!(read(item.clone()).unwrap(), (item, vec![]));
    }

    #[test]
    fn schemas_and_examples_are_not_touched() {
        let media = json!({"schema": {"properties": null}, "examples": {"a": null}});
        let item = json!({"get": {"responses": {"200": {"content": {"a/b": media}}}}});
        assert_eq!(read(item.clone()).unwrap(), (item, vec![]));
    }
}
