//! Drops the keywords of schemas whose value has another type than OpenAPI requires.
//!
//! The meaning of such a keyword is unknown: it is dropped if it only describes or checks values, and
//! rejected if it defines a type.

use serde_json::{Map, Value, json};

use super::openapi_3_1::{rewrite_bounds, rewrite_const, rewrite_types};
use super::tree::{Object, reject};
use super::{Draft, Error};
use crate::grammar::{Kind, walk_mut};
use crate::pointer;

type Notes = Vec<(String, String)>;

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
            rewrite_3_1_forms(schema, at, &mut notes);
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

/// Converts keywords that authors of 3.0 documents also write in the form of OpenAPI 3.1.
fn rewrite_3_1_forms(schema: &mut Object, at: &str, notes: &mut Notes) {
    let mut note = |keyword: &str| {
        let text = format!("`{keyword}` has the form of OpenAPI 3.1; it is converted");
        notes.push((at.to_owned(), text));
    };
    if schema.contains_key("const") {
        rewrite_const(schema);
        note("const");
    }
    for keyword in ["exclusiveMinimum", "exclusiveMaximum"] {
        if schema.get(keyword).is_some_and(Value::is_number) {
            note(keyword);
        }
    }
    rewrite_bounds(schema);
    if rewrite_types(schema) {
        note("type");
    }
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
            (json!({"const": "a"}), json!({"type": "string", "enum": ["a"]})),
            (
                json!({"type": "integer", "exclusiveMinimum": 3}),
                json!({"type": "integer", "exclusiveMinimum": true, "minimum": 3}),
            ),
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
