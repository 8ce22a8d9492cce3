//! Parts of `allOf` that come and go: the schema that changed is named, in both documents.

use serde_json::{Value, json};
use xtask::drift::{Report, render::text};

use crate::document::drift;

fn to(name: &str) -> Value {
    json!({"$ref": format!("#/components/schemas/{name}")})
}

fn object(name: &str) -> Value {
    json!({"type": "object", "properties": {name: {"type": "string"}}})
}

/// A document whose operation answers with `A`.
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

/// A kind, and where it is in base and revision.
type Told = (String, Option<String>, Option<String>);

/// The changes with their places, and the whole report.
fn told(old: &Value, new: &Value) -> (Vec<Told>, Report) {
    let report = drift(old, new);
    let told = report.changes.iter().map(|change| {
        let location = change.location.clone();
        (change.kind.clone(), location.base, location.revision)
    });
    (told.collect(), report)
}

fn is_told_of(name: &str, kinds: [&str; 2], old: &Value, new: &Value) {
    let place = Some(format!("#/components/schemas/{name}"));
    for (kind, old, new) in [(kinds[0], old, new), (kinds[1], new, old)] {
        let (told, report) = told(old, new);
        assert_eq!(told, [(kind.to_owned(), place.clone(), place.clone())], "{old} {new}");
        let text = text(&report);
        assert!(text.contains(&format!("schema {name}")), "{text}");
        assert!(!text.contains("schema Base"), "{text}");
    }
}

const KINDS: [&str; 2] = ["required-property-removed", "required-property-added"];

#[test]
fn a_composed_schema_that_becomes_a_plain_one_is_the_one_that_changed() {
    let none = || json!({});
    let composed = document(json!({"allOf": [to("Base"), object("x")]}), none());
    is_told_of("A", KINDS, &composed, &document(object("x"), none()));
    let beside = document(
        json!({"allOf": [to("Base")], "type": "object", "properties": object("x")["properties"]}),
        none(),
    );
    is_told_of("A", KINDS, &beside, &document(object("x"), none()));
    is_told_of("A", KINDS, &composed, &document(json!({"allOf": [object("x")]}), none()));
    let nested = json!({"allOf": [{"allOf": [to("Base"), object("x")]}]});
    is_told_of("A", KINDS, &document(nested, none()), &document(object("x"), none()));
}

#[test]
fn parts_without_a_name_are_the_schema_itself() {
    let composed = document(json!({"allOf": [object("y"), object("x")]}), json!({}));
    let plain = document(object("x"), json!({}));
    let kinds = ["optional-property-removed", "optional-property-added"];
    is_told_of("A", kinds, &composed, &plain);
}

#[test]
fn the_innermost_schema_that_lost_its_part_is_the_one_that_changed() {
    let a = || json!({"allOf": [to("B"), object("x")]});
    let old = document(a(), json!({"B": {"allOf": [to("Base"), object("y")]}}));
    let new = document(a(), json!({"B": object("y")}));
    is_told_of("B", KINDS, &old, &new);
    // Through one more.
    let old = document(a(), json!({"B": {"allOf": [to("C")]}, "C": {"allOf": [to("Base")]}}));
    let new = document(a(), json!({"B": {"allOf": [to("C")]}, "C": {"type": "object"}}));
    is_told_of("C", KINDS, &old, &new);
}

#[test]
fn a_part_that_itself_changed_is_named() {
    let old = document(json!({"allOf": [to("B"), object("x")]}), json!({"B": object("y")}));
    let new = document(json!({"allOf": [to("B"), object("x")]}), json!({"B": {"type": "object"}}));
    let (told, _) = told(&old, &new);
    let place = Some("#/components/schemas/B/properties/y".to_owned());
    assert_eq!(told, [("optional-property-removed".to_owned(), place, None)]);
}

#[test]
fn another_way_to_write_the_same_properties_is_a_change_of_the_composition() {
    let both = json!({"type": "object", "required": ["kind"], "properties": {
        "kind": {"type": "string"}, "x": {"type": "string"},
    }});
    let old = document(json!({"allOf": [to("Base"), object("x")]}), json!({}));
    is_told_of("A", ["composition-changed"; 2], &old, &document(both, json!({})));
}

#[test]
fn keywords_of_a_part_that_goes_are_told_of_the_schema_that_had_it() {
    let with = |part: Value| json!({"allOf": [part, {"type": "string"}]});
    let short = json!({"Short": {"type": "string", "maxLength": 9}});
    let old = document(with(to("Short")), short.clone());
    let new = document(json!({"type": "string"}), short);
    is_told_of("A", ["max-length-loosened", "max-length-tightened"], &old, &new);
}
