//! Turns string enums into open, named component schemas.
//!
//! The generator creates closed enums, so a value that the server adds later would break existing
//! clients. The build turns a component with `x-extensible-enum` into the known variants and a variant
//! that keeps unknown text. Equal enums with the same title become one type.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::tree::{Object, is_component, pascal_case, schema_reference, schemas_mut};
use super::{Draft, Error};
use crate::extension::OPEN_ENUM as OPEN;
use crate::grammar::{Kind, is_structure, walk_mut};
use crate::pointer;

/// Keywords that describe the type, not the place of its use.
const OF_THE_TYPE: [&str; 5] = ["type", "enum", "title", OPEN, "format"];

pub(super) fn lift_enums_into_open_components(draft: &mut Draft) -> Result<(), Error> {
    let mut names = operation_ids(&mut draft.document);
    let mut lifted = Lifted::of(schemas_mut(&mut draft.document)?);
    walk_mut(&mut draft.document, Kind::Document, &mut |value, kind, at| {
        if let (Kind::Parameter, Some(Value::String(name))) = (kind, value.get("name")) {
            names.insert(at.to_owned(), name.clone());
        }
        let Some(map) = value.as_object_mut().filter(|_| kind == Kind::Schema) else {
            return Ok(());
        };
        let Some(values) = values_of(map) else { return Ok(()) };
        if is_component(at) {
            open(map, &values);
        } else {
            let name = lifted.name(map, &values, at, &names);
            *value = reference_in_place(map, &name);
        }
        Ok::<(), Error>(())
    })?;
    schemas_mut(&mut draft.document)?.extend(lifted.added);
    lifted.places.into_iter().for_each(|(new, old)| draft.origins.moved(new, old));
    Ok(())
}

/// Removes the values of other enums. No Rust enum can be deserialized from values of several types, and
/// the generator rejects them. A closed enum of numbers could not represent a number that the server
/// adds.
pub(super) fn drop_other_enums(draft: &mut Draft) -> Result<(), Error> {
    draft.change_schemas(|schema, _| {
        let mut notes = Vec::new();
        if schema.get("type") == Some(&json!("string")) && write_values_as_text(schema) {
            notes.push(
                "unquoted values are read as strings, because the type is `string`".to_owned(),
            );
        }
        if drop_list_without_texts(schema) {
            notes.push(format!("`{OPEN}` is left out: it does not list the texts of a string"));
        }
        let values = schema.get("enum").and_then(Value::as_array);
        let is_null = |values: &Vec<Value>| !values.is_empty() && values.iter().all(Value::is_null);
        if values.is_some_and(|values| !is_null(values)) && values_of(schema).is_none() {
            schema.shift_remove("enum");
            notes.push("the values are not strings; the check is left to the server".to_owned());
        }
        notes
    });
    Ok(())
}

/// Removes the list of an open enum if it has no texts, or if the values have another type. Returns
/// whether there was such a list.
fn drop_list_without_texts(schema: &mut Object) -> bool {
    let Some(list) = schema.get(OPEN) else { return false };
    let is_text = |value: &Value| value.is_string() || value.is_null();
    let texts = list.as_array().filter(|list| list.iter().any(Value::is_string));
    let has_texts = match schema.get("type") {
        Some(kind) => kind == "string" && texts.is_some(),
        None => texts.is_some_and(|list| list.iter().all(is_text)),
    };
    !has_texts && schema.shift_remove(OPEN).is_some()
}

/// Rewrites `enum: [1, yes]` of strings as `enum: ['1', 'yes']`. Returns whether there was such a value.
fn write_values_as_text(schema: &mut Object) -> bool {
    let mut unquoted = 0;
    for key in ["enum", OPEN] {
        let values = schema.get_mut(key).and_then(Value::as_array_mut).into_iter().flatten();
        for value in values.filter(|value| value.is_number() || value.is_boolean()) {
            *value = json!(value.to_string());
            unquoted += 1;
        }
    }
    unquoted > 0
}

/// The values of the new components, by name.
struct Lifted {
    taken: BTreeMap<String, Vec<Value>>,
    added: Object,
    /// The first place of each component.
    places: Vec<(String, String)>,
}

impl Lifted {
    fn of(schemas: &Object) -> Self {
        let values = |schema: &Value| schema.as_object().and_then(values_of).unwrap_or_default();
        let taken = schemas.iter().map(|(name, schema)| (name.clone(), values(schema))).collect();
        Self { taken, added: Object::new(), places: Vec::new() }
    }

    /// Returns the name of the component with these values, which is created if it is missing.
    fn name(
        &mut self,
        schema: &Object,
        values: &[Value],
        at: &str,
        names: &BTreeMap<String, String>,
    ) -> String {
        let by_place = name_of_place(at, names);
        let title = schema.get("title").and_then(Value::as_str).map(pascal_case);
        let plain = title.clone().unwrap_or_else(|| by_place.clone());
        let numbered = (2..).map(|number| format!("{by_place}{number}"));
        let mut candidates = [plain, by_place.clone()].into_iter().chain(numbered);
        loop {
            let Some(name) = candidates.next() else { return by_place };
            match self.taken.get(&name) {
                Some(known) if known == values => return name,
                Some(_) => {}
                None => {
                    self.add(&name, schema, values);
                    self.places.push((pointer::join("/components/schemas", &name), at.to_owned()));
                    return name;
                }
            }
        }
    }

    fn add(&mut self, name: &str, schema: &Object, values: &[Value]) {
        let mut component = json!({ "type": "string", OPEN: values });
        if let Some(prose) = schema.get("description") {
            component["description"] = prose.clone();
        }
        self.taken.insert(name.to_owned(), values.to_vec());
        self.added.insert(name.to_owned(), component);
    }
}

/// Returns the known values of a string enum, closed or open; the type may be implicit.
pub(super) fn values_of(schema: &Object) -> Option<Vec<Value>> {
    let values = schema.get(OPEN).or_else(|| schema.get("enum"))?.as_array()?;
    let is_text = match schema.get("type") {
        Some(kind) => kind == "string" && !values.is_empty(),
        None => {
            values.iter().all(|value| value.is_string() || value.is_null())
                && values.iter().any(Value::is_string)
        }
    };
    if !is_text {
        return None;
    }
    let mut texts: Vec<Value> = Vec::with_capacity(values.len());
    for value in values.iter().filter(|value| value.is_string()) {
        if !texts.contains(value) {
            texts.push(value.clone());
        }
    }
    Some(texts)
}

fn open(schema: &mut Object, values: &[Value]) {
    schema.shift_remove("enum");
    schema.entry("type").or_insert_with(|| json!("string"));
    schema.insert(OPEN.to_owned(), json!(values));
}

/// Returns a reference with the annotations of the place: description, default, readOnly and others.
fn reference_in_place(schema: &Object, name: &str) -> Value {
    let mut place: Object =
        schema.iter().filter(|(key, _)| !OF_THE_TYPE.contains(&key.as_str())).map(pair).collect();
    if schema.get("enum").and_then(Value::as_array).is_some_and(|v| v.contains(&Value::Null)) {
        place.insert("nullable".to_owned(), json!(true));
    }
    if place.is_empty() {
        return schema_reference(name);
    }
    place.insert("allOf".to_owned(), json!([schema_reference(name)]));
    Value::Object(place)
}

fn pair((key, value): (&String, &Value)) -> (String, Value) {
    (key.clone(), value.clone())
}

/// Derives a name from a place: `/components/schemas/Pet/properties/color` is `PetColor`. Below an
/// operation or a parameter, the name in `names` replaces the pointer.
pub(super) fn name_of_place(at: &str, names: &BTreeMap<String, String>) -> String {
    let mut words: Vec<String> = Vec::new();
    let mut prefix = String::new();
    for (depth, segment) in pointer::segments(at).enumerate() {
        prefix = pointer::join(&prefix, &segment);
        match names.get(&prefix) {
            Some(id) if prefix.starts_with("/paths/") && depth == 2 => words = vec![id.clone()],
            Some(name) => words.push(name.clone()),
            None if depth < 2 && !prefix.starts_with("/paths") => {}
            None if is_structure(&segment) => {}
            None => words.push(segment),
        }
    }
    words.iter().map(|word| pascal_case(word)).collect()
}

fn operation_ids(document: &mut Value) -> BTreeMap<String, String> {
    super::tree::operations_mut(document)
        .filter_map(|(spot, operation)| {
            Some((spot.pointer(), operation.get("operationId")?.as_str()?.to_owned()))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::testing::draft;
    use super::*;

    fn lifted(schemas: Value) -> Value {
        let mut draft = draft(json!({"paths": {}, "components": {"schemas": schemas}}));
        lift_enums_into_open_components(&mut draft).unwrap();
        draft.document["components"]["schemas"].clone()
    }

    #[test]
    fn a_closed_enum_becomes_an_open_component_named_by_its_place() {
        let schemas = lifted(json!({"Pet": {"type": "object", "properties": {
            "color": {"type": "string", "enum": ["red", "blue"], "description": "Its color.", "default": "red"},
        }}}));
        let place = json!({
            "description": "Its color.", "default": "red",
            "allOf": [{"$ref": "#/components/schemas/PetColor"}],
        });
        assert_eq!(schemas["Pet"]["properties"]["color"], place);
        let component =
            json!({"type": "string", OPEN: ["red", "blue"], "description": "Its color."});
        assert_eq!(schemas["PetColor"], component);
    }

    #[test]
    fn equal_values_with_one_title_become_one_type() {
        let enumeration =
            |values: Value| json!({"type": "string", "title": "Color", "enum": values});
        let schemas = lifted(json!({
            "A": {"type": "object", "properties": {"c": enumeration(json!(["x"]))}},
            "B": {"type": "object", "properties": {"c": enumeration(json!(["x"]))}},
            "C": {"type": "object", "properties": {"c": enumeration(json!(["y"]))}},
        }));
        assert_eq!(schemas["A"]["properties"]["c"], schema_reference("Color"));
        assert_eq!(schemas["B"]["properties"]["c"], schema_reference("Color"));
        assert_eq!(schemas["C"]["properties"]["c"], schema_reference("CC"));
    }

    #[test]
    fn open_lists_take_precedence_and_components_are_opened_in_place() {
        let schemas = lifted(json!({"Color": {"type": "string", "enum": ["a"], OPEN: ["a", "b"]}}));
        assert_eq!(schemas["Color"], json!({"type": "string", OPEN: ["a", "b"]}));
    }

    #[test]
    fn used_names_are_not_reused() {
        let schemas = lifted(json!({
            "PetColor": {"type": "object"},
            "Pet": {"type": "object", "properties": {"color": {"type": "string", "enum": ["a"]}}},
        }));
        assert_eq!(schemas["Pet"]["properties"]["color"], schema_reference("PetColor2"));
    }

    #[test]
    fn the_type_of_a_string_enum_may_be_implicit() {
        let schemas = lifted(json!({
            "Color": {"enum": ["red", "blue"]},
            "Pet": {"type": "object", "properties": {
                "size": {"enum": ["small", null]}, "age": {"enum": [1, 2]}, "none": {"enum": [null]},
            }},
        }));
        assert_eq!(schemas["Color"], json!({"type": "string", OPEN: ["red", "blue"]}));
        assert_eq!(schemas["PetSize"], json!({"type": "string", OPEN: ["small"]}));
        assert_eq!(schemas["Pet"]["properties"]["size"]["nullable"], true);
        assert_eq!(schemas["Pet"]["properties"]["age"], json!({"enum": [1, 2]}));
        assert_eq!(schemas["Pet"]["properties"]["none"], json!({"enum": [null]}));
    }

    #[test]
    fn values_that_are_not_strings_are_left_to_the_server() {
        let schemas = json!({"Pet": {"type": "object", "properties": {
            "age": {"enum": ["old", 1, null], "description": "Its age."},
            "legs": {"type": "integer", "enum": [2, 4]},
            "color": {"type": "string", "enum": ["red", 1]}, "none": {"enum": [null]},
        }}});
        let mut draft = draft(json!({"components": {"schemas": schemas.clone()}}));
        drop_other_enums(&mut draft).unwrap();
        let properties = &draft.document["components"]["schemas"]["Pet"]["properties"];
        assert_eq!(properties["age"], json!({"description": "Its age."}));
        assert_eq!(properties["legs"], json!({"type": "integer"}));
        assert_eq!(properties["color"], json!({"type": "string", "enum": ["red", "1"]}));
        assert_eq!(properties["none"], json!({"enum": [null]}));
        let places: Vec<&str> = draft.notes.iter().map(|note| note.pointer.as_str()).collect();
        let at = |name: &str| format!("/components/schemas/Pet/properties/{name}");
        assert_eq!(places, [at("age"), at("legs"), at("color")]);
    }

    #[test]
    fn an_open_list_without_texts_is_left_out() {
        for schema in [
            json!({"type": "integer", OPEN: [1, 2]}),
            json!({"type": "string", OPEN: "a"}),
            json!({"type": "string", OPEN: [null]}),
            json!({"type": "string", OPEN: []}),
            json!({"type": "array", OPEN: ["a"]}),
            json!({ OPEN: [1, "a"] }),
            json!({"type": "string", "enum": ["a"], OPEN: {"a": "b"}}),
        ] {
            let mut draft = draft(json!({"components": {"schemas": {"A": schema}}}));
            drop_other_enums(&mut draft).unwrap();
            let mut kept = schema.clone();
            kept.as_object_mut().unwrap().shift_remove(OPEN);
            assert_eq!(draft.document["components"]["schemas"]["A"], kept, "{schema}");
            assert_eq!(draft.notes.len(), 1, "{schema}");
        }
        let mixed = json!({"type": "string", OPEN: ["a", 5, null]});
        let mut draft = draft(json!({"components": {"schemas": {"A": mixed}}}));
        drop_other_enums(&mut draft).unwrap();
        lift_enums_into_open_components(&mut draft).unwrap();
        assert_eq!(draft.document["components"]["schemas"]["A"][OPEN], json!(["a", "5"]));
        assert_eq!(draft.notes.len(), 1);
    }

    #[test]
    fn null_among_the_values_makes_the_place_nullable() {
        let schemas = lifted(json!({"Pet": {"type": "object", "properties": {
            "color": {"type": "string", "enum": ["a", null]},
        }}}));
        assert_eq!(schemas["Pet"]["properties"]["color"]["nullable"], true);
        assert_eq!(schemas["PetColor"][OPEN], json!(["a"]));
    }
}
