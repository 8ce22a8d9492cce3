//! Completes documents that omit required members or give them another type.
//!
//! If there is one obvious meaning, it is assumed and noted.

use serde_json::{Value, json};

use super::tree::Object;
use super::{Draft, Error};
use crate::grammar::{Kind, walk_mut};
use crate::pointer;

pub(super) fn complete_omissions(draft: &mut Draft) -> Result<(), Error> {
    let mut notes = Vec::new();
    complete_version(&mut draft.document, &mut notes);
    complete_info(&mut draft.document, &mut notes);
    complete_sections(&mut draft.document, &mut notes);
    walk_mut(&mut draft.document, Kind::Document, &mut |value, kind, at| {
        match (kind, value.as_object_mut()) {
            (Kind::Response, Some(response)) => complete_response(response, at, &mut notes),
            (Kind::Operation, Some(operation)) => complete_operation(operation, at, &mut notes),
            (Kind::Parameter, Some(parameter)) => complete_parameter(parameter, at, &mut notes),
            _ => {}
        }
        Ok::<(), Error>(())
    })?;
    draft.note_all(notes);
    Ok(())
}

type Notes = Vec<(String, String)>;

/// Converts the version of OpenAPI, which is a number in YAML without quotes.
fn complete_version(document: &mut Value, notes: &mut Notes) {
    let Some(Value::Number(version)) = document.get("openapi") else { return };
    let version = version.to_string();
    notes.push(("/openapi".to_owned(), format!("`openapi` is read as the string `{version}`")));
    document["openapi"] = json!(version);
}

/// Converts a version such as `1.0`, which is a number in YAML without quotes.
fn complete_info(document: &mut Value, notes: &mut Notes) {
    let Some(root) = document.as_object_mut() else { return };
    let info = root.entry("info").or_insert_with(|| json!({}));
    if !info.is_object() {
        *info = json!({});
    }
    for (key, fallback) in [("title", "API"), ("version", "0")] {
        let text = match &info[key] {
            Value::String(_) => continue,
            Value::Number(number) => number.to_string(),
            _ => fallback.to_owned(),
        };
        notes.push((format!("/info/{key}"), format!("`{key}` is read as the string `{text}`")));
        info[key] = json!(text);
    }
    if info.get("description").is_some_and(|text| !text.is_string()) {
        info.as_object_mut().map(|info| info.shift_remove("description"));
    }
}

fn complete_response(response: &mut Object, at: &str, notes: &mut Notes) {
    if response.contains_key("$ref") || response.get("description").is_some_and(Value::is_string) {
        return;
    }
    response.insert("description".to_owned(), json!(""));
    notes.push((at.to_owned(), "the response has no description".to_owned()));
}

/// Converts ids and statuses that YAML reads as numbers, and statuses in lower case.
fn complete_operation(operation: &mut Object, at: &str, notes: &mut Notes) {
    match operation.get("operationId") {
        Some(Value::Number(id)) => {
            let id = id.to_string();
            operation.insert("operationId".to_owned(), json!(id));
        }
        Some(Value::String(_)) | None => {}
        Some(_) => {
            operation.shift_remove("operationId");
            let at = pointer::join(at, "operationId");
            notes.push((at, "the operationId is not a string; it is left out".to_owned()));
        }
    }
    complete_flag(operation, "deprecated", at, notes);
    let Some(responses) = operation.get_mut("responses").and_then(Value::as_object_mut) else {
        return;
    };
    for (status, response) in std::mem::take(responses) {
        let known = status.to_ascii_uppercase();
        if is_status(&known) {
            responses.insert(known, response);
        } else if known == "DEFAULT" || status.starts_with("x-") {
            responses.insert(status.to_ascii_lowercase(), response);
        } else {
            let text = format!("`{status}` is not a status; the response is left out");
            notes.push((pointer::join(&format!("{at}/responses"), &status), text));
        }
    }
}

fn is_status(text: &str) -> bool {
    let mut bytes = text.bytes();
    let first = bytes.next().is_some_and(|byte| (b'1'..=b'5').contains(&byte));
    let rest: Vec<u8> = bytes.collect();
    first && rest.len() == 2 && (rest == b"XX" || rest.iter().all(u8::is_ascii_digit))
}

/// Converts names that YAML reads as numbers, and marks path parameters as required, because a path
/// without one of its parameters is another path.
fn complete_parameter(parameter: &mut Object, at: &str, notes: &mut Notes) {
    if let Some(name) = parameter.get_mut("name").filter(|n| n.is_number() || n.is_boolean()) {
        *name = json!(name.to_string());
        notes.push((pointer::join(at, "name"), format!("the name is read as the string {name}")));
    }
    let in_path = parameter.get("in") == Some(&json!("path"));
    if in_path && parameter.get("required") != Some(&json!(true)) {
        parameter.insert("required".to_owned(), json!(true));
        let text = "`required` is set, because path parameters are always required";
        notes.push((at.to_owned(), text.to_owned()));
    }
    complete_flag(parameter, "required", at, notes);
    complete_flag(parameter, "deprecated", at, notes);
    for key in ["schema", "content"] {
        if parameter.get(key).is_some_and(|value| !value.is_object()) {
            parameter.shift_remove(key);
        }
    }
    let is_described = ["$ref", "schema", "content"].iter().any(|key| parameter.contains_key(*key));
    if !is_described {
        parameter.insert("schema".to_owned(), json!({"type": "string"}));
        notes.push((at.to_owned(), "the parameter has no schema; it is a string".to_owned()));
    }
}

/// Parses a flag that is written as a string, and removes any other value that is not a flag.
fn complete_flag(object: &mut Object, key: &str, at: &str, notes: &mut Notes) {
    let Some(value) = object.get(key).filter(|value| !value.is_boolean()) else { return };
    let done = match value.as_str().and_then(|text| text.parse::<bool>().ok()) {
        Some(flag) => {
            object.insert(key.to_owned(), json!(flag));
            "it is converted"
        }
        None => {
            object.shift_remove(key);
            "it is left out"
        }
    };
    notes.push((at.to_owned(), format!("`{key}` is neither true nor false; {done}")));
}

/// Completes empty paths, and removes invalid shared parameters.
fn complete_sections(document: &mut Value, notes: &mut Notes) {
    let Some(root) = document.as_object_mut() else { return };
    if root.get("paths").is_none_or(|paths| *paths == json!([])) {
        root.insert("paths".to_owned(), json!({}));
        if !root.contains_key("webhooks") {
            notes.push(("/paths".to_owned(), "the document has no paths".to_owned()));
        }
    }
    let parameters = root.get_mut("components").and_then(|all| all.get_mut("parameters"));
    let Some(parameters) = parameters.and_then(Value::as_object_mut) else { return };
    parameters.retain(|name, parameter| {
        let has = |key: &str| parameter.get(key).is_some_and(Value::is_string);
        let is_one = has("$ref") || (has("name") && has("in"));
        if !is_one {
            let at = pointer::join("/components/parameters", name);
            notes.push((at, "a parameter without `name` and `in` is left out".to_owned()));
        }
        is_one
    });
}

#[cfg(test)]
mod tests {
    use super::super::testing::draft;
    use super::*;

    fn completed(document: Value) -> (Value, Vec<String>) {
        let mut draft = draft(document);
        complete_omissions(&mut draft).unwrap();
        (draft.document, draft.notes.into_iter().map(|note| note.pointer).collect())
    }

    #[test]
    fn a_numeric_version_becomes_a_string() {
        let (document, notes) = completed(json!({
            "openapi": 3.1, "info": {"title": "T", "version": 1.0}, "paths": {},
        }));
        assert_eq!(document["openapi"], "3.1");
        assert_eq!(document["info"], json!({"title": "T", "version": "1.0"}));
        assert_eq!(notes, ["/openapi", "/info/version"]);
    }

    #[test]
    fn a_response_without_a_description_gets_an_empty_one() {
        let info = json!({"title": "T", "version": "1"});
        let responses = json!({"2xx": {}, "404": {"description": "Gone."}, "none": {}});
        let (document, notes) = completed(json!({
            "info": info, "paths": {"/a": {"get": {"responses": responses}}},
        }));
        let responses = json!({"2XX": {"description": ""}, "404": {"description": "Gone."}});
        assert_eq!(document["paths"]["/a"]["get"]["responses"], responses);
        let at = "/paths/~1a/get/responses";
        assert_eq!(notes, [format!("{at}/none"), format!("{at}/2XX")]);
    }

    #[test]
    fn path_parameters_become_required() {
        let info = json!({"title": "T", "version": "1"});
        let parameter = json!({"name": "id", "in": "path", "schema": {}});
        let (document, _) = completed(json!({
            "info": info, "paths": {"/a/{id}": {"parameters": [parameter]}},
        }));
        assert_eq!(document["paths"]["/a/{id}"]["parameters"][0]["required"], true);
    }

    #[test]
    fn missing_members_of_operations_are_completed() {
        let get = json!({"operationId": null, "deprecated": "true", "parameters": [
            {"name": "page", "in": "query", "required": "false"}, {"name": 1, "in": "query"},
        ]});
        let (document, notes) = completed(json!({
            "paths": {"/a": {"get": get}}, "components": {"parameters": {"None": {}}},
        }));
        let at = "/paths/~1a/get".to_owned();
        assert!(notes.contains(&at) && notes.contains(&format!("{at}/parameters/0")), "{notes:?}");
        let page =
            json!({"name": "page", "in": "query", "required": false, "schema": {"type": "string"}});
        let numbered = json!({"name": "1", "in": "query", "schema": {"type": "string"}});
        let get = json!({"deprecated": true, "parameters": [page, numbered]});
        assert_eq!(document["paths"]["/a"]["get"], get);
        assert_eq!(document["components"]["parameters"], json!({}));
        for document in [json!({"paths": []}), json!({})] {
            let (document, notes) = completed(document);
            assert_eq!(document["paths"], json!({}));
            assert!(notes.contains(&"/paths".to_owned()), "{notes:?}");
        }
    }
}
