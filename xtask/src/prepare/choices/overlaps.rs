//! Merges alternatives into one object if reading one of them would lose properties.
//!
//! For `anyOf` the generator writes a struct with every alternative as a field, and serde gives each
//! property to one of them. So an alternative whose property another one also has could not be read. For
//! `oneOf` the generated code reads the first alternative that fits, and ignores other properties.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::discriminators;
use crate::grammar::{Kind, walk_mut};
use crate::prepare::tree::{Object, PutInPlace, schema_name, schemas_mut};
use crate::prepare::{Draft, Error};

/// The keywords of an object that can be merged. Others either belong to a choice, or have a meaning
/// that a merged object would change.
const OF_OBJECTS: [&str; 13] = [
    "type",
    "properties",
    "required",
    "additionalProperties",
    "nullable",
    "title",
    "description",
    "deprecated",
    "example",
    "examples",
    "externalDocs",
    "readOnly",
    "writeOnly",
];

pub(in crate::prepare) fn merge_overlapping_alternatives(draft: &mut Draft) -> Result<(), Error> {
    let schemas = schemas_mut(&mut draft.document)?.clone();
    let (mut places, mut notes) = (PutInPlace::default(), Vec::new());
    walk_mut(&mut draft.document, Kind::Document, &mut |value, kind, at| {
        let Some(schema) = value.as_object_mut().filter(|_| kind == Kind::Schema) else {
            return Ok(());
        };
        let Some((key, choice)) = Choice::of(schema, &schemas) else { return Ok(()) };
        let names = alternatives(schema, key).iter().filter_map(schema_name);
        let names: Vec<String> = names.map(str::to_owned).collect();
        if places.around(at, &names) == 0 {
            let merged = choice.merged();
            schema.shift_remove(key);
            schema.extend(merged);
            names.into_iter().for_each(|name| places.put(at.to_owned(), name));
            let text = "the alternatives are one object; their combination is left to the server";
            notes.push((at.to_owned(), text.to_owned()));
        }
        Ok::<(), Error>(())
    })?;
    draft.note_all(notes);
    Ok(())
}

/// Returns whether the rule merges the alternatives of a schema.
pub(super) fn is_merged(schemas: &Object, schema: &Object) -> bool {
    Choice::of(schema, schemas).is_some()
}

fn alternatives<'s>(schema: &'s Object, key: &str) -> &'s [Value] {
    schema.get(key).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

/// A schema with alternatives that are objects.
struct Choice<'s> {
    schema: &'s Object,
    alternatives: Vec<&'s Object>,
}

impl<'s> Choice<'s> {
    /// Returns the choice of a schema and its keyword, if its alternatives must be merged.
    fn of(schema: &'s Object, schemas: &'s Object) -> Option<(&'static str, Self)> {
        ["anyOf", "oneOf"].into_iter().find_map(|key| {
            let list = alternatives(schema, key);
            if list.len() < 2 || discriminators::tag_property(schemas, schema, list).is_some() {
                return None;
            }
            let resolved = |one: &'s Value| match schema_name(one) {
                Some(name) => schemas.get(name)?.as_object(),
                None => one.as_object(),
            };
            let all = list.iter().map(resolved).collect::<Option<Vec<_>>>()?;
            let choice = Self { schema, alternatives: all };
            let must_merge = choice.only_requires()
                || match key {
                    "anyOf" => schema.contains_key("properties") || choice.shares_property(),
                    _ => choice.is_ambiguous(),
                };
            (choice.has_only_objects(key) && must_merge).then_some((key, choice))
        })
    }

    fn has_only_objects(&self, key: &str) -> bool {
        let is_plain = |object: &Object| {
            object.keys().all(|key| OF_OBJECTS.contains(&key.as_str()) || key.starts_with("x-"))
                && object.get("type").is_none_or(|kind| kind == "object")
                && object.get("additionalProperties").is_none_or(Value::is_boolean)
        };
        let mut own = self.schema.clone();
        own.shift_remove(key);
        is_plain(&own) && self.alternatives.iter().all(|object| is_plain(object))
    }

    /// Returns whether the alternatives only require some of the schema's own properties.
    fn only_requires(&self) -> bool {
        let declares = |one: &&Object| one.contains_key("type") || one.contains_key("properties");
        self.schema.contains_key("properties") && !self.alternatives.iter().any(declares)
    }

    /// Returns whether a value of one alternative could be read as another one, which would lose a
    /// property. Those that require more properties are tried first.
    fn is_ambiguous(&self) -> bool {
        let mut alternatives = self.alternatives.clone();
        alternatives.sort_by_key(|one| Reverse((required(one).len(), properties(one).count())));
        let mut pairs = alternatives
            .iter()
            .enumerate()
            .flat_map(|(at, first)| alternatives[at + 1..].iter().map(move |later| (first, later)));
        !self.schema.contains_key("properties")
            && pairs.any(|(first, later)| could_be_read_as(later, first))
    }

    fn shares_property(&self) -> bool {
        let mut seen = BTreeSet::new();
        let mut objects = std::iter::once(&self.schema).chain(&self.alternatives);
        objects.any(|object| properties(object).any(|(name, _)| !seen.insert(name)))
    }

    /// Returns the keywords of the merged object. A property of the schema itself takes precedence.
    fn merged(&self) -> Object {
        let mut merged = Object::from_iter([
            ("type".to_owned(), json!("object")),
            ("properties".to_owned(), Value::Object(self.properties())),
            ("required".to_owned(), Value::Array(self.required())),
        ]);
        for flag in ["nullable", "additionalProperties"] {
            if self.alternatives.iter().any(|one| one.get(flag) == Some(&json!(true))) {
                merged.insert(flag.to_owned(), json!(true));
            }
        }
        merged
    }

    fn properties(&self) -> Object {
        let own: BTreeSet<&String> = properties(self.schema).map(|(name, _)| name).collect();
        let mut schemas: BTreeMap<&String, Vec<&Value>> = BTreeMap::new();
        for (name, schema) in self.alternatives.iter().flat_map(|one| properties(one)) {
            let schemas = schemas.entry(name).or_default();
            if !schemas.contains(&schema) {
                schemas.push(schema);
            }
        }
        let mut all = Object::new();
        let objects = std::iter::once(&self.schema).chain(&self.alternatives);
        for (name, schema) in objects.flat_map(|object| properties(object)) {
            let several = schemas.get(name).filter(|schemas| schemas.len() > 1);
            all.entry(name.clone()).or_insert_with(|| match several {
                Some(several) if !own.contains(name) => json!({ "anyOf": several }),
                _ => schema.clone(),
            });
        }
        all
    }

    /// Returns the properties that the schema or each alternative requires.
    fn required(&self) -> Vec<Value> {
        let mut names = required(self.schema).to_vec();
        let (first, others) = self.alternatives.split_first().unwrap_or((&self.schema, &[]));
        let common = required(first).iter().filter(|name| {
            others.iter().all(|other| required(other).contains(name)) && !names.contains(name)
        });
        let common: Vec<Value> = common.cloned().collect();
        names.extend(common);
        names
    }
}

/// Returns whether a value of `object` could be read as `other`, which has not all of its properties.
fn could_be_read_as(object: &Object, other: &Object) -> bool {
    let own =
        |of: &'_ Object, name: &str| of.get("properties").and_then(|all| all.get(name)).cloned();
    let is_closed = other.get("additionalProperties") == Some(&json!(false));
    let loses = properties(object).any(|(name, _)| own(other, name).is_none());
    let fits = required(other).iter().filter_map(Value::as_str).all(|name| {
        let kind = |schema: Option<Value>| schema.and_then(|schema| schema.get("type").cloned());
        match (own(object, name), own(other, name)) {
            (None, _) => false,
            (object, other) => match (kind(object), kind(other)) {
                (Some(object), Some(other)) => object == other,
                _ => true,
            },
        }
    });
    !is_closed && loses && fits
}

fn properties(object: &Object) -> impl Iterator<Item = (&String, &Value)> {
    object.get("properties").and_then(Value::as_object).into_iter().flatten()
}

fn required(object: &Object) -> &[Value] {
    object.get("required").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::prepare::testing::draft;
    use crate::prepare::tree::schema_reference;

    fn object(required: &[&str], properties: Value) -> Value {
        json!({"type": "object", "required": required, "properties": properties})
    }

    fn merged(mut schemas: Value, choice: Value) -> (Value, usize) {
        schemas["Choice"] = choice;
        let mut draft = draft(json!({"components": {"schemas": schemas}}));
        merge_overlapping_alternatives(&mut draft).unwrap();
        (draft.document["components"]["schemas"]["Choice"].take(), draft.notes.len())
    }

    fn pets() -> Value {
        let (text, number) = (json!({"type": "string"}), json!({"type": "integer"}));
        json!({
            "Cat": object(&["name", "age"], json!({"name": text, "age": number, "lives": number})),
            "Dog": object(&["name"], json!({"name": text, "age": text})),
            "Car": object(&[], json!({"wheels": number})),
            "Boat": object(&["sails"], json!({"name": text, "sails": number})),
        })
    }

    #[test]
    fn alternatives_that_share_a_property_become_one_object() {
        let (cat, dog) = (schema_reference("Cat"), schema_reference("Dog"));
        let (choice, notes) = merged(pets(), json!({"anyOf": [cat, dog], "description": "A pet."}));
        let age = json!({"anyOf": [{"type": "integer"}, {"type": "string"}]});
        let properties =
            json!({"name": {"type": "string"}, "age": age, "lives": {"type": "integer"}});
        let mut expected = object(&["name"], properties);
        expected["description"] = json!("A pet.");
        assert_eq!((choice, notes), (expected, 1));
    }

    #[test]
    fn a_property_of_the_schema_itself_takes_precedence() {
        let (cat, dog) = (schema_reference("Cat"), schema_reference("Dog"));
        let own = json!({"type": "number"});
        let (choice, _) = merged(pets(), json!({"anyOf": [cat, dog], "properties": {"age": own}}));
        assert_eq!(choice["properties"]["age"], own);
    }

    #[test]
    fn alternatives_that_only_require_properties_are_left_to_the_server() {
        for key in ["anyOf", "oneOf"] {
            let mut choice = object(&["c"], json!({"a": {}, "b": {}, "c": {}}));
            let plain = choice.clone();
            choice[key] = json!([{"required": ["a"]}, {"required": ["b"]}]);
            assert_eq!(merged(json!({}), choice), (plain, 1));
        }
    }

    #[test]
    fn one_of_objects_that_are_read_as_another_one_is_merged() {
        let car = schema_reference("Car");
        let bare = object(&[], json!({"name": {"type": "string"}}));
        let (merged, notes) = merged(pets(), json!({"oneOf": [bare, car]}));
        let properties = json!({"name": {"type": "string"}, "wheels": {"type": "integer"}});
        assert_eq!((merged, notes), (object(&[], properties), 1));
    }

    #[test]
    fn other_alternatives_are_kept() {
        let (cat, car) = (schema_reference("Cat"), schema_reference("Car"));
        let tagged = |tag: &str| object(&["kind"], json!({"kind": {"enum": [tag]}}));
        let choices = [
            json!({"anyOf": [cat, car]}),
            json!({"anyOf": [cat, {"type": "string"}]}),
            json!({"oneOf": [cat, schema_reference("Boat")]}),
            json!({"anyOf": [tagged("a"), tagged("b")]}),
            json!({"anyOf": [cat]}),
        ];
        for choice in choices {
            assert_eq!(merged(pets(), choice.clone()), (choice, 0));
        }
    }

    #[test]
    fn a_choice_inside_its_own_alternative_is_merged_once() {
        let choice = json!({"anyOf": [schema_reference("Node"), schema_reference("Leaf")]});
        let schemas = json!({
            "Leaf": object(&[], json!({"name": {}})),
            "Node": object(&[], json!({"name": {}, "next": choice})),
        });
        let (outer, notes) = merged(schemas, choice.clone());
        assert_eq!(outer["properties"]["next"], choice);
        assert_eq!(notes, 2);
    }
}
