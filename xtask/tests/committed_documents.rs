//! Everything in the committed prepared documents has a description, because descriptions become the
//! documentation of the generated Rust.

use serde_json::{Map, Value};

const API_SERVER: &str = include_str!("../../ambient-sdk/spec/api-server.json");
const PUBLIC_API: &str = include_str!("../../ambient-sdk/spec/public-api.json");
const METHODS: [&str; 7] = ["get", "put", "post", "delete", "options", "head", "patch"];

#[test]
fn everything_in_the_api_server_document_is_described() {
    let document: Value = serde_json::from_str(API_SERVER).unwrap();
    assert_eq!(undescribed(&document), Vec::<String>::new());
}

#[test]
fn everything_in_the_public_api_document_is_described() {
    let document: Value = serde_json::from_str(PUBLIC_API).unwrap();
    assert_eq!(undescribed(&document), Vec::<String>::new());
}

#[test]
fn missing_descriptions_are_found() {
    let bare = serde_json::json!({
        "paths": { "/pets": { "parameters": [{ "name": "page" }], "get": { "summary": "Lists pets." } } },
        "components": {
            "parameters": { "id": { "name": "id" } },
            "schemas": { "Pet": { "properties": { "owner": { "$ref": "#/components/schemas/Pet" } } } },
        },
    });
    let expected = [
        "/paths/pets/parameters/0: description",
        "/paths/pets/get: description",
        "/components/parameters/id: description",
        "/components/schemas/Pet: description",
        "/components/schemas/Pet/properties/owner: description",
    ];
    assert_eq!(undescribed(&bare), expected);
}

/// Returns the places without a description, each with the name of the missing keyword.
fn undescribed(document: &Value) -> Vec<String> {
    let mut missing = Vec::new();
    for (path, item) in members(document, "/paths") {
        let at = format!("/paths{path}");
        parameters(item, &at, &mut missing);
        for (method, operation) in item.as_object().into_iter().flatten() {
            if METHODS.contains(&method.as_str()) {
                let at = format!("{at}/{method}");
                require(operation, "summary", &at, &mut missing);
                require(operation, "description", &at, &mut missing);
                parameters(operation, &at, &mut missing);
            }
        }
    }
    for (name, parameter) in members(document, "/components/parameters") {
        require(parameter, "description", &format!("/components/parameters/{name}"), &mut missing);
    }
    for (name, schema) in members(document, "/components/schemas") {
        let at = format!("/components/schemas/{name}");
        require(schema, "description", &at, &mut missing);
        fields(schema, &at, &mut missing);
    }
    missing
}

fn members<'a>(
    document: &'a Value,
    pointer: &str,
) -> impl Iterator<Item = (&'a String, &'a Value)> {
    document.pointer(pointer).and_then(Value::as_object).into_iter().flat_map(Map::iter)
}

fn parameters(holder: &Value, at: &str, missing: &mut Vec<String>) {
    let list = holder.get("parameters").and_then(Value::as_array);
    for (index, parameter) in list.into_iter().flatten().enumerate() {
        if parameter.get("$ref").is_none() {
            require(parameter, "description", &format!("{at}/parameters/{index}"), missing);
        }
    }
}

/// Checks the fields. Those that only refer to a schema need a description too, because Rust shows
/// the field and not its type.
fn fields(schema: &Value, at: &str, missing: &mut Vec<String>) {
    for (name, field) in members(schema, "/properties") {
        let at = format!("{at}/properties/{name}");
        require(field, "description", &at, missing);
        fields(field, &at, missing);
    }
    let parts = schema.get("allOf").and_then(Value::as_array);
    for (index, part) in parts.into_iter().flatten().enumerate() {
        fields(part, &format!("{at}/allOf/{index}"), missing);
    }
    if let Some(items) = schema.get("items") {
        fields(items, &format!("{at}/items"), missing);
    }
}

fn require(value: &Value, key: &str, at: &str, missing: &mut Vec<String>) {
    let text = value.get(key).and_then(Value::as_str).unwrap_or_default();
    if text.trim().is_empty() {
        missing.push(format!("{at}: {key}"));
    }
}
