//! Makes components of choices that are inside one of their own alternatives.
//!
//! Later rules copy the content of the alternatives into the choice. Without a component, the copy would
//! contain the choice again, without end.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{discriminators, overlaps};
use crate::grammar::{Kind, walk_mut};
use crate::pointer;
use crate::prepare::enums;
use crate::prepare::tree::{Object, is_component, referred_schemas, schema_reference, schemas_mut};
use crate::prepare::{Draft, Error};

/// The keywords of the choice, not of its place.
const OF_THE_CHOICE: [&str; 4] = ["oneOf", "anyOf", "discriminator", "title"];

pub(in crate::prepare) fn lift_recursive_choices(draft: &mut Draft) -> Result<(), Error> {
    let before = schemas_mut(&mut draft.document)?.clone();
    let mut added = Object::new();
    let mut places = Vec::new();
    walk_mut(&mut draft.document, Kind::Document, &mut |value, kind, at| {
        let Some(schema) = value.as_object_mut().filter(|_| kind == Kind::Schema) else {
            return Ok(());
        };
        if !is_component(at) && is_recursive(schema, at, &before) {
            let mut name = enums::name_of_place(at, &BTreeMap::new());
            while before.contains_key(&name) || added.contains_key(&name) {
                name.push_str("Choice");
            }
            added.insert(name.clone(), take_choice(schema, &name));
            places.push((pointer::join("/components/schemas", &name), at.to_owned()));
        }
        Ok::<(), Error>(())
    })?;
    schemas_mut(&mut draft.document)?.extend(added);
    places.into_iter().for_each(|(new, old)| draft.origins.moved(new, old));
    Ok(())
}

/// Returns whether a later rule would copy the alternatives of a schema, and they contain the component
/// around `at`.
fn is_recursive(schema: &Object, at: &str, schemas: &Object) -> bool {
    let Some(owner) = at.strip_prefix("/components/schemas/") else { return false };
    let owner = pointer::unescape(owner.split('/').next().unwrap_or_default());
    let is_copied =
        discriminators::has_tags(schemas, schema) || overlaps::is_merged(schemas, schema);
    is_copied && reachable(schema, schemas).contains(owner.as_str())
}

/// Returns the components to which the alternatives of a schema refer, directly or through others.
fn reachable<'s>(schema: &'s Object, schemas: &'s Object) -> BTreeSet<&'s str> {
    let alternatives = ["oneOf", "anyOf"].into_iter().filter_map(|key| schema.get(key));
    let mut open = Vec::new();
    alternatives.for_each(|list| referred_schemas(list, &mut open));
    let mut found = BTreeSet::new();
    while let Some(name) = open.pop() {
        if found.insert(name)
            && let Some(schema) = schemas.get(name)
        {
            referred_schemas(schema, &mut open);
        }
    }
    found
}

/// Moves the choice out of a schema, which then refers to the component of that name.
fn take_choice(schema: &mut Object, name: &str) -> Value {
    let choice = OF_THE_CHOICE.into_iter();
    let choice = choice.filter_map(|key| Some((key.to_owned(), schema.shift_remove(key)?)));
    let choice = Value::Object(choice.collect());
    let reference = schema_reference(name);
    match (schema.is_empty(), reference) {
        (true, Value::Object(reference)) => *schema = reference,
        (_, reference) => {
            schema.insert("allOf".to_owned(), Value::Array(vec![reference]));
        }
    }
    choice
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::prepare::testing::draft;

    #[test]
    fn a_choice_between_its_own_owner_and_others_is_a_component() {
        let kind = |tag: &str| json!({"type": "string", "enum": [tag]});
        let choice = json!([schema_reference("Node"), schema_reference("Leaf")]);
        let node = json!({"type": "object", "required": ["kind"], "properties": {
            "kind": kind("node"),
            "next": {"oneOf": choice, "description": "The next one."},
            "all": {"type": "array", "items": {"anyOf": choice}},
            "text": {"oneOf": [{"type": "string"}, schema_reference("Node")]},
        }});
        let leaf =
            json!({"type": "object", "required": ["kind"], "properties": {"kind": kind("leaf")}});
        let top = json!({"type": "object", "properties": {"tree": {"oneOf": choice}}});
        let schemas = json!({"Node": node, "Leaf": leaf, "Top": top});
        let mut draft = draft(json!({"components": {"schemas": schemas}}));
        lift_recursive_choices(&mut draft).unwrap();
        let schemas = &draft.document["components"]["schemas"];
        let properties = &schemas["Node"]["properties"];
        let next = json!({"description": "The next one.", "allOf": [schema_reference("NodeNext")]});
        assert_eq!(properties["next"], next);
        assert_eq!(properties["all"]["items"], schema_reference("NodeAllItems"));
        assert_eq!(schemas["NodeNext"], json!({"oneOf": choice}));
        assert_eq!(schemas["NodeAllItems"], json!({"anyOf": choice}));
        assert_eq!((&schemas["Top"], &properties["text"]), (&top, &node["properties"]["text"]));
        assert_eq!(
            draft.origins.of("/components/schemas/NodeNext"),
            "/components/schemas/Node/properties/next"
        );
    }
}
