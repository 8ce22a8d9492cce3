//! A value of a document with its place.

use serde_json::{Map, Value};

use super::Pointer;

/// A value of a document with its place.
#[derive(Clone, Debug)]
pub(in crate::drift) struct Node<'a> {
    pub(in crate::drift) pointer: Pointer<'a>,
    pub(in crate::drift) value: &'a Value,
}

/// Identifies a place by the address of its value.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(in crate::drift) struct Identity(usize);

impl<'a> Node<'a> {
    pub(in crate::drift) fn identity(&self) -> Identity {
        Identity(std::ptr::from_ref(self.value).addr())
    }

    /// Returns the member `key`; `None` if this is not an object or has no such member.
    pub(in crate::drift) fn child(&self, key: &str) -> Option<Node<'a>> {
        let (key, value) = self.value.as_object()?.get_key_value(key)?;
        Some(Node { pointer: self.pointer.key(key), value })
    }

    /// Iterates over the members of an object.
    pub(in crate::drift) fn entries(&self) -> impl Iterator<Item = (&'a str, Node<'a>)> + use<'a> {
        let pointer = self.pointer.clone();
        self.value
            .as_object()
            .into_iter()
            .flatten()
            .map(move |(key, value)| (key.as_str(), Node { pointer: pointer.key(key), value }))
    }

    /// Iterates over the items of an array.
    pub(in crate::drift) fn items(&self) -> impl Iterator<Item = Node<'a>> + use<'a> {
        let pointer = self.pointer.clone();
        let items = self.value.as_array().into_iter().flatten().enumerate();
        items.map(move |(index, value)| Node { pointer: pointer.index(index), value })
    }

    /// Returns the members, if this is an object.
    pub(in crate::drift) fn object(&self) -> Option<&'a Map<String, Value>> {
        self.value.as_object()
    }

    /// Returns the value of the member `key`.
    pub(in crate::drift) fn get(&self, key: &str) -> Option<&'a Value> {
        self.value.get(key)
    }

    /// Returns the target, if this is a reference.
    pub(in crate::drift) fn reference(&self) -> Option<&'a str> {
        reference(self.value)
    }

    /// Returns the member `key`, if it is a string.
    pub(in crate::drift) fn text(&self, key: &str) -> Option<&'a str> {
        self.value.get(key)?.as_str()
    }

    /// Returns whether the member `key` is true.
    pub(in crate::drift) fn flag(&self, key: &str) -> bool {
        self.value.get(key).and_then(Value::as_bool).unwrap_or(false)
    }
}

/// Returns the target, if a value is a reference.
pub(super) fn reference(value: &Value) -> Option<&str> {
    value.as_object()?.get("$ref")?.as_str()
}

/// Returns the targets of all references inside a value. Those inside examples are harmless extras.
pub(super) fn references(value: &Value) -> Vec<&str> {
    let (mut found, mut open) = (Vec::new(), vec![value]);
    while let Some(value) = open.pop() {
        found.extend(reference(value));
        match value {
            Value::Array(items) => open.extend(items),
            Value::Object(members) => open.extend(members.values()),
            _ => {}
        }
    }
    found
}
