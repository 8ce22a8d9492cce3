//! Moves `nullable` from a component to the places that refer to it.
//!
//! The generator writes two types for a nullable component, and rejects one whose alternatives have a
//! tag.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::tree::{Object, is_component, schema_name, schemas_mut};
use super::{Draft, Error};
use crate::extension::ANSWERS;
use crate::grammar::{Kind, walk_mut};

pub(super) fn move_nullable_to_references(draft: &mut Draft) -> Result<(), Error> {
    loop {
        let nullable = take_nullable(schemas_mut(&mut draft.document)?);
        if nullable.is_empty() {
            return Ok(());
        }
        walk_mut(&mut draft.document, Kind::Document, &mut |value, kind, at| {
            // A parameter without a value is omitted.
            if kind == Kind::Schema && !at.contains("/parameters/") && !is_alternative(at) {
                mark(value, at, &nullable);
            }
            Ok::<(), Error>(())
        })?;
    }
}

/// Removes `nullable` from the components, and returns the names of the changed ones.
fn take_nullable(schemas: &mut Object) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for (name, schema) in schemas {
        let Some(map) = schema.as_object_mut() else { continue };
        let is_only_null = map.get("enum").is_some_and(|values| *values == json!([null]));
        if map.get("nullable") == Some(&json!(true)) && !is_only_null {
            map.shift_remove("nullable");
            names.insert(name.clone());
        }
    }
    names
}

/// Returns whether a schema is one of several alternatives or parts; the enclosing schema is marked
/// instead.
fn is_alternative(at: &str) -> bool {
    let mut segments = at.rsplit('/');
    let is_index = segments.next().is_some_and(|last| last.parse::<usize>().is_ok());
    is_index && segments.next().is_some_and(|key| ["allOf", "anyOf", "oneOf"].contains(&key))
}

/// Makes a schema nullable if it refers to one of the components, or has one among its alternatives.
fn mark(schema: &mut Value, at: &str, nullable: &BTreeSet<String>) {
    let is_nullable = |one: &Value| schema_name(one).is_some_and(|name| nullable.contains(name));
    if is_nullable(schema) && !is_component(at) {
        *schema = nullable_use(schema.take());
        return;
    }
    // The status selects the body, so only a body can be `null`, not the choice.
    if let Some(answers) = schema.get_mut(ANSWERS).and_then(Value::as_object_mut) {
        for body in answers.values_mut().filter(|body| is_nullable(body)) {
            *body = nullable_use(body.take());
        }
        return;
    }
    let list = |key: &str| schema.get(key).and_then(Value::as_array).map(Vec::as_slice);
    let is_use = matches!(list("allOf"), Some([only]) if is_nullable(only));
    let has_alternative =
        ["anyOf", "oneOf"].into_iter().filter_map(list).flatten().any(is_nullable);
    if (is_use || has_alternative)
        && let Some(map) = schema.as_object_mut()
    {
        map.insert("nullable".to_owned(), json!(true));
    }
}

fn nullable_use(reference: Value) -> Value {
    json!({ "allOf": [reference], "nullable": true })
}

#[cfg(test)]
mod tests {
    use super::super::{testing::draft, tree::schema_reference};
    use super::*;

    #[test]
    fn the_places_of_a_nullable_component_are_nullable() {
        let pet = schema_reference("Pet");
        let described = json!({"allOf": [pet], "description": "Its best."});
        let owner = json!({"type": "object", "properties": {
            "pet": pet, "best": described, "all": {"type": "array", "items": pet},
        }});
        let schemas = json!({
            "Cat": {"type": "object"},
            "Pet": {"oneOf": [schema_reference("Cat")], "nullable": true},
            "Any": {"anyOf": [pet, {"type": "string"}]},
            "Holder": {"type": "object", "additionalProperties": schema_reference("Any")},
            "Owner": owner,
        });
        let mut draft = draft(json!({"components": {"schemas": schemas}}));
        move_nullable_to_references(&mut draft).unwrap();
        let schemas = &draft.document["components"]["schemas"];
        let place = json!({"allOf": [pet], "nullable": true});
        assert_eq!(schemas["Pet"], json!({"oneOf": [schema_reference("Cat")]}));
        let properties = &schemas["Owner"]["properties"];
        assert_eq!((&properties["pet"], &properties["all"]["items"]), (&place, &place));
        assert_eq!(properties["best"]["nullable"], true);
        assert!(schemas["Any"].get("nullable").is_none());
        let any = json!({"allOf": [schema_reference("Any")], "nullable": true});
        assert_eq!(schemas["Holder"]["additionalProperties"], any);
    }

    #[test]
    fn one_of_several_successes_is_nullable_alone() {
        let (pet, job) = (schema_reference("Pet"), schema_reference("Job"));
        let schemas = json!({
            "Pet": {"type": "object", "nullable": true},
            "Job": {"type": "object"},
            "Success": {"oneOf": [pet, job], ANSWERS: {"200": pet, "202": job}},
        });
        let mut draft = draft(json!({"components": {"schemas": schemas}}));
        move_nullable_to_references(&mut draft).unwrap();
        let nullable = json!({"allOf": [pet], "nullable": true});
        let success = json!({"oneOf": [pet, job], ANSWERS: {"200": nullable, "202": job}});
        assert_eq!(draft.document["components"]["schemas"]["Success"], success);
    }
}
