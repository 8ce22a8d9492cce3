//! Makes alternatives of values a choice of one, removes duplicates, and moves string types behind other
//! types.
//!
//! For `anyOf` the generator writes a struct that contains every alternative, unless each excludes the
//! others. Only objects can be read into it.
//!
//! Formats without a type in the raw crate can make two alternatives equal, which the generator rejects.
//! The generated code tries alternatives in order. An open enum or a timestamp keeps unknown values as
//! text, including numbers, so it would match a number before a number type is tried. An object ignores
//! unknown properties, so it would match a value of an alternative with more properties. The type of
//! errors matches every object.
//!
//! If each alternative is an object with one property, the generator takes the property's name as the tag,
//! and the generated code rejects a value with another property. Setting `minProperties` prevents that.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::extension::ERROR_SCHEMA;
use crate::grammar::{Kind, walk_mut};
use crate::prepare::openapi_3_1::require_all;
use crate::prepare::tree::{pascal_case, resolved};
use crate::prepare::{Draft, Error, enums};

/// The number of nested choices that are followed. A choice can contain itself.
const DEPTH: usize = 8;

pub(in crate::prepare) fn choose_one_value(draft: &mut Draft) -> Result<(), Error> {
    let before = draft.document.clone();
    draft.change_schemas(|schema, _| -> Option<String> {
        let alternatives = schema.get("anyOf").and_then(Value::as_array)?;
        if !schema.contains_key("oneOf")
            && alternatives.iter().any(|one| is_value(&before, one, DEPTH))
        {
            let alternatives = schema.shift_remove("anyOf")?;
            schema.insert("oneOf".to_owned(), alternatives);
        }
        None
    });
    Ok(())
}

pub(in crate::prepare) fn drop_duplicate_alternatives(draft: &mut Draft) -> Result<(), Error> {
    walk_mut(&mut draft.document, Kind::Document, &mut |value, kind, _| {
        for key in ["oneOf", "anyOf"] {
            let alternatives = value.get_mut(key).and_then(Value::as_array_mut);
            let Some(alternatives) = alternatives.filter(|_| kind == Kind::Schema) else {
                continue;
            };
            if remove_duplicates(alternatives) && alternatives.len() == 1 {
                let only = alternatives.pop().unwrap_or_default();
                put_in_place(value, key, only);
            }
        }
        Ok::<(), Error>(())
    })
}

pub(in crate::prepare) fn try_strings_last(draft: &mut Draft) -> Result<(), Error> {
    sort_by_key(draft, is_text);
    Ok(())
}

pub(in crate::prepare) fn try_stricter_objects_first(draft: &mut Draft) -> Result<(), Error> {
    sort_by_key(draft, |schema| {
        let count = |of: Option<usize>| Reverse(of.unwrap_or_default());
        let required = schema.get("required").and_then(Value::as_array).map(Vec::len);
        let properties = schema.get("properties").and_then(Value::as_object).map(Map::len);
        (rank(schema), count(required), count(properties))
    });
    Ok(())
}

pub(in crate::prepare) fn read_open_objects_by_content(draft: &mut Draft) -> Result<(), Error> {
    draft.change_schemas(|schema, at| -> Option<String> {
        let alternatives = schema.get_mut("oneOf")?.as_array_mut()?;
        let properties = alternatives.iter().map(only_property).collect::<Option<Vec<_>>>()?;
        let properties: Vec<String> = properties.into_iter().map(str::to_owned).collect();
        let is_closed = |one: &Value| one.get("additionalProperties") == Some(&json!(false));
        if !alternatives.iter().all(is_closed) {
            let place = enums::name_of_place(at, &BTreeMap::new());
            for (one, property) in alternatives.iter_mut().zip(properties) {
                let Some(one) = one.as_object_mut() else { continue };
                one.insert("minProperties".to_owned(), json!(1));
                let name = format!("{place}{}", pascal_case(&property));
                one.entry("title").or_insert_with(|| json!(name));
            }
        }
        None
    });
    Ok(())
}

/// Returns the property of an inline object that has no other one, if it is required.
fn only_property(schema: &Value) -> Option<&str> {
    let properties = schema.get("properties")?.as_object()?;
    let required = schema.get("required")?.as_array()?;
    match (properties.keys().next(), required.as_slice()) {
        (Some(only), [required]) if properties.len() == 1 && required == only.as_str() => {
            Some(only)
        }
        _ => None,
    }
}

/// Ranks a schema: values that are not objects come first, then objects, and the type of errors last.
/// Lists precede objects, because serde also reads a list as an object.
fn rank(schema: &Value) -> u8 {
    let is_other = schema.get("type").is_some_and(|kind| kind != "object");
    match schema.get(ERROR_SCHEMA) {
        Some(_) => 2,
        None => u8::from(!is_other),
    }
}

/// Returns the component that a schema uses, directly or with a description of its own.
fn used<'a>(document: &'a Value, schema: &'a Value) -> &'a Value {
    match schema.get("allOf").and_then(Value::as_array).map(Vec::as_slice) {
        Some([only]) => resolved(document, only),
        _ => resolved(document, schema),
    }
}

/// Sorts the alternatives of each choice. The sort is stable, so those with the same key keep their
/// order.
fn sort_by_key<K: Ord>(draft: &mut Draft, key: impl Fn(&Value) -> K) {
    let before = draft.document.clone();
    draft.change_schemas(|schema, _| -> Option<String> {
        for choice in ["oneOf", "anyOf"] {
            if let Some(alternatives) = schema.get_mut(choice).and_then(Value::as_array_mut) {
                alternatives.sort_by_key(|one| key(used(&before, one)));
            }
        }
        None
    });
}

/// Returns whether a schema is for a value that need not be an object, or a choice with such a value.
fn is_value(document: &Value, schema: &Value, depth: usize) -> bool {
    let schema = resolved(document, schema);
    if let Some(kind) = schema.get("type") {
        return kind != "object";
    }
    let is_object =
        ["properties", "additionalProperties"].iter().any(|key| schema.get(key).is_some());
    let parts =
        ["allOf", "anyOf", "oneOf"].into_iter().filter_map(|key| schema.get(key)?.as_array());
    let mut parts = parts.flatten().peekable();
    match parts.peek() {
        Some(_) => depth > 0 && parts.any(|one| is_value(document, one, depth - 1)),
        None => !is_object,
    }
}

/// Returns whether there were duplicates.
fn remove_duplicates(alternatives: &mut Vec<Value>) -> bool {
    let mut kept: Vec<Value> = Vec::with_capacity(alternatives.len());
    let before = alternatives.len();
    for one in std::mem::take(alternatives) {
        if !kept.contains(&one) {
            kept.push(one);
        }
    }
    *alternatives = kept;
    alternatives.len() < before
}

/// Replaces a choice with its only alternative, and keeps the annotations of the place.
fn put_in_place(schema: &mut Value, key: &str, only: Value) {
    let Some(map) = schema.as_object_mut() else { return };
    map.shift_remove(key);
    let Value::Object(only) = only else { return };
    let is_wrapped = only.contains_key("$ref") || only.keys().any(|key| map.contains_key(key));
    match is_wrapped {
        true => require_all(map, json!([only])),
        false => map.extend(only),
    }
}

fn is_text(schema: &Value) -> bool {
    schema.get("type") == Some(&json!("string"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::prepare::testing::draft;

    #[test]
    fn numbers_are_tried_before_strings() {
        let size = json!({"$ref": "#/components/schemas/Size"});
        let (number, text) = (json!({"type": "integer"}), json!({"type": "string"}));
        let schemas = json!({"Size": text, "A": {"oneOf": [size, text, number]}});
        let mut draft = draft(json!({"components": {"schemas": schemas}}));
        try_strings_last(&mut draft).unwrap();
        let alternatives = &draft.document["components"]["schemas"]["A"]["oneOf"];
        assert_eq!(*alternatives, json!([number, size, text]));
    }

    #[test]
    fn an_object_is_tried_before_those_with_a_part_of_its_properties() {
        let object = |required: &[&str], optional: &[&str]| {
            let names = required.iter().chain(optional).map(|name| ((*name).to_owned(), json!({})));
            let properties: Map<String, Value> = names.collect();
            json!({"type": "object", "required": required, "properties": properties})
        };
        let error = json!({"type": "object", ERROR_SCHEMA: true, "required": ["a", "b", "c"]});
        let (small, large, wide) =
            (object(&["a"], &[]), object(&["a", "b"], &[]), object(&["a"], &["c", "d"]));
        let list = json!({"type": "array", "items": {}});
        let schemas = json!({
            "Error": error,
            "A": {"oneOf": [{"$ref": "#/components/schemas/Error"}, small, wide, large, list]},
        });
        let mut draft = draft(json!({"components": {"schemas": schemas}}));
        try_stricter_objects_first(&mut draft).unwrap();
        let error = json!({"$ref": "#/components/schemas/Error"});
        let sorted = json!([list, large, wide, small, error]);
        assert_eq!(draft.document["components"]["schemas"]["A"]["oneOf"], sorted);
    }

    #[test]
    fn open_objects_with_one_property_are_no_tags() {
        let object = |name: &str| json!({"type": "object", "required": [name], "properties": {name: {"type": "string"}}});
        let closed = |name: &str| {
            let mut object = object(name);
            object["additionalProperties"] = json!(false);
            object
        };
        let schemas = json!({
            "Shape": {"oneOf": [object("circle"), closed("line")]},
            "Closed": {"oneOf": [closed("circle"), closed("line")]},
            "Other": {"oneOf": [object("circle"), {"type": "string"}]},
        });
        let mut draft = draft(json!({"components": {"schemas": schemas}}));
        read_open_objects_by_content(&mut draft).unwrap();
        let after = &draft.document["components"]["schemas"];
        let [circle, line] = [&after["Shape"]["oneOf"][0], &after["Shape"]["oneOf"][1]];
        assert_eq!(
            (&circle["title"], &circle["minProperties"]),
            (&json!("ShapeCircle"), &json!(1))
        );
        assert_eq!((&line["title"], &line["minProperties"]), (&json!("ShapeLine"), &json!(1)));
        assert_eq!((&after["Closed"], &after["Other"]), (&schemas["Closed"], &schemas["Other"]));
    }

    #[test]
    fn only_a_choice_between_objects_remains_any_of() {
        let name = json!({"$ref": "#/components/schemas/Name"});
        let object = json!({"type": "object"});
        let schemas = json!({
            "Name": {"type": "string", "enum": ["a"]},
            "Value": {"anyOf": [{"type": "string"}, name]},
            "Objects": {"anyOf": [object, object]},
            "Nested": {"anyOf": [{"$ref": "#/components/schemas/Value"}, object]},
            "Endless": {"anyOf": [{"$ref": "#/components/schemas/Endless"}, object]},
            "Free": {"anyOf": [{"description": "d"}, object]},
            "Enum": {"anyOf": [{"enum": ["a"]}, object]},
            "Described": {"anyOf": [{"allOf": [name, {"description": "d"}]}, object]},
            "Parts": {"anyOf": [{"allOf": [object, {"properties": {"a": {}}}]}, object]},
        });
        let mut draft = draft(json!({"components": {"schemas": schemas}}));
        choose_one_value(&mut draft).unwrap();
        let schemas = &draft.document["components"]["schemas"];
        assert_eq!(schemas["Value"], json!({"oneOf": [{"type": "string"}, name]}));
        assert_eq!(schemas["Objects"], json!({"anyOf": [object, object]}));
        for name in ["Nested", "Free", "Enum", "Described"] {
            assert!(schemas[name]["oneOf"].is_array(), "{name}");
        }
        assert!(schemas["Endless"]["anyOf"].is_array() && schemas["Parts"]["anyOf"].is_array());
    }

    #[test]
    fn equal_alternatives_are_merged() {
        let text = json!({"type": "string"});
        let schemas = json!({
            "A": {"anyOf": [text, text], "description": "a"},
            "B": {"oneOf": [text, {"type": "integer"}, text]},
        });
        let mut draft = draft(json!({"components": {"schemas": schemas}}));
        drop_duplicate_alternatives(&mut draft).unwrap();
        let schemas = &draft.document["components"]["schemas"];
        assert_eq!(schemas["A"], json!({"type": "string", "description": "a"}));
        assert_eq!(schemas["B"], json!({"oneOf": [text, {"type": "integer"}]}));
    }
}
