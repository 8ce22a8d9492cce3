//! One schema as its keywords together mean it: references followed, `allOf` parts merged.
//!
//! Every keyword and property keeps the pointer of where it stands, so that a change of a part that
//! many schemas include is known to be one change.

use std::{borrow::Cow, collections::HashSet};

use indexmap::IndexMap;
use serde_json::Value;

use crate::drift::document::{Document, Node};

/// Keywords that a part of `allOf` says of itself and not of the whole.
const OWN: [&str; 5] = ["title", "description", "example", "externalDocs", "deprecated"];

/// A keyword and where it stands.
#[derive(Clone)]
pub(super) struct Keyword<'a> {
    pub(super) pointer: String,
    pub(super) value: Cow<'a, Value>,
}

/// A schema with its parts merged.
#[derive(Default)]
pub(super) struct Flat<'a> {
    /// Where the schema itself stands, after references.
    pub(super) pointer: String,
    pub(super) keywords: IndexMap<&'a str, Keyword<'a>>,
    pub(super) properties: IndexMap<&'a str, Node<'a>>,
    /// The required names, each with the pointer of the part that requires it.
    pub(super) required: IndexMap<&'a str, String>,
    pub(super) one_of: Vec<Node<'a>>,
    pub(super) any_of: Vec<Node<'a>>,
    /// What the parts of `allOf` are, for telling that only the composition changed.
    pub(super) parts: Vec<String>,
    /// The parts merged so far: one that includes itself, or comes twice, adds nothing more.
    seen: HashSet<String>,
}

impl<'a> Flat<'a> {
    pub(super) fn of(document: Document<'a>, node: Node<'a>) -> Self {
        let node = document.resolve(node);
        let mut flat = Flat { pointer: node.pointer.clone(), ..Flat::default() };
        flat.merge(document, &node, 0);
        flat
    }

    pub(super) fn get(&self, key: &str) -> Option<&Value> {
        self.keywords.get(key).map(|keyword| keyword.value.as_ref())
    }

    pub(super) fn flag(&self, key: &str) -> bool {
        self.get(key).and_then(Value::as_bool).unwrap_or(false)
    }

    pub(super) fn text(&self, key: &str) -> Option<&str> {
        self.get(key).and_then(Value::as_str)
    }

    /// Where `key` stands, if it does.
    pub(super) fn pointer_of(&self, key: &str) -> Option<String> {
        self.keywords.get(key).map(|keyword| keyword.pointer.clone())
    }

    /// The type, told from other keywords where it is not said.
    pub(super) fn kind(&self) -> Option<&str> {
        if let Some(kind) = self.text("type") {
            return Some(kind);
        }
        let is_object =
            !self.properties.is_empty() || self.keywords.contains_key("additionalProperties");
        let is_array = self.keywords.contains_key("items");
        if is_object { Some("object") } else { is_array.then_some("array") }
    }

    fn merge(&mut self, document: Document<'a>, node: &Node<'a>, depth: usize) {
        if !self.seen.insert(node.pointer.clone()) {
            return;
        }
        for (key, child) in node.entries() {
            match key {
                "allOf" => self.merge_parts(document, &child, depth),
                "properties" => self.properties.extend(child.entries()),
                "required" => self.require(node, &child),
                "oneOf" => self.one_of.extend(child.items()),
                "anyOf" => self.any_of.extend(child.items()),
                "$ref" => {}
                _ if depth > 0 && OWN.contains(&key) => {}
                _ => self.keyword(key, child, depth),
            }
        }
    }

    fn merge_parts(&mut self, document: Document<'a>, parts: &Node<'a>, depth: usize) {
        for part in parts.items() {
            if depth == 0 {
                self.parts.push(part.reference().unwrap_or("(inline)").to_owned());
            }
            let part = document.resolve(part);
            self.merge(document, &part, depth + 1);
        }
    }

    fn require(&mut self, part: &Node<'a>, names: &Node<'a>) {
        for name in names.value.as_array().into_iter().flatten().filter_map(Value::as_str) {
            self.required.entry(name).or_insert_with(|| part.pointer.clone());
        }
    }

    /// Takes a keyword over; where parts disagree, both hold: the tighter bound, the common values.
    fn keyword(&mut self, key: &'a str, node: Node<'a>, depth: usize) {
        let value = Cow::Borrowed(node.value);
        let new = Keyword { pointer: node.pointer, value };
        let Some(old) = self.keywords.get_mut(key) else {
            self.keywords.insert(key, new);
            return;
        };
        match key {
            "minimum" | "minLength" | "minItems" | "minProperties" => {
                keep(old, new, |old, new| number(new) > number(old));
            }
            "maximum" | "maxLength" | "maxItems" | "maxProperties" => {
                keep(old, new, |old, new| number(new) < number(old));
            }
            "readOnly" | "writeOnly" | "uniqueItems" => {
                keep(old, new, |_, new| *new == Value::Bool(true))
            }
            "enum" => old.value = Cow::Owned(common(&old.value, &new.value)),
            _ if depth > 0 && old.value == new.value => {}
            _ => *old = new,
        }
    }
}

fn keep<'a>(old: &mut Keyword<'a>, new: Keyword<'a>, better: impl Fn(&Value, &Value) -> bool) {
    if better(&old.value, &new.value) {
        *old = new;
    }
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_default()
}

fn common(old: &Value, new: &Value) -> Value {
    let (Some(old), Some(new)) = (old.as_array(), new.as_array()) else { return new.clone() };
    Value::Array(old.iter().filter(|value| new.contains(value)).cloned().collect())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::Flat;
    use crate::drift::document::Document;

    #[test]
    fn parts_merge_and_keep_their_places() {
        let value = json!({
            "components": {"schemas": {
                "Base": {"type": "object", "description": "of the base", "required": ["id"],
                         "properties": {"id": {"type": "string"}}},
                "Whole": {"allOf": [
                    {"$ref": "#/components/schemas/Base"},
                    {"type": "object", "properties": {"name": {"type": "string"}}},
                ]},
            }}
        });
        let document = Document::new(&value);
        let flat = Flat::of(document, document.at("#/components/schemas/Whole").unwrap());
        assert_eq!(flat.kind(), Some("object"));
        assert_eq!(flat.get("description"), None);
        assert_eq!(flat.properties["id"].pointer, "#/components/schemas/Base/properties/id");
        assert_eq!(
            flat.properties["name"].pointer,
            "#/components/schemas/Whole/allOf/1/properties/name"
        );
        assert_eq!(flat.required["id"], "#/components/schemas/Base");
        assert_eq!(flat.parts, ["#/components/schemas/Base", "(inline)"]);
    }

    #[test]
    fn bounds_tighten_and_values_intersect() {
        let value = json!({"allOf": [
            {"minimum": 1, "maximum": 9, "enum": [1, 2, 3]},
            {"minimum": 2, "maximum": 12, "enum": [2, 3, 4]},
        ]});
        let document = Document::new(&value);
        let flat = Flat::of(document, document.root());
        assert_eq!(flat.get("minimum"), Some(&json!(2)));
        assert_eq!(flat.get("maximum"), Some(&json!(9)));
        assert_eq!(flat.get("enum"), Some(&json!([2, 3])));
    }

    #[test]
    fn a_schema_that_includes_itself_ends() {
        let value = json!({"components": {"schemas": {
            "A": {"allOf": [{"$ref": "#/components/schemas/A"}], "type": "object"},
        }}});
        let document = Document::new(&value);
        let flat = Flat::of(document, document.at("#/components/schemas/A").unwrap());
        assert_eq!(flat.kind(), Some("object"));
    }
}
