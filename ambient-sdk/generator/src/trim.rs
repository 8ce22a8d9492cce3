//! Removes the parts of a document that do not affect the client, so that an error in them does not
//! stop the generation.

use std::convert::Infallible;

use ambient_sdk_openapi::grammar::{Kind, walk_mut};
use serde_json::{Map, Value};

/// The sections of components that affect the client.
const COMPONENTS: [&str; 4] = ["parameters", "requestBodies", "responses", "schemas"];

pub(crate) fn trim(document: &mut Value) {
    if let Some(components) = document.get_mut("components").and_then(Value::as_object_mut) {
        components.retain(|section, _| COMPONENTS.contains(&section.as_str()));
    }
    if let Some(info) = document.get_mut("info").and_then(Value::as_object_mut) {
        info.retain(|key, value| {
            value.is_string()
                && ["title", "description", "version", "termsOfService"].contains(&key.as_str())
        });
    }
    let trimmed: Result<(), Infallible> =
        walk_mut(document, Kind::Document, &mut |value, kind, _| {
            if let Some(object) = value.as_object_mut() {
                trim_one(object, kind);
            }
            Ok(())
        });
    let Ok(()) = trimmed;
}

fn trim_one(object: &mut Map<String, Value>, kind: Kind) {
    let idle: &[&str] = match kind {
        Kind::Document => &["servers", "tags", "externalDocs", "webhooks"],
        Kind::PathItem => &["servers", "summary", "description"],
        Kind::Operation => &[
            "servers",
            "tags",
            "externalDocs",
            "callbacks",
            // Extensions of the generator's own framework, which require crates that the raw crate
            // does not depend on.
            "x-dropshot-pagination",
            "x-dropshot-websocket",
        ],
        Kind::Response => &["headers", "links"],
        Kind::Parameter | Kind::MediaType => &["example", "examples"],
        Kind::Schema => &["externalDocs", "xml", "x-rust-type"],
        _ => &[],
    };
    object.retain(|key, _| !idle.contains(&key.as_str()));
    if object.get("security").is_some_and(|security| !is_security(security)) {
        object.shift_remove("security");
    }
    for prose in ["summary", "description"] {
        if matches!(kind, Kind::Operation | Kind::Parameter | Kind::RequestBody)
            && object.get(prose).is_some_and(|text| !text.is_string())
        {
            object.shift_remove(prose);
        }
    }
}

fn is_security(value: &Value) -> bool {
    let is_requirement =
        |one: &Value| one.as_object().is_some_and(|schemes| schemes.values().all(Value::is_array));
    value.as_array().is_some_and(|list| list.iter().all(is_requirement))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn parts_that_do_not_affect_the_client_are_removed() {
        let get =
            json!({"tags": 1, "servers": [], "responses": {"200": {"headers": 1, "links": 2}}});
        let mut document = json!({
            "info": {"title": "T", "version": "1", "contact": 3, "license": {}},
            "servers": [{}], "security": {},
            "paths": {"/a": {"servers": 4, "get": get}},
            "components": {"securitySchemes": 5, "schemas": {"A": {"properties": {"xml": {}}, "xml": 6}}},
        });
        trim(&mut document);
        let trimmed = json!({
            "info": {"title": "T", "version": "1"},
            "paths": {"/a": {"get": {"responses": {"200": {}}}}},
            "components": {"schemas": {"A": {"properties": {"xml": {}}}}},
        });
        assert_eq!(document, trimmed);
    }
}
