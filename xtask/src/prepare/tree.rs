//! Access to a document: its operations, its schemas, and the targets of local references.

use std::collections::HashMap;

use serde_json::{Map, Value, json};

use crate::error::{Error, Place};
use crate::grammar::{is_method, reference};
use crate::pointer;

/// A JSON object.
pub(super) type Object = Map<String, Value>;

const SCHEMAS: &str = "#/components/schemas/";

/// The place of an operation.
#[derive(Debug, Clone)]
pub(super) struct Spot {
    /// The path, which is its key in `paths`.
    pub(super) path: String,
    /// The method, in lower case.
    pub(super) method: String,
}

impl Spot {
    /// Returns the JSON pointer of the operation.
    pub(super) fn pointer(&self) -> String {
        pointer::join(&pointer::join("/paths", &self.path), &self.method)
    }

    /// Returns a JSON pointer below the operation.
    pub(super) fn below(&self, rest: &str) -> String {
        format!("{}/{rest}", self.pointer())
    }
}

/// Returns the operations of a document, in order.
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

/// Returns the responses of an operation.
pub(super) fn responses_mut(operation: &mut Object) -> Option<&mut Object> {
    operation.get_mut("responses")?.as_object_mut()
}

/// Returns whether a status, or range of statuses, is a success.
pub(super) fn is_success(status: &str) -> bool {
    status.starts_with('2')
}

/// Returns the media types of each success that has a body, with its status.
pub(super) fn successes(operation: &Object) -> impl Iterator<Item = (&String, &Object)> {
    let responses = operation.get("responses").and_then(Value::as_object).into_iter().flatten();
    responses
        .filter(|(status, _)| is_success(status))
        .filter_map(|(status, response)| Some((status, content(response)?)))
}

/// Returns the media types of a response that has a body.
pub(super) fn content(response: &Value) -> Option<&Object> {
    response.get("content")?.as_object().filter(|content| !content.is_empty())
}

/// Like [`content`], but mutable.
pub(super) fn content_mut(response: &mut Value) -> Option<&mut Object> {
    response.get_mut("content")?.as_object_mut().filter(|content| !content.is_empty())
}

/// Returns the component schemas, which are created if they are missing.
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

/// Returns the component schema of that name.
pub(super) fn schema<'a>(document: &'a Value, name: &str) -> Option<&'a Value> {
    document.get("components")?.get("schemas")?.get(name)
}

/// Returns whether a pointer is that of a component schema, not of a value below one.
pub(super) fn is_component(at: &str) -> bool {
    at.starts_with("/components/schemas/") && at.split('/').count() == 4
}

/// Returns the name of the component schema that a value refers to.
pub(super) fn schema_name(value: &Value) -> Option<&str> {
    reference(value)?.strip_prefix(SCHEMAS)
}

/// Returns a reference to the component schema of that name.
pub(super) fn schema_reference(name: &str) -> Value {
    json!({ "$ref": format!("{SCHEMAS}{name}") })
}

/// Returns the component schema that a value refers to, or the value itself.
pub(super) fn resolved<'a>(document: &'a Value, value: &'a Value) -> &'a Value {
    schema_name(value).and_then(|name| schema(document, name)).unwrap_or(value)
}

/// Collects the names of all component schemas that a value refers to, at any depth.
pub(super) fn referred_schemas<'a>(value: &'a Value, found: &mut Vec<&'a str>) {
    found.extend(schema_name(value));
    match value {
        Value::Object(map) => map.values().for_each(|value| referred_schemas(value, found)),
        Value::Array(list) => list.iter().for_each(|value| referred_schemas(value, found)),
        _ => {}
    }
}

/// The places where references were replaced with the content of named schemas.
///
/// Content that contains such a place itself would be inlined endlessly.
#[derive(Default)]
pub(super) struct PutInPlace(HashMap<String, Vec<String>>);

impl PutInPlace {
    /// Records that the content of the schema of that name is now at `at`.
    pub(super) fn put(&mut self, at: String, name: String) {
        self.0.entry(at).or_default().push(name);
    }

    /// Returns how many places around `at` have the content of one of these schemas.
    pub(super) fn around(&self, at: &str, names: &[String]) -> usize {
        let outer = at.match_indices('/').filter_map(|(end, _)| self.0.get(&at[..end]));
        outer.flatten().filter(|name| names.contains(name)).count()
    }
}

/// Creates an error for a place in the document that is being prepared.
pub(super) fn reject(pointer: impl Into<String>, what: impl Into<String>) -> Error {
    Error::new(what).at(Place { pointer: pointer.into(), ..Place::default() })
}

/// Converts `text` to the name of a Rust type, for example `PetToy`.
pub(super) fn pascal_case(text: &str) -> String {
    let words = text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    words
        .map(|word| {
            let (first, rest) = word.split_at(word.chars().next().map_or(0, char::len_utf8));
            first.to_uppercase() + rest
        })
        .collect()
}

/// Converts `text` to lower-case words joined with `_`; a capital letter begins a word.
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
    fn only_enclosing_places_count() {
        let names = |name: &str| vec![name.to_owned()];
        let mut places = PutInPlace::default();
        places.put("/a".to_owned(), "A".to_owned());
        places.put("/a/b".to_owned(), "A".to_owned());
        assert_eq!(places.around("/a/b/c", &names("A")), 2);
        assert_eq!(places.around("/a/d", &names("A")), 1);
        assert_eq!(places.around("/ab", &names("A")), 0);
        assert_eq!(places.around("/a/b/c", &names("B")), 0);
    }

    #[test]
    fn names_are_split_into_words() {
        assert_eq!(pascal_case("list_role-bindings"), "ListRoleBindings");
        assert_eq!(snake_case("orderBy"), "order_by");
        assert_eq!(snake_case("scheduled-sessions"), "scheduled_sessions");
        assert_eq!(snake_case("HTTPProxy"), "httpproxy");
    }
}
