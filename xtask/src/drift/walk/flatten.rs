//! Flattens a schema: follows references and merges the parts of `allOf`.
//!
//! Every keyword and property keeps the place of its declaration, so that a change of a part that many
//! schemas include is reported as one change. If several parts declare a keyword, all declarations apply.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use indexmap::IndexMap;
use serde_json::Value;

use crate::drift::document::{Document, Identity, Node};
use crate::extension::OPEN_ENUM;

/// Keywords of a named part of `allOf` that apply to the part, not to the schema that includes it.
const OWN: [&str; 5] = ["title", "description", "example", "externalDocs", "deprecated"];

/// The index of an owner.
pub(super) type OwnerId = usize;

/// The schema itself, or a named part of it. The content of an unnamed part belongs to the schema that
/// contains the part.
pub(super) struct Owner<'a> {
    pub(super) node: Node<'a>,
    /// The name of the part; `None` for the schema itself.
    name: Option<&'a str>,
    /// The owner that includes it; the schema itself includes itself.
    pub(super) by: OwnerId,
}

/// The places that declare a keyword or property.
#[derive(Clone, Default)]
pub(super) struct Declarations<'a> {
    pub(super) nodes: Vec<Node<'a>>,
    /// The owner of each place.
    owners: Vec<OwnerId>,
}

impl<'a> Declarations<'a> {
    fn add(&mut self, node: Node<'a>, owner: OwnerId) {
        self.nodes.push(node);
        self.owners.push(owner);
    }

    /// Returns the declaration at this position and its owner.
    pub(super) fn at(&self, position: usize) -> Option<(&Node<'a>, OwnerId)> {
        Some((self.nodes.get(position)?, *self.owners.get(position)?))
    }
}

/// A keyword with the combined value of all its declarations.
#[derive(Clone)]
pub(super) struct Keyword<'a> {
    pub(super) value: Cow<'a, Value>,
    declarations: Declarations<'a>,
}

/// A part that requires a property.
pub(super) struct Requirement<'a> {
    pub(super) part: Node<'a>,
    pub(super) owner: OwnerId,
}

/// A schema with its parts merged.
#[derive(Default)]
pub(super) struct Flat<'a> {
    /// The schema itself, with references followed, then its named parts.
    pub(super) owners: Vec<Owner<'a>>,
    by_name: HashMap<&'a str, OwnerId>,
    pub(super) keywords: IndexMap<&'a str, Keyword<'a>>,
    /// The properties, each with all its declarations.
    pub(super) properties: IndexMap<&'a str, Declarations<'a>>,
    /// The required names, each with the part that requires it.
    pub(super) required: IndexMap<&'a str, Requirement<'a>>,
    pub(super) one_of: Vec<Node<'a>>,
    pub(super) any_of: Vec<Node<'a>>,
    /// The parts of `allOf`, to detect that only the composition changed.
    pub(super) parts: Vec<&'a str>,
    /// Whether named parts were left out, one of which may declare the type.
    pub(super) is_partial: bool,
    /// The parts merged so far. A part that includes itself or occurs twice is merged once.
    seen: HashSet<Identity>,
}

/// The parts of a schema to merge.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Depth {
    /// All parts. A single alternative is a part too.
    Whole,
    /// All parts, but no alternatives.
    Choices,
    /// The unnamed parts; the named ones are compared separately.
    Own,
}

/// Merges schemas into a flat one.
struct Merger<'f, 'd, 'a> {
    flat: &'f mut Flat<'a>,
    document: &'d Document<'a>,
    depth: Depth,
}

impl<'a> Flat<'a> {
    pub(super) fn of(document: &Document<'a>, node: &Node<'a>) -> Self {
        Self::over(document, std::slice::from_ref(node), Depth::Whole)
    }

    /// Merges all of `declarations` into one schema.
    pub(super) fn over(document: &Document<'a>, declarations: &[Node<'a>], depth: Depth) -> Self {
        let mut flat = Flat::default();
        for node in declarations {
            let node = document.resolve(node.clone());
            if flat.owners.is_empty() {
                flat.owners.push(Owner { node: node.clone(), name: None, by: 0 });
            }
            Merger { flat: &mut flat, document, depth }.merge(&node, 0);
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

    /// Returns the places that declare `key`, in the schema and in its parts.
    pub(super) fn declared(&self, key: &str) -> &[Node<'a>] {
        self.declarations(key).map(|declared| declared.nodes.as_slice()).unwrap_or_default()
    }

    pub(super) fn declarations(&self, key: &str) -> Option<&Declarations<'a>> {
        self.keywords.get(key).map(|keyword| &keyword.declarations)
    }

    /// Returns the owner with the same name, or the schema itself.
    pub(super) fn same_owner(&self, owner: &Owner<'a>) -> Option<&Owner<'a>> {
        match owner.name {
            Some(name) => self.by_name.get(name).map(|id| &self.owners[*id]),
            None => self.owners.first(),
        }
    }

    /// Returns whether a value has alternatives.
    pub(super) fn is_choice(&self) -> bool {
        !self.one_of.is_empty() || !self.any_of.is_empty()
    }

    /// Returns the type, inferred from other keywords if it is not declared.
    pub(super) fn kind(&self) -> Option<&str> {
        if let Some(kind) = self.text("type") {
            return Some(kind);
        }
        if self.lists_texts() {
            return Some("string");
        }
        let is_object =
            !self.properties.is_empty() || self.keywords.contains_key("additionalProperties");
        let is_array = self.keywords.contains_key("items");
        if is_object { Some("object") } else { is_array.then_some("array") }
    }
}

impl Flat<'_> {
    /// Returns whether `enum` lists only strings, and possibly null.
    fn lists_texts(&self) -> bool {
        let values = self.get("enum").or(self.get(OPEN_ENUM)).and_then(Value::as_array);
        let is_text = |value: &Value| value.is_string() || value.is_null();
        values
            .is_some_and(|values| values.iter().all(is_text) && values.iter().any(Value::is_string))
    }
}

impl<'a> Merger<'_, '_, 'a> {
    /// Merges the schema `node`. The documentation of a named part is skipped: it describes the part.
    fn merge(&mut self, node: &Node<'a>, owner: OwnerId) {
        if !self.flat.seen.insert(node.identity()) {
            return;
        }
        for (key, child) in node.entries() {
            match key {
                "allOf" => child.items().for_each(|part| self.part(part, owner)),
                "properties" => child.entries().for_each(|(name, node)| {
                    self.flat.properties.entry(name).or_default().add(node, owner);
                }),
                "required" => self.require(node, &child, owner),
                "oneOf" | "anyOf" if self.depth != Depth::Choices && is_single(node, &child) => {
                    child.items().for_each(|part| self.include(part, owner));
                }
                "oneOf" => self.flat.one_of.extend(child.items()),
                "anyOf" => self.flat.any_of.extend(child.items()),
                "$ref" => {}
                _ if owner != 0 && OWN.contains(&key) => {}
                _ => self.keyword(key, child, owner),
            }
        }
    }

    fn part(&mut self, part: Node<'a>, by: OwnerId) {
        if by == 0 {
            self.flat.parts.push(part.reference().unwrap_or("(inline)"));
        }
        self.include(part, by);
    }

    fn include(&mut self, part: Node<'a>, by: OwnerId) {
        let Some(name) = part.reference() else { return self.merge(&part, by) };
        if self.depth == Depth::Own {
            self.flat.is_partial = true;
            return;
        }
        let node = self.document.resolve(part);
        let owner = self.flat.owners.len();
        if !self.flat.seen.contains(&node.identity()) {
            self.flat.owners.push(Owner { node: node.clone(), name: Some(name), by });
            self.flat.by_name.insert(name, owner);
            self.merge(&node, owner);
        }
    }

    fn require(&mut self, part: &Node<'a>, names: &Node<'a>, owner: OwnerId) {
        for name in names.value.as_array().into_iter().flatten().filter_map(Value::as_str) {
            let requirement = || Requirement { part: part.clone(), owner };
            self.flat.required.entry(name).or_insert_with(requirement);
        }
    }

    fn keyword(&mut self, key: &'a str, node: Node<'a>, owner: OwnerId) {
        match self.flat.keywords.get_mut(key) {
            Some(known) => known.also(key, node, owner),
            None => {
                let value = Cow::Borrowed(node.value);
                let mut declarations = Declarations::default();
                declarations.add(node, owner);
                self.flat.keywords.insert(key, Keyword { value, declarations });
            }
        }
    }
}

/// Returns the parts of a schema in `allOf`.
pub(super) fn all_of<'a>(schema: &Node<'a>) -> Vec<Node<'a>> {
    schema.child("allOf").into_iter().flat_map(|list| list.items()).collect()
}

/// Returns the parts that a schema includes: those of `allOf`, and a single alternative.
pub(super) fn parts_of<'a>(schema: &Node<'a>) -> Vec<Node<'a>> {
    let single = |key| schema.child(key).filter(|list| is_single(schema, list));
    let singles = [single("oneOf"), single("anyOf")];
    let singles = singles.into_iter().flatten().flat_map(|list| list.items());
    all_of(schema).into_iter().chain(singles).collect()
}

/// Returns whether a list of alternatives has only one, so that a value must match it. With a discriminator,
/// clients read the alternative by its tag.
fn is_single(schema: &Node<'_>, alternatives: &Node<'_>) -> bool {
    alternatives.value.as_array().is_some_and(|list| list.len() == 1)
        && schema.get("discriminator").is_none()
}

impl<'a> Keyword<'a> {
    /// Adds a declaration. If two declarations differ, both apply.
    fn also(&mut self, key: &str, node: Node<'a>, owner: OwnerId) {
        let is_new = self.declarations.nodes.iter().all(|known| known.value != node.value);
        self.declarations.add(node.clone(), owner);
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
                _ => self.value = Cow::Owned(together(&self.declarations.nodes)),
            },
            "enum" | OPEN_ENUM => {
                self.value = Cow::Owned(common(&self.value, node.value));
            }
            // These keywords cannot be combined: the last declaration wins.
            "default" | "nullable" | "discriminator" => self.value = Cow::Borrowed(node.value),
            _ => self.value = Cow::Owned(together(&self.declarations.nodes)),
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

/// Combines declarations that cannot be merged: strings into one string, other values into a list.
fn together(declarations: &[Node<'_>]) -> Value {
    let mut values: Vec<&Value> = Vec::new();
    for node in declarations {
        if !values.contains(&node.value) {
            values.push(node.value);
        }
    }
    let texts: Option<Vec<&str>> = values.iter().map(|value| value.as_str()).collect();
    match texts {
        Some(mut texts) => {
            texts.sort_unstable();
            Value::String(texts.join(" and "))
        }
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

    use super::{Depth, Flat};
    use crate::drift::document::Document;

    #[test]
    fn merged_parts_keep_their_places() {
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
        let flat = Flat::of(&document, &document.at("#/components/schemas/Whole").unwrap());
        assert_eq!(flat.kind(), Some("object"));
        assert_eq!(flat.get("description"), None);
        assert_eq!(
            flat.properties["id"].nodes[0].pointer.to_string(),
            "#/components/schemas/Base/properties/id"
        );
        assert_eq!(
            flat.properties["name"].nodes[0].pointer.to_string(),
            "#/components/schemas/Whole/allOf/1/properties/name"
        );
        assert_eq!(flat.required["id"].part.pointer.to_string(), "#/components/schemas/Base");
        assert_eq!(flat.parts, ["#/components/schemas/Base", "(inline)"]);
    }

    #[test]
    fn bounds_tighten_and_values_intersect() {
        let value = json!({"allOf": [
            {"minimum": 1, "maximum": 9, "enum": [1, 2, 3]},
            {"minimum": 2, "maximum": 12, "enum": [2, 3, 4]},
        ]});
        let document = Document::new(&value);
        let flat = Flat::of(&document, &document.root());
        assert_eq!(flat.get("minimum"), Some(&json!(2)));
        assert_eq!(flat.get("maximum"), Some(&json!(9)));
        assert_eq!(flat.get("enum"), Some(&json!([2, 3])));
    }

    #[test]
    fn all_declarations_of_a_keyword_apply() {
        let value = json!({"allOf": [
            {"type": "number", "format": "int32", "pattern": "a", "items": {"type": "string"},
             "properties": {"at": {"type": "string"}}},
            {"type": "integer", "format": "int32", "pattern": "b", "items": {"maxLength": 3},
             "properties": {"at": {"description": "When."}}},
        ]});
        let document = Document::new(&value);
        let flat = Flat::of(&document, &document.root());
        assert_eq!(flat.kind(), Some("integer"));
        assert_eq!(flat.text("format"), Some("int32"));
        assert_eq!(flat.text("pattern"), Some("a and b"));
        assert_eq!(flat.declared("items").len(), 2);
        let at = Flat::over(&document, &flat.properties["at"].nodes, Depth::Whole);
        assert_eq!((at.kind(), at.text("description")), (Some("string"), Some("When.")));
    }

    #[test]
    fn a_schema_that_includes_itself_is_merged_once() {
        let value = json!({"components": {"schemas": {
            "A": {"allOf": [{"$ref": "#/components/schemas/A"}], "type": "object"},
        }}});
        let document = Document::new(&value);
        let flat = Flat::of(&document, &document.at("#/components/schemas/A").unwrap());
        assert_eq!(flat.kind(), Some("object"));
    }
}
