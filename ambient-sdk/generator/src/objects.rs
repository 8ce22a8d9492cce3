//! Support for objects in queries, which the generator writes incorrectly or not at all; the crate
//! serializes them itself.

use std::collections::HashMap;
use std::convert::Infallible;

use ambient_sdk_openapi::grammar::{Kind, reference, walk_mut};
use ambient_sdk_openapi::pointer;
use serde_json::{Map, Value, json};

use crate::names;

/// The serialization of an object in a query.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// `name[key]=value`
    Deep,
    /// `key=value`
    Flat,
}

/// Returns the parameters of an operation that are objects in its query, by name.
pub(crate) fn of(document: &Value, item: &Value, operation: &Value) -> HashMap<String, Form> {
    let list = |holder: &Value| {
        let list = holder.get("parameters").and_then(Value::as_array);
        list.cloned().unwrap_or_default()
    };
    let all = list(item).into_iter().chain(list(operation));
    let form = |parameter: Value| {
        let parameter = resolved(document, &parameter);
        Some((parameter.get("name")?.as_str()?.to_owned(), form(document, parameter)?))
    };
    all.filter_map(form).collect()
}

fn form(document: &Value, parameter: &Value) -> Option<Form> {
    if parameter.get("in") != Some(&json!("query")) {
        return None;
    }
    if parameter.get("style") == Some(&json!("deepObject")) {
        return Some(Form::Deep);
    }
    let schema = resolved(document, parameter.get("schema")?);
    let is_object = schema.get("type") == Some(&json!("object"));
    let explodes = parameter.get("explode") != Some(&json!(false));
    (is_object && explodes).then_some(Form::Flat)
}

/// Returns the target of a reference within the document, or the value itself.
fn resolved<'a>(document: &'a Value, value: &'a Value) -> &'a Value {
    followed(document, value).0
}

/// Like [`resolved`], but also returns the last reference that was followed.
fn followed<'a>(document: &'a Value, value: &'a Value) -> (&'a Value, Option<&'a str>) {
    let (mut value, mut last) = (value, None);
    // A reference can point to another one. The limit ends circular references.
    for _ in 0..16 {
        let parts = value.get("allOf").and_then(Value::as_array).map(Vec::as_slice);
        let to = match (reference(value), parts) {
            (Some(to), _) => to,
            (None, Some([only])) => reference(only).unwrap_or_default(),
            _ => break,
        };
        let Some(target) = to.strip_prefix('#').and_then(|to| document.pointer(to)) else { break };
        (value, last) = (target, Some(to));
    }
    (value, last)
}

/// Returns the format of a placeholder string for a type, because the generator does not support
/// structs as parameters.
pub(crate) fn format_of(type_name: &str) -> String {
    format!("x-object-{type_name}")
}

/// Makes the generator accept these parameters, whose style it does not support. Returns the types
/// of those that are structs, and moves inline ones to the components.
pub(crate) fn take_as_values(document: &mut Value) -> Vec<String> {
    let before = document.clone();
    let (mut types, mut hoisted) = (Vec::new(), Map::new());
    let done: Result<(), Infallible> =
        walk_mut(document, Kind::Document, &mut |value, kind, at| {
            if kind == Kind::Parameter && form(&before, value).is_some() {
                types.extend(take(value, at, &before, &mut hoisted));
            }
            Ok(())
        });
    let Ok(()) = done;
    if !hoisted.is_empty()
        && let Some(schemas) = document["components"]
            .as_object_mut()
            .map(|components| components.entry("schemas").or_insert_with(|| json!({})))
        && let Some(schemas) = schemas.as_object_mut()
    {
        schemas.extend(hoisted);
    }
    types
}

fn take(
    parameter: &mut Value,
    at: &str,
    document: &Value,
    hoisted: &mut Map<String, Value>,
) -> Option<String> {
    let own = own_name(parameter, at, document);
    parameter.as_object_mut()?.shift_remove("style");
    let schema = parameter.get_mut("schema")?;
    let (content, to) = followed(document, schema);
    content.get("properties")?;
    let name = match to.and_then(|to| to.strip_prefix("#/components/schemas/")) {
        Some(component) => names::type_name(&pointer::unescape(component)),
        None => {
            // The generator derives the name of the type from that of the component.
            let name = names::type_name(&own);
            hoisted.insert(own, schema.take());
            name
        }
    };
    *schema = json!({"type": "string", "format": format_of(&name)});
    Some(name)
}

/// Returns the generator's name for the schema of a parameter.
fn own_name(parameter: &Value, at: &str, document: &Value) -> String {
    if let Some(title) = parameter.pointer("/schema/title").and_then(Value::as_str) {
        return names::type_name(title);
    }
    let name = parameter.get("name").and_then(Value::as_str).unwrap_or_default();
    let holder = at.rsplit_once("/parameters/").map_or("", |(holder, _)| holder);
    let id = document.pointer(holder).and_then(|operation| operation.get("operationId"));
    match id.and_then(Value::as_str) {
        Some(id) => names::type_name(&format!("{id}-{name}")),
        None => names::type_name(&format!("{name}-query")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn query_objects_are_found_through_references() {
        let query =
            |name: &str, schema: Value| json!({"name": name, "in": "query", "schema": schema});
        let inline = json!({"title": "Inline", "properties": {"b": {"type": "string"}}});
        let mut deep = query("deep", inline);
        deep["style"] = json!("deepObject");
        let mut joined = query("joined", json!({"type": "object"}));
        joined["explode"] = json!(false);
        let get = json!({"parameters": [
            {"$ref": "#/components/parameters/Deep"},
            query("flat", json!({"$ref": "#/components/schemas/Map"})),
            query("text", json!({"type": "string"})), joined,
        ]});
        let map = json!({"type": "object", "properties": {"a": {"type": "string"}}});
        let mut document = json!({
            "paths": {"/a": {"get": get}},
            "components": {"parameters": {"Deep": deep}, "schemas": {"Map": map}},
        });
        let item = &document["paths"]["/a"];
        let forms = of(&document, item, &item["get"]);
        let expected = [("deep".to_owned(), Form::Deep), ("flat".to_owned(), Form::Flat)];
        assert_eq!(forms, HashMap::from(expected));
        // The order of the maps depends on a feature of serde_json.
        let mut taken = take_as_values(&mut document);
        taken.sort_unstable();
        assert_eq!(taken, ["Inline", "Map"]);
        assert!(document["components"]["parameters"]["Deep"].get("style").is_none());
        let flat = &document["paths"]["/a"]["get"]["parameters"][1]["schema"];
        assert_eq!(*flat, json!({"type": "string", "format": "x-object-Map"}));
        assert!(document["components"]["schemas"].get("Inline").is_some());
    }
}
