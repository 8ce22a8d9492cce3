//! Added and removed parts of `allOf`: the report names the schema that changed, in both documents.

use serde_json::{Value, json};
use xtask::drift::{Report, render::text};

use crate::document::drift;

fn to(name: &str) -> Value {
    json!({"$ref": format!("#/components/schemas/{name}")})
}

fn object(name: &str) -> Value {
    json!({"type": "object", "properties": {name: {"type": "string"}}})
}

/// Returns a document whose operation returns `A`.
fn document(a: Value, others: Value) -> Value {
    let mut schemas = others;
    schemas["A"] = a;
    schemas["Base"] =
        json!({"type": "object", "required": ["kind"], "properties": {"kind": {"type": "string"}}});
    json!({
        "openapi": "3.0.3",
        "info": {"title": "Made up", "version": "1"},
        "paths": {"/a": {"get": {"operationId": "a", "responses": {"200": {
            "description": "OK", "content": {"application/json": {"schema": to("A")}},
        }}}}},
        "components": {"schemas": schemas},
    })
}

/// A kind, and its places in base and revision.
type PlacedKind = (String, Option<String>, Option<String>);

/// Returns the changes with their places, and the whole report.
fn changes(old: &Value, new: &Value) -> (Vec<PlacedKind>, Report) {
    let report = drift(old, new);
    let changes = report.changes.iter().map(|change| {
        let location = change.location.clone();
        (change.kind.clone(), location.base, location.revision)
    });
    (changes.collect(), report)
}

fn assert_reported_for(name: &str, kinds: [&str; 2], old: &Value, new: &Value) {
    let place = Some(format!("#/components/schemas/{name}"));
    for (kind, old, new) in [(kinds[0], old, new), (kinds[1], new, old)] {
        let (changes, report) = changes(old, new);
        assert_eq!(changes, [(kind.to_owned(), place.clone(), place.clone())], "{old} {new}");
        let text = text(&report);
        assert!(text.contains(&format!("schema {name}")), "{text}");
        assert!(!text.contains("schema Base"), "{text}");
    }
}

const KINDS: [&str; 2] = ["required-property-removed", "required-property-added"];

#[test]
fn a_composed_schema_that_becomes_plain_is_named() {
    let none = || json!({});
    let composed = document(json!({"allOf": [to("Base"), object("x")]}), none());
    assert_reported_for("A", KINDS, &composed, &document(object("x"), none()));
    let beside = document(
        json!({"allOf": [to("Base")], "type": "object", "properties": object("x")["properties"]}),
        none(),
    );
    assert_reported_for("A", KINDS, &beside, &document(object("x"), none()));
    assert_reported_for("A", KINDS, &composed, &document(json!({"allOf": [object("x")]}), none()));
    let nested = json!({"allOf": [{"allOf": [to("Base"), object("x")]}]});
    assert_reported_for("A", KINDS, &document(nested, none()), &document(object("x"), none()));
}

#[test]
fn unnamed_parts_belong_to_their_schema() {
    let composed = document(json!({"allOf": [object("y"), object("x")]}), json!({}));
    let plain = document(object("x"), json!({}));
    let kinds = ["optional-property-removed", "optional-property-added"];
    assert_reported_for("A", kinds, &composed, &plain);
}

#[test]
fn the_innermost_schema_that_lost_its_part_is_named() {
    let a = || json!({"allOf": [to("B"), object("x")]});
    let old = document(a(), json!({"B": {"allOf": [to("Base"), object("y")]}}));
    let new = document(a(), json!({"B": object("y")}));
    assert_reported_for("B", KINDS, &old, &new);
    // Through another part.
    let old = document(a(), json!({"B": {"allOf": [to("C")]}, "C": {"allOf": [to("Base")]}}));
    let new = document(a(), json!({"B": {"allOf": [to("C")]}, "C": {"type": "object"}}));
    assert_reported_for("C", KINDS, &old, &new);
}

#[test]
fn a_changed_part_is_named() {
    let old = document(json!({"allOf": [to("B"), object("x")]}), json!({"B": object("y")}));
    let new = document(json!({"allOf": [to("B"), object("x")]}), json!({"B": {"type": "object"}}));
    let (changes, _) = changes(&old, &new);
    let place = Some("#/components/schemas/B/properties/y".to_owned());
    assert_eq!(changes, [("optional-property-removed".to_owned(), place, None)]);
}

#[test]
fn equal_properties_in_other_parts_are_a_change_of_the_composition() {
    let both = json!({"type": "object", "required": ["kind"], "properties": {
        "kind": {"type": "string"}, "x": {"type": "string"},
    }});
    let old = document(json!({"allOf": [to("Base"), object("x")]}), json!({}));
    assert_reported_for("A", ["composition-changed"; 2], &old, &document(both, json!({})));
}

#[test]
fn keywords_of_a_removed_part_are_reported_for_its_schema() {
    let with = |part: Value| json!({"allOf": [part, {"type": "string"}]});
    let short = json!({"Short": {"type": "string", "maxLength": 9}});
    let old = document(with(to("Short")), short.clone());
    let new = document(json!({"type": "string"}), short);
    assert_reported_for("A", ["max-length-loosened", "max-length-tightened"], &old, &new);
}
