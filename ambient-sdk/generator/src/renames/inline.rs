//! Conflicts between inline schemas that become types.
//!
//! The generator derives the name of such a type from its title or from its context, and treats two
//! types with the same name as one. Therefore a schema whose name is already in use gets a unique
//! title.

use std::collections::HashMap;

use ambient_sdk_openapi::grammar::{is_method, reference};
use ambient_sdk_openapi::pointer;
use serde_json::{Map, Value, json};

use super::Renames;
use super::schemas::RESERVED;
use crate::names::{Names, field, numbered_types, type_name};

type Object = Map<String, Value>;

/// The number of possible names of a schema that are checked.
const MOST_NAMES: usize = 16;
const CHOICES: [&str; 3] = ["oneOf", "anyOf", "allOf"];

pub(super) fn rename_conflicts(document: &mut Value, renames: &mut Renames) {
    let schemas = document.pointer("/components/schemas").and_then(Value::as_object);
    let components = schemas.into_iter().flat_map(Map::keys).map(|name| type_name(name));
    let components: Vec<String> = components.collect();
    let components = Names::of(components.iter().map(String::as_str));
    let mut types = Types { components, inline: HashMap::new(), renames };
    let schemas = document.pointer_mut("/components/schemas").and_then(Value::as_object_mut);
    for (name, schema) in schemas.into_iter().flatten() {
        types.component(name, schema);
    }
    let paths = document.get_mut("paths").and_then(Value::as_object_mut);
    for (path, item) in paths.into_iter().flatten() {
        types.path_item(&pointer::join("/paths", path), item);
    }
}

/// The type names in use.
struct Types<'a> {
    components: Names,
    /// The schema of each inline name.
    inline: HashMap<String, Value>,
    renames: &'a mut Renames,
}

impl Types<'_> {
    fn component(&mut self, name: &str, schema: &mut Value) {
        let at = pointer::join("/components/schemas", name);
        let name = type_name(name);
        match is_nullable(schema) {
            true => self.schema(schema, &[format!("{name}Inner")], &at),
            false => self.below(schema, &[name], &at),
        }
    }

    fn path_item(&mut self, at: &str, item: &mut Value) {
        let shared = item.get_mut("parameters").map(Value::take);
        for (key, operation) in item.as_object_mut().into_iter().flatten() {
            if is_method(key) {
                self.operation(operation, &pointer::join(at, key));
            }
        }
        if let Some(shared) = shared {
            item["parameters"] = shared;
        }
    }

    fn operation(&mut self, operation: &mut Value, at: &str) {
        let id =
            operation.get("operationId").and_then(Value::as_str).unwrap_or_default().to_owned();
        let parameters = operation.get_mut("parameters").and_then(Value::as_array_mut);
        for (index, parameter) in parameters.into_iter().flatten().enumerate() {
            let name = parameter.get("name").and_then(Value::as_str).unwrap_or_default();
            let name = type_name(&format!("{id}-{name}"));
            if let Some(schema) = parameter.get_mut("schema") {
                self.schema(schema, &[name], &format!("{at}/parameters/{index}/schema"));
            }
        }
        let body = type_name(&format!("{id}-body"));
        if let Some(request) = operation.get_mut("requestBody") {
            self.content(request, &body, &format!("{at}/requestBody"));
        }
        let response = type_name(&format!("{id}-response"));
        let responses = operation.get_mut("responses").and_then(Value::as_object_mut);
        for (status, content) in responses.into_iter().flatten() {
            self.content(content, &response, &format!("{at}/responses/{status}"));
        }
    }

    fn content(&mut self, holder: &mut Value, name: &str, at: &str) {
        let content = holder.get_mut("content").and_then(Value::as_object_mut);
        for (media, content) in content.into_iter().flatten() {
            if let Some(schema) = content.get_mut("schema") {
                let at = pointer::join(&format!("{at}/content"), media);
                self.schema(schema, &[name.to_owned()], &format!("{at}/schema"));
            }
        }
    }

    /// Visits an inline schema; `names` are the names that the generator may derive for it without a
    /// title.
    fn schema(&mut self, schema: &mut Value, names: &[String], at: &str) {
        if reference(schema).is_some() {
            return;
        }
        let title = schema.get("title").and_then(Value::as_str);
        let title = title.filter(|_| !is_nullable_choice(schema));
        let own = match title {
            Some(title) => vec![type_name(title)],
            None => each(names, type_name),
        };
        let own = if has_type(schema) { self.name(schema, own, at) } else { own };
        self.below(titled(schema, &own), &own, at);
    }

    /// Returns the possible type names of a schema. If one of them is already in use, the schema gets
    /// a new name as its title.
    fn name(&mut self, schema: &mut Value, names: Vec<String>, at: &str) -> Vec<String> {
        let is_free = |types: &Self, name: &str| {
            !types.components.has(name)
                && !RESERVED.contains(&name)
                && types.inline.get(name).is_none_or(|other| other == schema)
        };
        let Some(own) = names.iter().find(|name| !is_free(self, name)).cloned() else {
            self.inline.extend(names.iter().map(|name| (name.clone(), schema.clone())));
            return names;
        };
        let described = RESERVED.contains(&own.as_str()).then(|| format!("{own}Type"));
        let others = described.into_iter().chain(numbered_types(&own));
        let Some(new) = others.into_iter().find(|name| is_free(self, name)) else { return names };
        self.inline.insert(new.clone(), schema.clone());
        let text = format!("the schema here is `{new}` in Rust: `{own}` is another type");
        self.renames.note(at, text);
        set_title(schema, &new);
        vec![new]
    }

    /// Visits the schemas inside a schema with one of these names.
    fn below(&mut self, schema: &mut Value, names: &[String], at: &str) {
        let Some(map) = schema.as_object_mut() else { return };
        let has_properties = map.get("properties").is_some_and(Value::is_object);
        let required = map.get("required").and_then(Value::as_array).cloned().unwrap_or_default();
        if let Some(Value::Object(properties)) = map.get_mut("properties") {
            for (property, schema) in properties {
                let at = pointer::join(&format!("{at}/properties"), property);
                let is_tag = is_constant(schema) && required.iter().any(|name| name == property);
                // A tag has no type. Without tags, the names begin with the variant's name.
                let names = if is_tag { &names[names.len().saturating_sub(1)..] } else { names };
                let names = each(names, |name| format!("{name}_{}", field(property)));
                self.schema(schema, &names, &at);
            }
        }
        let value = if has_properties { "_extraValue" } else { "Value" };
        for (key, word) in [("items", "Item"), ("additionalProperties", value)] {
            if let Some(schema) = map.get_mut(key).filter(|schema| schema.is_object()) {
                let names = each(names, |name| format!("{name}{word}"));
                self.schema(schema, &names, &format!("{at}/{key}"));
            }
        }
        self.alternatives(map, names, at);
    }

    fn alternatives(&mut self, map: &mut Object, names: &[String], at: &str) {
        for (key, word) in [("oneOf", "Variant"), ("anyOf", "Variant"), ("allOf", "Subtype")] {
            let list = map.get_mut(key).and_then(Value::as_array_mut);
            for (index, schema) in list.into_iter().flatten().enumerate() {
                let at = format!("{at}/{key}/{index}");
                let mut variants = each(names, |name| format!("{name}{word}{index}"));
                if !is_variant(schema) {
                    self.schema(schema, &variants, &at);
                    continue;
                }
                // The names of the types of a variant's fields begin with the enum's name if the
                // variants have a tag, and with the variant's title or name otherwise.
                if let Some(title) = schema.get("title").and_then(Value::as_str) {
                    variants = vec![type_name(title)];
                }
                variants.splice(0..0, names.iter().cloned());
                variants.truncate(MOST_NAMES);
                self.below(schema, &variants, &at);
            }
        }
    }
}

fn each(names: &[String], derive: impl Fn(&str) -> String) -> Vec<String> {
    names.iter().map(|name| derive(name)).collect()
}

fn is_constant(schema: &Value) -> bool {
    schema.get("enum").and_then(Value::as_array).is_some_and(|values| values.len() == 1)
}

fn is_nullable(schema: &Value) -> bool {
    schema.get("nullable") == Some(&json!(true))
}

/// Returns whether a schema is a choice or a use of a component, or `null`. The generator ignores its
/// title.
fn is_nullable_choice(schema: &Value) -> bool {
    let has = |key: &str| schema.get(key).is_some();
    is_nullable(schema) && CHOICES.into_iter().any(has) && !has("type") && !has("properties")
}

/// Sets the title of a schema. The title of a choice that may be `null` is set inside a choice between
/// `null` and the rest, which is what the generator reads it as.
fn set_title(schema: &mut Value, title: &str) {
    if !is_nullable_choice(schema) {
        schema["title"] = json!(title);
        return;
    }
    let Some(map) = schema.as_object_mut() else { return };
    let mut choice = Object::from_iter([("title".to_owned(), json!(title))]);
    for key in CHOICES {
        choice.extend(map.remove(key).map(|all| (key.to_owned(), all)));
    }
    map.remove("nullable");
    map.insert("oneOf".to_owned(), json!([{"nullable": true, "enum": [null]}, choice]));
}

/// Returns the part of a schema to which [`set_title`] has given a title.
fn titled<'s>(schema: &'s mut Value, names: &[String]) -> &'s mut Value {
    let title = |choice: &Value| choice.get("title").and_then(Value::as_str).map(str::to_owned);
    let has_title = |choice: &Value| title(choice).as_ref() == names.first();
    let has_null = schema.pointer("/oneOf/0/enum/0").is_some_and(Value::is_null);
    match has_null && schema.pointer("/oneOf/1").is_some_and(has_title) {
        true => &mut schema["oneOf"][1],
        false => schema,
    }
}

fn is_object(schema: &Value) -> bool {
    schema.get("properties").and_then(Value::as_object).is_some_and(|all| !all.is_empty())
}

/// Returns whether an alternative becomes a variant with fields, without a type.
fn is_variant(schema: &Value) -> bool {
    let other = schema.get("additionalProperties");
    is_object(schema) && other.is_none_or(|other| *other == json!(false))
}

/// Returns whether the generator creates a named type for a schema. It does not for plain text,
/// lists, maps and references to components.
fn has_type(schema: &Value) -> bool {
    let has = |key: &str| schema.get(key).is_some_and(|value| !value.is_null());
    let parts = schema.get("allOf").and_then(Value::as_array).map(Vec::as_slice);
    let is_use = matches!(parts, Some([only]) if reference(only).is_some());
    if is_use && !["properties", "oneOf", "anyOf", "enum", "required"].into_iter().any(has) {
        return false;
    }
    is_object(schema)
        || ["oneOf", "anyOf", "allOf", "enum", "required"].into_iter().any(has)
        || schema.get("additionalProperties") == Some(&json!(false))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn titles(schemas: Value) -> (Value, Vec<String>) {
        let mut document = json!({"components": {"schemas": schemas}});
        let mut renames = Renames::default();
        rename_conflicts(&mut document, &mut renames);
        let notes = renames.notes.into_iter().map(|note| note.pointer).collect();
        (document["components"]["schemas"].take(), notes)
    }

    fn object(properties: Value) -> Value {
        json!({"type": "object", "properties": properties})
    }

    #[test]
    fn an_inline_object_with_the_name_of_a_component_gets_a_number() {
        let (schemas, notes) = titles(json!({
            "Crate": object(json!({"item": object(json!({"x": {}}))})),
            "CrateItem": object(json!({"other": {}})),
        }));
        assert_eq!(schemas["Crate"]["properties"]["item"]["title"], "CrateItem2");
        assert_eq!(notes, ["/components/schemas/Crate/properties/item"]);
    }

    #[test]
    fn different_inline_objects_with_one_name_become_two_types() {
        let inline = |name: &str| object(json!({ name: {} }));
        let (schemas, _) = titles(json!({
            "Foo": object(json!({"bar_baz": inline("x")})),
            "FooBar": object(json!({"baz": inline("y")})),
        }));
        assert!(schemas["Foo"]["properties"]["bar_baz"].get("title").is_none());
        assert_eq!(schemas["FooBar"]["properties"]["baz"]["title"], "FooBarBaz2");
        let (_, notes) = titles(json!({
            "Foo": object(json!({"bar_baz": inline("x")})),
            "FooBar": object(json!({"baz": inline("x")})),
        }));
        assert!(notes.is_empty());
    }

    #[test]
    fn a_reference_to_a_component_gets_no_title() {
        let place = json!({"allOf": [{"$ref": "#/components/schemas/PetColor"}], "nullable": true});
        let schemas =
            json!({"Pet": object(json!({"color": place})), "PetColor": {"type": "string"}});
        assert_eq!(titles(schemas.clone()), (schemas, vec![]));
    }

    #[test]
    fn the_inline_types_of_a_variant_are_named_after_the_enum_or_the_variant() {
        let variant = |name: &str| object(json!({"error": object(json!({name: {}}))}));
        let list = object(json!({"data": {"type": "array", "items": object(json!({"z": {}}))}}));
        let (schemas, notes) = titles(json!({
            "Event": {"oneOf": [variant("x"), variant("y"), list]},
            "EventError": object(json!({"a": {}})),
            "EventVariant2DataItem": object(json!({"b": {}})),
        }));
        let title = |at: &str| schemas.pointer(&format!("/Event/oneOf/{at}/title")).cloned();
        assert_eq!(title("0/properties/error"), Some(json!("EventError2")));
        assert_eq!(title("1/properties/error"), Some(json!("EventError3")));
        let items = Some(json!("EventVariant2DataItem2"));
        assert_eq!((title("2/properties/data/items"), notes.len()), (items, 3));
    }

    #[test]
    fn a_nullable_choice_gets_its_title_next_to_null() {
        let tax = json!({"$ref": "#/components/schemas/Tax"});
        let inline = object(json!({"x": {}}));
        let choice = json!([{"type": "string"}, tax, {"type": "array", "items": inline}]);
        let (schemas, notes) = titles(json!({
            "Order": object(json!({
                "tax": {"nullable": true, "title": "Tax", "description": "d", "oneOf": choice},
            })),
            "OrderTax": object(json!({"y": {}})),
            "OrderTax2Variant2Item": object(json!({"z": {}})),
            "Tax": object(json!({"x": {}})),
        }));
        let place = &schemas["Order"]["properties"]["tax"];
        assert_eq!(place["oneOf"][0], json!({"nullable": true, "enum": [null]}));
        assert_eq!(place["oneOf"][1]["title"], "OrderTax2");
        let items = &place["oneOf"][1]["oneOf"][2]["items"];
        assert_eq!(items["title"], "OrderTax2Variant2Item2");
        assert_eq!((&place["description"], place.get("nullable")), (&json!("d"), None));
        assert_eq!(notes.len(), 2);
    }

    #[test]
    fn different_inline_objects_with_one_title_become_two_types() {
        let titled =
            |name: &str| json!({"type": "object", "title": "Data", "properties": {name: {}}});
        let (schemas, _) = titles(json!({
            "A": object(json!({"a": titled("x")})),
            "B": object(json!({"b": {"type": "array", "items": titled("y")}})),
            "C": object(json!({"c": {"type": "object", "title": "Default", "properties": {"x": {}}}})),
        }));
        assert_eq!(schemas["B"]["properties"]["b"]["items"]["title"], "Data2");
        assert_eq!(schemas["C"]["properties"]["c"]["title"], "DefaultType");
    }
}
