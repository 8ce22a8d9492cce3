//! Parameters of a path go by position: names that change places mix values up.

use serde_json::{Value, json};
use xtask::drift::{Report, verdict::Wire};

use crate::document::drift;

/// A document with one operation, whose path says its parameters.
fn document(path: &str) -> Value {
    let names = path.split('{').skip(1).map(|rest| rest.split('}').next().unwrap());
    let parameters: Vec<Value> = names
        .map(|name| json!({"name": name, "in": "path", "required": true, "schema": {"type": "string"}}))
        .collect();
    let operation = json!({"operationId": "read", "responses": {"204": {"description": "Done"}}});
    json!({
        "openapi": "3.0.3",
        "info": {"title": "Made up", "version": "1"},
        "paths": {path: {"parameters": parameters, "get": operation}},
    })
}

/// How many parameters moved and how many were renamed, and the worst verdict.
fn told(old: &str, new: &str) -> (usize, usize, Wire) {
    let report: Report = drift(&document(old), &document(new));
    let count = |kind| report.changes.iter().filter(|change| change.kind == kind).count();
    let told = (count("path-parameter-moved"), count("path-parameter-renamed"));
    assert_eq!(told.0 + told.1, report.changes.len(), "{:#?}", report.changes);
    (told.0, told.1, report.summary.wire)
}

#[test]
fn names_that_change_places_break_programs() {
    for (old, new, moved) in [
        ("/b/{x}/c/{y}", "/b/{y}/c/{x}", 2),
        ("/{x}/{y}", "/{y}/{x}", 2),
        ("/a/{x}/b/{y}/c/{z}", "/a/{y}/b/{x}/c/{z}", 2),
        ("/a/{x}/b/{y}/c/{z}", "/a/{y}/b/{z}/c/{x}", 3),
        ("/v1/a/{w}/b/{x}/c/{y}/d/{z}", "/v1/a/{w}/b/{x}/c/{z}/d/{y}", 2),
        ("/files/{name}.{type}", "/files/{type}.{name}", 2),
    ] {
        assert_eq!(told(old, new), (moved, 0, Wire::Breaking), "{old} {new}");
    }
}

#[test]
fn a_name_that_moves_while_another_is_new_may_mean_the_same() {
    assert_eq!(told("/a/{x}/b/{y}", "/a/{y}/b/{z}"), (1, 1, Wire::Unknown));
    assert_eq!(told("/a/{id}/b/{b}", "/a/{a}/b/{id}"), (1, 1, Wire::Unknown));
}

#[test]
fn new_names_in_the_old_places_mean_nothing() {
    assert_eq!(told("/a/{x}/b/{y}", "/a/{p}/b/{q}"), (0, 2, Wire::None));
    assert_eq!(told("/a/{x}/b/{y}", "/a/{x}/b/{q}"), (0, 1, Wire::None));
    assert_eq!(told("/a/{x}:go", "/a/{y}:go"), (0, 1, Wire::None));
}

#[test]
fn names_that_no_parameter_declares_count_too() {
    let mut documents = ["/a/{x}/b/{y}", "/a/{y}/b/{x}"].map(document);
    for document in &mut documents {
        let paths = document["paths"].as_object_mut().unwrap();
        paths.values_mut().for_each(|item| item["parameters"] = json!([]));
    }
    let report = drift(&documents[0], &documents[1]);
    assert_eq!(report.summary.wire, Wire::Breaking, "{:#?}", report.changes);
}
