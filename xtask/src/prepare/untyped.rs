//! Removes checks from schemas without a type.
//!
//! `minimum: 3` alone allows every text, because a check applies only to values of its own type. The
//! generator rejects such a schema, or takes the check as a type, so that a client could not read other
//! values. `items`, `properties` and `additionalProperties` do define a type.

use std::collections::BTreeSet;

use serde_json::Value;

use super::tree::{is_component, schema_name};
use super::{Draft, Error};
use crate::pointer;

/// Checks, and the keywords that give them a type.
const CHECKS: [(&str, &[&str]); 14] = [
    ("minimum", &[]),
    ("maximum", &[]),
    ("exclusiveMinimum", &[]),
    ("exclusiveMaximum", &[]),
    ("multipleOf", &[]),
    ("pattern", &[]),
    ("minLength", &[]),
    ("maxLength", &[]),
    ("minItems", &["items"]),
    ("maxItems", &["items"]),
    ("uniqueItems", &["items"]),
    ("minProperties", &["properties", "additionalProperties"]),
    ("maxProperties", &["properties", "additionalProperties"]),
    ("required", &["properties", "additionalProperties", "allOf", "anyOf", "oneOf"]),
];
/// Keywords whose schemas are combined with others.
const COMBINATIONS: [&str; 3] = ["allOf", "anyOf", "oneOf"];

pub(super) fn drop_checks_without_a_type(draft: &mut Draft) -> Result<(), Error> {
    let mut combined = BTreeSet::new();
    combined_schemas(&draft.document, &mut combined);
    draft.change_schemas(|schema, at| {
        let mut notes = Vec::new();
        if schema.contains_key("type") || schema.contains_key("$ref") {
            return notes;
        }
        for (check, types) in CHECKS {
            let applies = types.iter().any(|keyword| schema.contains_key(*keyword));
            // A combination may require the properties of another part.
            let is_of_others = check == "required" && is_combined(at, &combined);
            if !applies && !is_of_others && schema.shift_remove(check).is_some() {
                notes.push(format!("`{check}` is left to the server: the schema has no type"));
            }
        }
        notes
    });
    Ok(())
}

/// Collects the names of the component schemas that a schema combines with others.
fn combined_schemas(value: &Value, names: &mut BTreeSet<String>) {
    match value {
        Value::Object(map) => {
            let lists = COMBINATIONS.iter().filter_map(|key| map.get(*key)?.as_array());
            names.extend(lists.flatten().filter_map(schema_name).map(str::to_owned));
            map.values().for_each(|value| combined_schemas(value, names));
        }
        Value::Array(list) => list.iter().for_each(|value| combined_schemas(value, names)),
        _ => {}
    }
}

/// Returns whether the schema at a place is combined with others.
fn is_combined(at: &str, names: &BTreeSet<String>) -> bool {
    let segments: Vec<String> = pointer::segments(at).collect();
    match segments.as_slice() {
        [.., keyword, _] if COMBINATIONS.contains(&keyword.as_str()) => true,
        [.., name] => is_component(at) && names.contains(name),
        [] => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::testing::draft;
    use super::*;

    fn dropped(schemas: Value) -> (Value, Vec<String>) {
        let mut draft = draft(json!({"components": {"schemas": schemas}}));
        drop_checks_without_a_type(&mut draft).unwrap();
        let notes = draft.notes.into_iter().map(|note| note.pointer).collect();
        (draft.document["components"]["schemas"].take(), notes)
    }

    #[test]
    fn a_schema_with_only_checks_is_any_value() {
        for check in [
            json!({"minimum": 3}),
            json!({"maximum": 3, "exclusiveMaximum": true}),
            json!({"multipleOf": 2}),
            json!({"maxLength": 5}),
            json!({"pattern": "a"}),
            json!({"minItems": 1}),
            json!({"uniqueItems": true}),
            json!({"minProperties": 1}),
            json!({"required": ["a"]}),
        ] {
            let (count, schemas) = (check.as_object().unwrap().len(), json!({"A": check}));
            let notes = vec!["/components/schemas/A".to_owned(); count];
            assert_eq!(dropped(schemas), (json!({"A": {}}), notes), "{check}");
        }
    }

    #[test]
    fn checks_of_a_schema_with_a_type_are_kept() {
        let schemas = json!({
            "A": {"type": "integer", "minimum": 3},
            "B": {"items": {}, "minItems": 1},
            "C": {"properties": {"a": {}}, "required": ["a"], "minProperties": 1},
        });
        assert_eq!(dropped(schemas.clone()), (schemas, vec![]));
    }

    #[test]
    fn a_part_may_require_the_properties_of_another_part() {
        let schemas = json!({
            "Named": {"required": ["name"]},
            "Pet": {"allOf": [
                {"type": "object", "properties": {"name": {}, "age": {}}},
                {"$ref": "#/components/schemas/Named"},
                {"required": ["age"]},
            ]},
        });
        assert_eq!(dropped(schemas.clone()), (schemas, vec![]));
    }
}
