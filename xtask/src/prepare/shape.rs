//! Completes documents that omit required members or give them another type.
//!
//! If there is one obvious meaning, it is assumed and noted. The meaning of a keyword of another type is
//! unknown: it is dropped if it only describes or checks values, and rejected if it defines a type.

use serde_json::{Map, Value, json};

use super::openapi_3_1::rewrite_types;
use super::tree::{Object, reject};
use super::{Draft, Error};
use crate::grammar::{Kind, walk_mut};
use crate::pointer;

pub(super) fn complete_omissions(draft: &mut Draft) -> Result<(), Error> {
    let mut notes = Vec::new();
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
    complete_flag(operation, "deprecated");
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

/// Marks path parameters as required, because a path without one of its parameters is another path.
fn complete_parameter(parameter: &mut Object, at: &str, notes: &mut Notes) {
    let in_path = parameter.get("in") == Some(&json!("path"));
    if in_path && parameter.get("required") != Some(&json!(true)) {
        parameter.insert("required".to_owned(), json!(true));
        let text = "`required` is set, because path parameters are always required";
        notes.push((at.to_owned(), text.to_owned()));
    }
    complete_flag(parameter, "required");
    complete_flag(parameter, "deprecated");
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

/// Parses a flag that is written as a string.
fn complete_flag(object: &mut Object, key: &str) {
    match object.get(key) {
        Some(Value::Bool(_)) | None => {}
        Some(value) => match value.as_str().and_then(|text| text.parse::<bool>().ok()) {
            Some(flag) => drop(object.insert(key.to_owned(), json!(flag))),
            None => drop(object.shift_remove(key)),
        },
    }
}

/// Completes empty paths, and removes invalid shared parameters.
fn complete_sections(document: &mut Value, notes: &mut Notes) {
    let Some(root) = document.as_object_mut() else { return };
    if root.get("paths").is_some_and(|paths| paths.is_null() || *paths == json!([])) {
        root.insert("paths".to_owned(), json!({}));
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

/// The required form of a keyword's value.
#[derive(Clone, Copy, PartialEq)]
enum Form {
    Text,
    Flag,
    Number,
    Count,
    List,
    Texts,
    Map,
    Schemas,
    Schema,
}

/// Keywords that describe or check values; they do not affect the type.
const CHECKS: [(&str, Form); 21] = [
    ("title", Form::Text),
    ("description", Form::Text),
    ("format", Form::Text),
    ("pattern", Form::Text),
    ("nullable", Form::Flag),
    ("readOnly", Form::Flag),
    ("writeOnly", Form::Flag),
    ("deprecated", Form::Flag),
    ("uniqueItems", Form::Flag),
    ("minimum", Form::Number),
    ("maximum", Form::Number),
    ("multipleOf", Form::Number),
    ("minLength", Form::Count),
    ("maxLength", Form::Count),
    ("minItems", Form::Count),
    ("maxItems", Form::Count),
    ("minProperties", Form::Count),
    ("maxProperties", Form::Count),
    ("enum", Form::List),
    ("required", Form::Texts),
    ("externalDocs", Form::Map),
];
/// Keywords that define a type.
const STRUCTURE: [(&str, Form); 7] = [
    ("properties", Form::Map),
    ("items", Form::Schema),
    ("additionalProperties", Form::Schema),
    ("not", Form::Schema),
    ("allOf", Form::Schemas),
    ("anyOf", Form::Schemas),
    ("oneOf", Form::Schemas),
];
/// The types of OpenAPI 3.0.
const TYPES: [&str; 6] = ["array", "boolean", "integer", "number", "object", "string"];

pub(super) fn drop_keywords_of_another_type(draft: &mut Draft) -> Result<(), Error> {
    let mut notes = Vec::new();
    walk_mut(&mut draft.document, Kind::Document, &mut |value, kind, at| {
        if kind != Kind::Schema || (value.is_boolean() && at.ends_with("/additionalProperties")) {
            return Ok(());
        }
        let Some(schema) = value.as_object_mut() else {
            return Err(reject(at, "the schema is not a map")
                .with_help("write a schema, for example {type: string}"));
        };
        if !schema.contains_key("$ref") {
            if rewrite_types(schema) {
                let text = "`type` has the form of OpenAPI 3.1; it is converted";
                notes.push((at.to_owned(), text.to_owned()));
            }
            drop_checks(schema, at, &mut notes);
            drop_bare_exclusions(schema);
            complete_formats(schema, at, &mut notes);
            reject_structure(schema, at)?;
            reject_unknown_type(schema, at)?;
        }
        Ok(())
    })?;
    draft.note_all(notes);
    Ok(())
}

fn drop_checks(schema: &mut Object, at: &str, notes: &mut Notes) {
    for (keyword, form) in CHECKS {
        let Some(value) = schema.get(keyword) else { continue };
        let meant = match value {
            value if has_form(value, form) => continue,
            Value::String(text) if form == Form::Flag => text.parse::<bool>().ok(),
            _ => None,
        };
        match meant {
            Some(flag) => drop(schema.insert(keyword.to_owned(), json!(flag))),
            None => drop(schema.shift_remove(keyword)),
        }
        let text = format!("the value of `{keyword}` has a type that OpenAPI does not allow");
        let done = if meant.is_some() { "it is converted" } else { "it is left out" };
        notes.push((at.to_owned(), format!("{text}; {done}")));
    }
    for keyword in ["minimum", "maximum", "multipleOf"] {
        let is_whole = |value: &Value| value.as_i64().is_some();
        let integer = schema.get("type") == Some(&json!("integer"));
        if integer && schema.get(keyword).is_some_and(|value| !is_whole(value)) {
            schema.shift_remove(keyword);
            notes.push((at.to_owned(), format!("`{keyword}` is removed: not a 64-bit integer")));
        }
    }
}

/// Formats that only apply to strings.
const TEXT_FORMATS: [&str; 12] = [
    "binary",
    "byte",
    "date",
    "date-time",
    "email",
    "hostname",
    "ipv4",
    "ipv6",
    "json",
    "password",
    "uri",
    "uuid",
];

/// Adds a missing type to a known string format, and removes formats without a type.
fn complete_formats(schema: &mut Object, at: &str, notes: &mut Notes) {
    let Some(format) = schema.get("format").and_then(Value::as_str) else { return };
    if let Some(kind) = schema.get("type").and_then(Value::as_str) {
        // The generator rejects unknown formats of these types.
        if ["array", "boolean", "object"].contains(&kind) {
            notes.push((at.to_owned(), format!("the format `{format}` of `{kind}` is left out")));
            schema.shift_remove("format");
        }
        return;
    }
    let is_bare = !STRUCTURE.iter().any(|(keyword, _)| schema.contains_key(*keyword));
    if is_bare && TEXT_FORMATS.contains(&format) {
        notes.push((at.to_owned(), format!("the format `{format}` implies a string")));
        schema.insert("type".to_owned(), json!("string"));
    } else {
        notes.push((at.to_owned(), format!("the format `{format}` without a type is left out")));
        schema.shift_remove("format");
    }
}

/// Removes an exclusive bound without a bound, which excludes nothing.
fn drop_bare_exclusions(schema: &mut Object) {
    for (exclusive, bound) in [("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")] {
        if !schema.contains_key(bound)
            || schema.get(exclusive).is_some_and(|value| !value.is_boolean())
        {
            schema.shift_remove(exclusive);
        }
    }
}

fn reject_structure(schema: &Object, at: &str) -> Result<(), Error> {
    for (keyword, form) in STRUCTURE {
        if schema.get(keyword).is_some_and(|value| !has_form(value, form)) {
            return Err(reject(
                pointer::join(at, keyword),
                format!("this is not a valid value of `{keyword}`"),
            )
            .with_help("correct it in the canonical document, or replace it in the overlay"));
        }
    }
    Ok(())
}

fn reject_unknown_type(schema: &Object, at: &str) -> Result<(), Error> {
    let Some(named) = schema.get("type") else { return Ok(()) };
    if named.as_str().is_some_and(|name| TYPES.contains(&name)) {
        return Ok(());
    }
    Err(reject(pointer::join(at, "type"), format!("{named} is not a type"))
        .with_help(format!("use one of {}", TYPES.join(", "))))
}

fn has_form(value: &Value, form: Form) -> bool {
    let is_count = |value: &Value| value.as_u64().is_some();
    match form {
        Form::Text => value.is_string(),
        Form::Flag => value.is_boolean(),
        Form::Number => value.is_number(),
        Form::Count => is_count(value),
        Form::List => value.is_array(),
        Form::Texts => value.as_array().is_some_and(|list| list.iter().all(Value::is_string)),
        Form::Map => value.as_object().is_some_and(|_: &Map<String, Value>| true),
        Form::Schemas => value.as_array().is_some_and(|list| !list.is_empty()),
        Form::Schema => value.is_object() || value.is_boolean(),
    }
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
        let (document, notes) = completed(json!({"info": {"title": "T", "version": 1.0}}));
        assert_eq!(document["info"], json!({"title": "T", "version": "1.0"}));
        assert_eq!(notes, ["/info/version"]);
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
            {"name": "page", "in": "query", "required": "false"},
        ]});
        let (document, _) = completed(json!({
            "paths": {"/a": {"get": get}}, "components": {"parameters": {"None": {}}},
        }));
        let page =
            json!({"name": "page", "in": "query", "required": false, "schema": {"type": "string"}});
        let get = json!({"deprecated": true, "parameters": [page]});
        assert_eq!(document["paths"]["/a"]["get"], get);
        assert_eq!(document["components"]["parameters"], json!({}));
        assert_eq!(completed(json!({"paths": []})).0["paths"], json!({}));
    }

    fn kept(schema: Value) -> Result<(Value, usize), Error> {
        let mut draft = draft(json!({"components": {"schemas": {"A": schema}}}));
        drop_keywords_of_another_type(&mut draft)?;
        Ok((draft.document["components"]["schemas"]["A"].clone(), draft.notes.len()))
    }

    #[test]
    fn checks_of_another_type_are_removed_or_converted() {
        let cases = [
            (json!({"type": "string", "required": true}), json!({"type": "string"})),
            (
                json!({"type": "string", "nullable": "true"}),
                json!({"type": "string", "nullable": true}),
            ),
            (json!({"type": "object", "format": "uri-map"}), json!({"type": "object"})),
            (json!({"type": "null"}), json!({"nullable": true, "enum": [null]})),
            (json!({"type": ["string", "null"]}), json!({"type": "string", "nullable": true})),
            (json!({"type": "integer", "minimum": "0"}), json!({"type": "integer"})),
            (json!({"type": "integer", "maximum": 1e30}), json!({"type": "integer"})),
            (json!({"type": "string", "enum": "a"}), json!({"type": "string"})),
            (json!({"type": "string", "description": null}), json!({"type": "string"})),
        ];
        for (before, after) in cases {
            assert_eq!(kept(before.clone()).unwrap(), (after, 1), "{before}");
        }
    }

    #[test]
    fn invalid_types_and_structure_are_rejected_with_their_place() {
        let at = "/components/schemas/A/properties/x/";
        for (schema, place) in [
            (json!({"type": "strng"}), "type"),
            (json!({"type": 1}), "type"),
            (json!({"properties": []}), "properties"),
            (json!({"items": [{}]}), "items"),
            (json!({"oneOf": []}), "oneOf"),
        ] {
            let error = kept(json!({"properties": {"x": schema}})).unwrap_err().to_string();
            assert!(error.contains(&format!("{at}{place}")), "{error}");
        }
    }
}
