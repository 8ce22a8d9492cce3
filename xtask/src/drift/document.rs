//! Reads an OpenAPI document as plain JSON: nodes with JSON pointers, and references.

mod node;
mod pointer;
mod unaffected;

use std::collections::HashMap;

use serde_json::Value;

use crate::grammar::is_method;
use crate::pointer::unescape;

pub(super) use self::node::{Identity, Node};
pub(super) use self::pointer::Pointer;
pub(super) use self::unaffected::Unaffected;

/// A document with the targets of its references.
pub(super) struct Document<'a> {
    root: &'a Value,
    /// The final target of each reference to another reference.
    ends: HashMap<&'a str, &'a str>,
}

impl<'a> Document<'a> {
    pub(super) fn new(root: &'a Value) -> Self {
        let mut document = Self { root, ends: HashMap::new() };
        for target in node::references(root) {
            document.follow(target);
        }
        document
    }

    /// Stores the final target of a reference. A circular reference is its own target.
    fn follow(&mut self, target: &'a str) {
        let mut chain = vec![target];
        while let Some(next) = self.next(chain[chain.len() - 1]) {
            if let Some(known) = self.ends.get(next) {
                chain.push(known);
                break;
            }
            if chain.contains(&next) {
                return;
            }
            chain.push(next);
        }
        if let Some(end) = chain.pop() {
            self.ends.extend(chain.into_iter().map(|target| (target, end)));
        }
    }

    /// Returns the target of the reference at `target`, if there is one.
    fn next(&self, target: &'a str) -> Option<&'a str> {
        node::reference(self.root.pointer(target.strip_prefix('#')?)?)
    }

    pub(super) fn root(&self) -> Node<'a> {
        Node { pointer: Pointer::whole("#"), value: self.root }
    }

    /// Returns the node at `pointer`, which has a leading `#`.
    pub(super) fn at(&self, pointer: &'a str) -> Option<Node<'a>> {
        let value = self.root.pointer(pointer.strip_prefix('#')?)?;
        Some(Node { pointer: Pointer::whole(pointer), value })
    }

    /// Follows references to their target. A reference without a target is returned unchanged.
    pub(super) fn resolve(&self, node: Node<'a>) -> Node<'a> {
        let Some(target) = node.reference() else { return node };
        let end = self.ends.get(target).copied().unwrap_or(target);
        self.at(end).unwrap_or(node)
    }

    /// Returns the components of one section (`schemas`, `securitySchemes`, …), in file order.
    pub(super) fn components(&self, sort: &'static str) -> Vec<(&'a str, Node<'a>)> {
        let components = self.root().child("components").and_then(|node| node.child(sort));
        components.map(|node| node.entries().collect()).unwrap_or_default()
    }
}

/// An operation and the path item that contains it.
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

    /// Returns the path without the names of its parameters.
    pub(super) fn route(&self) -> String {
        let mut route = String::with_capacity(self.path.len());
        let mut rest = self.path;
        while let Some((before, inside)) = rest.split_once('{') {
            let Some((_, after)) = inside.split_once('}') else { break };
            route.push_str(before);
            route.push_str("{}");
            rest = after;
        }
        route + rest
    }

    /// Returns the names of the path's parameters, in order.
    pub(super) fn path_parameters(&self) -> Vec<&'a str> {
        let starts = self.path.split('{').skip(1);
        starts.filter_map(|rest| rest.split_once('}').map(|(name, _)| name)).collect()
    }

    /// Returns the name of the operation in sentences: `GET /plants`.
    pub(super) fn title(&self) -> String {
        format!("{} {}", self.method.to_uppercase(), self.path)
    }
}

/// Returns all operations of a document, in file order.
pub(super) fn operations<'a>(document: &Document<'a>) -> Vec<Operation<'a>> {
    let Some(paths) = document.root().child("paths") else { return Vec::new() };
    let mut found = Vec::new();
    for (path, item) in paths.entries() {
        let item = document.resolve(item);
        let methods = item.entries().filter(|(key, _)| is_method(key));
        found.extend(methods.map(|(method, node)| Operation {
            path,
            method,
            item: item.clone(),
            node,
        }));
    }
    found
}

/// Returns the last segment of a pointer, unescaped: the name of a component.
pub(super) fn name_of(pointer: &str) -> String {
    unescape(pointer.rsplit('/').next().unwrap_or(pointer))
}

/// Returns the name of the component schema at or around `pointer`.
pub(super) fn component_of(pointer: &str) -> Option<String> {
    let rest = pointer.strip_prefix("#/components/schemas/")?;
    rest.split('/').next().map(unescape)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Document, component_of, name_of, operations};

    #[test]
    fn references_are_followed_and_circular_ones_are_kept() {
        let value = json!({
            "paths": {"/a": {"$ref": "#/components/schemas/A"}, "/b": {"$ref": "#/components/schemas/Loop"}},
            "components": {"schemas": {
                "A": {"$ref": "#/components/schemas/B"},
                "B": {"$ref": "#/components/schemas/C"},
                "C": {"type": "string"},
                "Loop": {"$ref": "#/components/schemas/Loop"},
            }}
        });
        let document = Document::new(&value);
        let end = |path: &str| {
            let item = document.root().child("paths").unwrap().child(path).unwrap();
            document.resolve(item).pointer.to_string()
        };
        assert_eq!(end("/a"), "#/components/schemas/C");
        assert_eq!(end("/b"), "#/components/schemas/Loop");
    }

    #[test]
    fn a_route_has_no_parameter_names() {
        let value = json!({"paths": {"/a/{id}/b/v{n}": {"get": {}, "post": {}}, "/c/{x}.{y}:go": {"get": {}}}});
        let document = Document::new(&value);
        let found = operations(&document);
        assert_eq!(found.len(), 3);
        assert_eq!(found[0].route(), "/a/{}/b/v{}");
        assert_eq!(found[0].path_parameters(), ["id", "n"]);
        assert_eq!(found[0].node.pointer.to_string(), "#/paths/~1a~1{id}~1b~1v{n}/get");
        assert_eq!(
            (found[2].route(), found[2].path_parameters()),
            ("/c/{}.{}:go".into(), vec!["x", "y"])
        );
    }

    #[test]
    fn components_are_found_by_pointer() {
        assert_eq!(component_of("#/components/schemas/A~1B/properties/x"), Some("A/B".into()));
        assert_eq!(component_of("#/paths/~1a/get"), None);
        assert_eq!(name_of("#/components/schemas/A~0B"), "A~B");
    }
}
