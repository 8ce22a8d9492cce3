//! Conflicts between properties of one object that would become the same field.

use std::convert::Infallible;

use ambient_sdk_openapi::grammar::{Kind, walk_mut};
use ambient_sdk_openapi::pointer;
use serde_json::{Map, Value};

use super::Renames;
use crate::names::{Names, field, numbered_words};

/// The field that the generator adds for additional properties.
const EXTRA: &str = "extra";

pub(super) fn rename_conflicts(document: &mut Value, renames: &mut Renames) {
    let done: Result<(), Infallible> =
        walk_mut(document, Kind::Document, &mut |schema, kind, at| {
            if let Some(schema) = schema.as_object_mut().filter(|_| kind == Kind::Schema) {
                rename_fields(schema, at, renames);
            }
            Ok(())
        });
    let Ok(()) = done;
}

fn rename_fields(schema: &mut Map<String, Value>, at: &str, renames: &mut Renames) {
    let properties = properties(schema);
    if properties.is_empty() {
        return;
    }
    let by_itself: Vec<String> = properties.iter().map(|name| field(name)).collect();
    let all = Names::of(by_itself.iter().map(String::as_str));
    let mut taken = Names::default();
    if schema.get("additionalProperties").is_some_and(Value::is_object) {
        taken.take(EXTRA);
    }
    for (property, own) in properties.iter().zip(&by_itself) {
        if taken.take(own) {
            continue;
        }
        let others = numbered_words(own).map(|name| field(&name)).filter(|name| !all.has(name));
        let Some(new) = taken.take_first(others) else { continue };
        let text =
            format!("the property `{property}` is `{new}` in Rust: `{own}` is another field");
        renames.note(pointer::join(&format!("{at}/properties"), property), text);
        rename(schema, property, &renames.marks.mark(&new, property));
    }
}

/// Returns the properties that become fields: declared ones, and required ones without a
/// declaration.
fn properties(schema: &Map<String, Value>) -> Vec<String> {
    let declared = schema.get("properties").and_then(Value::as_object);
    let mut properties: Vec<String> = declared.into_iter().flat_map(Map::keys).cloned().collect();
    for name in schema.get("required").and_then(Value::as_array).into_iter().flatten() {
        if let Some(name) = name.as_str().filter(|name| !properties.iter().any(|p| p == name)) {
            properties.push(name.to_owned());
        }
    }
    properties
}

/// Renames a property without changing its position.
pub(super) fn rename(schema: &mut Map<String, Value>, property: &str, new: &str) {
    if let Some(properties) = schema.get_mut("properties").and_then(Value::as_object_mut) {
        let old = std::mem::take(properties);
        properties.extend(
            old.into_iter().map(|(name, schema)| {
                (if name == property { new.to_owned() } else { name }, schema)
            }),
        );
    }
    let required = schema.get_mut("required").and_then(Value::as_array_mut);
    for name in required.into_iter().flatten().filter(|name| *name == property) {
        *name = Value::from(new);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn fields_of(schema: Value) -> (Vec<String>, Vec<String>) {
        let mut document = json!({"components": {"schemas": {"A": schema}}});
        let mut renames = Renames::default();
        rename_conflicts(&mut document, &mut renames);
        let properties = document["components"]["schemas"]["A"]["properties"].as_object().unwrap();
        let fields = properties.keys().map(|name| field(name)).collect();
        (fields, renames.notes.into_iter().map(|note| note.pointer).collect())
    }

    #[test]
    fn a_conflicting_field_gets_an_unused_number() {
        let (fields, notes) = fields_of(json!({"properties": {
            "createdAt": {}, "created_at": {}, "created-at": {}, "created_at_2": {},
        }}));
        assert_eq!(fields, ["created_at", "created_at_3", "created_at_4", "created_at_2"]);
        let at = |name: &str| format!("/components/schemas/A/properties/{name}");
        assert_eq!(notes, [at("created_at"), at("created-at")]);
    }

    #[test]
    fn a_property_named_extra_is_renamed_only_in_an_open_object() {
        let text = json!({"type": "string"});
        let closed = json!({"properties": {"extra": {}}, "additionalProperties": false});
        assert_eq!(fields_of(closed).0, ["extra"]);
        let open = json!({"properties": {"extra": {}}, "additionalProperties": text});
        assert_eq!(fields_of(open).0, ["extra_2"]);
    }
}
