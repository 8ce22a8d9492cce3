//! Turns a choice between objects into a tagged enum, if a discriminator or a constant of each object
//! distinguishes them.
//!
//! The generator ignores discriminators, and does not treat an open enum with one value as a constant. The
//! generated code would try the variants in order, so it could read a value as the wrong variant. If each
//! variant declares its tag as a closed enum with one value, the tag distinguishes them.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::extension::OPEN_ENUM;
use crate::grammar::{Kind, walk_mut};
use crate::prepare::tree::{Object, PutInPlace, pascal_case, schema_name, schemas_mut};
use crate::prepare::{Draft, Error};

pub(in crate::prepare) fn tag_variants(draft: &mut Draft) -> Result<(), Error> {
    let before = schemas_mut(&mut draft.document)?.clone();
    let mut places = PutInPlace::default();
    let (mut untagged, mut bases) = (Vec::new(), Vec::new());
    walk_mut(&mut draft.document, Kind::Document, &mut |value, kind, at| {
        let Some(schema) = value.as_object().filter(|_| kind == Kind::Schema) else {
            return Ok(());
        };
        let Some(variants) = variants(schema) else {
            bases.extend(schema.contains_key("discriminator").then(|| at.to_owned()));
            forget_discriminator(value);
            return Ok(());
        };
        let has_discriminator = schema.contains_key("discriminator");
        let names: Vec<String> =
            variants.iter().filter_map(schema_name).map(str::to_owned).collect();
        match tagged(&before, schema, variants).filter(|_| places.around(at, &names) == 0) {
            Some(variants) => {
                for (index, (name, _)) in variants.iter().enumerate() {
                    let name = name.iter().map(|name| (*name).to_owned());
                    name.for_each(|name| places.put(format!("{at}/oneOf/{index}"), name));
                }
                put_variants(value, variants.into_iter().map(|(_, variant)| variant).collect());
            }
            None if has_discriminator => untagged.push(at.to_owned()),
            None => {}
        }
        Ok::<(), Error>(())
    })?;
    for at in bases {
        draft.note(
            at,
            "the properties of its subtypes are not read here: list them as alternatives",
        );
    }
    for at in untagged {
        draft.note(at, "its variants cannot be tagged; they are tried in their order");
    }
    Ok(())
}

fn variants(schema: &Object) -> Option<&Vec<Value>> {
    schema.get("oneOf").or_else(|| schema.get("anyOf"))?.as_array()
}

fn put_variants(schema: &mut Value, variants: Vec<Value>) {
    let Some(map) = schema.as_object_mut() else { return };
    for keyword in ["oneOf", "anyOf", "discriminator"] {
        map.shift_remove(keyword);
    }
    map.insert("oneOf".to_owned(), Value::Array(variants));
}

/// Removes the discriminator of a plain object, which only lists subtypes.
fn forget_discriminator(schema: &mut Value) {
    if let Some(map) = schema.as_object_mut() {
        map.shift_remove("discriminator");
    }
}

/// Returns the variants with their tags and the names of their schemas.
fn tagged<'v>(
    schemas: &Object,
    schema: &Object,
    variants: &'v [Value],
) -> Option<Vec<(Option<&'v str>, Value)>> {
    let property = tag_property(schemas, schema, variants)?;
    let mut tagged = Vec::new();
    for variant in variants {
        let (name, object) = (schema_name(variant), object_of(schemas, variant)?);
        let mapped = name.map(|name| mapped(schema, name)).unwrap_or_default();
        let tags = match mapped.is_empty() {
            true => values(schemas, object, property),
            false => mapped,
        };
        let by_name = name.filter(|_| tags.is_empty()).map(str::to_owned);
        for tag in tags.into_iter().chain(by_name) {
            tagged.push((name, with_tag(object, property, &tag)?));
        }
    }
    keep_tags_alone(tagged.iter_mut().map(|(_, variant)| variant));
    Some(tagged)
}

/// Sets `minProperties` if every variant consists of its tag alone. Otherwise the generator would write an
/// enum of tags, which rejects an unknown tag.
fn keep_tags_alone<'v>(variants: impl Iterator<Item = &'v mut Value>) {
    let mut variants: Vec<&mut Value> = variants.collect();
    let is_tag =
        |variant: &&mut Value| variant["properties"].as_object().is_some_and(|all| all.len() == 1);
    if variants.iter().all(is_tag) {
        variants.iter_mut().for_each(|variant| variant["minProperties"] = json!(1));
    }
}

/// Returns whether a schema is a choice whose variants are distinguished by a tag.
pub(super) fn has_tags(schemas: &Object, schema: &Object) -> bool {
    variants(schema).is_some_and(|variants| tag_property(schemas, schema, variants).is_some())
}

/// Returns the property whose value distinguishes the variants of a schema: that of the discriminator, or
/// one that each variant requires and for which it declares a single value of its own.
pub(super) fn tag_property<'s>(
    schemas: &'s Object,
    schema: &'s Object,
    variants: &'s [Value],
) -> Option<&'s str> {
    if let Some(discriminator) = schema.get("discriminator") {
        return discriminator.get("propertyName")?.as_str();
    }
    let objects = variants.iter().map(|one| object_of(schemas, one));
    let objects = objects.collect::<Option<Vec<_>>>().filter(|objects| objects.len() > 1)?;
    let required = objects[0].get("required")?.as_array()?.iter().filter_map(Value::as_str);
    let distinguishes = |property: &&str| {
        let mut known = BTreeSet::new();
        objects.iter().all(|object| match values(schemas, object, property).as_slice() {
            [only] => requires(object, property) && known.insert(only.clone()),
            _ => false,
        })
    };
    required.into_iter().find(distinguishes)
}

fn object_of<'s>(schemas: &'s Object, variant: &'s Value) -> Option<&'s Object> {
    match schema_name(variant) {
        Some(name) => schemas.get(name)?.as_object(),
        None => variant.as_object(),
    }
}

fn requires(object: &Object, property: &str) -> bool {
    let required = object.get("required").and_then(Value::as_array);
    required.is_some_and(|names| names.iter().any(|name| name == property))
}

/// Returns the discriminator's values for the schema of that name.
fn mapped(schema: &Object, name: &str) -> Vec<String> {
    let mapping = schema.get("discriminator").and_then(|one| one.get("mapping")?.as_object());
    let mapping = mapping.into_iter().flatten();
    mapping
        .filter(|(_, to)| to.as_str().is_some_and(|to| to.rsplit('/').next() == Some(name)))
        .map(|(tag, _)| tag.clone())
        .collect()
}

/// Returns the values that an object declares for a property, directly or by the component to which it
/// refers.
fn values(schemas: &Object, object: &Object, property: &str) -> Vec<String> {
    let own = object.get("properties").and_then(|all| all.get(property));
    let declared = own.and_then(|own| {
        let only = own.get("allOf").and_then(|parts| parts.get(0)).unwrap_or(own);
        let schema = object_of(schemas, only)?;
        schema.get("enum").or_else(|| schema.get(OPEN_ENUM))?.as_array()
    });
    let declared = declared.into_iter().flatten().filter_map(Value::as_str);
    declared.map(str::to_owned).collect()
}

fn with_tag(object: &Object, property: &str, tag: &str) -> Option<Value> {
    let mut object = object.clone();
    object.insert("title".to_owned(), json!(pascal_case(tag)));
    // The generated code would reject unknown properties of every variant.
    if object.get("additionalProperties") == Some(&json!(false)) {
        object.shift_remove("additionalProperties");
    }
    let properties = object.get_mut("properties")?.as_object_mut()?;
    properties.insert(property.to_owned(), json!({ "type": "string", "enum": [tag] }));
    let required = object.entry("required").or_insert_with(|| json!([])).as_array_mut()?;
    if !required.iter().any(|name| name == property) {
        required.push(json!(property));
    }
    Some(Value::Object(object))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::prepare::choices::recursive;
    use crate::prepare::{enums, testing::draft, tree::schema_reference};

    fn variants(discriminator: Value) -> Value {
        let animal = |extra: &str| json!({"type": "object", "properties": {"kind": {"type": "string"}, extra: {"type": "string"}}});
        let any = json!({
            "oneOf": [{"$ref": "#/components/schemas/Cat"}, {"$ref": "#/components/schemas/Dog"}],
            "discriminator": discriminator,
        });
        let schemas = json!({"Cat": animal("lives"), "Dog": animal("tricks"), "Any": any});
        let mut draft = draft(json!({"paths": {}, "components": {"schemas": schemas}}));
        tag_variants(&mut draft).unwrap();
        draft.document["components"]["schemas"]["Any"].clone()
    }

    #[test]
    fn the_mapping_defines_the_tags() {
        let any = variants(json!({"propertyName": "kind", "mapping": {
            "meow": "#/components/schemas/Cat", "woof": "#/components/schemas/Dog",
        }}));
        let cat = &any["oneOf"][0];
        assert_eq!(cat["properties"]["kind"], json!({"type": "string", "enum": ["meow"]}));
        assert_eq!(cat["required"], json!(["kind"]));
        assert_eq!(any["oneOf"][1]["title"], "Woof");
        assert!(any.get("discriminator").is_none());
    }

    #[test]
    fn without_a_mapping_the_names_are_the_tags() {
        let any = variants(json!({"propertyName": "kind"}));
        assert_eq!(any["oneOf"][1]["properties"]["kind"]["enum"], json!(["Dog"]));
    }

    /// Returns the tags and properties of the variants, after enums became open components.
    fn implied(alternatives: Value) -> Vec<(Value, usize)> {
        let event = |tag: &str, extra: &str| {
            json!({"type": "object", "required": ["kind", extra], "properties": {
                "kind": {"type": "string", "enum": [tag]}, extra: {"type": "string"},
            }})
        };
        let schemas = json!({
            "Cat": event("cat", "lives"), "Dog": event("dog", "tricks"), "Any": alternatives,
        });
        let mut draft = draft(json!({"paths": {}, "components": {"schemas": schemas}}));
        enums::lift_enums_into_open_components(&mut draft).unwrap();
        tag_variants(&mut draft).unwrap();
        let any = &draft.document["components"]["schemas"]["Any"];
        let tagged = any["oneOf"].as_array().unwrap().iter().map(|variant| {
            let properties = variant["properties"].as_object().map_or(0, Object::len);
            (variant["properties"]["kind"]["enum"].clone(), properties)
        });
        tagged.collect()
    }

    #[test]
    fn constants_are_tags_without_a_discriminator_or_mapping() {
        let (cat, dog) = (schema_reference("Cat"), schema_reference("Dog"));
        let tags = vec![(json!(["cat"]), 2), (json!(["dog"]), 2)];
        assert_eq!(implied(json!({"oneOf": [cat, dog]})), tags);
        assert_eq!(implied(json!({"anyOf": [cat, dog]})), tags);
        let discriminator = json!({"propertyName": "kind"});
        assert_eq!(implied(json!({"oneOf": [cat, dog], "discriminator": discriminator})), tags);
        let inline = json!({"type": "object", "required": ["kind"], "properties": {
            "kind": {"type": "string", "enum": ["cow"]},
        }});
        assert_eq!(implied(json!({"oneOf": [cat, inline]}))[1], (json!(["cow"]), 1));
        let same = json!({"oneOf": [cat, dog, schema_reference("Cat")]});
        assert_eq!(implied(same)[0].0, Value::Null);
    }

    #[test]
    fn the_variants_of_a_recursive_choice_are_tagged() {
        let choice = json!({
            "oneOf": [{"$ref": "#/components/schemas/Cat"}], "discriminator": {"propertyName": "kind"},
        });
        let cat = json!({"type": "object", "properties": {"friend": choice}});
        let mut draft = draft(json!({"paths": {}, "components": {"schemas": {"Cat": cat}}}));
        recursive::lift_recursive_choices(&mut draft).unwrap();
        tag_variants(&mut draft).unwrap();
        let variant = &draft.document["components"]["schemas"]["CatFriend"]["oneOf"][0];
        assert_eq!(variant["properties"]["kind"]["enum"], json!(["Cat"]));
        assert_eq!(variant["properties"]["friend"], schema_reference("CatFriend"));
        assert!(draft.notes.is_empty());
    }
}
