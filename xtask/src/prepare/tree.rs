//! Getting around in a document: its operations, its schemas, and what a local reference means.

use serde_json::{Map, Value, json};

use crate::error::{Error, Place};
use crate::grammar::{is_method, reference};
use crate::pointer;

/// A JSON object.
pub(super) type Object = Map<String, Value>;

const SCHEMAS: &str = "#/components/schemas/";

/// Where an operation stands.
#[derive(Debug, Clone)]
pub(super) struct Spot {
    /// The path, as its key in `paths`.
    pub(super) path: String,
    /// The method, in lower case.
    pub(super) method: String,
}

impl Spot {
    /// JSON pointer of the operation.
    pub(super) fn pointer(&self) -> String {
        pointer::join(&pointer::join("/paths", &self.path), &self.method)
    }

    /// JSON pointer below the operation.
    pub(super) fn below(&self, rest: &str) -> String {
        format!("{}/{rest}", self.pointer())
    }
}

/// The operations of a document, in order.
pub(super) fn operations_mut(document: &mut Value) -> impl Iterator<Item = (Spot, &mut Object)> {
    let paths = document.get_mut("paths").and_then(Value::as_object_mut).into_iter().flatten();
    let items = paths.filter(|(path, _)| path.starts_with('/'));
    items.flat_map(|(path, item)| {
        let keys = item.as_object_mut().into_iter().flatten();
        keys.filter(|(key, _)| is_method(key)).filter_map(move |(method, operation)| {
            let spot = Spot { path: path.clone(), method: method.clone() };
            Some((spot, operation.as_object_mut()?))
        })
    })
}

/// The component schemas; made if there are none.
pub(super) fn schemas_mut(document: &mut Value) -> Result<&mut Object, Error> {
    let refused = |what: &str| {
        Error::new(format!("{what} of the document is not a map"))
            .at(Place { pointer: "/components".to_owned(), ..Place::default() })
    };
    let root = document.as_object_mut().ok_or_else(|| refused("the root"))?;
    let components = root.entry("components").or_insert_with(|| json!({}));
    let components = components.as_object_mut().ok_or_else(|| refused("`components`"))?;
    let schemas = components.entry("schemas").or_insert_with(|| json!({}));
    schemas.as_object_mut().ok_or_else(|| refused("`components.schemas`"))
}

/// The component schema of that name.
pub(super) fn schema<'a>(document: &'a Value, name: &str) -> Option<&'a Value> {
    document.get("components")?.get("schemas")?.get(name)
}

/// Whether the pointer is that of a component schema itself, and of nothing below one.
pub(super) fn is_component(at: &str) -> bool {
    at.starts_with("/components/schemas/") && at.split('/').count() == 4
}

/// The name of the component schema that a value refers to.
pub(super) fn schema_name(value: &Value) -> Option<&str> {
    reference(value)?.strip_prefix(SCHEMAS)
}

/// A reference to the component schema of that name.
pub(super) fn schema_reference(name: &str) -> Value {
    json!({ "$ref": format!("{SCHEMAS}{name}") })
}

/// The value itself, or the component schema that it refers to.
pub(super) fn resolved<'a>(document: &'a Value, value: &'a Value) -> &'a Value {
    schema_name(value).and_then(|name| schema(document, name)).unwrap_or(value)
}

/// Every name of a component schema that a value refers to, at any depth.
pub(super) fn referred_schemas(value: &Value, found: &mut Vec<String>) {
    if let Some(name) = schema_name(value) {
        found.push(name.to_owned());
    }
    match value {
        Value::Object(map) => map.values().for_each(|value| referred_schemas(value, found)),
        Value::Array(list) => list.iter().for_each(|value| referred_schemas(value, found)),
        _ => {}
    }
}

/// An error about a place in the document that is being prepared.
pub(super) fn refuse(pointer: impl Into<String>, what: impl Into<String>) -> Error {
    Error::new(what).at(Place { pointer: pointer.into(), ..Place::default() })
}

/// `text` as the name of a Rust type: words joined, each with a capital.
pub(super) fn pascal_case(text: &str) -> String {
    let words = text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    words
        .map(|word| {
            let (first, rest) = word.split_at(word.chars().next().map_or(0, char::len_utf8));
            first.to_uppercase() + rest
        })
        .collect()
}

/// `text` as words in lower case with `_` between them; a capital begins a word.
pub(super) fn snake_case(text: &str) -> String {
    let mut words = String::new();
    let mut after_small = false;
    for c in text.chars() {
        let begins_word = !c.is_alphanumeric() || (c.is_uppercase() && after_small);
        if begins_word && !words.is_empty() && !words.ends_with('_') {
            words.push('_');
        }
        if c.is_alphanumeric() {
            words.extend(c.to_lowercase());
        }
        after_small = c.is_lowercase() || c.is_numeric();
    }
    words.trim_end_matches('_').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_split_into_words() {
        assert_eq!(pascal_case("list_role-bindings"), "ListRoleBindings");
        assert_eq!(snake_case("orderBy"), "order_by");
        assert_eq!(snake_case("scheduled-sessions"), "scheduled_sessions");
        assert_eq!(snake_case("HTTPProxy"), "httpproxy");
    }
}
