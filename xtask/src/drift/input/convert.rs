//! Converts a document to OpenAPI 3.0, in which documents are compared. Unlike the conversion for the
//! generator, this one keeps webhooks, the encoding of text content, and the names of properties.

use std::convert::Infallible;

use serde_json::{Map, Value, json};

use crate::error::chain;
use crate::grammar::{Kind, walk_mut};
use crate::openapi::{Version, version};
use crate::prepare::{as_3_0, only_pattern_as_map};

/// Keywords that the conversion would turn into formats or leave out, and the names that protect them
/// from it.
const KEPT: [(&str, &str); 3] = [
    ("contentEncoding", "x-kept-encoding"),
    ("contentMediaType", "x-kept-media-type"),
    (NAMES, "x-kept-names"),
];
const NAMES: &str = "propertyNames";
const PATTERNS: &str = "patternProperties";
/// The name that protects what remains of `patternProperties`.
const KEPT_PATTERNS: &str = "x-kept-patterns";

/// Converts a document to 3.0. A document that 3.0 cannot express is kept unchanged, with a note.
pub(super) fn to_3_0(document: Value, notes: &mut Vec<String>) -> Value {
    if !matches!(version(&document), Ok(Version::V3_1)) {
        return document;
    }
    match converted(&document) {
        Ok(converted) => converted,
        Err(why) => {
            notes.push(format!("compared as OpenAPI 3.1: {why}"));
            document
        }
    }
}

fn converted(document: &Value) -> Result<Value, String> {
    let mut document = document.clone();
    change_schemas(&mut document, |schema| {
        keep_pattern(schema);
        KEPT.into_iter().for_each(|(keyword, kept)| move_member(schema, keyword, kept));
    });
    let webhooks = document.as_object_mut().and_then(|root| root.shift_remove("webhooks"));
    let webhooks =
        webhooks.map(|webhooks| as_3_0(json!({"openapi": document["openapi"], "paths": webhooks})));
    let mut document = as_3_0(document).map_err(|error| chain(&error))?;
    if let Some(webhooks) = webhooks {
        let mut webhooks = webhooks.map_err(|error| chain(&error))?;
        document["webhooks"] = webhooks["paths"].take();
    }
    change_schemas(&mut document, |schema| {
        move_member(schema, KEPT_PATTERNS, PATTERNS);
        KEPT.into_iter().for_each(|(keyword, kept)| move_member(schema, kept, keyword));
    });
    Ok(document)
}

fn change_schemas(document: &mut Value, change: impl Fn(&mut Map<String, Value>)) {
    let done: Result<(), Infallible> = walk_mut(document, Kind::Document, &mut |value, kind, _| {
        if let (Kind::Schema, Some(schema)) = (kind, value.as_object_mut()) {
            change(schema);
        }
        Ok(())
    });
    let Ok(()) = done;
}

/// Rewrites a single pattern as a map, like the conversion for the generator, and keeps the pattern. If
/// other names are forbidden, it becomes a check of the names. Otherwise, it applies to some names only.
fn keep_pattern(schema: &mut Map<String, Value>) {
    let is_closed = schema.get("additionalProperties").is_some();
    let Some(pattern) = only_pattern_as_map(schema) else { return };
    if !is_closed {
        schema.insert(KEPT_PATTERNS.to_owned(), json!({ pattern: {} }));
        return;
    }
    let checks = [schema.shift_remove(NAMES), Some(json!({ "pattern": pattern }))];
    let mut checks: Vec<Value> = checks.into_iter().flatten().collect();
    let names = if checks.len() == 1 { checks.remove(0) } else { json!({ "allOf": checks }) };
    schema.insert(NAMES.to_owned(), names);
}

fn move_member(schema: &mut Map<String, Value>, old: &str, new: &str) {
    if let Some(value) = schema.shift_remove(old) {
        schema.insert(new.to_owned(), value);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::to_3_0;

    #[test]
    fn webhooks_and_encodings_are_kept() {
        let schema = json!({"type": ["string", "null"], "contentEncoding": "base64"});
        let body = json!({"content": {"text/plain": {"schema": schema}}});
        let mut notes = Vec::new();
        let document = json!({
            "openapi": "3.1.0",
            "webhooks": {"done": {"post": {"requestBody": body}}},
            "components": {"schemas": {"A": schema}},
        });
        let document = to_3_0(document, &mut notes);
        let schema = json!({"type": "string", "nullable": true, "contentEncoding": "base64"});
        assert_eq!(document["components"]["schemas"]["A"], schema);
        let hook = "/webhooks/done/post/requestBody/content/text~1plain/schema";
        assert_eq!(document.pointer(hook), Some(&schema));
        assert_eq!(notes, [""; 0]);
    }

    #[test]
    fn the_pattern_of_a_map_is_kept() {
        let text = json!({"type": ["string", "null"]});
        let converted = |closed: bool| {
            let mut map = json!({"patternProperties": {"^a": text}});
            if closed {
                map["additionalProperties"] = json!(false);
            }
            let mut notes = Vec::new();
            let document = json!({"openapi": "3.1.0", "components": {"schemas": {"A": map}}});
            let document = to_3_0(document, &mut notes);
            assert_eq!(notes, [""; 0]);
            document["components"]["schemas"]["A"].clone()
        };
        let text = json!({"type": "string", "nullable": true});
        let closed = json!({"additionalProperties": text, "propertyNames": {"pattern": "^a"}});
        assert_eq!(converted(true), closed);
        let open = json!({"additionalProperties": text, "patternProperties": {"^a": {}}});
        assert_eq!(converted(false), open);
    }

    #[test]
    fn a_document_that_3_0_cannot_express_is_kept_with_a_note() {
        let document = json!({"openapi": "3.1.0", "components": {"schemas": {"A": {"if": {}}}}});
        let mut notes = Vec::new();
        assert_eq!(to_3_0(document.clone(), &mut notes), document);
        assert_eq!(notes.len(), 1);
    }
}
