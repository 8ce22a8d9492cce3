//! Path parameters are matched by position: swapped names mix up their values.

use serde_json::{Value, json};
use xtask::drift::{Report, verdict::Wire};

use crate::document::drift;

/// Returns a document with one operation and the parameters of its path.
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

/// Returns the number of moved and of renamed parameters, and the worst verdict.
fn compare_paths(old: &str, new: &str) -> (usize, usize, Wire) {
    let report: Report = drift(&document(old), &document(new));
    let count = |kind| report.changes.iter().filter(|change| change.kind == kind).count();
    let counts = (count("path-parameter-moved"), count("path-parameter-renamed"));
    assert_eq!(counts.0 + counts.1, report.changes.len(), "{:#?}", report.changes);
    (counts.0, counts.1, report.summary.wire)
}

#[test]
fn swapped_names_are_breaking() {
    for (old, new, moved) in [
        ("/b/{x}/c/{y}", "/b/{y}/c/{x}", 2),
        ("/{x}/{y}", "/{y}/{x}", 2),
        ("/a/{x}/b/{y}/c/{z}", "/a/{y}/b/{x}/c/{z}", 2),
        ("/a/{x}/b/{y}/c/{z}", "/a/{y}/b/{z}/c/{x}", 3),
        ("/v1/a/{w}/b/{x}/c/{y}/d/{z}", "/v1/a/{w}/b/{x}/c/{z}/d/{y}", 2),
        ("/files/{name}.{type}", "/files/{type}.{name}", 2),
    ] {
        assert_eq!(compare_paths(old, new), (moved, 0, Wire::Breaking), "{old} {new}");
    }
}

#[test]
fn a_moved_name_next_to_a_new_one_is_unknown() {
    assert_eq!(compare_paths("/a/{x}/b/{y}", "/a/{y}/b/{z}"), (1, 1, Wire::Unknown));
    assert_eq!(compare_paths("/a/{id}/b/{b}", "/a/{a}/b/{id}"), (1, 1, Wire::Unknown));
}

#[test]
fn renamed_parameters_have_no_effect() {
    assert_eq!(compare_paths("/a/{x}/b/{y}", "/a/{p}/b/{q}"), (0, 2, Wire::None));
    assert_eq!(compare_paths("/a/{x}/b/{y}", "/a/{x}/b/{q}"), (0, 1, Wire::None));
    assert_eq!(compare_paths("/a/{x}:go", "/a/{y}:go"), (0, 1, Wire::None));
}

#[test]
fn undeclared_names_are_compared_too() {
    let mut documents = ["/a/{x}/b/{y}", "/a/{y}/b/{x}"].map(document);
    for document in &mut documents {
        let paths = document["paths"].as_object_mut().unwrap();
        paths.values_mut().for_each(|item| item["parameters"] = json!([]));
    }
    let report = drift(&documents[0], &documents[1]);
    assert_eq!(report.summary.wire, Wire::Breaking, "{:#?}", report.changes);
}
