//! Generated clients, to test what the verdicts assume of clients.

use serde_json::{Value, json};

use crate::{drift::source::generate, prepare::prepare};

/// Generates a client that reads the component `Thing`; without comments, because they state constraints.
pub(super) fn generated(components: Value) -> String {
    let content = json!({"application/json": {"schema": {"$ref": "#/components/schemas/Thing"}}});
    let responses = json!({"200": {"description": "OK", "content": content}});
    let document = json!({
        "openapi": "3.0.3",
        "info": {"title": "Made up", "version": "1"},
        "paths": {"/thing": {"get": {"operationId": "get_thing", "responses": responses}}},
        "components": {"schemas": components},
    });
    let prepared = prepare(document, None).unwrap().document;
    let source = prettyplease::unparse(&generate(&prepared).unwrap());
    source.lines().filter(|line| !line.trim_start().starts_with("//")).collect()
}
