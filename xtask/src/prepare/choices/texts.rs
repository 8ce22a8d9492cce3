//! Joins alternatives that are string enums into one enum.
//!
//! A choice of constants, each with a description, is how OpenAPI 3.1 describes the values of an enum. An
//! open enum keeps unknown texts, so the first alternative would read the texts of all others.

use serde_json::{Value, json};

use crate::prepare::all_of::is_about_the_use;
use crate::prepare::tree::{Object, resolved};
use crate::prepare::{Draft, Error, enums};

/// The number of nested choices that are followed. A choice can contain itself.
const DEPTH: usize = 8;
/// The keywords of a string without a type of its own.
const OF_STRINGS: [&str; 4] = ["type", "minLength", "maxLength", "pattern"];

pub(in crate::prepare) fn join_texts(draft: &mut Draft) -> Result<(), Error> {
    let before = draft.document.clone();
    draft.change_schemas(|schema, _| -> Option<String> {
        let mut texts = Texts::default();
        texts.add(&before, schema, DEPTH).filter(|()| !texts.values.is_empty())?;
        let key = if schema.contains_key("oneOf") { "oneOf" } else { "anyOf" };
        schema.shift_remove(key)?;
        texts.put(schema);
        None
    });
    Ok(())
}

/// The texts of a choice.
#[derive(Default)]
struct Texts {
    values: Vec<Value>,
    /// The lines about values with a description.
    lines: Vec<String>,
    is_nullable: bool,
}

impl Texts {
    /// Adds the texts of a schema. Returns `None` if it has other values.
    fn add(&mut self, document: &Value, schema: &Object, depth: usize) -> Option<()> {
        self.is_nullable |= schema.get("nullable") == Some(&json!(true));
        if let Some(values) = enums::values_of(schema) {
            self.is_nullable |= has_null(schema);
            self.describe(&values, schema);
            values.into_iter().for_each(|value| {
                if !self.values.contains(&value) {
                    self.values.push(value);
                }
            });
            return Some(());
        }
        let is_any = |key: &String| is_about_the_use(key) || OF_STRINGS.contains(&key.as_str());
        if schema.get("type") == Some(&json!("string")) && schema.keys().all(is_any) {
            return Some(());
        }
        let part = |key: &str| schema.get(key).and_then(Value::as_array);
        let parts = match (part("oneOf"), part("anyOf"), part("allOf")) {
            (Some(parts), None, None) | (None, Some(parts), None) => parts,
            (None, None, Some(parts)) if parts.len() == 1 => parts,
            _ => return None,
        };
        let is_other = |key: &String| {
            !is_about_the_use(key) && !["oneOf", "anyOf", "allOf"].contains(&key.as_str())
        };
        if depth == 0 || schema.keys().filter(|key| *key != "type").any(is_other) {
            return None;
        }
        parts.iter().try_for_each(|part| {
            self.add(document, resolved(document, part).as_object()?, depth - 1)
        })
    }

    fn describe(&mut self, values: &[Value], schema: &Object) {
        let description = schema.get("description").and_then(Value::as_str);
        if let ([Value::String(only)], Some(description)) = (values, description) {
            self.lines.push(format!("- `{only}`: {}", description.trim()));
        }
    }

    /// Makes the schema an enum of the texts.
    fn put(self, schema: &mut Object) {
        schema.insert("type".to_owned(), json!("string"));
        schema.insert("enum".to_owned(), Value::Array(self.values));
        if self.is_nullable {
            schema.insert("nullable".to_owned(), json!(true));
        }
        if !self.lines.is_empty() {
            let own = schema.get("description").and_then(Value::as_str).map(str::trim);
            let lines = self.lines.join("\n");
            let text = own.map_or(lines.clone(), |own| format!("{own}\n\n{lines}"));
            schema.insert("description".to_owned(), json!(text));
        }
    }
}

fn has_null(schema: &Object) -> bool {
    let values = schema.get("enum").and_then(Value::as_array);
    values.is_some_and(|values| values.contains(&Value::Null))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::prepare::testing::draft;
    use crate::prepare::tree::schema_reference;

    fn joined(schemas: Value) -> Value {
        let mut draft = draft(json!({"paths": {}, "components": {"schemas": schemas}}));
        join_texts(&mut draft).unwrap();
        draft.document["components"]["schemas"]["A"].clone()
    }

    fn text(values: Value) -> Value {
        json!({"type": "string", "enum": values})
    }

    #[test]
    fn the_texts_of_all_alternatives_become_one_enum() {
        let described = json!({"enum": ["y"], "description": "Not x."});
        for key in ["oneOf", "anyOf"] {
            let schema = json!({"description": "An a.", key: [text(json!(["x", "z"])), described]});
            let expected = json!({
                "description": "An a.\n\n- `y`: Not x.", "type": "string", "enum": ["x", "z", "y"],
            });
            assert_eq!(joined(json!({ "A": schema })), expected);
        }
    }

    #[test]
    fn components_nested_choices_and_any_text_are_alternatives() {
        let b = json!({"oneOf": [text(json!(["y", null])), {"type": "string", "minLength": 1}]});
        let schema = json!({"anyOf": [schema_reference("C"), {"allOf": [schema_reference("B")]}]});
        let schemas = json!({"A": schema, "B": b, "C": text(json!(["x"]))});
        assert_eq!(
            joined(schemas),
            json!({"type": "string", "enum": ["x", "y"], "nullable": true})
        );
    }

    #[test]
    fn other_values_and_texts_without_an_enum_stay_alternatives() {
        for other in [
            json!({"type": "integer"}),
            json!({"type": "string", "format": "date-time"}),
            json!({"type": "object", "properties": {"x": {}}}),
            json!({}),
        ] {
            let schema = json!({"oneOf": [text(json!(["x"])), other]});
            assert_eq!(joined(json!({ "A": schema.clone() })), schema);
        }
        let two = json!({"anyOf": [{"type": "string"}, {"type": "string", "pattern": "x"}]});
        assert_eq!(joined(json!({ "A": two.clone() })), two);
        let endless = json!({"oneOf": [schema_reference("A"), text(json!(["x"]))]});
        assert_eq!(joined(json!({ "A": endless.clone() })), endless);
    }
}
