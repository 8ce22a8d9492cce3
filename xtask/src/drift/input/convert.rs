//! Converts a document to OpenAPI 3.0, in which documents are compared. Unlike the conversion for the
//! generator, this one keeps webhooks and the encoding of text content.

use std::convert::Infallible;

use serde_json::{Map, Value, json};

use crate::error::chain;
use crate::grammar::{Kind, walk_mut};
use crate::openapi::{Version, version};
use crate::prepare::as_3_0;

/// Keywords that the conversion would turn into formats, and the names that protect them from it.
const KEPT: [(&str, &str); 2] =
    [("contentEncoding", "x-kept-encoding"), ("contentMediaType", "x-kept-media-type")];

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
    rename(&mut document, |(keyword, kept)| (keyword, kept));
    let webhooks = document.as_object_mut().and_then(|root| root.shift_remove("webhooks"));
    let webhooks =
        webhooks.map(|webhooks| as_3_0(json!({"openapi": document["openapi"], "paths": webhooks})));
    let mut document = as_3_0(document).map_err(|error| chain(&error))?;
    if let Some(webhooks) = webhooks {
        let mut webhooks = webhooks.map_err(|error| chain(&error))?;
        document["webhooks"] = webhooks["paths"].take();
    }
    rename(&mut document, |(keyword, kept)| (kept, keyword));
    Ok(document)
}

/// Renames the kept keywords in all schemas.
fn rename(
    document: &mut Value,
    names: fn((&'static str, &'static str)) -> (&'static str, &'static str),
) {
    let done: Result<(), Infallible> = walk_mut(document, Kind::Document, &mut |value, kind, _| {
        if let (Kind::Schema, Some(schema)) = (kind, value.as_object_mut()) {
            KEPT.map(names).into_iter().for_each(|(old, new)| move_member(schema, old, new));
        }
        Ok(())
    });
    let Ok(()) = done;
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
    fn a_document_that_3_0_cannot_express_is_kept_with_a_note() {
        let document = json!({"openapi": "3.1.0", "components": {"schemas": {"A": {"if": {}}}}});
        let mut notes = Vec::new();
        assert_eq!(to_3_0(document.clone(), &mut notes), document);
        assert_eq!(notes.len(), 1);
    }
}
