//! One schema as its keywords together mean it: references followed, `allOf` parts merged.
//!
//! Every keyword and property keeps where it is declared, so that a change of a part that many schemas
//! include is known to be one change. What several parts declare holds as all of them say it.

use std::{borrow::Cow, collections::HashSet};

use indexmap::IndexMap;
use serde_json::Value;

use crate::drift::document::{Document, Node};

/// Keywords that a named part of `allOf` says of itself and not of the whole.
const OWN: [&str; 5] = ["title", "description", "example", "externalDocs", "deprecated"];

/// A keyword as all its declarations together mean it.
#[derive(Clone)]
pub(super) struct Keyword<'a> {
    pub(super) value: Cow<'a, Value>,
    declarations: Vec<Node<'a>>,
}

/// A schema with its parts merged.
#[derive(Default)]
pub(super) struct Flat<'a> {
    /// Where the schema itself stands, after references.
    pub(super) pointer: String,
    pub(super) keywords: IndexMap<&'a str, Keyword<'a>>,
    /// The properties, each with all its declarations.
    pub(super) properties: IndexMap<&'a str, Vec<Node<'a>>>,
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
        Self::over(document, &[node])
    }

    /// The schema that has to fit all of `declarations`.
    pub(super) fn over(document: Document<'a>, declarations: &[Node<'a>]) -> Self {
        let mut flat = Flat::default();
        for node in declarations {
            let node = document.resolve(node.clone());
            if flat.pointer.is_empty() {
                flat.pointer = node.pointer.clone();
            }
            flat.merge(document, &node, true);
        }
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

    /// Where `key` stands: in the schema, and in parts of it.
    pub(super) fn declared(&self, key: &str) -> &[Node<'a>] {
        self.keywords.get(key).map(|keyword| keyword.declarations.as_slice()).unwrap_or_default()
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

    /// Takes a schema in; `is_own` where it is no named part, whose prose is about another schema.
    fn merge(&mut self, document: Document<'a>, node: &Node<'a>, is_own: bool) {
        if !self.seen.insert(node.pointer.clone()) {
            return;
        }
        for (key, child) in node.entries() {
            match key {
                "allOf" => self.merge_parts(document, &child, is_own),
                "properties" => self.declare(&child),
                "required" => self.require(node, &child),
                "oneOf" => self.one_of.extend(child.items()),
                "anyOf" => self.any_of.extend(child.items()),
                "$ref" => {}
                _ if !is_own && OWN.contains(&key) => {}
                _ => self.keyword(key, child),
            }
        }
    }

    fn merge_parts(&mut self, document: Document<'a>, parts: &Node<'a>, is_own: bool) {
        for part in parts.items() {
            let name = part.reference();
            if is_own {
                self.parts.push(name.unwrap_or("(inline)").to_owned());
            }
            let part = document.resolve(part);
            self.merge(document, &part, is_own && name.is_none());
        }
    }

    fn declare(&mut self, properties: &Node<'a>) {
        for (name, node) in properties.entries() {
            self.properties.entry(name).or_default().push(node);
        }
    }

    fn require(&mut self, part: &Node<'a>, names: &Node<'a>) {
        for name in names.value.as_array().into_iter().flatten().filter_map(Value::as_str) {
            self.required.entry(name).or_insert_with(|| part.pointer.clone());
        }
    }

    fn keyword(&mut self, key: &'a str, node: Node<'a>) {
        match self.keywords.get_mut(key) {
            Some(known) => known.also(key, node),
            None => {
                let value = Cow::Borrowed(node.value);
                self.keywords.insert(key, Keyword { value, declarations: vec![node] });
            }
        }
    }
}

impl<'a> Keyword<'a> {
    /// Takes one more declaration in; where two disagree, both hold.
    fn also(&mut self, key: &str, node: Node<'a>) {
        let is_new = self.declarations.iter().all(|known| known.value != node.value);
        self.declarations.push(node.clone());
        if !is_new {
            return;
        }
        match key {
            "minimum" | "minLength" | "minItems" | "minProperties" => {
                self.keep(node, |old, new| number(new) > number(old));
            }
            "maximum" | "maxLength" | "maxItems" | "maxProperties" => {
                self.keep(node, |old, new| number(new) < number(old));
            }
            "readOnly" | "writeOnly" | "uniqueItems" | "exclusiveMinimum" | "exclusiveMaximum"
            | "deprecated" => self.keep(node, |_, new| *new == Value::Bool(true)),
            "type" => match (self.value.as_str(), node.value.as_str()) {
                (Some("number"), Some("integer")) => self.value = Cow::Borrowed(node.value),
                (Some("integer"), Some("number")) => {}
                _ => self.value = Cow::Owned(together(&self.declarations)),
            },
            "enum" | "x-extensible-enum" => {
                self.value = Cow::Owned(common(&self.value, node.value));
            }
            // These say what holds where nothing else is said: the last one decides.
            "default" | "nullable" | "discriminator" => self.value = Cow::Borrowed(node.value),
            _ => self.value = Cow::Owned(together(&self.declarations)),
        }
    }

    fn keep(&mut self, node: Node<'a>, is_better: impl Fn(&Value, &Value) -> bool) {
        if is_better(&self.value, node.value) {
            self.value = Cow::Borrowed(node.value);
        }
    }
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_default()
}

/// What declarations say that cannot be put into one: texts as one text, others as a list.
fn together(declarations: &[Node<'_>]) -> Value {
    let mut values: Vec<&Value> = Vec::new();
    for node in declarations {
        if !values.contains(&node.value) {
            values.push(node.value);
        }
    }
    let texts: Option<Vec<&str>> = values.iter().map(|value| value.as_str()).collect();
    match texts {
        Some(texts) => Value::String(texts.join(" and ")),
        None => Value::Array(values.into_iter().cloned().collect()),
    }
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
        assert_eq!(flat.properties["id"][0].pointer, "#/components/schemas/Base/properties/id");
        assert_eq!(
            flat.properties["name"][0].pointer,
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
    fn all_declarations_of_a_keyword_hold() {
        let value = json!({"allOf": [
            {"type": "number", "format": "int32", "pattern": "a", "items": {"type": "string"},
             "properties": {"at": {"type": "string"}}},
            {"type": "integer", "format": "int32", "pattern": "b", "items": {"maxLength": 3},
             "properties": {"at": {"description": "When."}}},
        ]});
        let document = Document::new(&value);
        let flat = Flat::of(document, document.root());
        assert_eq!(flat.kind(), Some("integer"));
        assert_eq!(flat.text("format"), Some("int32"));
        assert_eq!(flat.text("pattern"), Some("a and b"));
        assert_eq!(flat.declared("items").len(), 2);
        let at = Flat::over(document, &flat.properties["at"]);
        assert_eq!((at.kind(), at.text("description")), (Some("string"), Some("When.")));
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
