//! Reading an OpenAPI document as plain JSON: nodes with their JSON pointer, and references.

use serde_json::{Map, Value};

use crate::grammar::is_method;
use crate::pointer::{join, unescape};

/// References are followed at most this often before they count as a cycle.
pub(super) const MAX_CHAIN: usize = 32;

/// A document.
#[derive(Clone, Copy)]
pub(super) struct Document<'a> {
    root: &'a Value,
}

/// A place in a document and what is there.
#[derive(Clone, Debug)]
pub(super) struct Node<'a> {
    /// JSON pointer as a fragment: `#/components/schemas/Session`.
    pub(super) pointer: String,
    /// What is there.
    pub(super) value: &'a Value,
}

impl<'a> Document<'a> {
    pub(super) fn new(root: &'a Value) -> Self {
        Self { root }
    }

    pub(super) fn root(self) -> Node<'a> {
        Node { pointer: "#".to_owned(), value: self.root }
    }

    /// What `pointer` (with its leading `#`) names.
    pub(super) fn at(self, pointer: &str) -> Option<Node<'a>> {
        let value = self.root.pointer(pointer.strip_prefix('#')?)?;
        Some(Node { pointer: pointer.to_owned(), value })
    }

    /// Follows references to what they name. A reference that leads nowhere is returned itself.
    pub(super) fn resolve(self, node: Node<'a>) -> Node<'a> {
        let mut node = node;
        for _ in 0..MAX_CHAIN {
            let Some(next) = node.reference().and_then(|reference| self.at(reference)) else {
                return node;
            };
            node = next;
        }
        node
    }

    /// The components of one sort (`schemas`, `securitySchemes`, ...), in the order of the file.
    pub(super) fn components(self, sort: &str) -> Vec<(&'a str, Node<'a>)> {
        let components = self.root().child("components").and_then(|node| node.child(sort));
        components.map(|node| node.entries()).unwrap_or_default()
    }
}

impl<'a> Node<'a> {
    /// The member `key`, if this is an object that has it.
    pub(super) fn child(&self, key: &str) -> Option<Node<'a>> {
        let value = self.value.as_object()?.get(key)?;
        Some(Node { pointer: join(&self.pointer, key), value })
    }

    /// The members of an object.
    pub(super) fn entries(&self) -> Vec<(&'a str, Node<'a>)> {
        let node = |(key, value): (&'a String, &'a Value)| {
            (key.as_str(), Node { pointer: join(&self.pointer, key), value })
        };
        self.value.as_object().map(|map| map.iter().map(node).collect()).unwrap_or_default()
    }

    /// The items of an array.
    pub(super) fn items(&self) -> Vec<Node<'a>> {
        let node = |(index, value): (usize, &'a Value)| Node {
            pointer: format!("{}/{index}", self.pointer),
            value,
        };
        let items = self.value.as_array();
        items.map(|items| items.iter().enumerate().map(node).collect()).unwrap_or_default()
    }

    /// The members, if this is an object.
    pub(super) fn object(&self) -> Option<&'a Map<String, Value>> {
        self.value.as_object()
    }

    /// The target, if this is a reference.
    pub(super) fn reference(&self) -> Option<&'a str> {
        self.text("$ref")
    }

    /// The member `key`, if it is a string.
    pub(super) fn text(&self, key: &str) -> Option<&'a str> {
        self.value.get(key)?.as_str()
    }

    /// The member `key`, if it is true or false.
    pub(super) fn flag(&self, key: &str) -> Option<bool> {
        self.value.get(key)?.as_bool()
    }
}

/// An operation and the path item that holds it.
#[derive(Clone)]
pub(super) struct Operation<'a> {
    pub(super) path: &'a str,
    pub(super) method: &'a str,
    pub(super) item: Node<'a>,
    pub(super) node: Node<'a>,
}

impl<'a> Operation<'a> {
    pub(super) fn id(&self) -> Option<&'a str> {
        self.node.text("operationId")
    }

    /// The path without the names of its parameters.
    pub(super) fn route(&self) -> String {
        let segment = |segment: &str| match segment.find('{') {
            Some(start) if segment.ends_with('}') => format!("{}{{}}", &segment[..start]),
            _ => segment.to_owned(),
        };
        self.path.split('/').map(segment).collect::<Vec<_>>().join("/")
    }

    /// The names of the path's parameters, in order.
    pub(super) fn path_parameters(&self) -> Vec<&'a str> {
        self.path
            .split('{')
            .skip(1)
            .filter_map(|rest| rest.split_once('}').map(|(name, _)| name))
            .collect()
    }
}

/// All operations of a document, in the order of the file.
pub(super) fn operations<'a>(document: Document<'a>) -> Vec<Operation<'a>> {
    let Some(paths) = document.root().child("paths") else { return Vec::new() };
    let mut found = Vec::new();
    for (path, item) in paths.entries() {
        let item = document.resolve(item);
        for (method, node) in item.entries() {
            if is_method(method) {
                found.push(Operation { path, method, item: item.clone(), node });
            }
        }
    }
    found
}

/// The last segment of a pointer, unescaped: the name of a component.
pub(super) fn name_of(pointer: &str) -> String {
    unescape(pointer.rsplit('/').next().unwrap_or(pointer))
}

/// The component schema that `pointer` is, or is inside of.
pub(super) fn component_of(pointer: &str) -> Option<String> {
    let rest = pointer.strip_prefix("#/components/schemas/")?;
    rest.split('/').next().map(unescape)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Document, component_of, name_of, operations};

    #[test]
    fn references_are_followed_and_cycles_end() {
        let value = json!({
            "components": {"schemas": {
                "A": {"$ref": "#/components/schemas/B"},
                "B": {"type": "string"},
                "Loop": {"$ref": "#/components/schemas/Loop"},
            }}
        });
        let document = Document::new(&value);
        let a = document.at("#/components/schemas/A").unwrap();
        assert_eq!(document.resolve(a).pointer, "#/components/schemas/B");
        let looped = document.at("#/components/schemas/Loop").unwrap();
        assert_eq!(document.resolve(looped).pointer, "#/components/schemas/Loop");
    }

    #[test]
    fn a_route_has_no_parameter_names() {
        let value = json!({"paths": {"/a/{id}/b/v{n}": {"get": {}, "post": {}}}});
        let found = operations(Document::new(&value));
        assert_eq!(found.len(), 2);
        assert_eq!(found[0].route(), "/a/{}/b/v{}");
        assert_eq!(found[0].path_parameters(), ["id", "n"]);
        assert_eq!(found[0].node.pointer, "#/paths/~1a~1{id}~1b~1v{n}/get");
    }

    #[test]
    fn pointers_name_their_component() {
        assert_eq!(component_of("#/components/schemas/A~1B/properties/x"), Some("A/B".into()));
        assert_eq!(component_of("#/paths/~1a/get"), None);
        assert_eq!(name_of("#/components/schemas/A~0B"), "A~B");
    }
}
