//! Rejects schemas that contain themselves through `allOf`, `oneOf`, `anyOf` or `not`. Such a schema has
//! no meaning, and the generator would not terminate on it.

use std::collections::HashMap;
use std::fmt;

use serde_json::Value;

use crate::grammar::reference;

/// The name of a schema that contains itself.
#[derive(Debug)]
pub(crate) struct Endless<'d>(pub(crate) &'d str);

impl fmt::Display for Endless<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "schema `{}` is recursive through `allOf`, `oneOf`, `anyOf` or `not`", self.0)
    }
}

/// Rejects a document with such a schema.
pub(crate) fn check(document: &Value) -> Result<(), Endless<'_>> {
    let schemas = document.pointer("/components/schemas").and_then(Value::as_object);
    let schemas = schemas.into_iter().flatten();
    let parts: Vec<(&str, Vec<&str>)> = schemas
        .map(|(name, schema)| {
            let mut found = Vec::new();
            collect_parts(schema, &mut found);
            (name.as_str(), found)
        })
        .collect();
    match first_open(&parts) {
        Some(name) => Err(Endless(name)),
        None => Ok(()),
    }
}

/// Collects the names of the schemas that a schema is composed of.
fn collect_parts<'d>(schema: &'d Value, found: &mut Vec<&'d str>) {
    if let Some(target) = reference(schema) {
        found.extend(target.strip_prefix("#/components/schemas/"));
        return;
    }
    let lists = ["allOf", "oneOf", "anyOf"].into_iter().filter_map(|key| schema.get(key));
    let lists = lists.filter_map(Value::as_array).flatten();
    lists.chain(schema.get("not")).for_each(|part| collect_parts(part, found));
}

/// Returns the first schema that remains after repeatedly removing schemas without remaining parts.
fn first_open<'d>(parts: &[(&'d str, Vec<&'d str>)]) -> Option<&'d str> {
    let mut open: HashMap<&str, usize> = parts.iter().map(|(name, _)| (*name, 0)).collect();
    let mut users: HashMap<&str, Vec<&str>> = HashMap::new();
    for (name, own) in parts {
        let known: Vec<&str> =
            own.iter().filter(|part| open.contains_key(**part)).copied().collect();
        open.insert(name, known.len());
        known.into_iter().for_each(|part| users.entry(part).or_default().push(name));
    }
    let is_done = |open: &HashMap<&str, usize>, name: &str| open.get(name) == Some(&0);
    let mut done: Vec<&str> =
        parts.iter().map(|(name, _)| *name).filter(|name| is_done(&open, name)).collect();
    while let Some(name) = done.pop() {
        for user in users.remove(name).unwrap_or_default() {
            if let Some(count) = open.get_mut(user) {
                *count -= 1;
                done.extend((*count == 0).then_some(user));
            }
        }
    }
    parts.iter().map(|(name, _)| *name).find(|name| !is_done(&open, name))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::check;

    fn is_endless(schemas: Value) -> bool {
        check(&json!({"components": {"schemas": schemas}})).is_err()
    }

    #[test]
    fn a_schema_that_is_composed_of_itself_is_rejected() {
        let to = |name: &str| json!({"$ref": format!("#/components/schemas/{name}")});
        for key in ["allOf", "oneOf", "anyOf"] {
            assert!(is_endless(json!({"A": {key: [{}, to("A")]}})));
            assert!(is_endless(json!({"A": {key: [to("B")]}, "B": {"oneOf": [to("A"), {}]}})));
            assert!(!is_endless(json!({"A": {key: [to("B"), to("B")]}, "B": to("C"), "C": {}})));
        }
        assert!(is_endless(json!({"A": {"not": to("A")}})));
    }

    #[test]
    fn a_schema_may_refer_to_itself_in_items_and_properties() {
        let to = json!({"$ref": "#/components/schemas/A"});
        assert!(!is_endless(json!({"A": {"oneOf": [{"type": "array", "items": to}]}})));
        assert!(!is_endless(json!({"A": {"allOf": [{"properties": {"a": to}}]}})));
        assert!(!is_endless(json!({"A": {"allOf": [{"$ref": "#/components/schemas/Gone"}]}})));
    }
}
