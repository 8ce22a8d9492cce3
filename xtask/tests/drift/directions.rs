//! Changes at any depth below a `readOnly` property do not affect requests, and changes below a
//! `writeOnly` one do not affect responses.

use serde_json::{Value, json};
use xtask::drift::{
    report::Change,
    verdict::{Direction, Wire},
};

use crate::document::{drift, remove, set};

/// The place of the changed schema below the property.
struct Nesting {
    name: &'static str,
    around: fn(Value) -> Value,
}

const NESTINGS: [Nesting; 5] = [
    Nesting { name: "the property itself", around: |schema| schema },
    Nesting {
        name: "a child",
        around: |schema| json!({"type": "object", "properties": {"inner": schema}}),
    },
    Nesting { name: "items", around: |schema| json!({"type": "array", "items": schema}) },
    Nesting {
        name: "other properties",
        around: |schema| json!({"type": "object", "additionalProperties": schema}),
    },
    Nesting {
        name: "an alternative",
        around: |schema| json!({"oneOf": [{"$ref": "#/components/schemas/Other"}, schema]}),
    },
];

/// Returns a narrower and a wider schema: narrowing breaks requests, widening breaks responses.
fn schemas() -> Vec<(Value, Value)> {
    let text = json!({"type": "string"});
    let with = |key: &str, value: Value| {
        let mut schema = text.clone();
        schema[key] = value;
        schema
    };
    let number = |format: &str| json!({"type": "integer", "format": format});
    let object = |required: Value| json!({"type": "object", "required": required, "properties": {"a": {"type": "string"}}});
    vec![
        (json!({"type": "integer", "enum": [1]}), json!({"type": "integer", "enum": [1, 2]})),
        (with("maxLength", json!(3)), with("maxLength", json!(4))),
        (with("pattern", json!("^a$")), text.clone()),
        (text.clone(), with("nullable", json!(true))),
        (number("int32"), number("int64")),
        (json!({"type": "integer"}), json!({"type": "number"})),
        (object(json!(["a"])), object(json!([]))),
        (object(json!([])), json!({"type": "object", "properties": {}})),
        (with("format", json!("ipv4")), with("format", json!("ipv6"))),
        (with("contentEncoding", json!("base64")), text),
    ]
}

/// Returns a document whose schema `Thing` is sent and received.
fn document(property: Value) -> Value {
    let content = json!({"application/json": {"schema": {"$ref": "#/components/schemas/Thing"}}});
    json!({
        "openapi": "3.0.3",
        "info": {"title": "Made up", "version": "1"},
        "paths": {"/things": {"post": {
            "requestBody": {"required": true, "content": content},
            "responses": {"200": {"description": "OK", "content": content}},
        }}},
        "components": {"schemas": {
            "Thing": {"type": "object", "required": ["p"], "properties": {"p": property}},
            "Other": {"type": "boolean"},
        }},
    })
}

/// Returns the property with an inline schema, and with a reference to a named one.
fn forms(flag: &str, schema: &Value) -> [Value; 2] {
    let mut inline = schema.clone();
    inline[flag] = json!(true);
    let mut named =
        document(json!({"allOf": [{"$ref": "#/components/schemas/Inner"}], flag: true}));
    set(&mut named, "/components/schemas/Inner", schema.clone());
    [document(inline), named]
}

fn verdict(change: &Change, direction: Direction) -> Wire {
    *change.wire.by_direction.get(&direction).unwrap_or(&change.wire.verdict)
}

/// Returns the worst verdict of a report in a direction.
fn worst(base: &Value, revision: &Value, direction: Direction) -> Wire {
    let report = drift(base, revision);
    assert!(!report.changes.is_empty(), "{base} {revision}");
    let reached =
        report.changes.iter().filter(|change| change.location.directions.contains(&direction));
    reached.map(|change| verdict(change, direction)).max().unwrap_or(Wire::None)
}

fn pairs() -> impl Iterator<Item = (&'static str, Value, Value)> {
    NESTINGS.iter().flat_map(|nesting| {
        schemas().into_iter().flat_map(|(narrow, wide)| {
            let (narrow, wide) = ((nesting.around)(narrow), (nesting.around)(wide));
            [(nesting.name, narrow.clone(), wide.clone()), (nesting.name, wide, narrow)]
        })
    })
}

#[test]
fn changes_below_a_flagged_property_have_no_effect_in_its_direction() {
    for (flag, direction) in [("readOnly", Direction::Request), ("writeOnly", Direction::Response)]
    {
        for (nesting, old, new) in pairs() {
            for (base, revision) in forms(flag, &old).iter().zip(&forms(flag, &new)) {
                let worst = worst(base, revision, direction);
                assert_eq!(worst, Wire::None, "{flag}, {nesting}: {old} {new}");
            }
        }
    }
}

#[test]
fn the_other_direction_is_not_affected_by_the_flag() {
    for (flag, direction) in [("readOnly", Direction::Response), ("writeOnly", Direction::Request)]
    {
        for (nesting, old, new) in pairs() {
            let plain = worst(&document(old.clone()), &document(new.clone()), direction);
            for (base, revision) in forms(flag, &old).iter().zip(&forms(flag, &new)) {
                let flagged = worst(base, revision, direction);
                assert_eq!(flagged, plain, "{flag}, {nesting}: {old} {new}");
            }
        }
    }
}

#[test]
fn a_schema_with_another_use_breaks_there() {
    let free = |mut document: Value| {
        let inner = json!({"$ref": "#/components/schemas/Inner"});
        set(&mut document, "/components/schemas/Thing/properties/free", inner);
        document
    };
    let forms = |length: u8| forms("readOnly", &json!({"type": "string", "maxLength": length}));
    let ([_, old], [_, new]) = (forms(9), forms(3));
    assert_eq!(worst(&old, &new, Direction::Request), Wire::None);
    assert_eq!(worst(&free(old), &free(new), Direction::Request), Wire::Breaking);
}

#[test]
fn an_added_or_removed_flag_is_reported() {
    let plain = document(json!({"type": "string"}));
    let [read_only, _] = forms("readOnly", &json!({"type": "string"}));
    assert_eq!(worst(&plain, &read_only, Direction::Request), Wire::Breaking);
    // The property is required, and existing clients never sent it.
    assert_eq!(worst(&read_only, &plain, Direction::Request), Wire::Breaking);
    let mut optional = read_only.clone();
    remove(&mut optional, "/components/schemas/Thing/required");
    assert_eq!(worst(&optional, &plain, Direction::Request), Wire::Breaking);
    let mut free = plain.clone();
    remove(&mut free, "/components/schemas/Thing/required");
    assert_eq!(worst(&optional, &free, Direction::Request), Wire::Compatible);
}

#[test]
fn a_flag_of_the_revision_alone_has_no_effect() {
    let old = document(json!({"type": "string", "maxLength": 9}));
    let [new, _] = forms("readOnly", &json!({"type": "string", "maxLength": 3}));
    let report = drift(&old, &new);
    let found = |kind: &str| {
        let change = report.changes.iter().find(|change| change.kind == kind).unwrap();
        verdict(change, Direction::Request)
    };
    assert_eq!(found("max-length-tightened"), Wire::Breaking);
    assert_eq!(found("became-read-only"), Wire::Breaking);
}

#[test]
fn a_flag_of_a_single_alternative_is_compared() {
    let old = document(json!({"oneOf": [{"type": "string"}]}));
    let new = document(json!({"oneOf": [{"type": "string", "readOnly": true}]}));
    let report = drift(&old, &new);
    assert_eq!(report.changes.len(), 1, "{:#?}", report.changes);
    assert_eq!(report.changes[0].kind, "became-read-only");
}

#[test]
fn a_write_only_property_may_become_optional() {
    let [old, _] = forms("writeOnly", &json!({"type": "string"}));
    let mut new = old.clone();
    remove(&mut new, "/components/schemas/Thing/required");
    assert_eq!(worst(&old, &new, Direction::Response), Wire::None);
}
