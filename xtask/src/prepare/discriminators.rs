//! Turns a `oneOf` with a discriminator into a tagged enum.
//!
//! The generator ignores discriminators, and the generated code tries the variants in order, so it could
//! read a value as the wrong variant. If each variant declares its tag as a constant, the tag
//! distinguishes them.

use serde_json::{Value, json};

use super::tree::{Object, PutInPlace, pascal_case, schema_name, schemas_mut};
use super::{Draft, Error};
use crate::grammar::{Kind, walk_mut};

pub(super) fn tag_variants(draft: &mut Draft) -> Result<(), Error> {
    if !mentions_discriminator(&draft.document) {
        return Ok(());
    }
    let before = schemas_mut(&mut draft.document)?.clone();
    let mut places = PutInPlace::default();
    let mut untagged = Vec::new();
    walk_mut(&mut draft.document, Kind::Document, &mut |value, kind, at| {
        if kind != Kind::Schema || value.get("discriminator").is_none() {
            return Ok(());
        }
        let Some(variants) = variants(value) else {
            forget_discriminator(value);
            return Ok(());
        };
        let names: Vec<String> =
            variants.iter().filter_map(schema_name).map(str::to_owned).collect();
        match tagged(&before, value, variants).filter(|_| places.around(at, &names) == 0) {
            Some(variants) => {
                for (index, (name, _)) in variants.iter().enumerate() {
                    places.put(format!("{at}/oneOf/{index}"), name.clone());
                }
                put_variants(value, variants.into_iter().map(|(_, variant)| variant).collect());
            }
            None => untagged.push(at.to_owned()),
        }
        Ok::<(), Error>(())
    })?;
    for at in untagged {
        draft.note(at, "its variants cannot be tagged; they are tried in their order");
    }
    Ok(())
}

fn mentions_discriminator(value: &Value) -> bool {
    match value {
        Value::Object(map) => {
            map.contains_key("discriminator") || map.values().any(mentions_discriminator)
        }
        Value::Array(list) => list.iter().any(mentions_discriminator),
        _ => false,
    }
}

fn variants(schema: &Value) -> Option<&Vec<Value>> {
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
fn tagged(schemas: &Object, schema: &Value, variants: &[Value]) -> Option<Vec<(String, Value)>> {
    let discriminator = schema.get("discriminator")?;
    let property = discriminator.get("propertyName")?.as_str()?;
    let mut tagged = Vec::new();
    for variant in variants {
        let name = schema_name(variant)?;
        let object = schemas.get(name)?.as_object()?;
        for tag in tags(discriminator, name) {
            tagged.push((name.to_owned(), with_tag(object, property, &tag)?));
        }
    }
    Some(tagged)
}

/// Returns the discriminator's values for the schema of that name; without a mapping, the name itself.
fn tags(discriminator: &Value, name: &str) -> Vec<String> {
    let mapping = discriminator.get("mapping").and_then(Value::as_object).into_iter().flatten();
    let mapped: Vec<String> = mapping
        .filter(|(_, to)| to.as_str().is_some_and(|to| to.rsplit('/').next() == Some(name)))
        .map(|(tag, _)| tag.clone())
        .collect();
    if mapped.is_empty() { vec![name.to_owned()] } else { mapped }
}

fn with_tag(object: &Object, property: &str, tag: &str) -> Option<Value> {
    let mut object = object.clone();
    object.insert("title".to_owned(), json!(pascal_case(tag)));
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
    use super::super::testing::draft;
    use super::*;

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

    #[test]
    fn a_recursive_variant_is_tagged_once() {
        let choice = json!({
            "oneOf": [{"$ref": "#/components/schemas/Cat"}], "discriminator": {"propertyName": "kind"},
        });
        let cat = json!({"type": "object", "properties": {"friend": choice}});
        let mut draft = draft(json!({"paths": {}, "components": {"schemas": {"Cat": cat}}}));
        tag_variants(&mut draft).unwrap();
        let friend = &draft.document["components"]["schemas"]["Cat"]["properties"]["friend"];
        assert_eq!(friend["oneOf"][0]["title"], "Cat");
        assert_eq!(draft.notes.len(), 1);
    }
}
