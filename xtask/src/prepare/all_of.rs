//! Merges `allOf` into one plain object if its parts are objects.
//!
//! The generator merges parts only partially: it loses descriptions, rejects parts that declare a
//! property twice, and requires a type for each part. A base without other uses is dropped.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use serde_json::{Value, json};

use super::tree::{
    Object, PutInPlace, is_component, referred_schemas, reject, schema_name, schemas_mut,
};
use super::{Draft, Error};
use crate::endless;
use crate::extension::ERROR_SCHEMA;
use crate::grammar::{Kind, walk_mut};
use crate::pointer;

/// The maximum nesting depth of a base inside itself.
const MAX_NESTING: usize = 16;

pub(super) fn merge_parts_into_one_object(draft: &mut Draft) -> Result<(), Error> {
    let mut bases = Bases::of(&mut draft.document)?;
    let mut places = PutInPlace::default();
    let mut merged_bases = BTreeSet::new();
    walk_mut(&mut draft.document, Kind::Document, &mut |value, kind, at| {
        if kind != Kind::Schema {
            return Ok(());
        }
        bases.drop_repeated_type(value);
        if !is_component(at) {
            annotate_the_use(value);
        }
        if let Some(merged) = merged(value, at, &mut bases)? {
            let names = parts(value).filter_map(schema_name).map(str::to_owned);
            let names: Vec<String> = names.collect();
            if places.around(at, &names) > MAX_NESTING {
                return Err(reject(at, "the schema contains itself, with more parts each time")
                    .with_help("move it to a separate component"));
            }
            for name in names {
                places.put(at.to_owned(), name.clone());
                merged_bases.insert(name);
            }
            *value = merged;
        } else {
            // A component of which a part is not an object.
            annotate_the_use(value);
        }
        forget_undeclared_requirements(value);
        Ok(())
    })?;
    drop_unused(draft, &merged_bases)
}

/// Rejects schemas that contain themselves, for example a base whose alternatives are its own subtypes,
/// because the generator would not terminate.
pub(super) fn reject_endless_schemas(draft: &mut Draft) -> Result<(), Error> {
    endless::check(&draft.document).map_err(|endless| {
        reject(pointer::join("/components/schemas", endless.0), endless.to_string())
            .with_help("a base must not list its subtypes: remove its alternatives in the overlay")
    })
}

/// Returns the object that a schema with `allOf` is equivalent to; `None` if there is none.
fn merged(schema: &Value, at: &str, bases: &mut Bases) -> Result<Option<Value>, Error> {
    if schema.get("allOf").is_none() || (!is_component(at) && is_described_reference(schema)) {
        return Ok(None);
    }
    let mut object = Object::new();
    if !absorb(schema, &mut object, bases, at)? {
        return Ok(None);
    }
    object.entry("type").or_insert_with(|| json!("object"));
    Ok(Some(Value::Object(object)))
}

/// Returns the parts of a schema, and recursively the parts of its inline parts.
fn parts(schema: &Value) -> Box<dyn Iterator<Item = &Value> + '_> {
    let all = schema.get("allOf").and_then(Value::as_array).into_iter().flatten();
    Box::new(all.flat_map(|part| std::iter::once(part).chain(parts(part))))
}

/// Collects the names of all schemas that are a part of another schema, at any depth.
fn named_parts<'a>(value: &'a Value, names: &mut BTreeSet<&'a str>) {
    match value {
        Value::Object(map) => {
            let parts = map.get("allOf").and_then(Value::as_array).into_iter().flatten();
            names.extend(parts.filter_map(schema_name));
            map.values().for_each(|value| named_parts(value, names));
        }
        Value::Array(list) => list.iter().for_each(|value| named_parts(value, names)),
        _ => {}
    }
}

/// The named schemas that are parts of others, before any merge.
struct Bases {
    schemas: BTreeMap<String, Value>,
    /// The cached addition of each schema to an object; `None` if the schema is not an object.
    additions: BTreeMap<String, Option<Object>>,
    /// The schemas that are being merged, outermost first.
    open: Vec<String>,
}

impl Bases {
    fn of(document: &mut Value) -> Result<Self, Error> {
        let mut names = BTreeSet::new();
        named_parts(document, &mut names);
        let names: Vec<String> = names.into_iter().map(str::to_owned).collect();
        let known = schemas_mut(document)?;
        let named = |name: String| known.get(&name).cloned().map(|schema| (name, schema));
        let schemas = names.into_iter().filter_map(named).collect();
        Ok(Self { schemas, additions: BTreeMap::new(), open: Vec::new() })
    }

    /// Removes the type next to a named schema of this type, which would make it another schema.
    fn drop_repeated_type(&self, schema: &mut Value) {
        let Some(name) = only_part(schema).and_then(schema_name) else { return };
        let Some(target) = self.schemas.get(name) else { return };
        let own = schema.get("type");
        let is_object = own.is_some_and(|kind| kind == "object") && target.get("type").is_none();
        if own == target.get("type") || is_object {
            schema.as_object_mut().and_then(|map| map.shift_remove("type"));
        }
    }

    /// Returns the addition of the schema of that name to an object that has it as a part.
    fn addition(&mut self, name: &str, at: &str) -> Result<Option<Object>, Error> {
        if let Some(known) = self.additions.get(name) {
            return Ok(known.clone());
        }
        if self.open.iter().any(|open| open == name) {
            return Err(reject(at, format!("the schema `{name}` is a part of itself"))
                .with_help("remove it from its parts"));
        }
        let Some(schema) = self.schemas.get(name).cloned() else { return Ok(None) };
        self.open.push(name.to_owned());
        let mut object = Object::new();
        let is_object = absorb(&schema, &mut object, self, at)?;
        self.open.pop();
        for annotation in ["title", "description", "example", "nullable", "discriminator"] {
            object.shift_remove(annotation);
        }
        let addition = is_object.then_some(object);
        self.additions.insert(name.to_owned(), addition.clone());
        Ok(addition)
    }
}

/// Returns whether a schema only annotates one use of a named schema, for which OpenAPI 3.0 needs
/// `allOf`. The type is then the named one.
fn is_described_reference(schema: &Value) -> bool {
    let Some(map) = schema.as_object() else { return false };
    only_part(schema).and_then(schema_name).is_some()
        && map.keys().all(|key| key == "allOf" || is_about_the_use(key))
}

fn only_part(schema: &Value) -> Option<&Value> {
    match schema.get("allOf")?.as_array()?.as_slice() {
        [only] => Some(only),
        _ => None,
    }
}

/// Returns whether a keyword describes the place of a schema, and not its values.
pub(super) fn is_about_the_use(key: &str) -> bool {
    is_annotation(key) || ["nullable", "readOnly", "writeOnly", "default"].contains(&key)
}

/// Moves the annotations in a part of `allOf` next to it, if the other part is a named schema.
fn annotate_the_use(schema: &mut Value) {
    let Some(map) = schema.as_object_mut() else { return };
    let parts = map.get("allOf").and_then(Value::as_array).map(Vec::as_slice);
    let Some([first, second]) = parts else { return };
    let (named, about) =
        if schema_name(first).is_some() { (first, second) } else { (second, first) };
    let says_nothing_else = |about: &Object| {
        about
            .iter()
            .all(|(key, value)| is_about_the_use(key) || (key == "type" && value == "object"))
    };
    let Some(about) = about.as_object().filter(|about| says_nothing_else(about)) else { return };
    if schema_name(named).is_none() || map.contains_key("properties") {
        return;
    }
    let (named, mut about) = (named.clone(), about.clone());
    about.shift_remove("type");
    map.insert("allOf".to_owned(), json!([named]));
    for (key, value) in about {
        map.entry(key).or_insert(value);
    }
}

/// Adds a part to the object. Returns `false` if the part is not an object.
fn absorb(part: &Value, object: &mut Object, bases: &mut Bases, at: &str) -> Result<bool, Error> {
    if let Some(name) = schema_name(part) {
        let addition = bases.addition(name, at)?;
        let is_object = addition.is_some();
        add(object, addition.unwrap_or_default());
        return Ok(is_object);
    }
    let Some(map) = part.as_object().filter(|map| is_plain_object(map)) else { return Ok(false) };
    for inner in map.get("allOf").and_then(Value::as_array).into_iter().flatten() {
        if !absorb(inner, object, bases, at)? {
            return Ok(false);
        }
    }
    let own = map.iter().filter(|(key, _)| *key != "allOf");
    add(object, own.map(|(key, value)| (key.clone(), value.clone())).collect());
    Ok(true)
}

/// Returns whether only objects can match, so that the properties define the type.
fn is_plain_object(schema: &Object) -> bool {
    let other = ["oneOf", "anyOf", "not", "enum", "items"];
    schema.get("type").is_none_or(|kind| kind == "object")
        && !other.iter().any(|keyword| schema.contains_key(*keyword))
        && (schema.contains_key("properties")
            || schema.contains_key("allOf")
            || schema.contains_key("type")
            || schema.keys().all(|key| is_annotation(key) || key == "required"))
}

fn is_annotation(key: &str) -> bool {
    matches!(key, "title" | "description" | "example" | "deprecated") || key.starts_with("x-")
}

/// Merges objects. Later values take precedence; a redeclared property keeps the keywords that the new
/// declaration omits.
fn add(object: &mut Object, part: Object) {
    for (key, value) in part {
        match (key.as_str(), object.get_mut(&key), value) {
            ("properties", Some(Value::Object(known)), Value::Object(new)) => {
                for (name, schema) in new {
                    match (known.get_mut(&name), schema) {
                        (Some(Value::Object(known)), Value::Object(schema))
                            if !schema.contains_key("$ref") && !known.contains_key("$ref") =>
                        {
                            redeclare(known, schema);
                        }
                        (_, schema) => {
                            known.insert(name, schema);
                        }
                    }
                }
            }
            ("required", Some(Value::Array(known)), Value::Array(new)) => {
                let new: Vec<Value> =
                    new.into_iter().filter(|name| !known.contains(name)).collect();
                known.extend(new);
            }
            (_, _, value) => {
                object.insert(key, value);
            }
        }
    }
}

/// Adds the keywords of a new declaration of a property. Keywords of another type do not apply to it.
fn redeclare(known: &mut Object, new: Object) {
    if new.get("type").is_some_and(|kind| known.get("type").is_some_and(|known| known != kind)) {
        known.retain(|key, _| is_about_the_use(key));
    }
    known.extend(new);
}

/// Removes requirements of undeclared properties. A base may require properties that only its subtypes
/// declare, which would add a field of any type to the base.
fn forget_undeclared_requirements(schema: &mut Value) {
    let Some(map) = schema.as_object_mut() else { return };
    let Some(Value::Array(mut required)) = map.get("required").cloned() else { return };
    let Some(properties) = map.get("properties").and_then(Value::as_object) else { return };
    required.retain(|name| name.as_str().is_none_or(|name| properties.contains_key(name)));
    if required.is_empty() {
        map.shift_remove("required");
    } else {
        map.insert("required".to_owned(), Value::Array(required));
    }
}

/// Drops the bases without references.
fn drop_unused(draft: &mut Draft, bases: &BTreeSet<String>) -> Result<(), Error> {
    let mut used = Vec::new();
    referred_schemas(&draft.document, &mut used);
    let used: HashSet<&str> = used.into_iter().collect();
    let unused: Vec<String> =
        bases.iter().filter(|name| !used.contains(name.as_str())).cloned().collect();
    schemas_mut(&mut draft.document)?
        .retain(|name, schema| !unused.contains(name) || schema.get(ERROR_SCHEMA).is_some());
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::{testing::draft, tree::schema_reference};
    use super::*;

    fn merged_schemas(schemas: Value) -> Value {
        let mut draft = draft(json!({"paths": {}, "components": {"schemas": schemas}}));
        merge_parts_into_one_object(&mut draft).unwrap();
        draft.document["components"]["schemas"].clone()
    }

    #[test]
    fn a_part_that_only_annotates_the_other_is_no_part() {
        let item = schema_reference("Item");
        let parent =
            json!({"allOf": [item, {"type": "object", "nullable": true, "description": "d"}]});
        let schemas = json!({"Item": {"type": "object", "properties": {"parent": parent}}});
        let merged = merged_schemas(schemas);
        let expected = json!({"allOf": [item], "nullable": true, "description": "d"});
        assert_eq!(merged["Item"]["properties"]["parent"], expected);
    }

    #[test]
    fn a_component_may_annotate_a_choice() {
        let choice = json!({"oneOf": [{"type": "object", "properties": {"a": {}}}]});
        let annotated = json!({"allOf": [schema_reference("Choice"), {"description": "d"}]});
        let merged = merged_schemas(json!({"Choice": choice, "Use": annotated}));
        let expected = json!({"allOf": [schema_reference("Choice")], "description": "d"});
        assert_eq!(merged["Use"], expected);
    }

    #[test]
    fn a_base_that_lists_its_subtypes_is_rejected_with_its_place() {
        let subtype = json!({"allOf": [schema_reference("Base"), {"type": "object"}]});
        for key in ["oneOf", "anyOf"] {
            let base = json!({"type": "object", key: [schema_reference("Subtype")]});
            let schemas = json!({"Base": base, "Subtype": subtype});
            let mut draft = draft(json!({"components": {"schemas": schemas}}));
            merge_parts_into_one_object(&mut draft).unwrap();
            let refusal = reject_endless_schemas(&mut draft).unwrap_err().to_string();
            assert!(refusal.contains("/components/schemas/Base"), "{refusal}");
        }
    }

    #[test]
    fn parts_become_one_object_and_unused_bases_are_dropped() {
        let schemas = merged_schemas(json!({
            "List": {"type": "object", "description": "base", "properties": {"page": {"type": "integer"}},
                     "required": ["page", "items"]},
            "Pets": {"description": "Pets.", "allOf": [
                {"$ref": "#/components/schemas/List"},
                {"type": "object", "properties": {"items": {"type": "array", "items": {}}}},
            ]},
        }));
        let pets = json!({
            "properties": {"page": {"type": "integer"}, "items": {"type": "array", "items": {}}},
            "required": ["page", "items"], "type": "object", "description": "Pets.",
        });
        assert_eq!(schemas, json!({ "Pets": pets }));
    }

    #[test]
    fn a_redeclared_property_keeps_its_first_description() {
        let schemas = merged_schemas(json!({"A": {"allOf": [
            {"type": "object", "properties": {"at": {"type": "string", "description": "When."}}},
            {"type": "object", "properties": {"at": {"type": "string", "format": "date-time"}}},
        ]}}));
        let at = json!({"type": "string", "description": "When.", "format": "date-time"});
        assert_eq!(schemas["A"]["properties"]["at"], at);
    }

    #[test]
    fn a_redeclared_property_of_another_type_keeps_no_keywords_of_the_first() {
        let schemas = merged_schemas(json!({"A": {"allOf": [
            {"type": "object", "properties": {
                "at": {"type": "string", "format": "date-time", "description": "When."},
            }},
            {"type": "object", "properties": {"at": {"type": "integer"}}},
        ]}}));
        let at = json!({"type": "integer", "description": "When."});
        assert_eq!(schemas["A"]["properties"]["at"], at);
    }

    #[test]
    fn schemas_that_are_not_objects_are_unchanged() {
        let wrapped =
            json!({"allOf": [{"$ref": "#/components/schemas/Color"}], "description": "Its color."});
        let schemas = merged_schemas(json!({
            "Color": {"type": "string"},
            "Pet": {"type": "object", "properties": {"color": wrapped}},
        }));
        assert_eq!(schemas["Pet"]["properties"]["color"], wrapped);
        assert!(schemas.get("Color").is_some());
    }

    #[test]
    fn a_described_reference_keeps_the_named_type() {
        let owner =
            json!({"allOf": [{"$ref": "#/components/schemas/Pet"}], "description": "Its parent."});
        let schemas = merged_schemas(json!({
            "Pet": {"type": "object", "properties": {"parent": owner}},
        }));
        assert_eq!(schemas["Pet"]["properties"]["parent"], owner);
    }

    #[test]
    fn a_repeated_type_makes_no_other_schema() {
        let next = json!({"allOf": [schema_reference("Item")], "type": "object", "title": "t"});
        let item = json!({"type": "object", "properties": {"next": next}});
        let more = json!({"allOf": [schema_reference("Item"), item]});
        for name in ["Item", "More"] {
            let schemas = merged_schemas(json!({"Item": item, "More": more}));
            let next = json!({"allOf": [schema_reference("Item")], "title": "t"});
            assert_eq!(schemas[name]["properties"]["next"], next);
        }
    }

    #[test]
    fn a_base_does_not_require_undeclared_properties() {
        let schemas = merged_schemas(
            json!({"List": {"type": "object", "properties": {}, "required": ["items"]}}),
        );
        assert!(schemas["List"].get("required").is_none());
    }

    #[test]
    fn a_schema_that_is_a_part_of_itself_is_rejected() {
        let schemas = json!({"A": {"allOf": [{"$ref": "#/components/schemas/A"}]}});
        let mut draft = draft(json!({"paths": {}, "components": {"schemas": schemas}}));
        assert!(merge_parts_into_one_object(&mut draft).unwrap_err().to_string().contains("`A`"));
    }

    #[test]
    fn a_base_may_be_used_by_many_parts_of_one_object() {
        let mut schemas = json!({
            "Base": {"type": "object", "properties": {"id": {"type": "string"}}},
        });
        let mut parts = Vec::new();
        for number in 0..12 {
            let name = format!("Part{number}");
            schemas[&name] = json!({"allOf": [
                {"$ref": "#/components/schemas/Base"},
                {"type": "object", "properties": { name.clone(): {"type": "string"} }},
            ]});
            parts.push(json!({"$ref": format!("#/components/schemas/{name}")}));
        }
        schemas["All"] = json!({ "allOf": parts });
        let all = merged_schemas(schemas)["All"]["properties"].as_object().unwrap().len();
        assert_eq!(all, 13);
    }

    #[test]
    fn exponentially_repeated_parts_are_merged_in_time() {
        let mut schemas =
            json!({"A0": {"type": "object", "properties": {"id": {"type": "string"}}}});
        for number in 1..64 {
            let part = json!({"$ref": format!("#/components/schemas/A{}", number - 1)});
            schemas[format!("A{number}")] = json!({"allOf": [part, part]});
        }
        assert_eq!(merged_schemas(schemas)["A63"]["properties"]["id"]["type"], "string");
    }

    #[test]
    fn an_endlessly_inlined_schema_is_rejected_with_its_place() {
        let child = json!({"allOf": [
            {"$ref": "#/components/schemas/A"},
            {"type": "object", "properties": {"more": {"type": "string"}}},
        ]});
        let schemas = json!({"A": {"type": "object", "properties": {"child": child}}});
        let mut draft = draft(json!({"paths": {}, "components": {"schemas": schemas}}));
        let error = merge_parts_into_one_object(&mut draft).unwrap_err().to_string();
        assert!(
            error.contains("/components/schemas/A/properties/child/properties/child"),
            "{error}"
        );
    }

    #[test]
    fn a_base_may_be_used_inside_a_subtype() {
        let subtype = |extra: Value| {
            json!({"allOf": [
                {"$ref": "#/components/schemas/Base"}, {"type": "object", "properties": extra},
            ]})
        };
        let schemas = merged_schemas(json!({
            "Base": {"type": "object", "properties": {"id": {"type": "string"}}},
            "Parent": subtype(json!({"child": subtype(json!({"child": subtype(json!({}))}))})),
        }));
        let child = &schemas["Parent"]["properties"]["child"];
        assert_eq!(child["properties"]["child"]["properties"]["id"]["type"], "string");
    }
}
